// Canonical forms of regions: nothing carried, stacked or sliced that no one reads.
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace nn;

int64_t ForOp::staticTripCount() {
  APInt lower, upper;
  if (matchPattern(getLower(), m_ConstantInt(&lower)) &&
      matchPattern(getUpper(), m_ConstantInt(&upper)))
    return std::max<int64_t>(upper.getSExtValue() - lower.getSExtValue(), 0);
  SmallVector<Type> stacked(getXs().getTypes());
  llvm::append_range(stacked, TypeRange(getResultTypes()).drop_front(carryCount()));
  for (Type type : stacked)
    if (!cast<RankedTensorType>(type).isDynamicDim(0))
      return cast<RankedTensorType>(type).getDimSize(0);
  return ShapedType::kDynamic;
}

// Adds the arguments of `body` that `value` is computed from to `found`.
static void collectArguments(Block *body, Value value, DenseSet<Value> &found) {
  SmallVector<Value> worklist = {value};
  DenseSet<Operation *> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (auto argument = dyn_cast<BlockArgument>(next)) {
      if (argument.getOwner() == body)
        found.insert(next);
      continue;
    }
    Operation *op = body->findAncestorOpInBlock(*next.getDefiningOp());
    if (op && seen.insert(op).second)
      op->walk([&](Operation *inner) { llvm::append_range(worklist, inner->getOperands()); });
  }
}

// Adds the arguments of `body` that the yields with needed[i] are computed from, over all
// iterations, to `found`; makes needed[k] true for carries that these need.
static void spreadNeed(Block *body, ValueRange carries, SmallVectorImpl<bool> &needed,
                       DenseSet<Value> &found) {
  OperandRange yields = body->getTerminator()->getOperands();
  SmallVector<bool> done(needed.size(), false);
  // A carry that is needed needs what it becomes in each iteration.
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned k = 0; k < needed.size(); ++k) {
      if (k < carries.size() && found.contains(carries[k]))
        needed[k] = true;
      if (!needed[k] || done[k])
        continue;
      collectArguments(body, yields[k], found);
      done[k] = changed = true;
    }
  }
}

SmallVector<bool> ForOp::neededArguments(ArrayRef<bool> needed) {
  DenseSet<Value> found;
  SmallVector<bool> yieldNeeded(needed);
  spreadNeed(bodyBlock(), carries(), yieldNeeded, found);
  SmallVector<bool> result;
  for (Value argument : bodyBlock()->getArguments())
    result.push_back(found.contains(argument));
  for (unsigned k = 0; k < carryCount(); ++k)
    result[1 + k] = result[1 + k] || yieldNeeded[k];
  return result;
}

SmallVector<bool> WhileOp::neededCarries(ArrayRef<bool> needed) {
  DenseSet<Value> found;
  SmallVector<bool> result(needed);
  Block &body = getBody().front();
  spreadNeed(&body, ValueRange(body.getArguments()), result, found);
  return result;
}

// A carry that yields itself is its initial value.
static bool replaceInvariants(ForOp op, PatternRewriter &rewriter) {
  bool changed = false;
  for (unsigned k = 0; k < op.carryCount(); ++k) {
    Value argument = op.carries()[k], init = op.getInits()[k];
    if (op.yields()[k] != argument)
      continue;
    bool isRead = !op->getResult(k).use_empty() || !argument.hasOneUse();
    if (!isRead)
      continue;
    rewriter.replaceAllUsesWith(op->getResult(k), init);
    rewriter.replaceUsesWithIf(argument, init, [&](OpOperand &use) {
      return use.getOwner() != op.bodyBlock()->getTerminator() || use.getOperandNumber() != k;
    });
    changed = true;
  }
  return changed;
}

LogicalResult ForOp::canonicalize(ForOp op, PatternRewriter &rewriter) {
  bool changed = replaceInvariants(op, rewriter);
  unsigned carryCount = op.carryCount();
  SmallVector<bool> used;
  for (Value result : op.getResults())
    used.push_back(!result.use_empty());
  SmallVector<bool> needed = op.neededArguments(used);

  SmallVector<Value> inits, xs, dims, yields, replacements = {Value()};
  SmallVector<Type> types;
  SmallVector<unsigned> kept, keptRows;
  ValueRange allDims = op.getDims();
  for (unsigned k = 0; k < op->getNumResults(); ++k) {
    bool isCarry = k < carryCount;
    auto type = cast<RankedTensorType>(op->getResult(k).getType());
    unsigned count = isCarry ? 0 : rowType(type).getNumDynamicDims();
    if (isCarry ? needed[1 + k] : used[k]) {
      kept.push_back(k);
      types.push_back(type);
      yields.push_back(op.yields()[k]);
      if (isCarry)
        inits.push_back(op.getInits()[k]);
      llvm::append_range(dims, allDims.take_front(count));
    }
    allDims = allDims.drop_front(count);
  }
  for (unsigned j = 0; j < op.getXs().size(); ++j)
    if (!op.rows()[j].use_empty()) {
      keptRows.push_back(j);
      xs.push_back(op.getXs()[j]);
    }
  if (kept.size() == op->getNumResults() && keptRows.size() == op.getXs().size())
    return success(changed);

  // Kept results before others, to leave a carry-only loop with the trip count of its bounds.
  auto pruned = ForOp::create(rewriter, op.getLoc(), types, op.getLower(), op.getUpper(), inits, xs,
                              dims, op.getReverse());
  pruned->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  SmallVector<Value> arguments = {pruned.induction()};
  unsigned nextCarry = 0, nextRow = 0;
  for (unsigned k = 0; k < carryCount; ++k) // a dropped carry is read by dead ops at most
    arguments.push_back(needed[1 + k] ? pruned.carries()[nextCarry++] : op.getInits()[k]);
  for (unsigned j = 0; j < op.getXs().size(); ++j)
    arguments.push_back(llvm::is_contained(keptRows, j) ? pruned.rows()[nextRow++] : Value());
  rewriter.modifyOpInPlace(op.bodyBlock()->getTerminator(),
                           [&] { op.bodyBlock()->getTerminator()->setOperands(yields); });
  for (unsigned j = 0; j < op.getXs().size(); ++j) // no uses: any value of the type will do
    if (!arguments[1 + carryCount + j])
      arguments[1 + carryCount + j] = op.rows()[j];
  rewriter.mergeBlocks(op.bodyBlock(), pruned.bodyBlock(), arguments);
  for (auto [place, k] : llvm::enumerate(kept))
    rewriter.replaceAllUsesWith(op->getResult(k), pruned->getResult(place));
  rewriter.eraseOp(op);
  return success();
}

