#include "runtime/core/DType.h"
#include <cmath>

namespace nnrt {

// A float of `mantissa` bits whose smallest normal exponent is `lowest`, rounded to nearest even.
static uint16_t encodeSmallFloat(double value, int mantissa, int lowest, uint16_t infinity) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value))
    return uint16_t(sign | infinity | (1 << (mantissa - 1)));
  double size = std::fabs(value);
  if (size == 0 || std::isinf(size))
    return uint16_t(sign | (size == 0 ? 0 : infinity));
  int exponent = std::ilogb(size);
  if (exponent > 128)
    return uint16_t(sign | infinity);
  if (exponent < lowest)
    exponent = lowest;
  // The integer significand; a carry out of it moves the exponent on by itself.
  auto bits = uint32_t(std::nearbyint(std::ldexp(size, mantissa - exponent)));
  bits += uint32_t(exponent - lowest) << mantissa;
  return uint16_t(sign | (bits < infinity ? bits : infinity));
}

Half halfOf(double value) { return {encodeSmallFloat(value, 10, -14, 0x7c00)}; }
BFloat bfloatOf(double value) { return {encodeSmallFloat(value, 7, -126, 0x7f80)}; }

double toDouble(BFloat value) {
  uint32_t bits = uint32_t(value.bits) << 16;
  float result;
  std::memcpy(&result, &bits, 4);
  return result;
}

double toDouble(Half value) {
  int exponent = (value.bits >> 10) & 31, fraction = value.bits & 1023;
  double size = exponent == 31 ? (fraction ? NAN : INFINITY)
                : exponent     ? std::ldexp(1024 + fraction, exponent - 25)
                               : std::ldexp(fraction, -24);
  return value.bits & 0x8000 ? -size : size;
}

int64_t dtypeSize(int32_t dtype) {
  static const int8_t sizes[] = {2, 2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 1};
  return sizes[dtype];
}

const char *dtypeName(int32_t dtype) {
  static const char *const names[] = {"f16", "bf16", "f32", "f64", "i8",  "i16", "i32",
                                      "i64", "u8",   "u16", "u32", "u64", "bool"};
  return names[dtype];
}

double loadF64(int32_t dtype, const void *element) {
  return visitDType(dtype, [&](auto value) {
    std::memcpy(&value, element, sizeof value);
    return toDouble(value);
  });
}

static int64_t saturate(double value) {
  if (std::isnan(value))
    return 0;
  if (value >= 9223372036854775808.0)
    return INT64_MAX;
  return value < -9223372036854775808.0 ? INT64_MIN : int64_t(value);
}

int64_t loadI64(int32_t dtype, const void *element) {
  if (isFloat(dtype))
    return saturate(loadF64(dtype, element));
  return visitDType(dtype, [&](auto value) -> int64_t {
    std::memcpy(&value, element, sizeof value);
    if constexpr (std::is_integral_v<decltype(value)>)
      return int64_t(value);
    return 0;
  });
}

void storeF64(int32_t dtype, void *element, double value) {
  if (dtype == NNRT_F16 || dtype == NNRT_BF16) {
    uint16_t bits = dtype == NNRT_F16 ? halfOf(value).bits : bfloatOf(value).bits;
    return void(std::memcpy(element, &bits, 2));
  }
  if (dtype == NNRT_F32) {
    auto narrow = float(value);
    return void(std::memcpy(element, &narrow, 4));
  }
  if (dtype == NNRT_F64)
    return void(std::memcpy(element, &value, 8));
  if (dtype == NNRT_BOOL)
    return storeI64(dtype, element, value != 0);
  if (dtype == NNRT_U64 && value >= 9223372036854775808.0)
    return storeI64(dtype, element,
                    value >= 18446744073709551616.0 ? -1 : int64_t(uint64_t(value)));
  storeI64(dtype, element, saturate(value));
}

void storeI64(int32_t dtype, void *element, int64_t value) {
  if (isFloat(dtype))
    return storeF64(dtype, element, double(value));
  if (dtype == NNRT_BOOL)
    value = value != 0;
  std::memcpy(element, &value, size_t(dtypeSize(dtype))); // little endian: the low bytes
}

std::string typeText(int32_t dtype, int32_t rank, const int64_t *shape) {
  std::string text = dtypeName(dtype);
  if (rank == 0)
    return text;
  for (int axis = 0; axis < rank; ++axis)
    text += (axis ? ", " : "[") + std::to_string(shape[axis]);
  return text + "]";
}

} // namespace nnrt
