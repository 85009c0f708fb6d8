// Handles: strings, lists, maps, structs, tensors; copy on write, bounds, equality and what is
// freed when.
#include "runtime/core/List.h"
#include "runtime/core/Str.h"
#include "test/runtime/Check.h"
#include <cmath>

using namespace nnrt;

static nnrt_context *ctx;

static nnrt_str *S(const char *text) { return newStr(ctx, text); }
static std::string shown(void *handle) {
  return Ref<nnrt_str>(nnrt_format_handle(ctx, handle, ""))->text;
}

static void strings() {
  nnrt_str *text = S("häuser");
  CHECK(nnrt_str_len(text) == 6 && nnrt_str_size(text) == 7);
  CHECK_TEXT(nnrt_str_at(ctx, text, 1)->text, "ä");
  CHECK_TEXT(nnrt_str_at(ctx, text, -1)->text, "r");
  CHECK_TEXT(nnrt_str_slice(ctx, text, 1, 3)->text, "äu");
  CHECK_TEXT(nnrt_str_slice(ctx, text, -2, INT64_MAX)->text, "er");
  CHECK_ERROR(nnrt_str_at(ctx, text, 6), "index 6 is out of range", "6 elements");
  CHECK_ERROR(nnrt_str_slice(ctx, text, 4, 2), "slice 4:2");
  CHECK(nnrt_str_find(text, S("user")) == 2 && nnrt_str_find(text, S("x")) == -1);
  CHECK_TEXT(shown(nnrt_str_split(ctx, S("a,b,,c"), S(","))), R"(["a", "b", "", "c"])");
  CHECK_ERROR(nnrt_str_split(ctx, text, S("")), "empty separator");
  CHECK_TEXT(shown(nnrt_str_words(ctx, S("  one\ttwo \n"))), R"(["one", "two"])");
  CHECK_TEXT(shown(nnrt_str_lines(ctx, S("a\r\nb\n\nc"))), R"(["a", "b", "", "c"])");
  CHECK_TEXT(shown(nnrt_str_chars(ctx, S("aä€😀"))), R"(["a", "ä", "€", "😀"])");
  CHECK_TEXT(shown(nnrt_str_codepoints(ctx, S("aä€😀"))), "[97, 228, 8364, 128512]");
  CHECK_TEXT(nnrt_str_from_codepoint(ctx, 128512)->text, "😀");
  CHECK_ERROR(nnrt_str_from_codepoint(ctx, 0xd800), "55296");
  CHECK_TEXT(nnrt_str_join(ctx, nnrt_str_split(ctx, S("a b"), S(" ")), S("-"))->text, "a-b");
  CHECK_TEXT(nnrt_str_trim(ctx, S(" \n x y\t"))->text, "x y");
  CHECK_TEXT(nnrt_str_replace(ctx, S("aXbX"), S("X"), S("--"))->text, "a--b--");
  CHECK_TEXT(nnrt_str_upper(ctx, S("abÄ"))->text, "ABÄ");
  CHECK_TEXT(nnrt_str_repeat(ctx, S("ab"), 3)->text, "ababab");
  CHECK_ERROR(nnrt_str_repeat(ctx, S("ab"), -1), "-1 times");
  CHECK_ERROR(nnrt_str_repeat(ctx, S("ab"), INT64_MAX), "times");
  CHECK(nnrt_str_starts_with(text, S("hä")) && !nnrt_str_ends_with(text, S("hä")));
  int64_t number;
  double real;
  CHECK(nnrt_str_parse_i64(S(" -12 "), &number) && number == -12);
  CHECK(!nnrt_str_parse_i64(S("12x"), &number) && !nnrt_str_parse_i64(S(""), &number));
  CHECK(!nnrt_str_parse_i64(S("9223372036854775808"), &number));
  CHECK(nnrt_str_parse_f64(S("+1.5e3"), &real) && real == 1500);
  CHECK(nnrt_str_parse_f64(S("nan"), &real) && std::isnan(real));
  CHECK(!nnrt_str_parse_f64(S("1.5 2"), &real) && !nnrt_str_parse_f64(S("+-1"), &real));
  for (const char *bad : {"\xff", "a\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"})
    CHECK(findInvalidUtf8(bad) >= 0);
  CHECK(findInvalidUtf8("aä€😀") == -1);
}

