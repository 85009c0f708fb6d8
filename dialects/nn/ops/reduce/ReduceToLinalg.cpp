#include "compiler/lowering/linalg/ToLinalg.h"

using namespace mlir;
using namespace nn;

// Reduces x over `axes` in the compute type, from `start`.
static Value reduce(OpBuilder &builder, Value result, Value x, ArrayRef<int64_t> axes, double start,
                    bool isUnsigned, function_ref<Element(Element, Element)> combine) {
  Location loc = result.getLoc();
  auto type = cast<RankedTensorType>(x.getType());
  Type element = type.getElementType(), compute = computeType(element);
  unsigned rank = type.getRank();
  AffineMap identity = builder.getMultiDimIdentityMap(rank);
  AffineMap kept = axesMap(builder.getContext(), rank, axesWithout(rank, axes));
  Value out = filledLike(builder, result, compute, start);
  auto body = [&](OpBuilder &inside, Location at, ValueRange elements) {
    Element value{&inside, at, elements[0], isUnsigned}, sum{&inside, at, elements[1], isUnsigned};
    if (compute != element)
      value = convert(value, compute);
    return combine(sum, value).value;
  };
  Value total = generic(builder, loc, x, out, {identity, kept}, rank, body);
  if (compute == element)
    return total;
  unsigned keptRank = cast<RankedTensorType>(result.getType()).getRank();
  AffineMap same = builder.getMultiDimIdentityMap(keptRank);
  return generic(builder, loc, total, emptyLike(builder, result), {same, same}, keptRank,
                 [&](OpBuilder &inside, Location at, ValueRange elements) {
                   return convertFloat(inside, at, elements[0], element);
                 });
}

// The number below (sign = -1) or above all others of a type.
static double extremeOf(Type elementType, double sign) {
  if (isa<FloatType>(elementType))
    return sign * std::numeric_limits<double>::infinity();
  unsigned width = elementType.getIntOrFloatBitWidth();
  if (elementType.isUnsignedInteger())
    return sign < 0 ? 0.0 : -1.0; // all ones
  return sign < 0 ? -std::ldexp(1.0, width - 1) : std::ldexp(1.0, width - 1) - 1.0;
}

namespace {
struct LowerSum : ToLinalg<SumOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(SumOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, reduce(rewriter, op, adaptor.getX(), op.getAxes(), 0.0, false,
                                  [](Element a, Element b) { return a + b; }));
    return success();
  }
};

template <typename Op> struct LowerExtremum : ToLinalg<Op> {
  LowerExtremum(const TypeConverter &types, MLIRContext *context, double start,
                Element (*combine)(Element, Element))
      : ToLinalg<Op>(types, context), start(start), combine(combine) {}
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type element = op.getType().getElementType();
    rewriter.replaceOp(op, reduce(rewriter, op, adaptor.getX(), op.getAxes(),
                                  extremeOf(element, start), element.isUnsignedInteger(), combine));
    return success();
  }
  double start;
  Element (*combine)(Element, Element);
};

// Both the extremum and its index are reduced; a later equal element does not replace an earlier.
template <typename Op> struct LowerArg : ToLinalg<Op> {
  LowerArg(const TypeConverter &types, MLIRContext *context, CompareKind better)
      : ToLinalg<Op>(types, context), better(better) {}
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto from = op.getX().getType();
    int64_t rank = from.getRank(), axis = op.getAxis();
    Type element = signless(from).getElementType();
    bool isUnsigned = from.getElementType().isUnsignedInteger();
    double start = extremeOf(from.getElementType(), better == CompareKind::gt ? -1.0 : 1.0);
    Value best = filledLike(rewriter, op, element, start);
    Value place = filledLike(rewriter, op, op.getType().getElementType(), 0.0);
    AffineMap identity = rewriter.getMultiDimIdentityMap(rank);
    AffineMap kept = axesMap(op.getContext(), rank, axesWithout(rank, axis));
    SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
    iterators[axis] = utils::IteratorType::reduction;
    Type outTypes[] = {best.getType(), place.getType()};
    Value outs[] = {best, place};
    AffineMap maps[] = {identity, kept, kept};
    auto generic = linalg::GenericOp::create(
        rewriter, op.getLoc(), outTypes, adaptor.getX(), outs, maps, iterators,
        [&](OpBuilder &inside, Location loc, ValueRange elements) {
          Element x{&inside, loc, elements[0], isUnsigned},
              top{&inside, loc, elements[1], isUnsigned};
          Element at{&inside, loc, elements[2], false};
          Value index = linalg::IndexOp::create(inside, loc, axis);
          index = arith::IndexCastOp::create(inside, loc, at.value.getType(), index);
          Element isBetter = compare(better, x, top);
          Value yields[] = {select(isBetter, x, top).value,
                            select(isBetter, at.with(index), at).value};
          linalg::YieldOp::create(inside, loc, yields);
        });
    rewriter.replaceOp(op, generic.getResult(1));
    return success();
  }
  CompareKind better;
};

