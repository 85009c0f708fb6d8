// What may stand left of `=` or behind `&`, and assignments.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

bool Checker::isUpdatable(Expr *place, bool reportIt, Loc loc) {
  Expr *root = place;
  std::vector<const Field *> path;
  for (;;) {
    if (root->kind == ExprKind::Field) {
      path.insert(path.begin(), &as<Field>(*root));
      root = as<Field>(*root).base;
    } else if (root->kind == ExprKind::Index) {
      root = as<Index>(*root).base;
    } else if (root->kind == ExprKind::Prim && as<Prim>(*root).name == "params") {
      root = as<Prim>(*root).args[0].value;
    } else {
      break;
    }
  }
  if (root->kind == ExprKind::Prim && as<Prim>(*root).name == "training_rng")
    return true;
  if (root->kind != ExprKind::VarRef) {
    if (reportIt && !root->type->is(Type::Kind::Error))
      report(DiagKind::UpdateLost, loc,
             "this is a value without a name, so an update of it would be lost");
    return false;
  }
  Var *var = as<VarRef>(*root).var;
  if (var->isMutable)
    return true;
  if (var->isRef) { // self of a model with state: only the state may move
    const Type *type = var->type;
    for (const Field *step : path) {
      if (!type->is(Type::Kind::Struct))
        break;
      const FieldInfo &info = type->structInfo->fields[step->index];
      if (info.role == FieldInfo::Role::State)
        return true;
      if (info.role != FieldInfo::Role::Sub)
        break;
      type = info.type;
      if (step == path.back() && hasState(type))
        return true;
    }
    if (path.empty() && !reportIt)
      return true;
  }
  if (!reportIt)
    return false;
  if (copies_.count(var)) {
    report(DiagKind::NotUpdatable, loc,
           "this closure is kept, so it holds a copy of `" + var->name + "` and cannot update it")
        .also(var->loc, "declared here")
        .help("write the closure as an argument of the call that uses it, or hand the variable "
              "over: `{ &" +
              var->name + " => .. }`");
    return false;
  }
  bool isParam = frame_->fn && std::find(frame_->fn->params.begin(), frame_->fn->params.end(),
                                         var) != frame_->fn->params.end();
  auto &diag =
      report(DiagKind::NotUpdatable, loc, "`" + var->name + "` is a constant and cannot be updated")
          .also(var->loc, "declared here");
  if (var->name == "self")
    diag.help("begin the parameters of the method with `&self`");
  else if (isParam)
    diag.help("take it by reference: `" + var->name + ": &" + var->type->str() + "`");
  else
    diag.help("declare it with `var`");
  return false;
}

Expr *Checker::checkPlace(const ast::Expr *expr, const char *what) {
  if (auto *tuple = expr->as<ast::TupleExpr>()) {
    auto *node = make<TupleExpr>(expr->loc, types_.error);
    TypeContext::List types;
    bool failed = false;
    for (const ast::Expr *element : tuple->elements) {
      node->elems.push_back(checkPlace(element, what));
      types.push_back(node->elems.back()->type);
      failed |= types.back()->is(Type::Kind::Error);
    }
    node->type = failed ? types_.error : types_.tuple(types);
    return node;
  }
  if (!expr->is<ast::NameExpr>() && !expr->is<ast::FieldExpr>() && !expr->is<ast::IndexExpr>()) {
    report(DiagKind::NotUpdatable, expr->loc,
           std::string("only a variable, field or index can be ") + what);
    return errorExpr(expr->loc);
  }
  const ast::Expr *outer =
      std::exchange(assigned_, std::string(what) == "assigned" ? expr : nullptr);
  Expr *place = check(expr);
  assigned_ = outer;
  if (place->type->is(Type::Kind::Error) || isUpdatable(place, true, expr->loc))
    return place;
  return errorExpr(expr->loc);
}

void Checker::checkAssign(const ast::AssignStmt *stmt, Block &out) {
  auto *node = makeStmt<AssignStmt>(stmt->loc);
  node->place = checkPlace(stmt->target, "assigned");
  const Type *type = node->place->type;
  bool isSet = stmt->op == ast::AssignStmt::Set;
  const Type *open = isSet && !type->is(Type::Kind::Error) ? openPlace(node->place) : nullptr;
  Expr *value = open ? noElements(stmt->value, open) : nullptr;
  if (!value)
    value = check(stmt->value, type->is(Type::Kind::Error) ? nullptr
                               : open                      ? forBranches(stmt->value, open)
                                                           : type);
  if (type->is(Type::Kind::Error) || value->type->is(Type::Kind::Error))
    return;
  if (open) {
    const Type *now = nullptr;
    node->value = fitOpen(value, open, now);
    if (node->value)
      assigned(node->place, now);
    else
      node->value = coerce(value, open, "the value", stmt->target->loc);
  } else if (isSet) {
    // Updating part of a tensor takes a scalar for all of it, too.
    if (node->place->kind == ExprKind::Index && type->is(Type::Kind::Tensor) &&
        !type->shape.empty()) {
      if (isAdaptable(value))
        if (Expr *adapted = adapt(value, type))
          value = adapted;
      node->value = value->type->isScalar() && value->type->dtype == type->dtype
                        ? value
                        : coerce(value, type, "the value", stmt->target->loc);
    } else {
      size_t errors = diags_.errorCount();
      node->value = coerce(value, type, "the value", stmt->target->loc);
      if (diags_.errorCount() > errors)
        explainFixedSize(node->place, value->type);
      else
        assigned(node->place, type);
    }
  } else {
    static const BinaryOp ops[] = {BinaryOp::Add, BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul,
                                   BinaryOp::Div};
    node->op = ops[stmt->op];
    Expr *result =
        binary(*node->op, node->place, value, stmt->loc, stmt->opLoc, stmt->target, stmt->value);
    if (result->type->is(Type::Kind::Error))
      return;
    if (!same(result->type, type)) {
      report(type->is(Type::Kind::Tensor) ? DiagKind::ShapeMismatch : DiagKind::TypeMismatch,
             stmt->opLoc,
             quoted(stmt->target) + " is " + type->str() + ", and the result would be " +
                 result->type->str());
      return;
    }
    node->value = as<Binary>(*result).rhs;
  }
  if (!node->value->type->is(Type::Kind::Error))
    out.stmts.push_back(node);
}

} // namespace nnc::sema
