#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/Expr.h"

using namespace mlir;
using namespace nn;

// The type without `axes`, which must be distinct axes in increasing order.
static LogicalResult inferReduced(std::optional<Location> loc, StringRef name, Type operand,
                                  ArrayRef<int64_t> axes, SmallVectorImpl<Type> &types) {
  auto from = cast<RankedTensorType>(operand);
  int64_t previous = -1;
  for (int64_t axis : axes) {
    if (axis <= previous || axis >= from.getRank())
      return emitOptionalError(loc, "'", name, "' reduces axis ", axis, " of ", from,
                               ": axes must increase and exist");
    previous = axis;
  }
  SmallVector<int64_t> shape;
  for (int64_t axis = 0; axis < from.getRank(); ++axis)
    if (!llvm::is_contained(axes, axis))
      shape.push_back(from.getDimSize(axis));
  types.push_back(from.clone(shape));
  return success();
}

// The operand's axis that is axis `place` of the result.
static int64_t keptAxis(ArrayRef<int64_t> axes, int64_t place) {
  int64_t axis = 0;
  for (;; ++axis)
    if (!llvm::is_contained(axes, axis) && place-- == 0)
      return axis;
}

LogicalResult SumOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  return inferReduced(loc, "nn.sum", adaptor.getX().getType(), adaptor.getAxes(), types);
}
Value SumOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), keptAxis(getAxes(), axis));
}
OpFoldResult SumOp::fold(FoldAdaptor) {
  return getAxes().empty() ? OpFoldResult(getX()) : OpFoldResult();
}

// The share of each element of x in the derivative of its extremum y: equal ones share it.
static Ex extremumShare(Ex x, Ex y, ArrayRef<int64_t> axes) {
  Ex mask = select(compare(CompareKind::eq, x, spread(y, x, axes)), constantLike(x, 1.0), 0.0);
  return mask / spread(sum(mask, axes), x, axes);
}
template <typename Op>
static LogicalResult extremumVjp(Op op, ImplicitLocOpBuilder &builder, Derivation &walk) {
  Ex x(builder, op.getX()), y(builder, op.getResult());
  if (walk.isActive(x.value)) {
    Ex d = spread(Ex(builder, walk.of(y.value)), x, op.getAxes());
    walk.add(x.value, (d * extremumShare(x, y, op.getAxes())).value);
  }
  return success();
}
template <typename Op>
static LogicalResult extremumJvp(Op op, ImplicitLocOpBuilder &builder, Derivation &walk) {
  Ex x(builder, op.getX()), y(builder, op.getResult());
  if (Value tangent = walk.of(x.value))
    walk.add(y.value,
             sum(Ex(builder, tangent) * extremumShare(x, y, op.getAxes()), op.getAxes()).value);
  return success();
}

LogicalResult ReduceMaxOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferReduced(loc, "nn.reduce_max", adaptor.getX().getType(), adaptor.getAxes(), types);
}
Value ReduceMaxOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), keptAxis(getAxes(), axis));
}
LogicalResult ReduceMaxOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  return extremumVjp(*this, builder, walk);
}
LogicalResult ReduceMaxOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  return extremumJvp(*this, builder, walk);
}

LogicalResult ReduceMinOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferReduced(loc, "nn.reduce_min", adaptor.getX().getType(), adaptor.getAxes(), types);
}
Value ReduceMinOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), keptAxis(getAxes(), axis));
}
LogicalResult ReduceMinOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  return extremumVjp(*this, builder, walk);
}
LogicalResult ReduceMinOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  return extremumJvp(*this, builder, walk);
}

// argmax and argmin: `axis` dropped, elements i32 or i64.
static RankedTensorType withoutAxis(Type operand, int64_t axis, Type elementType) {
  auto from = cast<RankedTensorType>(operand);
  SmallVector<int64_t> shape(from.getShape());
  shape.erase(shape.begin() + axis);
  return RankedTensorType::get(shape, elementType);
}
static LogicalResult verifyArg(Operation *op, RankedTensorType from, int64_t axis,
                               RankedTensorType to) {
  if (axis < 0 || axis >= from.getRank())
    return op->emitOpError() << "searches axis " << axis << " of " << from;
  if (withoutAxis(from, axis, to.getElementType()) != to)
    return op->emitOpError() << "makes " << to << " of " << from << " by axis " << axis;
  return success();
}

void ArgMaxOp::build(OpBuilder &builder, OperationState &state, Value x, int64_t axis,
                     Type elementType) {
  build(builder, state, withoutAxis(x.getType(), axis, elementType), x, axis);
}
LogicalResult ArgMaxOp::verify() {
  return verifyArg(*this, getX().getType(), getAxis(), getType());
}
Value ArgMaxOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), keptAxis({getAxis()}, axis));
}
void ArgMinOp::build(OpBuilder &builder, OperationState &state, Value x, int64_t axis,
                     Type elementType) {
  build(builder, state, withoutAxis(x.getType(), axis, elementType), x, axis);
}
LogicalResult ArgMinOp::verify() {
  return verifyArg(*this, getX().getType(), getAxis(), getType());
}
Value ArgMinOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), keptAxis({getAxis()}, axis));
}

LogicalResult CumSumOp::verify() {
  if (getAxis() < 0 || getAxis() >= getType().getRank())
    return emitOpError() << "sums along axis " << getAxis() << " of " << getType();
  return success();
}
Value CumSumOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), axis);
}

//--- for a batch

template <typename Op>
static LogicalResult batchReduction(Op op, ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(op.getResult(), Op::create(b, batch.of(op.getX()), shifted(op.getAxes())));
  return success();
}
LogicalResult SumOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  return batchReduction(*this, b, batch);
}
LogicalResult ReduceMaxOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  return batchReduction(*this, b, batch);
}
LogicalResult ReduceMinOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  return batchReduction(*this, b, batch);
}
LogicalResult ArgMaxOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(), ArgMaxOp::create(b, batch.of(getX()), int64_t(getAxis()) + 1,
                                          getType().getElementType()));
  return success();
}
LogicalResult ArgMinOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(), ArgMinOp::create(b, batch.of(getX()), int64_t(getAxis()) + 1,
                                          getType().getElementType()));
  return success();
}
LogicalResult CumSumOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(), nn::cumsum(Ex(b, batch.of(getX())), getAxis() + 1, getReverse()).value);
  return success();
}
