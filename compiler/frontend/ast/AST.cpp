#include "compiler/frontend/ast/AST.h"

namespace nnc::ast {

const char *spelling(Kind kind) {
  static const char *const names[] = {
      "NamedType",       "OptionalType", "TupleType",      "ListType",       "ArrayType",
      "MapType",         "FnType",       "RefType",        "IntDim",         "NegDim",
      "BinaryDim",       "CallDim",      "FreshDim",       "PackDim",        "NamePattern",
      "WildcardPattern", "TuplePattern", "VariantPattern", "LiteralPattern", "IntExpr",
      "FloatExpr",       "BoolExpr",     "StringExpr",     "NameExpr",       "FieldExpr",
      "IndexExpr",       "CallExpr",     "ClosureExpr",    "UnaryExpr",      "BinaryExpr",
      "RangeExpr",       "PipeExpr",     "CatchExpr",      "IfExpr",         "MatchExpr",
      "TupleExpr",       "ListExpr",     "RepeatExpr",     "MapExpr",        "ErrorExpr",
      "ExprStmt",        "LetStmt",      "AssignStmt",     "ForStmt",        "WhileStmt",
      "ReturnStmt",      "BreakStmt",    "ContinueStmt",   "ExpectStmt",     "AssumeStmt",
      "FnDecl",          "StructDecl",   "FieldDecl",      "EnumDecl",       "ImportDecl",
      "ArgDecl",         "TestDecl",     "Block"};
  static_assert(sizeof(names) / sizeof(*names) == size_t(Kind::Block) + 1, "one name per kind");
  return names[size_t(kind)];
}

const char *spelling(DimOp op) {
  static const char *const names[] = {"+", "-", "*", "/", "%", "^"};
  return names[size_t(op)];
}

const char *spelling(FactOp op) {
  static const char *const names[] = {"==", "!=", "<", "<=", ">", ">="};
  return names[size_t(op)];
}

const char *spelling(UnaryOp op) { return op == UnaryOp::Neg ? "-" : "!"; }

const char *spelling(BinaryOp op) {
  static const char *const names[] = {
      "+", "-", "*", "/", "%", "^", "@", "==", "!=", "<", "<=", ">", ">=", "&&", "||"};
  return names[size_t(op)];
}

} // namespace nnc::ast
