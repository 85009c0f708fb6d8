// The one style of .nn files. Lines stay as they were written: only the white space between tokens,
// the indentation, blank lines and the column of trailing comments change. So formatting keeps
// every token, every comment and every line that a message speaks of.
//
// - two columns per level of brackets, and two where a statement goes on; a line that begins with a
//   closing bracket stands under the line that opened it
// - one space round operators; none round `* / % ^` where none was written on either side
// - at most one empty line, none at the ends of a file or of a pair of brackets
// - three spaces before a trailing comment; those of neighbouring lines stand in one column
#pragma once
#include "compiler/diagnostics/Source.h"
#include "compiler/frontend/ast/AST.h"
#include <string>

namespace nnc::fmt {

/// The formatted text of a file without syntax errors.
std::string format(const SourceManager &sources, const ast::File &file);

/// Whether `formatted` has the tokens, comments and syntax tree of `file`: what `format` promises.
bool sameProgram(const SourceManager &sources, const ast::File &file, const std::string &formatted);

} // namespace nnc::fmt
