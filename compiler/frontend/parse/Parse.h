// From the text of a source file to its syntax tree.
#pragma once
#include "compiler/diagnostics/Diagnostic.h"
#include "compiler/diagnostics/Source.h"
#include "compiler/frontend/ast/AST.h"

namespace nnc {

// Parses one file of `sources`. Never throws and never stops early: with syntax errors, which are
// reported to `diagnostics`, the result has ok == false and holds the statements that were right.
ast::File parseFile(const SourceManager &sources, uint32_t file, Diagnostics &diagnostics);

} // namespace nnc
