// Sizes of tensors as index values, and the layout of trees.
#pragma once

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace nn {

/// The size of one axis. It is found through producers where possible, so that sizes hang on
/// arguments of the function and not on tensors; an nn.dim stands only where that fails.
mlir::Value dimOf(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor, int64_t axis);
/// The same, but null where only an nn.dim of `tensor` itself could tell.
mlir::Value resolveDim(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor,
                       int64_t axis);
/// The sizes of the dynamic axes, in order: what ops take as `dims`.
llvm::SmallVector<mlir::Value> dynamicDims(mlir::OpBuilder &builder, mlir::Location loc,
                                           mlir::Value tensor);
/// The same by values outside of `loop`, in whose body `tensor` is; nothing where there are none.
std::optional<llvm::SmallVector<mlir::Value>> dynamicDimsOutside(mlir::Operation *loop,
                                                                 mlir::Value tensor);
/// The number of elements.
mlir::Value elementCount(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor);

/// `dims` has one value per dynamic axis of `type`: the one of `axis`.
mlir::Value pickDim(mlir::Type type, mlir::ValueRange dims, int64_t axis);
/// The same for the dims of several types after each other.
mlir::Value pickDim(mlir::TypeRange types, mlir::ValueRange dims, unsigned index, int64_t axis);
/// How many dynamic axes `types` have together.
unsigned dynamicDimCount(mlir::TypeRange types);

/// Checks that an op whose results are `types` has one of `dims` per dynamic axis.
llvm::LogicalResult verifyDims(mlir::Operation *op, mlir::TypeRange types, mlir::ValueRange dims);

mlir::Value indexConstant(mlir::OpBuilder &builder, mlir::Location loc, int64_t value);
mlir::Value addIndex(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value a, mlir::Value b);
mlir::Value subIndex(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value a, mlir::Value b);
mlir::Value mulIndex(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value a, mlir::Value b);
/// ceil(a / b) for a >= 0, b > 0.
mlir::Value ceilDivIndex(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value a, int64_t b);

/// Bytes of one stored element; bool takes one.
int64_t storageBytes(mlir::Type elementType);

/// Where the leaves of a tree lie in its flat buffer: one after another, each beginning at a
/// multiple of 64 bytes. All in elements.
struct TreeLayout {
  llvm::SmallVector<mlir::Value> offsets;
  mlir::Value total;
};
/// `dims` are the sizes of the leaves' dynamic axes, leaf by leaf.
TreeLayout treeLayout(mlir::OpBuilder &builder, mlir::Location loc, mlir::TypeRange leaves,
                      mlir::ValueRange dims);
/// For static leaves; returns the total, or ShapedType::kDynamic if a leaf is dynamic.
int64_t treeLayout(mlir::TypeRange leaves, llvm::SmallVectorImpl<int64_t> &offsets);

} // namespace nn