static void lists() {
  nnrt_list *a = nnrt_list_new(ctx, NNRT_ELEM_I64, 0);
  for (int64_t i = 0; i < 5; ++i)
    a = nnrt_list_push_i64(ctx, a, i * i);
  nnrt_retain(a);
  nnrt_list *b = nnrt_list_push_i64(ctx, a, 99); // shared: a copy
  CHECK(a != b && nnrt_list_len(a) == 5 && nnrt_list_len(b) == 6);
  CHECK(nnrt_list_push_i64(ctx, b, 1) == b); // not shared: in place
  CHECK(nnrt_list_get_i64(ctx, a, -1) == 16);
  CHECK_ERROR(nnrt_list_get_i64(ctx, a, 5), "index 5 is out of range: there are 5 elements");
  CHECK_ERROR(nnrt_list_get_i64(ctx, a, -6), "index -6");
  CHECK_TEXT(shown(nnrt_list_slice(ctx, a, 1, -1)), "[1, 4, 9]");
  CHECK_ERROR(nnrt_list_slice(ctx, a, 2, 9), "slice 2:9 is out of range: there are 5");
  CHECK_TEXT(shown(nnrt_list_concat(ctx, a, a)), "[0, 1, 4, 9, 16, 0, 1, 4, 9, 16]");
  CHECK(nnrt_list_find_i64(a, 9) == 3 && nnrt_list_find_i64(a, 7) == -1);
  b = nnrt_list_remove(ctx, b, 0);
  b = nnrt_list_insert_i64(ctx, b, 1, -5);
  b = nnrt_list_sort(ctx, nnrt_list_set_i64(ctx, b, 0, 50));
  CHECK_TEXT(shown(b), "[-5, 1, 4, 9, 16, 50, 99]");
  CHECK_TEXT(shown(nnrt_list_truncate(ctx, nnrt_list_reverse(ctx, b), 2)), "[99, 50]");

  nnrt_list *nested = nnrt_list_new(ctx, NNRT_ELEM_HANDLE, 0);
  nested = nnrt_list_push_handle(ctx, nested, a);
  CHECK(a->refs == 2);
  auto *inner = static_cast<nnrt_list *>(nnrt_list_take_handle(ctx, nested, 0));
  CHECK(inner == a && a->refs == 2); // moved out of the list, not counted again
  nnrt_release(inner);
  nested = nnrt_list_set_handle(ctx, nested, 0, a);
  CHECK_TEXT(shown(nested), "[[0, 1, 4, 9, 16]]");

  nnrt_tensor *tensor = nnrt_tensor_from_list(ctx, NNRT_F32, a);
  CHECK_TEXT(shown(tensor), "f32[5] [ 0.0,  1.0,  4.0,  9.0, 16.0]");
  CHECK_TEXT(shown(nnrt_list_from_tensor(ctx, tensor)), "[0.0, 1.0, 4.0, 9.0, 16.0]");
  nnrt_list *rows = nnrt_list_push_handle(ctx, nnrt_list_new(ctx, NNRT_ELEM_HANDLE, 0), tensor);
  rows = nnrt_list_push_handle(ctx, rows, tensor);
  CHECK_TEXT(nnrt_tensor_from_list(ctx, NNRT_F32, rows)->typeText(), "f32[2, 5]");
  rows = nnrt_list_push_handle(ctx, rows, nnrt_tensor_range(ctx, NNRT_F32, 0, 3));
  CHECK_ERROR(nnrt_tensor_from_list(ctx, NNRT_F32, rows), "f32[5]", "element 2 is f32[3]");
}

static void maps() {
  nnrt_map *map = nnrt_map_new(ctx, NNRT_ELEM_HANDLE, NNRT_ELEM_I64);
  for (const char *word : {"the", "cat", "the", "dog", "the"}) {
    Ref<nnrt_str> key(S(word));
    int64_t entry = nnrt_map_find_str(map, key.get());
    int64_t count = entry < 0 ? 0 : nnrt_map_value_i64(ctx, map, entry);
    map = nnrt_map_set_str_i64(ctx, map, key.get(), count + 1);
  }
  CHECK_TEXT(shown(map), R"(["the": 3, "cat": 1, "dog": 1])");
  CHECK_ERROR(nnrt_map_at_str(ctx, map, S("cow")), "no key \"cow\"");
  nnrt_retain(map);
  nnrt_map *other = nnrt_map_remove_str(ctx, map, S("cat"));
  CHECK_TEXT(shown(other), R"(["the": 3, "dog": 1])");
  CHECK(nnrt_map_len(map) == 3 && nnrt_map_find_str(other, S("dog")) == 1);
  CHECK_TEXT(shown(nnrt_map_keys(ctx, map)), R"(["the", "cat", "dog"])");
  CHECK_TEXT(shown(nnrt_map_values(ctx, map)), "[3, 1, 1]");
  nnrt_map *numbers = nnrt_map_new(ctx, NNRT_ELEM_I64, NNRT_ELEM_HANDLE);
  for (int64_t i = 0; i < 1000; ++i)
    numbers = nnrt_map_set_i64_handle(ctx, numbers, i * 7, S("x"));
  CHECK(nnrt_map_at_i64(ctx, numbers, 7 * 999) == 999);
  CHECK_ERROR(nnrt_map_at_i64(ctx, numbers, 3), "no key 3");
}

