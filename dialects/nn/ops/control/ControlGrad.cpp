#include "dialects/nn/Expr.h"

using namespace mlir;
using namespace nn;

// One barrier over all derivatives that are there: they stay apart as their values do.
static LogicalResult deriveBarrier(ImplicitLocOpBuilder &builder, Derivation &walk, ValueRange from,
                                   ValueRange to) {
  SmallVector<Value> derivatives, targets;
  for (auto [source, target] : llvm::zip_equal(from, to))
    if (Value derivative = walk.of(source)) {
      derivatives.push_back(derivative);
      targets.push_back(target);
    }
  if (derivatives.empty())
    return success();
  auto barrier = BarrierOp::create(builder, derivatives);
  for (auto [target, derivative] : llvm::zip_equal(targets, barrier.getResults()))
    walk.add(target, derivative);
  return success();
}
LogicalResult BarrierOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  return deriveBarrier(builder, walk, getResults(), getValues());
}
LogicalResult BarrierOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  return deriveBarrier(builder, walk, getValues(), getResults());
}
