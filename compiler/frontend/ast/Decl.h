// Statements and declarations. A declaration is a statement: both stand at the top of a file.
#pragma once
#include "compiler/frontend/ast/Expr.h"

namespace nnc::ast {

// What may stand before a declaration, a let or a loop: pub, export, @name, @name(args).
struct Attribute {
  Loc loc;
  Ident name;
  std::vector<Arg> args;
};
struct Marks {
  Loc pub;      // invalid: not marked `pub`
  Loc exported; // invalid: not marked `export`
  std::vector<Attribute> attributes;

  bool isPub() const { return pub.valid(); }
  bool isExport() const { return exported.valid(); }
};

// ---- statements
struct ExprStmt : Of<Stmt, Kind::ExprStmt> {
  Expr *expr = nullptr;
};
struct LetStmt : Of<Stmt, Kind::LetStmt> { // let p = e, var p = e
  std::string doc;
  Marks marks;
  bool isVar = false;
  Pattern *pattern = nullptr;
  Expr *value = nullptr;
};
struct AssignStmt : Of<Stmt, Kind::AssignStmt> { // x = e, x[i] += e, (a, b) = e
  enum Op : uint8_t { Set, Add, Sub, Mul, Div } op = Set;
  Loc opLoc;
  Expr *target = nullptr; // NameExpr, FieldExpr, IndexExpr or a TupleExpr of these
  Expr *value = nullptr;
};
struct ForStmt : Of<Stmt, Kind::ForStmt> {
  Marks marks;
  Pattern *pattern = nullptr;
  Expr *sequence = nullptr;
  Block *body = nullptr;
};
struct WhileStmt : Of<Stmt, Kind::WhileStmt> {
  Marks marks;
  Expr *condition = nullptr;
  Block *body = nullptr;
};
struct ReturnStmt : Of<Stmt, Kind::ReturnStmt> {
  Expr *value = nullptr;
}; // null: no value
struct BreakStmt : Of<Stmt, Kind::BreakStmt> {};
struct ContinueStmt : Of<Stmt, Kind::ContinueStmt> {};
struct ExpectStmt : Of<Stmt, Kind::ExpectStmt> {
  Expr *condition = nullptr;
};
struct AssumeStmt : Of<Stmt, Kind::AssumeStmt> {
  Expr *condition = nullptr;
};

// ---- declarations
struct Decl : Stmt {
  using Stmt::Stmt;
  std::string doc; // the lines of the `///` comments before it, without the slashes
  Marks marks;
  Ident name; // empty for an import; a test's name is its string
};

struct Param {
  Loc loc;
  bool byRef = false; // &self
  Ident name;
  TypeExpr *type = nullptr; // RefType for `rng: &Rng`; null: untyped
  Expr *defaultValue = nullptr;
};

struct FnDecl : Of<Decl, Kind::FnDecl> {
  std::vector<GenericParam> generics;
  std::vector<Param> params;
  TypeExpr *result = nullptr; // null: inferred
  std::vector<Fact> facts;    // of the parameters and of the result
  Block *body = nullptr;      // null: declared only (a builtin of the standard library)
};

struct FieldDecl : Of<Decl, Kind::FieldDecl> {
  enum Role : uint8_t { Plain, Param, State } role = Plain;
  TypeExpr *type = nullptr;
  Expr *init = nullptr;
  std::vector<Fact> facts;
};

struct StructDecl : Of<Decl, Kind::StructDecl> { // model or struct
  bool isModel = false;
  std::vector<GenericParam> generics;
  std::vector<Fact> facts;
  std::vector<Decl *> members; // FieldDecl, FnDecl and other declarations, in order
};

struct EnumDecl : Of<Decl, Kind::EnumDecl> {
  struct Variant {
    std::string doc;
    Ident name;
    std::vector<Param> params;
  };
  std::vector<GenericParam> generics;
  std::vector<Variant> variants;
};

struct ImportDecl : Of<Decl, Kind::ImportDecl> { // import a.b as c { x, y as z }, "gpt.nn" { GPT }
  struct Name {
    Ident name;
    Ident alias; // empty: its own name
  };
  struct Source {
    Loc loc;
    std::vector<Ident> path; // a.b, or empty when `file` is set
    std::string file;        // "gpt.nn"
    Ident alias;
    bool hasNames = false; // the braces are there
    std::vector<Name> names;
  };
  std::vector<Source> sources;
};

struct ArgDecl : Of<Decl, Kind::ArgDecl> { // arg name: type = default "help"
  TypeExpr *type = nullptr;
  Expr *defaultValue = nullptr;
  std::string help;
};

struct TestDecl : Of<Decl, Kind::TestDecl> {
  Block *body = nullptr;
}; // test "name" { .. }

} // namespace nnc::ast
