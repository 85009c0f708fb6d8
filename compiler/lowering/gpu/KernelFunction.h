// One GPU kernel while it is written: its function, its parameters, index arithmetic, memory.
#pragma once
#include "dialects/kernel/KernelDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace nnc::gpu {

/// How a kernel is launched. The grid follows from the kernel's size parameters: symbol k of an
/// expression is size parameter k.
struct LaunchShape {
  llvm::SmallVector<mlir::AffineExpr, 3> grid;
  llvm::SmallVector<int64_t, 3> block = {1, 1, 1};
};

/// An llvm.func inside of the gpu.module. Parameters are made when they are first asked for: one
/// pointer to global memory per buffer, then one i64 per size (or other index from outside).
/// Buffers are row-major and contiguous; inside of the kernel elements are scalars, f16 and bf16
/// widened to f32 and unsigned integers signless.
class KernelFunction {
public:
  KernelFunction(mlir::gpu::GPUModuleOp module, llvm::StringRef name, kernel::ComputeInterface op);
  /// Gives the function its final type and describes it (see Manifest.h).
  void finish(const LaunchShape &shape);

  mlir::ImplicitLocOpBuilder b;
  kernel::ComputeInterface op;
  mlir::LLVM::LLVMFuncOp function;

  // --- what comes from outside
  mlir::Value pointer(mlir::Value memref) const { return pointers.lookup(memref); }
  /// A host index as a value of the kernel.
  mlir::Value parameter(mlir::Value hostIndex);
  /// Size of an axis of a memref: on the host, in the kernel, and as an expression of parameters.
  mlir::OpFoldResult hostSize(mlir::Value memref, int64_t axis);
  mlir::Value size(mlir::Value memref, int64_t axis);
  mlir::AffineExpr sizeExpr(mlir::Value memref, int64_t axis);
  /// An index value of the kernel as an expression of parameters, or null.
  mlir::AffineExpr exprOf(mlir::Value value);
  /// Whether the memref is known to begin at a multiple of 16 bytes.
  static bool isAligned(mlir::Value memref);
  /// Host operands of a launch, in the order of the parameters.
  llvm::ArrayRef<mlir::Value> memrefs() const { return memrefOrder; }
  llvm::ArrayRef<mlir::Value> hostIndices() const { return indexOrder; }

  /// Runs `make` where its result dominates the whole kernel.
  template <typename Make> mlir::Value atEntry(Make make) {
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(entryEnd);
    return make();
  }

  // --- index arithmetic, folded where it can be
  mlir::Value index(int64_t value);
  mlir::Value i32(int64_t value);
  mlir::Value add(mlir::Value x, mlir::Value y) { return fold<mlir::arith::AddIOp>(x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return fold<mlir::arith::SubIOp>(x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return fold<mlir::arith::MulIOp>(x, y); }
  mlir::Value div(mlir::Value x, mlir::Value y) { return fold<mlir::arith::DivUIOp>(x, y); }
  mlir::Value rem(mlir::Value x, mlir::Value y) { return fold<mlir::arith::RemUIOp>(x, y); }
  mlir::Value both(mlir::Value x, mlir::Value y) { return fold<mlir::arith::AndIOp>(x, y); }
  mlir::Value less(mlir::Value x, mlir::Value y); // signed
  mlir::Value equal(mlir::Value x, mlir::Value y);
  /// `value` limited to [0, size - 1].
  mlir::Value clamp(mlir::Value value, mlir::Value size);
  mlir::Value product(mlir::ValueRange values);
  llvm::SmallVector<mlir::Value> delinearize(mlir::Value flat, mlir::ValueRange sizes);
  mlir::Value linearize(mlir::ValueRange indices, mlir::ValueRange sizes);

  // --- where a thread is
  mlir::Value threadId(mlir::gpu::Dimension dimension);
  mlir::Value blockId(mlir::gpu::Dimension dimension);
  mlir::Value gridSize(mlir::gpu::Dimension dimension);
  void barrier();
  /// The value of the lane whose number differs in the bits of `mask`.
  mlir::Value shuffleXor(mlir::Value value, int64_t mask);

  // --- memory
  /// Element `linear` of a buffer, in the kernel's form.
  mlir::Value load(mlir::Value memref, mlir::Value linear);
  void store(mlir::Value value, mlir::Value memref, mlir::Value linear);
  /// `count` elements from `linear` on, which is a multiple of `count`; the buffer is aligned.
  llvm::SmallVector<mlir::Value> loadWide(mlir::Value memref, mlir::Value linear, int64_t count);
  void storeWide(mlir::ValueRange values, mlir::Value memref, mlir::Value linear);
  /// An array in shared memory, aligned to 16 bytes.
  mlir::Value shared(mlir::Type element, int64_t count);
  mlir::Value elementAddress(mlir::Value base, mlir::Type element, mlir::Value linear);
  /// A constant array in global memory.
  mlir::Value constantArray(mlir::DenseElementsAttr elements);

  // --- types
  /// How an element of a tensor is computed with, and how it is stored.
  mlir::Type computeType(mlir::Type element) const;
  mlir::Type storageType(mlir::Type element) const;
  mlir::Value widen(mlir::Value stored, mlir::Type element);
  mlir::Value narrow(mlir::Value value, mlir::Type element);
  mlir::Value constant(mlir::Type type, double value);
  mlir::Value constant(mlir::Attribute element, mlir::Type elementType);

  // --- control flow
  using Bodies = llvm::function_ref<llvm::SmallVector<mlir::Value>()>;
  llvm::SmallVector<mlir::Value> ifElse(mlir::Value condition, mlir::TypeRange types, Bodies then,
                                        Bodies otherwise);
  void ifThen(mlir::Value condition, llvm::function_ref<void()> body);
  using LoopBody =
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)>;
  llvm::SmallVector<mlir::Value> loop(mlir::Value from, mlir::Value to, mlir::Value step,
                                      mlir::ValueRange inits, LoopBody body);

private:
  template <typename Op> mlir::Value fold(mlir::Value x, mlir::Value y) {
    return b.createOrFold<Op>(x, y);
  }
  mlir::Value addParameter(mlir::Type type);

  mlir::gpu::GPUModuleOp module;
  llvm::DenseMap<mlir::Value, mlir::Value> pointers, indices;
  llvm::SmallVector<mlir::Value> memrefOrder, indexOrder;
  llvm::DenseMap<int64_t, mlir::Value> constants;
  mlir::Operation *entryEnd = nullptr; // what is put before it dominates the whole kernel
  int64_t globals = 0, sharedBytes = 0;
};

} // namespace nnc::gpu
