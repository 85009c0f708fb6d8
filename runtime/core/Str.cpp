#include "runtime/core/Str.h"
#include "runtime/core/List.h"
#include "runtime/core/Tensor.h"
#include <algorithm>
#include <charconv>
#include <cstring>

using namespace nnrt;

nnrt_str::nnrt_str(nnrt_context *ctx, std::string value)
    : Object(ctx, Kind::Str), text(std::move(value)), chars(countChars(text)) {}

size_t nnrt_str::byteOf(int64_t index) const {
  if (isAscii())
    return size_t(index);
  size_t at = 0;
  for (; index > 0 && at < text.size(); --index)
    at += sequenceLength((unsigned char)text[at]);
  return std::min(at, text.size());
}

/// The string of one ASCII character, shared: texts are often compared and taken apart by these.
static nnrt_str *letter(nnrt_context *ctx, unsigned char ascii) {
  nnrt_str *&shared = contextOf(ctx).ascii[ascii];
  if (!shared)
    shared = newStr(ctx, std::string(1, char(ascii)));
  return retained(shared);
}

nnrt_str *nnrt_str_new(nnrt_context *ctx, const char *bytes, int64_t size) {
  if (size == 1 && (unsigned char)*bytes < 128)
    return letter(ctx, (unsigned char)*bytes);
  return newStr(ctx, std::string(bytes, size_t(size)));
}

const char *nnrt_str_data(nnrt_str *str) { return str->text.c_str(); }
int64_t nnrt_str_size(nnrt_str *str) { return int64_t(str->text.size()); }
int64_t nnrt_str_len(nnrt_str *str) { return str->chars; }
int32_t nnrt_str_equal(nnrt_str *lhs, nnrt_str *rhs) {
  return lhs == rhs || lhs->text == rhs->text;
}

int32_t nnrt_str_compare(nnrt_str *lhs, nnrt_str *rhs) {
  int order = lhs->text.compare(rhs->text);
  return (order > 0) - (order < 0);
}

nnrt_str *nnrt_str_concat(nnrt_context *ctx, nnrt_str *lhs, nnrt_str *rhs) {
  return newStr(ctx, lhs->text + rhs->text);
}

nnrt_str *nnrt_str_append(nnrt_context *ctx, nnrt_str *lhs, nnrt_str *rhs) {
  if (lhs->refs > 1) {
    nnrt_str *both = nnrt_str_concat(ctx, lhs, rhs);
    nnrt_release(lhs);
    return both;
  }
  int64_t chars = rhs->chars;
  lhs->text += rhs->text;
  lhs->chars += chars;
  return lhs;
}

nnrt_str *nnrt_str_concat_all(nnrt_context *ctx, nnrt_str *const *parts, int64_t count) {
  std::string text;
  for (int64_t i = 0; i < count; ++i)
    text += parts[i]->text;
  return newStr(ctx, std::move(text));
}

nnrt_str *nnrt_str_at(nnrt_context *ctx, nnrt_str *str, int64_t index) {
  index = nnrt_check_index(ctx, index, str->chars);
  size_t begin = str->byteOf(index);
  auto lead = (unsigned char)str->text[begin];
  if (lead >= 128)
    return newStr(ctx, str->text.substr(begin, sequenceLength(lead)));
  return letter(ctx, lead);
}

nnrt_str *nnrt_str_slice(nnrt_context *ctx, nnrt_str *str, int64_t lo, int64_t hi) {
  Span span = checkSlice(ctx, lo, hi, str->chars);
  size_t begin = str->byteOf(span.lo);
  return newStr(ctx, str->text.substr(begin, str->byteOf(span.hi) - begin));
}

// ---- taking apart

nnrt_list *nnrt_str_split(nnrt_context *ctx, nnrt_str *str, nnrt_str *separator) {
  if (separator->text.empty())
    fail(ctx, "cannot split at an empty separator");
  ListBuilder parts(ctx, NNRT_ELEM_HANDLE);
  size_t begin = 0, end;
  while ((end = str->text.find(separator->text, begin)) != std::string::npos) {
    parts.addText(str->text.substr(begin, end - begin));
    begin = end + separator->text.size();
  }
  parts.addText(str->text.substr(begin));
  return parts.take();
}

nnrt_list *nnrt_str_words(nnrt_context *ctx, nnrt_str *str) {
  constexpr const char *space = " \t\r\n\v\f";
  ListBuilder words(ctx, NNRT_ELEM_HANDLE);
  size_t begin = 0;
  while ((begin = str->text.find_first_not_of(space, begin)) != std::string::npos) {
    size_t end = std::min(str->text.find_first_of(space, begin), str->text.size());
    words.addText(str->text.substr(begin, end - begin));
    begin = end;
  }
  return words.take();
}

nnrt_list *nnrt_str_lines(nnrt_context *ctx, nnrt_str *str) {
  ListBuilder lines(ctx, NNRT_ELEM_HANDLE);
  const std::string &text = str->text;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    size_t stop = end > begin && text[end - 1] == '\r' ? end - 1 : end;
    lines.addText(text.substr(begin, stop - begin));
    begin = end + 1;
  }
  return lines.take();
}

