// Where a space stands between two tokens of a line. Private to fmt/.
#pragma once
#include "compiler/fmt/Lines.h"

namespace nnc::fmt {

/// Reads the words of a file in order and says of each whether a space comes before it.
class Spacing {
public:
  /// A newline that ended a statement was passed, or a `;`.
  void beginStatement();
  /// `next` follows `word` on its line; null at the end of a line.
  bool spaceBefore(const Word &word, const Word *next, bool firstOnLine);

private:
  enum class Inside { Braces, Parens, List, Index };
  // What the last word was for what follows it.
  enum class Role { Start, Value, Operator, Prefix, Word, Mark };

  std::vector<Inside> levels;
  Word last, beforeLast;
  Role role = Role::Start;   // of the last word
  bool inMarks = true;       // only pub, export and @marks stood in this statement so far
  size_t marksDepth = 0;     // how many brackets were open where the statement began
  bool lastWasTight = false; // the last word was `*` or the like without spaces
  bool colonOfName = false;  // the last `:` came after a name, as in x[a:b] and Conv[S: 2]

  bool inIndex() const { return !levels.empty() && levels.back() == Inside::Index; }
  bool between(const Word &word, const Word *next, Role is) const;
  Role roleOf(const Word &word) const;
  void note(const Word &word, const Word *next, Role is);
};

} // namespace nnc::fmt
