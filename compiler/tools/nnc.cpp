// nnc: flags only. The front end is linked in; the compiler proper is loaded when something is
// compiled.
#include "compiler/diagnostics/Emitter.h"
#include "compiler/driver/Compile.h"
#include "compiler/frontend/ast/AST.h"
#include "compiler/frontend/ast/Print.h"
#include "compiler/frontend/parse/Parse.h"
#include "compiler/frontend/sema/Sema.h"
#include "compiler/tools/RunCache.h"
#include <CLI/CLI.hpp>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <unistd.h>

namespace nnc {
namespace {

namespace fs = std::filesystem;

struct Flags {
  std::string file, output, emit, target = "cpu", diagnostics = "text", cpu = "native", kind;
  std::vector<std::string> importDirs, programArgs;
  int optLevel = 2, threads = 0;
  bool f64 = false, stats = false, timing = false, manifest = false, cache = true;
};

const std::map<std::string, Stage> kStages = {
    {"ast", Stage::Ast},       {"typed-ast", Stage::TypedAst},
    {"host", Stage::Host},     {"nn", Stage::NN},
    {"grad", Stage::Grad},     {"opt", Stage::Opt},
    {"kernel", Stage::Kernel}, {"linalg", Stage::Linalg},
    {"llvm", Stage::LLVM},     {"ptx", Stage::Ptx},
    {"obj", Stage::Obj},       {"exe", Stage::Exe}};

/// The installation: bin/nnc, lib/, share/nnc/stdlib; in a build tree the library stands in the
/// source tree.
struct Prefix {
  fs::path lib, stdlib;
};
Prefix findPrefix() {
  std::error_code ignored;
  fs::path exe = fs::read_symlink("/proc/self/exe", ignored);
  fs::path root = exe.parent_path().parent_path();
  Prefix prefix{root / "lib", root / "share" / "nnc" / "stdlib"};
  if (!fs::exists(prefix.stdlib, ignored))
    prefix.stdlib = NNC_SOURCE_STDLIB;
  if (const char *other = std::getenv("NNC_STDLIB"))
    prefix.stdlib = other;
  return prefix;
}

int fail(const std::string &message, int code = 1) {
  std::cerr << "error: " << message << "\n";
  return code;
}

/// Writes text to a file or standard output.
int writeOut(const std::string &output, const std::string &text) {
  if (output.empty() || output == "-") {
    std::cout << text;
    std::cout.flush();
    return std::cout ? 0 : fail("cannot write to standard output");
  }
  std::ofstream file(output, std::ios::binary);
  file << text;
  file.close();
  return file ? 0 : fail("cannot write `" + output + "`");
}

std::string compilerOf(const Prefix &prefix) {
  return (prefix.lib / "libnnc_compiler.so").string();
}

int callCompiler(const CompileRequest &request, const Prefix &prefix) {
  std::string path = compilerOf(prefix);
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return fail(std::string("the compiler cannot be loaded: ") + dlerror(), 70);
  auto entry = reinterpret_cast<CompileFn>(dlsym(library, kCompileSymbol));
  if (!entry)
    return fail("`" + path + "` is not nnc's compiler", 70);
  return entry(&request);
}

class Command {
public:
  Command(const Flags &flags) : flags(flags), prefix(findPrefix()) {}

  int check() {
    std::shared_ptr<ast::File> file;
    std::optional<sema::Program> program = frontEnd(file);
    report();
    return program && !diags.hasErrors() ? 0 : 1;
  }

  int compile(bool run, Stage stage) {
    CompileRequest request;
    request.stage = stage;
    request.run = run;
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
    if (flags.threads)
      setenv("NNRT_THREADS", std::to_string(flags.threads).c_str(), 1);
    if (flags.stats)
      setenv("NNRT_STATS", "1", 1);
    if (fs::path(flags.file).extension() == ".mlir") {
      request.input = flags.file;
      return callCompiler(request, prefix);
    }
    std::shared_ptr<ast::File> file;
    std::optional<sema::Program> program = frontEnd(file);
    if (stage == Stage::Ast && file && file->ok) {
      std::ostringstream text;
      ast::print(text, *file);
      report();
      return writeOut(flags.output, text.str());
    }
    report();
    if (!program || diags.hasErrors())
      return 1;
    if (stage == Stage::TypedAst) {
      std::ostringstream text;
      sema::print(text, *program);
      return writeOut(flags.output, text.str());
    }
    request.program = &*program;
    request.sources = &sources;
    if (!run || !flags.cache || flags.timing)
      return callCompiler(request, prefix);
    RunCache cache(request, compilerOf(prefix));
    if (std::optional<int> code = cache.run())
      return *code;
    request.cached = cache.file();
    return callCompiler(request, prefix);
  }

private:
  std::optional<sema::Program> frontEnd(std::shared_ptr<ast::File> &file) {
    std::string reason;
    std::optional<uint32_t> id = sources.load(flags.file, reason);
    if (!id) {
      fail("cannot read `" + flags.file + "`: " + reason);
      return std::nullopt;
    }
    file = std::make_shared<ast::File>(parseFile(sources, *id, diags));
    if (!file->ok)
      return std::nullopt;
    if (flags.emit == "ast")
      return std::nullopt;
    if (file->stmts.empty()) {
      diags.report(DiagKind::EmptyProgram, {*id, 0, 0}, "`" + flags.file + "` holds no program");
      return std::nullopt;
    }
    sema::Options options;
    options.stdlib = prefix.stdlib.string();
    options.importDirs = flags.importDirs;
    options.f64 = flags.f64;
    return sema::analyse(sources, file, options, diags);
  }

