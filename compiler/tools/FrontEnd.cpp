#include "compiler/tools/FrontEnd.h"
#include "compiler/diagnostics/Emitter.h"
#include "compiler/frontend/parse/Parse.h"
#include "compiler/tools/Project.h"
#include <cstdlib>
#include <fstream>
#include <iostream>

namespace nnc {

namespace fs = std::filesystem;

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

int fail(const std::string &message, int code) {
  std::cerr << "error: " << message << "\n";
  return code;
}

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

std::shared_ptr<ast::File> FrontEnd::parse() {
  std::string reason;
  std::optional<uint32_t> id = sources.load(flags.file, reason);
  if (!id) {
    fail("cannot read `" + flags.file + "`: " + reason);
    return nullptr;
  }
  return std::make_shared<ast::File>(parseFile(sources, *id, diags));
}

std::shared_ptr<ast::File> FrontEnd::parseWhole() {
  std::shared_ptr<ast::File> file = parse();
  if (file && file->ok)
    return file;
  report();
  return nullptr;
}

std::optional<sema::Program> FrontEnd::analyse(const std::shared_ptr<ast::File> &file) {
  if (!file || !file->ok)
    return std::nullopt;
  if (file->stmts.empty()) {
    diags.report(DiagKind::EmptyProgram, {file->id, 0, 0}, "`" + flags.file + "` holds no program");
    return std::nullopt;
  }
  Project project = readProject(sources, flags.file, diags);
  if (diags.hasErrors())
    return std::nullopt;
  sema::Options options;
  options.stdlib = prefix.stdlib.string();
  options.importDirs = flags.importDirs;
  options.includeDirs = project.include;
  options.libraries = project.libraries;
  options.f64 = flags.f64;
  std::optional<sema::Program> program = sema::analyse(sources, file, options, diags);
  if (flags.werror)
    diags.countWarnings();
  return program;
}

void FrontEnd::report() {
  EmitOptions options;
  options.json = flags.diagnostics == "json";
  options.color = !options.json && colorFor(2);
  emit(std::cerr, sources, diags, options);
}

} // namespace nnc
