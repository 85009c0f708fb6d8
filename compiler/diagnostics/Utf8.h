// UTF-8, checked byte by byte (RFC 3629).
#pragma once
#include <string_view>

namespace nnc {

// The length of the code point at `i`, or 0 where the bytes are not valid UTF-8: too long a form, a
// surrogate, past U+10FFFF, or cut off.
inline size_t utf8Length(std::string_view text, size_t i) {
  auto byte = [&](size_t k) { return k < text.size() ? (unsigned char)text[k] : 0u; };
  unsigned lead = byte(i);
  if (lead < 0x80)
    return 1;
  size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4)
    return 0;
  unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(i + 1) < low || byte(i + 1) > high)
    return 0;
  for (size_t k = 2; k < length; ++k)
    if (byte(i + k) < 0x80 || byte(i + k) > 0xBF)
      return 0;
  return length;
}

} // namespace nnc
