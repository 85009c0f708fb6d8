// How far each line is indented. Private to fmt/.
#pragma once
#include "compiler/fmt/Lines.h"

namespace nnc::fmt {

/// Reads the lines of a file in order.
class Indent {
public:
  /// The column of the line with these words, which are at least one.
  unsigned line(const std::vector<Word> &words);
  /// Whether the newline before the last line ended a statement.
  bool beganStatement() const { return statementBegan; }
  /// The column of a comment on a line of its own, before the line with these words.
  unsigned comment(const std::vector<Word> *next) const;

private:
  struct Level {
    bool isBrace;
    unsigned outer;          // column of the line that opened the bracket
    unsigned inner;          // column of the lines in it
    bool onFirstLine = true; // nothing in it stood on a line of its own
    bool afterHead = false;  // the last word is the `=>` of a closure that began on this line
    bool listGoesOn = false; // the statement here is an import or has a `where`: `,` goes on
  };
  std::vector<Level> levels{{true, 0, 0}};
  Word last;
  bool any = false; // a word was read
  bool statementBegan = true;

  bool goesOn(const Word &first) const;
  unsigned column(const Word &first) const;
  void read(const Word &word, unsigned &anchor);
};

} // namespace nnc::fmt
