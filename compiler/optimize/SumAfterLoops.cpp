// nn-sum-after-loops: what a loop only adds up is added up after it.
//
// The walk back through a loop adds the gradient of each weight to a total in every turn: a small
// product, and a pass over the total. Instead, the loop stacks what the turns multiply, and one
// product over turns and rows follows it. Only walks back are changed, since they have tapes of
// all turns anyway; not those with a barrier, whose values are computed twice to save memory.
#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Zeros.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace nnc;

namespace {

/// One sum of a loop: a carry plus `leaves` in every turn. With a pack, the carry is flat and the
/// leaves are its parts.
struct Total {
  unsigned carry;
  nn::PackOp pack;
  SmallVector<Value> leaves;
  SmallVector<bool> follows; // which leaves are summed after the loop
  SmallVector<Value> sums;   // of the leaves, after the loop
};

class Summation {
public:
  explicit Summation(nn::ForOp loop)
      : loop(loop), trips(loop.staticTripCount()), after(loop->getContext()) {}
  void run();

private:
  std::optional<Total> totalOf(unsigned carry);
  void findFollowing(Total &total);
  /// Whether the sum of `leaf` over all turns can be computed of stacked values.
  bool canFollow(Value leaf);
  bool canStack(Value value);
  bool isStacked(Value value) const { return wanted.contains(value) || stacks.contains(value); }
  Value sumOf(Value leaf);
  nn::ForOp rewrite();

  nn::ForOp loop;
  int64_t trips;
  OpBuilder after;
  SmallVector<Total> totals;
  llvm::MapVector<Value, SmallVector<Value>> wanted; // values to be stacked, and their sizes
  llvm::DenseMap<Value, Value> stacks;
};

} // namespace

