// nnc doc: what files declare, or the standard library.
#include "compiler/doc/Doc.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/FrontEnd.h"
#include <algorithm>

namespace nnc {

namespace fs = std::filesystem;

static bool document(const std::string &path, doc::Section &section) {
  Flags flags;
  flags.file = path;
  FrontEnd frontEnd(flags);
  std::shared_ptr<ast::File> file = frontEnd.parseWhole();
  if (!file)
    return false;
  doc::collect(section, frontEnd.sources, *file);
  return true;
}

static std::vector<fs::path> sorted(const fs::path &folder) {
  std::vector<fs::path> paths;
  std::error_code ignored;
  for (const auto &entry : fs::directory_iterator(folder, ignored))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// One section for each folder of the library. mod.nn only says which file has which name.
static bool documentLibrary(const fs::path &library, std::vector<doc::Section> &sections) {
  bool right = true;
  for (const fs::path &folder : sorted(library)) {
    doc::Section section{folder.filename().string(), "", {}};
    for (const fs::path &file : sorted(folder))
      if (file.extension() == ".nn" && file.filename() != "mod.nn")
        right &= document(file.string(), section);
    if (!section.items.empty())
      sections.push_back(std::move(section));
  }
  return right;
}

int docCommand(const std::vector<std::string> &files, bool asHtml, const std::string &output) {
  std::vector<doc::Section> sections;
  bool right = true;
  for (const std::string &path : files) {
    sections.push_back({path == "-" ? "program" : fs::path(path).stem().string(), "", {}});
    right &= document(path, sections.back());
  }
  if (files.empty())
    right = documentLibrary(findPrefix().stdlib, sections);
  if (!right)
    return 1;
  if (sections.empty())
    return fail("there is no standard library in `" + findPrefix().stdlib.string() + "`");
  return writeOut(output, asHtml ? doc::html(sections) : doc::markdown(sections));
}

} // namespace nnc
