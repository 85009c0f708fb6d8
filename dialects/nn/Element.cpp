#include "dialects/nn/Element.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nn;

std::vector<Element> Element::list(OpBuilder &builder, Location loc, Operation *op,
                                   ValueRange operands) {
  std::vector<Element> list;
  for (auto [value, original] : llvm::zip_equal(operands, op->getOperands())) {
    Type type = getElementTypeOrSelf(original.getType());
    list.push_back({&builder, loc, value, type.isUnsignedInteger() || type.isInteger(1)});
  }
  return list;
}

Type Element::elementType() const { return getElementTypeOrSelf(value.getType()); }
bool Element::isFloat() const { return isa<FloatType>(elementType()); }

Element Element::constant(double number) const {
  Type type = elementType();
  TypedAttr attr;
  if (auto floating = dyn_cast<FloatType>(type)) {
    attr = builder->getFloatAttr(floating, number);
  } else {
    attr = builder->getIntegerAttr(type, static_cast<int64_t>(number));
  }
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    attr = DenseElementsAttr::get(vector, Attribute(attr));
  return with(arith::ConstantOp::create(*builder, loc, attr));
}

// The float op or the integer op, by the operands' type.
template <typename FloatOp, typename IntOp, typename... Operands>
static Element either(Element a, Operands... rest) {
  Value value = a.isFloat() ? a.builder->createOrFold<FloatOp>(a.loc, a.value, rest.value...)
                            : a.builder->createOrFold<IntOp>(a.loc, a.value, rest.value...);
  return a.with(value);
}
template <typename Op, typename... Operands> static Element one(Element a, Operands... rest) {
  return a.with(a.builder->createOrFold<Op>(a.loc, a.value, rest.value...));
}

Element nn::operator+(Element a, Element b) { return either<arith::AddFOp, arith::AddIOp>(a, b); }
Element nn::operator-(Element a, Element b) { return either<arith::SubFOp, arith::SubIOp>(a, b); }
Element nn::operator*(Element a, Element b) { return either<arith::MulFOp, arith::MulIOp>(a, b); }
Element nn::operator-(Element a) { return a.isFloat() ? one<arith::NegFOp>(a) : a.constant(0) - a; }
Element nn::operator&(Element a, Element b) { return one<arith::AndIOp>(a, b); }
Element nn::operator|(Element a, Element b) { return one<arith::OrIOp>(a, b); }
Element nn::operator^(Element a, Element b) { return one<arith::XOrIOp>(a, b); }
Element nn::operator~(Element a) { return a ^ a.constant(-1); }

Element nn::compare(CompareKind kind, Element a, Element b) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  unsigned k = static_cast<unsigned>(kind);
  Value value;
  if (a.isFloat()) {
    static const F floats[] = {F::OEQ, F::UNE, F::OLT, F::OLE, F::OGT, F::OGE};
    value = a.builder->createOrFold<arith::CmpFOp>(a.loc, floats[k], a.value, b.value);
  } else {
    static const I ints[2][6] = {{I::eq, I::ne, I::slt, I::sle, I::sgt, I::sge},
                                 {I::eq, I::ne, I::ult, I::ule, I::ugt, I::uge}};
    value = a.builder->createOrFold<arith::CmpIOp>(a.loc, ints[a.isUnsigned][k], a.value, b.value);
  }
  return {a.builder, a.loc, value, true};
}

Element nn::select(Element condition, Element a, Element b) {
  return a.with(a.builder->createOrFold<arith::SelectOp>(a.loc, condition.value, a.value, b.value));
}

Element nn::max(Element a, Element b) {
  return a.isUnsigned ? one<arith::MaxUIOp>(a, b) : either<arith::MaximumFOp, arith::MaxSIOp>(a, b);
}
Element nn::min(Element a, Element b) {
  return a.isUnsigned ? one<arith::MinUIOp>(a, b) : either<arith::MinimumFOp, arith::MinSIOp>(a, b);
}

// Integer division that rounds down and never traps: x / 0 is 0, the least number / -1 is itself.
static Element divideIntegers(Element a, Element b) {
  Element zero = a.constant(0);
  Element byZero = compare(CompareKind::eq, b, zero);
  if (a.isUnsigned)
    return select(byZero, zero, one<arith::DivUIOp>(a, select(byZero, b.constant(1), b)));
  Element byMinusOne = compare(CompareKind::eq, b, b.constant(-1));
  Element divisor = select(byZero | byMinusOne, b.constant(1), b);
  Element quotient = one<arith::DivSIOp>(a, divisor);
  Element rest = a - quotient * divisor;
  // The quotient was rounded toward zero: one less where a rest has the other sign.
  Element down =
      compare(CompareKind::ne, rest, zero) & compare(CompareKind::lt, rest ^ divisor, zero);
  quotient = select(down, quotient - a.constant(1), quotient);
  return select(byZero, zero, select(byMinusOne, -a, quotient));
}

Element nn::operator/(Element a, Element b) {
  return a.isFloat() ? one<arith::DivFOp>(a, b) : divideIntegers(a, b);
}

Element nn::rem(Element a, Element b) {
  if (a.isFloat())
    return a - floor(a / b) * b;
  return select(compare(CompareKind::eq, b, b.constant(0)), b, a - divideIntegers(a, b) * b);
}

