// Blocks, and ways out of them: `return`, `break`, `continue`.
//
// Note [Leaving]
// Each function body has a hidden int, the exit flag: 0 go on, else one of Leave. A statement that
// leaves sets it. While its value is known when compiling nothing is spent on it; where it is only
// known when running, the rest of the block stands under a branch, and loops look at it. `return`
// also sets the hidden result.
#include "compiler/frontend/sema/Walk.h"
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;
using Op = sema::BinaryOp;

/// Whether control may leave by `return`, `break` or `continue`; closures and loops inside keep
/// their own.
bool Generator::escapes(const sema::Stmt &stmt, bool inLoop) {
  if (stmt.kind == sema::StmtKind::Return)
    return true;
  if (stmt.kind == sema::StmtKind::Break || stmt.kind == sema::StmtKind::Continue)
    return !inLoop;
  inLoop |= stmt.kind == sema::StmtKind::For || stmt.kind == sema::StmtKind::While;
  bool found = false;
  sema::forEachChild(
      stmt, [&](const sema::Expr &e) { found = found || escapes(e, inLoop); },
      [&](const sema::Stmt &s) { found = found || escapes(s, inLoop); });
  return found;
}
bool Generator::escapes(const sema::Expr &expr, bool inLoop) {
  if (expr.kind == sema::ExprKind::Closure)
    return false;
  bool found = false;
  sema::forEachChild(
      expr, [&](const sema::Expr &e) { found = found || escapes(e, inLoop); },
      [&](const sema::Stmt &s) { found = found || escapes(s, inLoop); });
  return found;
}

/// Whether there is any such statement, those of inner loops included.
static bool holdsExit(const sema::Expr &expr) {
  if (expr.kind == sema::ExprKind::Closure)
    return false;
  bool found = false;
  std::function<void(const sema::Stmt &)> onStmt = [&](const sema::Stmt &s) {
    found = found || s.kind == sema::StmtKind::Return || s.kind == sema::StmtKind::Break ||
            s.kind == sema::StmtKind::Continue;
    if (!found)
      sema::forEachChild(s, [&](const sema::Expr &e) { found = found || holdsExit(e); }, onStmt);
  };
  sema::forEachChild(expr, [&](const sema::Expr &e) { found = found || holdsExit(e); }, onStmt);
  return found;
}

bool Generator::holdsReturn(const sema::Expr &expr) {
  if (expr.kind == sema::ExprKind::Closure)
    return false;
  bool found = false;
  std::function<void(const sema::Stmt &)> onStmt = [&](const sema::Stmt &s) {
    found |= s.kind == sema::StmtKind::Return;
    sema::forEachChild(s, [&](const sema::Expr &e) { found |= holdsReturn(e); }, onStmt);
  };
  sema::forEachChild(expr, [&](const sema::Expr &e) { found |= holdsReturn(e); }, onStmt);
  return found;
}

/// Whether every way through the block ends in a `return` that is its own last statement.
static bool endsInReturn(const sema::Expr *expr) {
  if (!expr || expr->kind != sema::ExprKind::Block)
    return false;
  auto &block = sema::as<sema::Block>(*expr);
  return !block.stmts.empty() && block.stmts.back()->kind == sema::StmtKind::Return;
}

/// Ways out may stand in branches and blocks, not in the middle of an expression that goes on after
/// them.
void Generator::checkWaysOut(const sema::Expr &expr) {
  using K = sema::ExprKind;
  if (!escapes(expr))
    return;
  auto inside = [&](const sema::Expr *e) {
    if (e)
      checkWaysOut(*e);
  };
  switch (expr.kind) {
  case K::If:
    if (!escapes(*sema::as<sema::If>(expr).cond)) {
      inside(sema::as<sema::If>(expr).then);
      inside(sema::as<sema::If>(expr).otherwise);
      return;
    }
    break;
  case K::IfLet:
    if (!escapes(*sema::as<sema::IfLet>(expr).value)) {
      inside(sema::as<sema::IfLet>(expr).then);
      inside(sema::as<sema::IfLet>(expr).otherwise);
      return;
    }
    break;
  case K::Match:
    if (!escapes(*sema::as<sema::Match>(expr).value)) {
      for (const sema::MatchArm &arm : sema::as<sema::Match>(expr).arms)
        inside(arm.body);
      return;
    }
    break;
  case K::Convert:
    inside(sema::as<sema::Convert>(expr).value);
    return;
  case K::Block:
  case K::Train:
  case K::Remat:
  case K::Profile:
    return;
  default:
    break;
  }
  unsupported(expr.loc,
              "`return`, `break` and `continue` are not compiled in the middle of an expression");
}

