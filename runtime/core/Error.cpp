#include "runtime/core/Error.h"
#include <cctype>
#include <cstring>

namespace nnrt {

Error::Error(const nnrt_context *ctx, std::string reason, std::string help)
    : std::runtime_error(std::move(reason)), help(std::move(help)) {
  if (ctx && ctx->file) {
    file = ctx->file;
    line = ctx->line;
    col = ctx->col;
  }
}

Error::~Error() = default;

std::string Error::render() const {
  std::string out = cat("error: ", what(), "\n");
  if (!file.empty()) {
    out += cat("  --> ", file);
    if (line > 0)
      out += col > 0 ? cat(":", line, ":", col) : cat(":", line);
    out += "\n";
  }
  if (!help.empty())
    out += cat("  = help: ", help, "\n");
  return out;
}

std::string errnoText(int number) {
  std::string text = std::strerror(number);
  if (!text.empty())
    text[0] = char(std::tolower((unsigned char)text[0]));
  return text;
}

} // namespace nnrt
