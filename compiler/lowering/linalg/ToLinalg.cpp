#include "compiler/lowering/linalg/ToLinalg.h"

using namespace mlir;
using namespace nn;

RankedTensorType nn::signless(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return type.clone(signlessElement(type.getElementType()));
}

SignlessTypes::SignlessTypes() {
  addConversion([](Type type) { return type; });
  addConversion([](RankedTensorType type) -> Type { return signless(type); });
  auto castBetween = [](OpBuilder &builder, Type type, ValueRange values, Location loc) -> Value {
    return UnrealizedConversionCastOp::create(builder, loc, type, values).getResult(0);
  };
  addSourceMaterialization(castBetween);
  addTargetMaterialization(castBetween);
}

Value nn::emptyLike(OpBuilder &builder, Value result, Type elementType) {
  auto type = cast<RankedTensorType>(result.getType());
  SmallVector<Value> dims = dynamicDims(builder, result.getLoc(), result);
  return tensor::EmptyOp::create(builder, result.getLoc(), type.getShape(), elementType, dims);
}
Value nn::emptyLike(OpBuilder &builder, Value result) {
  return emptyLike(builder, result, signless(result.getType()).getElementType());
}

static Value numberOf(OpBuilder &builder, Location loc, Type elementType, double number) {
  TypedAttr attr;
  if (auto floating = dyn_cast<FloatType>(elementType)) {
    attr = builder.getFloatAttr(floating, number);
  } else {
    attr = builder.getIntegerAttr(elementType, static_cast<int64_t>(number));
  }
  return arith::ConstantOp::create(builder, loc, attr);
}
Value nn::filledLike(OpBuilder &builder, Value result, Type elementType, double number) {
  Location loc = result.getLoc();
  Value scalar = numberOf(builder, loc, elementType, number);
  Value empty = emptyLike(builder, result, elementType);
  return linalg::FillOp::create(builder, loc, scalar, empty).getResult(0);
}

SmallVector<OpFoldResult> nn::sizesOf(OpBuilder &builder, Location loc, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<OpFoldResult> sizes;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (type.isDynamicDim(axis))
      sizes.push_back(dimOf(builder, loc, tensor, axis));
    else
      sizes.push_back(builder.getIndexAttr(type.getDimSize(axis)));
  }
  return sizes;
}

AffineMap nn::axesMap(MLIRContext *context, unsigned loops, ArrayRef<int64_t> axes) {
  SmallVector<AffineExpr> exprs;
  for (int64_t axis : axes)
    exprs.push_back(getAffineDimExpr(axis, context));
  return AffineMap::get(loops, 0, exprs, context);
}

SmallVector<int64_t> nn::axesWithout(int64_t rank, ArrayRef<int64_t> dropped) {
  SmallVector<int64_t> axes;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(dropped, axis))
      axes.push_back(axis);
  return axes;
}

Value nn::generic(OpBuilder &builder, Location loc, ValueRange ins, Value out,
                  ArrayRef<AffineMap> maps, unsigned loops, Body body) {
  SmallVector<utils::IteratorType> iterators(loops, utils::IteratorType::reduction);
  for (AffineExpr expr : maps.back().getResults())
    iterators[cast<AffineDimExpr>(expr).getPosition()] = utils::IteratorType::parallel;
  auto op =
      linalg::GenericOp::create(builder, loc, out.getType(), ins, out, maps, iterators,
                                [&](OpBuilder &inside, Location at, ValueRange elements) {
                                  linalg::YieldOp::create(inside, at, body(inside, at, elements));
                                });
  return op.getResult(0);
}

Value nn::generate(OpBuilder &builder, Location loc, Value out, Body body) {
  int64_t rank = cast<RankedTensorType>(out.getType()).getRank();
  auto map = AffineMap::getMultiDimIdentityMap(rank, builder.getContext());
  return generic(builder, loc, {}, out, map, rank, [&](OpBuilder &inside, Location at, ValueRange) {
    SmallVector<Value> indices;
    for (int64_t axis = 0; axis < rank; ++axis)
      indices.push_back(linalg::IndexOp::create(inside, at, axis));
    return body(inside, at, indices);
  });
}

Type nn::computeType(Type elementType) {
  return elementType.isF16() || elementType.isBF16() ? Float32Type::get(elementType.getContext())
                                                     : elementType;
}

Value nn::convertFloat(OpBuilder &builder, Location loc, Value value, Type to) {
  return convert(Element{&builder, loc, value, false}, to).value;
}

Value nn::clampIndex(OpBuilder &builder, Location loc, Value index, Value size) {
  if (!index.getType().isIndex())
    index = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), index);
  Value zero = indexConstant(builder, loc, 0);
  Value last = subIndex(builder, loc, size, indexConstant(builder, loc, 1));
  index = arith::MinSIOp::create(builder, loc, index, last);
  return arith::MaxSIOp::create(builder, loc, index, zero);
}
