// nnc-check [--typed-ast] [--f64] [--stdlib=DIR] [-I DIR] FILE: the front end alone, for tests.
#include "compiler/diagnostics/Emitter.h"
#include "compiler/frontend/parse/Parse.h"
#include "compiler/frontend/sema/Sema.h"
#include <cstring>
#include <iostream>

int main(int argc, char **argv) {
  nnc::sema::Options options;
  options.stdlib = "stdlib";
  bool print = false;
  std::string path;
  for (int i = 1; i < argc; ++i) {
    std::string arg = argv[i];
    if (arg == "--typed-ast")
      print = true;
    else if (arg == "--f64")
      options.f64 = true;
    else if (arg.rfind("--stdlib=", 0) == 0)
      options.stdlib = arg.substr(9);
    else if (arg == "-I" && i + 1 < argc)
      options.importDirs.push_back(argv[++i]);
    else
      path = arg;
  }
  nnc::SourceManager sources;
  nnc::Diagnostics diags;
  std::string error;
  auto id = sources.load(path, error);
  if (!id) {
    std::cerr << "error[file-error]: cannot read `" << path << "`: " << error << "\n";
    return 1;
  }
  auto file = std::make_shared<nnc::ast::File>(nnc::parseFile(sources, *id, diags));
  auto program = nnc::sema::analyse(sources, file, options, diags);
  nnc::emit(std::cerr, sources, diags);
  if (diags.hasErrors())
    return 1;
  if (print && program)
    nnc::sema::print(std::cout, *program);
  return 0;
}
