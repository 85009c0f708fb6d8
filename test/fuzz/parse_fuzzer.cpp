// libFuzzer's entry: any bytes at all must parse or be refused, and what is said must print.
//   fuzz-parse -max_total_time=60 -dict=test/fuzz/tokens.dict FOLDER test/frontend/parse/Inputs
#include "compiler/diagnostics/Emitter.h"
#include "compiler/frontend/ast/Print.h"
#include "compiler/frontend/parse/Parse.h"
#include <sstream>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  nnc::SourceManager sources;
  nnc::Diagnostics diagnostics;
  uint32_t id = sources.add("fuzz.nn", std::string((const char *)data, size));
  nnc::ast::File file = nnc::parseFile(sources, id, diagnostics);
  std::ostringstream out;
  nnc::ast::print(out, file);
  nnc::emit(out, sources, diagnostics);
  if (file.ok == diagnostics.hasErrors())
    __builtin_trap(); // not ok without a message, or a message that nobody hears of
  return 0;
}
