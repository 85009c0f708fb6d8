// Elementary functions for GPU kernels. Compiled twice: by clang for nvptx64 into LLVM bitcode that
// the compiler links into every program's kernels (so that no libdevice is needed), and for the
// host, where the emulator calls the same code and a test compares it with the C library.
//
// Only +, -, *, /, fma, sqrt and integer operations are used, all rounded as IEEE 754 says: a GPU
// and the emulator give the same bits. Infinities, NaN, zeros and subnormal numbers give what C's
// functions give. Largest errors in units of the last place, as test-device-math measures them:
//   exp, expm1, log, log1p, sin, cos, tanh, atan2, pow  f32 and f64: 3      erf  f32: 3, f64: 16
// sin and cos of |x| > 2^40 in f64 lose their accuracy; those of f32 never do.
using uint32 = unsigned;
using uint64 = unsigned long long;
using int64 = long long;

namespace {
template <typename T> struct Format;
template <> struct Format<float> {
  using Bits = uint32;
  using Int = int;
  static constexpr int mantissa = 23, bias = 127;
  static constexpr float ln2High = 0x1.62e4p-1f,
                         ln2Low = 0x1.7f7d1cp-20f; // high: room for n * high
  static constexpr float expMax = 88.8f, expMin = -104.0f, tanhOne = 9.1f;
  static constexpr int expTerms = 7, logTerms = 5, sinTerms = 5, cosTerms = 6, atanTerms = 11;
};
template <> struct Format<double> {
  using Bits = uint64;
  using Int = int64;
  static constexpr int mantissa = 52, bias = 1023;
  static constexpr double ln2High = 0x1.62e42feep-1, ln2Low = 0x1.a39ef35793c76p-33;
  static constexpr double expMax = 709.8, expMin = -746.0, tanhOne = 19.1;
  static constexpr int expTerms = 13, logTerms = 11, sinTerms = 9, cosTerms = 10, atanTerms = 22;
};

inline float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
inline float squareRoot(float x) { return __builtin_sqrtf(x); }
inline double squareRoot(double x) { return __builtin_sqrt(x); }
inline float nearest(float x) { return __builtin_rintf(x); }
inline double nearest(double x) { return __builtin_rint(x); }

template <typename T> auto toBits(T x) { return __builtin_bit_cast(typename Format<T>::Bits, x); }
template <typename T> T fromBits(typename Format<T>::Bits b) { return __builtin_bit_cast(T, b); }
template <typename T> constexpr typename Format<T>::Bits signBit() {
  return typename Format<T>::Bits(1) << (sizeof(T) * 8 - 1);
}
template <typename T> T magnitude(T x) { return fromBits<T>(toBits(x) & ~signBit<T>()); }
template <typename T> T withSign(T x, T sign) {
  return fromBits<T>((toBits(x) & ~signBit<T>()) | (toBits(sign) & signBit<T>()));
}
template <typename T> constexpr T infinity() { return T(__builtin_inf()); }
template <typename T> constexpr T notANumber() { return T(__builtin_nan("")); }
template <typename T> bool isNegative(T x) { return (toBits(x) & signBit<T>()) != 0; }

// 2^n for n in [1 - bias, bias].
template <typename T> T powerOfTwo(int n) {
  using F = Format<T>;
  return fromBits<T>(typename F::Bits(n + F::bias) << F::mantissa);
}
// x * 2^n; in two steps, so that results below the normal range round once more only there.
template <typename T> T scale(T x, int n) {
  int half = n >> 1;
  return x * powerOfTwo<T>(half) * powerOfTwo<T>(n - half);
}

constexpr double inverseFactorial(int n) {
  double product = 1;
  for (int i = 2; i <= n; ++i)
    product *= i;
  return 1 / product;
}

// e^r - 1 by its Taylor series, |r| <= ln(2) / 2.
template <typename T> T expm1Series(T r) {
  T sum = T(inverseFactorial(Format<T>::expTerms));
#pragma unroll
  for (int n = Format<T>::expTerms - 1; n >= 2; --n)
    sum = fma(sum, r, T(inverseFactorial(n)));
  return fma(r * r, sum, r);
}

// x = n ln(2) + r with |r| <= ln(2) / 2.
template <typename T> int reduceExp(T x, T &r) {
  T n = nearest(x * T(1.4426950408889634));
  r = fma(n, -Format<T>::ln2High, x);
  r = fma(n, -Format<T>::ln2Low, r);
  return int(n);
}

template <typename T> T exponential(T x) {
  using F = Format<T>;
  if (!(x < F::expMax))
    return x + infinity<T>(); // inf, or NaN
  if (x < F::expMin)
    return 0;
  T r;
  int n = reduceExp(x, r);
  return scale(T(1) + expm1Series(r), n);
}

template <typename T> T exponentialMinusOne(T x) {
  if (!(x < Format<T>::expMax))
    return x + infinity<T>();
  if (x < T(-40))
    return -1;
  T r;
  int n = reduceExp(x, r);
  T p = expm1Series(r);
  if (n == 0)
    return x == 0 ? x : p;
  if (n > Format<T>::mantissa + 4)
    return scale(T(1) + p, n);
  T power = powerOfTwo<T>(n);
  return fma(power, p, power - T(1));
}

// x = 2^e m with m in [sqrt(1/2), sqrt(2)), for positive finite x.
template <typename T> int splitExponent(T x, T &m) {
  using F = Format<T>;
  int e = 0;
  if (x < powerOfTwo<T>(1 - F::bias)) {
    x *= powerOfTwo<T>(F::mantissa + 2);
    e = -(F::mantissa + 2);
  }
  auto bits = typename F::Int(toBits(x));
  auto exponent = (bits - typename F::Int(toBits(T(0.70710678118654752)))) >> F::mantissa;
  m = fromBits<T>(typename F::Bits(bits - exponent * (typename F::Int(1) << F::mantissa)));
  return e + int(exponent);
}

// (2 artanh(s) - 2 s) / s = 2/3 s^2 + 2/5 s^4 + ..., |s| <= 0.1716.
template <typename T> T artanhTail(T square) {
  T sum = T(2.0 / (2 * Format<T>::logTerms + 1));
#pragma unroll
  for (int k = Format<T>::logTerms - 1; k >= 1; --k)
    sum = fma(sum, square, T(2.0 / (2 * k + 1)));
  return sum * square;
}

// log(1 + f) = 2 artanh(s) with s = f / (2 + f), arranged around f, which is exact.
template <typename T> T logarithm(T x) {
  using F = Format<T>;
  if (!(x > 0))
    return x == 0 ? -infinity<T>() : notANumber<T>();
  if (x == infinity<T>())
    return x;
  T m;
  T e = T(splitExponent(x, m));
  T f = m - T(1), s = f / (T(2) + f), half = T(0.5) * f * f;
  T correction = fma(s, half + artanhTail(s * s), e * F::ln2Low);
  return fma(e, F::ln2High, f - (half - correction));
}

template <typename T> T logarithmOnePlus(T x) {
  T u = T(1) + x;
  if (u == T(1) || u == infinity<T>())
    return x; // also -0 and inf
  if (!(u > 0))
    return logarithm(u);
  return logarithm(u) + (x - (u - T(1))) / u; // the second term: what rounding u lost
}

template <typename T> T hyperbolicTangent(T x) {
  T a = magnitude(x);
  if (!(a < Format<T>::tanhOne))
    return x != x ? x : withSign(T(1), x);
  T t = exponentialMinusOne(a + a);
  return withSign(t / (t + T(2)), x);
}

// ---- sine and cosine: x = n pi/2 + r, |r| <= pi/4; returns n mod 4
// ----------------------------------

// Payne and Hanek, 1983: only the bits of 2/pi that reach the fraction take part.
int reduceHuge(float x, float &r) {
  const uint32 twoOverPi[] = {0,          0xa2f9836e, 0x4e441529, 0xfc2757d1,
                              0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab};
  uint32 bits = toBits(magnitude(x));
  uint32 mantissa = (bits & 0x7fffff) | 0x800000;
  int exponent = int(bits >> 23) - 127 - 23; // |x| = mantissa * 2^exponent
  int start = exponent - 2 + 32;             // the zero word stands before the binary point
  int word = start >> 5, shift = start & 31;
  uint32 window[3];
#pragma unroll
  for (int i = 0; i < 3; ++i)
    window[i] =
        uint32((uint64(twoOverPi[word + i]) << 32 | twoOverPi[word + i + 1]) << shift >> 32);
  // product = mantissa * window mod 2^96, in units of 2^-94.
  uint64 low = uint64(window[2]) * mantissa;
  uint64 middle = uint64(window[1]) * mantissa + (low >> 32);
  uint32 high = uint32(uint64(window[0]) * mantissa + (middle >> 32));
  uint64 product = uint64(high) << 32 | uint32(middle);
  int quadrant = int(product >> 62);
  int64 fraction =
      int64(product << 2); // in units of 2^-64; as a signed number it is in [-1/2, 1/2)
  quadrant += fraction < 0;
  r = float(double(fraction) * (0x1.921fb54442d18p0 * 0x1p-64));
  if (isNegative(x)) {
    r = -r;
    quadrant = -quadrant;
  }
  return quadrant & 3;
}

int reduceAngle(float x, float &r) {
  if (magnitude(x) > 0x1p17f)
    return reduceHuge(x, r);
  float n = nearest(x * 0.63661977f);
  r = fma(n, -0x1.921fb6p0f, x);
  r = fma(n, 0x1.777a5cp-25f, r);
  r = fma(n, 0x1.ee59dap-50f, r);
  return int(n) & 3;
}
int reduceAngle(double x, double &r) {
  double n = nearest(x * 0.63661977236758134);
  r = fma(n, -0x1.921fb54442d18p0, x);
  r = fma(n, -0x1.1a62633145c07p-54, r);
  r = fma(n, 0x1.f1976b7ed8fbcp-110, r);
  return int(int64(n) & 3);
}

template <typename T> T sineSeries(T r) {
  T square = r * r, sum = 0;
#pragma unroll
  for (int k = Format<T>::sinTerms - 1; k >= 1; --k)
    sum = fma(sum, square, T((k & 1 ? -1 : 1) * inverseFactorial(2 * k + 1)));
  return fma(r * square, sum, r);
}
template <typename T> T cosineSeries(T r) {
  T square = r * r, sum = 0;
#pragma unroll
  for (int k = Format<T>::cosTerms - 1; k >= 1; --k)
    sum = fma(sum, square, T((k & 1 ? -1 : 1) * inverseFactorial(2 * k)));
  return fma(square, sum, T(1));
}

// sin(x + turn pi/2)
template <typename T> T circular(T x, int turn) {
  if (!(magnitude(x) < infinity<T>()))
    return notANumber<T>();
  T r;
  int quadrant = reduceAngle(x, r) + turn;
  T value = quadrant & 1 ? cosineSeries(r) : sineSeries(r);
  if (x == 0 && turn == 0)
    return x; // keeps -0
  return quadrant & 2 ? -value : value;
}

// ---- arc tangent
// -----------------------------------------------------------------------------------

template <typename T> T arcTangent(T t) { // t in [0, 1]
  T base = 0;
  if (t > T(0.41421356237309503)) { // tan(pi/8)
    t = (t - T(1)) / (t + T(1));
    base = T(0.78539816339744828);
  }
  T square = t * t, sum = 0;
#pragma unroll
  for (int k = Format<T>::atanTerms; k >= 1; --k)
    sum = fma(sum, square, T((k & 1 ? -1.0 : 1.0) / (2 * k + 1)));
  return base + fma(t * square, sum, t);
}

template <typename T> T arcTangent2(T y, T x) {
  if (x != x || y != y)
    return notANumber<T>();
  T a = magnitude(y), b = magnitude(x);
  T larger = a > b ? a : b, smaller = a > b ? b : a;
  T t = larger == 0 ? T(0) : smaller == infinity<T>() ? T(1) : smaller / larger;
  T angle = arcTangent(t);
  if (a > b)
    angle = T(1.5707963267948966) - angle;
  if (isNegative(x))
    angle = T(3.1415926535897931) - angle;
  return withSign(angle, y);
}

// ---- error function
// --------------------------------------------------------------------------------

// erf(x)/x in x^2 on [0, 1] and log(erfc(x)) on [1, 4]: Chebyshev fits, errors 4e-11 and 2e-8.
float errorFunction(float x) {
  float a = magnitude(x);
  if (a < 1) {
    float t = x * x, p = -9.667044571e-6f;
    p = fma(p, t, 1.126595903e-4f);
    p = fma(p, t, -8.484080406e-4f);
    p = fma(p, t, 5.221031808e-3f);
    p = fma(p, t, -2.686543073e-2f);
    p = fma(p, t, 0.112837825f);
    p = fma(p, t, -0.3761263847f);
    p = fma(p, t, 0.128379167f);
    return fma(x, p, x);
  }
  if (!(a < 4))
    return x != x ? x : withSign(1.0f, x);
  float q = 1.637151415e-6f;
  q = fma(q, a, -4.605804269e-5f);
  q = fma(q, a, 5.968056257e-4f);
  q = fma(q, a, -4.759596293e-3f);
  q = fma(q, a, 2.642113601e-2f);
  q = fma(q, a, -0.1100800829f);
  q = fma(q, a, -0.6318260516f);
  q = fma(q, a, -1.130233435f);
  q = fma(q, a, 3.201380497e-4f);
  return withSign(1.0f - exponential(q), x);
}

// Abramowitz and Stegun 7.1.6 (all terms positive) below 3, the continued fraction 7.1.14 above.
double errorFunction(double x) {
  double a = magnitude(x), square = a * a;
  if (!(a < 6))
    return x != x ? x : withSign(1.0, x);
  if (a < 3) {
    double term = 1, sum = 0;
    for (int n = 1; n <= 64; ++n) {
      term *= 2 * square / (2 * n + 1);
      sum += term;
    }
    return 1.1283791670955126 * x * exponential(-square) * (1 + sum);
  }
  double fraction = 1;
  for (int k = 40; k >= 1; --k)
    fraction = 1 + k / (2 * square) / fraction;
  double complement = exponential(-square) * 0.56418958354775629 / (a * fraction);
  return withSign(1 - complement, x);
}

// ---- power
// -----------------------------------------------------------------------------------------

// log(x) as high + low with about 65 bits, x positive and finite.
void logarithmPair(double x, double &high, double &low) {
  double m, e = splitExponent(x, m);
  double f = m - 1, divisor = 2 + f, lost = f - (divisor - 2);
  double s = f / divisor;
  double rest = (fma(-s, divisor, f) - s * lost) / divisor; // f / (2 + f) = s + rest
  double a = e * Format<double>::ln2High, b = 2 * s;
  high = a + b;
  double carried = high - a;
  low = (a - (high - carried)) + (b - carried);
  low += e * Format<double>::ln2Low + (2 * rest + s * artanhTail(s * s));
  double sum = high + low; // |low| < |high|, but not yet below its last place
  low = low - (sum - high);
  high = sum;
}

bool isInteger(double y) { return nearest(y) == y; }
bool isOdd(double y) { return magnitude(y) < 0x1p53 && isInteger(y) && !isInteger(y * 0.5); }

double power(double x, double y) {
  if (y == 0 || x == 1)
    return 1;
  if (x != x || y != y)
    return notANumber<double>();
  double a = magnitude(x), sign = isNegative(x) && isOdd(y) ? -1.0 : 1.0;
  if (a == 0 || a == infinity<double>())
    return sign * ((a != 0) == (y > 0) ? infinity<double>() : 0.0);
  if (magnitude(y) == infinity<double>())
    return a == 1 ? 1.0 : (a > 1) == (y > 0) ? infinity<double>() : 0.0;
  if (x < 0 && !isInteger(y))
    return notANumber<double>();
  double high, low;
  logarithmPair(a, high, low);
  double product = y * high;
  if (magnitude(product) > 1000)
    return sign * (product > 0 ? infinity<double>() : 0.0);
  double rest = fma(y, high, -product) + y * low;
  double result = exponential(product);
  return sign * (result == infinity<double>() ? result : fma(result, rest, result));
}

// ---- remainder with the sign of x, exact
// -----------------------------------------------------------

template <typename T> T remainder(T x, T y) {
  T a = magnitude(x), b = magnitude(y);
  if (x != x || y != y || a == infinity<T>() || b == 0)
    return notANumber<T>();
  if (a < b)
    return x;
  // a - k b with k a power of two keeps every bit; each step takes at least one bit off a.
  while (a >= b) {
    T step = b;
    int shift = int(toBits(a) >> Format<T>::mantissa) - int(toBits(b) >> Format<T>::mantissa);
    if (shift > 0) {
      int first = shift > Format<T>::bias ? Format<T>::bias : shift;
      step = b * powerOfTwo<T>(first);
      step *= powerOfTwo<T>(shift - first);
      if (step > a)
        step *= T(0.5);
    }
    while (step + step <= a) // b is subnormal: its exponent says too little
      step += step;
    a -= step;
  }
  return withSign(a, x);
}
} // namespace

