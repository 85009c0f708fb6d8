// What the subcommands share: the files of the installation, reading and checking a program,
// reporting.
#pragma once
#include "compiler/diagnostics/Diagnostic.h"
#include "compiler/diagnostics/Source.h"
#include "compiler/frontend/ast/AST.h"
#include "compiler/frontend/sema/Sema.h"
#include "compiler/tools/Flags.h"
#include <filesystem>
#include <memory>
#include <optional>

namespace nnc {

/// The installation: bin/nnc, lib/, share/nnc/stdlib; in a build tree the library stands in the
/// source tree.
struct Prefix {
  std::filesystem::path lib, stdlib;

  std::string compiler() const { return (lib / "libnnc_compiler.so").string(); }
};
Prefix findPrefix();

/// Prints the message to standard error; returns the code.
int fail(const std::string &message, int code = 1);

/// Writes text to a file or standard output.
int writeOut(const std::string &output, const std::string &text);

class FrontEnd {
public:
  explicit FrontEnd(const Flags &flags) : prefix(findPrefix()), flags(flags) {}

  const Prefix prefix;
  SourceManager sources;
  Diagnostics diags;

  /// Null when the file cannot be read, which has been said.
  std::shared_ptr<ast::File> parse();
  /// A file whose text follows the grammar; else null, and what is wrong has been said.
  std::shared_ptr<ast::File> parseWhole();
  /// Nothing when the program is not right.
  std::optional<sema::Program> analyse(const std::shared_ptr<ast::File> &file);
  /// Prints what was found.
  void report();

private:
  const Flags &flags;
};

} // namespace nnc
