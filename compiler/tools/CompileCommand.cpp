// nnc run, build and emit-ptx, and --emit: the compiler proper is loaded when something is
// compiled.
#include "compiler/frontend/ast/Print.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/FrontEnd.h"
#include "compiler/tools/RunCache.h"
#include "compiler/tools/Settings.h"
#include "compiler/tools/TestRun.h"
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <dlfcn.h>
#include <iostream>
#include <sstream>
#include <unistd.h>

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

/// What the runtime is to know.
static void setRunTime(const Flags &flags) {
  if (flags.threads)
    setenv("NNRT_THREADS", std::to_string(flags.threads).c_str(), 1);
  if (flags.stats)
    setenv("NNRT_STATS", "1", 1);
}

/// A run of what was compiled before needs no compiler.
static int runOrCompile(const Flags &flags, CompileRequest &request, const Prefix &prefix) {
  if (!request.run || !flags.cache || flags.timing)
    return callCompiler(request, prefix);
  RunCache cache(request, prefix.compiler());
  if (std::optional<int> code = cache.run())
    return *code;
  request.cached = cache.file();
  return callCompiler(request, prefix);
}

/// `X` of libX.so as the beginning of C names; empty where it cannot be one.
static std::string libraryName(const Flags &flags) {
  std::string name = fs::path(flags.output.empty() ? flags.file : flags.output).filename().string();
  if (name.rfind("lib", 0) == 0)
    name = name.substr(3);
  name = name.substr(0, name.find('.'));
  for (char &c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '_';
  return name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) ? "" : name;
}

/// What is wrong with a wish for a library; empty for nothing.
static std::string refuseLibrary(const Flags &flags) {
  if (flags.target != "cpu")
    return "a library computes on the CPU: leave out --target";
  if (flags.output == "-")
    return "a library and its header are files: name one by -o";
  if (fs::path(flags.file).extension() == ".mlir")
    return "a library is made from a program (.nn)";
  if (libraryName(flags).empty())
    return "the functions of a library begin with its name, which must begin with a letter: "
           "name one by -o libNAME.so";
  return "";
}

int compileCommand(const Flags &flags, bool run, Stage stage) {
  if (std::string why = flags.library ? refuseLibrary(flags) : ""; !why.empty())
    return fail(why, 2);
  FrontEnd frontEnd(flags);
  CompileRequest request = requestOf(flags, frontEnd.prefix);
  request.stage = stage;
  request.run = run;
  setRunTime(flags);
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
  if (int code = applySettings(flags, *program))
    return code;
  if (run)
    settleSizes(flags, *program);
  if (stage == Stage::TypedAst) {
    std::ostringstream text;
    sema::print(text, *program);
    return writeOut(flags.output, text.str());
  }
  if (flags.library && program->exports.empty())
    return fail("`" + flags.file + "` has no `export fn`, and a library is made of these");
  request.program = &*program;
  request.library = flags.library ? libraryName(flags) : "";
  request.sources = &frontEnd.sources;
  return runOrCompile(flags, request, frontEnd.prefix);
}

/// Of the chosen tests those that check gradients, in f64, or else the others.
static int runSomeTests(Flags flags, TestChoice &choice, bool inF64, bool &othersWait,
                        int results) {
  flags.f64 |= inF64;
  FrontEnd frontEnd(flags);
  std::optional<sema::Program> program = frontEnd.analyse(frontEnd.parse());
  bool isFirst = !inF64 && choice.done.empty();
  if (isFirst || frontEnd.diags.hasErrors()) // else all has been said before
    frontEnd.report();
  if (!program || frontEnd.diags.hasErrors())
    return 1;
  std::vector<sema::TestDecl> tests;
  for (const sema::TestDecl &test : program->tests) {
    std::string place = frontEnd.sources.place(test.loc);
    if (test.name.find(choice.filter) == std::string::npos || choice.done.count(place))
      continue;
    std::string found = "t" + place + '\0' + test.name.c_str() + '\0';
    if (isFirst && write(results, found.data(), found.size()) != ssize_t(found.size()))
      return fail("cannot hand on the results of tests");
    bool waits = test.checksGradients && !flags.f64;
    othersWait |= waits;
    if (!waits && (!inF64 || test.checksGradients))
      tests.push_back(test);
  }
  if (choice.named && (!tests.empty() || othersWait)) {
    std::cout << flags.file << std::endl;
    choice.named = false;
  }
  if (tests.empty())
    return 0;
  program->tests = std::move(tests);
  CompileRequest request = requestOf(flags, frontEnd.prefix);
  request.arguments.resize(1);
  request.run = request.tests = true;
  request.program = &*program;
  request.sources = &frontEnd.sources;
  return runOrCompile(flags, request, frontEnd.prefix);
}

int runTests(const Flags &flags, TestChoice choice, int results) {
  setRunTime(flags);
  setenv("NNRT_TESTS", std::to_string(results).c_str(), 1);
  bool othersWait = false, none = false;
  int code = runSomeTests(flags, choice, /*inF64=*/false, othersWait, results);
  if (!othersWait)
    return code;
  return std::max(code, runSomeTests(flags, choice, /*inF64=*/true, none, results));
}

} // namespace nnc