LogicalResult WhileOp::canonicalize(WhileOp op, PatternRewriter &rewriter) {
  Block *test = &op.getCondition().front(), *body = &op.getBody().front();
  Operation *yield = body->getTerminator();
  bool changed = false;
  DenseSet<Value> tested;
  collectArguments(test, test->getTerminator()->getOperand(0), tested);
  SmallVector<bool> needed;
  for (unsigned k = 0; k < op->getNumResults(); ++k) {
    Value argument = body->getArgument(k), init = op.getInits()[k];
    // What stays the same is its initial value.
    if (yield->getOperand(k) == argument) {
      auto replace = [&](Value value) {
        rewriter.replaceUsesWithIf(value, init, [&](OpOperand &use) {
          bool isOwnYield = use.getOwner() == yield && use.getOperandNumber() == k;
          changed |= !isOwnYield;
          return !isOwnYield;
        });
      };
      replace(op->getResult(k));
      replace(argument);
      replace(test->getArgument(k));
      tested.erase(test->getArgument(k));
    }
    needed.push_back(!op->getResult(k).use_empty() || tested.contains(test->getArgument(k)));
  }
  needed = op.neededCarries(needed);
  if (llvm::all_of(needed, [](bool isNeeded) { return isNeeded; }))
    return success(changed);

  SmallVector<Value> inits, yields;
  for (unsigned k = 0; k < needed.size(); ++k)
    if (needed[k]) {
      inits.push_back(op.getInits()[k]);
      yields.push_back(yield->getOperand(k));
    }
  auto pruned = WhileOp::create(rewriter, op.getLoc(), inits);
  pruned->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  rewriter.modifyOpInPlace(yield, [&] { yield->setOperands(yields); });
  for (auto [from, to] : {std::pair(test, &pruned.getCondition().front()),
                          std::pair(body, &pruned.getBody().front())}) {
    SmallVector<Value> arguments;
    unsigned next = 0;
    for (unsigned k = 0; k < needed.size(); ++k) // a dropped one is read by dead ops at most
      arguments.push_back(needed[k] ? Value(to->getArgument(next++)) : op.getInits()[k]);
    rewriter.mergeBlocks(from, to, arguments);
  }
  unsigned next = 0;
  for (unsigned k = 0; k < needed.size(); ++k)
    if (needed[k])
      rewriter.replaceAllUsesWith(op->getResult(k), pruned->getResult(next++));
  rewriter.eraseOp(op);
  return success();
}

LogicalResult IfOp::canonicalize(IfOp op, PatternRewriter &rewriter) {
  if (auto condition = dyn_cast_or_null<IntegerAttr>(splatOf(op.getCondition()))) {
    Block *taken =
        &(condition.getValue().isZero() ? op.getElseRegion() : op.getThenRegion()).front();
    Operation *yield = taken->getTerminator();
    SmallVector<Value> values(yield->getOperands());
    rewriter.inlineBlockBefore(taken, op);
    rewriter.eraseOp(yield);
    rewriter.replaceOp(op, values);
    return success();
  }
  SmallVector<Type> types;
  SmallVector<Value> dims;
  SmallVector<unsigned> kept;
  ValueRange allDims = op.getDims();
  for (OpResult result : op->getResults()) {
    unsigned count = cast<RankedTensorType>(result.getType()).getNumDynamicDims();
    if (!result.use_empty()) {
      kept.push_back(result.getResultNumber());
      types.push_back(result.getType());
      llvm::append_range(dims, allDims.take_front(count));
    }
    allDims = allDims.drop_front(count);
  }
  if (kept.size() == op->getNumResults())
    return failure();
  auto pruned = IfOp::create(rewriter, op.getLoc(), types, op.getCondition(), dims);
  for (auto [from, to] : {std::pair(&op.getThenRegion(), &pruned.getThenRegion()),
                          std::pair(&op.getElseRegion(), &pruned.getElseRegion())}) {
    Operation *yield = from->front().getTerminator();
    SmallVector<Value> values;
    for (unsigned k : kept)
      values.push_back(yield->getOperand(k));
    rewriter.modifyOpInPlace(yield, [&] { yield->setOperands(values); });
    rewriter.mergeBlocks(&from->front(), &to->front());
  }
  for (auto [place, k] : llvm::enumerate(kept))
    rewriter.replaceAllUsesWith(op->getResult(k), pruned->getResult(place));
  rewriter.eraseOp(op);
  return success();
}
