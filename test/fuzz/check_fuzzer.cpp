// libFuzzer's entry: any bytes at all must pass the checks or be refused, and what is said must
// print.
//   fuzz-check -max_total_time=60 -dict=test/fuzz/tokens.dict FOLDER test/frontend/sema
#include "compiler/diagnostics/Emitter.h"
#include "compiler/frontend/parse/Parse.h"
#include "compiler/frontend/sema/Sema.h"
#include <memory>
#include <sstream>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  nnc::SourceManager sources;
  nnc::Diagnostics diagnostics;
  uint32_t id = sources.add("fuzz.nn", std::string((const char *)data, size));
  auto file = std::make_shared<nnc::ast::File>(nnc::parseFile(sources, id, diagnostics));
  if (!file->ok)
    return 0; // fuzz-parse's part
  nnc::sema::Options options;
  options.stdlib = NNC_SOURCE_STDLIB;
  auto program = nnc::sema::analyse(sources, file, options, diagnostics);
  std::ostringstream out;
  nnc::emit(out, sources, diagnostics);
  if (!program && !diagnostics.hasErrors())
    __builtin_trap(); // refused without a message
  if (program && !diagnostics.hasErrors())
    nnc::sema::print(out, *program);
  return 0;
}
