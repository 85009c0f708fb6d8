// Strings of the program: immutable UTF-8.
#pragma once
#include "runtime/core/Context.h"
#include <string>
#include <string_view>

struct nnrt_str : nnrt::Object {
  nnrt_str(nnrt_context *ctx, std::string value);
  std::string text;
  int64_t chars; // code points; equal to the size for ASCII
  bool isAscii() const { return chars == int64_t(text.size()); }
  /// Where character `index` in [0, chars] begins.
  size_t byteOf(int64_t index) const;
};

namespace nnrt {

inline nnrt_str *newStr(nnrt_context *ctx, std::string text) {
  return new nnrt_str(ctx, std::move(text));
}

/// The byte offset of the first malformed sequence, or -1.
int64_t findInvalidUtf8(std::string_view text);
/// The bytes of the sequence that a lead byte begins.
int sequenceLength(unsigned char lead);
/// A code point at text[at], which `at` then passes.
uint32_t decodeUtf8(std::string_view text, size_t &at);
void appendUtf8(std::string &out, uint32_t codepoint);
int64_t countChars(std::string_view text);
/// Letter by letter, where a letter has one counterpart of the other case.
std::string withCase(std::string_view text, bool upper);
std::string_view trimmed(std::string_view text);
/// The nearest of the candidates, or "" when none is near.
std::string didYouMean(std::string_view name, const std::vector<std::string> &candidates);

} // namespace nnrt
