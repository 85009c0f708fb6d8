// Puts trailing comments in columns and lines together. Private to fmt/.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace nnc::fmt {

struct OutLine {
  std::string code; // indented; "" where there is only a comment
  unsigned indent = 0;
  std::string_view comment;
  unsigned sourceColumn = 0; // of the comment, as it was written
};

/// The text of the lines, each with a newline.
std::string join(const std::vector<OutLine> &lines);

} // namespace nnc::fmt
