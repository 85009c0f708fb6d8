// What code changes, found before any is made.
#pragma once
#include "compiler/frontend/sema/TypedTree.h"
#include "llvm/ADT/SetVector.h"

namespace nnc::irgen {

using Vars = llvm::SetVector<const sema::Var *>;

/// The variables that a statement changes or may change by calling a closure inside it; `functions`
/// are the function variables that it names.
void assignedVars(const sema::Stmt &stmt, Vars &assigned, Vars &functions);

} // namespace nnc::irgen
