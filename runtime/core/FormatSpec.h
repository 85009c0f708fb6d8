// Format specifications as in Rust: [[fill]<^>][+][#][0][width][.precision][type].
#pragma once
#include "runtime/core/Error.h"
#include <string>
#include <string_view>

namespace nnrt {

struct FormatSpec {
  std::string fill = " "; // one character
  char align = 0;         // < ^ >, 0: the default of the type
  bool plus = false, alternate = false, zero = false;
  int width = 0, precision = -1;
  char type = 0; // e E x X b o %, 0: the default
};

/// Parses a specification; an error that quotes it when malformed.
FormatSpec parseFormat(nnrt_context *ctx, const char *text);

/// Pads text to the width. Numbers align right and take zeros between sign and digits.
std::string padded(const FormatSpec &spec, std::string text, bool isNumber);

/// One number, not padded.
std::string integerText(const FormatSpec &spec, uint64_t size, bool negative);
std::string floatText(const FormatSpec &spec, double value, bool isF32);
/// One element of a tensor, not padded.
std::string elementText(const FormatSpec &spec, int32_t dtype, const void *element);

} // namespace nnrt