// ---- the flag

Val &Generator::exitFlag() { return *find(&body->flag); }

/// The exit flag where it is known when compiling.
std::optional<int64_t> Generator::knownExit() {
  if (!body || !body->used)
    return 0;
  const Val &flag = exitFlag();
  if (flag.is(Val::Kind::Int) && flag.size.isConstant())
    return flag.size.constant;
  return std::nullopt;
}

Val Generator::exitIs(int64_t code) {
  return binary(Op::Eq, exitFlag(), Val::integer(code), nullptr, {});
}

void Generator::leave(Leave way) { exitFlag() = Val::integer(static_cast<int64_t>(way)); }

/// The flag is 0 again where it is `way`.
void Generator::arrive(Leave way) {
  int64_t code = static_cast<int64_t>(way);
  if (std::optional<int64_t> known = knownExit()) {
    if (*known == code)
      exitFlag() = Val::integer(0);
    return;
  }
  Val flag = exitFlag();
  exitFlag() = pick(exitIs(code), Val::integer(0), flag);
}

/// One of two ints.
Val Generator::pick(const Val &condition, const Val &x, const Val &y) {
  if (inGraph) {
    Value chosen = elementwise("nn.select",
                               {toTensor(condition, {}, {}), toTensor(x, b.getI64Type(), {}),
                                toTensor(y, b.getI64Type(), {})},
                               b.getI64Type());
    return Val::integer(Size(nn::ToIndexOp::create(b, loc, chosen)));
  }
  return Val::integer(Size(arith::SelectOp::create(b, loc, toCondition(condition),
                                                   materialize(x.size), materialize(y.size))));
}

/// What follows something that may have left: all of it, nothing, or a branch.
Val Generator::whereStaying(const ValFn &rest, const std::function<std::vector<Slot>()> &slots,
                            const sema::Type *type) {
  if (std::optional<int64_t> known = knownExit())
    return *known == 0 ? rest() : Val();
  Val before = exitFlag();
  std::vector<Slot> changed = slots();
  Val value = branch(exitIs(0), rest, [] { return Val(); }, changed, type);
  if (llvm::none_of(changed, [&](const Slot &slot) { return slot.var == &body->flag; }))
    exitFlag() = before; // a loop inside that was left has set it for itself
  return value;
}

// ---- bodies and blocks

/// A function's, closure's or program's body: `return` ends it.
Val Generator::evalBody(const sema::Expr &expr, const sema::Type *result) {
  Body inner;
  inner.result = result;
  inner.used = holdsExit(expr);
  inner.block = &expr;
  Body *outer = std::exchange(body, &inner);
  if (inner.used) {
    frame->vars[&inner.flag] = Val::integer(0);
    // The result's form must be known before the first loop or branch that may set it.
    if (holdsReturn(expr) && result && !result->is(TypeKind::Unit) &&
        !result->is(TypeKind::Never)) {
      inner.value.type = result;
      frame->vars[&inner.value] = Val();
    }
  }
  Val value = finishBody(eval(expr));
  if (inner.used) {
    frame->vars.erase(&inner.flag);
    frame->vars.erase(&inner.value);
  }
  body = outer;
  return value;
}

/// The body's value: that of its `return` where one was met. The flag is 0 afterwards.
Val Generator::finishBody(Val value) {
  std::optional<int64_t> known = knownExit();
  if (known && *known == 0)
    return value;
  Val *returned = body->value.type ? find(&body->value) : nullptr;
  Val result;
  if (returned && known)
    result = *returned;
  else if (returned)
    result = branch(
        exitIs(static_cast<int64_t>(Leave::Return)), [&] { return *returned; },
        [&] { return value; }, {}, body->result);
  exitFlag() = Val::integer(0);
  if (returned)
    *returned = Val();
  return result;
}

