// Warnings about what a tensor comes from: probabilities where logits are due, a layer that
// normalizes what is normalized, softmax over another axis than the one summed next, and patterns
// that call the same axes by other names.
#include "compiler/frontend/sema/Checker.h"
#include "compiler/frontend/sema/Walk.h"
#include <algorithm>

namespace nnc::sema {
namespace {

bool isCallOf(const Expr *expr, std::initializer_list<const char *> names) {
  if (!expr || expr->kind != ExprKind::Call || !as<Call>(*expr).fn->isLibrary)
    return false;
  return std::any_of(names.begin(), names.end(),
                     [&](const char *name) { return as<Call>(*expr).fn->name == name; });
}

// Whether a function of the library keeps the axes of what it is given: relu, dropout, cumsum.
bool keepsAxes(const Call &call) {
  return call.fn->isLibrary && !call.args.empty() && call.args[0].value &&
         call.args[0].value->type == call.type && call.type->is(Type::Kind::Tensor);
}

bool isLayerCall(const Expr *expr) {
  if (!expr || expr->kind != ExprKind::Call || as<Call>(*expr).args.size() != 2)
    return false;
  auto &call = as<Call>(*expr);
  const Expr *self = call.args[0].value;
  return call.args[1].value && self && self->type->is(Type::Kind::Struct) &&
         self->type->structInfo->isModel && call.fn->params[0]->name == "self";
}

struct Origins {
  Diagnostics &diags;
  std::map<const Var *, const Expr *> lets; // what names that never change stand for
  std::map<const FnInstance *, bool> normalizing;

  void learn(const Expr &body) {
    walkTree(
        body, [](const Expr &) {},
        [&](const Stmt &stmt) {
          if (stmt.kind != StmtKind::Let)
            return;
          auto &let = as<LetStmt>(stmt);
          if (let.pattern->kind == Pattern::Kind::Bind && !let.pattern->var->isMutable)
            lets[let.pattern->var] = let.value;
        });
  }

  // The expression that a value is made by: names and blocks are looked through.
  const Expr *made(const Expr *expr) const {
    for (int turn = 0; expr && turn < 64; ++turn) {
      if (expr->kind == ExprKind::Block && as<Block>(*expr).result)
        expr = as<Block>(*expr).result;
      else if (expr->kind == ExprKind::VarRef && lets.count(as<VarRef>(*expr).var))
        expr = lets.at(as<VarRef>(*expr).var);
      else
        return expr;
    }
    return expr;
  }

  // The call of a function of the library that a value comes from, through functions and models of
  // the program whose last word it is.
  const Expr *lastCall(const Expr *expr) const {
    expr = made(expr);
    for (int turn = 0; turn < 64 && expr && expr->kind == ExprKind::Call; ++turn) {
      const FnInstance *fn = as<Call>(*expr).fn;
      if (fn->isLibrary || !fn->body)
        return expr;
      expr = made(fn->body);
    }
    return expr;
  }

  // A layer of which all params are vectors and that multiplies by the reciprocal of a root.
  bool normalizes(const Call &call) {
    auto [it, isNew] = normalizing.emplace(call.fn, false);
    if (!isNew || !call.fn->body)
      return it->second;
    bool vectors = false;
    for (const FieldInfo &field : call.args[0].value->type->structInfo->fields) {
      bool isParam = field.role == FieldInfo::Role::Param;
      vectors |= isParam;
      if (field.role == FieldInfo::Role::Sub ||
          (isParam && (!field.type->is(Type::Kind::Tensor) || field.type->shape.size() != 1)))
        return false;
    }
    bool root = false;
    walkTree(*call.fn->body, [&](const Expr &e) {
      root |= e.kind == ExprKind::Prim &&
              (as<Prim>(e).name == "nn.rsqrt" || as<Prim>(e).name == "nn.sqrt");
    });
    return normalizing[call.fn] = vectors && root;
  }

  static std::string nameOf(const Call &layer) {
    const Expr *self = layer.args[0].value;
    if (self->kind == ExprKind::Field && as<Field>(*self).base->type->is(Type::Kind::Struct))
      return as<Field>(*self).base->type->structInfo->fields[as<Field>(*self).index].name;
    return self->kind == ExprKind::VarRef ? as<VarRef>(*self).var->name : self->type->str();
  }

  void layerCall(const Call &call) {
    const Expr *given = made(call.args[1].value);
    if (!isLayerCall(given) || as<Call>(*given).fn != call.fn || !normalizes(call))
      return;
    diags
        .report(DiagKind::NormalizedTwice, call.loc,
                "`" + nameOf(call) + "` normalizes what `" + nameOf(as<Call>(*given)) +
                    "` has normalized")
        .also(given->loc, "normalized here")
        .note("two such layers in a row do what one does");
  }

  void logits(const Call &call) {
    for (size_t i = 0; i < call.args.size() && i < call.fn->params.size(); ++i) {
      if (call.fn->params[i]->name != "logits" || !call.args[i].value)
        continue;
      const Expr *origin = lastCall(call.args[i].value);
      if (isCallOf(origin, {"softmax", "log_softmax"}))
        diags
            .report(DiagKind::NotLogits, call.args[i].value->loc,
                    "`" + call.fn->name +
                        "` takes logits and applies softmax itself; this went "
                        "through `" +
                        as<Call>(*origin).fn->name + "` already")
            .also(origin->loc, "here")
            .help("give it what goes into `" + as<Call>(*origin).fn->name + "`");
    }
  }

