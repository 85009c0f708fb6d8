// Visits the direct children of a typed tree's node, or all of a tree.
#pragma once
#include "compiler/frontend/sema/TypedTree.h"
#include <functional>

namespace nnc::sema {

using ExprVisitor = std::function<void(const Expr &)>;
using StmtVisitor = std::function<void(const Stmt &)>;

/// Calls the visitors on each expression and statement directly below `expr`; closures' bodies
/// included, called functions' bodies not.
void forEachChild(const Expr &expr, const ExprVisitor &onExpr, const StmtVisitor &onStmt);
void forEachChild(const Stmt &stmt, const ExprVisitor &onExpr, const StmtVisitor &onStmt);

/// Calls the visitors on `root` and everything below it, each node before its children.
void walkTree(
    const Expr &root, const ExprVisitor &onExpr, const StmtVisitor &onStmt = [](const Stmt &) {});

/// Calls the visitor on each variable that a pattern binds.
void eachVar(const Pattern &pattern, const std::function<void(const Var *)> &visit);

/// The variable that a place is a part of; null where it is none's.
const Var *rootOf(const Expr *place);

/// The places outside of a closure that its body updates.
std::vector<const Expr *> outerUpdates(const Closure &closure);

} // namespace nnc::sema
