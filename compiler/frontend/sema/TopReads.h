// What code reads of the top level, found before any is made.
#pragma once
#include "compiler/frontend/sema/TypedTree.h"
#include <functional>
#include <map>
#include <set>
#include <vector>

namespace nnc::sema {

/// Collects the top-level values that code reads, by itself, in the functions that it calls and in
/// the initialisers of the fields that it leaves to them.
class TopReads {
public:
  /// `withSizes`: also the values that sizes come from, `V` in f32[V].
  explicit TopReads(bool withSizes = false) : withSizes(withSizes) {}
  void function(const FnInstance *fn, Loc call = {});
  void visit(const Expr &expr);
  void visit(const Stmt &stmt);
  bool has(const Var *var) const { return places.count(var) != 0; }

  /// Where the code at hand was reached from: calls, and values made of structs.
  struct Step {
    std::string name; // of what is called or made
    Loc loc;
  };
  std::vector<Step> path;
  std::function<void(const Var *, Loc)> onRead; // may be empty; each function is visited once

  std::vector<const Var *> vars;     // in the order in which they were met
  std::map<const Var *, Loc> places; // and where first
  bool checksGradients = false;      // by `gradcheck`

private:
  bool withSizes;
  std::set<const FnInstance *> seen;
  std::set<const Type *> types;
  std::set<const StructInfo *> structs;
  void note(const Var *var, Loc loc);
  void size(const Dim &dim, Loc loc);
  void sizesOf(const Type *type, Loc loc);
  void sizesOf(const DimBindings &binds, Loc loc);
  void sizesOf(const Pattern &pattern, Loc loc);
};

} // namespace nnc::sema
