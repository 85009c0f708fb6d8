#include "compiler/lowering/linalg/ToLinalg.h"

using namespace mlir;
using namespace nn;

namespace {
struct LowerTake : ToLinalg<TakeOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(TakeOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    int64_t axis = op.getAxis(), width = op.getIndex().getType().getRank();
    Value size = dimOf(rewriter, op.getLoc(), op.getX(), axis);
    auto body = [&](OpBuilder &inside, Location loc, ValueRange indices) -> Value {
      Value at =
          tensor::ExtractOp::create(inside, loc, adaptor.getIndex(), indices.slice(axis, width));
      SmallVector<Value> from(indices.take_front(axis));
      from.push_back(clampIndex(inside, loc, at, size));
      llvm::append_range(from, indices.drop_front(axis + width));
      return tensor::ExtractOp::create(inside, loc, adaptor.getX(), from);
    };
    rewriter.replaceOp(op, generate(rewriter, op.getLoc(), emptyLike(rewriter, op), body));
    return success();
  }
};

struct LowerTakeAlong : ToLinalg<TakeAlongOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(TakeAlongOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value size = dimOf(rewriter, op.getLoc(), op.getX(), op.getAxis());
    auto body = [&](OpBuilder &inside, Location loc, ValueRange indices) -> Value {
      Value at = tensor::ExtractOp::create(inside, loc, adaptor.getIndex(), indices);
      SmallVector<Value> from(indices);
      from.insert(from.begin() + op.getAxis(), clampIndex(inside, loc, at, size));
      return tensor::ExtractOp::create(inside, loc, adaptor.getX(), from);
    };
    rewriter.replaceOp(op, generate(rewriter, op.getLoc(), emptyLike(rewriter, op), body));
    return success();
  }
};

// Loops over the update, in order; adds each element to its place.
static Value scatter(OpBuilder &builder, Location loc, Value x, Value update, Value updateLike,
                     function_ref<SmallVector<Value>(OpBuilder &, ValueRange)> place) {
  SmallVector<Value> upper;
  for (OpFoldResult size : sizesOf(builder, loc, updateLike))
    upper.push_back(getValueOrCreateConstantIndexOp(builder, loc, size));
  SmallVector<Value> lower(upper.size(), indexConstant(builder, loc, 0));
  SmallVector<Value> steps(upper.size(), indexConstant(builder, loc, 1));
  auto nest = scf::buildLoopNest(
      builder, loc, lower, upper, steps, x,
      [&](OpBuilder &inside, Location at, ValueRange indices,
          ValueRange acc) -> SmallVector<Value> {
        SmallVector<Value> to = place(inside, indices);
        Element old{&inside, at, tensor::ExtractOp::create(inside, at, acc[0], to), false};
        Element added{&inside, at, tensor::ExtractOp::create(inside, at, update, indices), false};
        return {tensor::InsertOp::create(inside, at, (old + added).value, acc[0], to).getResult()};
      });
  if (nest.results.empty()) { // a rank-0 update
    SmallVector<Value> to = place(builder, {});
    Element old{&builder, loc, tensor::ExtractOp::create(builder, loc, x, to), false};
    Element added{&builder, loc, tensor::ExtractOp::create(builder, loc, update, ValueRange()),
                  false};
    return tensor::InsertOp::create(builder, loc, (old + added).value, x, to);
  }
  return nest.results.front();
}

struct LowerScatterAdd : ToLinalg<ScatterAddOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(ScatterAddOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    int64_t axis = op.getAxis(), width = op.getIndex().getType().getRank();
    Value size = dimOf(rewriter, loc, op.getX(), axis);
    auto place = [&](OpBuilder &inside, ValueRange indices) {
      Value at =
          tensor::ExtractOp::create(inside, loc, adaptor.getIndex(), indices.slice(axis, width));
      SmallVector<Value> to(indices.take_front(axis));
      to.push_back(clampIndex(inside, loc, at, size));
      llvm::append_range(to, indices.drop_front(axis + width));
      return to;
    };
    rewriter.replaceOp(
        op, scatter(rewriter, loc, adaptor.getX(), adaptor.getUpdate(), op.getUpdate(), place));
    return success();
  }
};

struct LowerScatterAddAlong : ToLinalg<ScatterAddAlongOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(ScatterAddAlongOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value size = dimOf(rewriter, loc, op.getX(), op.getAxis());
    auto place = [&](OpBuilder &inside, ValueRange indices) {
      Value at = tensor::ExtractOp::create(inside, loc, adaptor.getIndex(), indices);
      SmallVector<Value> to(indices);
      to.insert(to.begin() + op.getAxis(), clampIndex(inside, loc, at, size));
      return to;
    };
    rewriter.replaceOp(
        op, scatter(rewriter, loc, adaptor.getX(), adaptor.getUpdate(), op.getUpdate(), place));
    return success();
  }
};
} // namespace

void nn::populateGatherToLinalg(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerTake, LowerTakeAlong, LowerScatterAdd, LowerScatterAddAlong>(
      types, patterns.getContext());
}
