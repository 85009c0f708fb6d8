#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace nn;

// x with `axis` replaced by the axes of `index`.
static SmallVector<int64_t> takenShape(RankedTensorType x, RankedTensorType index, int64_t axis) {
  SmallVector<int64_t> shape(x.getShape().take_front(axis));
  llvm::append_range(shape, index.getShape());
  llvm::append_range(shape, x.getShape().drop_front(axis + 1));
  return shape;
}
static SmallVector<int64_t> droppedShape(RankedTensorType x, int64_t axis) {
  SmallVector<int64_t> shape(x.getShape());
  shape.erase(shape.begin() + axis);
  return shape;
}

LogicalResult TakeOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  auto x = cast<RankedTensorType>(adaptor.getX().getType());
  auto index = cast<RankedTensorType>(adaptor.getIndex().getType());
  int64_t axis = adaptor.getAxis();
  if (axis < 0 || axis >= x.getRank())
    return emitOptionalError(loc, "'nn.take' takes on axis ", axis, " of ", x);
  types.push_back(x.clone(takenShape(x, index, axis)));
  return success();
}
Value TakeOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  int64_t at = getAxis(), width = getIndex().getType().getRank();
  if (axis < at)
    return dimOf(builder, getLoc(), getX(), axis);
  if (axis < at + width)
    return dimOf(builder, getLoc(), getIndex(), axis - at);
  return dimOf(builder, getLoc(), getX(), axis - width + 1);
}

LogicalResult ScatterAddOp::verify() {
  auto x = getX().getType(), update = getUpdate().getType();
  int64_t axis = getAxis();
  if (axis < 0 || axis >= x.getRank())
    return emitOpError() << "adds on axis " << axis << " of " << x;
  if (x.getElementType() != update.getElementType() ||
      update.getShape() != ArrayRef<int64_t>(takenShape(x, getIndex().getType(), axis)))
    return emitOpError() << "adds " << update << " to " << x << " at indices "
                         << getIndex().getType();
  return success();
}
Value ScatterAddOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), axis);
}

LogicalResult TakeAlongOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto x = cast<RankedTensorType>(adaptor.getX().getType());
  auto index = cast<RankedTensorType>(adaptor.getIndex().getType());
  int64_t axis = adaptor.getAxis();
  if (axis < 0 || axis >= x.getRank() ||
      index.getShape() != ArrayRef<int64_t>(droppedShape(x, axis)))
    return emitOptionalError(loc, "'nn.take_along' takes at ", index, " on axis ", axis, " of ", x);
  types.push_back(x.clone(index.getShape()));
  return success();
}
Value TakeAlongOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getIndex(), axis);
}

LogicalResult ScatterAddAlongOp::verify() {
  auto x = getX().getType(), update = getUpdate().getType();
  int64_t axis = getAxis();
  if (axis < 0 || axis >= x.getRank())
    return emitOpError() << "adds on axis " << axis << " of " << x;
  if (x.getElementType() != update.getElementType() ||
      update.getShape() != ArrayRef<int64_t>(droppedShape(x, axis)) ||
      getIndex().getType().getShape() != update.getShape())
    return emitOpError() << "adds " << update << " to " << x << " at indices "
                         << getIndex().getType();
  return success();
}
Value ScatterAddAlongOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), axis);
}

//--- for a batch

LogicalResult TakeOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  int64_t axis = getAxis();
  bool isWhole = batch.isBatched(getX());
  Ex x(b, isWhole ? batch.of(getX()) : batch.plain(getX()));
  if (batch.isBatched(getIndex()))
    x = batch.takeRows(x, isWhole, Ex(b, batch.of(getIndex())), axis);
  else
    x = nn::take(x, Ex(b, batch.plain(getIndex())), axis + 1);
  batch.set(getResult(), x.value);
  return success();
}
// With indices of its own, each row adds into its part of the flattened batch.
LogicalResult ScatterAddOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  int64_t axis = getAxis(), width = getIndex().getType().getRank();
  Ex x(b, batch.spread(b, getX())), update(b, batch.spread(b, getUpdate()));
  if (!batch.isBatched(getIndex())) {
    batch.set(getResult(),
              nn::scatterAdd(x, Ex(b, batch.plain(getIndex())), update, axis + 1).value);
    return success();
  }
  SmallVector<int64_t> perm = {0}; // [B, ..s, ..i, ..t] to [B, ..i, ..s, ..t]
  for (int64_t k = 0; k < width; ++k)
    perm.push_back(1 + axis + k);
  for (int64_t k = 0; k < axis; ++k)
    perm.push_back(1 + k);
  for (int64_t k = 1 + axis + width; k < update.rank(); ++k)
    perm.push_back(k);
  Ex index = batch.flatIndex(Ex(b, batch.of(getIndex())), dimOf(b, b.getLoc(), x.value, axis + 1));
  Ex flat = nn::scatterAdd(batch.flattened(x, axis), index, transpose(update, perm), 0);
  batch.set(getResult(), batch.unflattened(flat, x, axis).value);
  return success();
}
LogicalResult TakeAlongOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  Ex x(b, batch.spread(b, getX())), index(b, batch.spread(b, getIndex()));
  batch.set(getResult(), nn::takeAlong(x, index, getAxis() + 1).value);
  return success();
}
LogicalResult ScatterAddAlongOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  Ex x(b, batch.spread(b, getX())), index(b, batch.spread(b, getIndex()));
  Ex update(b, batch.spread(b, getUpdate()));
  batch.set(getResult(), nn::scatterAddAlong(x, index, update, getAxis() + 1).value);
  return success();
}
