#include "compiler/fmt/Lines.h"

namespace nnc::fmt {

unsigned width(std::string_view text) {
  unsigned count = 0;
  for (char c : text)
    count += (c & 0xC0) != 0x80;
  return count;
}

static std::string_view trimmedEnd(std::string_view text) {
  size_t last = text.find_last_not_of(" \t\r\n");
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

std::vector<Line> readLines(const SourceManager &sources, const ast::File &file) {
  const SourceFile &source = sources.file(file.id);
  std::vector<Line> lines(source.lineCount());
  auto lineOf = [&](Loc loc) -> Line & { return lines[source.lineCol(loc.begin).line - 1]; };
  for (const ast::Token &token : file.tokens) {
    if (token.type == ast::Token::Newline)
      continue;
    uint32_t begin = token.loc.begin;
    Line &line = lineOf(token.loc);
    bool space =
        line.words.empty() || source.text()[begin - 1] == ' ' || source.text()[begin - 1] == '\t';
    line.words.push_back({sources.text(token.loc), token.type, space});
  }
  for (const ast::Comment &comment : file.comments) {
    Line &line = lineOf(comment.loc);
    line.comment = trimmedEnd(sources.text(comment.loc));
    line.commentColumn = source.lineCol(comment.loc.begin).col - 1;
  }
  return lines;
}

} // namespace nnc::fmt
