// if, match, catch and closures.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

BinaryOp Checker::negated(BinaryOp op) {
  switch (op) {
  case BinaryOp::Eq:
    return BinaryOp::Ne;
  case BinaryOp::Ne:
    return BinaryOp::Eq;
  case BinaryOp::Lt:
    return BinaryOp::Ge;
  case BinaryOp::Le:
    return BinaryOp::Gt;
  case BinaryOp::Gt:
    return BinaryOp::Le;
  default:
    return BinaryOp::Lt;
  }
}

Expr *Checker::checkIf(const ast::IfExpr *expr, size_t branch, const Type *expected,
                       bool wantValue) {
  auto &source = expr->branches[branch];
  Saved saved(*this);
  openScope();
  Expr *cond;
  Pattern *pattern = nullptr;
  std::optional<DimFact> fact;
  if (source.binding) {
    cond = check(source.condition);
    const Type *inner = cond->type;
    if (inner->is(Type::Kind::Optional)) {
      inner = inner->elems[0];
    } else if (!inner->is(Type::Kind::Error)) {
      report(DiagKind::NotOptional, source.condition->loc,
             "`if let` takes a value that may be absent, such as `int?`, not " + inner->str());
      inner = types_.error;
    }
    pattern = bindPattern(source.binding, inner, false, false);
  } else {
    cond = checkCond(source.condition, "a condition");
    fact = factOf(source.condition, cond);
  }
  Facts before = facts_;
  const Sizes sizes = now_;
  std::vector<Sizes> ends;
  if (fact)
    facts_.assume(fact->lhs, fact->op, fact->rhs, nextId_);
  Expr *then = checkBlock(source.body, expected, wantValue);
  if (!then->type->is(Type::Kind::Never))
    ends.push_back(now_);
  now_ = sizes;
  facts_ = before;
  if (fact)
    facts_.assume(fact->lhs, negated(fact->op), fact->rhs, nextId_);
  Expr *otherwise = nullptr;
  if (branch + 1 < expr->branches.size())
    otherwise = checkIf(expr, branch + 1, expected, wantValue);
  else if (expr->otherwise)
    otherwise = checkBlock(expr->otherwise, expected, wantValue);
  if (!otherwise || !otherwise->type->is(Type::Kind::Never))
    ends.push_back(now_);
  bool resizes = meet(sizes, ends);
  facts_ = before;
  const Type *type = types_.unit;
  if (cond->type->is(Type::Kind::Error))
    type = types_.error;
  if (wantValue && otherwise && !type->is(Type::Kind::Error)) {
    type = isOpen(expected) ? joinSizes({&then, &otherwise}, expected, resizes) : nullptr;
    if (!type)
      type = join(then, otherwise);
    if (!type) {
      report(DiagKind::BranchMismatch, expr->loc, "the branches of this `if` have different types")
          .also(source.body->loc, "is " + then->type->str())
          .also(otherwise->loc, "is " + otherwise->type->str());
      if (!expected)
        explainSizes(then, otherwise);
      type = types_.error;
    }
  } else if (!wantValue && otherwise && then->type->is(Type::Kind::Never) &&
             otherwise->type->is(Type::Kind::Never)) {
    type = types_.never;
  }
  if (pattern) {
    auto *node = make<IfLet>(expr->loc, type);
    node->pattern = pattern;
    node->value = cond;
    node->then = then;
    node->otherwise = otherwise;
    node->resizes = resizes;
    return node;
  }
  auto *node = make<If>(expr->loc, type);
  node->cond = cond;
  node->then = then;
  node->otherwise = otherwise;
  node->resizes = resizes;
  return node;
}

