#include "compiler/autodiff/BatchLoop.h"
#include "compiler/autodiff/Passes.h"
#include "compiler/autodiff/Walk.h"
#include "dialects/nn/Expr.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace nn {
#define GEN_PASS_DEF_EXPANDGRAD
#include "compiler/autodiff/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

// The body's ops before `op`, its arguments standing for `wrt`. A barrier keeps the arguments apart
// from uses of the same values as captures, which are constants; close() takes it away.
struct InlinedBody {
  SmallVector<Operation *> ops;
  BarrierOp arguments;
  Block *body;

  InlinedBody(ImplicitLocOpBuilder &builder, Operation *op, ValueRange wrt)
      : body(&op->getRegion(0).front()) {
    arguments = BarrierOp::create(builder, wrt);
    for (auto [argument, value] : llvm::zip_equal(body->getArguments(), arguments.getResults()))
      argument.replaceAllUsesWith(value);
    for (Operation &inner : body->without_terminator())
      ops.push_back(&inner);
    op->getBlock()->getOperations().splice(op->getIterator(), body->getOperations(), body->begin(),
                                           std::prev(body->end()));
  }
  OperandRange yields() { return body->getTerminator()->getOperands(); }
  void close() {
    arguments.replaceAllUsesWith(arguments.getValues());
    arguments.erase();
  }
};

static LogicalResult expand(GradOp grad) {
  ImplicitLocOpBuilder builder(grad.getLoc(), grad);
  InlinedBody inlined(builder, grad, grad.getWrt());
  ReverseWalk walk(builder);
  walk.activate(inlined.arguments.getResults());
  walk.spreadActivity(inlined.ops);
  Value loss = inlined.yields().front();
  walk.add(loss, constantLike(Ex(builder, loss), 1.0).value);
  if (failed(walk.run(inlined.ops)))
    return failure();
  SmallVector<Value> results(inlined.yields());
  for (Value argument : inlined.arguments.getResults()) {
    Value gradient = walk.of(argument);
    results.push_back(gradient ? gradient : zerosLike(Ex(builder, argument)).value);
  }
  grad.replaceAllUsesWith(results);
  inlined.close();
  grad.erase();
  return success();
}

static LogicalResult expand(JvpOp jvp) {
  ImplicitLocOpBuilder builder(jvp.getLoc(), jvp);
  InlinedBody inlined(builder, jvp, jvp.getWrt());
  ForwardWalk walk(builder);
  walk.activate(inlined.arguments.getResults());
  walk.spreadActivity(inlined.ops);
  for (auto [argument, tangent] :
       llvm::zip_equal(inlined.arguments.getResults(), jvp.getTangents()))
    walk.add(argument, tangent);
  if (failed(walk.run(inlined.ops)))
    return failure();
  builder.setInsertionPoint(jvp);
  SmallVector<Value> results(inlined.yields());
  for (Value value : inlined.yields()) {
    if (!isa<FloatType>(getElementTypeOrSelf(value.getType())))
      continue;
    Value tangent = walk.of(value);
    results.push_back(tangent ? tangent : zerosLike(Ex(builder, value)).value);
  }
  jvp.replaceAllUsesWith(results);
  inlined.close();
  jvp.erase();
  return success();
}

// A derivative op, or a loop to be batched, without another one inside, or null.
static Operation *findInnermost(Operation *root) {
  Operation *found = nullptr;
  root->walk([&](Operation *op) { // inner ops come first
    if (!isa<GradOp, JvpOp>(op) && !(isa<ForOp>(op) && op->hasAttr(kBatchAttr)))
      return WalkResult::advance();
    found = op;
    return WalkResult::interrupt();
  });
  return found;
}

namespace {
// After the last derivative: a checkpoint is its body, a stopped gradient the value.
struct InlineCheckpoint : OpRewritePattern<CheckpointOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CheckpointOp op, PatternRewriter &rewriter) const override {
    Block *body = &op.getBody().front();
    Operation *yield = body->getTerminator();
    SmallVector<Value> values(yield->getOperands());
    rewriter.inlineBlockBefore(body, op);
    rewriter.eraseOp(yield);
    rewriter.replaceOp(op, values);
    return success();
  }
};
struct InlineCustom : OpRewritePattern<CustomOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CustomOp op, PatternRewriter &rewriter) const override {
    Block *body = &op.getPrimal().front();
    Operation *yield = body->getTerminator();
    rewriter.inlineBlockBefore(body, op, op.getArgs());
    SmallVector<Value> values(yield->getOperands());
    rewriter.eraseOp(yield);
    rewriter.replaceOp(op, values);
    return success();
  }
};
struct DropStopGradient : OpRewritePattern<StopGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(StopGradientOp op, PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, op.getX());
    return success();
  }
};

struct ExpandGradPass : nn::impl::ExpandGradBase<ExpandGradPass> {
  void runOnOperation() override {
    // Canonical after each one: the next order differentiates no dead tapes.
    RewritePatternSet canonical(&getContext()), rest(&getContext());
    for (RegisteredOperationName name : getContext().getRegisteredOperations())
      if (name.getDialectNamespace() == NNDialect::getDialectNamespace())
        name.getCanonicalizationPatterns(canonical, &getContext());
    getContext().getLoadedDialect<NNDialect>()->getCanonicalizationPatterns(canonical);
    FrozenRewritePatternSet clean(std::move(canonical));
    while (Operation *op = findInnermost(getOperation())) {
      Operation *function = op->getParentWithTrait<OpTrait::IsIsolatedFromAbove>();
      LogicalResult done = success();
      if (auto grad = dyn_cast<GradOp>(op))
        done = expand(grad);
      else if (auto jvp = dyn_cast<JvpOp>(op))
        done = expand(jvp);
      else
        batchLoop(cast<ForOp>(op));
      if (failed(done))
        return signalPassFailure();
      (void)applyPatternsGreedily(function, clean, config());
    }
    rest.add<InlineCheckpoint, InlineCustom, DropStopGradient>(&getContext());
    (void)applyPatternsGreedily(getOperation(), std::move(rest), config());
  }

  static GreedyRewriteConfig config() {
    return GreedyRewriteConfig().setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  }
};
} // namespace
