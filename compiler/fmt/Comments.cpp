#include "compiler/fmt/Comments.h"
#include "compiler/fmt/Lines.h"
#include <algorithm>

namespace nnc::fmt {

static constexpr unsigned kGap = 3;
// Lines whose code differs more in length do not share a column.
static constexpr unsigned kSpread = 40;

static bool trails(const OutLine &line) { return !line.code.empty() && !line.comment.empty(); }

// A comment alone on its line that was written under a trailing one belongs to it.
static bool belongsTo(const OutLine &line, const OutLine &above) {
  return line.code.empty() && !line.comment.empty() && line.sourceColumn == above.sourceColumn;
}

std::string join(const std::vector<OutLine> &lines) {
  std::string text;
  for (size_t i = 0; i < lines.size();) {
    if (!trails(lines[i])) {
      text += lines[i].code;
      if (!lines[i].comment.empty())
        text += std::string(lines[i].indent, ' ') + std::string(lines[i].comment);
      text += '\n';
      ++i;
      continue;
    }
    size_t end = i;
    unsigned longest = 0, shortest = ~0u;
    for (; end < lines.size(); ++end) {
      if (end > i && belongsTo(lines[end], lines[end - 1]))
        continue;
      unsigned length = width(lines[end].code);
      unsigned high = std::max(longest, length), low = std::min(shortest, length);
      if (!trails(lines[end]) || high - low > kSpread)
        break;
      longest = high;
      shortest = low;
    }
    for (; i < end; ++i) {
      text += lines[i].code + std::string(longest + kGap - width(lines[i].code), ' ');
      text += std::string(lines[i].comment) + '\n';
    }
  }
  return text;
}

} // namespace nnc::fmt
