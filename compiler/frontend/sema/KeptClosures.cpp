// A closure written as an argument may update what is around it, unless the call keeps it: what is
// kept holds copies. Here calls are found that keep such a closure, in their result or in what they
// are handed for update.
#include "compiler/frontend/sema/Checker.h"
#include "compiler/frontend/sema/Walk.h"

namespace nnc::sema {
namespace {

class KeptClosures {
public:
  explicit KeptClosures(Diagnostics &diags) : diags(diags) {}

  void look(const Expr &expr) {
    if (expr.kind != ExprKind::Call)
      return;
    auto &call = as<Call>(expr);
    for (size_t i = 0; i < call.args.size(); ++i) {
      const Expr *value = call.args[i].value;
      if (!value || value->kind != ExprKind::Closure)
        continue;
      std::vector<const Expr *> updates = outerUpdates(as<Closure>(*value));
      if (!updates.empty() && keeps(call.fn, i))
        report(*updates[0], call);
    }
  }

private:
  using Vars = std::set<const Var *>;
  Diagnostics &diags;
  std::map<std::pair<const FnInstance *, size_t>, bool> kept;

  bool keeps(const FnInstance *fn, size_t param) {
    auto [it, isNew] = kept.emplace(std::make_pair(fn, param), false);
    if (!isNew || !fn->body || param >= fn->params.size())
      return it->second;
    Vars holding{fn->params[param]}; // what may hold the closure
    bool isHeld = false;
    for (size_t before = 0; before != holding.size();) {
      before = holding.size();
      isHeld = follow(*fn->body, holding);
    }
    for (const Var *other : fn->params)
      isHeld |= other->isRef && other != fn->params[param] && holding.count(other);
    return kept[{fn, param}] = isHeld;
  }

  /// Adds to `holding`; whether the value or one that `return` gives holds the closure.
  bool follow(const Expr &body, Vars &holding) {
    bool returned = false;
    auto hold = [&](const Expr *place) {
      if (const Var *root = rootOf(place))
        holding.insert(root);
    };
    walkTree(
        body,
        [&](const Expr &e) {
          if (e.kind != ExprKind::Call)
            return;
          auto &call = as<Call>(e); // may put one argument into another
          for (size_t i = 0; i < call.args.size(); ++i)
            if (call.args[i].value && !call.args[i].byRef && holds(*call.args[i].value, holding) &&
                keeps(call.fn, i))
              for (const Arg &arg : call.args)
                if (arg.byRef)
                  hold(arg.value);
        },
        [&](const Stmt &s) {
          if (s.kind == StmtKind::Let && holds(*as<LetStmt>(s).value, holding))
            eachVar(*as<LetStmt>(s).pattern, [&](const Var *var) {
              if (hasFunctions(var->type))
                holding.insert(var);
            });
          if (s.kind == StmtKind::Assign && holds(*as<AssignStmt>(s).value, holding))
            hold(as<AssignStmt>(s).place);
          if (s.kind == StmtKind::Return && as<ReturnStmt>(s).value)
            returned |= holds(*as<ReturnStmt>(s).value, holding);
        });
    return holds(body, holding) || returned;
  }

  static bool hasFunctions(const Type *type) {
    switch (type->kind) {
    case Type::Kind::Fn:
    case Type::Kind::OneFn:
    case Type::Kind::Struct:
    case Type::Kind::Enum:
      return true;
    default:
      return std::any_of(type->elems.begin(), type->elems.end(), hasFunctions);
    }
  }

  bool holds(const Expr &e, const Vars &holding) {
    if (!e.type || !hasFunctions(e.type))
      return false;
    auto any = [&](const std::vector<Expr *> &parts) {
      return std::any_of(parts.begin(), parts.end(),
                         [&](const Expr *part) { return part && holds(*part, holding); });
    };
    switch (e.kind) {
    case ExprKind::VarRef:
      return holding.count(as<VarRef>(e).var) != 0;
    case ExprKind::Closure: {
      bool uses = false;
      walkTree(*as<Closure>(e).body, [&](const Expr &inner) {
        uses |= inner.kind == ExprKind::VarRef && holding.count(as<VarRef>(inner).var);
      });
      return uses;
    }
    case ExprKind::Call: {
      auto &call = as<Call>(e);
      for (size_t i = 0; i < call.args.size(); ++i)
        if (call.args[i].value && holds(*call.args[i].value, holding) && keeps(call.fn, i))
          return true;
      return false;
    }
    case ExprKind::Block:
      return as<Block>(e).result && holds(*as<Block>(e).result, holding);
    case ExprKind::If:
      return any({as<If>(e).then, as<If>(e).otherwise});
    case ExprKind::IfLet:
      return any({as<IfLet>(e).then, as<IfLet>(e).otherwise});
    case ExprKind::Match:
      return std::any_of(as<Match>(e).arms.begin(), as<Match>(e).arms.end(),
                         [&](const MatchArm &arm) { return holds(*arm.body, holding); });
    case ExprKind::Convert:
      return holds(*as<Convert>(e).value, holding);
    case ExprKind::Field:
      return holds(*as<Field>(e).base, holding);
    case ExprKind::Tuple:
      return any(as<TupleExpr>(e).elems);
    case ExprKind::Construct:
      return any(as<Construct>(e).fields);
    case ExprKind::Variant:
      return any(as<VariantExpr>(e).args);
    default:
      return false;
    }
  }

  void report(const Expr &place, const Call &call) {
    const Var *var = rootOf(&place);
    diags
        .report(DiagKind::NotUpdatable, place.loc,
                "this closure is kept, so it holds a copy of `" + var->name +
                    "` and cannot update it")
        .also(var->loc, "declared here")
        .note("`" + call.fn->name + "` keeps it, in what it gives or updates", call.loc);
  }
};

} // namespace

void Checker::refuseKeptUpdates() {
  KeptClosures closures(diags_);
  eachOwnBody(
      [&](const Expr &body) { walkTree(body, [&](const Expr &expr) { closures.look(expr); }); });
}

} // namespace nnc::sema