static bool hasBarrier(nn::ForOp loop) {
  return loop.getBody()
      .walk([](nn::BarrierOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

std::optional<Total> Summation::totalOf(unsigned carry) {
  Value argument = loop.carries()[carry];
  auto sum = loop.yields()[carry].getDefiningOp<nn::AddOp>();
  if (!sum || !sum->hasOneUse() || !argument.hasOneUse() || sum->getBlock() != loop.bodyBlock())
    return std::nullopt;
  if (sum.getLhs() != argument && sum.getRhs() != argument)
    return std::nullopt;
  Value term = sum.getLhs() == argument ? sum.getRhs() : sum.getLhs();
  auto pack = term.getDefiningOp<nn::PackOp>();
  if (pack && pack->hasOneUse() && pack->getBlock() == loop.bodyBlock())
    return Total{carry, pack, SmallVector<Value>(pack.getLeaves()), {}, {}};
  return Total{carry, {}, {term}, {}, {}};
}

/// Rows of the loop are stacked already; others need sizes that are known before it.
bool Summation::canStack(Value value) {
  if (value.getParentBlock() != loop.bodyBlock())
    return false;
  if (isStacked(value))
    return true;
  for (auto [x, row] : llvm::zip(loop.getXs(), loop.rows()))
    if (row == value && cast<RankedTensorType>(x.getType()).getDimSize(0) == trips) {
      stacks[value] = x;
      return true;
    }
  auto dims = nn::dynamicDimsOutside(loop, value);
  if (dims)
    wanted[value] = *dims;
  return dims.has_value();
}

/// Sums alone are no reason to stack something.
bool Summation::canFollow(Value leaf) {
  Operation *op = leaf.getDefiningOp();
  if (!op || !leaf.hasOneUse() || op->getBlock() != loop.bodyBlock())
    return false;
  if (auto product = dyn_cast<nn::EinsumOp>(op))
    return getElementTypeOrSelf(leaf) == getElementTypeOrSelf(product.getLhs()) &&
           canStack(product.getLhs()) && canStack(product.getRhs());
  if (auto sum = dyn_cast<nn::SumOp>(op))
    return isStacked(sum.getX());
  if (auto scatter = dyn_cast<nn::ScatterAddOp>(op))
    return scatter.getAxis() == 0 && isZero(scatter.getX()) &&
           cast<RankedTensorType>(scatter.getIndex().getType()).getRank() == 1 &&
           nn::dynamicDimsOutside(loop, leaf) && canStack(scatter.getIndex()) &&
           canStack(scatter.getUpdate());
  return false;
}

void Summation::findFollowing(Total &total) {
  for (Value leaf : total.leaves)
    total.follows.push_back(!leaf.getDefiningOp<nn::SumOp>() && canFollow(leaf));
  for (auto [leaf, follows] : llvm::zip(total.leaves, total.follows))
    follows = follows || canFollow(leaf);
}

/// [turns, rows, ...] as [turns * rows, ...].
static Value joinTurns(OpBuilder &b, Location loc, Value stack) {
  auto type = cast<RankedTensorType>(stack.getType());
  auto shape = type.getShape();
  int64_t rows =
      type.isDynamicDim(0) || type.isDynamicDim(1) ? ShapedType::kDynamic : shape[0] * shape[1];
  SmallVector<int64_t> joined{rows};
  llvm::append_range(joined, shape.drop_front(2));
  SmallVector<Value> dims;
  if (ShapedType::isDynamic(rows))
    dims.push_back(nn::mulIndex(b, loc, nn::dimOf(b, loc, stack, 0), nn::dimOf(b, loc, stack, 1)));
  for (int64_t axis = 2; axis < type.getRank(); ++axis)
    if (type.isDynamicDim(axis))
      dims.push_back(nn::dimOf(b, loc, stack, axis));
  return nn::ReshapeOp::create(b, loc, RankedTensorType::get(joined, type.getElementType()), stack,
                               dims);
}

/// The sum of a leaf over all turns, of stacked values.
Value Summation::sumOf(Value leaf) {
  Operation *op = leaf.getDefiningOp();
  Location loc = leaf.getLoc();
  if (auto product = dyn_cast<nn::EinsumOp>(op)) {
    std::string letters = product.getSpec().str(), turn = "a";
    while (letters.find(turn) != std::string::npos)
      ++turn[0];
    std::string spec = turn + product.lhsLetters().str() + "," + turn + product.rhsLetters().str() +
                       "->" + product.resultLetters().str();
    return nn::EinsumOp::create(after, loc, spec, stacks.lookup(product.getLhs()),
                                stacks.lookup(product.getRhs()));
  }
  if (auto sum = dyn_cast<nn::SumOp>(op)) {
    SmallVector<int64_t> axes{0};
    for (int64_t axis : sum.getAxes())
      axes.push_back(axis + 1);
    return nn::SumOp::create(after, loc, stacks.lookup(sum.getX()), axes);
  }
  auto scatter = cast<nn::ScatterAddOp>(op);
  Value none = zeros(after, loc, scatter.getType(), *nn::dynamicDimsOutside(loop, leaf));
  return nn::ScatterAddOp::create(after, loc, scatter.getType(), none,
                                  joinTurns(after, loc, stacks.lookup(scatter.getIndex())),
                                  joinTurns(after, loc, stacks.lookup(scatter.getUpdate())), 0);
}

/// The loop with stacks of what is wanted, and without the totals' carries; of a leaf that does not
/// follow, the sum is carried by itself.
nn::ForOp Summation::rewrite() {
  OpBuilder before(loop);
  Block *body = loop.bodyBlock();
  OpBuilder inside(body->getTerminator());
  auto isTotal = [&](unsigned k) {
    return llvm::any_of(totals, [&](Total &total) { return total.carry == k; });
  };
  SmallVector<Value> inits, yields, dims(loop.getDims()), leaves;
  SmallVector<Type> types;
  for (unsigned k = 0; k < loop.carryCount(); ++k)
    if (!isTotal(k)) {
      inits.push_back(loop.getInits()[k]);
      yields.push_back(loop.yields()[k]);
    }
  unsigned kept = inits.size();
  for (Total &total : totals)
    for (auto [leaf, follows] : llvm::zip(total.leaves, total.follows))
      if (!follows) {
        leaves.push_back(leaf);
        inits.push_back(
            zeros(before, leaf.getLoc(), leaf.getType(), *nn::dynamicDimsOutside(loop, leaf)));
      }
  llvm::append_range(types, ValueRange(inits).getTypes());
  llvm::append_range(types, TypeRange(loop.getResultTypes()).drop_front(loop.carryCount()));
  for (auto &[value, sizes] : wanted) {
    types.push_back(nn::stackedType(value.getType(), trips));
    dims.append(sizes);
  }
  auto result = nn::ForOp::create(before, loop.getLoc(), types, loop.getLower(), loop.getUpper(),
                                  inits, loop.getXs(), dims, loop.getReverse());
  result->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
  for (auto [i, leaf] : llvm::enumerate(leaves))
    yields.push_back(nn::AddOp::create(inside, leaf.getLoc(), result.carries()[kept + i], leaf));
  llvm::append_range(yields, loop.yields().drop_front(loop.carryCount()));
  for (auto &[value, sizes] : wanted)
    yields.push_back(value);
  body->getTerminator()->setOperands(yields);

  // A total's old carry is read by its own sum only, which nobody reads any more.
  SmallVector<Value> arguments = {result.induction()};
  for (unsigned k = 0, next = 0; k < loop.carryCount(); ++k)
    arguments.push_back(isTotal(k) ? loop.getInits()[k] : result.carries()[next++]);
  llvm::append_range(arguments, result.rows());
  for (auto [argument, value] : llvm::zip(body->getArguments(), arguments)) {
    argument.replaceAllUsesWith(value);
    if (Value stack = stacks.lookup(argument))
      stacks[value] = stack;
  }
  result.bodyBlock()->getOperations().splice(result.bodyBlock()->end(), body->getOperations());

  ValueRange results = result.getResults();
  unsigned next = 0;
  for (unsigned k = 0; k < loop.carryCount(); ++k)
    if (!isTotal(k))
      loop.getResult(k).replaceAllUsesWith(results[next++]);
  unsigned stackedBefore = loop.getNumResults() - loop.carryCount();
  for (unsigned k = 0; k < stackedBefore; ++k)
    loop.getResult(loop.carryCount() + k).replaceAllUsesWith(results[inits.size() + k]);
  ValueRange newStacks = results.drop_front(inits.size() + stackedBefore);
  ValueRange stackedValues = result.yields().take_back(wanted.size());
  for (auto [value, stack] : llvm::zip(stackedValues, newStacks))
    stacks[value] = stack;
  for (Total &total : totals)
    for (auto [leaf, follows] : llvm::zip(total.leaves, total.follows))
      total.sums.push_back(follows ? Value() : results[kept++]);
  return result;
}

void Summation::run() {
  for (unsigned k = 0; k < loop.carryCount(); ++k) {
    auto total = totalOf(k);
    if (!total)
      continue;
    findFollowing(*total);
    bool areSizesKnown = llvm::all_of(
        total->leaves, [&](Value leaf) { return nn::dynamicDimsOutside(loop, leaf).has_value(); });
    if (areSizesKnown && llvm::is_contained(total->follows, true))
      totals.push_back(*total);
  }
  if (totals.empty())
    return;
  nn::ForOp old = loop;
  loop = rewrite();
  after.setInsertionPointAfter(old);
  for (Total &total : totals) {
    for (auto [leaf, sum] : llvm::zip(total.leaves, total.sums))
      if (!sum)
        sum = sumOf(leaf);
    Location loc = old.getLoc();
    Value sum = total.pack ? Value(nn::PackOp::create(after, loc, total.pack.getType(), total.sums))
                           : total.sums[0];
    Value init = old.getInits()[total.carry];
    if (!isZero(init))
      sum = nn::AddOp::create(after, loc, init, sum);
    old.getResult(total.carry).replaceAllUsesWith(sum);
  }
  old.erase();
}

namespace {
struct SumAfterLoopsPass : PassWrapper<SumAfterLoopsPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SumAfterLoopsPass)
  StringRef getArgument() const final { return "nn-sum-after-loops"; }
  StringRef getDescription() const final {
    return "adds up after a loop what the loop only adds up";
  }
  void runOnOperation() override {
    if (!getOperation()->hasAttr("nn.graph"))
      return;
    SmallVector<nn::ForOp> loops;
    getOperation().walk([&](nn::ForOp loop) {
      if (loop.getReverse() && !hasBarrier(loop))
        loops.push_back(loop);
    });
    for (nn::ForOp loop : loops)
      Summation(loop).run();
  }
};
} // namespace

std::unique_ptr<Pass> nnc::createSumAfterLoopsPass() {
  return std::make_unique<SumAfterLoopsPass>();
}