  // ---- patterns
  // The names that the pattern of an einsum or rearrange gave a value's axes, and that pattern.
  const Prim *namedBy(const Expr *expr) const {
    expr = made(expr);
    if (!expr || !expr->type->is(Type::Kind::Tensor))
      return nullptr;
    if (expr->kind == ExprKind::Call)
      return keepsAxes(as<Call>(*expr)) ? namedBy(as<Call>(*expr).args[0].value) : nullptr;
    if (expr->kind == ExprKind::Binary) {
      for (const Expr *side : {as<Binary>(*expr).lhs, as<Binary>(*expr).rhs})
        if (side->type == expr->type)
          if (const Prim *found = namedBy(side))
            return found;
      return nullptr;
    }
    if (expr->kind != ExprKind::Prim)
      return nullptr;
    auto &prim = as<Prim>(*expr);
    if (!prim.axisNames.empty() || prim.name == "nn.transpose" || prim.name == "nn.reshape")
      return !prim.axisNames.empty() && !prim.axisNames.back().empty() ? &prim : nullptr;
    for (const Arg &arg : prim.args)
      if (arg.value && arg.value->type == expr->type)
        if (const Prim *found = namedBy(arg.value))
          return found;
    return nullptr;
  }

  // Whether a pattern sums some axes of its argument, and keeps the one that adds up to 1.
  void softmaxThen(const Prim &prim, size_t i) {
    const Expr *origin = made(prim.args[i].value);
    while (origin && origin->kind == ExprKind::Call && keepsAxes(as<Call>(*origin)) &&
           !isCallOf(origin, {"softmax"}))
      origin = made(as<Call>(*origin).args[0].value);
    if (!isCallOf(origin, {"softmax"}))
      return;
    auto &softmax = as<Call>(*origin);
    const Expr *axis = softmax.args.size() > 1 ? softmax.args[1].value : nullptr;
    const AxisNames &names = prim.axisNames[i], &kept = prim.axisNames.back();
    if (!axis || axis->kind != ExprKind::Int)
      return;
    int64_t at = as<IntLit>(*axis).value;
    at += at < 0 ? int64_t(names.size()) : 0;
    auto isKept = [&](const std::string &name) {
      return std::find(kept.begin(), kept.end(), name) != kept.end();
    };
    auto summed = std::find_if_not(names.begin(), names.end(), isKept);
    if (at < 0 || at >= int64_t(names.size()) || summed == names.end() ||
        !isKept(names[size_t(at)]))
      return;
    diags
        .report(DiagKind::SoftmaxAxis, origin->loc,
                "`softmax` makes axis `" + names[size_t(at)] +
                    "` add up to 1, and the sum that follows is over axis `" + *summed + "`")
        .also(prim.loc, "summed here")
        .help("write `axis: " +
              std::to_string(int64_t(summed - names.begin()) - int64_t(names.size())) + "`");
  }

  static std::string joined(const AxisNames &names) {
    std::string text;
    for (const std::string &name : names)
      text += (text.empty() ? "" : " ") + name;
    return text;
  }

  void pattern(const Prim &prim) {
    for (size_t i = 0; i + 1 < prim.axisNames.size(); ++i) {
      const AxisNames &names = prim.axisNames[i];
      if (names.empty())
        continue;
      softmaxThen(prim, i);
      const Prim *origin = namedBy(prim.args[i].value);
      if (!origin || origin->axisNames.back() == names ||
          !std::is_permutation(names.begin(), names.end(), origin->axisNames.back().begin(),
                               origin->axisNames.back().end()))
        continue;
      // The same tensor may stand twice, as itself and turned round.
      bool alsoAsMade = false;
      for (size_t k = 0; k + 1 < prim.axisNames.size(); ++k)
        alsoAsMade |= k != i && prim.axisNames[k] == origin->axisNames.back() &&
                      namedBy(prim.args[k].value) == origin;
      if (!alsoAsMade)
        diags
            .report(DiagKind::AxesRenamed, prim.args[i].value->loc,
                    "the axes of this are `" + joined(origin->axisNames.back()) +
                        "`, and the pattern calls them `" + joined(names) + "`")
            .also(origin->loc, "named here");
    }
  }

  void walk(const Expr &expr) {
    if (expr.kind == ExprKind::Call) {
      logits(as<Call>(expr));
      if (isLayerCall(&expr))
        layerCall(as<Call>(expr));
    }
    if (expr.kind == ExprKind::Prim && !as<Prim>(expr).axisNames.empty())
      pattern(as<Prim>(expr));
  }
};

} // namespace

void Checker::warnOfOrigins() {
  Origins origins{diags_, {}, {}};
  eachOwnBody([&](const Expr &body) { origins.learn(body); });
  eachOwnBody([&](const Expr &body) { walkTree(body, [&](const Expr &e) { origins.walk(e); }); });
}

} // namespace nnc::sema
