#include "compiler/fmt/Indent.h"
#include <algorithm>
#include <unordered_set>

namespace nnc::fmt {

static constexpr unsigned kStep = 2;

// The newline filter of the parser says after and before which tokens a newline ends no statement
// (frontend/parse/Layout.cpp). Here the answer only decides how a line is indented.
static bool goesOnAfter(const Word &word) {
  static const std::unordered_set<std::string_view> words = {
      "+",  "-",  "*", "/", "%",  "^",  "@",   "==", "!=",    "<",    "<=",   ">",  ">=",
      "&&", "||", "!", "&", ".",  "..", "..=", "=",  "+=",    "-=",   "*=",   "/=", "=>",
      "->", "|>", ":", ",", "in", "(",  "[",   "{",  "where", "else", "catch"};
  return word.type != ast::Token::String && words.count(word.text);
}
static bool goesOnBefore(const Word &word) {
  static const std::unordered_set<std::string_view> words = {"|>",   ".",     "->",
                                                             "else", "where", "catch"};
  return word.type != ast::Token::String && words.count(word.text);
}

// Whether a line that begins with `first` goes on with a statement of the brackets around it.
bool Indent::goesOn(const Word &first) const {
  const Level &level = levels.back();
  if (!any || !level.isBrace || last.is("{") || level.afterHead)
    return false;
  if (last.is(",") && !level.listGoesOn)
    return false;
  return goesOnAfter(last) || goesOnBefore(first);
}

unsigned Indent::column(const Word &first) const {
  const Level &level = levels.back();
  if (first.closes() && levels.size() > 1)
    return level.outer;
  bool deeper = goesOn(first) && !first.is("else");
  return level.inner + (deeper ? kStep : 0);
}

unsigned Indent::comment(const std::vector<Word> *next) const {
  if (!next || next->front().closes())
    return levels.back().inner;
  return column(next->front());
}

// `anchor` is the column that a bracket opened here belongs to: of this line, or of the line where
// a bracket began that was closed on this one.
void Indent::read(const Word &word, unsigned &anchor) {
  if (word.opens()) {
    levels.push_back({word.is("{"), anchor, anchor + kStep});
  } else if (word.closes() && levels.size() > 1) {
    anchor = std::min(anchor, levels.back().outer);
    levels.pop_back();
  } else if (word.is("import") || word.is("where")) {
    levels.back().listGoesOn = true;
  } else if (word.is(";")) {
    levels.back().listGoesOn = false;
  }
  levels.back().afterHead = levels.back().onFirstLine && word.is("=>");
  last = word;
  any = true;
}

unsigned Indent::line(const std::vector<Word> &words) {
  const Word &first = words.front();
  unsigned at = column(first), anchor = at;
  bool headGoesOn = goesOn(first) && (first.is("where") || first.is("->"));
  statementBegan = levels.back().isBrace && !goesOn(first);
  if (statementBegan)
    levels.back().listGoesOn = false;
  if (headGoesOn) // the body of a function belongs to its first line
    anchor = levels.back().inner;
  levels.back().onFirstLine = false;
  for (const Word &word : words)
    read(word, anchor);
  return at;
}

} // namespace nnc::fmt
