// Regions for a batch. What decides about their ops, the bounds of a loop or a condition, is the
// same for all rows, or they run row by row.
#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/ops/control/ControlGrad.h"

using namespace mlir;
using namespace nn;

LogicalResult StopGradientOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(), StopGradientOp::create(b, batch.of(getX())));
  return success();
}
LogicalResult BarrierOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  SmallVector<Value> values;
  for (Value value : getValues())
    values.push_back(batch.isBatched(value) ? batch.of(value) : batch.plain(value));
  auto whole = BarrierOp::create(b, values);
  for (auto [value, result, made] : llvm::zip_equal(getValues(), getResults(), whole.getResults()))
    if (batch.isBatched(value))
      batch.set(result, made);
    else
      batch.keep(result, made);
  return success();
}

// The dims of several results of these row types, with those of the batch.
static SmallVector<Value> wholeDims(Batching &batch, TypeRange rows, ValueRange dims) {
  SmallVector<Value> all;
  for (Type row : rows) {
    unsigned count = cast<RankedTensorType>(row).getNumDynamicDims();
    llvm::append_range(all, batch.dims(dims.take_front(count)));
    dims = dims.drop_front(count);
  }
  return all;
}
static SmallVector<Type> wholeTypes(Batching &batch, TypeRange rows) {
  return llvm::map_to_vector(rows, [&](Type row) -> Type { return batch.typeOf(row); });
}
// Fills a region with the batch of what `from` computes and yields.
static LogicalResult fill(Region &to, Block &from, Batching inner, Location loc) {
  auto inside = ImplicitLocOpBuilder::atBlockEnd(loc, &to.front());
  SmallVector<Value> yields;
  if (failed(inner.runWhole(inside, from, yields)))
    return failure();
  YieldOp::create(inside, yields);
  return success();
}

LogicalResult CheckpointOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  auto whole = CheckpointOp::create(b, wholeTypes(batch, getResultTypes()),
                                    wholeDims(batch, getResultTypes(), batch.plain(getDims())));
  if (failed(fill(whole.getBody(), getBody().front(), batch, b.getLoc()))) {
    whole.erase();
    return failure();
  }
  for (auto [result, made] : llvm::zip_equal(getResults(), whole.getResults()))
    batch.set(result, made);
  return success();
}

static bool holdsWhile(Operation *op) {
  return op->walk([](WhileOp) { return WalkResult::interrupt(); }).wasInterrupted();
}

// With a condition for each row, both branches are computed and the results are selected. Not where
// a derivative would flow through the branch that a row does not take, nor where that might not
// end.
LogicalResult IfOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  Value condition = batch.of(getCondition());
  if (!condition) {
    auto whole = IfOp::create(b, wholeTypes(batch, getResultTypes()), batch.plain(getCondition()),
                              wholeDims(batch, getResultTypes(), batch.plain(getDims())));
    if (failed(fill(whole.getThenRegion(), getThenRegion().front(), batch, b.getLoc())) ||
        failed(fill(whole.getElseRegion(), getElseRegion().front(), batch, b.getLoc()))) {
      whole.erase();
      return failure();
    }
    for (auto [result, made] : llvm::zip_equal(getResults(), whole.getResults()))
      batch.set(result, made);
    return success();
  }
  if (batch.isDerived || holdsWhile(*this))
    return failure();
  SmallVector<Value> yields[2];
  for (auto [place, region] : llvm::enumerate(getRegions())) {
    Batching inner(batch);
    if (failed(inner.runWhole(b, region->front(), yields[place])))
      return failure();
  }
  for (auto [result, a, c] : llvm::zip_equal(getResults(), yields[0], yields[1])) {
    Ex then(b, a), otherwise(b, c);
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(1, then.rank()));
    batch.set(result, select(nn::spread(Ex(b, condition), then, axes), then, otherwise).value);
  }
  return success();
}

// The stacked axis of a loop stays in front of the batch's inside of it: exchanges the two.
static Value exchanged(ImplicitLocOpBuilder &b, Value value) {
  Ex x(b, value);
  SmallVector<int64_t> perm = llvm::to_vector(llvm::seq<int64_t>(0, x.rank()));
  std::swap(perm[0], perm[1]);
  return transpose(x, perm).value;
}

// Which carries become batched, over all turns; `first` are the other arguments of the body.
static SmallVector<bool> batchedCarries(Batching &batch, Block &body, ValueRange inits,
                                        unsigned before, SmallVector<bool> arguments) {
  SmallVector<bool> carries;
  for (Value init : inits)
    carries.push_back(batch.isBatched(init));
  ValueRange yields = body.getTerminator()->getOperands();
  for (bool changed = true; changed;) {
    changed = false;
    llvm::copy(carries, arguments.begin() + before);
    SmallVector<bool> found = batch.mayBeBatched(body, arguments, yields.take_front(inits.size()));
    for (unsigned k = 0; k < inits.size(); ++k)
      if (found[k] && !carries[k])
        carries[k] = changed = true;
  }
  return carries;
}