Expr *Checker::checkMatch(const ast::MatchExpr *expr, const Type *expected, bool wantValue) {
  auto *node = make<Match>(expr->loc, types_.error);
  node->value = check(expr->subject);
  const Type *subject = node->value->type;
  const Type *type = nullptr;
  bool all = false;
  bool failed = subject->is(Type::Kind::Error);
  const Sizes sizes = now_;
  std::vector<Sizes> ends;
  for (auto &arm : expr->arms) {
    Saved saved(*this);
    openScope();
    now_ = sizes;
    MatchArm out;
    std::map<std::string, Loc> names;
    refuseTwice(arm.pattern, names);
    out.pattern = matchPattern(arm.pattern, subject);
    failed |= out.pattern->type && out.pattern->type->is(Type::Kind::Error);
    if (all && out.pattern->type && !failed)
      report(DiagKind::UnreachableArm, arm.pattern->loc,
             "this arm is never reached: one before it takes everything");
    Pattern::Kind kind = out.pattern->kind;
    all |= kind == Pattern::Kind::Wildcard || kind == Pattern::Kind::Bind;
    out.body = checkBlock(arm.body, expected, wantValue);
    failed |= out.body->type->is(Type::Kind::Error);
    if (!out.body->type->is(Type::Kind::Never))
      ends.push_back(now_);
    node->arms.push_back(out);
  }
  node->resizes = meet(sizes, ends);
  if (failed)
    return node;
  if (std::optional<std::string> value = leftOut(*node)) {
    if (*value == "_")
      report(DiagKind::MissingArm, expr->loc, "this `match` does not cover every value")
          .help("end it with an arm `_ => ..`");
    else
      report(DiagKind::MissingArm, expr->loc,
             "this `match` does not say what happens for " +
                 (*value == "x" ? "what is not `none`" : "`" + *value + "`"));
    return node;
  }
  if (!wantValue) {
    node->type = types_.unit;
    return node;
  }
  if (isOpen(expected)) {
    std::vector<Expr **> bodies;
    for (MatchArm &arm : node->arms)
      bodies.push_back(&arm.body);
    if (const Type *joined = joinSizes(bodies, expected, node->resizes)) {
      node->type = joined;
      return node;
    }
  }
  for (size_t i = 0; i < node->arms.size(); ++i) {
    if (i == 0) {
      type = node->arms[0].body->type;
      continue;
    }
    type = join(node->arms[0].body, node->arms[i].body);
    if (!type) {
      report(DiagKind::BranchMismatch, expr->loc, "the arms of this `match` have different types")
          .also(node->arms[0].body->loc, "is " + node->arms[0].body->type->str())
          .also(node->arms[i].body->loc, "is " + node->arms[i].body->type->str());
      if (!expected)
        explainSizes(node->arms[0].body, node->arms[i].body);
      return node;
    }
  }
  node->type = type ? type : types_.unit;
  return node;
}

Expr *Checker::checkCatch(const ast::CatchExpr *expr, const Type *expected) {
  auto *node = make<Catch>(expr->loc, types_.error);
  const Sizes before = now_;
  auto outer = std::exchange(handedOver_, {});
  node->value = check(expr->value, expected);
  std::vector<Sizes> ends{now_};
  now_ = before;
  node->handler = checkClosure(expr->handler, {types_.str}, {false}, nullptr);
  meet(before, ends);
  for (const Var *var : std::exchange(handedOver_, outer))
    renew(var);
  if (node->value->type->is(Type::Kind::Error) || node->handler->type->is(Type::Kind::Error))
    return node;
  bool resizes = false; // never inside of a graph
  node->type = isOpen(expected) ? joinSizes({&node->value, &node->handler->body}, expected, resizes)
                                : nullptr;
  if (!node->type)
    node->type = join(node->value, node->handler->body);
  if (!node->type) {
    const Type *given = node->handler->body->type;
    auto &diag = report(DiagKind::BranchMismatch, expr->loc,
                        "the value and what `catch` gives instead have different types")
                     .also(node->value->loc, "is " + node->value->type->str())
                     .also(node->handler->loc, "is " + given->str());
    if (given->is(Type::Kind::Fn) && given->elems.empty())
      diag.help("braces inside of these make a function: leave them out");
    if (!expected)
      explainSizes(node->value, node->handler->body);
    node->type = types_.error;
  }
  return node;
}

bool Checker::isFullyTyped(const ast::ClosureExpr *expr) {
  for (const ast::Pattern *param : expr->params)
    if (!isTyped(param))
      return false;
  return true;
}

