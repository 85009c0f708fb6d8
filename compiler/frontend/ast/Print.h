// The text of `--emit=ast`: statements as indented S-expressions, types as they are written.
//   (let (x y) (call f a n: (* b 2)))
#pragma once
#include "compiler/frontend/ast/AST.h"
#include <iosfwd>

namespace nnc::ast {

void print(std::ostream &out, const File &file);
void print(std::ostream &out, const Stmt *stmt);
void print(std::ostream &out, const Expr *expr);
void print(std::ostream &out, const Pattern *pattern);
void print(std::ostream &out, const TypeExpr *type);

} // namespace nnc::ast
