// nnc: flags only. The front end is linked in; the compiler proper is loaded when something is
// compiled.
#include "compiler/diagnostics/DidYouMean.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/FrontEnd.h"
#include <CLI/CLI.hpp>
#include <map>

namespace nnc {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, Stage> kStages = {
    {"ast", Stage::Ast},       {"typed-ast", Stage::TypedAst},
    {"host", Stage::Host},     {"nn", Stage::NN},
    {"grad", Stage::Grad},     {"opt", Stage::Opt},
    {"kernel", Stage::Kernel}, {"linalg", Stage::Linalg},
    {"llvm", Stage::LLVM},     {"ptx", Stage::Ptx},
    {"obj", Stage::Obj},       {"exe", Stage::Exe}};

void addFlags(CLI::App *command, Flags &flags, bool compiles, bool ofOneFile = true) {
  if (ofOneFile)
    command->add_option("file", flags.file, "the program (.nn), or - for standard input");
  command->add_option("-I", flags.importDirs, "a folder to look for imports in")
      ->allow_extra_args(false); // one each time
  command->add_option("--diagnostics", flags.diagnostics, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->add_flag("--werror", flags.werror, "a warning ends it, as an error does");
  command->add_flag("--f64", flags.f64, "f32 means f64");
  if (!compiles)
    return;
  if (ofOneFile)
    command->add_option("-o", flags.output, "the file to write");
  command->add_option(
      "--target", flags.target,
      "cpu, cuda, cuda:sm_NN, or cuda-emu (kernels of a GPU, run on the CPU: slow, for tests)");
  command->add_option("--cpu", flags.cpu, "the processor to compile for (native, x86-64-v3, ...)");
  command->add_option("--threads", flags.threads, "threads that the program uses")
      ->check(CLI::Range(1, 1024));
  if (ofOneFile)
    command->add_option("--emit", flags.emit,
                        "stop at a stage: ast, typed-ast, host, nn, grad, opt, kernel, linalg, "
                        "llvm, ptx, obj, exe");
  command->add_option("--set", flags.settings, "NAME=VALUE: a flag of the program, fixed for good")
      ->allow_extra_args(false);
  command->add_flag("--stats", flags.stats, "print what was compiled and launched");
  command->add_flag("--timing", flags.timing, "print how long each pass takes");
  command->add_option("-O", flags.optLevel, "optimisation level: -O0 (reference) .. -O3")
      ->check(CLI::Range(0, 3));
}

bool isCommand(const CLI::App &app, const std::string &word) {
  auto commands = app.get_subcommands({});
  return std::any_of(commands.begin(), commands.end(),
                     [&](const CLI::App *command) { return command->get_name() == word; });
}

int unknownCommand(const CLI::App &app, const std::string &word) {
  std::vector<std::string> names;
  for (const CLI::App *command : app.get_subcommands({}))
    names.push_back(command->get_name());
  std::string near = didYouMean(word, names);
  if (near.empty() && fs::path(word).extension() == ".nn")
    near = "run " + word;
  return fail(
      "there is no command `" + word + "`" +
          (near.empty() ? "; `nnc --help` lists them" : ": did you mean `nnc " + near + "`?"),
      2);
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
  CLI::App *fmt = app.add_subcommand("fmt", "format programs, in place");
  CLI::App *doc = app.add_subcommand("doc", "documentation of programs or the standard library");
  CLI::App *test = app.add_subcommand("test", "run the tests that programs hold");
  CLI::App *explain = app.add_subcommand("explain", "say more about a kind of error");
  addFlags(run, flags, true);
  auto addNoCache = [&](CLI::App *command) {
    command->add_flag_callback(
        "--no-cache", [&] { flags.cache = false; }, "compile even what was compiled before");
  };
  addNoCache(run);
  addFlags(build, flags, true);
  addFlags(test, flags, true, /*ofOneFile=*/false);
  std::vector<std::string> tested;
  std::string filter;
  test->add_option("paths", tested, "programs (.nn) and folders of these; none: this folder");
  test->add_option("--filter", filter, "only tests with this text in their name");
  double seconds = 60;
  test->add_option("--timeout", seconds,
                   "seconds that a test may run before it is stopped and fails; 0: no limit (60)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("SECONDS");
  addNoCache(test);
  build->add_flag("--lib", flags.library,
                  "make a C library, libNAME.so and libNAME.h, from the `export fn`s");
  addFlags(check, flags, false);
  addFlags(ptx, flags, true);
  ptx->add_flag("--manifest", flags.manifest,
                "print how to launch the kernels, as JSON, and not the kernels");
  std::vector<std::string> files;
  bool onlyCheck = false;
  fmt->add_option("files", files, "programs (.nn); - is standard input, to standard output")
      ->required();
  fmt->add_flag("--check", onlyCheck, "write nothing; name the files that would change");
  std::string format = "markdown";
  doc->add_option("files", files, "programs (.nn); none: the standard library");
  doc->add_option("--format", format, "markdown or html")
      ->check(CLI::IsMember({"markdown", "html"}));
  doc->add_option("-o", flags.output, "the file to write");
  check->add_flag("--watch", flags.watch, "check again after each change");
  explain->add_option("kind", flags.kind, "as in error[kind]")->required();
  if (own > 1 && argv[1][0] != '-' && !isCommand(app, argv[1]))
    return unknownCommand(app, argv[1]);
  try {
    app.parse(own, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (*fmt)
    return fmtCommand(files, onlyCheck);
  if (*doc)
    return docCommand(files, format == "html", flags.output);
  if (*explain)
    return explainCommand(flags.kind);
  if (*test)
    return testCommand(flags, tested, filter, seconds);
  // `#!/usr/bin/env -S nnc run --` makes this of a file that is executed: the file stands first
  // behind `--`, and what follows is the program's.
  if (*run && flags.file.empty() && !flags.programArgs.empty()) {
    flags.file = flags.programArgs.front();
    flags.programArgs.erase(flags.programArgs.begin());
  }
  if (flags.file.empty())
    return fail("no program is named: `nnc COMMAND FILE.nn`", 2);
  if (*check)
    return checkCommand(flags);
  Stage stage = *ptx ? Stage::Ptx : Stage::Exe;
  if (!flags.emit.empty()) {
    auto found = kStages.find(flags.emit);
    if (found == kStages.end())
      return fail("there is no stage `" + flags.emit + "`", 2);
    stage = found->second;
  }
  if (*build && flags.emit.empty() && flags.output.empty()) {
    std::string stem = fs::path(flags.file).stem().string();
    flags.output = flags.library ? "lib" + stem + ".so" : stem;
  }
  return compileCommand(flags, *run && flags.emit.empty(), stage);
}

} // namespace
} // namespace nnc

int main(int argc, char **argv) { return nnc::main(argc, argv); }
