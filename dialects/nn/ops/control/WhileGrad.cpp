// Derivatives of nn.while. How often it turns is found only while it runs, but buffers are planned
// before: there is no tape of all turns. The loop keeps its carried values of at most `kSlots`
// turns, those whose number is a multiple of a stride; whenever all slots are full, every second
// one is given up and the stride doubles. The walk back computes the turns from a kept one to the
// wanted one again. Nothing is computed twice up to `kSlots` turns, memory is bounded for any
// number. Loops and slots are plain nn ops, so that they have derivatives themselves.
#include "dialects/nn/Dims.h"
#include "dialects/nn/ops/control/ControlGrad.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace nn;

static constexpr int64_t kSlots = 64;

namespace {
// Which turns of a loop are kept: their number, the stride, and the turn in each slot, or -1.
struct Kept {
  Ex turn, stride, turns;

  static Kept none(ImplicitLocOpBuilder &b) {
    auto number = RankedTensorType::get({}, b.getI64Type());
    auto table = RankedTensorType::get({kSlots}, b.getI64Type());
    return {Ex(b, ConstantOp::create(b, number, 0.0)), Ex(b, ConstantOp::create(b, number, 1.0)),
            Ex(b, ConstantOp::create(b, table, -1.0))};
  }
  // The first slot where `condition` (tensor<kSlots x i1>) holds: tensor<i64>.
  Ex firstSlot(Ex condition) {
    ImplicitLocOpBuilder &b = *turn.builder;
    Ex flags = castTo(condition, b.getI32Type());
    return Ex(b, ArgMaxOp::create(b, flags.value, 0, b.getI64Type()));
  }
  Ex spreadNumber(Ex number) { return spread(number, turns, {0}); }
};
} // namespace

static Ex remainder(Ex a, Ex b) {
  return Ex(*a.builder, RemOp::create(*a.builder, a.value, b.value));
}
static Ex either(Ex a, Ex b) { return Ex(*a.builder, OrOp::create(*a.builder, a.value, b.value)); }

// kSlots zeros of the type of `value`.
static Value emptySlots(ImplicitLocOpBuilder &b, Value value) {
  RankedTensorType type = stackedType(value.getType(), kSlots);
  Value zero = ConstantOp::create(b, RankedTensorType::get({}, type.getElementType()), 0.0);
  return b.createOrFold<FullOp>(type, zero, dynamicDims(b, b.getLoc(), value));
}

// The beginning of a turn: `state` goes into a free slot if the turn is one to keep. Changes
// `kept` and `slots` to what they are at the end of the turn.
static void keepTurn(Kept &kept, MutableArrayRef<Value> slots, ValueRange state) {
  ImplicitLocOpBuilder &b = *kept.turn.builder;
  Ex stride = select(compare(CompareKind::eq, kept.turn, kept.stride * kSlots), kept.stride * 2.0,
                     kept.stride);
  Ex isKept = compare(CompareKind::eq, remainder(kept.turn, stride), zerosLike(stride));
  Ex isFree = either(compare(CompareKind::lt, kept.turns, zerosLike(kept.turns)),
                     compare(CompareKind::ne, remainder(kept.turns, kept.spreadNumber(stride)),
                             zerosLike(kept.turns)));
  Ex place = kept.firstSlot(isFree);
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value start = ToIndexOp::create(b, place.value);
  // One slot is written in each turn; where nothing is kept, with what it holds.
  auto put = [&](Ex slots, Ex value) {
    Ex row = take(slots, place, 0);
    SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, row.rank()));
    row = select(spread(isKept, row, all), value, row);
    Value block = ReshapeOp::create(b, stackedType(row.value.getType(), 1), row.value,
                                    dynamicDims(b, b.getLoc(), row.value));
    SmallVector<Value> at(static_cast<size_t>(slots.rank()), zero);
    at[0] = start;
    return Ex(b, DynamicUpdateOp::create(b, slots.value, block, at));
  };
  for (auto [slot, value] : llvm::zip_equal(slots, state))
    slot = put(Ex(b, slot), Ex(b, value)).value;
  kept = {kept.turn + 1.0, stride, put(kept.turns, kept.turn)};
}

namespace {
// What the walk back through a loop needs of it.
struct ActiveTurns {
  SmallVector<unsigned> saved;  // carried values that its turns are computed from
  SmallVector<unsigned> active; // those of them that derivatives flow through
  SmallVector<Value> captures;
};
} // namespace

