#include "runtime/core/FormatSpec.h"
#include "runtime/core/DType.h"
#include "runtime/core/Str.h"
#include <charconv>
#include <cmath>

namespace nnrt {

static int parseCount(std::string_view text, size_t &at) {
  int count = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9')
    count = std::min(count * 10 + (text[at++] - '0'), 100000);
  return count;
}

static bool isAlign(std::string_view text, size_t at) {
  return at < text.size() && (text[at] == '<' || text[at] == '^' || text[at] == '>');
}

FormatSpec parseFormat(nnrt_context *ctx, const char *source) {
  FormatSpec spec;
  std::string_view text = source ? source : "";
  size_t at = 0;
  auto take = [&](char c) { return at < text.size() && text[at] == c && ++at; };
  if (!text.empty()) {
    size_t fill = std::min<size_t>(sequenceLength((unsigned char)text[0]), text.size());
    if (isAlign(text, fill)) {
      spec.fill = std::string(text.substr(0, fill));
      spec.align = text[fill];
      at = fill + 1;
    } else if (isAlign(text, 0)) {
      spec.align = text[at++];
    }
  }
  spec.plus = take('+');
  spec.alternate = take('#');
  spec.zero = take('0');
  spec.width = parseCount(text, at);
  if (take('.')) {
    size_t digits = at;
    spec.precision = parseCount(text, at);
    if (at == digits)
      fail(ctx, "the format `", std::string(text), "` has no digits after `.`");
  }
  if (at < text.size() && std::string_view("eExXbo%").find(text[at]) != text.npos)
    spec.type = text[at++];
  if (at < text.size())
    fail(ctx, "`", std::string(text), "` is not a format");
  if (spec.width > 10000 || spec.precision > 1000)
    fail(ctx, "the format `", std::string(text), "` is too wide");
  return spec;
}

std::string padded(const FormatSpec &spec, std::string text, bool isNumber) {
  int64_t missing = spec.width - countChars(text);
  if (missing <= 0)
    return text;
  if (isNumber && spec.zero) {
    size_t digits = text.find_first_not_of("+-");
    if (spec.alternate && text.compare(digits, 1, "0") == 0 && text.size() > digits + 1 &&
        std::isalpha((unsigned char)text[digits + 1]))
      digits += 2; // behind 0x
    return text.insert(digits, size_t(missing), '0');
  }
  char align = spec.align ? spec.align : isNumber ? '>' : '<';
  int64_t before = align == '<' ? 0 : align == '>' ? missing : missing / 2;
  std::string out;
  for (int64_t i = 0; i < before; ++i)
    out += spec.fill;
  out += text;
  for (int64_t i = before; i < missing; ++i)
    out += spec.fill;
  return out;
}

std::string integerText(const FormatSpec &spec, uint64_t size, bool negative) {
  int base = spec.type == 'b'                       ? 2
             : spec.type == 'o'                     ? 8
             : spec.type == 'x' || spec.type == 'X' ? 16
                                                    : 10;
  char digits[64];
  auto end = std::to_chars(digits, digits + sizeof digits, size, base).ptr;
  std::string text = negative ? "-" : spec.plus ? "+" : "";
  if (spec.alternate && base != 10)
    text += base == 2 ? "0b" : base == 8 ? "0o" : "0x";
  for (char *c = digits; c < end; ++c)
    text += spec.type == 'X' ? char(std::toupper((unsigned char)*c)) : *c;
  return text;
}

// Shortest digits that read back as the same number. Plain from 1e-4 up to 1e16, with an exponent
// beyond.
static std::string shortestText(double size, bool isF32) {
  bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  char digits[400];
  auto end = isF32 ? std::to_chars(digits, digits + sizeof digits, float(size), format).ptr
                   : std::to_chars(digits, digits + sizeof digits, size, format).ptr;
  std::string text(digits, end);
  if (plain && text.find('.') == std::string::npos)
    text += ".0";
  return text;
}

static std::string preciseText(double size, std::chars_format format, int precision) {
  std::string text(size_t(precision) + 340, 0);
  auto end = std::to_chars(text.data(), text.data() + text.size(), size, format, precision).ptr;
  text.resize(size_t(end - text.data()));
  return text;
}

// 1.5e+06 -> 1.5e6, as in Rust.
static std::string tidyExponent(std::string text, bool upper) {
  size_t e = text.find('e');
  if (e == std::string::npos)
    return text;
  size_t digits = e + 1;
  bool negative = text[digits] == '-';
  digits = text.find_first_not_of("+-0", digits);
  std::string exponent = digits == std::string::npos ? "0" : text.substr(digits);
  return text.substr(0, e) + (upper ? "E" : "e") + (negative ? "-" : "") + exponent;
}

std::string floatText(const FormatSpec &spec, double value, bool isF32) {
  if (std::isnan(value))
    return "nan";
  std::string sign = std::signbit(value) ? "-" : spec.plus ? "+" : "";
  double size = std::fabs(value);
  if (std::isinf(size))
    return sign + "inf";
  if (spec.type == '%')
    return sign + preciseText(size * 100, std::chars_format::fixed, std::max(spec.precision, 0)) +
           "%";
  if (spec.type == 'e' || spec.type == 'E') {
    char digits[64];
    std::string text;
    if (spec.precision >= 0)
      text = preciseText(size, std::chars_format::scientific, spec.precision);
    else if (isF32)
      text.assign(
          digits,
          std::to_chars(digits, digits + 64, float(size), std::chars_format::scientific).ptr);
    else
      text.assign(digits,
                  std::to_chars(digits, digits + 64, size, std::chars_format::scientific).ptr);
    return sign + tidyExponent(text, spec.type == 'E');
  }
  if (spec.precision >= 0)
    return sign + preciseText(size, std::chars_format::fixed, spec.precision);
  return sign + tidyExponent(shortestText(size, isF32), false);
}

std::string elementText(const FormatSpec &spec, int32_t dtype, const void *element) {
  if (dtype == NNRT_BOOL)
    return loadI64(dtype, element) ? "true" : "false";
  if (isFloat(dtype))
    return floatText(spec, loadF64(dtype, element), dtype != NNRT_F64);
  auto bits = uint64_t(loadI64(dtype, element));
  bool negative = !isUnsigned(dtype) && int64_t(bits) < 0;
  return integerText(spec, negative ? 0 - bits : bits, negative);
}

} // namespace nnrt
