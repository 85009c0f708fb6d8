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
