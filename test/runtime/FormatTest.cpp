// Numbers, text and tensors under format specifications.
#include "runtime/core/Str.h"
#include "test/runtime/Check.h"
#include <cmath>

using namespace nnrt;

static nnrt_context *ctx;

static std::string textOf(nnrt_str *str) { return Ref<nnrt_str>(str)->text; }
static std::string f64(double value, const char *spec) {
  return textOf(nnrt_format_f64(ctx, value, spec));
}
static std::string f32(float value, const char *spec) {
  return textOf(nnrt_format_f32(ctx, value, spec));
}
static std::string i64(int64_t value, const char *spec) {
  return textOf(nnrt_format_i64(ctx, value, spec));
}
static std::string str(const char *value, const char *spec) {
  Ref<nnrt_str> text(newStr(ctx, value));
  return textOf(nnrt_format_str(ctx, text.get(), spec));
}

static void floats() {
  CHECK_TEXT(f64(1, ""), "1.0");
  CHECK_TEXT(f64(-0.0, ""), "-0.0");
  CHECK_TEXT(f64(0.1, ""), "0.1");
  CHECK_TEXT(f32(0.1f, ""), "0.1"); // shortest for its own type
  CHECK_TEXT(f64(0.1f, ""), "0.10000000149011612");
  CHECK_TEXT(f64(1e16, ""), "1e16");
  CHECK_TEXT(f64(123456789, ""), "123456789.0");
  CHECK_TEXT(f64(1.5e-7, ""), "1.5e-7");
  CHECK_TEXT(f64(0.876543, ".4"), "0.8765");
  CHECK_TEXT(f64(2.5, ".0"), "2");
  CHECK_TEXT(f64(1e300, ".1").substr(0, 4), "1000");
  CHECK_TEXT(f64(12345.678, ".2e"), "1.23e4");
  CHECK_TEXT(f64(12345.678, "e"), "1.2345678e4");
  CHECK_TEXT(f64(0, "e"), "0e0");
  CHECK_TEXT(f64(1.5e-10, ".1E"), "1.5E-10");
  CHECK_TEXT(f64(3.14159, "8.2"), "    3.14");
  CHECK_TEXT(f64(3.14159, "<8.2"), "3.14    ");
  CHECK_TEXT(f64(3.14159, "*^8.2"), "**3.14**");
  CHECK_TEXT(f64(-3.14159, "08.2"), "-0003.14");
  CHECK_TEXT(f64(3, "+.1"), "+3.0");
  CHECK_TEXT(f64(0.1234, ".1%"), "12.3%");
  CHECK_TEXT(f64(NAN, ".3"), "nan");
  CHECK_TEXT(f64(-INFINITY, "06"), "  -inf");
}

static void integersAndText() {
  CHECK_TEXT(i64(-42, ""), "-42");
  CHECK_TEXT(i64(INT64_MIN, ""), "-9223372036854775808");
  CHECK_TEXT(i64(42, "6"), "    42");
  CHECK_TEXT(i64(-42, "06"), "-00042");
  CHECK_TEXT(i64(255, "x"), "ff");
  CHECK_TEXT(i64(255, "#06X"), "0x00FF");
  CHECK_TEXT(i64(5, "b"), "101");
  CHECK_TEXT(i64(5, ".3"), "5");
  CHECK_TEXT(textOf(nnrt_format_u64(ctx, UINT64_MAX, "")), "18446744073709551615");
  CHECK_TEXT(textOf(nnrt_format_bool(ctx, 1, "6")), "true  ");
  CHECK_TEXT(str("äöü", "5"), "äöü  ");
  CHECK_TEXT(str("äöü", "→>5"), "→→äöü");
  CHECK_TEXT(str("äöü", ".2"), "äö");
  CHECK_ERROR(i64(1, "q"), "`q` is not a format");
  CHECK_ERROR(i64(1, "5.z"), "no digits after");
  CHECK_ERROR(i64(1, "999999999"), "too wide");
}

static Ref<nnrt_tensor> counting(int32_t dtype, std::vector<int64_t> shape, double step = 1) {
  auto tensor = newTensor(ctx, dtype, int32_t(shape.size()), shape.data());
  for (int64_t i = 0; i < tensor->numel; ++i)
    storeF64(dtype, tensor->data + i * dtypeSize(dtype), double(i) * step);
  return tensor;
}
static std::string tensor(int32_t dtype, std::vector<int64_t> shape, const char *spec = "",
                          double step = 1) {
  auto value = counting(dtype, std::move(shape), step);
  return textOf(nnrt_format_tensor(ctx, value.get(), spec));
}

