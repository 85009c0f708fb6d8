// Compares the device functions, compiled for the host, with the C library in extended precision.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>

extern "C" {
#define DECLARE(name)                                                                              \
  float nn_##name##_f32(float);                                                                    \
  double nn_##name##_f64(double);
DECLARE(exp)
DECLARE(expm1)
DECLARE(log)
DECLARE(log1p)
DECLARE(tanh)
DECLARE(erf)
DECLARE(sin)
DECLARE(cos)
DECLARE(rsqrt)
#undef DECLARE
#define DECLARE(name)                                                                              \
  float nn_##name##_f32(float, float);                                                             \
  double nn_##name##_f64(double, double);
DECLARE(atan2)
DECLARE(pow)
DECLARE(rem)
}

static std::mt19937_64 random64(7);
static int failures = 0;

template <typename T> static T randomBits() {
  uint64_t bits = random64();
  T value;
  std::memcpy(&value, &bits, sizeof(T)); // little endian: the low bytes
  return value;
}
template <typename T> static T uniform(double lo, double hi) {
  return T(lo + (hi - lo) * double(random64() >> 11) * 0x1p-53);
}

// The distance of `got` from `want` in units of the last place of T.
template <typename T> static double ulps(T got, long double want) {
  if (std::isnan(want) || std::isnan(got))
    return std::isnan(want) && std::isnan(got) ? 0 : INFINITY;
  T rounded = T(want);
  if (std::isinf(rounded) || std::isinf(got))
    return got == rounded                                                ? 0
           : std::fabs(want) > 0.999999L * std::numeric_limits<T>::max() ? 1
                                                                         : INFINITY;
  if (want == 0)
    return got == 0 && std::signbit(got) == std::signbit(want) ? 0 : INFINITY;
  int exponent;
  std::frexp(rounded == 0 ? std::numeric_limits<T>::min() : rounded, &exponent);
  if (exponent < std::numeric_limits<T>::min_exponent)
    exponent = std::numeric_limits<T>::min_exponent;
  return double(std::fabs((long double)got - want) /
                std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits));
}

static void report(const char *name, const char *type, double worst, double allowed, double at) {
  bool good = worst <= allowed;
  failures += !good;
  std::printf("%s %s: %s", name, type, good ? "within bound\n" : "");
  if (!good)
    std::printf("%.3g units off at %.17g\n", worst, at);
  else if (std::getenv("NN_SHOW"))
    std::printf("    %.3g at %.9g\n", worst, at);
}

template <typename T, typename F, typename R>
static void unary(const char *name, F function, R reference, double lo, double hi, double allowed,
                  double largest) {
  double worst = 0, at = 0;
  auto one = [&](T x) {
    double error = ulps(function(x), reference((long double)x));
    if (!(error <= worst)) {
      worst = error;
      at = double(x);
    }
  };
  const T limit = std::numeric_limits<T>::infinity();
  for (T x : {T(0), limit, std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::min(),
              std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::max(), T(1), T(0.5)}) {
    if (double(x) <= largest || x == limit || x != x) {
      one(x);
      one(-x);
    }
  }
  for (int i = 0; i < 200000; ++i) {
    one(uniform<T>(lo, hi));
    T any = randomBits<T>();
    if (std::fabs(any) <= largest)
      one(any);
  }
  report(name, sizeof(T) == 4 ? "f32" : "f64", worst, allowed, at);
}

template <typename T, typename F, typename R>
static void binary(const char *name, F function, R reference, double size, double allowed) {
  double worst = 0, at = 0;
  auto one = [&](T x, T y) {
    double error = ulps(function(x, y), reference((long double)x, (long double)y));
    if (!(error <= worst)) {
      worst = error;
      at = double(x);
    }
  };
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T special[] = {0, -T(0), 1, -1, T(0.5), 2, -2, 3, -3, T(2.5), inf, -inf, nan};
  for (T x : special)
    for (T y : special)
      one(x, y);
  for (int i = 0; i < 100000; ++i) {
    one(uniform<T>(0, size), uniform<T>(-size, size));
    one(uniform<T>(-size, size), std::nearbyint(uniform<T>(-size, size)));
    one(randomBits<T>(), randomBits<T>());
  }
  report(name, sizeof(T) == 4 ? "f32" : "f64", worst, allowed, at);
}

#define UNARY(name, reference, lo, hi, ulp32, ulp64, largest64)                                    \
  unary<float>(                                                                                    \
      #name, nn_##name##_f32, [](long double x) -> long double { return reference; }, lo, hi,      \
      ulp32, INFINITY);                                                                            \
  unary<double>(                                                                                   \
      #name, nn_##name##_f64, [](long double x) -> long double { return reference; }, lo, hi,      \
      ulp64, largest64);
#define BINARY(name, reference, size, ulp)                                                         \
  binary<float>(                                                                                   \
      #name, nn_##name##_f32,                                                                      \
      [](long double x, long double y) -> long double { return reference; }, size, ulp);           \
  binary<double>(                                                                                  \
      #name, nn_##name##_f64,                                                                      \
      [](long double x, long double y) -> long double { return reference; }, size, ulp);

int main() {
  UNARY(exp, expl(x), -100, 90, 3, 3, INFINITY)
  UNARY(expm1, expm1l(x), -3, 3, 3, 3, INFINITY)
  UNARY(log, logl(x), 0, 4, 3, 3, INFINITY)
  UNARY(log1p, log1pl(x), -1, 3, 3, 3, INFINITY)
  UNARY(tanh, tanhl(x), -10, 10, 3, 3, INFINITY)
  UNARY(erf, erfl(x), -4, 4, 3, 16, INFINITY)
  UNARY(sin, sinl(x), -20, 20, 3, 3, 0x1p40)
  UNARY(cos, cosl(x), -20, 20, 3, 3, 0x1p40)
  UNARY(rsqrt, 1 / sqrtl(x), 0, 10, 3, 3, INFINITY)
  BINARY(atan2, atan2l(x, y), 10, 3)
  BINARY(pow, powl(x, y), 12, 3)
  BINARY(rem, fmodl(x, y), 50, 0)
  return failures != 0;
}