bool Checker::isTyped(const ast::Pattern *pattern) {
  if (auto *name = pattern->as<ast::NamePattern>())
    return name->type != nullptr;
  if (auto *wildcard = pattern->as<ast::WildcardPattern>())
    return wildcard->type != nullptr;
  auto *tuple = pattern->as<ast::TuplePattern>();
  if (!tuple)
    return false;
  if (tuple->type)
    return true;
  for (const ast::Pattern *element : tuple->elements)
    if (!isTyped(element))
      return false;
  return true;
}

const Type *Checker::declaredType(const ast::Pattern *pattern) {
  const ast::TypeExpr *type = nullptr;
  if (auto *name = pattern->as<ast::NamePattern>())
    type = name->type;
  else if (auto *wildcard = pattern->as<ast::WildcardPattern>())
    type = wildcard->type;
  else if (auto *tuple = pattern->as<ast::TuplePattern>()) {
    type = tuple->type;
    if (!type) {
      TypeContext::List elems;
      for (const ast::Pattern *element : tuple->elements)
        elems.push_back(declaredType(element));
      return types_.tuple(std::move(elems));
    }
  }
  return type ? resolveType(type) : types_.error;
}

// A closure where it stands: its parameters' types are written, or known from the place.
Expr *Checker::closureValue(const ast::ClosureExpr *expr, const Type *expected, Scope *scope) {
  if (expected && expected->is(Type::Kind::Fn)) {
    if (expected->elems.size() != expr->params.size()) {
      report(DiagKind::ClosureParams, expr->loc,
             "a closure of " + std::to_string(expected->elems.size()) +
                 " parameters is needed here, and this has " + std::to_string(expr->params.size()));
      return errorExpr(expr->loc);
    }
    return checkClosure(expr, expected->elems, expected->byRef, expected->result, scope);
  }
  if (!isFullyTyped(expr)) {
    report(DiagKind::UntypedClosure, expr->loc,
           "the type of this closure's parameters is not known here")
        .help("write it: `{ (x: f32[B]) => .. }`");
    return errorExpr(expr->loc);
  }
  Saved saved(*this);
  if (scope)
    scope_ = scope;
  openScope();
  TypeContext::List types;
  std::vector<bool> byRef;
  for (const ast::Pattern *param : expr->params) {
    types.push_back(declaredType(param));
    auto *name = param->as<ast::NamePattern>();
    byRef.push_back(name && name->byRef);
  }
  Closure *closure = checkClosure(expr, types, byRef, nullptr, scope_);
  if (!closure->type->is(Type::Kind::Fn))
    return closure;
  // `?N` in its parameters is another size at each call.
  Type generic = *closure->type;
  for (auto &[name, symbol] : scope_->names)
    if (const DimVar *dim = symbol.kind == Symbol::Kind::Dim ? symbol.dim.asVar() : nullptr;
        dim && dim->kind == DimVar::Kind::Fresh)
      generic.ownDims.push_back(dim);
  if (!generic.ownDims.empty())
    closure->type = types_.intern(std::move(generic));
  return closure;
}

// Note [Stored closures]
// A closure written as an argument works on the variables around it. One that is kept holds copies,
// made where it stands: the first use of a `var` from outside adds `let copy = var` before it, and
// the closure uses the copy.
Expr *Checker::storedClosure(const ast::ClosureExpr *expr, const Type *expected) {
  return closureValue(expr, expected, capturing(scope_, block_));
}

Scope *Checker::capturing(Scope *around, Block *copies) {
  captures_.push_back({copies, {}});
  scopes_.push_back({around, {}, &captures_.back()});
  return &scopes_.back();
}

// The variable itself, or its copy where a stored closure lies between the place here and the
// scope that has the name.
Var *Checker::captured(Var *var, const std::string &name) {
  if (!var->isMutable)
    return var;
  std::vector<Captures *> between;
  for (Scope *scope = scope_; scope && !scope->names.count(name); scope = scope->parent)
    if (scope->captures && scope->captures->copies)
      between.push_back(scope->captures);
  for (auto it = between.rbegin(); it != between.rend(); ++it) {
    Var *&copy = (*it)->byVar[var];
    if (!copy) {
      copy = newVar({var->name, var->loc}, var->resizes ? refreshed(var->type) : var->type, false);
      copies_.insert(copy);
      usedVars_.insert(copy);
      (*it)->copies->stmts.push_back(letOf(copy, varRef(var->loc, var)));
    }
    var = copy;
  }
  return var;
}

