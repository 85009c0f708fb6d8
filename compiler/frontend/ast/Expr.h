// Expressions, patterns and blocks.
#pragma once
#include "compiler/frontend/ast/Type.h"

namespace nnc::ast {

struct Block : Of<Node, Kind::Block> {
  std::vector<Stmt *> stmts;
  bool hasBraces = true; // false for `= expr` of a function and for a match arm without braces
};

// ---- patterns: left of `=` in let, after `for`, before `=>`
struct WildcardPattern : Of<Pattern, Kind::WildcardPattern> {
  TypeExpr *type = nullptr;
}; // _
// x, &x, x: T. In a match this may also be a bare enum variant or `none`.
struct NamePattern : Of<Pattern, Kind::NamePattern> {
  bool byRef = false;
  Ident name;
  TypeExpr *type = nullptr; // null: inferred
};
struct TuplePattern : Of<Pattern, Kind::TuplePattern> { // (a, b), (a, b): T
  std::vector<Pattern *> elements;
  TypeExpr *type = nullptr;
};
struct VariantPattern : Of<Pattern, Kind::VariantPattern> { // Circle(r)
  Ident name;
  std::vector<Pattern *> elements;
};
struct LiteralPattern : Of<Pattern, Kind::LiteralPattern> {
  bool negative = false;
  Expr *value = nullptr; // IntExpr, FloatExpr, BoolExpr or a StringExpr without holes
};

// ---- literals and names
struct IntExpr : Of<Expr, Kind::IntExpr> {
  uint64_t value = 0;
};
struct FloatExpr : Of<Expr, Kind::FloatExpr> {
  double value = 0;
};
struct BoolExpr : Of<Expr, Kind::BoolExpr> {
  bool value = false;
};
struct NameExpr : Of<Expr, Kind::NameExpr> {
  Ident name;
}; // also none, inf, training, self
// Stands where the source was wrong and an error has been reported.
struct ErrorExpr : Of<Expr, Kind::ErrorExpr> {};

// What stands after the `:` in "{x:>8.3}": [[fill]align][+][0][width][.precision][type].
struct Format {
  Loc loc; // invalid: the hole has no format
  char32_t fill = ' ';
  char align = 0; // '<' '^' '>' or 0
  bool plus = false;
  int width = -1;
  int precision = -1;
  char type = 0; // 'e' 'x' 'X' 'o' 'b' or 0
};

struct StringPart {
  std::string text;     // with the escapes resolved, when expr is null
  Expr *expr = nullptr; // the expression of a hole
  Format format;
};
struct StringExpr : Of<Expr, Kind::StringExpr> {
  std::vector<StringPart> parts; // empty for ""

  bool isPlain() const { return parts.empty() || (parts.size() == 1 && !parts[0].expr); }
  std::string plainText() const { return parts.empty() ? "" : parts[0].text; }
};

// ---- postfix
struct FieldExpr : Of<Expr, Kind::FieldExpr> {
  Expr *base = nullptr;
  Ident name;
};

// One entry between the brackets of `base[...]`. Conv[S: 2] and x[a:b] are one form: a Slice whose
// `lo` is a NameExpr, `hi` is set and `step` is null is a named argument when base is a type.
struct Index {
  enum Form : uint8_t { Value, Slice, New, Rest } form = Value;
  Loc loc;
  Expr *value = nullptr;                              // Value
  Expr *lo = nullptr, *hi = nullptr, *step = nullptr; // Slice, each may be null
  Ident pack;                                         // Rest: the S of ..S, empty for ..
};
struct IndexExpr : Of<Expr, Kind::IndexExpr> { // x[i], zeros[B, H], Net[784, 10]: sema tells apart
  Expr *base = nullptr;
  std::vector<Index> indices; // empty for rng.uniform[]
};

struct ClosureExpr : Of<Expr, Kind::ClosureExpr> { // { a, &g => .. }, { .. }
  std::vector<Pattern *> params;
  Block *body = nullptr;
};

struct Arg {
  Loc loc;
  Ident name; // empty: positional
  bool byRef = false;
  Expr *value = nullptr;
};
struct CallExpr : Of<Expr, Kind::CallExpr> { // f(a, n: b, &c) { .. }; also train(&rng) { .. }
  Expr *callee = nullptr;
  std::vector<Arg> args;
  bool hasParens = true;           // false for remat { .. }
  ClosureExpr *trailing = nullptr; // the closure after the call; the last positional argument
};

// ---- operators
enum class UnaryOp : uint8_t { Neg, Not };
enum class BinaryOp : uint8_t {
  Add,
  Sub,
  Mul,
  Div,
  Rem,
  Pow,
  MatMul,
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  And,
  Or
};
const char *spelling(UnaryOp op);
const char *spelling(BinaryOp op);

struct UnaryExpr : Of<Expr, Kind::UnaryExpr> {
  UnaryOp op = UnaryOp::Neg;
  Expr *operand = nullptr;
};
struct BinaryExpr : Of<Expr, Kind::BinaryExpr> {
  BinaryOp op = BinaryOp::Add;
  Loc opLoc;
  Expr *lhs = nullptr;
  Expr *rhs = nullptr;
};
struct RangeExpr : Of<Expr, Kind::RangeExpr> { // lo..hi, lo..=hi
  Expr *lo = nullptr;
  Expr *hi = nullptr;
  bool inclusive = false;
};
struct PipeExpr : Of<Expr, Kind::PipeExpr> { // value |> target
  Loc opLoc;
  Expr *value = nullptr;
  Expr *target = nullptr;
};
struct CatchExpr : Of<Expr, Kind::CatchExpr> { // value catch { err => .. }
  Expr *value = nullptr;
  ClosureExpr *handler = nullptr;
};

// ---- control flow
struct IfExpr : Of<Expr, Kind::IfExpr> {
  struct Branch {
    Loc loc;                    // of the word `if`
    Pattern *binding = nullptr; // `if let binding = condition`
    Expr *condition = nullptr;
    Block *body = nullptr;
  };
  std::vector<Branch> branches; // if, else if, else if, ..: at least one
  Block *otherwise = nullptr;   // null: no else
};
struct MatchExpr : Of<Expr, Kind::MatchExpr> {
  struct Arm {
    Pattern *pattern = nullptr;
    Block *body = nullptr;
  };
  Expr *subject = nullptr;
  std::vector<Arm> arms;
};

// ---- collections
struct TupleExpr : Of<Expr, Kind::TupleExpr> {
  std::vector<Expr *> elements;
}; // (), (a,), (a, b)
struct ListExpr : Of<Expr, Kind::ListExpr> {
  std::vector<Expr *> elements;
};                                               // [], [a, b]
struct RepeatExpr : Of<Expr, Kind::RepeatExpr> { // [e; n]
  Expr *element = nullptr;
  Expr *count = nullptr;
};
struct MapExpr : Of<Expr, Kind::MapExpr> { // [:], [k: v, ..]
  std::vector<std::pair<Expr *, Expr *>> entries;
};

} // namespace nnc::ast
