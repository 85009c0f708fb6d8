#include "compiler/lowering/linalg/ToLinalg.h"

using namespace mlir;
using namespace nn;

// Word `place` of a stream: 0 is the key, 1 the counter.
static Value streamWord(OpBuilder &builder, Location loc, Value rng, int64_t place) {
  return tensor::ExtractOp::create(builder, loc, rng,
                                   ValueRange(indexConstant(builder, loc, place)));
}
static Value makeStream(OpBuilder &builder, Location loc, Value key, Value counter) {
  return tensor::FromElementsOp::create(builder, loc, ValueRange({key, counter}));
}
static Value number(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, value, 64);
}

namespace {
struct LowerRngBits : ToLinalg<RngBitsOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(RngBitsOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto sizes = sizesOf(rewriter, op.getLoc(), op);
    auto body = [&](OpBuilder &inside, Location loc, ValueRange indices) -> Value {
      Value linear = indexConstant(inside, loc, 0); // row-major place
      for (auto [index, size] : llvm::zip_equal(indices, sizes)) {
        Value extent = getValueOrCreateConstantIndexOp(inside, loc, size);
        linear = addIndex(inside, loc, mulIndex(inside, loc, linear, extent), index);
      }
      Value place = arith::IndexCastOp::create(inside, loc, inside.getI64Type(), linear);
      Value two = number(inside, loc, 2), three = number(inside, loc, 3);
      Value block = arith::ShRUIOp::create(inside, loc, place, two);
      Value word = arith::AndIOp::create(inside, loc, place, three);
      Value counter =
          arith::AddIOp::create(inside, loc, streamWord(inside, loc, adaptor.getRng(), 1), block);
      auto words = emitPhilox(inside, loc, counter, streamWord(inside, loc, adaptor.getRng(), 0));
      Value chosen = words[0];
      for (int64_t k = 1; k < 4; ++k) {
        Value isWord = arith::CmpIOp::create(inside, loc, arith::CmpIPredicate::eq, word,
                                             number(inside, loc, k));
        chosen = arith::SelectOp::create(inside, loc, isWord, words[k], chosen);
      }
      return chosen;
    };
    rewriter.replaceOp(op, generate(rewriter, op.getLoc(), emptyLike(rewriter, op), body));
    return success();
  }
};

struct LowerRngAdvance : ToLinalg<RngAdvanceOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(RngAdvanceOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value blocks = ceilDivIndex(rewriter, loc, adaptor.getCount(), 4);
    blocks = arith::IndexCastOp::create(rewriter, loc, rewriter.getI64Type(), blocks);
    Value counter = streamWord(rewriter, loc, adaptor.getRng(), 1);
    counter = arith::AddIOp::create(rewriter, loc, counter, blocks);
    rewriter.replaceOp(
        op, makeStream(rewriter, loc, streamWord(rewriter, loc, adaptor.getRng(), 0), counter));
    return success();
  }
};

struct LowerRngSplit : ToLinalg<RngSplitOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(RngSplitOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value key = streamWord(rewriter, loc, adaptor.getRng(), 0);
    Value counter = streamWord(rewriter, loc, adaptor.getRng(), 1);
    auto words = emitPhilox(rewriter, loc, counter, key);
    Type i64 = rewriter.getI64Type();
    Value low = arith::ExtUIOp::create(rewriter, loc, i64, words[0]);
    Value high = arith::ExtUIOp::create(rewriter, loc, i64, words[1]);
    high = arith::ShLIOp::create(rewriter, loc, high, number(rewriter, loc, 32));
    Value childKey = arith::OrIOp::create(rewriter, loc, low, high);
    Value next = arith::AddIOp::create(rewriter, loc, counter, number(rewriter, loc, 1));
    rewriter.replaceOp(op, {makeStream(rewriter, loc, childKey, number(rewriter, loc, 0)),
                            makeStream(rewriter, loc, key, next)});
    return success();
  }
};
} // namespace

void nn::populateRandomToLinalg(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerRngBits, LowerRngAdvance, LowerRngSplit>(types, patterns.getContext());
}