static void structsAndEquality() {
  uint8_t elems[] = {NNRT_ELEM_I64, NNRT_ELEM_F64, NNRT_ELEM_HANDLE};
  nnrt_struct *a = nnrt_struct_new(ctx, elems, 3);
  a = nnrt_struct_set_f64(ctx, nnrt_struct_set_i64(ctx, a, 0, 7), 1, 0.5);
  nnrt_retain(a);
  nnrt_struct *b = nnrt_struct_set_handle(ctx, a, 2, S("x"));
  CHECK(a != b && nnrt_struct_get_handle(ctx, a, 2) == nullptr);
  CHECK(nnrt_struct_get_i64(ctx, b, 0) == 7 && nnrt_struct_get_f64(ctx, b, 1) == 0.5);
  CHECK(!nnrt_equal(ctx, a, b));
  a = nnrt_struct_set_handle(ctx, a, 2, S("x"));
  CHECK(nnrt_equal(ctx, a, b));
  double values[] = {0.0, NAN}, negative[] = {-0.0, 1.0};
  int64_t one[] = {1};
  nnrt_tensor *zero = nnrt_tensor_from_data(ctx, NNRT_F64, 1, one, values);
  CHECK(nnrt_equal(ctx, zero, nnrt_tensor_from_data(ctx, NNRT_F64, 1, one, negative)));
  nnrt_tensor *nan = nnrt_tensor_from_data(ctx, NNRT_F64, 1, one, values + 1);
  CHECK(!nnrt_equal(ctx, nan, nan));

  // A chain of a million structs is freed without a million stack frames, and too deep to compare.
  uint8_t link[] = {NNRT_ELEM_HANDLE};
  nnrt_struct *chain = nullptr;
  for (int i = 0; i < 1000000; ++i) {
    nnrt_struct *next = nnrt_struct_set_handle(ctx, nnrt_struct_new(ctx, link, 1), 0, chain);
    nnrt_release(chain);
    chain = next;
  }
  CHECK_ERROR(nnrt_equal(ctx, chain, chain), "nested too deeply");
  CHECK_ERROR(shown(chain), "nested too deeply");
  nnrt_release(chain);
}

static void tensors() {
  int64_t huge[] = {INT64_MAX, 4}, negative[] = {3, -1}, large[] = {int64_t(1) << 55};
  CHECK_ERROR(nnrt_tensor_new(ctx, NNRT_F32, 2, huge), "too large");
  CHECK_ERROR(nnrt_tensor_new(ctx, NNRT_F32, 2, negative), "axis 1", "-1");
  CHECK_ERROR(nnrt_tensor_new(ctx, NNRT_F32, 1, large), "out of memory", "f32[36028797018963968]");
  nnrt_tensor *range = nnrt_tensor_range(ctx, NNRT_I32, -2, 3);
  CHECK_TEXT(shown(range), "i32[5] [-2, -1,  0,  1,  2]");
  CHECK(nnrt_tensor_range(ctx, NNRT_I32, 3, -2)->numel == 0);
  CHECK_ERROR(nnrt_tensor_item_f64(ctx, range), "single number", "i32[5]");
  CHECK(nnrt_tensor_item_i64(ctx, nnrt_tensor_scalar_i64(ctx, NNRT_I8, 300)) == 44);
  CHECK(nnrt_tensor_item_f64(ctx, nnrt_tensor_scalar_f64(ctx, NNRT_BF16, 1.001)) == 1);
  CHECK(nnrt_tensor_item_i64(ctx, nnrt_tensor_scalar_f64(ctx, NNRT_I32, -2.7)) == -2);
  CHECK(nnrt_tensor_item_bool(ctx, nnrt_tensor_scalar_f64(ctx, NNRT_BOOL, 0.5)) == 1);
  int64_t shape[] = {2, 3};
  int32_t data[] = {1, 2, 3, 4, 5, 6};
  nnrt_tensor *matrix = nnrt_tensor_from_data(ctx, NNRT_I32, 2, shape, data);
  CHECK_TEXT(shown(nnrt_tensor_row(ctx, matrix, -1)), "i32[3] [4, 5, 6]");
  CHECK_ERROR(nnrt_tensor_row(ctx, matrix, 2), "index 2");
  CHECK(reinterpret_cast<uintptr_t>(nnrt_tensor_data(matrix)) % 64 == 0);
}

