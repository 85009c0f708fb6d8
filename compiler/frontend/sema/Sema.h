// Semantic analysis: from syntax trees to the typed tree (TypedTree.h).
#pragma once
#include "compiler/diagnostics/Diagnostic.h"
#include "compiler/diagnostics/Source.h"
#include "compiler/frontend/ast/AST.h"
#include "compiler/frontend/sema/TypedTree.h"
#include <iosfwd>

namespace nnc::sema {

struct Options {
  std::string stdlib;                   // the folder of the standard library
  std::vector<std::string> importDirs;  // -I, searched in order after the importing file's folder
  std::vector<std::string> includeDirs; // of nn.toml, searched after those
  std::vector<std::pair<std::string, std::string>>
      libraries;    // of nn.toml: `import name.part` is a file of that folder
  bool f64 = false; // f32 means f64
};

/// Checks the program in `file` and everything it imports. Imported files are read through
/// `sources`, so afterwards it holds every file that the result depends on. Nothing is returned
/// after an error.
std::optional<Program> analyse(SourceManager &sources, std::shared_ptr<ast::File> file,
                               const Options &options, Diagnostics &diags);

/// Gives a flag the value that `text` says, for good; false where that is no value of its type.
bool fixArg(Program &program, ArgDecl &arg, const std::string &text);

/// The values that sizes of the models which the program makes are computed from.
std::set<const Var *> sizesOfModels(const Program &program);

/// Prints the typed tree: --emit=typed-ast.
void print(std::ostream &out, const Program &program);

} // namespace nnc::sema