static ActiveTurns findActiveTurns(ImplicitLocOpBuilder &builder, WhileOp op, Derivation &walk) {
  Block &body = op.getBody().front();
  auto inner = walk.nested(builder);
  for (auto [init, carry] : llvm::zip_equal(op.getInits(), body.getArguments()))
    if (walk.isActive(init))
      inner->activate(Value(carry));
  ValueRange yields = body.getTerminator()->getOperands();
  spreadLoopActivity(*inner, body, ValueRange(body.getArguments()), yields);
  SmallVector<bool> wanted;
  for (Value result : op.getResults())
    wanted.push_back(static_cast<bool>(walk.of(result)));
  ActiveTurns found;
  for (auto [k, isNeeded] : llvm::enumerate(op.neededCarries(wanted))) {
    if (!isNeeded)
      continue;
    found.saved.push_back(k);
    if (inner->isActive(body.getArgument(k)))
      found.active.push_back(k);
  }
  found.captures = activeCaptures(op, walk);
  return found;
}

template <typename Range> static SmallVector<Value> pick(Range values, ArrayRef<unsigned> places) {
  SmallVector<Value> picked;
  for (unsigned place : places)
    picked.push_back(values[place]);
  return picked;
}

// The loop with the slots as further carried values. Results: those of `op`, turn, stride, turns
// (see Kept), one stack of slots per saved value.
static WhileOp makeKeeping(WhileOp op, ArrayRef<unsigned> saved) {
  ImplicitLocOpBuilder before(op.getLoc(), op);
  unsigned carryCount = op.getInits().size();
  SmallVector<Value> inits(op.getInits());
  Kept none = Kept::none(before);
  inits.append({none.turn.value, none.stride.value, none.turns.value});
  for (unsigned k : saved)
    inits.push_back(emptySlots(before, op.getInits()[k]));
  auto keeping = WhileOp::create(before, inits);
  Block *test = &keeping.getCondition().front(), *block = &keeping.getBody().front();
  OpBuilder inTest = OpBuilder::atBlockEnd(test);
  IRMapping testMap, map;
  YieldOp::create(inTest, op.getLoc(),
                  cloneYields(inTest, op.getCondition().front(),
                              ValueRange(test->getArguments()).take_front(carryCount), testMap));
  auto inside = ImplicitLocOpBuilder::atBlockEnd(op.getLoc(), block);
  ValueRange carries = ValueRange(block->getArguments()).take_front(carryCount);
  ValueRange rest = ValueRange(block->getArguments()).drop_front(carryCount);
  Kept kept{Ex(inside, rest[0]), Ex(inside, rest[1]), Ex(inside, rest[2])};
  SmallVector<Value> slots(rest.drop_front(3));
  keepTurn(kept, slots, pick(carries, saved));
  SmallVector<Value> yields = cloneYields(inside, op.getBody().front(), carries, map);
  yields.append({kept.turn.value, kept.stride.value, kept.turns.value});
  llvm::append_range(yields, slots);
  YieldOp::create(inside, yields);
  return keeping;
}

// The saved values at the beginning of turn `turn`, computed from the last kept turn before it.
static SmallVector<Value> replay(WhileOp op, ArrayRef<unsigned> saved, Kept kept, ValueRange slots,
                                 Ex turn) {
  ImplicitLocOpBuilder &b = *turn.builder;
  Ex start = turn - remainder(turn, kept.stride);
  Ex place = kept.firstSlot(compare(CompareKind::eq, kept.turns, kept.spreadNumber(start)));
  SmallVector<Value> inits = {start.value};
  for (Value slot : slots)
    inits.push_back(take(Ex(b, slot), place, 0).value);
  auto loop = WhileOp::create(b, inits);
  Block *test = &loop.getCondition().front(), *block = &loop.getBody().front();
  auto inTest = ImplicitLocOpBuilder::atBlockEnd(b.getLoc(), test);
  YieldOp::create(
      inTest,
      compare(CompareKind::lt, Ex(inTest, test->getArgument(0)), Ex(inTest, turn.value)).value);
  auto inside = ImplicitLocOpBuilder::atBlockEnd(b.getLoc(), block);
  SmallVector<Value> arguments(op.getInits()); // of values not saved only dead ops make use
  for (auto [place, k] : llvm::enumerate(saved))
    arguments[k] = block->getArgument(1 + place);
  IRMapping map;
  SmallVector<Value> all = cloneYields(inside, op.getBody().front(), arguments, map);
  SmallVector<Value> yields = {(Ex(inside, block->getArgument(0)) + 1.0).value};
  llvm::append_range(yields, pick(all, saved));
  YieldOp::create(inside, yields);
  return SmallVector<Value>(loop.getResults().drop_front());
}

