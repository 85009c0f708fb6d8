// Single elements of the tensors in a kernel's body, computed where they are asked for.
//
// Every emitter walks its own index space and asks for elements; what lies between a kernel's
// operands and its results is thus fused by construction, and anything can be computed (slowly, in
// the worst case) by one thread per result element.
#pragma once
#include "compiler/lowering/gpu/KernelFunction.h"
#include "dialects/nn/NNDialect.h"
#include <functional>
#include <map>

namespace nnc::gpu {

/// A place in a tensor: an index per axis, or the number of the element in row-major order, or
/// both.
struct Place {
  llvm::SmallVector<mlir::Value, 4> axes;
  mlir::Value linear;
  bool hasAxes = false;

  static Place of(llvm::ArrayRef<mlir::Value> axes, mlir::Value linear = {}) {
    return {llvm::SmallVector<mlir::Value, 4>(axes), linear, true};
  }
  static Place flat(mlir::Value linear) { return {{}, linear, false}; }
};

class Elements {
public:
  using Values = llvm::SmallVector<mlir::Value>;

  explicit Elements(KernelFunction &kernel);
  /// An element of a tensor of the kernel's body, in the form that KernelFunction computes with.
  mlir::Value at(mlir::Value tensor, const Place &place);
  /// Elements linear ... linear + count - 1, where linear is a multiple of count. Aligned operands
  /// of the same shape are loaded with one instruction.
  Values wide(mlir::Value tensor, mlir::Value linear, int64_t count);
  /// From now on, in the current scope, elements of `tensor` are what `compute` says.
  void bind(mlir::Value tensor, std::function<mlir::Value(const Place &)> compute) {
    bound[tensor] = std::move(compute);
  }
  /// Elements computed during `body` are forgotten after it: it emits into a nested block.
  template <typename Body> auto scoped(Body body) {
    known.emplace_back();
    struct Leave {
      Elements &elements;
      ~Leave() { elements.known.pop_back(); }
    } leave{*this};
    return body();
  }

  /// Sizes of a tensor of the body, as values of the kernel that dominate all of it.
  Values sizes(mlir::Value tensor);
  mlir::Value count(mlir::Value tensor) { return kernel.product(sizes(tensor)); }
  Values axesOf(mlir::Value tensor, const Place &place);
  mlir::Value linearOf(mlir::Value tensor, const Place &place);
  /// The first op that could not be computed, or null.
  mlir::Operation *failed() const { return failure; }
  /// The memref behind a tensor that is an argument of the body, else null.
  mlir::Value memrefOf(mlir::Value tensor) const;

private:
  using Key = std::pair<void *, std::vector<void *>>;

  mlir::Value compute(mlir::OpResult tensor, const Place &place);
  // Each computes the ops of some families and gives null for others.
  mlir::Value computeShape(mlir::Operation *op, mlir::OpResult tensor, const Place &place);
  mlir::Value computeReduction(mlir::Operation *op, mlir::OpResult tensor, const Place &place);
  mlir::Value computeGather(mlir::Operation *op, mlir::OpResult tensor, const Place &place);
  mlir::Value computeSource(mlir::Operation *op, mlir::OpResult tensor, const Place &place);

  mlir::Value computePad(nn::PadOp op, const Place &place);
  mlir::Value computeEinsum(nn::EinsumOp op, const Place &place);
  mlir::Value computeArgExtremum(mlir::Operation *op, int64_t axis, const Place &place);
  mlir::Value computeConstant(nn::ConstantOp op, const Place &place);
  Values randomWide(nn::RngBitsOp op, mlir::Value linear, int64_t count);
  /// The part, among parts that lie one after another, in which `along` falls.
  mlir::Value oneOf(mlir::ValueRange parts, mlir::Type element, mlir::Value along,
                    llvm::function_ref<mlir::Value(mlir::Value)> extent,
                    llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> part);
  /// Where a block begins: the asked start, moved so that the block lies inside.
  Values blockStart(mlir::ValueRange start, llvm::ArrayRef<mlir::Value> whole,
                    llvm::ArrayRef<mlir::Value> block);
  /// An index value of the body, as a value that dominates the whole kernel.
  mlir::Value indexValue(mlir::Value value);
  mlir::Value fromIndex(mlir::Value value, mlir::Type element);
  mlir::Value toIndex(mlir::Value value);
  mlir::Value whenElse(mlir::Value condition, mlir::Type element, KernelFunction::Bodies then,
                       KernelFunction::Bodies otherwise);
  /// Carries values through nested loops over `extents`, the last axis innermost.
  Values loops(llvm::ArrayRef<mlir::Value> extents, Values start,
               llvm::function_ref<Values(llvm::ArrayRef<mlir::Value>, mlir::ValueRange)> step);
  mlir::Value remember(const Key &key, mlir::Value value) { return known.back()[key] = value; }

  KernelFunction &kernel;
  mlir::ImplicitLocOpBuilder &b;
  llvm::DenseMap<mlir::Value, std::function<mlir::Value(const Place &)>> bound;
  mlir::Operation *failure = nullptr;
  llvm::DenseMap<mlir::Value, mlir::Value> indexValues;
  llvm::DenseMap<mlir::Value, Values> sizeValues;
  std::vector<std::map<Key, mlir::Value>> known; // innermost scope last
  std::map<Key, Values> knownWide;
};

/// The value a reduction begins with, and one step of it.
mlir::Value reductionStart(KernelFunction &kernel, mlir::Operation *reduction);
mlir::Value reductionStep(KernelFunction &kernel, mlir::Operation *reduction, mlir::Value a,
                          mlir::Value b);
/// a b + c, rounded once.
mlir::Value multiplyAdd(KernelFunction &kernel, mlir::Value a, mlir::Value b, mlir::Value c);

} // namespace nnc::gpu
