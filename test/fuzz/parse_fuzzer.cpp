// libFuzzer's entry: any bytes at all must parse or be refused, and what is said must print. What
// parses must come out of the formatter as the same program, and unchanged the second time.
//   fuzz-parse -max_total_time=60 -dict=test/fuzz/tokens.dict FOLDER test/frontend/parse/Inputs
#include "compiler/diagnostics/Emitter.h"
#include "compiler/fmt/Format.h"
#include "compiler/frontend/ast/Print.h"
#include "compiler/frontend/parse/Parse.h"
#include <sstream>

static void formatTwice(const nnc::SourceManager &sources, const nnc::ast::File &file) {
  std::string once = nnc::fmt::format(sources, file);
  if (!nnc::fmt::sameProgram(sources, file, once))
    __builtin_trap();
  nnc::SourceManager others;
  nnc::Diagnostics diagnostics;
  uint32_t id = others.add("once.nn", once);
  nnc::ast::File formatted = nnc::parseFile(others, id, diagnostics);
  if (nnc::fmt::format(others, formatted) != once)
    __builtin_trap();
}

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
  if (file.ok)
    formatTwice(sources, file);
  return 0;
}