static void integers() {
  CHECK(nnrt_int_div(ctx, -7, 2) == -4 && nnrt_int_rem(ctx, -7, 2) == 1);
  CHECK(nnrt_int_div(ctx, 7, -2) == -4 && nnrt_int_rem(ctx, 7, -2) == -1);
  CHECK(nnrt_int_div(ctx, INT64_MIN, -1) == INT64_MIN && nnrt_int_rem(ctx, INT64_MIN, -1) == 0);
  CHECK_ERROR(nnrt_int_div(ctx, 1, 0), "division of 1 by zero");
  CHECK(nnrt_int_pow(ctx, 3, 4) == 81 && nnrt_int_pow(ctx, 5, 0) == 1);
  CHECK_ERROR(nnrt_int_pow(ctx, 3, -1), "negative power -1");
  CHECK_ERROR(nnrt_check_fact(ctx, 0, "T <= C", 5, 4, "a.nn:2:1"), "`T <= C`", "5 and 4",
              "in the call at a.nn:2:1");
  CHECK_ERROR(nnrt_check_size(ctx, "n", -3), "`n`", "-3");
}

static void errorsCarryThePlace() {
  ctx->file = "x.nn";
  ctx->line = 3;
  ctx->col = 9;
  try {
    nnrt_fail_text(ctx, "no luck");
  } catch (const Error &error) {
    CHECK_TEXT(error.render(), "error: no luck\n  --> x.nn:3:9\n");
  }
  auto body = [](nnrt_context *c, void *env) {
    if (env)
      nnrt_fail(c, newStr(c, "raised"));
  };
  int flag;
  CHECK(nnrt_try(ctx, body, nullptr) == nullptr);
  CHECK_TEXT(nnrt_try(ctx, body, &flag)->text, "raised");
}

static void files() {
  nnrt_str *path = S("values_test.tmp");
  nnrt_file_write(ctx, path, S("eins\nzwei\n"));
  nnrt_file_append(ctx, path, S("dräi"));
  CHECK_TEXT(nnrt_file_read_text(ctx, path)->text, "eins\nzwei\ndräi");
  CHECK_TEXT(shown(nnrt_file_lines(ctx, path)), R"(["eins", "zwei", "dräi"])");
  CHECK_TEXT(nnrt_file_read_bytes(ctx, path)->typeText(), "u8[15]");
  CHECK(nnrt_file_exists(path));
  nnrt_file_append(ctx, path, S("\xff"));
  CHECK_ERROR(nnrt_file_read_text(ctx, path), "values_test.tmp", "not UTF-8", "byte 15");
  remove("values_test.tmp");
  CHECK_ERROR(nnrt_file_read_text(ctx, path), "cannot read `values_test.tmp`: no such file");
  CHECK_ERROR(nnrt_file_read_text(ctx, S(".")), "cannot read `.`: is a directory");
  CHECK_ERROR(nnrt_file_write(ctx, S("no/such/x"), path), "cannot write `no/such/x`: no such file");
  CHECK_ERROR(nnrt_file_write(ctx, S("/dev/full"), path),
              "cannot write `/dev/full`: no space left");
  CHECK_ERROR(nnrt_file_append(ctx, S("/dev/full"), path), "/dev/full", "no space left");
  CHECK_ERROR(nnrt_file_write(ctx, S(""), path), "without a name");
}

int main() {
  ctx = nnrt_context_new();
  strings();
  lists();
  maps();
  structsAndEquality();
  tensors();
  integers();
  errorsCarryThePlace();
  files();
  nnrt_context_free(ctx);
  return finish();
}
