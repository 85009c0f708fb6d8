#include "runtime/core/Str.h"
#include <algorithm>

namespace nnrt {

int sequenceLength(unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

int64_t findInvalidUtf8(std::string_view text) {
  auto byte = [&](size_t at) { return at < text.size() ? (unsigned char)text[at] : 0u; };
  for (size_t at = 0; at < text.size();) {
    unsigned lead = byte(at);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    int length = lead < 0xc2 || lead > 0xf4 ? 0 : sequenceLength((unsigned char)lead);
    // The second byte's range rules out overlong forms, surrogates and what is above U+10FFFF.
    unsigned lo = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned hi = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    bool ok = length && byte(at + 1) >= lo && byte(at + 1) <= hi;
    for (int i = 2; ok && i < length; ++i)
      ok = (byte(at + i) & 0xc0) == 0x80;
    if (!ok)
      return int64_t(at);
    at += length;
  }
  return -1;
}

uint32_t decodeUtf8(std::string_view text, size_t &at) {
  unsigned lead = (unsigned char)text[at];
  int length = std::min<int>(sequenceLength((unsigned char)lead), int(text.size() - at));
  uint32_t codepoint = length == 1 ? lead : lead & (0x7f >> length);
  for (int i = 1; i < length; ++i)
    codepoint = codepoint << 6 | ((unsigned char)text[at + i] & 0x3f);
  at += length;
  return codepoint;
}

void appendUtf8(std::string &out, uint32_t c) {
  if (c < 0x80) {
    out += char(c);
    return;
  }
  int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  out += char((0xff00 >> (more + 1) & 0xff) | c >> (6 * more));
  while (more-- > 0)
    out += char(0x80 | (c >> (6 * more) & 0x3f));
}

int64_t countChars(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n\v\f";
  size_t first = text.find_first_not_of(space);
  if (first == text.npos)
    return text.substr(0, 0);
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

static size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t change = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string didYouMean(std::string_view name, const std::vector<std::string> &candidates) {
  if (name.size() > 200)
    return "";
  std::string best;
  size_t bestDistance = name.size() / 3 + 1;
  for (const std::string &candidate : candidates)
    if (size_t distance = editDistance(name, candidate);
        distance < bestDistance + best.empty() && distance < candidate.size()) {
      best = candidate;
      bestDistance = distance;
    }
  return best;
}

} // namespace nnrt
