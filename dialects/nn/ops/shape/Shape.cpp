#include "dialects/nn/Dims.h"
#include "dialects/nn/Expr.h"

using namespace mlir;
using namespace nn;

static LogicalResult verifyElement(Operation *op) {
  Type from = getElementTypeOrSelf(op->getOperand(0).getType());
  Type to = getElementTypeOrSelf(op->getResult(0).getType());
  if (from == to)
    return success();
  return op->emitOpError() << "turns elements of type " << from << " into " << to;
}

// A constant of one value stays one under any change of shape.
static OpFoldResult foldSplat(Attribute operand, RankedTensorType type) {
  auto splat = dyn_cast_or_null<SplatElementsAttr>(operand);
  if (!splat || !type.hasStaticShape())
    return {};
  return splat.resizeSplat(type);
}

//--- broadcast

LogicalResult BroadcastOp::verify() {
  auto from = getX().getType();
  if (static_cast<int64_t>(getMap().size()) != from.getRank())
    return emitOpError() << "maps " << getMap().size() << " axes of " << from;
  int64_t previous = -1;
  for (auto [axis, target] : llvm::enumerate(getMap())) {
    if (target <= previous || target >= getType().getRank())
      return emitOpError() << "maps axis " << axis << " to " << target
                           << ": axes must increase and be below " << getType().getRank();
    previous = target;
    int64_t size = from.getDimSize(axis), result = getType().getDimSize(target);
    if (size != 1 && size != result)
      return emitOpError() << "maps axis " << axis << " of size " << size << " to axis " << target
                           << " of size " << result;
  }
  if (failed(verifyElement(*this)))
    return failure();
  return verifyDims(*this, getType(), getDims());
}
Value BroadcastOp::resultDim(OpBuilder &, unsigned, int64_t axis) {
  return pickDim(getType(), getDims(), axis);
}
OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  // Equal types: no axis is new, and none expands unless it was 1 and stays 1.
  if (getX().getType() == getType())
    return getX();
  return foldSplat(adaptor.getX(), getType());
}
LogicalResult BroadcastOp::canonicalize(BroadcastOp op, PatternRewriter &rewriter) {
  if (auto full = op.getX().getDefiningOp<FullOp>()) {
    rewriter.replaceOpWithNewOp<FullOp>(op, op.getType(), full.getValue(), op.getDims());
    return success();
  }
  if (auto inner = op.getX().getDefiningOp<BroadcastOp>()) {
    SmallVector<int64_t> map;
    for (int64_t axis : inner.getMap())
      map.push_back(op.getMap()[axis]);
    rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), inner.getX(), op.getDims(),
                                             rewriter.getDenseI64ArrayAttr(map));
    return success();
  }
  // A rank-0 constant under a static shape folds to a constant instead.
  bool isConstant = op.getX().getDefiningOp<ConstantOp>() && op.getType().hasStaticShape();
  if (op.getX().getType().getRank() == 0 && !isConstant) {
    rewriter.replaceOpWithNewOp<FullOp>(op, op.getType(), op.getX(), op.getDims());
    return success();
  }
  return failure();
}
Ex nn::unbroadcast(Ex d, BroadcastOp op) {
  SmallVector<int64_t> axes;
  auto from = op.getX().getType();
  for (int64_t axis = 0; axis < op.getType().getRank(); ++axis) {
    const auto *place = llvm::find(op.getMap(), axis);
    bool isNew = place == op.getMap().end();
    if (isNew || from.getDimSize(place - op.getMap().begin()) != op.getType().getDimSize(axis))
      axes.push_back(axis);
  }
  return reshapeLike(sum(d, axes), Ex(*d.builder, op.getX()));
}

//--- reshape

LogicalResult ReshapeOp::verify() {
  auto from = getX().getType();
  if (from.hasStaticShape() && getType().hasStaticShape() &&
      from.getNumElements() != getType().getNumElements())
    return emitOpError() << "makes " << getType().getNumElements() << " elements of "
                         << from.getNumElements();
  if (failed(verifyElement(*this)))
    return failure();
  return verifyDims(*this, getType(), getDims());
}
Value ReshapeOp::resultDim(OpBuilder &, unsigned, int64_t axis) {
  return pickDim(getType(), getDims(), axis);
}
OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  // With at most one unknown size the element count fixes it: equal types are equal shapes.
  if (getX().getType() == getType() && getType().getNumDynamicDims() <= 1 &&
      !llvm::is_contained(getType().getShape(), 0))
    return getX();
  if (auto elements = dyn_cast_or_null<DenseElementsAttr>(adaptor.getX()))
    if (getType().hasStaticShape())
      return elements.reshape(getType());
  return {};
}
LogicalResult ReshapeOp::canonicalize(ReshapeOp op, PatternRewriter &rewriter) {
  if (auto full = op.getX().getDefiningOp<FullOp>()) {
    rewriter.replaceOpWithNewOp<FullOp>(op, op.getType(), full.getValue(), op.getDims());
    return success();
  }
  if (auto inner = op.getX().getDefiningOp<ReshapeOp>()) {
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), inner.getX(), op.getDims());
    return success();
  }
  return failure();
}

//--- transpose, reverse

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto from = cast<RankedTensorType>(adaptor.getX().getType());
  ArrayRef<int64_t> perm = adaptor.getPerm();
  SmallVector<int64_t> sorted(perm), shape;
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, from.getRank())))
    return emitOptionalError(loc, "'nn.transpose' perm is no permutation of the ", from.getRank(),
                             " axes of ", from);
  for (int64_t axis : perm)
    shape.push_back(from.getDimSize(axis));
  types.push_back(from.clone(shape));
  return success();
}
Value TransposeOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), getPerm()[axis]);
}
OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  auto isIdentity = [](ArrayRef<int64_t> perm) {
    return llvm::equal(perm, llvm::seq<int64_t>(0, perm.size()));
  };
  if (isIdentity(getPerm()))
    return getX();
  if (auto inner = getX().getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> perm;
    for (int64_t axis : getPerm())
      perm.push_back(inner.getPerm()[axis]);
    if (isIdentity(perm))
      return inner.getX();
    setPerm(perm);
    getXMutable().assign(inner.getX());
    return getResult();
  }
  return foldSplat(adaptor.getX(), getType());
}

LogicalResult ReverseOp::verify() {
  for (int64_t axis : getAxes())
    if (axis < 0 || axis >= getType().getRank())
      return emitOpError() << "turns axis " << axis << " of " << getType();
  return success();
}
Value ReverseOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), axis);
}
OpFoldResult ReverseOp::fold(FoldAdaptor adaptor) {
  if (getAxes().empty())
    return getX();
  return foldSplat(adaptor.getX(), getType());
}
