// The base of every syntax node, its kinds and its owner.
#pragma once
#include "compiler/diagnostics/Loc.h"
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nnc::ast {

// Note [Depth]
// No node lies deeper than kMaxDepth below its top-level statement: the parser refuses such a
// source with the error `too-deep`. So every walk over a tree may recurse. Chains of binary
// operators, calls, fields and pipes are left-nested and count one level per link. Lists
// (statements, members, arguments, the branches of an if) do not nest and have any length.
constexpr unsigned kMaxDepth = 500;

enum class Kind : uint8_t {
  // types and dims
  NamedType,
  OptionalType,
  TupleType,
  ListType,
  ArrayType,
  MapType,
  FnType,
  RefType,
  IntDim,
  NegDim,
  BinaryDim,
  CallDim,
  FreshDim,
  PackDim,
  // patterns
  NamePattern,
  WildcardPattern,
  TuplePattern,
  VariantPattern,
  LiteralPattern,
  // expressions
  IntExpr,
  FloatExpr,
  BoolExpr,
  StringExpr,
  NameExpr,
  FieldExpr,
  IndexExpr,
  CallExpr,
  ClosureExpr,
  UnaryExpr,
  BinaryExpr,
  RangeExpr,
  PipeExpr,
  CatchExpr,
  IfExpr,
  MatchExpr,
  TupleExpr,
  ListExpr,
  RepeatExpr,
  MapExpr,
  ErrorExpr,
  // statements
  ExprStmt,
  LetStmt,
  AssignStmt,
  ForStmt,
  WhileStmt,
  ReturnStmt,
  BreakStmt,
  ContinueStmt,
  ExpectStmt,
  AssumeStmt,
  // declarations
  FnDecl,
  StructDecl,
  FieldDecl,
  EnumDecl,
  ImportDecl,
  ArgDecl,
  TestDecl,
  // the braces around statements
  Block,
};

// The class name of a kind, such as "CallExpr".
const char *spelling(Kind kind);

struct Node {
  const Kind kind;
  Loc loc;

  explicit Node(Kind kind) : kind(kind) {}
  Node(const Node &) = delete;
  virtual ~Node() = default;

  // Works for node structs that have one kind: `if (auto *call = expr->as<CallExpr>())`.
  template <class T> bool is() const { return kind == T::kKind; }
  template <class T> T *as() { return is<T>() ? static_cast<T *>(this) : nullptr; }
  template <class T> const T *as() const {
    return is<T>() ? static_cast<const T *>(this) : nullptr;
  }
};

struct TypeExpr : Node {
  using Node::Node;
};
struct Pattern : Node {
  using Node::Node;
};
struct Stmt : Node {
  using Node::Node;
};

struct Expr : Node {
  using Node::Node;
  bool inParens = false; // written as (e); `loc` covers the parentheses
};

// Gives a node struct its kind: `struct NameExpr : Of<Expr, Kind::NameExpr>`.
template <class Base, Kind K> struct Of : Base {
  static constexpr Kind kKind = K;
  Of() : Base(K) {}
};

// A name where it is written. Empty text means that there is none.
struct Ident {
  std::string text;
  Loc loc;

  bool empty() const { return text.empty(); }
  explicit operator bool() const { return !empty(); }
};

// Owns the nodes of one file. Nodes keep their address when the arena moves.
class Arena {
public:
  template <class T> T *make(Loc loc) {
    auto owned = std::make_unique<T>();
    T *node = owned.get();
    node->loc = loc;
    nodes.push_back(std::move(owned));
    return node;
  }
  size_t size() const { return nodes.size(); }

private:
  std::vector<std::unique_ptr<Node>> nodes;
};

} // namespace nnc::ast
