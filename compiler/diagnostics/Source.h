// The text of the source files and the way from byte offsets to lines and columns.
#pragma once
#include "compiler/diagnostics/Loc.h"
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

// Both count from 1; a column is a code point.
struct LineCol {
  uint32_t line = 0;
  uint32_t col = 0;
};

class SourceFile {
public:
  SourceFile(std::string name, std::string text);

  const std::string &name() const { return path; }
  std::string_view text() const { return content; }
  uint32_t lineCount() const { return uint32_t(lineStarts.size()); }
  LineCol lineCol(uint32_t offset) const;
  // Of a line that counts from 1.
  uint32_t lineBegin(uint32_t line) const { return lineStarts[line - 1]; }
  // Without its newline.
  std::string_view lineText(uint32_t line) const;

private:
  std::string path;
  std::string content;
  std::vector<uint32_t> lineStarts; // the offset of the first byte of each line
};

// Holds every file that a compilation has read. A file's id stays valid and its address too.
class SourceManager {
public:
  static constexpr size_t kMaxBytes = size_t(1) << 30;

  // Adds text under a name that messages show.
  uint32_t add(std::string name, std::string text);
  // Reads a file; `-` is the standard input. Nothing when it cannot be read: `error` then says why,
  // such as "no such file". A file that was loaded before under the same path is not read again.
  std::optional<uint32_t> load(const std::string &path, std::string &error);

  const SourceFile &file(uint32_t id) const { return files[id]; }
  size_t size() const { return files.size(); }
  LineCol lineCol(Loc loc) const { return files[loc.file].lineCol(loc.begin); }
  std::string_view text(Loc loc) const;
  // "mlp.nn:9:51", or "" for an unknown place.
  std::string place(Loc loc) const;

private:
  std::deque<SourceFile> files;
};

} // namespace nnc
