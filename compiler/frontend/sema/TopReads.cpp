#include "compiler/frontend/sema/TopReads.h"
#include "compiler/frontend/sema/Walk.h"

namespace nnc::sema {

void TopReads::note(const Var *var, Loc loc) {
  if (onRead && var->isTopLevel)
    onRead(var, loc);
  if (var->isTopLevel && places.emplace(var, loc).second)
    vars.push_back(var);
}

void TopReads::size(const Dim &dim, Loc loc) {
  std::set<const DimVar *> dims;
  collectVars(dim, dims);
  for (const DimVar *var : dims)
    if (var->kind == DimVar::Kind::FromVar && var->var)
      note(var->var, loc);
}

void TopReads::sizesOf(const DimBindings &binds, Loc loc) {
  for (auto &[var, dim] : binds.dims)
    size(dim, loc);
  for (auto &[pack, shape] : binds.packs)
    for (const ShapeElem &elem : shape)
      size(elem.dim, loc);
}

void TopReads::sizesOf(const Type *type, Loc loc) {
  if (!type || !types.insert(type).second)
    return;
  for (const ShapeElem &elem : type->shape)
    size(elem.dim, loc);
  size(type->count, loc);
  sizesOf(type->binds, loc);
  sizesOf(type->result, loc);
  for (const Type *elem : type->elems)
    sizesOf(elem, loc);
  for (const Type *arg : type->typeArgs)
    sizesOf(arg, loc);
}

void TopReads::sizesOf(const Pattern &pattern, Loc loc) {
  sizesOf(pattern.type, loc);
  for (const Pattern *part : pattern.parts)
    sizesOf(*part, loc);
}

void TopReads::function(const FnInstance *fn, Loc call) {
  if (!fn || !fn->body || !seen.insert(fn).second)
    return;
  path.push_back({fn->name, call});
  if (withSizes) {
    for (const Var *param : fn->params)
      sizesOf(param->type, fn->loc);
    sizesOf(fn->result, fn->loc);
    for (const DimFact &fact : fn->checks) {
      size(fact.lhs, fn->loc);
      size(fact.rhs, fn->loc);
    }
  }
  visit(*fn->body);
  path.pop_back();
}

void TopReads::visit(const Expr &expr) {
  switch (expr.kind) {
  case ExprKind::VarRef:
    note(as<VarRef>(expr).var, expr.loc);
    break;
  case ExprKind::Call:
    function(as<Call>(expr).fn, expr.loc);
    if (withSizes)
      sizesOf(as<Call>(expr).binds, expr.loc);
    break;
  case ExprKind::FnRef:
    if (!as<FnRef>(expr).fn)
      break;
    function(as<FnRef>(expr).fn, expr.loc);
    if (withSizes)
      sizesOf(as<FnRef>(expr).binds, expr.loc);
    break;
  case ExprKind::DimValue:
    if (withSizes)
      size(as<DimValue>(expr).dim, expr.loc);
    break;
  case ExprKind::Construct: // fields that are left out are computed by their initialisers
    if (const StructInfo *made = expr.type->structInfo; made && structs.insert(made).second) {
      path.push_back({made->name, expr.loc});
      for (const FieldInfo &field : made->fields)
        if (field.init)
          visit(*field.init);
      path.pop_back();
    }
    break;
  case ExprKind::Prim:
    checksGradients |= as<Prim>(expr).name == "tree.from_flat";
    if (withSizes)
      for (const Dim &dim : as<Prim>(expr).dims)
        size(dim, expr.loc);
    break;
  default:
    break;
  }
  if (withSizes)
    sizesOf(expr.type, expr.loc);
  forEachChild(expr, [&](const Expr &e) { visit(e); }, [&](const Stmt &s) { visit(s); });
}

void TopReads::visit(const Stmt &stmt) {
  if (withSizes && stmt.kind == StmtKind::Let)
    sizesOf(*as<LetStmt>(stmt).pattern, stmt.loc);
  if (withSizes && stmt.kind == StmtKind::Assume) {
    size(as<AssumeStmt>(stmt).fact.lhs, stmt.loc);
    size(as<AssumeStmt>(stmt).fact.rhs, stmt.loc);
  }
  forEachChild(stmt, [&](const Expr &e) { visit(e); }, [&](const Stmt &s) { visit(s); });
}

} // namespace nnc::sema
