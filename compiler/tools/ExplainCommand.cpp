// nnc explain KIND: what a kind of error means.
#include "compiler/tools/Commands.h"
#include "compiler/tools/FrontEnd.h"
#include <iostream>

namespace nnc {

int explainCommand(const std::string &kind) {
  auto found = findKind(kind);
  if (!found)
    return fail("there is no error kind `" + kind + "`");
  std::cout << info(*found).id << ": " << info(*found).meaning << "\n";
  return 0;
}

} // namespace nnc