nnrt_list *nnrt_str_chars(nnrt_context *ctx, nnrt_str *str) {
  ListBuilder chars(ctx, NNRT_ELEM_HANDLE);
  for (size_t at = 0; at < str->text.size();) {
    size_t length = sequenceLength((unsigned char)str->text[at]);
    chars.addText(str->text.substr(at, length));
    at += length;
  }
  return chars.take();
}

nnrt_list *nnrt_str_codepoints(nnrt_context *ctx, nnrt_str *str) {
  ListBuilder points(ctx, NNRT_ELEM_I64);
  for (size_t at = 0; at < str->text.size();)
    points.add(Slot(int64_t(decodeUtf8(str->text, at))));
  return points.take();
}

nnrt_tensor *nnrt_str_bytes(nnrt_context *ctx, nnrt_str *str) {
  int64_t shape[] = {int64_t(str->text.size())};
  return nnrt_tensor_from_data(ctx, NNRT_U8, 1, shape, str->text.data());
}

// ---- making

nnrt_str *nnrt_str_from_codepoint(nnrt_context *ctx, int64_t codepoint) {
  if (codepoint < 0 || codepoint > 0x10ffff || (codepoint >= 0xd800 && codepoint < 0xe000))
    fail(ctx, codepoint, " is not the number of a character");
  std::string text;
  appendUtf8(text, uint32_t(codepoint));
  return newStr(ctx, std::move(text));
}

nnrt_str *nnrt_str_from_bytes(nnrt_context *ctx, nnrt_tensor *bytes) {
  std::string text(bytes->host(), size_t(bytes->bytes));
  if (int64_t at = findInvalidUtf8(text); at >= 0)
    fail(ctx, "the bytes are not valid UTF-8 at position ", at);
  return newStr(ctx, std::move(text));
}

nnrt_str *nnrt_str_join(nnrt_context *ctx, nnrt_list *parts, nnrt_str *separator) {
  std::string text;
  for (int64_t i = 0; i < parts->size(); ++i) {
    if (i)
      text += separator->text;
    text += static_cast<nnrt_str *>(parts->slots[i].handle)->text;
  }
  return newStr(ctx, std::move(text));
}

nnrt_str *nnrt_str_trim(nnrt_context *ctx, nnrt_str *str) {
  std::string_view kept = trimmed(str->text);
  return kept.size() == str->text.size() ? retained(str) : newStr(ctx, std::string(kept));
}

nnrt_str *nnrt_str_lower(nnrt_context *ctx, nnrt_str *str) {
  std::string text = withCase(str->text, false);
  return text == str->text ? retained(str) : newStr(ctx, std::move(text));
}
nnrt_str *nnrt_str_upper(nnrt_context *ctx, nnrt_str *str) {
  std::string text = withCase(str->text, true);
  return text == str->text ? retained(str) : newStr(ctx, std::move(text));
}

nnrt_str *nnrt_str_replace(nnrt_context *ctx, nnrt_str *str, nnrt_str *from, nnrt_str *to) {
  if (from->text.empty())
    fail(ctx, "cannot replace an empty string");
  std::string text;
  size_t begin = 0, end;
  while ((end = str->text.find(from->text, begin)) != std::string::npos) {
    text.append(str->text, begin, end - begin).append(to->text);
    begin = end + from->text.size();
  }
  text.append(str->text, begin);
  return newStr(ctx, std::move(text));
}

nnrt_str *nnrt_str_repeat(nnrt_context *ctx, nnrt_str *str, int64_t count) {
  int64_t size;
  if (count < 0 || __builtin_mul_overflow(count, nnrt_str_size(str), &size) || size > (1ll << 40))
    fail(ctx, "cannot repeat a string ", count, " times");
  std::string text;
  text.reserve(size_t(size));
  for (int64_t i = 0; size && i < count; ++i)
    text += str->text;
  return newStr(ctx, std::move(text));
}

// ---- asking

int64_t nnrt_str_find(nnrt_str *str, nnrt_str *part) {
  size_t at = str->text.find(part->text);
  if (at == std::string::npos)
    return -1;
  return str->isAscii() ? int64_t(at) : countChars(std::string_view(str->text).substr(0, at));
}

int32_t nnrt_str_starts_with(nnrt_str *str, nnrt_str *part) {
  return str->text.compare(0, part->text.size(), part->text) == 0;
}

int32_t nnrt_str_ends_with(nnrt_str *str, nnrt_str *part) {
  return str->text.size() >= part->text.size() &&
         str->text.compare(str->text.size() - part->text.size(), std::string::npos, part->text) ==
             0;
}

template <class Number> static int32_t parseNumber(std::string_view text, Number *out) {
  text = trimmed(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  Number value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return 0;
  *out = value;
  return 1;
}

int32_t nnrt_str_parse_i64(nnrt_str *str, int64_t *out) { return parseNumber(str->text, out); }
int32_t nnrt_str_parse_f64(nnrt_str *str, double *out) { return parseNumber(str->text, out); }