Val Generator::evalBlock(const sema::Block &block) { return evalRest(block, 0); }

/// Statements from `first` on, then the value.
Val Generator::evalRest(const sema::Block &block, size_t first) {
  for (size_t i = first; i < block.stmts.size(); ++i) {
    const sema::Stmt &stmt = *block.stmts[i];
    loc = at(stmt.loc);
    if (body && body->block == &block && stmt.kind == sema::StmtKind::Expr)
      if (const sema::Expr &value = *sema::as<sema::ExprStmt>(stmt).value;
          value.kind == sema::ExprKind::If)
        if (auto &branches = sema::as<sema::If>(value);
            endsInReturn(branches.then) && !(branches.otherwise && escapes(*branches.otherwise)))
          return evalGuard(branches, block, i + 1);
    exec(stmt);
    if (std::optional<int64_t> known = knownExit()) {
      if (*known)
        return {};
      continue;
    }
    std::vector<const sema::Stmt *> rest(block.stmts.begin() + i + 1, block.stmts.end());
    return whereStaying([&] { return evalRest(block, i + 1); },
                        [&] { return assignedIn({block.result}, rest); }, block.type);
  }
  if (!block.result)
    return {};
  checkWaysOut(*block.result);
  return eval(*block.result);
}

/// `if c { ..; return x }; rest` in the outermost block of a body: the two are the sides of one
/// branch, and no flag is needed.
Val Generator::evalGuard(const sema::If &guard, const sema::Block &block, size_t next) {
  Val condition = eval(*guard.cond);
  if (std::optional<bool> known = knownCondition(condition)) {
    if (*known)
      return eval(*guard.then);
    if (guard.otherwise)
      eval(*guard.otherwise);
    return evalRest(block, next);
  }
  std::vector<const sema::Stmt *> rest(block.stmts.begin() + next, block.stmts.end());
  auto then = [&] { return finishBody(eval(*guard.then)); };
  auto otherwise = [&] {
    if (guard.otherwise)
      eval(*guard.otherwise);
    return finishBody(evalRest(block, next));
  };
  std::vector<Slot> slots = assignedIn({guard.then, guard.otherwise, block.result}, rest);
  llvm::erase_if(
      slots, [&](const Slot &slot) { return slot.var == &body->flag || slot.var == &body->value; });
  return branch(condition, then, otherwise, slots, body->result);
}

void Generator::exec(const sema::Stmt &stmt) {
  switch (stmt.kind) {
  case sema::StmtKind::Let: {
    auto &let = sema::as<sema::LetStmt>(stmt);
    checkWaysOut(*let.value);
    Val value = evalStored(*let.value);
    if (knownExit() == std::optional<int64_t>(0) || !knownExit())
      bindPattern(*let.pattern, std::move(value));
    return;
  }
  case sema::StmtKind::Assign: {
    auto &set = sema::as<sema::AssignStmt>(stmt);
    checkWaysOut(*set.value);
    execAssign(set);
    return;
  }
  case sema::StmtKind::Expr:
    checkWaysOut(*sema::as<sema::ExprStmt>(stmt).value);
    eval(*sema::as<sema::ExprStmt>(stmt).value);
    return;
  case sema::StmtKind::For:
    execFor(sema::as<sema::ForStmt>(stmt));
    return;
  case sema::StmtKind::While:
    execWhile(sema::as<sema::WhileStmt>(stmt));
    return;
  case sema::StmtKind::Break:
    leave(Leave::Break);
    return;
  case sema::StmtKind::Continue:
    leave(Leave::Continue);
    return;
  case sema::StmtKind::Return: {
    auto &ret = sema::as<sema::ReturnStmt>(stmt);
    if (ret.value) {
      checkWaysOut(*ret.value);
      Val value = eval(*ret.value);
      if (body->value.type)
        *find(&body->value) = std::move(value);
    }
    leave(Leave::Return);
    return;
  }
  case sema::StmtKind::Expect:
    execExpect(sema::as<sema::ExpectStmt>(stmt));
    return;
  case sema::StmtKind::Assume:
    checkFact(sema::as<sema::AssumeStmt>(stmt).fact);
    return;
  }
}

} // namespace nnc::irgen
