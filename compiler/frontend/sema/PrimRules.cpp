// The result types of primitives that are declared in the library.
#include "compiler/frontend/sema/Checker.h"
#include <algorithm>

namespace nnc::sema {

enum class RuleKind {
#define PRIM_RULE(NAME) NAME,
#include "compiler/frontend/sema/PrimRules.def"
#undef PRIM_RULE
};

static std::optional<RuleKind> ruleOf(const std::string &name) {
  static const std::map<std::string, RuleKind> rules{
#define PRIM(NAME, RULE, TEXT) {NAME, RuleKind::RULE},
#include "compiler/frontend/sema/Prims.def"
#undef PRIM
  };
  auto it = rules.find(name);
  return it == rules.end() ? std::nullopt : std::optional<RuleKind>(it->second);
}

bool Checker::isElementwise(const FnDecl &fn) {
  auto rule = fn.isPrim ? ruleOf(fn.prim) : std::nullopt;
  return rule && *rule >= RuleKind::Float && *rule <= RuleKind::Any;
}

Expr *Checker::finishPrim(CallState &call) {
  auto rule = ruleOf(call.fn->prim);
  if (!rule) {
    report(DiagKind::UnknownPrim, call.fn->node->name.loc,
           "`" + call.fn->prim + "` is not a primitive of the language");
    return errorExpr(call.loc);
  }
  Subst subst = call.subst;
  const Type *result = call.fn->result;
  if (result)
    result = substType(result, subst);
  switch (*rule) {
#define PRIM_RULE(NAME)                                                                            \
  case RuleKind::NAME:                                                                             \
    return rule##NAME(call, result);
#include "compiler/frontend/sema/PrimRules.def"
#undef PRIM_RULE
  }
  return errorExpr(call.loc);
}

static Prim *primOf(CallState &call, Prim *node) {
  for (Arg &arg : call.args)
    if (arg.value)
      node->args.push_back(arg);
  return node;
}

Expr *Checker::ruleSignature(CallState &call, const Type *result) {
  Prim *node = primOf(call, prim(call.loc, call.fn->prim, result ? result : types_.unit));
  for (size_t i = 0; i < call.fn->params.size(); ++i)
    if (call.fn->params[i].special == ParamSig::Special::Dim)
      node->dims.push_back(call.subst.dims.dims[call.fn->params[i].dim]);
  node->strs = call.dtypes;
  return node;
}
Expr *Checker::ruleLanguage(CallState &call, const Type *result) {
  return ruleSignature(call, result);
}

// ---- elementwise

Expr *Checker::elementwise(CallState &call, bool floats) {
  std::vector<Expr *> args;
  const Type *type = nullptr;
  for (Arg &arg : call.args)
    args.push_back(arg.value);
  for (Expr *arg : args)
    if (arg->type->is(Type::Kind::Tree) && (!type || !arg->type->leafScalar))
      type = arg->type;
  if (type) {
    for (Expr *&arg : args) {
      if (arg->type->is(Type::Kind::Tree))
        continue;
      if (isAdaptable(arg))
        arg = adapt(arg, f32());
      if (arg->type->isScalar() && arg->type->isFloat())
        continue;
      report(DiagKind::BadTree, arg->loc,
             "`" + call.shown + "` takes trees and scalars together, not " + arg->type->str());
      return errorExpr(call.loc);
    }
    return prim(call.loc, call.fn->prim, type, args);
  }
  for (Expr *arg : args)
    if (!isAdaptable(arg))
      type = arg->type;
  type = type ? type : args[0]->type;
  if (type->is(Type::Kind::Int))
    type = f32();
  Shape shape = type->shape;
  for (Expr *&arg : args) {
    if (isAdaptable(arg))
      if (Expr *adapted = adapt(arg, type))
        arg = adapted;
    if (arg->type->dtype != type->dtype) {
      report(DiagKind::DTypeMismatch, arg->loc,
             "`" + call.shown + "` takes values of one dtype, and these are " + type->str() +
                 " and " + arg->type->str());
      return errorExpr(call.loc);
    }
    std::string why;
    auto both = broadcast(shape, arg->type->shape, why);
    if (!both) {
      report(DiagKind::BroadcastMismatch, arg->loc,
             "`" + call.shown + "` cannot combine " + type->str() + " and " + arg->type->str() +
                 ": " + why);
      return errorExpr(call.loc);
    }
    shape = *both;
  }
  if ((floats && !type->isFloat()) || type->dtype == DType::Bool) {
    auto &diag = report(DiagKind::DTypeMismatch, args[0]->loc,
                        "`" + call.shown + "` takes " + (floats ? "floats" : "numbers") + ", not " +
                            type->str());
    if (type->dtype != DType::Bool)
      diag.help("convert it: `f32(..)`");
    return errorExpr(call.loc);
  }
  return prim(call.loc, call.fn->prim, types_.tensor(type->dtype, shape), args);
}

Expr *Checker::ruleFloat(CallState &call, const Type *) { return elementwise(call, true); }
Expr *Checker::ruleNumber(CallState &call, const Type *) { return elementwise(call, false); }
Expr *Checker::ruleAny(CallState &call, const Type *) { return elementwise(call, false); }

Expr *Checker::rulePredicate(CallState &call, const Type *) {
  Expr *node = elementwise(call, false);
  if (node->type->is(Type::Kind::Tensor))
    node->type = types_.tensor(DType::Bool, node->type->shape);
  return node;
}

Expr *Checker::ruleSelect(CallState &call, const Type *) {
  Expr *mask = call.args[0].value, *a = call.args[1].value, *b = call.args[2].value;
  if (mask->type->dtype != DType::Bool || !mask->type->is(Type::Kind::Tensor)) {
    report(DiagKind::TypeMismatch, mask->loc,
           "the mask of `select` is of `bool`s, not " + mask->type->str());
    return errorExpr(call.loc);
  }
  if (isAdaptable(a) && !isAdaptable(b))
    a = adapt(a, b->type);
  else if (isAdaptable(b) && !isAdaptable(a))
    b = adapt(b, a->type);
  else if (a->type->is(Type::Kind::Int) || b->type->is(Type::Kind::Int))
    a = adapt(a, f32()), b = adapt(b, f32());
  if (!a || !b || a->type->dtype != b->type->dtype) {
    report(DiagKind::DTypeMismatch, call.loc,
           "`select` chooses between values of one dtype, not " + call.args[1].value->type->str() +
               " and " + call.args[2].value->type->str());
    return errorExpr(call.loc);
  }
  std::string why;
  auto values = broadcast(a->type->shape, b->type->shape, why);
  auto shape = values ? broadcast(*values, mask->type->shape, why) : std::nullopt;
  if (!shape) {
    report(DiagKind::BroadcastMismatch, call.loc,
           "`select` cannot combine " + mask->type->str() + ", " + a->type->str() + " and " +
               b->type->str() + ": " + why);
    return errorExpr(call.loc);
  }
  return prim(call.loc, "nn.select", types_.tensor(a->type->dtype, *shape), {mask, a, b});
}

// zeros, ones, full: the dtype of the place, f32 where nothing says.
Expr *Checker::ruleFill(CallState &call, const Type *result) {
  const std::string &name = call.fn->node->name.text;
  DType dtype = result->dtype;
  if (call.expected && call.expected->is(Type::Kind::Tensor) && (name == "zeros" || name == "ones"))
    dtype = call.expected->dtype;
  Expr *value = call.args.empty() ? intLit(call.loc, name == "ones" ? 1 : 0) : call.args[0].value;
  if (isAdaptable(value))
    value = adapt(value, types_.scalar(dtype));
  return prim(call.loc, "nn.full", types_.tensor(dtype, result->shape), {value});
}

// ---- derivatives

// The function in a closure of its own, as that of a `grad`.
Expr *Checker::ruleJvp(CallState &call, const Type *result) {
  Expr *x = call.args[1].value;
  Var *var = newVar({"x", call.loc}, x->type, false);
  Pattern *pattern = makePattern(Pattern::Kind::Bind, call.loc, x->type);
  pattern->var = var;
  auto *inner = make<CallValue>(call.loc, result->elems[0]);
  inner->callee = call.args[0].value;
  inner->args.push_back({varRef(call.loc, var), false});
  auto *closure = make<Closure>(call.loc, types_.function({x->type}, {false}, result->elems[0]));
  closure->params = {pattern};
  closure->byRef = {false};
  closure->body = inner;
  auto *node = make<Grad>(call.loc, result);
  node->place = x;
  node->fn = closure;
  node->tangent = call.args[2].value;
  return node;
}

Expr *Checker::ruleOuter(CallState &call, const Type *) {
  Expr *x = call.args[0].value;
  Shape shape = call.args[1].value->type->shape;
  shape.insert(shape.end(), x->type->shape.begin() + 1, x->type->shape.end());
  return prim(call.loc, "nn.reshape", types_.tensor(x->type->dtype, shape), {x});
}

// ---- data

const Type *Checker::batched(const Type *dataset, Dim size, Loc loc) {
  TypeContext::List elems;
  ShapeElem lead;
  lead.dim = size;
  std::vector<const Type *> queue(dataset->elems);
  for (const Type *elem : queue) {
    if (!elem->is(Type::Kind::Tensor)) {
      report(DiagKind::BadSample, loc, "samples of " + elem->str() + " cannot be batched")
          .help("make tensors of them with `.map { .. }`");
      return types_.error;
    }
    Shape shape{lead};
    shape.insert(shape.end(), elem->shape.begin(), elem->shape.end());
    elems.push_back(types_.tensor(elem->dtype, shape));
  }
  return types_.batches(std::move(elems));
}

Expr *Checker::ruleBatches(CallState &call, const Type *) {
  const Type *type =
      batched(call.args[0].value->type, Dim(newDim("B", call.loc, DimVar::Kind::Fresh)), call.loc);
  return type->is(Type::Kind::Error) ? errorExpr(call.loc)
                                     : primOf(call, prim(call.loc, call.fn->prim, type));
}

Expr *Checker::ruleFullBatches(CallState &call, const Type *) {
  Dim size = call.subst.dims.dims[call.fn->params[1].dim];
  const Type *type = batched(call.args[0].value->type, size, call.loc);
  if (type->is(Type::Kind::Error))
    return errorExpr(call.loc);
  Prim *node = primOf(call, prim(call.loc, call.fn->prim, type));
  node->dims.push_back(size);
  return node;
}

} // namespace nnc::sema