LogicalResult ForOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  if (batch.isBatched(getLower()) || batch.isBatched(getUpper()))
    return failure();
  SmallVector<bool> arguments(bodyBlock()->getNumArguments(), false);
  for (auto [j, x] : llvm::enumerate(getXs()))
    arguments[1 + carryCount() + j] = batch.isBatched(x);
  SmallVector<bool> isWhole = batchedCarries(batch, *bodyBlock(), getInits(), 1, arguments);
  llvm::copy(isWhole, arguments.begin() + 1);
  SmallVector<bool> found =
      batch.mayBeBatched(*bodyBlock(), arguments, yields().drop_front(carryCount()));
  llvm::append_range(isWhole, found);

  SmallVector<Value> inits, xs, dims;
  SmallVector<Type> types;
  for (auto [k, init] : llvm::enumerate(getInits())) {
    inits.push_back(isWhole[k] ? batch.spread(b, init) : batch.plain(init));
    types.push_back(inits.back().getType());
  }
  for (Value x : getXs())
    xs.push_back(batch.isBatched(x) ? exchanged(b, batch.of(x)) : batch.plain(x));
  SmallVector<Value> plainDims = batch.plain(getDims());
  ValueRange rest(plainDims);
  for (unsigned k = carryCount(); k < getNumResults(); ++k) {
    auto type = cast<RankedTensorType>(getResult(k).getType());
    RankedTensorType row = rowType(type);
    ValueRange own = rest.take_front(row.getNumDynamicDims());
    rest = rest.drop_front(own.size());
    types.push_back(isWhole[k] ? stackedType(batch.typeOf(row), type.getDimSize(0)) : type);
    llvm::append_range(dims, isWhole[k] ? batch.dims(own) : SmallVector<Value>(own));
  }
  auto whole = ForOp::create(b, b.getLoc(), types, batch.plain(getLower()), batch.plain(getUpper()),
                             inits, xs, dims, getReverse());
  Batching inner(batch);
  inner.keep(induction(), whole.induction());
  for (unsigned k = 1; k < arguments.size(); ++k) {
    Value from = bodyBlock()->getArgument(k), to = whole.bodyBlock()->getArgument(k);
    if (arguments[k])
      inner.set(from, to);
    else
      inner.keep(from, to);
  }
  auto inside = ImplicitLocOpBuilder::atBlockEnd(b.getLoc(), whole.bodyBlock());
  if (failed(inner.run(inside, *bodyBlock()))) {
    whole.erase();
    return failure();
  }
  SmallVector<Value> yielded;
  for (auto [k, value] : llvm::enumerate(yields()))
    yielded.push_back(isWhole[k] ? inner.spread(inside, value) : inner.plain(value));
  YieldOp::create(inside, yielded);
  for (auto [k, result] : llvm::enumerate(getResults())) {
    Value made = whole.getResult(k);
    if (!isWhole[k])
      batch.keep(result, made);
    else
      batch.set(result, k < carryCount() ? made : exchanged(b, made));
  }
  return success();
}

LogicalResult WhileOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  Block &test = getCondition().front(), &body = getBody().front();
  SmallVector<bool> isWhole =
      batchedCarries(batch, body, getInits(), 0, SmallVector<bool>(body.getNumArguments(), false));
  if (batch.mayBeBatched(test, isWhole, test.getTerminator()->getOperands()).front())
    return failure();
  SmallVector<Value> inits;
  for (auto [k, init] : llvm::enumerate(getInits()))
    inits.push_back(isWhole[k] ? batch.spread(b, init) : batch.plain(init));
  auto whole = WhileOp::create(b, b.getLoc(), inits);
  for (auto [from, to] : {std::pair(&test, &whole.getCondition().front()),
                          std::pair(&body, &whole.getBody().front())}) {
    Batching inner(batch);
    for (auto [argument, made, isOne] :
         llvm::zip_equal(from->getArguments(), to->getArguments(), isWhole))
      if (isOne)
        inner.set(argument, made);
      else
        inner.keep(argument, made);
    auto inside = ImplicitLocOpBuilder::atBlockEnd(b.getLoc(), to);
    if (failed(inner.run(inside, *from))) {
      whole.erase();
      return failure();
    }
    SmallVector<Value> yielded;
    for (auto [k, value] : llvm::enumerate(from->getTerminator()->getOperands()))
      yielded.push_back(from == &body && isWhole[k] ? inner.spread(inside, value)
                                                    : inner.plain(value));
    YieldOp::create(inside, yielded);
  }
  for (auto [k, result] : llvm::enumerate(getResults()))
    if (isWhole[k])
      batch.set(result, whole.getResult(k));
    else
      batch.keep(result, whole.getResult(k));
  return success();
}

// All of what a rule takes and gives is batched.
LogicalResult CustomOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  SmallVector<Value> args;
  for (Value arg : getArgs())
    args.push_back(batch.spread(b, arg));
  auto whole = CustomOp::create(b, wholeTypes(batch, getResultTypes()), args,
                                wholeDims(batch, getResultTypes(), batch.plain(getDims())),
                                getVjp(), getJvp(), unsigned(getRules().size()));
  for (auto [from, to] : llvm::zip_equal((*this)->getRegions(), whole->getRegions())) {
    Block &block = to.emplaceBlock();
    Batching inner(batch);
    for (Value argument : from.front().getArguments())
      inner.set(argument, block.addArgument(batch.typeOf(argument.getType()), b.getLoc()));
    if (failed(fill(to, from.front(), inner, b.getLoc()))) {
      whole.erase();
      return failure();
    }
  }
  for (auto [result, made] : llvm::zip_equal(getResults(), whole.getResults()))
    batch.set(result, made);
  return success();
}
