// A function and its gradient run the same loops, the one of the gradient with a tape: both as one.
#include "compiler/autodiff/Passes.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"

namespace nn {
#define GEN_PASS_DEF_MERGELOOPS
#include "compiler/autodiff/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

static Block &loopBody(Operation *loop) { return loop->getRegions().back().front(); }
static OperandRange loopInits(Operation *loop) {
  auto counted = dyn_cast<ForOp>(loop);
  return counted ? counted.getInits() : cast<WhileOp>(loop).getInits();
}
static ValueRange loopCarries(Operation *loop) {
  auto counted = dyn_cast<ForOp>(loop);
  return counted ? counted.carries() : ValueRange(loopBody(loop).getArguments());
}

// An op of `block` that computes what `op` does where values stand for each other by `map`.
static Operation *findEqual(Operation *op, Block &block, IRMapping &map) {
  auto isSame = [&](Value a, Value b) { return success(map.lookupOrDefault(a) == b); };
  for (Operation &other : block.without_terminator()) {
    if (other.getName() != op->getName())
      continue;
    IRMapping inner(map);
    auto isSameInside = [&](Value a, Value b) { return success(inner.lookupOrDefault(a) == b); };
    auto mark = [&](Value a, Value b) { inner.map(a, b); };
    if (op->getNumRegions() == 0
            ? OperationEquivalence::isEquivalentTo(op, &other, isSame, nullptr,
                                                   OperationEquivalence::IgnoreLocations)
            : OperationEquivalence::isEquivalentTo(op, &other, isSameInside, mark,
                                                   OperationEquivalence::IgnoreLocations))
      return &other;
  }
  return nullptr;
}

// Maps what `block` computes to equal values of `other`; returns the ops that have no equal there.
static SmallVector<Operation *> mapEqualOps(Block &block, Block &other, IRMapping &map) {
  SmallVector<Operation *> left;
  for (Operation &op : block.without_terminator()) {
    if (Operation *equal = findEqual(&op, other, map))
      map.map(op.getResults(), equal->getResults());
    else
      left.push_back(&op);
  }
  return left;
}

namespace {
// How a loop runs within another: values of its blocks by values of the other's.
struct Embedding {
  IRMapping map;
  SmallVector<int> carries; // the other's carry that each of its carries is, or -1
  SmallVector<Operation *> left;
};
} // namespace

// Carries are taken to be equal where they begin equal, until what they become shows otherwise.
static std::optional<Embedding> embed(Operation *loop, Operation *other) {
  auto inits = loopInits(loop), otherInits = loopInits(other);
  SmallVector<int> carries(inits.size(), -1);
  DenseSet<int> used;
  for (auto [k, init] : llvm::enumerate(inits))
    for (auto [j, otherInit] : llvm::enumerate(otherInits))
      if (carries[k] < 0 && init == otherInit && used.insert(int(j)).second)
        carries[k] = int(j);
  if (used.empty())
    return std::nullopt;
  Operation *yield = loopBody(loop).getTerminator(), *otherYield = loopBody(other).getTerminator();
  while (true) {
    Embedding found;
    found.carries = carries;
    auto mapCarries = [&](ValueRange from, ValueRange to) {
      for (auto [k, j] : llvm::enumerate(carries))
        if (j >= 0)
          found.map.map(from[k], to[j]);
    };
    mapCarries(loopCarries(loop), loopCarries(other));
    if (auto counted = dyn_cast<ForOp>(loop)) {
      auto otherCounted = cast<ForOp>(other);
      found.map.map(counted.induction(), otherCounted.induction());
      for (auto [x, row] : llvm::zip_equal(counted.getXs(), counted.rows()))
        for (auto [otherX, otherRow] : llvm::zip_equal(otherCounted.getXs(), otherCounted.rows()))
          if (x == otherX)
            found.map.map(row, otherRow);
      if (llvm::any_of(counted.rows(), [&](Value row) { return !found.map.contains(row); }))
        return std::nullopt;
    } else {
      Block &test = loop->getRegion(0).front(), &otherTest = other->getRegion(0).front();
      mapCarries(ValueRange(test.getArguments()), ValueRange(otherTest.getArguments()));
      if (!mapEqualOps(test, otherTest, found.map).empty() ||
          found.map.lookupOrDefault(test.getTerminator()->getOperand(0)) !=
              otherTest.getTerminator()->getOperand(0))
        return std::nullopt;
    }
    found.left = mapEqualOps(loopBody(loop), loopBody(other), found.map);
    bool changed = false;
    for (auto [k, j] : llvm::enumerate(carries))
      if (j >= 0 && found.map.lookupOrDefault(yield->getOperand(k)) != otherYield->getOperand(j)) {
        carries[k] = -1;
        changed = true;
      }
    if (!changed)
      return found;
  }
}

// Whether `loop` does nothing worth a loop of its own beside the other.
static bool isWorthIt(const Embedding &found, Operation *loop) {
  size_t count = llvm::range_size(loopBody(loop).without_terminator());
  return llvm::any_of(found.carries, [](int j) { return j >= 0; }) && 2 * found.left.size() < count;
}

// `other` with what `loop` computes besides, in the place of both.
static void merge(Operation *loop, Operation *other, Embedding found, RewriterBase &rewriter) {
  rewriter.setInsertionPoint(other);
  SmallVector<Value> inits(loopInits(other)), moreDims;
  SmallVector<Type> stacked;
  SmallVector<unsigned> added; // carries of `loop` that `other` has not
  for (auto [k, j] : llvm::enumerate(found.carries))
    if (j < 0) {
      added.push_back(k);
      inits.push_back(loopInits(loop)[k]);
    }
  unsigned otherCarries = loopInits(other).size(), carries = found.carries.size();
  auto otherTypes = other->getResultTypes(), types = loop->getResultTypes();
  Operation *merged;
  if (auto counted = dyn_cast<ForOp>(other)) {
    auto mine = cast<ForOp>(loop);
    SmallVector<Type> all(ValueRange(inits).getTypes());
    llvm::append_range(all, TypeRange(otherTypes).drop_front(otherCarries));
    llvm::append_range(all, TypeRange(types).drop_front(carries));
    SmallVector<Value> dims(counted.getDims());
    llvm::append_range(dims, mine.getDims());
    merged = ForOp::create(rewriter, counted.getLoc(), all, counted.getLower(), counted.getUpper(),
                           inits, counted.getXs(), dims, counted.getReverse());
  } else {
    merged = WhileOp::create(rewriter, other->getLoc(), inits);
    Block &test = merged->getRegion(0).front(), &otherTest = other->getRegion(0).front();
    rewriter.mergeBlocks(&otherTest, &test,
                         ValueRange(test.getArguments()).take_front(otherCarries));
  }
  Block &body = loopBody(merged), &otherBody = loopBody(other);
  ValueRange arguments(body.getArguments());
  unsigned before = isa<ForOp>(other) ? 1 : 0;
  SmallVector<Value> given(arguments.take_front(before + otherCarries));
  llvm::append_range(given, arguments.drop_front(before + inits.size()));
  for (auto [place, k] : llvm::enumerate(added))
    found.map.map(loopCarries(loop)[k], arguments[before + otherCarries + place]);
  // The map leads to values of `other`, whose arguments change.
  IRMapping toMerged;
  toMerged.map(ValueRange(otherBody.getArguments()), ValueRange(given));
  for (Value argument : loopBody(loop).getArguments())
    if (Value to = found.map.lookupOrNull(argument))
      found.map.map(argument, toMerged.lookupOrDefault(to));
  rewriter.mergeBlocks(&otherBody, &body, given);
  Operation *yield = body.getTerminator(), *mine = loopBody(loop).getTerminator();
  rewriter.setInsertionPoint(yield);
  for (Operation *op : found.left)
    rewriter.clone(*op, found.map);
  SmallVector<Value> yields(yield->getOperands().take_front(otherCarries));
  auto mapped = [&](unsigned k) { return found.map.lookupOrDefault(mine->getOperand(k)); };
  for (unsigned k : added)
    yields.push_back(mapped(k));
  llvm::append_range(yields, yield->getOperands().drop_front(otherCarries));
  for (unsigned k = carries; k < mine->getNumOperands(); ++k)
    yields.push_back(mapped(k));
  rewriter.modifyOpInPlace(yield, [&] { yield->setOperands(yields); });

  ValueRange results(merged->getResults());
  SmallVector<Value> forOther(results.take_front(otherCarries)), forLoop;
  unsigned stackedCount = otherTypes.size() - otherCarries;
  llvm::append_range(forOther, results.slice(inits.size(), stackedCount));
  unsigned next = otherCarries;
  for (int j : found.carries)
    forLoop.push_back(results[j >= 0 ? unsigned(j) : next++]);
  llvm::append_range(forLoop, results.drop_front(inits.size() + stackedCount));
  rewriter.replaceOp(other, forOther);
  rewriter.replaceOp(loop, forLoop);
}

static bool runAlike(Operation *a, Operation *b) {
  auto x = dyn_cast<ForOp>(a), y = dyn_cast<ForOp>(b);
  if (!x || !y)
    return !x && !y;
  return x.getLower() == y.getLower() && x.getUpper() == y.getUpper() &&
         x.getReverse() == y.getReverse();
}

// Merges one pair of the block's loops.
static bool mergeOnce(Block &block, RewriterBase &rewriter) {
  SmallVector<Operation *> loops;
  for (Operation &op : block)
    if (isa<ForOp, WhileOp>(op))
      loops.push_back(&op);
  for (auto [place, later] : llvm::enumerate(loops))
    for (Operation *earlier : ArrayRef(loops).take_front(place)) {
      if (!runAlike(earlier, later))
        continue;
      for (auto [loop, other] : {std::pair(earlier, later), std::pair(later, earlier)}) {
        std::optional<Embedding> found = embed(loop, other);
        if (!found || !isWorthIt(*found, loop))
          continue;
        // Both run where the earlier one does; what the later one reads must be there.
        DominanceInfo dominance(block.getParentOp());
        if (failed(moveOperationDependencies(rewriter, later, earlier, dominance)))
          continue;
        rewriter.moveOpAfter(later, earlier);
        merge(loop, other, std::move(*found), rewriter);
        return true;
      }
    }
  return false;
}

namespace {
struct MergeLoopsPass : nn::impl::MergeLoopsBase<MergeLoopsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    auto mergeAny = [&](Block *block) {
      return mergeOnce(*block, rewriter) ? WalkResult::interrupt() : WalkResult::advance();
    };
    while (getOperation()->walk<WalkOrder::PreOrder>(mergeAny).wasInterrupted()) {
    }
  }
};
} // namespace
