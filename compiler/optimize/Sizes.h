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
/// Whether the sizes of the dynamic axes of `tensor` are known to be `dims`, in order.
bool hasSizes(mlir::Value tensor, mlir::ValueRange dims);
/// Whether two tensors are known to have one shape.
bool haveSameSizes(mlir::Value a, mlir::Value b);

/// Builds index arithmetic to look at; what it made goes with it.
class TrialBuilder : mlir::OpBuilder::Listener {
public:
  explicit TrialBuilder(mlir::Operation *before) : builder(before, this) {}
  explicit TrialBuilder(mlir::Value after) : builder(after.getContext(), this) {
    builder.setInsertionPointAfterValue(after);
  }
  ~TrialBuilder() override;
  mlir::OpBuilder &get() { return builder; }

private:
  void notifyOperationInserted(mlir::Operation *op, mlir::OpBuilder::InsertPoint) override {
    made.push_back(op);
  }
  mlir::OpBuilder builder;
  llvm::SmallVector<mlir::Operation *> made;
};

/// Replaces nn.dim of the graph's arguments by its index arguments.
void bindSizes(mlir::Operation *graph);

} // namespace nnc
