// A warning for calls that give a value, do nothing else, and whose value nobody takes.
#include "compiler/frontend/sema/Checker.h"
#include "compiler/frontend/sema/Walk.h"

namespace nnc::sema {
namespace {

bool anyByRef(const std::vector<Arg> &args) {
  for (const Arg &arg : args)
    if (arg.byRef)
      return true;
  return false;
}

struct Purity {
  std::map<const FnInstance *, bool> known;

  // A function assumed pure while its own body is looked at: recursion alone is no effect.
  bool isPure(const FnInstance *fn) {
    auto [it, isNew] = known.emplace(fn, true);
    if (!isNew)
      return it->second;
    bool pure = fn->body && isPure(*fn->body);
    return known[fn] = pure;
  }

  bool isPure(const Expr &expr) {
    switch (expr.kind) {
    case ExprKind::Call:
      if (anyByRef(as<Call>(expr).args) || !isPure(as<Call>(expr).fn))
        return false;
      break;
    case ExprKind::Prim: {
      // Prims of tensors are pure; those of the host may print, write or stop the program.
      auto &prim = as<Prim>(expr);
      bool tensors = prim.name.rfind("nn.", 0) == 0 || prim.name == "t" || prim.name == "split" ||
                     prim.name == "stack" || prim.name == "training" || prim.name == "rank";
      if (!tensors || anyByRef(prim.args))
        return false;
      break;
    }
    case ExprKind::CallValue:
    case ExprKind::Train:
    case ExprKind::Catch:
    case ExprKind::Index: // stops the program out of range
      return false;
    default:
      break;
    }
    bool pure = true;
    forEachChild(
        expr, [&](const Expr &e) { pure = pure && isPure(e); },
        [&](const Stmt &s) { pure = pure && isPure(s); });
    return pure;
  }
  bool isPure(const Stmt &stmt) {
    if (stmt.kind == StmtKind::Expect || stmt.kind == StmtKind::Assume ||
        stmt.kind == StmtKind::While)
      return false;
    bool pure = true;
    forEachChild(
        stmt, [&](const Expr &e) { pure = pure && isPure(e); },
        [&](const Stmt &s) { pure = pure && isPure(s); });
    return pure;
  }
};

} // namespace

void Checker::eachOwnBody(const std::function<void(const Expr &)> &visit) {
  visit(*program_.body);
  for (const ArgDecl &arg : program_.args)
    if (arg.init)
      visit(*arg.init);
  for (auto &[var, value] : program_.globals)
    visit(*value);
  for (const TestDecl &test : program_.tests)
    visit(*test.body);
  for (auto &[fn, pending] : bodies_)
    if (fn->body && !pending.decl->module->isLibrary)
      visit(*fn->body);
}

void Checker::warnOfUnusedResults() {
  Purity purity;
  auto ofStmt = [&](const Stmt &stmt) {
    if (stmt.kind != StmtKind::Expr)
      return;
    const Expr &value = *as<ExprStmt>(stmt).value;
    bool called = value.kind == ExprKind::Call || value.kind == ExprKind::Prim;
    bool gives = !value.type->is(Type::Kind::Unit) && !value.type->is(Type::Kind::Never);
    if (!called || !gives || !purity.isPure(value))
      return;
    auto &diag = report(DiagKind::UnusedResult, value.loc,
                        "this gives " + value.type->str() + ", and nothing uses it");
    if (value.kind == ExprKind::Call)
      diag.note("`" + as<Call>(value).fn->name + "` does nothing but give a value");
  };
  eachOwnBody([&](const Expr &body) { walkTree(body, [](const Expr &) {}, ofStmt); });
}

} // namespace nnc::sema
