// Philox4x32-10 in kernels.
#include "compiler/lowering/cpu/Elements.h"
#include "dialects/nn/Element.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::cpu;

/// Four 32-bit words per 64-bit counter; the type of `counter` may be a vector. `key` is a scalar.
SmallVector<Value> Elements::philox(Value counter, Value key) {
  if (isa<VectorType>(counter.getType()))
    key = splat(key);
  auto words = nn::emitPhilox(b, b.getLoc(), counter, key);
  return {words.begin(), words.end()};
}

/// Element i is word i % 4 of the block of counter + i / 4.
Value Elements::rngBits(nn::RngBitsOp op, const Place &place) {
  Place first{{nest.at(0, [&] { return nest.index(0); })}},
      second{{nest.at(0, [&] { return nest.index(1); })}};
  Value key = at(op.getRng(), first), counter = at(op.getRng(), second);
  if (groupStart && lanes == 16 && place.lane >= 0)
    return rngBitsOfGroup(op, place, key, counter);
  Value number = flat ? place.index[0] : nest.linearize(place.index, sizesOf(op.getResult()));
  Value i = iota(number, place.lane >= 0, b.getI64Type());
  auto spread = [&](Value scalar) { return place.lane >= 0 ? splat(scalar) : scalar; };
  auto number64 = [&](int64_t n) {
    return spread(arith::ConstantOp::create(b, b.getI64IntegerAttr(n)));
  };
  Value block =
      arith::AddIOp::create(b, arith::ShRUIOp::create(b, i, number64(2)), spread(counter));
  SmallVector<Value> words = philox(block, key);
  Value which = arith::AndIOp::create(b, i, number64(3)), result = words[0];
  for (int k = 1; k < 4; ++k) {
    Value isThis = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, which, number64(k));
    result = arith::SelectOp::create(b, isThis, words[k], result);
  }
  return result;
}

/// Sixteen counters make the 64 elements of a group: element 16 v + l is word l % 4 of counter 4 v
/// + l / 4.
Value Elements::rngBitsOfGroup(nn::RngBitsOp op, const Place &place, Value key, Value counter) {
  Place start = place;
  start.index.back() = groupStart;
  SmallVector<Value> &words = knownWords[keyOf(op.getResult(), start)];
  if (words.empty() || !isVisible(words[0])) {
    Value number = flat ? groupStart : nest.linearize(start.index, sizesOf(op.getResult()));
    Value base = arith::IndexCastOp::create(b, b.getI64Type(), nest.div(number, nest.index(4)));
    base = arith::AddIOp::create(b, base, counter);
    words = philox(arith::AddIOp::create(b, splat(base), laneNumbers(b.getI64Type())), key);
  }
  auto spread = [&](Value even, Value odd, int64_t firstLane) {
    SmallVector<int64_t> from(lanes, 0);
    for (int64_t l = firstLane; l < lanes; l += 4) {
      from[l] = 4 * groupVector + l / 4;
      from[l + 1] = lanes + from[l];
    }
    return vector::ShuffleOp::create(b, even, odd, from);
  };
  Value low = spread(words[0], words[1], 0), high = spread(words[2], words[3], 2);
  SmallVector<int64_t> blend;
  for (int64_t l = 0; l < lanes; ++l)
    blend.push_back(l % 4 < 2 ? l : lanes + l);
  return vector::ShuffleOp::create(b, low, high, blend);
}

/// One of (key, counter) of a stream that was advanced or split.
Value Elements::rngStream(Operation *op, Value tensor, const Place &place) {
  Place first{{nest.at(0, [&] { return nest.index(0); })}},
      second{{nest.at(0, [&] { return nest.index(1); })}};
  Value rng = op->getOperand(0);
  Value key = at(rng, first), counter = at(rng, second);
  auto number = [&](int64_t n) -> Value {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(n));
  };
  if (auto advance = dyn_cast<nn::RngAdvanceOp>(op)) {
    Value blocks =
        arith::IndexCastOp::create(b, b.getI64Type(), nest.ceilDiv(advance.getCount(), 4));
    counter = arith::AddIOp::create(b, counter, blocks);
  } else if (tensor == op->getResult(1)) {
    counter = arith::AddIOp::create(b, counter, number(1));
  } else {
    SmallVector<Value> words = philox(counter, key);
    Value low = arith::ExtUIOp::create(b, b.getI64Type(), words[0]);
    Value high = arith::ExtUIOp::create(b, b.getI64Type(), words[1]);
    key = arith::OrIOp::create(b, low, arith::ShLIOp::create(b, high, number(32)));
    counter = number(0);
  }
  Value isKey = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, place.index[0], first.index[0]);
  return arith::SelectOp::create(b, isKey, key, counter);
}
