#include "compiler/irgen/Reads.h"
#include "compiler/frontend/sema/Walk.h"

namespace nnc::irgen {

void Reads::size(const sema::Dim &dim) {
  std::set<const sema::DimVar *> dims;
  sema::collectVars(dim, dims);
  for (const sema::DimVar *var : dims)
    if (var->kind == sema::DimVar::Kind::FromVar && var->var && var->var->isTopLevel)
      vars.insert(var->var);
}

void Reads::sizesOf(const sema::DimBindings &binds) {
  for (auto &[var, dim] : binds.dims)
    size(dim);
  for (auto &[pack, shape] : binds.packs)
    for (const sema::ShapeElem &elem : shape)
      size(elem.dim);
}

void Reads::sizesOf(const sema::Type *type) {
  if (!type || !types.insert(type).second)
    return;
  for (const sema::ShapeElem &elem : type->shape)
    size(elem.dim);
  size(type->count);
  sizesOf(type->binds);
  sizesOf(type->result);
  for (const sema::Type *elem : type->elems)
    sizesOf(elem);
  for (const sema::Type *arg : type->typeArgs)
    sizesOf(arg);
}

void Reads::sizesOf(const sema::Pattern &pattern) {
  sizesOf(pattern.type);
  for (const sema::Pattern *part : pattern.parts)
    sizesOf(*part);
}

void Reads::function(const sema::FnInstance *fn) {
  if (!fn || !fn->body || !seen.insert(fn).second)
    return;
  if (withSizes) {
    for (const sema::Var *param : fn->params)
      sizesOf(param->type);
    sizesOf(fn->result);
    for (const sema::DimFact &fact : fn->checks) {
      size(fact.lhs);
      size(fact.rhs);
    }
  }
  visit(*fn->body);
}

void Reads::visit(const sema::Expr &expr) {
  switch (expr.kind) {
  case sema::ExprKind::VarRef:
    if (sema::as<sema::VarRef>(expr).var->isTopLevel)
      vars.insert(sema::as<sema::VarRef>(expr).var);
    break;
  case sema::ExprKind::Call:
    function(sema::as<sema::Call>(expr).fn);
    if (withSizes)
      sizesOf(sema::as<sema::Call>(expr).binds);
    break;
  case sema::ExprKind::FnRef:
    function(sema::as<sema::FnRef>(expr).fn);
    if (withSizes)
      sizesOf(sema::as<sema::FnRef>(expr).binds);
    break;
  case sema::ExprKind::DimValue:
    if (withSizes)
      size(sema::as<sema::DimValue>(expr).dim);
    break;
  case sema::ExprKind::Prim:
    if (withSizes)
      for (const sema::Dim &dim : sema::as<sema::Prim>(expr).dims)
        size(dim);
    break;
  default:
    break;
  }
  if (withSizes)
    sizesOf(expr.type);
  sema::forEachChild(
      expr, [&](const sema::Expr &e) { visit(e); }, [&](const sema::Stmt &s) { visit(s); });
}

void Reads::visit(const sema::Stmt &stmt) {
  if (withSizes && stmt.kind == sema::StmtKind::Let)
    sizesOf(*sema::as<sema::LetStmt>(stmt).pattern);
  if (withSizes && stmt.kind == sema::StmtKind::Assume) {
    size(sema::as<sema::AssumeStmt>(stmt).fact.lhs);
    size(sema::as<sema::AssumeStmt>(stmt).fact.rhs);
  }
  sema::forEachChild(
      stmt, [&](const sema::Expr &e) { visit(e); }, [&](const sema::Stmt &s) { visit(s); });
}

} // namespace nnc::irgen
