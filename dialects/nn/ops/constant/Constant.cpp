#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace nn;

// A dense constant of a floating or integer element type, from a number.
static DenseElementsAttr denseSplat(RankedTensorType type, double number) {
  Type element = type.getElementType();
  if (auto floating = dyn_cast<FloatType>(element))
    return DenseElementsAttr::get(type, Attribute(FloatAttr::get(floating, number)));
  unsigned width = element.getIntOrFloatBitWidth();
  APInt integer(64, static_cast<uint64_t>(static_cast<int64_t>(number)));
  return DenseElementsAttr::get(type, integer.trunc(width));
}

void ConstantOp::build(OpBuilder &builder, OperationState &state, ElementsAttr value) {
  build(builder, state, value.getType(), value);
}
void ConstantOp::build(OpBuilder &builder, OperationState &state, RankedTensorType type,
                       double value) {
  build(builder, state, type, denseSplat(type, value));
}
OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult FullOp::verify() {
  if (getValue().getType().getElementType() != getType().getElementType())
    return emitOpError() << "fills " << getType() << " with " << getValue().getType();
  return verifyDims(*this, getType(), getDims());
}
Value FullOp::resultDim(OpBuilder &, unsigned, int64_t axis) {
  return pickDim(getType(), getDims(), axis);
}
OpFoldResult FullOp::fold(FoldAdaptor adaptor) {
  if (getValue().getType() == getType())
    return getValue();
  auto scalar = dyn_cast_or_null<DenseElementsAttr>(adaptor.getValue());
  if (!scalar || !getType().hasStaticShape())
    return {};
  return scalar.resizeSplat(getType());
}

LogicalResult IotaOp::verify() {
  if (getAxis() < 0 || getAxis() >= getType().getRank())
    return emitOpError() << "counts on axis " << getAxis() << " of " << getType();
  return verifyDims(*this, getType(), getDims());
}
Value IotaOp::resultDim(OpBuilder &, unsigned, int64_t axis) {
  return pickDim(getType(), getDims(), axis);
}

LogicalResult DimOp::verify() {
  if (getAxis() < 0 || getAxis() >= getX().getType().getRank())
    return emitOpError() << "asks for axis " << getAxis() << " of " << getX().getType();
  return success();
}
OpFoldResult DimOp::fold(FoldAdaptor) {
  if (getX().getType().isDynamicDim(getAxis()))
    return {};
  return IntegerAttr::get(getType(), getX().getType().getDimSize(getAxis()));
}
LogicalResult DimOp::canonicalize(DimOp op, PatternRewriter &rewriter) {
  Value dim = resolveDim(rewriter, op.getLoc(), op.getX(), op.getAxis());
  if (!dim)
    return failure();
  rewriter.replaceOp(op, dim);
  return success();
}

OpFoldResult FromIndexOp::fold(FoldAdaptor adaptor) {
  if (auto back = getIndex().getDefiningOp<ToIndexOp>())
    if (back.getX().getType() == getType())
      return back.getX();
  if (auto integer = dyn_cast_or_null<IntegerAttr>(adaptor.getIndex()))
    return denseSplat(cast<RankedTensorType>(getType()), integer.getInt());
  return {};
}

OpFoldResult ToIndexOp::fold(FoldAdaptor adaptor) {
  if (auto back = getX().getDefiningOp<FromIndexOp>())
    return back.getIndex();
  if (auto scalar = dyn_cast_or_null<DenseElementsAttr>(adaptor.getX()))
    return IntegerAttr::get(getType(), scalar.getSplatValue<APInt>().getSExtValue());
  return {};
}

//--- for a batch

LogicalResult FullOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(),
            BroadcastOp::create(b, batch.typeOf(getType()), batch.of(getValue()),
                                batch.dims(batch.plain(getDims())), ArrayRef<int64_t>{0}));
  return success();
}
LogicalResult DimOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.keep(getResult(), dimOf(b, b.getLoc(), batch.of(getX()), getAxis() + 1));
  return success();
}
// A batched index is a tensor of numbers already.
LogicalResult FromIndexOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(), castTo(Ex(b, batch.of(getIndex())), getType().getElementType()).value);
  return success();
}
LogicalResult ToIndexOp::batch(ImplicitLocOpBuilder &, Batching &batch) {
  batch.set(getResult(), batch.of(getX()));
  return success();
}