Element nn::pow(Element a, Element b) { return one<math::PowFOp>(a, b); }
Element nn::atan2(Element a, Element b) { return one<math::Atan2Op>(a, b); }
Element nn::exp(Element a) { return one<math::ExpOp>(a); }
Element nn::expm1(Element a) { return one<math::ExpM1Op>(a); }
Element nn::log(Element a) { return one<math::LogOp>(a); }
Element nn::log1p(Element a) { return one<math::Log1pOp>(a); }
Element nn::sin(Element a) { return one<math::SinOp>(a); }
Element nn::cos(Element a) { return one<math::CosOp>(a); }
Element nn::tanh(Element a) { return one<math::TanhOp>(a); }
Element nn::sqrt(Element a) { return one<math::SqrtOp>(a); }
Element nn::erf(Element a) { return one<math::ErfOp>(a); }
Element nn::floor(Element a) { return one<math::FloorOp>(a); }
Element nn::ceil(Element a) { return one<math::CeilOp>(a); }
Element nn::round(Element a) { return one<math::RoundEvenOp>(a); }

Element nn::abs(Element a) { return a.isUnsigned ? a : either<math::AbsFOp, math::AbsIOp>(a); }

Element nn::sign(Element a) {
  Element zero = a.constant(0), one = a.constant(1);
  if (a.isUnsigned)
    return select(compare(CompareKind::gt, a, zero), one, zero);
  Element negative = select(compare(CompareKind::lt, a, zero), a.constant(-1), a);
  return select(compare(CompareKind::gt, a, zero), one, negative);
}

Element nn::isFinite(Element a) {
  return compare(CompareKind::lt, abs(a), a.constant(std::numeric_limits<double>::infinity()));
}

Element nn::shl(Element a, Element b) {
  Element width = b.constant(a.elementType().getIntOrFloatBitWidth());
  Element amount = {b.builder, b.loc, b.value, true}; // a negative amount counts as a huge one
  Element fits = compare(CompareKind::lt, amount, width);
  return select(fits, one<arith::ShLIOp>(a, select(fits, amount, b.constant(0))), a.constant(0));
}

Element nn::shr(Element a, Element b) {
  Element last = b.constant(a.elementType().getIntOrFloatBitWidth() - 1);
  Element amount = {b.builder, b.loc, b.value, true};
  Element fits = compare(CompareKind::le, amount, last);
  if (!a.isUnsigned)
    return one<arith::ShRSIOp>(a, select(fits, amount, last)); // the sign stays
  return select(fits, one<arith::ShRUIOp>(a, select(fits, amount, last)), a.constant(0));
}

// `like` with another element type.
static Type withElement(Type like, Type elementType) {
  if (auto vector = dyn_cast<VectorType>(like))
    return vector.clone(elementType);
  return elementType;
}

Type nn::signlessElement(Type elementType) {
  if (elementType.isUnsignedInteger())
    return IntegerType::get(elementType.getContext(), elementType.getIntOrFloatBitWidth());
  return elementType;
}

Element nn::convert(Element a, Type target) {
  bool toUnsigned = target.isUnsignedInteger() || target.isInteger(1);
  Type to = signlessElement(target), from = a.elementType();
  Type type = withElement(a.value.getType(), to);
  auto make = [&](auto tag) {
    using Op = decltype(tag);
    return Element{a.builder, a.loc, a.builder->createOrFold<Op>(a.loc, type, a.value), toUnsigned};
  };
  if (from == to)
    return {a.builder, a.loc, a.value, toUnsigned};
  if (to.isInteger(1))
    return compare(CompareKind::ne, a, a.constant(0));
  unsigned fromBits = from.getIntOrFloatBitWidth(), toBits = to.getIntOrFloatBitWidth();
  if (a.isFloat() && isa<FloatType>(to)) {
    if (fromBits < toBits)
      return make(arith::ExtFOp());
    if (fromBits > toBits)
      return make(arith::TruncFOp());
    // f16 <-> bf16: neither holds the other.
    return convert(convert(a, a.builder->getF32Type()), target);
  }
  if (a.isFloat())
    return toUnsigned ? make(arith::FPToUIOp()) : make(arith::FPToSIOp());
  if (isa<FloatType>(to))
    return a.isUnsigned ? make(arith::UIToFPOp()) : make(arith::SIToFPOp());
  if (fromBits > toBits)
    return make(arith::TruncIOp());
  return a.isUnsigned ? make(arith::ExtUIOp()) : make(arith::ExtSIOp());
}

// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. The counter's upper 64
// bits are zero.
std::array<Value, 4> nn::emitPhilox(OpBuilder &builder, Location loc, Value counter, Value key) {
  auto wrap = [&](Value value) { return Element{&builder, loc, value, true}; };
  Type i32 = builder.getIntegerType(32, /*isSigned=*/false);
  Type i64 = builder.getIntegerType(64, /*isSigned=*/false);
  auto low = [&](Element wide) { return convert(wide, i32); };
  auto high = [&](Element wide) { return convert(shr(wide, wide.constant(32)), i32); };
  Element c0 = low(wrap(counter)), c1 = high(wrap(counter));
  Element k0 = low(wrap(key)), k1 = high(wrap(key));
  Element c2 = c0.constant(0), c3 = c2;
  for (int round = 0; round < 10; ++round) {
    Element wide0 = convert(c0, i64), wide2 = convert(c2, i64);
    Element product0 = wide0 * wide0.constant(0xD2511F53);
    Element product2 = wide2 * wide2.constant(0xCD9E8D57);
    Element next0 = high(product2) ^ c1 ^ k0, next2 = high(product0) ^ c3 ^ k1;
    c1 = low(product2);
    c3 = low(product0);
    c0 = next0;
    c2 = next2;
    k0 = k0 + k0.constant(static_cast<int32_t>(0x9E3779B9));
    k1 = k1 + k1.constant(static_cast<int32_t>(0xBB67AE85));
  }
  return {c0.value, c1.value, c2.value, c3.value};
}
