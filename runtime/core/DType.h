// Element types: sizes, names, and conversion of single elements.
#pragma once
#include "runtime/include/nnrt.h"
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

namespace nnrt {

struct Half {
  uint16_t bits;
};
struct BFloat {
  uint16_t bits;
};

double toDouble(Half value);
double toDouble(BFloat value);
template <class T> double toDouble(T value) { return double(value); }
Half halfOf(double value); // nearest, ties to even
BFloat bfloatOf(double value);

int64_t dtypeSize(int32_t dtype);
const char *dtypeName(int32_t dtype); // as users write it: f32
inline bool isFloat(int32_t dtype) { return dtype <= NNRT_F64; }
inline bool isUnsigned(int32_t dtype) { return dtype >= NNRT_U8 && dtype <= NNRT_U64; }

/// Calls visit(T()) with the C++ type of the dtype's elements; bools are uint8_t.
template <class Visit> auto visitDType(int32_t dtype, Visit visit) {
  switch (dtype) {
  case NNRT_F16:
    return visit(Half{});
  case NNRT_BF16:
    return visit(BFloat{});
  case NNRT_F32:
    return visit(float());
  case NNRT_F64:
    return visit(double());
  case NNRT_I8:
    return visit(int8_t());
  case NNRT_I16:
    return visit(int16_t());
  case NNRT_I32:
    return visit(int32_t());
  case NNRT_I64:
    return visit(int64_t());
  case NNRT_U16:
    return visit(uint16_t());
  case NNRT_U32:
    return visit(uint32_t());
  case NNRT_U64:
    return visit(uint64_t());
  default:
    return visit(uint8_t());
  }
}

double loadF64(int32_t dtype, const void *element);
int64_t loadI64(int32_t dtype, const void *element); // floats saturate, nan is 0
void storeF64(int32_t dtype, void *element, double value);
void storeI64(int32_t dtype, void *element, int64_t value);

/// `f32[2, 3]`, `f32` for rank 0.
std::string typeText(int32_t dtype, int32_t rank, const int64_t *shape);

} // namespace nnrt
