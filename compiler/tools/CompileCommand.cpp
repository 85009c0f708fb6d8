// nnc run, build and emit-ptx, and --emit: the compiler proper is loaded when something is
// compiled.
#include "compiler/frontend/ast/Print.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/FrontEnd.h"
#include "compiler/tools/RunCache.h"
#include <cstdlib>
#include <dlfcn.h>
#include <sstream>

namespace nnc {

namespace fs = std::filesystem;

static int callCompiler(const CompileRequest &request, const Prefix &prefix) {
  std::string path = prefix.compiler();
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return fail(std::string("the compiler cannot be loaded: ") + dlerror(), 70);
  auto entry = reinterpret_cast<CompileFn>(dlsym(library, kCompileSymbol));
  if (!entry)
    return fail("`" + path + "` is not nnc's compiler", 70);
  return entry(&request);
}

static CompileRequest requestOf(const Flags &flags, const Prefix &prefix) {
  CompileRequest request;
  request.output = flags.output;
  request.optLevel = flags.optLevel;
  request.f64 = flags.f64;
  request.target = flags.target;
  request.manifest = flags.manifest;
  request.cpu = flags.cpu;
  request.timing = flags.timing;
  request.runtimeDir = prefix.lib.string();
  request.programName = flags.file == "-" ? "program" : fs::path(flags.file).stem().string();
  request.arguments = flags.programArgs;
  request.arguments.insert(request.arguments.begin(), flags.file);
  return request;
}

int compileCommand(const Flags &flags, bool run, Stage stage) {
  FrontEnd frontEnd(flags);
  CompileRequest request = requestOf(flags, frontEnd.prefix);
  request.stage = stage;
  request.run = run;
  if (flags.threads)
    setenv("NNRT_THREADS", std::to_string(flags.threads).c_str(), 1);
  if (flags.stats)
    setenv("NNRT_STATS", "1", 1);
  if (fs::path(flags.file).extension() == ".mlir") {
    request.input = flags.file;
    return callCompiler(request, frontEnd.prefix);
  }
  std::shared_ptr<ast::File> file = frontEnd.parse();
  if (stage == Stage::Ast) {
    frontEnd.report();
    if (!file || !file->ok)
      return 1;
    std::ostringstream text;
    ast::print(text, *file);
    return writeOut(flags.output, text.str());
  }
  std::optional<sema::Program> program = frontEnd.analyse(file);
  frontEnd.report();
  if (!program || frontEnd.diags.hasErrors())
    return 1;
  if (stage == Stage::TypedAst) {
    std::ostringstream text;
    sema::print(text, *program);
    return writeOut(flags.output, text.str());
  }
  request.program = &*program;
  request.sources = &frontEnd.sources;
  if (!run || !flags.cache || flags.timing)
    return callCompiler(request, frontEnd.prefix);
  RunCache cache(request, frontEnd.prefix.compiler());
  if (std::optional<int> code = cache.run())
    return *code;
  request.cached = cache.file();
  return callCompiler(request, frontEnd.prefix);
}

} // namespace nnc