LogicalResult WhileOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  ActiveTurns parts = findActiveTurns(builder, *this, walk);
  if (parts.active.empty() && parts.captures.empty())
    return success();
  WhileOp keeping = makeKeeping(*this, parts.saved);
  ValueRange rest = keeping.getResults().drop_front(getNumResults());

  // Carried: the number of turns left, adjoints of the active values, sums for the captures.
  SmallVector<Value> inits = {rest[0]};
  for (unsigned k : parts.active)
    inits.push_back(derivativeOrZeros(builder, walk, getResult(k)));
  for (Value capture : parts.captures)
    inits.push_back(castTo(zerosLike(Ex(builder, capture)),
                           accumulatorType(getElementTypeOrSelf(capture.getType())))
                        .value);
  auto back = WhileOp::create(builder, inits);
  Block *test = &back.getCondition().front(), *block = &back.getBody().front();
  auto inTest = ImplicitLocOpBuilder::atBlockEnd(builder.getLoc(), test);
  YieldOp::create(inTest, (Ex(inTest, test->getArgument(0)) > 0.0).value);

  auto inside = ImplicitLocOpBuilder::atBlockEnd(builder.getLoc(), block);
  Ex turn = Ex(inside, block->getArgument(0)) - 1.0;
  Kept kept{Ex(inside, rest[0]), Ex(inside, rest[1]), Ex(inside, rest[2])};
  SmallVector<Value> state = replay(*this, parts.saved, kept, rest.drop_front(3), turn);
  SmallVector<Value> carries(getInits());
  for (auto [place, k] : llvm::enumerate(parts.saved))
    carries[k] = state[place];
  IRMapping map;
  Block &body = getBody().front();
  map.map(ValueRange(body.getArguments()), ValueRange(carries));
  SmallVector<Operation *> ops = cloneBody(inside, body, map);
  auto inner = walk.nested(inside);
  for (unsigned k : parts.active)
    inner->activate(carries[k]);
  inner->spreadActivity(ops);
  Operation *yield = body.getTerminator();
  for (auto [place, k] : llvm::enumerate(parts.active))
    inner->add(map.lookupOrDefault(yield->getOperand(k)), block->getArgument(1 + place));
  if (failed(inner->run(ops)))
    return failure();
  SmallVector<Value> yields = {turn.value};
  for (unsigned k : parts.active)
    yields.push_back(derivativeOrZeros(inside, *inner, carries[k]));
  for (auto [place, capture] : llvm::enumerate(parts.captures)) {
    Ex total(inside, block->getArgument(1 + parts.active.size() + place));
    if (Value adjoint = inner->wide(capture))
      total = total + castLike(Ex(inside, adjoint), total);
    yields.push_back(total.value);
  }
  YieldOp::create(inside, yields);

  for (auto [place, k] : llvm::enumerate(parts.active))
    walk.add(getInits()[k], back.getResult(1 + place));
  for (auto [place, capture] : llvm::enumerate(parts.captures))
    walk.add(capture, back.getResult(1 + parts.active.size() + place));
  walk.replace(*this, keeping.getResults().take_front(getNumResults()));
  return success();
}

LogicalResult WhileOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  unsigned carryCount = getInits().size();
  auto activity = walk.nested(builder);
  Block &body = getBody().front();
  for (auto [init, carry] : llvm::zip_equal(getInits(), body.getArguments()))
    if (walk.isActive(init))
      activity->activate(Value(carry));
  spreadLoopActivity(*activity, body, ValueRange(body.getArguments()),
                     body.getTerminator()->getOperands());
  SmallVector<unsigned> active;
  SmallVector<Value> inits(getInits());
  for (unsigned k = 0; k < carryCount; ++k)
    if (activity->isActive(body.getArgument(k))) {
      active.push_back(k);
      inits.push_back(derivativeOrZeros(builder, walk, getInits()[k]));
    }
  auto both = WhileOp::create(builder, builder.getLoc(), inits);
  {
    Block &block = both.getCondition().front();
    OpBuilder inside = OpBuilder::atBlockEnd(&block);
    IRMapping map;
    YieldOp::create(inside, getLoc(),
                    cloneYields(inside, getCondition().front(),
                                ValueRange(block.getArguments()).take_front(carryCount), map));
  }
  Block &block = both.getBody().front();
  auto inside = ImplicitLocOpBuilder::atBlockEnd(builder.getLoc(), &block);
  IRMapping map;
  map.map(ValueRange(body.getArguments()), ValueRange(block.getArguments()).take_front(carryCount));
  ClonedBody cloned(inside, body, map);
  auto inner = walk.nested(inside);
  for (auto [place, k] : llvm::enumerate(active)) {
    inner->activate(Value(block.getArgument(k)));
    inner->add(block.getArgument(k), block.getArgument(carryCount + place));
  }
  inner->spreadActivity(cloned.ops);
  if (failed(inner->run(cloned.ops)))
    return failure();
  inside.setInsertionPoint(cloned.yield);
  SmallVector<Value> tangents;
  for (unsigned k : active)
    tangents.push_back(derivativeOrZeros(inside, *inner, cloned.yield->getOperand(k)));
  cloned.yield->insertOperands(carryCount, tangents);
  walk.replace(*this, both.getResults().take_front(carryCount));
  for (auto [place, k] : llvm::enumerate(active))
    walk.add(both.getResult(k), both.getResult(carryCount + place));
  return success();
}
