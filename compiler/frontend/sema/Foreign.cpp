// What names of other languages and libraries are called here.
#include "compiler/diagnostics/DidYouMean.h"
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

std::string Checker::helpForName(const std::string &name, const NameList &near) {
  static const std::map<std::string, const char *> foreign = {
#define FOREIGN(NAME, HELP) {NAME, HELP},
#include "compiler/frontend/sema/Foreign.def"
#undef FOREIGN
  };
  if (auto it = foreign.find(name); it != foreign.end())
    return it->second;
  std::string best = didYouMean(name, near);
  return best.empty() ? "" : "did you mean `" + best + "`?";
}

} // namespace nnc::sema
