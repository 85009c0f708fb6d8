#include "compiler/frontend/sema/Walk.h"

namespace nnc::sema {

void forEachChild(const Expr &expr, const ExprVisitor &onExpr, const StmtVisitor &onStmt) {
  auto visit = [&](const Expr *e) {
    if (e)
      onExpr(*e);
  };
  auto visitArgs = [&](const std::vector<Arg> &args) {
    for (const Arg &arg : args)
      visit(arg.value);
  };
  auto visitAll = [&](const std::vector<Expr *> &exprs) {
    for (const Expr *e : exprs)
      visit(e);
  };
  switch (expr.kind) {
  case ExprKind::Int:
  case ExprKind::Float:
  case ExprKind::Bool:
  case ExprKind::Str:
  case ExprKind::None:
  case ExprKind::DimValue:
  case ExprKind::VarRef:
  case ExprKind::FnRef:
    break;
  case ExprKind::Field:
    visit(as<Field>(expr).base);
    break;
  case ExprKind::Call:
    visitArgs(as<Call>(expr).args);
    break;
  case ExprKind::CallValue:
    visit(as<CallValue>(expr).callee);
    visit(as<CallValue>(expr).closure);
    visitArgs(as<CallValue>(expr).args);
    break;
  case ExprKind::Prim:
    visitArgs(as<Prim>(expr).args);
    break;
  case ExprKind::Unary:
    visit(as<Unary>(expr).value);
    break;
  case ExprKind::Binary:
    visit(as<Binary>(expr).lhs);
    visit(as<Binary>(expr).rhs);
    break;
  case ExprKind::Convert:
    visit(as<Convert>(expr).value);
    break;
  case ExprKind::Tuple:
    visitAll(as<TupleExpr>(expr).elems);
    break;
  case ExprKind::ListLit:
    visitAll(as<ListLit>(expr).elems);
    break;
  case ExprKind::MapLit:
    for (auto &[key, value] : as<MapLit>(expr).entries) {
      visit(key);
      visit(value);
    }
    break;
  case ExprKind::ArrayFill:
    visit(as<ArrayFill>(expr).value);
    break;
  case ExprKind::TensorLit:
    visitAll(as<TensorLit>(expr).elems);
    break;
  case ExprKind::Construct:
    visitAll(as<Construct>(expr).fields);
    visit(as<Construct>(expr).rng);
    break;
  case ExprKind::Variant:
    visitAll(as<VariantExpr>(expr).args);
    break;
  case ExprKind::Index:
    visit(as<Index>(expr).base);
    for (const IndexItem &item : as<Index>(expr).items) {
      visit(item.at);
      visit(item.lo);
      visit(item.hi);
      visit(item.step);
    }
    break;
  case ExprKind::Interp:
    for (const InterpPart &part : as<Interp>(expr).parts)
      visit(part.value);
    break;
  case ExprKind::If:
    visit(as<If>(expr).cond);
    visit(as<If>(expr).then);
    visit(as<If>(expr).otherwise);
    break;
  case ExprKind::IfLet:
    visit(as<IfLet>(expr).value);
    visit(as<IfLet>(expr).then);
    visit(as<IfLet>(expr).otherwise);
    break;
  case ExprKind::Match:
    visit(as<Match>(expr).value);
    for (const MatchArm &arm : as<Match>(expr).arms)
      visit(arm.body);
    break;
  case ExprKind::Block:
    for (const Stmt *stmt : as<Block>(expr).stmts)
      onStmt(*stmt);
    visit(as<Block>(expr).result);
    break;
  case ExprKind::Closure:
    visit(as<Closure>(expr).body);
    break;
  case ExprKind::Grad:
    visit(as<Grad>(expr).place);
    visit(as<Grad>(expr).fn);
    if (as<Grad>(expr).tangent)
      visit(as<Grad>(expr).tangent);
    break;
  case ExprKind::Train:
    visit(as<Train>(expr).rng);
    visit(as<Train>(expr).body);
    break;
  case ExprKind::Remat:
    visit(as<Remat>(expr).body);
    break;
  case ExprKind::Profile:
    visit(as<Profile>(expr).body);
    break;
  case ExprKind::Catch:
    visit(as<Catch>(expr).value);
    visit(as<Catch>(expr).handler);
    break;
  }
}

void forEachChild(const Stmt &stmt, const ExprVisitor &onExpr, const StmtVisitor &) {
  auto visit = [&](const Expr *e) {
    if (e)
      onExpr(*e);
  };
  switch (stmt.kind) {
  case StmtKind::Let:
    visit(as<LetStmt>(stmt).value);
    break;
  case StmtKind::Assign:
    visit(as<AssignStmt>(stmt).place);
    visit(as<AssignStmt>(stmt).value);
    break;
  case StmtKind::Expr:
    visit(as<ExprStmt>(stmt).value);
    break;
  case StmtKind::For:
    visit(as<ForStmt>(stmt).iterable);
    visit(as<ForStmt>(stmt).body);
    break;
  case StmtKind::While:
    visit(as<WhileStmt>(stmt).cond);
    visit(as<WhileStmt>(stmt).body);
    break;
  case StmtKind::Return:
    visit(as<ReturnStmt>(stmt).value);
    break;
  case StmtKind::Expect:
    visit(as<ExpectStmt>(stmt).cond);
    break;
  case StmtKind::Break:
  case StmtKind::Continue:
  case StmtKind::Assume:
    break;
  }
}

void walkTree(const Expr &root, const ExprVisitor &onExpr, const StmtVisitor &onStmt) {
  ExprVisitor expr;
  StmtVisitor stmt = [&](const Stmt &s) {
    onStmt(s);
    forEachChild(s, expr, stmt);
  };
  expr = [&](const Expr &e) {
    onExpr(e);
    forEachChild(e, expr, stmt);
  };
  expr(root);
}

void eachVar(const Pattern &pattern, const std::function<void(const Var *)> &visit) {
  if (pattern.var)
    visit(pattern.var);
  for (const Pattern *part : pattern.parts)
    eachVar(*part, visit);
}

const Var *rootOf(const Expr *place) {
  for (;;) {
    if (place->kind == ExprKind::Field)
      place = as<Field>(*place).base;
    else if (place->kind == ExprKind::Index)
      place = as<Index>(*place).base;
    else if (place->kind == ExprKind::Prim && as<Prim>(*place).name == "params")
      place = as<Prim>(*place).args[0].value;
    else
      return place->kind == ExprKind::VarRef ? as<VarRef>(*place).var : nullptr;
  }
}

std::vector<const Expr *> outerUpdates(const Closure &closure) {
  std::set<const Var *> own;
  auto declare = [&](const Pattern *pattern) {
    if (pattern)
      eachVar(*pattern, [&](const Var *var) { own.insert(var); });
  };
  std::vector<const Expr *> updates;
  std::function<void(const Expr *)> update = [&](const Expr *place) {
    if (place->kind == ExprKind::Tuple)
      for (const Expr *part : as<TupleExpr>(*place).elems)
        update(part);
    else if (const Var *var = rootOf(place); var && !own.count(var))
      updates.push_back(place);
  };
  auto updateArgs = [&](const std::vector<Arg> &args) {
    for (const Arg &arg : args)
      if (arg.value && arg.byRef)
        update(arg.value);
  };
  auto onExpr = [&](const Expr &e) {
    if (e.kind == ExprKind::Closure)
      for (const Pattern *param : as<Closure>(e).params)
        declare(param);
    if (e.kind == ExprKind::IfLet)
      declare(as<IfLet>(e).pattern);
    if (e.kind == ExprKind::Match)
      for (const MatchArm &arm : as<Match>(e).arms)
        declare(arm.pattern);
    if (e.kind == ExprKind::Call)
      updateArgs(as<Call>(e).args);
    if (e.kind == ExprKind::CallValue)
      updateArgs(as<CallValue>(e).args);
    if (e.kind == ExprKind::Prim)
      updateArgs(as<Prim>(e).args);
  };
  auto onStmt = [&](const Stmt &s) {
    if (s.kind == StmtKind::Let)
      declare(as<LetStmt>(s).pattern);
    if (s.kind == StmtKind::For)
      declare(as<ForStmt>(s).pattern);
    if (s.kind == StmtKind::Assign)
      update(as<AssignStmt>(s).place);
  };
  onExpr(closure);
  walkTree(*closure.body, onExpr, onStmt);
  return updates;
}

} // namespace nnc::sema
