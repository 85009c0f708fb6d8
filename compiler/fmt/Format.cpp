#include "compiler/fmt/Format.h"
#include "compiler/fmt/Comments.h"
#include "compiler/fmt/Indent.h"
#include "compiler/fmt/Lines.h"
#include "compiler/fmt/Spacing.h"
#include "compiler/frontend/ast/Print.h"
#include "compiler/frontend/parse/Parse.h"
#include <sstream>

namespace nnc::fmt {

// The next line with words, or null.
static const std::vector<Word> *nextWords(const std::vector<Line> &lines, size_t at) {
  for (++at; at < lines.size(); ++at)
    if (!lines[at].words.empty())
      return &lines[at].words;
  return nullptr;
}

static std::string codeOf(const Line &line, unsigned column, Spacing &spacing) {
  std::string code(column, ' ');
  for (size_t i = 0; i < line.words.size(); ++i) {
    const Word *next = i + 1 < line.words.size() ? &line.words[i + 1] : nullptr;
    if (spacing.spaceBefore(line.words[i], next, i == 0))
      code += ' ';
    code += line.words[i].text;
  }
  return code;
}

static bool opensAtEnd(const Line &line) {
  return !line.words.empty() && line.words.back().opens();
}

// Empty lines stay one by one between things, and go at the ends of brackets and of the file.
static bool keepsBlank(const std::vector<Line> &lines, size_t at, size_t before) {
  if (before == lines.size() || opensAtEnd(lines[before]) || lines[at - 1].isBlank())
    return false;
  size_t next = at;
  while (next < lines.size() && lines[next].isBlank())
    ++next;
  return next < lines.size() && (lines[next].words.empty() || !lines[next].words[0].closes());
}

std::string format(const SourceManager &sources, const ast::File &file) {
  std::vector<Line> lines = readLines(sources, file);
  std::vector<OutLine> out;
  Indent indent;
  Spacing spacing;
  size_t before = lines.size(); // the last line that was not empty
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line &line = lines[i];
    if (line.isBlank()) {
      if (keepsBlank(lines, i, before))
        out.push_back({});
      continue;
    }
    before = i;
    OutLine made;
    made.comment = line.comment;
    made.sourceColumn = line.commentColumn;
    if (line.words.empty()) {
      made.indent = indent.comment(nextWords(lines, i));
    } else {
      made.indent = indent.line(line.words);
      if (indent.beganStatement())
        spacing.beginStatement();
      made.code = codeOf(line, made.indent, spacing);
    }
    out.push_back(std::move(made));
  }
  return join(out);
}

static std::vector<std::string_view> texts(const SourceManager &sources, const ast::File &file) {
  std::vector<std::string_view> result;
  for (const ast::Token &token : file.tokens)
    if (token.type != ast::Token::Newline)
      result.push_back(sources.text(token.loc));
  for (const ast::Comment &comment : file.comments) {
    std::string_view text = sources.text(comment.loc);
    result.push_back(text.substr(0, text.find_last_not_of(" \t\r\n") + 1));
  }
  return result;
}

// Without white space at the ends of lines: documentation is text of the tree, up to there.
static std::string trimmedLines(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '\n')
      result.erase(result.find_last_not_of(" \t\r") + 1);
    result += c;
  }
  return result.erase(result.find_last_not_of(" \t\r") + 1);
}

bool sameProgram(const SourceManager &sources, const ast::File &file,
                 const std::string &formatted) {
  SourceManager others;
  Diagnostics diags;
  std::string written = trimmedLines(sources.file(file.id).text());
  ast::File before = parseFile(others, others.add("written", written), diags);
  ast::File after = parseFile(others, others.add("formatted", formatted), diags);
  std::ostringstream tree, treeAfter;
  ast::print(tree, before);
  ast::print(treeAfter, after);
  return after.ok && tree.str() == treeAfter.str() && texts(sources, file) == texts(others, after);
}

} // namespace nnc::fmt
