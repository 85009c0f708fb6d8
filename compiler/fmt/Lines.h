// A file as lines of tokens. Private to fmt/.
#pragma once
#include "compiler/diagnostics/Source.h"
#include "compiler/frontend/ast/AST.h"
#include <string>
#include <string_view>
#include <vector>

namespace nnc::fmt {

struct Word {
  std::string_view text;
  ast::Token::Type type = ast::Token::Symbol;
  bool spaceBefore = false; // white space stands before it on its line

  bool is(std::string_view other) const { return type != ast::Token::String && text == other; }
  bool opens() const { return is("(") || is("[") || is("{"); }
  bool closes() const { return is(")") || is("]") || is("}"); }
};

struct Line {
  std::vector<Word> words;
  std::string_view comment;   // "" for none; without white space at its end
  unsigned commentColumn = 0; // in the source, in code points
  bool isBlank() const { return words.empty() && comment.empty(); }
};

std::vector<Line> readLines(const SourceManager &sources, const ast::File &file);

/// How many code points a text has.
unsigned width(std::string_view text);

} // namespace nnc::fmt
