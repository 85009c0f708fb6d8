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

// ---- reductions

int64_t Checker::axisIndex(const Shape &shape, int64_t axis) const {
  return axis < 0 ? axis + int64_t(shape.size()) : axis;
}

// An axis as it is kept in a node: from the front, or from the back where a pack stands before it.
static int64_t normalAxis(const Shape &shape, size_t index) {
  for (size_t i = 0; i < index; ++i)
    if (shape[i].pack)
      return int64_t(index) - int64_t(shape.size());
  return int64_t(index);
}

bool Checker::axesOf(const ast::Expr *expr, const Type *tensor, std::vector<int64_t> &axes,
                     Loc loc) {
  const Shape &shape = tensor->shape;
  Loc place = expr->loc.file == loc.file ? expr->loc : loc; // not in a default of the library
  if (auto *tuple = expr->as<ast::TupleExpr>()) {
    for (const ast::Expr *element : tuple->elements)
      if (!axesOf(element, tensor, axes, loc))
        return false;
    return true;
  }
  auto add = [&](int64_t index, bool fromBack) {
    size_t packs = 0;
    for (const ShapeElem &elem : shape)
      packs += elem.pack != nullptr;
    int64_t at = fromBack ? index + int64_t(shape.size()) : index;
    bool inside = at >= 0 && at < int64_t(shape.size());
    for (size_t i = 0; inside && packs && i < shape.size(); ++i)
      if (shape[i].pack && (fromBack ? int64_t(i) >= at : int64_t(i) <= at))
        inside = false;
    if (!inside) {
      report(DiagKind::BadAxis, place, tensor->str() + " has no axis " + std::to_string(index));
      return false;
    }
    int64_t axis = normalAxis(shape, size_t(at));
    if (std::find(axes.begin(), axes.end(), axis) != axes.end()) {
      report(DiagKind::BadAxis, expr->loc, "this axis is named twice");
      return false;
    }
    axes.push_back(axis);
    return true;
  };
  if (auto *number = expr->as<ast::IntExpr>())
    return add(int64_t(number->value), false);
  if (auto *unary = expr->as<ast::UnaryExpr>(); unary && unary->op == ast::UnaryOp::Neg)
    if (auto *number = unary->operand->as<ast::IntExpr>())
      return add(-int64_t(number->value), true);
  auto *name = expr->as<ast::NameExpr>();
  if (!name) {
    report(DiagKind::BadAxis, expr->loc, "an axis is a dim's name, a number or a tuple of these");
    return false;
  }
  if (name->name.text == "all" && !find("all"))
    return true;
  Symbol *symbol = lookup(name->name, "dim");
  if (!symbol)
    return false;
  if (symbol->kind == Symbol::Kind::Axis) {
    for (int64_t axis : symbol->axes)
      if (!add(axis, axis < 0))
        return false;
    return true;
  }
  std::optional<Dim> dim;
  if (symbol->kind == Symbol::Kind::Dim)
    dim = symbol->dim;
  else if (symbol->kind == Symbol::Kind::Var && symbol->var->type->is(Type::Kind::Int) &&
           !symbol->var->isMutable)
    dim = dimOfVar(symbol->var);
  if (!dim) {
    report(DiagKind::BadAxis, expr->loc, "`" + name->name.text + "` is not a dim");
    return false;
  }
  int at = -1, count = 0;
  for (size_t i = 0; i < shape.size(); ++i)
    if (!shape[i].pack && facts_.equal(shape[i].dim, *dim)) {
      at = int(i);
      ++count;
    }
  if (count != 1) {
    auto &diag =
        report(DiagKind::AmbiguousAxis, expr->loc,
               count ? "`" + name->name.text + "` names more than one axis of " + tensor->str()
                     : tensor->str() + " has no axis `" + name->name.text + "`");
    if (count)
      diag.help("use the number of the axis");
    return false;
  }
  size_t packs = 0;
  for (int i = 0; i < at; ++i)
    packs += shape[i].pack != nullptr;
  return packs ? add(at - int64_t(shape.size()), true) : add(at, false);
}

// `keep: true` must be known when compiling: it decides the shape.
std::optional<bool> Checker::constantBool(Expr *value, const char *name) {
  if (!value)
    return false;
  if (value->kind == ExprKind::Bool)
    return as<BoolLit>(*value).value;
  report(DiagKind::BadArg, value->loc,
         std::string("`") + name + "` is `true` or `false`: it decides the shape of the result");
  return std::nullopt;
}

std::optional<Shape> Checker::reducedShape(const Shape &shape, const std::vector<int64_t> &axes,
                                           bool keep) {
  Shape out;
  ShapeElem one;
  one.dim = Dim(1);
  one.literalOne = true;
  for (size_t i = 0; i < shape.size(); ++i) {
    bool reduced = axes.empty();
    for (int64_t axis : axes)
      reduced |= axisIndex(shape, axis) == int64_t(i);
    if (!reduced)
      out.push_back(shape[i]);
    else if (keep && !shape[i].pack)
      out.push_back(one);
  }
  return out;
}

