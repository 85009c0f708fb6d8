#include "compiler/autodiff/BatchLoop.h"
#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/ops/control/ControlGrad.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace nn;

// Whether derivatives of the loop may be taken later.
static bool isDerived(Operation *loop) {
  for (Operation *op = loop->getParentOp(); op; op = op->getParentOp())
    if (isa<GradOp, JvpOp, CustomOp>(op))
      return true;
  return false;
}

// The ops of the body that the carried values are computed by, if these only advance streams.
static std::optional<SmallVector<Operation *>> streamOps(ForOp loop) {
  llvm::SetVector<Operation *> found;
  SmallVector<Value> worklist(loop.yields().take_front(loop.carryCount()));
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    if (!op || op->getBlock() != loop.bodyBlock() || !found.insert(op))
      continue;
    if (!isa<RngAdvanceOp, RngSplitOp>(op) &&
        !isa_and_nonnull<arith::ArithDialect>(op->getDialect()))
      return std::nullopt;
    llvm::append_range(worklist, op->getOperands());
  }
  auto ops = found.takeVector();
  llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return ops;
}

// A loop that only advances the streams, before one whose turns take theirs from it.
static ForOp withoutCarries(ForOp loop, ArrayRef<Operation *> ops) {
  ImplicitLocOpBuilder b(loop.getLoc(), loop);
  SmallVector<Type> types(loop.getInits().getTypes());
  for (Value init : loop.getInits())
    types.push_back(stackedType(init.getType(), loop.staticTripCount()));
  auto streams = ForOp::create(b, loop.getLoc(), types, loop.getLower(), loop.getUpper(),
                               loop.getInits(), ValueRange(), ValueRange());
  {
    OpBuilder inside = OpBuilder::atBlockEnd(streams.bodyBlock());
    IRMapping map;
    map.map(loop.induction(), streams.induction());
    map.map(loop.carries(), streams.carries());
    for (Operation *op : ops)
      inside.clone(*op, map);
    SmallVector<Value> yields;
    for (Value yield : loop.yields().take_front(loop.carryCount()))
      yields.push_back(map.lookupOrDefault(yield));
    llvm::append_range(yields, streams.carries());
    YieldOp::create(inside, loop.getLoc(), yields);
  }
  unsigned count = loop.carryCount();
  SmallVector<Value> xs(streams.getResults().drop_front(count));
  llvm::append_range(xs, loop.getXs());
  auto independent =
      ForOp::create(b, loop.getLoc(), TypeRange(loop.getResultTypes()).drop_front(count),
                    loop.getLower(), loop.getUpper(), ValueRange(), xs, loop.getDims());
  IRMapping map;
  map.map(loop.bodyBlock()->getArguments(), independent.bodyBlock()->getArguments());
  OpBuilder inside = OpBuilder::atBlockEnd(independent.bodyBlock());
  cloneBody(inside, *loop.bodyBlock(), map);
  SmallVector<Value> yields, results(streams.getResults().take_front(count));
  for (Value yield : loop.yields().drop_front(count))
    yields.push_back(map.lookupOrDefault(yield));
  YieldOp::create(inside, loop.getLoc(), yields);
  llvm::append_range(results, independent.getResults());
  loop.replaceAllUsesWith(results);
  loop.erase();
  return independent;
}

// The value with this type, which may know more or less of its sizes.
static Value withType(ImplicitLocOpBuilder &b, Value value, RankedTensorType type) {
  if (value.getType() == type)
    return value;
  SmallVector<Value> dims;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (type.isDynamicDim(axis))
      dims.push_back(dimOf(b, b.getLoc(), value, axis));
  return ReshapeOp::create(b, type, value, dims);
}

void nn::batchLoop(ForOp loop) {
  loop->removeAttr(kBatchAttr);
  if (loop.getReverse())
    return;
  if (loop.carryCount()) {
    std::optional<SmallVector<Operation *>> ops = streamOps(loop);
    if (!ops || loop->getNumResults() == loop.carryCount())
      return;
    loop = withoutCarries(loop, *ops);
  }
  ImplicitLocOpBuilder b(loop.getLoc(), loop);
  int64_t count = loop.staticTripCount();
  Value size;
  if (ShapedType::isDynamic(count))
    size = subIndex(b, b.getLoc(), loop.getUpper(), loop.getLower());
  Batching batch(size, count, isDerived(loop));
  for (auto [x, row] : llvm::zip_equal(loop.getXs(), loop.rows()))
    batch.set(row, withType(b, x, batch.typeOf(row.getType())));
  if (!loop.induction().use_empty()) {
    Ex numbers = batch.numbers(b);
    auto scalar = RankedTensorType::get({}, b.getI64Type());
    Ex lower(b, b.createOrFold<FromIndexOp>(scalar, loop.getLower()));
    batch.set(loop.induction(), (numbers + spread(lower, numbers, {0})).value);
  }
  SmallVector<Value> results;
  if (failed(batch.runWhole(b, *loop.bodyBlock(), results)))
    return;
  for (auto [result, whole] : llvm::zip_equal(loop.getResults(), results))
    result.replaceAllUsesWith(withType(b, whole, cast<RankedTensorType>(result.getType())));
  loop.erase();
}
