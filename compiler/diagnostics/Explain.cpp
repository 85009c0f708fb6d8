#include "compiler/diagnostics/Explain.h"
#include <sstream>

namespace nnc {

static const struct {
  const char *id, *text;
} kExplanations[] = {
#include "ExplainTexts.inc"
};

std::string explanation(DiagKind kind) {
  std::string source = std::string("# ") + info(kind).id + "\n\n" + info(kind).meaning + "\n";
  for (auto &entry : kExplanations)
    if (std::string_view(entry.id) == info(kind).id)
      source = entry.text;
  std::istringstream lines(source);
  std::string line, out;
  bool inCode = false;
  while (std::getline(lines, line)) {
    if (line.rfind("```", 0) == 0) {
      inCode = !inCode;
      if (inCode && line.size() > 6) // "```nn a.nn"
        out += line.substr(6) + ":\n";
      continue;
    }
    bool isTitle = !inCode && line.rfind("# ", 0) == 0;
    out += isTitle ? info(kind).severity == Severity::Error ? "error[" : "warning[" : "";
    out += (inCode && !line.empty() ? "    " : "") + (isTitle ? line.substr(2) + "]" : line) + "\n";
  }
  return out;
}

} // namespace nnc
