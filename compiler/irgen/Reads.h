// What code reads and changes, found before any is made.
#pragma once
#include "compiler/frontend/sema/TypedTree.h"
#include "llvm/ADT/SetVector.h"
#include <set>

namespace nnc::irgen {

using Vars = llvm::SetVector<const sema::Var *>;

/// Collects the top-level values that code reads, those read by the functions that it calls
/// included.
class Reads {
public:
  /// `withSizes`: also the values that sizes come from, `V` in f32[V].
  explicit Reads(Vars &vars, bool withSizes = false) : vars(vars), withSizes(withSizes) {}
  void function(const sema::FnInstance *fn);
  void visit(const sema::Expr &expr);
  void visit(const sema::Stmt &stmt);

private:
  Vars &vars;
  bool withSizes;
  std::set<const sema::FnInstance *> seen;
  std::set<const sema::Type *> types;
  void size(const sema::Dim &dim);
  void sizesOf(const sema::Type *type);
  void sizesOf(const sema::DimBindings &binds);
  void sizesOf(const sema::Pattern &pattern);
};

/// The variables that a statement changes or may change by calling a closure inside it; `functions`
/// are the function variables that it names.
void assignedVars(const sema::Stmt &stmt, Vars &assigned, Vars &functions);

} // namespace nnc::irgen
