// Upper and lower case of all letters of Unicode that have one counterpart.
#include "runtime/core/Str.h"
#include <algorithm>

namespace nnrt {
namespace {

struct Letters {
  uint32_t first, last;
  int32_t step, offset;
};
#define ROW(FIRST, LAST, STEP, OFFSET) {FIRST, LAST, STEP, OFFSET},
constexpr Letters toUpper[] = {
#define UPPER_CASE
#include "runtime/core/CaseMap.def"
#undef UPPER_CASE
};
constexpr Letters toLower[] = {
#define LOWER_CASE
#include "runtime/core/CaseMap.def"
#undef LOWER_CASE
};
#undef ROW

template <size_t N> uint32_t mapped(const Letters (&table)[N], uint32_t letter) {
  auto row = std::lower_bound(
      std::begin(table), std::end(table), letter,
      [](const Letters &letters, uint32_t wanted) { return letters.last < wanted; });
  bool isIn =
      row != std::end(table) && row->first <= letter && (letter - row->first) % row->step == 0;
  return isIn ? letter + uint32_t(row->offset) : letter;
}

} // namespace

std::string withCase(std::string_view text, bool upper) {
  std::string out;
  out.reserve(text.size());
  char first = upper ? 'a' : 'A';
  for (size_t at = 0; at < text.size();) {
    char c = text[at];
    if ((unsigned char)c < 0x80) {
      out += c >= first && c <= first + 25 ? char(c ^ 0x20) : c;
      ++at;
    } else {
      uint32_t letter = decodeUtf8(text, at);
      appendUtf8(out, upper ? mapped(toUpper, letter) : mapped(toLower, letter));
    }
  }
  return out;
}

} // namespace nnrt
