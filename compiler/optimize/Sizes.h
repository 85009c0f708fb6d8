// Sizes of tensors in graphs as index values that hang on the graph's index arguments.
#pragma once
#include "mlir/IR/Builders.h"

namespace nnc {

/// The size of an axis. Sizes of the graph's tensor arguments are its index arguments, as the
/// argument attribute `nn.dims` says.
mlir::Value sizeOf(mlir::OpBuilder &builder, mlir::Value tensor, int64_t axis);
/// The sizes of the dynamic axes of all tensors.
llvm::SmallVector<mlir::Value> dynamicSizes(mlir::OpBuilder &builder, mlir::ValueRange tensors);
/// Whether two index values are computed in the same way.
bool isSameIndex(mlir::Value a, mlir::Value b);
/// Replaces nn.dim of the graph's arguments by its index arguments.
void bindSizes(mlir::Operation *graph);

} // namespace nnc
