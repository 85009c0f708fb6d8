// The one door between the front end (nnc itself, which links no LLVM) and the compiler proper, a
// library that nnc loads when there is something to compile.
#pragma once
#include "compiler/diagnostics/Diagnostic.h"
#include "compiler/diagnostics/Source.h"
#include "compiler/frontend/sema/TypedTree.h"
#include <string>
#include <vector>

namespace nnc {

/// The stages of a program on its way, in order. Each prints, and nn, grad, opt, kernel, linalg and
/// llvm can be taken in again.
enum class Stage { Ast, TypedAst, Host, NN, Grad, Opt, Kernel, Linalg, LLVM, Ptx, Obj, Exe };

struct CompileRequest {
  const sema::Program *program = nullptr; // null: `input` is a stage as MLIR text
  const SourceManager *sources = nullptr;
  std::string input;       // the .mlir file
  std::string programName; // shown by the program's --help
  std::string library;     // its name: the exports are compiled to a C library, not the program
  Stage stage = Stage::Exe;
  bool run = false;   // JIT: load the object instead of writing anything
  std::string cached; // of a run: where to leave the program for the next time, or ""
  std::string output; // file, or "" and "-" for standard output
  int optLevel = 2;
  bool f64 = false;
  bool tests = false; // run the tests, and not the program
  std::string target =
      "cpu";             // cpu, cuda, cuda:sm_80, ...; cuda-emu runs the GPU's kernels on the CPU
  bool manifest = false; // of stage Ptx: print what launching the kernels takes, as JSON
  std::string cpu = "native";
  std::string runtimeDir;             // where libnnrt.a and libnnrt.so are
  std::vector<std::string> arguments; // of the program, its name first
  bool timing = false;
};

/// Does what is asked; the exit code of nnc, or of the program that ran. Messages go to standard
/// error.
int compile(const CompileRequest &request);

/// What nnc looks up in the library.
using CompileFn = int (*)(const CompileRequest *);
inline constexpr const char *kCompileSymbol = "nnc_compile";

} // namespace nnc
