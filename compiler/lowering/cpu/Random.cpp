// Philox4x32-10 in kernels.
#include "compiler/lowering/cpu/Elements.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::cpu;

/// Four 32-bit words per 64-bit counter; the type of `counter` may be a vector. `key` is a scalar.
SmallVector<Value> Elements::philox(Value counter, Value key) {
  auto vectorType = dyn_cast<VectorType>(counter.getType());
  Type wide = counter.getType();
  Type narrow = vectorType ? Type(VectorType::get(lanes, b.getI32Type())) : b.getI32Type();
  auto spread = [&](Value scalar) { return vectorType ? splat(scalar) : scalar; };
  auto word = [&](uint32_t bits) {
    return spread(arith::ConstantOp::create(b, b.getI32IntegerAttr(static_cast<int32_t>(bits))));
  };
  auto low = [&](Value value) { return arith::TruncIOp::create(b, narrow, value); };
  auto high = [&](Value value, Type type) -> Value {
    Value shift = arith::ConstantOp::create(b, b.getI64IntegerAttr(32));
    if (isa<VectorType>(value.getType()))
      shift = splat(shift);
    value = arith::ShRUIOp::create(b, value, shift);
    return arith::TruncIOp::create(b, type, value);
  };
  Value c0 = low(counter), c1 = high(counter, narrow), c2 = word(0), c3 = word(0);
  Value k0 = spread(arith::TruncIOp::create(b, b.getI32Type(), key));
  Value k1 = spread(high(key, b.getI32Type()));
  auto product = [&](Value x, uint32_t factor) {
    Value wideX = arith::ExtUIOp::create(b, wide, x);
    Value wideFactor = arith::ExtUIOp::create(b, wide, word(factor));
    Value p = arith::MulIOp::create(b, wideX, wideFactor);
    return std::pair<Value, Value>(high(p, narrow), low(p));
  };
  auto exclusive = [&](Value x, Value y, Value z) -> Value {
    return arith::XOrIOp::create(b, arith::XOrIOp::create(b, x, y), z);
  };
  for (int round = 0; round < 10; ++round) {
    if (round) {
      k0 = arith::AddIOp::create(b, k0, word(0x9E3779B9u));
      k1 = arith::AddIOp::create(b, k1, word(0xBB67AE85u));
    }
    auto [high0, low0] = product(c0, 0xD2511F53u);
    auto [high1, low1] = product(c2, 0xCD9E8D57u);
    Value next0 = exclusive(high1, c1, k0), next2 = exclusive(high0, c3, k1);
    c0 = next0;
    c1 = low1;
    c2 = next2;
    c3 = low0;
  }
  return {c0, c1, c2, c3};
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
