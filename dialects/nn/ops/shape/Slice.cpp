// Blocks of tensors: slice, dynamic_slice, dynamic_update, pad, concat.
#include "dialects/nn/Dims.h"
#include "dialects/nn/Expr.h"

using namespace mlir;
using namespace nn;

//--- slice

// The size of start, start + stride, ... below limit.
static int64_t slicedSize(int64_t start, int64_t limit, int64_t stride) {
  return limit <= start ? 0 : (limit - start + stride - 1) / stride;
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  auto from = cast<RankedTensorType>(adaptor.getX().getType());
  size_t rank = from.getRank();
  if (adaptor.getStart().size() != rank || adaptor.getLimit().size() != rank ||
      adaptor.getStride().size() != rank)
    return emitOptionalError(loc, "'nn.slice' needs ", rank, " starts, limits and strides for ",
                             from);
  SmallVector<int64_t> shape;
  for (size_t axis = 0; axis < rank; ++axis) {
    int64_t size = from.getDimSize(axis), start = adaptor.getStart()[axis];
    int64_t limit = adaptor.getLimit()[axis], stride = adaptor.getStride()[axis];
    bool isOpen = limit == -1, isDynamic = ShapedType::isDynamic(size);
    if (isOpen)
      limit = size;
    if (start < 0 || stride < 1 || (!isDynamic && (start > size || limit > size)) ||
        (!isOpen && limit < start))
      return emitOptionalError(loc, "'nn.slice' takes ", start, " to ", limit, " by ", stride,
                               " on axis ", axis, " of ", from);
    shape.push_back(isOpen && isDynamic ? ShapedType::kDynamic : slicedSize(start, limit, stride));
  }
  types.push_back(from.clone(shape));
  return success();
}
Value SliceOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  Value size = dimOf(builder, getLoc(), getX(), axis);
  Value start = indexConstant(builder, getLoc(), getStart()[axis]);
  return ceilDivIndex(builder, getLoc(), subIndex(builder, getLoc(), size, start),
                      getStride()[axis]);
}
OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  bool isWhole = true;
  for (int64_t axis = 0; axis < getType().getRank(); ++axis)
    isWhole &= getStart()[axis] == 0 && getStride()[axis] == 1 &&
               (getLimit()[axis] == -1 || getLimit()[axis] == getX().getType().getDimSize(axis));
  if (isWhole)
    return getX();
  auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getX());
  return splat && getType().hasStaticShape() ? splat.resizeSplat(getType()) : OpFoldResult();
}

static Value pad(ImplicitLocOpBuilder &b, Value x, ArrayRef<int64_t> lo, ArrayRef<int64_t> hi,
                 ArrayRef<int64_t> interior) {
  return PadOp::create(b, x, b.getDenseI64ArrayAttr(lo), b.getDenseI64ArrayAttr(hi),
                       b.getDenseI64ArrayAttr(interior), b.getF64FloatAttr(0.0));
}

Ex nn::unslice(Ex d, SliceOp op) {
  ImplicitLocOpBuilder &b = *d.builder;
  auto from = op.getX().getType();
  SmallVector<int64_t> lo(op.getStart()), hi, interior, none(from.getRank(), 0);
  bool isPad = true;
  for (int64_t axis = 0; axis < from.getRank(); ++axis) {
    int64_t stride = op.getStride()[axis], size = op.getType().getDimSize(axis);
    interior.push_back(stride - 1);
    if (from.isDynamicDim(axis)) {
      // Up to the end by 1: nothing follows. Otherwise only the running program knows how much.
      isPad &= op.getLimit()[axis] == -1 && stride == 1;
      hi.push_back(0);
    } else {
      int64_t covered = size == 0 ? 0 : (size - 1) * stride + 1;
      hi.push_back(from.getDimSize(axis) - lo[axis] - covered);
    }
  }
  if (isPad)
    return Ex(b, pad(b, d.value, lo, hi, interior));
  SmallVector<Value> start;
  for (int64_t offset : lo)
    start.push_back(indexConstant(b, b.getLoc(), offset));
  Ex apart(b, pad(b, d.value, none, none, interior));
  return dynamicUpdate(zerosLike(Ex(b, op.getX())), apart, start);
}

//--- dynamic_slice, dynamic_update

static LogicalResult verifyBlock(Operation *op, RankedTensorType whole, RankedTensorType block,
                                 size_t starts) {
  if (whole.getRank() != block.getRank() || whole.getElementType() != block.getElementType())
    return op->emitOpError() << "has a block of type " << block << " in " << whole;
  if (starts != static_cast<size_t>(whole.getRank()))
    return op->emitOpError() << "has " << starts << " offsets in " << whole;
  for (auto [inner, outer] : llvm::zip(block.getShape(), whole.getShape()))
    if (!ShapedType::isDynamic(inner) && !ShapedType::isDynamic(outer) && inner > outer)
      return op->emitOpError() << "has a block of type " << block << " in the smaller " << whole;
  return success();
}

LogicalResult DynamicSliceOp::verify() {
  if (failed(verifyDims(*this, getType(), getDims())))
    return failure();
  return verifyBlock(*this, getX().getType(), getType(), getStart().size());
}
Value DynamicSliceOp::resultDim(OpBuilder &, unsigned, int64_t axis) {
  return pickDim(getType(), getDims(), axis);
}
Ex nn::undynamicSlice(Ex d, DynamicSliceOp op) {
  return dynamicUpdate(zerosLike(Ex(*d.builder, op.getX())), d, op.getStart());
}

