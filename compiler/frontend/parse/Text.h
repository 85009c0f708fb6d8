// Looks at raw source text before the lexer does: encoding, and where text literals end.
#pragma once
#include "compiler/diagnostics/Diagnostic.h"
#include "compiler/diagnostics/Source.h"
#include <string_view>
#include <vector>

namespace nnc::parse {

// Where the program begins: after a first line `#!..`.
size_t textStart(std::string_view text);

// Reports what no lexer should meet: bytes that are not UTF-8, a NUL, a text literal that does not
// end on its line or nests its braces too deeply. False when something was reported.
bool checkText(const SourceManager &sources, uint32_t file, Diagnostics &diagnostics);

// A part of a text literal: plain text, or what stands between two braces.
struct Piece {
  bool isHole = false;
  size_t begin = 0, end = 0;             // offsets into the text; of a hole, its expression alone
  size_t formatBegin = 0, formatEnd = 0; // after the `:` of a hole; 0 when it has none
};

// Splits the literal that stands at [begin, end) of a checked text, quotes included.
std::vector<Piece> splitLiteral(std::string_view text, size_t begin, size_t end);

} // namespace nnc::parse
