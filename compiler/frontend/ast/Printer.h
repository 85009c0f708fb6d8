// The printer behind Print.h. Private to ast/.
#pragma once
#include "compiler/frontend/ast/Print.h"
#include <ostream>

namespace nnc::ast {

// `text` in quotes, with what cannot be seen written as escapes.
std::string quoted(const std::string &text);

class Printer {
public:
  explicit Printer(std::ostream &out) : out(out) {}

  void statements(const std::vector<Stmt *> &stmts) {
    for (const Stmt *stmt : stmts) {
      line();
      print(stmt);
    }
  }
  void print(const Stmt *stmt);
  void print(const Expr *expr);
  void print(const Pattern *pattern);

private:
  std::ostream &out;
  unsigned indent = 0;
  bool first = true;

  void line() {
    if (!first)
      out << '\n' << std::string(2 * indent, ' ');
    first = false;
  }
  void block(const Block *block) {
    ++indent;
    statements(block->stmts);
    --indent;
  }
  template <class List> void each(const List &list) {
    for (auto *node : list) {
      out << ' ';
      print(node);
    }
  }
  void optional(const char *word, const Expr *expr) {
    if (!expr)
      return;
    out << word;
    print(expr);
  }
  void optionalType(const char *word, const TypeExpr *type) {
    if (!type)
      return;
    out << word;
    ast::print(out, type);
  }
  void list(const char *head, const std::vector<Expr *> &elements) {
    out << '(' << head;
    each(elements);
    out << ')';
  }
  void pair(const std::string &head, const Expr *a, const Expr *b) {
    out << '(' << head << ' ';
    print(a);
    out << ' ';
    print(b);
    out << ')';
  }

  void string(const StringExpr &expr);
  void index(const Index &index);
  void args(const std::vector<Arg> &args);
  void call(const CallExpr &expr);
  void closure(const ClosureExpr &expr);
  void branches(const IfExpr &expr);
  void arms(const MatchExpr &expr);

  void marks(const Marks &marks);
  void doc(const std::string &text);
  void generics(const std::vector<GenericParam> &generics);
  void params(const std::vector<Param> &params);
  void facts(const std::vector<Fact> &facts);
  void function(const FnDecl &decl);
  void field(const FieldDecl &decl);
  void structure(const StructDecl &decl);
  void enumeration(const EnumDecl &decl);
  void import(const ImportDecl &decl);
  void argument(const ArgDecl &decl);
};

} // namespace nnc::ast
