// The newline filter between lexer and parser: see the head of grammar/NN.g4. Private to parse/.
#pragma once
#include "NNLexer.h"
#include "NNParser.h"
#include "compiler/diagnostics/Diagnostic.h"
#include "compiler/frontend/ast/AST.h"
#include <memory>
#include <string_view>
#include <vector>

namespace nnc::parse {

using grammar::NNLexer;
using grammar::NNParser;
using Tokens = std::vector<std::unique_ptr<antlr4::Token>>;

// One statement at the top of the stream.
struct Segment {
  size_t begin = 0; // index of its first token
  size_t end = 0;   // index of its SEP
  bool bad = false; // its brackets do not match, which has been reported
};

// What the brackets around a token hold.
enum class Inside : uint8_t { Statements, Members, Other };

struct LaidOut {
  Tokens tokens;              // ends in EOF
  std::vector<Inside> inside; // of each token
  std::vector<Segment> segments;
};

// The start and stop index of a token are bytes of the file here, not code points.
Loc locOf(uint32_t file, const antlr4::Token *token);

// An operator that stands between operands only: not `-`, which also begins one.
bool isBinaryOperator(size_t type);

// Splits `tokens` of the lexer, which has no EOF, into statements. `end` is the offset of the end
// of the text. Reports brackets that do not match and such as nest too deeply.
LaidOut layOut(Tokens tokens, uint32_t file, size_t end, std::string_view text,
               Diagnostics &diagnostics);

} // namespace nnc::parse
