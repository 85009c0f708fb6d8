// nnc explain KIND: what a kind of error means, with an example.
#include "compiler/diagnostics/DidYouMean.h"
#include "compiler/diagnostics/Explain.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/FrontEnd.h"
#include <iostream>

namespace nnc {

int explainCommand(const std::string &kind) {
  if (auto found = findKind(kind)) {
    std::cout << explanation(*found);
    return 0;
  }
  std::vector<std::string> ids;
  for (DiagKind known : allKinds())
    ids.push_back(info(known).id);
  std::string near = didYouMean(kind, ids);
  return fail("there is no error kind `" + kind + "`" +
              (near.empty() ? "" : ": did you mean `" + near + "`?"));
}

} // namespace nnc