Closure *Checker::checkClosure(const ast::ClosureExpr *expr,
                               const std::vector<const Type *> &params,
                               const std::vector<bool> &byRef, const Type *result, Scope *scope,
                               const std::vector<Arg> &given) {
  auto *closure = make<Closure>(expr->loc, types_.error);
  closure->body = errorExpr(expr->loc);
  if (expr->params.size() != params.size()) {
    // A closure that takes one tuple may be written with one parameter per member.
    if (params.size() == 1 && params[0]->is(Type::Kind::Tuple) &&
        params[0]->elems.size() == expr->params.size())
      report(DiagKind::ClosureParams, expr->loc, "this closure takes one value, a tuple")
          .help("take it apart: `{ (a, b) => .. }`");
    else
      report(DiagKind::ClosureParams, expr->loc,
             "a closure of " + std::to_string(params.size()) +
                 " parameters is needed here, and this has " + std::to_string(expr->params.size()));
    return closure;
  }
  Saved saved(*this);
  PipeStage *stage = pipeStage_;
  const ast::Expr *root = pipeRoot_;
  pipeStage_ = nullptr;
  pipeRoot_ = nullptr;
  Frame frame;
  if (frame_) {
    frame = *frame_;
    frame.parent = frame_;
  }
  frame.isClosure = true;
  frame.result = result && !result->is(Type::Kind::Error) ? result : nullptr;
  frame.returned = nullptr;
  frame.loops = 0;
  frame_ = &frame;
  if (scope)
    scope_ = scope;
  openScope();
  bool failed = false;
  std::map<std::string, Loc> names;
  for (const ast::Pattern *param : expr->params)
    refuseTwice(param, names);
  for (size_t i = 0; i < params.size(); ++i) {
    auto *name = expr->params[i]->as<ast::NamePattern>();
    bool ref = i < byRef.size() && byRef[i];
    if (name && name->byRef != ref && !ref)
      ref = true, failed |= !params[i]->is(Type::Kind::Error),
      report(DiagKind::NeedlessRef, name->loc,
             "this parameter is not given for update: leave out the `&`");
    closure->params.push_back(bindPattern(expr->params[i], params[i], false, ref));
    failed |= closure->params.back()->type->is(Type::Kind::Error);
    closure->byRef.push_back(ref);
    // A literal stays one, see staysLiteral.
    std::vector<const Type *> key;
    if (i < given.size() && name && !name->type && !ref && isFloatLiteral(given[i].value, key)) {
      Symbol symbol;
      symbol.kind = Symbol::Kind::Alias;
      symbol.alias = given[i].value;
      define(name->name, symbol);
    }
  }
  bool wantsUnit = result && result->is(Type::Kind::Unit);
  Block *body = nullptr;
  const Sizes before = now_;
  repeated(false, [&] { body = checkBlock(expr->body, frame.result, !wantsUnit); });
  for (auto &[var, sizes] : before)
    if (!sameSizes(sizes, now_[var]))
      handedOver_.insert(var);
  now_ = before;
  const Type *type = body->type;
  if (frame.result && !wantsUnit) {
    finishResult(body, frame.result, {}, expr->loc);
    type = frame.result;
  } else if (frame.returned) {
    type = type->is(Type::Kind::Never) ? frame.returned : type;
  }
  if (body->result)
    failed |= body->result->type->is(Type::Kind::Error);
  failed |= body->type->is(Type::Kind::Error);
  pipeStage_ = stage;
  pipeRoot_ = root;
  closure->body = body;
  if (!failed)
    closure->type = types_.function(params, closure->byRef, wantsUnit ? types_.unit : type);
  return closure;
}

} // namespace nnc::sema
