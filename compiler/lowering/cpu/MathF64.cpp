#include "compiler/lowering/cpu/MathF64.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace nnc::cpu;

namespace {

/// A value with operators; all ops of one expression share its builder.
struct Num {
  ImplicitLocOpBuilder *b;
  Value v;

  Num constant(double value) const {
    Type type = v.getType();
    auto scalar = b->getF64FloatAttr(value);
    if (auto shaped = dyn_cast<VectorType>(type))
      return {b, arith::ConstantOp::create(*b, DenseElementsAttr::get(shaped, scalar))};
    return {b, arith::ConstantOp::create(*b, scalar)};
  }
  /// The same lanes of i64.
  Type integerType() const {
    Type i64 = b->getI64Type();
    if (auto shaped = dyn_cast<VectorType>(v.getType()))
      return VectorType::get(shaped.getShape(), i64);
    return i64;
  }
  Value integer(int64_t value) const {
    if (auto shaped = dyn_cast<VectorType>(integerType()))
      return arith::ConstantOp::create(*b,
                                       DenseElementsAttr::get(shaped, b->getI64IntegerAttr(value)));
    return arith::ConstantOp::create(*b, b->getI64IntegerAttr(value));
  }
  Value bits() const { return arith::BitcastOp::create(*b, integerType(), v); }
  Num fromBits(Value integers) const {
    return {b, arith::BitcastOp::create(*b, v.getType(), integers)};
  }
};

Num operator+(Num x, Num y) { return {x.b, arith::AddFOp::create(*x.b, x.v, y.v)}; }
Num operator-(Num x, Num y) { return {x.b, arith::SubFOp::create(*x.b, x.v, y.v)}; }
Num operator*(Num x, Num y) { return {x.b, arith::MulFOp::create(*x.b, x.v, y.v)}; }
Num operator/(Num x, Num y) { return {x.b, arith::DivFOp::create(*x.b, x.v, y.v)}; }
Num operator+(Num x, double y) { return x + x.constant(y); }
Num operator-(Num x, double y) { return x - x.constant(y); }
Num operator*(Num x, double y) { return x * x.constant(y); }
Num operator-(double x, Num y) { return y.constant(x) - y; }
Num operator/(double x, Num y) { return y.constant(x) / y; }
Num fma(Num x, Num y, Num z) { return {x.b, math::FmaOp::create(*x.b, x.v, y.v, z.v)}; }
Num absolute(Num x) { return {x.b, math::AbsFOp::create(*x.b, x.v)}; }
Num withSign(Num x, Num sign) { return {x.b, math::CopySignOp::create(*x.b, x.v, sign.v)}; }
Num smaller(Num x, double y) {
  return {x.b, arith::MinimumFOp::create(*x.b, x.v, x.constant(y).v)};
}
Num greater(Num x, double y) {
  return {x.b, arith::MaximumFOp::create(*x.b, x.v, x.constant(y).v)};
}
Value compare(arith::CmpFPredicate predicate, Num x, Num y) {
  return arith::CmpFOp::create(*x.b, predicate, x.v, y.v);
}
Value isLess(Num x, double y) { return compare(arith::CmpFPredicate::OLT, x, x.constant(y)); }
Value isEqual(Num x, double y) { return compare(arith::CmpFPredicate::OEQ, x, x.constant(y)); }
Num select(Value condition, Num x, Num y) {
  return {x.b, arith::SelectOp::create(*x.b, condition, x.v, y.v)};
}

/// c[0] + c[1] x + c[2] x^2 + ...
Num polynomial(Num x, ArrayRef<double> c) {
  Num result = x.constant(c.back());
  for (double coefficient : llvm::reverse(c.drop_back()))
    result = fma(result, x, x.constant(coefficient));
  return result;
}

// Adding this moves a number's integer part into the low bits.
constexpr double roundingMagic = 6755399441055744.0; // 1.5 * 2^52
constexpr int64_t roundingBits = 0x4338000000000000;
constexpr double ln2High = 6.93147180369123816490e-01, ln2Low = 1.90821492927058770002e-10;

struct Rounded {
  Num value;
  Value integer;
};
Rounded roundNearest(Num x) {
  Num shifted = x + roundingMagic;
  Value integer = arith::SubIOp::create(*x.b, shifted.bits(), x.integer(roundingBits));
  return {shifted - roundingMagic, integer};
}

Num powerOfTwo(Num like, Value exponent) {
  ImplicitLocOpBuilder &b = *like.b;
  Value biased = arith::AddIOp::create(b, exponent, like.integer(1023));
  return like.fromBits(arith::ShLIOp::create(b, biased, like.integer(52)));
}

/// e^x = 2^n e^r with |r| <= ln(2) / 2; the power in two factors, for results that are subnormal.
Num exponential(Num x) {
  ImplicitLocOpBuilder &b = *x.b;
  x = greater(smaller(x, 710.0), -746.0);
  Rounded n = roundNearest(x * 1.44269504088896340736);
  Num r = fma(n.value, x.constant(-ln2High), x);
  r = fma(n.value, x.constant(-ln2Low), r);
  SmallVector<double> c{1.0};
  for (int k = 1; k <= 13; ++k)
    c.push_back(c.back() / k);
  Value half = arith::ShRSIOp::create(b, n.integer, x.integer(1));
  Value rest = arith::SubIOp::create(b, n.integer, half);
  return polynomial(r, c) * powerOfTwo(x, half) * powerOfTwo(x, rest);
}

/// x = 2^e m with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh((m - 1) / (m + 1)).
Num logarithm(Num x) {
  ImplicitLocOpBuilder &b = *x.b;
  Value isSmall = isLess(x, 2.2250738585072014e-308);
  Num normal = select(isSmall, x * 18014398509481984.0, x); // 2^54
  Value bits = normal.bits();
  // Moves sqrt(1/2) to the start of a binade.
  Value moved = arith::SubIOp::create(b, bits, x.integer(0x3FE6A09E667F3BCD));
  Value exponent = arith::ShRSIOp::create(b, moved, x.integer(52));
  Value kept = arith::SubIOp::create(b, bits, arith::ShLIOp::create(b, exponent, x.integer(52)));
  Num m = x.fromBits(kept);
  Num e = x.fromBits(arith::AddIOp::create(b, exponent, x.integer(roundingBits))) - roundingMagic;
  e = select(isSmall, e - 54.0, e);
  Num d = m - 1.0, f = d / (m + 1.0), f2 = f * f;
  SmallVector<double> c;
  for (int k = 1; k <= 11; ++k)
    c.push_back(2.0 / (2 * k + 1));
  // log m = d - f (d - 2 f^2 (1/3 + ...)): d is exact, so that nothing cancels near 1.
  Num logM = d - f * (d - f2 * polynomial(f2, c));
  Num result = fma(e, x.constant(ln2High), fma(e, x.constant(ln2Low), logM));
  constexpr double inf = std::numeric_limits<double>::infinity();
  result = select(isEqual(x, inf), x, result);
  result = select(isEqual(x, 0.0), x.constant(-inf), result);
  Value isNumber = compare(arith::CmpFPredicate::OGE, x, x.constant(0.0));
  return select(isNumber, result, x.constant(std::numeric_limits<double>::quiet_NaN()));
}

// log1p and expm1 by Kahan's corrections of the rounding of 1 + x and of e^x.
Num logarithm1p(Num x) {
  Num u = x + 1.0, d = u - 1.0;
  Num corrected = logarithm(u) * (x / d);
  constexpr double inf = std::numeric_limits<double>::infinity();
  return select(isEqual(d, 0.0), x,
                select(isEqual(u, inf), u, select(isEqual(u, 0.0), x.constant(-inf), corrected)));
}

Num exponentialMinus1(Num x) {
  Num u = exponential(x), d = u - 1.0;
  Num corrected = d * (x / logarithm(u));
  constexpr double inf = std::numeric_limits<double>::infinity();
  return select(isEqual(u, 1.0), x,
                select(isEqual(d, -1.0), d, select(isEqual(u, inf), u, corrected)));
}

Num hyperbolicTangent(Num x) {
  Num t = exponentialMinus1(smaller(absolute(x), 22.0) * 2.0);
  return withSign(t / (t + 2.0), x);
}

/// Up to 3 the series of positive terms 2/sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ...
/// (2n+1)), beyond it one minus the continued fraction of erfc (Abramowitz and
/// Stegun 7.1.6, 7.1.14).
Num errorFunction(Num x) {
  Num a = smaller(absolute(x), 6.0), a2 = a * a;
  Num decay = exponential(x.constant(0.0) - a2);
  SmallVector<double> c{1.0};
  for (int n = 1; n <= 60; ++n)
    c.push_back(c.back() * 2.0 / (2 * n + 1));
  Num near = decay * a * polynomial(a2, c) * 1.12837916709551257390;
  Num far = greater(a, 1.0), fraction = far;
  for (int n = 40; n >= 1; --n)
    fraction = far + (n * 0.5) / fraction;
  Num tail = 1.0 - decay / fraction * 0.56418958354775628695;
  return withSign(select(isLess(a, 3.0), near, tail), x);
}

/// sin(x + quarters * pi / 2)
Num sine(Num x, int64_t quarters) {
  ImplicitLocOpBuilder &b = *x.b;
  Rounded n = roundNearest(x * 0.63661977236758134308);
  Num r = fma(n.value, x.constant(-1.57079632673412561417e+00), x);
  r = fma(n.value, x.constant(-6.07710050630396597660e-11), r);
  r = fma(n.value, x.constant(-2.02226624879595063154e-21), r);
  Num r2 = r * r;
  SmallVector<double> s, c{1.0};
  double factorial = 1;
  for (int k = 1; k <= 17; ++k) {
    factorial *= k;
    double sign = k / 2 % 2 ? -1.0 : 1.0;
    (k % 2 ? s : c).push_back(sign / factorial);
  }
  s.erase(s.begin());
  Num sinR = fma(r * r2, polynomial(r2, s), r), cosR = polynomial(r2, c);
  Value quadrant = arith::AddIOp::create(b, n.integer, x.integer(quarters));
  auto bitSet = [&](int64_t bit) {
    Value masked = arith::AndIOp::create(b, quadrant, x.integer(bit));
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, masked, x.integer(0));
  };
  Num result = select(bitSet(1), cosR, sinR);
  return select(bitSet(2), x.constant(0.0) - result, result);
}