LogicalResult DynamicUpdateOp::verify() {
  return verifyBlock(*this, getX().getType(), getUpdate().getType(), getStart().size());
}
Value DynamicUpdateOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), axis);
}

//--- pad

LogicalResult PadOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  auto from = cast<RankedTensorType>(adaptor.getX().getType());
  size_t rank = from.getRank();
  if (adaptor.getLo().size() != rank || adaptor.getHi().size() != rank ||
      adaptor.getInterior().size() != rank)
    return emitOptionalError(loc, "'nn.pad' needs ", rank, " of lo, hi and interior for ", from);
  SmallVector<int64_t> shape;
  for (size_t axis = 0; axis < rank; ++axis) {
    int64_t size = from.getDimSize(axis), interior = adaptor.getInterior()[axis];
    if (interior < 0)
      return emitOptionalError(loc, "'nn.pad' has interior ", interior, " on axis ", axis);
    if (!ShapedType::isDynamic(size)) {
      size +=
          adaptor.getLo()[axis] + adaptor.getHi()[axis] + std::max<int64_t>(size - 1, 0) * interior;
      if (size < 0)
        return emitOptionalError(loc, "'nn.pad' leaves size ", size, " on axis ", axis);
    }
    shape.push_back(size);
  }
  types.push_back(from.clone(shape));
  return success();
}
Value PadOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  Location loc = getLoc();
  auto constant = [&](int64_t value) { return indexConstant(builder, loc, value); };
  Value size = dimOf(builder, loc, getX(), axis);
  if (int64_t interior = getInterior()[axis]) {
    // n + (n - 1) * interior; a dynamic axis with interior padding is not empty.
    Value gaps = subIndex(builder, loc, size, constant(1));
    size = addIndex(builder, loc, size, mulIndex(builder, loc, gaps, constant(interior)));
  }
  return addIndex(builder, loc, size, constant(getLo()[axis] + getHi()[axis]));
}
LogicalResult PadOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  if (!walk.isActive(getX()))
    return success();
  int64_t rank = getType().getRank();
  SmallVector<int64_t> lo, hi, none(rank, 0), open(rank, -1), stride;
  for (int64_t axis = 0; axis < rank; ++axis) {
    lo.push_back(-getLo()[axis]);
    hi.push_back(-getHi()[axis]);
    stride.push_back(getInterior()[axis] + 1);
  }
  Value inner = pad(builder, walk.of(getResult()), lo, hi, none);
  walk.add(getX(), builder.createOrFold<SliceOp>(inner, builder.getDenseI64ArrayAttr(none),
                                                 builder.getDenseI64ArrayAttr(open),
                                                 builder.getDenseI64ArrayAttr(stride)));
  return success();
}
LogicalResult PadOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  // Not the op itself: the tangent of the fill is zero.
  if (Value tangent = walk.of(getX()))
    walk.add(getResult(), pad(builder, tangent, getLo(), getHi(), getInterior()));
  return success();
}

//--- concat

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (adaptor.getParts().empty())
    return emitOptionalError(loc, "'nn.concat' has no operands");
  auto first = cast<RankedTensorType>(adaptor.getParts().front().getType());
  int64_t axis = adaptor.getAxis(), size = 0;
  if (axis < 0 || axis >= first.getRank())
    return emitOptionalError(loc, "'nn.concat' joins on axis ", axis, " of ", first);
  SmallVector<int64_t> shape(first.getShape());
  for (Value part : adaptor.getParts()) {
    auto type = cast<RankedTensorType>(part.getType());
    SmallVector<int64_t> other(type.getShape());
    if (type.getRank() != first.getRank() || type.getElementType() != first.getElementType())
      return emitOptionalError(loc, "'nn.concat' joins ", first, " with ", type);
    bool isDynamic = ShapedType::isDynamic(size) || type.isDynamicDim(axis);
    size = isDynamic ? ShapedType::kDynamic : size + type.getDimSize(axis);
    other[axis] = shape[axis];
    if (other != shape)
      return emitOptionalError(loc, "'nn.concat' joins ", first, " with ", type, " on axis ", axis);
  }
  shape[axis] = size;
  types.push_back(first.clone(shape));
  return success();
}
Value ConcatOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  if (axis != getAxis())
    return dimOf(builder, getLoc(), getParts().front(), axis);
  Value size = indexConstant(builder, getLoc(), 0);
  for (Value part : getParts())
    size = addIndex(builder, getLoc(), size, dimOf(builder, getLoc(), part, axis));
  return size;
}
OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getParts().size() == 1 ? OpFoldResult(getParts().front()) : OpFoldResult();
}
LogicalResult ConcatOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  Ex d(builder, walk.of(getResult()));
  Location loc = builder.getLoc();
  Value zero = indexConstant(builder, loc, 0), offset = zero;
  for (Value part : getParts()) {
    SmallVector<Value> start(d.rank(), zero);
    start[getAxis()] = offset;
    if (walk.isActive(part))
      walk.add(part, dynamicSliceLike(d, Ex(builder, part), start).value);
    offset = addIndex(builder, loc, offset, dimOf(builder, loc, part, getAxis()));
  }
  return success();
}
LogicalResult ConcatOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  auto places = llvm::to_vector(llvm::seq<unsigned>(0, getParts().size()));
  return jvpOfJointlyLinear(builder, *this, places, walk);
}