// The kernels call these by name: nn_<function>_<type>.
extern "C" {
#define NN_UNARY(name, function)                                                                   \
  float nn_##name##_f32(float x) { return function(x); }                                           \
  double nn_##name##_f64(double x) { return function(x); }
NN_UNARY(exp, exponential)
NN_UNARY(expm1, exponentialMinusOne)
NN_UNARY(log, logarithm)
NN_UNARY(log1p, logarithmOnePlus)
NN_UNARY(tanh, hyperbolicTangent)
NN_UNARY(erf, errorFunction)

float nn_sin_f32(float x) { return circular(x, 0); }
double nn_sin_f64(double x) { return circular(x, 0); }
float nn_cos_f32(float x) { return circular(x, 1); }
double nn_cos_f64(double x) { return circular(x, 1); }
float nn_rsqrt_f32(float x) { return 1 / squareRoot(x); }
double nn_rsqrt_f64(double x) { return 1 / squareRoot(x); }
float nn_atan2_f32(float y, float x) { return arcTangent2(y, x); }
double nn_atan2_f64(double y, double x) { return arcTangent2(y, x); }
float nn_pow_f32(float x, float y) { return float(power(x, y)); }
double nn_pow_f64(double x, double y) { return power(x, y); }
float nn_rem_f32(float x, float y) { return remainder(x, y); }
double nn_rem_f64(double x, double y) { return remainder(x, y); }
}