/// atan(t) = 4 atan(u), where u comes from t by halving the angle twice; |t| <= 1.
Num arcTangent(Num t) {
  auto halve = [](Num x) {
    Num root{x.b, math::SqrtOp::create(*x.b, (x * x + 1.0).v)};
    return x / (root + 1.0);
  };
  Num u = halve(halve(t)), u2 = u * u;
  SmallVector<double> c;
  for (int k = 0; k <= 13; ++k)
    c.push_back((k % 2 ? -1.0 : 1.0) / (2 * k + 1));
  return u * polynomial(u2, c) * 4.0;
}

Num arcTangent2(Num y, Num x) {
  constexpr double pi = 3.14159265358979323846;
  Num ay = absolute(y), ax = absolute(x);
  Value steep = compare(arith::CmpFPredicate::OGT, ay, ax);
  Num low = select(steep, ax, ay), high = select(steep, ay, ax);
  Num ratio = low / high;
  ratio = select(isEqual(low, 0.0), low, ratio);
  Value same = compare(arith::CmpFPredicate::OEQ, low, high); // infinities too
  ratio = select(same, select(isEqual(low, 0.0), low, low.constant(1.0)), ratio);
  Num angle = arcTangent(ratio);
  angle = select(steep, pi / 2 - angle, angle);
  // The sign bit decides, so that -0 is on the left.
  Num side = withSign(x.constant(1.0), x);
  angle = select(isLess(side, 0.0), pi - angle, angle);
  angle = withSign(angle, y);
  Value isNumber = compare(arith::CmpFPredicate::ORD, x, y);
  return select(isNumber, angle, x.constant(std::numeric_limits<double>::quiet_NaN()));
}

