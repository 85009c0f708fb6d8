#include "compiler/tools/Project.h"
#include <algorithm>
#include <filesystem>
#include <optional>
#include <toml++/toml.h>

namespace nnc {

namespace fs = std::filesystem;

static std::optional<fs::path> nearest(const std::string &program) {
  std::error_code code;
  fs::path here = fs::current_path(code);
  fs::path folder = program == "-" ? here : fs::absolute(program, code).lexically_normal();
  if (program != "-")
    folder = folder.parent_path();
  for (;; folder = folder.parent_path()) {
    if (fs::is_regular_file(folder / "nn.toml", code))
      return (folder / "nn.toml").lexically_proximate(here);
    if (folder == folder.parent_path())
      return std::nullopt;
  }
}

namespace {
class Reader {
public:
  Reader(SourceManager &sources, uint32_t file, Diagnostics &diags)
      : sources(sources), file(file), diags(diags),
        folder(fs::path(sources.file(file).name()).parent_path()) {}

  Project read() {
    Project project;
    toml::table table;
    try {
      table = toml::parse(sources.file(file).text());
    } catch (const toml::parse_error &error) {
      std::string reason(error.description());
      bad(error.source(), "this is not TOML: " + reason);
      return project;
    }
    for (auto &[key, value] : table) {
      if (key == "include" && value.is_array())
        readInclude(*value.as_array(), project);
      else if (key == "libraries" && value.is_table())
        readLibraries(*value.as_table(), project);
      else if (key == "include")
        bad(value.source(), "`include` is a list of folders: include = [\"lib\"]");
      else if (key == "libraries")
        bad(value.source(), "`libraries` is a table of names and their places: name = \"folder\"");
      else
        bad(key.source(), "nn.toml has no key `" + std::string(key.str()) + "`")
            .note("it has `include` and the table `libraries`");
    }
    return project;
  }

private:
  SourceManager &sources;
  uint32_t file;
  Diagnostics &diags;
  fs::path folder;

  /// TOML counts lines and code points from 1.
  uint32_t offset(const toml::source_position &position) const {
    const SourceFile &source = sources.file(file);
    if (position.line < 1 || position.line > source.lineCount())
      return uint32_t(source.text().size());
    std::string_view line = source.lineText(uint32_t(position.line));
    size_t at = 0;
    for (unsigned col = 1; col < position.column && at < line.size(); ++col)
      do
        ++at;
      while (at < line.size() && (line[at] & 0xC0) == 0x80);
    return source.lineBegin(uint32_t(position.line)) + uint32_t(at);
  }

  Diagnostic &bad(const toml::source_region &where, std::string message) {
    uint32_t begin = offset(where.begin), end = offset(where.end);
    return diags.report(DiagKind::BadProject, {file, begin, std::max(begin, end)},
                        std::move(message));
  }

  /// A path in nn.toml begins at the file's folder; nothing where there is no such thing.
  std::optional<std::string> place(const toml::node &value, bool orFile) {
    auto text = value.value<std::string>();
    if (!value.is_string() || !text) {
      bad(value.source(), "a path is a text in quotes");
      return std::nullopt;
    }
    std::error_code code;
    fs::path path = (folder / *text).lexically_normal();
    if (fs::is_directory(path, code) || (orFile && fs::is_regular_file(path, code)))
      return path.string();
    bad(value.source(), std::string("there is no ") + (orFile ? "file or folder" : "folder") +
                            " `" + path.string() + "`");
    return std::nullopt;
  }

  void readInclude(const toml::array &folders, Project &project) {
    for (const toml::node &value : folders)
      if (auto path = place(value, /*orFile=*/false))
        project.include.push_back(*path);
  }

  void readLibraries(const toml::table &libraries, Project &project) {
    for (auto &[key, value] : libraries)
      if (auto path = place(value, /*orFile=*/true))
        project.libraries.push_back({std::string(key.str()), *path});
  }
};
} // namespace

Project readProject(SourceManager &sources, const std::string &program, Diagnostics &diags) {
  std::optional<fs::path> path = nearest(program);
  if (!path)
    return {};
  std::string reason;
  std::optional<uint32_t> file = sources.load(path->string(), reason);
  if (file)
    return Reader(sources, *file, diags).read();
  diags.report(DiagKind::FileError, {}, "cannot read `" + path->string() + "`: " + reason);
  return {};
}

} // namespace nnc
