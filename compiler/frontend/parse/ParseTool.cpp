// nnc-parse: parses files and prints their trees, for the tests of this folder.
#include "compiler/diagnostics/Emitter.h"
#include "compiler/frontend/ast/Print.h"
#include "compiler/frontend/parse/Parse.h"
#include <cstring>
#include <iostream>

static void printLists(const nnc::SourceManager &sources, const nnc::ast::File &file) {
  static const char *const types[] = {"name", "keyword", "number", "string", "symbol", "newline"};
  for (const nnc::ast::Token &token : file.tokens)
    if (token.type != nnc::ast::Token::Newline)
      std::cout << types[token.type] << ' ' << sources.text(token.loc) << '\n';
  for (const nnc::ast::Comment &comment : file.comments)
    std::cout << (comment.isDoc ? "doc " : "comment ") << (comment.ownLine ? "alone " : "after ")
              << sources.text(comment.loc) << '\n';
}

// nnc-parse [--quiet] [--tokens] [--diagnostics=json] FILE..
// Prints the trees, or the tokens and comments. Exit code 0, or 1 when a file has errors.
int main(int argc, char **argv) {
  std::ios::sync_with_stdio(false);
  nnc::SourceManager sources;
  nnc::Diagnostics diagnostics;
  nnc::EmitOptions options;
  options.color = nnc::colorFor(2);
  bool quiet = false, tokens = false;
  for (int i = 1; i < argc; ++i) {
    if (!std::strcmp(argv[i], "--quiet")) {
      quiet = true;
    } else if (!std::strcmp(argv[i], "--tokens")) {
      quiet = tokens = true;
    } else if (!std::strcmp(argv[i], "--diagnostics=json")) {
      options.json = true;
    } else {
      std::string error;
      auto file = sources.load(argv[i], error);
      if (!file) {
        diagnostics.report(nnc::DiagKind::FileError, {},
                           "cannot read " + std::string(argv[i]) + ": " + error);
        continue;
      }
      nnc::ast::File tree = nnc::parseFile(sources, *file, diagnostics);
      if (tokens)
        printLists(sources, tree);
      if (!quiet && tree.ok)
        nnc::ast::print(std::cout, tree);
    }
  }
  nnc::emit(std::cerr, sources, diagnostics, options);
  return diagnostics.hasErrors() ? 1 : 0;
}