// Parameters of the declared reductions: x, axis, keep.
Prim *Checker::reduction(CallState &call, const std::string &name) {
  Expr *x = call.args[0].value;
  auto keep = constantBool(call.args.size() > 2 ? call.args[2].value : nullptr, "keep");
  if (!keep)
    return nullptr;
  if (x->type->dtype == DType::Bool) {
    report(DiagKind::DTypeMismatch, x->loc,
           "`" + call.shown + "` takes numbers, not " + x->type->str())
        .help("convert it: `f32(..)`");
    return nullptr;
  }
  auto shape = reducedShape(x->type->shape, call.axes[1], *keep);
  Prim *node = prim(call.loc, name, types_.tensor(x->type->dtype, *shape), {x});
  node->ints.push_back(*keep);
  node->ints.insert(node->ints.end(), call.axes[1].begin(), call.axes[1].end());
  return node;
}

Expr *Checker::ruleReduce(CallState &call, const Type *) {
  Prim *node = reduction(call, call.fn->prim);
  return node ? static_cast<Expr *>(node) : errorExpr(call.loc);
}

Expr *Checker::ruleMean(CallState &call, const Type *) {
  Prim *sum = reduction(call, "nn.sum");
  if (!sum)
    return errorExpr(call.loc);
  if (!sum->type->isFloat()) {
    report(DiagKind::DTypeMismatch, call.loc,
           "`" + call.shown + "` takes floats, not " + call.args[0].value->type->str())
        .help("convert it: `f32(..)`");
    return errorExpr(call.loc);
  }
  const Shape &shape = call.args[0].value->type->shape;
  Dim count(1);
  for (size_t i = 0; i < shape.size(); ++i) {
    bool reduced = call.axes[1].empty();
    for (int64_t axis : call.axes[1])
      reduced |= axisIndex(shape, axis) == int64_t(i);
    if (!reduced)
      continue;
    DimAtom atom;
    atom.kind = DimAtom::Kind::Prod;
    atom.pack = shape[i].pack;
    count = count * (shape[i].pack ? Dim(atom) : shape[i].dim);
  }
  auto *size = make<DimValue>(call.loc, types_.integer);
  size->dim = count;
  auto *node = make<Binary>(call.loc, sum->type);
  node->op = BinaryOp::Div;
  node->lhs = sum;
  node->rhs = convert(size, types_.scalar(sum->type->dtype));
  return node;
}

Expr *Checker::ruleArgReduce(CallState &call, const Type *) {
  Expr *x = call.args[0].value;
  if (call.axes[1].size() != 1) {
    report(DiagKind::BadAxis, call.loc, "`" + call.shown + "` takes one axis");
    return errorExpr(call.loc);
  }
  Prim *node =
      prim(call.loc, call.fn->prim,
           types_.tensor(DType::I32, *reducedShape(x->type->shape, call.axes[1], false)), {x});
  node->ints = call.axes[1];
  return node;
}

Expr *Checker::ruleScan(CallState &call, const Type *) { return ruleAxisOnly(call, nullptr); }

Expr *Checker::ruleAxisOnly(CallState &call, const Type *) {
  Expr *x = call.args[0].value;
  if (call.axes[1].size() != 1) {
    report(DiagKind::BadAxis, call.loc,
           module_->isLibrary ? "only one axis can be named here"
                              : "`" + call.shown + "` takes one axis");
    return errorExpr(call.loc);
  }
  Prim *node = prim(call.loc, call.fn->prim, x->type, {x});
  node->ints = call.axes[1];
  return node;
}

// The axis of x becomes the last one, or the last one of another tensor takes its place.
Expr *Checker::ruleMoveAxis(CallState &call, const Type *) {
  Expr *node = ruleAxisOnly(call, nullptr);
  if (node->type->is(Type::Kind::Error))
    return node;
  Expr *moved = call.args.size() > 2 ? call.args[2].value : call.args[0].value;
  Shape shape = moved->type->shape;
  int64_t axis = call.axes[1][0];
  auto at = shape.begin() + (axis < 0 ? axis + int64_t(shape.size()) : axis);
  if (at + 1 == shape.end())
    return moved;
  if (call.args.size() > 2)
    std::rotate(at, shape.end() - 1, shape.end());
  else
    std::rotate(at, at + 1, shape.end());
  static_cast<Prim *>(node)->args = {{moved, false}};
  node->type = types_.tensor(moved->type->dtype, shape);
  return node;
}

