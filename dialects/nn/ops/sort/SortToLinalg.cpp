#include "compiler/lowering/linalg/ToLinalg.h"
#include "dialects/nn/Dims.h"

using namespace mlir;
using namespace nn;

namespace {
// The slow, obvious way: each index is found by a search for the first element after the one
// before.
struct LowerArgSort : ToLinalg<ArgSortOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(ArgSortOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    int64_t rank = op.getType().getRank();
    SmallVector<Value> upper, lower(rank - 1, indexConstant(rewriter, loc, 0));
    SmallVector<Value> steps(rank - 1, indexConstant(rewriter, loc, 1));
    for (OpFoldResult size : sizesOf(rewriter, loc, op))
      upper.push_back(getValueOrCreateConstantIndexOp(rewriter, loc, size));
    Value count = upper.pop_back_val(), length = dimOf(rewriter, loc, op.getX(), rank - 1);
    Value zero = indexConstant(rewriter, loc, 0), one = indexConstant(rewriter, loc, 1);
    auto nest = scf::buildLoopNest(
        rewriter, loc, lower, upper, steps, emptyLike(rewriter, op),
        [&](OpBuilder &inside, Location at, ValueRange row, ValueRange acc) -> SmallVector<Value> {
          Value none = indexConstant(inside, at, -1);
          auto places = scf::ForOp::create(inside, at, zero, count, one, ValueRange{acc[0], none});
          OpBuilder body = OpBuilder::atBlockBegin(places.getBody());
          Value previous = places.getRegionIterArgs()[1];
          auto search = scf::ForOp::create(body, at, zero, length, one, none);
          OpBuilder step = OpBuilder::atBlockBegin(search.getBody());
          Value i = search.getInductionVar(), best = search.getRegionIterArgs()[0];
          Value after = comesBefore(step, op, adaptor.getX(), row, previous, i);
          Value better = isNone(step, at, best);
          better = arith::OrIOp::create(step, at, better,
                                        comesBefore(step, op, adaptor.getX(), row, i, best));
          Value starts = arith::OrIOp::create(step, at, isNone(step, at, previous), after);
          Value wins = arith::AndIOp::create(step, at, starts, better);
          scf::YieldOp::create(step, at,
                               arith::SelectOp::create(step, at, wins, i, best).getResult());
          SmallVector<Value> to(row);
          to.push_back(places.getInductionVar());
          Value index = arith::IndexCastOp::create(body, at, op.getType().getElementType(),
                                                   search.getResult(0));
          Value written =
              tensor::InsertOp::create(body, at, index, places.getRegionIterArgs()[0], to);
          scf::YieldOp::create(body, at, ValueRange{written, search.getResult(0)});
          return {places.getResult(0)};
        });
    Value result = nest.results.empty() ? Value() : nest.results.front();
    rewriter.replaceOp(op, result);
    return success();
  }

  static Value isNone(OpBuilder &b, Location loc, Value index) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, index,
                                 indexConstant(b, loc, 0));
  }
  // Whether element i of a row stands before element j; an index of -1 is read as 0.
  static Value comesBefore(OpBuilder &b, ArgSortOp op, Value x, ValueRange row, Value i, Value j) {
    Location loc = op.getLoc();
    bool isUnsigned = op.getX().getType().getElementType().isUnsignedInteger();
    auto element = [&](Value index) {
      SmallVector<Value> at(row);
      at.push_back(arith::MaxSIOp::create(b, loc, index, indexConstant(b, loc, 0)));
      Value value = tensor::ExtractOp::create(b, loc, x, at);
      return Element{&b, loc, value, isUnsigned};
    };
    Element first = element(i), second = element(j);
    if (op.getDescending())
      std::swap(first, second);
    Value less = isLess(first, second), more = isLess(second, first);
    Value earlier = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, i, j);
    // Neither is less: the indices decide.
    Value yes = arith::ConstantIntOp::create(b, loc, 1, 1);
    Value equal = arith::XOrIOp::create(b, loc, arith::OrIOp::create(b, loc, less, more), yes);
    return arith::OrIOp::create(b, loc, less, arith::AndIOp::create(b, loc, equal, earlier));
  }
  static Value isLess(Element a, Element b) {
    Value less = compare(CompareKind::lt, a, b).value;
    if (!isa<FloatType>(a.value.getType()))
      return less;
    Value beyond = compare(CompareKind::ne, b, b).value,
          number = compare(CompareKind::eq, a, a).value;
    beyond = arith::AndIOp::create(*a.builder, a.loc, beyond, number);
    return arith::OrIOp::create(*a.builder, a.loc, less, beyond);
  }
};
} // namespace

void nn::populateSortToLinalg(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerArgSort>(types, patterns.getContext());
}