static void tensors() {
  CHECK_TEXT(tensor(NNRT_F32, {}), "0.0");
  CHECK_TEXT(tensor(NNRT_I32, {3}), "i32[3] [0, 1, 2]");
  CHECK_TEXT(tensor(NNRT_F32, {3}), "f32[3] [0.0, 1.0, 2.0]");
  CHECK_TEXT(tensor(NNRT_F32, {3}, "", 0.25), "f32[3] [0.0000, 0.2500, 0.5000]");
  CHECK_TEXT(tensor(NNRT_F32, {3}, ".1", 0.25), "f32[3] [0.0, 0.2, 0.5]");
  CHECK_TEXT(tensor(NNRT_F16, {2}), "f16[2] [0.0, 1.0]");
  CHECK_TEXT(tensor(NNRT_BOOL, {2}), "bool[2] [false,  true]");
  CHECK_TEXT(tensor(NNRT_I64, {2, 2}, "", 9), "i64[2, 2] [\n  [ 0,  9]\n  [18, 27]\n]");
  CHECK_TEXT(tensor(NNRT_I64, {1, 2, 1}), "i64[1, 2, 1] [\n  [\n    [0]\n    [1]\n  ]\n]");
  CHECK_TEXT(tensor(NNRT_F32, {0, 3}), "f32[0, 3] []");
  CHECK_TEXT(tensor(NNRT_I32, {2000}), "i32[2000] [   0,    1,    2, ..., 1997, 1998, 1999]");
  CHECK_TEXT(tensor(NNRT_F32, {2}, "", 1e-6), "f32[2] [ 0.0000e0, 1.0000e-6]");
  std::string wide = tensor(NNRT_I32, {400});
  CHECK(wide.find('\n') != wide.npos && wide.find('\n') <= 100);
  std::string shortened = tensor(NNRT_F32, {60, 60});
  CHECK(shortened.find("\n  ...\n") != shortened.npos && shortened.size() < 600);
}

static void containers() {
  nnrt_list *list = nnrt_list_new(ctx, NNRT_ELEM_F64, 0);
  for (double value : {1.0, 2.5})
    list = nnrt_list_push_f64(ctx, list, value);
  CHECK_TEXT(textOf(nnrt_format_handle(ctx, list, "")), "[1.0, 2.5]");
  CHECK_TEXT(textOf(nnrt_format_handle(ctx, list, ".2")), "[1.00, 2.50]");
  nnrt_map *map = nnrt_map_new(ctx, NNRT_ELEM_HANDLE, NNRT_ELEM_I64);
  CHECK_TEXT(textOf(nnrt_format_handle(ctx, map, "")), "[:]");
  map = nnrt_map_set_str_i64(ctx, map, newStr(ctx, "a\"b"), 1);
  CHECK_TEXT(textOf(nnrt_format_handle(ctx, map, "")), "[\"a\\\"b\": 1]");
  uint8_t elems[] = {NNRT_ELEM_I64, NNRT_ELEM_HANDLE, NNRT_ELEM_HANDLE};
  nnrt_struct *object = nnrt_struct_new(ctx, elems, 3);
  object = nnrt_struct_set_handle(ctx, object, 2, list);
  CHECK_TEXT(textOf(nnrt_format_handle(ctx, object, "")), "(0, none, [1.0, 2.5])");
  CHECK_TEXT(textOf(nnrt_format_handle(ctx, newStr(ctx, "plain"), "7")), "plain  ");
}

static void smallFloats() {
  // Every f16 and bf16 number survives a round trip; halves between two go to the even one.
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    Half half{uint16_t(bits)};
    BFloat bfloat{uint16_t(bits)};
    CHECK(halfOf(toDouble(half)).bits == bits || std::isnan(toDouble(half)));
    CHECK(bfloatOf(toDouble(bfloat)).bits == bits || std::isnan(toDouble(bfloat)));
  }
  CHECK(halfOf(65519).bits == 0x7bff && halfOf(65520).bits == 0x7c00);
  CHECK(halfOf(2049).bits == halfOf(2048).bits && halfOf(2051).bits == halfOf(2052).bits);
  CHECK(halfOf(3e-8).bits == 1 && halfOf(2.9e-8).bits == 0);
  CHECK(bfloatOf(1e300).bits == 0x7f80);
}

int main() {
  ctx = nnrt_context_new();
  floats();
  integersAndText();
  tensors();
  containers();
  smallFloats();
  nnrt_context_free(ctx);
  return finish();
}