// No more elements can be taken than the axis has, which the signature cannot say.
Expr *Checker::ruleTopK(CallState &call, const Type *) {
  const Shape &shape = call.args[0].value->type->shape;
  if (call.axes[3].empty())
    fillDefault(call, 3, nullptr);
  if (call.failed || call.axes[3].size() != 1) {
    if (!call.failed)
      report(DiagKind::BadAxis, call.loc, "`" + call.shown + "` takes one axis");
    return errorExpr(call.loc);
  }
  const ParamSig &k = call.fn->params[1], &axis = call.fn->params[3];
  DimFact fact{Dim(k.dim), shape[size_t(axisIndex(shape, call.axes[3][0]))].dim, BinaryOp::Le,
               "k <= " + shape[size_t(axisIndex(shape, call.axes[3][0]))].dim.str(), k.loc};
  checkCallFacts({fact}, call.subst.dims, call.loc, call.shown);
  std::vector<ArgIn> args;
  for (size_t i = 0; i < 3; ++i)
    args.push_back(typedArg(call.args[i].value, call.sources[i]));
  ArgIn &along = args.emplace_back();
  along.source = call.sources[3] ? call.sources[3] : axis.defaultValue;
  along.loc = call.loc;
  Symbol &symbol = call.fn->module->scope->names["along"];
  return callFn(symbol.fn, nullptr, nullptr, nullptr, std::move(args), call.loc,
                {call.shown, call.nameLoc}, nullptr);
}

// ---- shapes

static Dim numberOf(const Shape &shape) {
  Dim product(1);
  for (const ShapeElem &elem : shape) {
    DimAtom atom;
    atom.kind = DimAtom::Kind::Prod;
    atom.pack = elem.pack;
    product = product * (elem.pack ? Dim(atom) : elem.dim);
  }
  return product;
}

Expr *Checker::reshapeTo(Expr *x, Shape shape, Loc loc, const std::string &shown) {
  Dim have = numberOf(x->type->shape);
  for (ShapeElem &elem : shape)
    if (elem.dim == Dim(-1)) {
      Shape rest;
      for (ShapeElem &other : shape)
        if (&other != &elem)
          rest.push_back(other);
      auto left = Dim::divideExactly(have, numberOf(rest));
      if (!left) {
        report(DiagKind::ReshapeMismatch, loc,
               "`" + shown + "` cannot find the size written as -1: " + have.str() +
                   " elements are not a multiple of " + numberOf(rest).str());
        return errorExpr(loc);
      }
      elem.dim = *left;
    }
  Dim want = numberOf(shape);
  std::vector<DimFact> leftOver;
  if (!dimsEqual(have, want, &leftOver)) {
    report(DiagKind::ReshapeMismatch, loc,
           "`" + shown + "` keeps the number of elements: " + x->type->str() + " has " +
               have.str() + ", and [" + str(shape) + "] has " + want.str());
    return errorExpr(loc);
  }
  for (DimFact &fact : leftOver) {
    fact.loc = loc;
    noteRuntimeFact(fact);
  }
  return prim(loc, "nn.reshape", types_.tensor(x->type->dtype, shape), {x});
}

Expr *Checker::ruleReshape(CallState &call, const Type *result) {
  return reshapeTo(call.args[0].value, result->shape, call.loc, call.shown);
}

Expr *Checker::ruleExpand(CallState &call, const Type *result) {
  Expr *x = call.args[0].value;
  std::string why;
  auto shape = broadcast(result->shape, x->type->shape, why);
  if (!shape || *shape != result->shape) {
    report(DiagKind::BroadcastMismatch, call.loc,
           "cannot expand " + x->type->str() + " to [" + str(result->shape) + "]" +
               (why.empty() ? "" : ": " + why));
    return errorExpr(call.loc);
  }
  return prim(call.loc, "nn.broadcast", result, {x});
}

// Parameters: x, n: dim, axis.
Expr *Checker::ruleSplit(CallState &call, const Type *) {
  Expr *x = call.args[0].value;
  auto count = dimOf(call.args[1].value);
  auto number = count ? count->constant() : std::nullopt;
  if (!number || *number < 1 || *number > 64 || call.axes[2].size() != 1) {
    report(DiagKind::BadArg, call.loc,
           "`split` takes the number of parts, a constant, and one axis");
    return errorExpr(call.loc);
  }
  Shape part = x->type->shape;
  ShapeElem &elem = part[size_t(axisIndex(part, call.axes[2][0]))];
  Dim size = Dim::floorDiv(elem.dim, *count);
  std::vector<DimFact> leftOver;
  if (!dimsEqual(size * *count, elem.dim, &leftOver)) {
    report(DiagKind::SplitMismatch, call.loc,
           "`split` makes equal parts, and an axis of " + elem.dim.str() +
               " does not divide into " + count->str());
    return errorExpr(call.loc);
  }
  for (DimFact &fact : leftOver) {
    fact.loc = call.loc;
    noteRuntimeFact(fact);
  }
  elem.dim = size;
  const Type *type = types_.tensor(x->type->dtype, part);
  Prim *node =
      prim(call.loc, "split", types_.tuple(std::vector<const Type *>(size_t(*number), type)), {x});
  node->ints = {*number, call.axes[2][0]};
  return node;
}

Expr *Checker::ruleTakeAlong(CallState &call, const Type *result) {
  Expr *node = ruleSignature(call, result);
  static_cast<Prim *>(node)->ints = {-1};
  return node;
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