Num power(Num x, Num y) {
  ImplicitLocOpBuilder &b = *x.b;
  Num magnitude = exponential(y * logarithm(absolute(x)));
  auto floorOf = [&](Num n) { return Num{&b, math::FloorOp::create(b, n.v)}; };
  Value isWhole = compare(arith::CmpFPredicate::OEQ, floorOf(y), y);
  Num half = y * 0.5;
  Value isEven = compare(arith::CmpFPredicate::OEQ, floorOf(half), half);
  Num negative = select(isEven, magnitude, x.constant(0.0) - magnitude);
  negative = select(isWhole, negative, x.constant(std::numeric_limits<double>::quiet_NaN()));
  Num result = select(isLess(x, 0.0), negative, magnitude);
  Value isOne = arith::OrIOp::create(b, isEqual(y, 0.0), isEqual(x, 1.0));
  return select(isOne, x.constant(1.0), result);
}

} // namespace

Value nnc::cpu::expF64(ImplicitLocOpBuilder &b, Value x) { return exponential({&b, x}).v; }
Value nnc::cpu::logF64(ImplicitLocOpBuilder &b, Value x) { return logarithm({&b, x}).v; }
Value nnc::cpu::log1pF64(ImplicitLocOpBuilder &b, Value x) { return logarithm1p({&b, x}).v; }
Value nnc::cpu::expm1F64(ImplicitLocOpBuilder &b, Value x) { return exponentialMinus1({&b, x}).v; }
Value nnc::cpu::tanhF64(ImplicitLocOpBuilder &b, Value x) { return hyperbolicTangent({&b, x}).v; }
Value nnc::cpu::erfF64(ImplicitLocOpBuilder &b, Value x) { return errorFunction({&b, x}).v; }
Value nnc::cpu::sinF64(ImplicitLocOpBuilder &b, Value x) { return sine({&b, x}, 0).v; }
Value nnc::cpu::cosF64(ImplicitLocOpBuilder &b, Value x) { return sine({&b, x}, 1).v; }
Value nnc::cpu::atan2F64(ImplicitLocOpBuilder &b, Value y, Value x) {
  return arcTangent2({&b, y}, {&b, x}).v;
}
Value nnc::cpu::powF64(ImplicitLocOpBuilder &b, Value x, Value y) {
  return power({&b, x}, {&b, y}).v;
}
