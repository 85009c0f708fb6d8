// The way between memrefs in graphs and pointers in frames.
#pragma once
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace nnc::cpu {

/// A contiguous memref that begins at `pointer`; `dims` are its dynamic sizes.
mlir::Value memrefAt(mlir::ImplicitLocOpBuilder &builder, mlir::Value pointer,
                     mlir::MemRefType type, mlir::ValueRange dims);
/// Where a contiguous memref begins.
mlir::Value pointerOf(mlir::ImplicitLocOpBuilder &builder, mlir::Value memref);
/// An index as i64 and back.
mlir::Value toInteger(mlir::ImplicitLocOpBuilder &builder, mlir::Value index);
mlir::Value toIndex(mlir::ImplicitLocOpBuilder &builder, mlir::Value integer);
/// pointer + bytes.
mlir::Value advance(mlir::ImplicitLocOpBuilder &builder, mlir::Value pointer, mlir::Value bytes);

/// Lets exceptions of the runtime pass through the function.
void setUnwindTable(mlir::LLVM::LLVMFuncOp function);

/// Adds `<name>.graph`, the graph's nnrt_graph, and `<name>.shape` before the bufferized graph,
/// which must still have its buffers.
void emitDescriptor(mlir::func::FuncOp graph);

} // namespace nnc::cpu