// Plain loops over all axes; the running sum is the previous element of the result.
struct LowerCumSum : ToLinalg<CumSumOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(CumSumOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    int64_t rank = op.getType().getRank(), axis = op.getAxis();
    SmallVector<Value> lower(rank, indexConstant(rewriter, loc, 0)), upper;
    SmallVector<Value> steps(rank, indexConstant(rewriter, loc, 1));
    for (OpFoldResult size : sizesOf(rewriter, loc, op))
      upper.push_back(getValueOrCreateConstantIndexOp(rewriter, loc, size));
    Type element = signless(op.getType()).getElementType(), compute = computeType(element);
    Value sums = filledLike(rewriter, op, compute, 0.0);
    auto nest = scf::buildLoopNest(
        rewriter, loc, lower, upper, steps, sums,
        [&](OpBuilder &inside, Location at, ValueRange indices,
            ValueRange acc) -> SmallVector<Value> {
          Value one = indexConstant(inside, at, 1);
          SmallVector<Value> here(indices), before(indices);
          // Walking on, or back from the end; the element before the first is read as zero.
          Value isFirst = arith::CmpIOp::create(inside, at, arith::CmpIPredicate::eq, indices[axis],
                                                indexConstant(inside, at, 0));
          if (op.getReverse()) {
            Value last = subIndex(inside, at, upper[axis], one);
            here[axis] = subIndex(inside, at, last, indices[axis]);
            before[axis] = addIndex(inside, at, here[axis], one);
          } else {
            before[axis] = subIndex(inside, at, indices[axis], one);
          }
          before[axis] = arith::SelectOp::create(inside, at, isFirst, here[axis], before[axis]);
          Value x = tensor::ExtractOp::create(inside, at, adaptor.getX(), here);
          Element value{&inside, at, x, false};
          if (compute != element)
            value = convert(value, compute);
          Element running{&inside, at, tensor::ExtractOp::create(inside, at, acc[0], before),
                          false};
          Value sum = (running + value).value; // the first place still holds zero
          return {tensor::InsertOp::create(inside, at, sum, acc[0], here).getResult()};
        });
    Value total = nest.results.front();
    if (compute != element) {
      AffineMap same = rewriter.getMultiDimIdentityMap(rank);
      total = generic(rewriter, loc, total, emptyLike(rewriter, op), {same, same}, rank,
                      [&](OpBuilder &inside, Location at, ValueRange elements) {
                        return convertFloat(inside, at, elements[0], element);
                      });
    }
    rewriter.replaceOp(op, total);
    return success();
  }
};
} // namespace

void nn::populateReduceToLinalg(const TypeConverter &types, RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<LowerSum, LowerCumSum>(types, context);
  patterns.add<LowerExtremum<ReduceMaxOp>>(types, context, -1.0,
                                           static_cast<Element (*)(Element, Element)>(max));
  patterns.add<LowerExtremum<ReduceMinOp>>(types, context, 1.0,
                                           static_cast<Element (*)(Element, Element)>(min));
  patterns.add<LowerArg<ArgMaxOp>>(types, context, CompareKind::gt);
  patterns.add<LowerArg<ArgMinOp>>(types, context, CompareKind::lt);
}
