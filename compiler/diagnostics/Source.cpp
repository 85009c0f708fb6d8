#include "compiler/diagnostics/Source.h"
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>

namespace nnc {

SourceFile::SourceFile(std::string name, std::string text)
    : path(std::move(name)), content(std::move(text)) {
  if (content.compare(0, 3, "\xEF\xBB\xBF") == 0) // a byte order mark is no part of the text
    content.erase(0, 3);
  lineStarts.push_back(0);
  for (size_t i = 0; i < content.size(); ++i)
    if (content[i] == '\n')
      lineStarts.push_back(uint32_t(i + 1));
}

LineCol SourceFile::lineCol(uint32_t offset) const {
  offset = std::min<uint32_t>(offset, uint32_t(content.size()));
  auto next = std::upper_bound(lineStarts.begin(), lineStarts.end(), offset);
  uint32_t line = uint32_t(next - lineStarts.begin());
  uint32_t col = 1;
  for (uint32_t i = lineStarts[line - 1]; i < offset; ++i)
    col += (content[i] & 0xC0) != 0x80; // every byte but the continuation bytes of UTF-8
  return {line, col};
}

std::string_view SourceFile::lineText(uint32_t line) const {
  size_t begin = lineStarts[line - 1];
  size_t end = line < lineStarts.size() ? lineStarts[line] - 1 : content.size();
  if (end > begin && content[end - 1] == '\r')
    --end;
  return std::string_view(content).substr(begin, end - begin);
}

uint32_t SourceManager::add(std::string name, std::string text) {
  files.emplace_back(std::move(name), std::move(text));
  return uint32_t(files.size() - 1);
}

static std::string systemError() {
  if (errno == ENOENT)
    return "no such file";
  std::string text = std::strerror(errno);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z')
    text[0] = char(text[0] - 'A' + 'a');
  return text;
}

std::optional<uint32_t> SourceManager::load(const std::string &path, std::string &error) {
  for (size_t i = 0; i < files.size(); ++i)
    if (files[i].name() == path)
      return uint32_t(i);
  struct stat info;
  bool isStdin = path == "-";
  if (!isStdin && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    error = "is a folder";
    return std::nullopt;
  }
  errno = 0;
  FILE *in = isStdin ? stdin : std::fopen(path.c_str(), "rb");
  if (!in) {
    error = systemError();
    return std::nullopt;
  }
  std::string text;
  char buffer[1 << 16];
  size_t count;
  while (text.size() <= kMaxBytes && (count = std::fread(buffer, 1, sizeof buffer, in)) > 0)
    text.append(buffer, count);
  bool failed = std::ferror(in);
  if (failed)
    error = systemError();
  if (!isStdin)
    std::fclose(in);
  if (failed)
    return std::nullopt;
  if (text.size() > kMaxBytes) {
    error = "is larger than 1 GiB";
    return std::nullopt;
  }
  return add(path, std::move(text));
}

std::string_view SourceManager::text(Loc loc) const {
  if (!loc.valid())
    return {};
  std::string_view all = files[loc.file].text();
  size_t begin = std::min<size_t>(loc.begin, all.size());
  return all.substr(begin, loc.end > begin ? loc.end - begin : 0);
}

std::string SourceManager::place(Loc loc) const {
  if (!loc.valid())
    return "";
  LineCol at = lineCol(loc);
  return files[loc.file].name() + ":" + std::to_string(at.line) + ":" + std::to_string(at.col);
}

} // namespace nnc