  void report() {
    EmitOptions options;
    options.json = flags.diagnostics == "json";
    options.color = !options.json && colorFor(2);
    emit(std::cerr, sources, diags, options);
  }

  const Flags &flags;
  Prefix prefix;
  SourceManager sources;
  Diagnostics diags;
};

int explain(const std::string &kind) {
  auto found = findKind(kind);
  if (!found)
    return fail("there is no error kind `" + kind + "`");
  std::cout << info(*found).id << ": " << info(*found).meaning << "\n";
  return 0;
}

void addFlags(CLI::App *command, Flags &flags, bool compiles) {
  command->add_option("file", flags.file, "the program (.nn), or - for standard input")->required();
  command->add_option("-I", flags.importDirs, "a folder to look for imports in");
  command->add_option("--diagnostics", flags.diagnostics, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->add_flag("--f64", flags.f64, "f32 means f64");
  if (!compiles)
    return;
  command->add_option("-o", flags.output, "the file to write");
  command->add_option(
      "--target", flags.target,
      "cpu, cuda, cuda:sm_NN, or cuda-emu (kernels of a GPU, run on the CPU: slow, for tests)");
  command->add_option("--cpu", flags.cpu, "the processor to compile for (native, x86-64-v3, ...)");
  command->add_option("--threads", flags.threads, "threads that the program uses")
      ->check(CLI::Range(1, 1024));
  command->add_option(
      "--emit", flags.emit,
      "stop at a stage: ast, typed-ast, host, nn, grad, opt, kernel, linalg, llvm, ptx, obj, exe");
  command->add_flag("--stats", flags.stats, "print what was compiled and launched");
  command->add_flag("--timing", flags.timing, "print how long each pass takes");
  command->add_option("-O", flags.optLevel, "optimisation level: -O0 (reference) .. -O3")
      ->check(CLI::Range(0, 3));
}

int main(int argc, char **argv) {
  // What follows `--` belongs to the program.
  Flags flags;
  int own = argc;
  for (int i = 1; i < argc && own == argc; ++i)
    if (std::string(argv[i]) == "--")
      own = i;
  for (int i = own + 1; i < argc; ++i)
    flags.programArgs.push_back(argv[i]);

  CLI::App app{"nnc compiles and runs neural-network programs written in .nn"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "nnc " NNC_VERSION);
  CLI::App *run = app.add_subcommand("run", "compile and run a program");
  CLI::App *build = app.add_subcommand("build", "compile a program to an executable");
  CLI::App *check = app.add_subcommand("check", "report errors without compiling");
  CLI::App *ptx = app.add_subcommand("emit-ptx", "print the GPU kernels of a program");
  CLI::App *explainCommand = app.add_subcommand("explain", "say more about a kind of error");
  addFlags(run, flags, true);
  run->add_flag("!--no-cache", flags.cache, "compile even what was compiled before");
  addFlags(build, flags, true);
  addFlags(check, flags, false);
  addFlags(ptx, flags, true);
  ptx->add_flag("--manifest", flags.manifest,
                "print how to launch the kernels, as JSON, and not the kernels");
  explainCommand->add_option("kind", flags.kind, "as in error[kind]")->required();
  try {
    app.parse(own, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (*explainCommand)
    return explain(flags.kind);
  if (*check)
    return Command(flags).check();
  Stage stage = *ptx ? Stage::Ptx : Stage::Exe;
  if (!flags.emit.empty()) {
    auto found = kStages.find(flags.emit);
    if (found == kStages.end())
      return fail("there is no stage `" + flags.emit + "`", 2);
    stage = found->second;
  }
  if (*build && flags.emit.empty() && flags.output.empty())
    flags.output = fs::path(flags.file).stem().string();
  return Command(flags).compile(*run && flags.emit.empty(), stage);
}

} // namespace
} // namespace nnc

int main(int argc, char **argv) { return nnc::main(argc, argv); }
