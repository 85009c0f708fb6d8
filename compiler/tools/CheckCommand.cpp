// nnc check: errors only.
#include "compiler/tools/Commands.h"
#include "compiler/tools/FrontEnd.h"

namespace nnc {

int checkCommand(const Flags &flags) {
  FrontEnd frontEnd(flags);
  bool found = frontEnd.analyse(frontEnd.parse()).has_value();
  frontEnd.report();
  return found && !frontEnd.diags.hasErrors() ? 0 : 1;
}

} // namespace nnc
