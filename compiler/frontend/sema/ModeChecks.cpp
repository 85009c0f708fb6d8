// Checks of the finished tree that follow calls: training mode, state that moves, closures of
// datasets.
#include "compiler/frontend/sema/Checker.h"
#include "compiler/frontend/sema/Walk.h"

namespace nnc::sema {
namespace {

bool isStateField(const Expr *place) {
  if (place->kind == ExprKind::Index)
    return isStateField(as<Index>(*place).base);
  if (place->kind != ExprKind::Field)
    return false;
  auto &node = as<Field>(*place);
  const StructInfo *info = node.base->type->structInfo;
  return info && info->fields[node.index].role == FieldInfo::Role::State;
}

struct ModeChecks {
  Diagnostics &diags;
  std::map<const FnInstance *, std::string>
      training; // the function whose result depends on the mode
  std::map<const FnInstance *, bool> moving;
  std::set<std::pair<const FnInstance *, bool>> walked;

  // The name of a function, reached from the tree, that does something else while training; or "".
  std::string trainingIn(const Expr &tree) {
    std::string found;
    walkTree(
        tree,
        [&](const Expr &e) {
          if (found.empty() && e.kind == ExprKind::Call)
            found = trainingOf(as<Call>(e).fn);
        },
        [](const Stmt &) {});
    return found;
  }
  std::string trainingOf(const FnInstance *fn) {
    auto [it, isNew] = training.emplace(fn, "");
    if (!isNew || !fn->body)
      return it->second;
    bool direct = false;
    walkTree(
        *fn->body,
        [&](const Expr &e) {
          direct |= e.kind == ExprKind::Prim && as<Prim>(e).name.rfind("training", 0) == 0;
        },
        [](const Stmt &) {});
    std::string name = direct ? fn->name : trainingIn(*fn->body);
    return training[fn] = name;
  }

  // Whether a call of the method may assign state of its self.
  bool movesState(const FnInstance *fn) {
    auto [it, isNew] = moving.emplace(fn, false);
    if (!isNew || !fn->body || fn->params.empty() || fn->params[0]->name != "self")
      return it->second;
    bool moves = false;
    const Var *self = fn->params[0];
    walkTree(
        *fn->body,
        [&](const Expr &e) {
          if (e.kind == ExprKind::Call && !as<Call>(e).args.empty() && as<Call>(e).args[0].value)
            moves |= rootOf(as<Call>(e).args[0].value) == self && movesState(as<Call>(e).fn);
        },
        [&](const Stmt &s) {
          if (s.kind != StmtKind::Assign)
            return;
          const Expr *place = as<AssignStmt>(s).place;
          moves |= rootOf(place) == self && isStateField(place);
        });
    return moving[fn] = moves;
  }

  void walk(const Expr &expr, bool inTrain) {
    if (expr.kind == ExprKind::Grad && !inTrain) {
      std::string name = trainingIn(*as<Grad>(expr).fn);
      if (!name.empty())
        diags
            .report(DiagKind::GradOutsideTrain, expr.loc,
                    "this gradient is taken outside of `train`, where `" + name +
                        "` works as in inference")
            .help("put it into a block: `train(&rng) { .. }`");
    }
    if (expr.kind == ExprKind::Prim && as<Prim>(expr).name.rfind("data.", 0) == 0)
      for (const Arg &arg : as<Prim>(expr).args)
        if (arg.value && arg.value->kind == ExprKind::Closure)
          checkSampleClosure(as<Closure>(*arg.value));
    if (expr.kind == ExprKind::Call) {
      auto &call = as<Call>(expr);
      bool self = !call.args.empty() && call.args[0].value;
      if (inTrain && self && !call.args[0].byRef && movesState(call.fn))
        diags
            .report(DiagKind::StateNotReached, call.args[0].value->loc,
                    "`" + call.fn->name +
                        "` moves its state while training, so the model must be "
                        "reached by reference")
            .help("write `grad(&net)`, or `for &b in blocks`");
      if (call.fn->body && walked.insert({call.fn, inTrain}).second)
        walk(*call.fn->body, inTrain);
    }
    bool below = inTrain || expr.kind == ExprKind::Train;
    forEachChild(
        expr, [&](const Expr &e) { walk(e, below); }, [&](const Stmt &s) { walkStmt(s, below); });
  }
  void walkStmt(const Stmt &stmt, bool inTrain) {
    forEachChild(
        stmt, [&](const Expr &e) { walk(e, inTrain); },
        [&](const Stmt &s) { walkStmt(s, inTrain); });
  }

  // Samples are made on other threads, so a closure of a dataset may not update what is around it.
  void checkSampleClosure(const Closure &closure) {
    for (const Expr *place : outerUpdates(closure)) {
      const Var *var = rootOf(place);
      diags
          .report(DiagKind::UpdateInDataset, place->loc,
                  "`" + var->name +
                      "` is updated while samples are made, which happens on other threads")
          .also(var->loc, "declared outside of the closure");
    }
  }
};

} // namespace

void Checker::checkModes() {
  ModeChecks checks{diags_, {}, {}, {}};
  for (auto &[var, value] : program_.globals)
    checks.walk(*value, false);
  checks.walk(*program_.body, false);
  for (const TestDecl &test : program_.tests)
    checks.walk(*test.body, false);
  for (const FnInstance *fn : program_.exports)
    if (fn->body)
      checks.walk(*fn->body, false);
}

} // namespace nnc::sema
