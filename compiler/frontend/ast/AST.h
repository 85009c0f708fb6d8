// The syntax tree of one source file, as written: nothing is resolved or checked.
// Start at `File`; nodes are raw pointers owned by its arena. See Note [Depth] in Node.h.
#pragma once
#include "compiler/frontend/ast/Decl.h"

namespace nnc::ast {

// A comment, for the formatter and the documentation tool. `///` comments are here too.
struct Comment {
  Loc loc; // from the slashes to the end of the line, without the newline
  bool ownLine = false;
  bool isDoc = false;
};

// A token as written, without white space and comments, for the formatter and the editor.
struct Token {
  enum Type : uint8_t { Name, Keyword, Number, String, Symbol, Newline } type = Symbol;
  Loc loc;
};

struct File {
  uint32_t id = Loc::kNoFile;
  bool ok = false; // no syntax error; else statements may be missing
  std::vector<Stmt *> stmts;
  std::vector<Comment> comments; // in order
  std::vector<Token> tokens;     // in order
  Arena arena;
};

// Reads an expression that turned out to be a type or dim: the entries of `Net[B, f32[2], S: 2]`
// parse as expressions. Null when `expr` cannot be one. New nodes go to `arena`.
TypeExpr *asType(Arena &arena, const Expr *expr);

} // namespace nnc::ast
