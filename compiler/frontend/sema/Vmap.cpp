// vmap(f)(x, y): f for each element of a leading axis of its arguments.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

/// What one argument is mapped over: an axis, or nothing.
using MappedAxis = std::optional<int64_t>;

/// `axes: (0, none)`, or one for all arguments.
static bool readAxes(const ast::Expr *source, std::vector<MappedAxis> &axes) {
  if (auto *tuple = source->as<ast::TupleExpr>()) {
    for (const ast::Expr *elem : tuple->elements)
      if (elem->is<ast::TupleExpr>() || !readAxes(elem, axes))
        return false;
    return true;
  }
  if (auto *name = source->as<ast::NameExpr>(); name && name->name.text == "none") {
    axes.push_back(std::nullopt);
    return true;
  }
  auto *minus = source->as<ast::UnaryExpr>();
  auto *number = (minus ? minus->operand : source)->as<ast::IntExpr>();
  if (!number || number->value > 1000 || (minus && minus->op != ast::UnaryOp::Neg))
    return false;
  axes.push_back(minus ? -int64_t(number->value) : int64_t(number->value));
  return true;
}

// The type of one element of `type` along `axis`; its size must be `size`, once that is known.
const Type *Checker::mappedElement(const Type *type, int64_t axis, std::optional<Dim> &size,
                                   Loc loc) {
  if (type->is(Type::Kind::Tuple)) {
    TypeContext::List elems;
    std::vector<const Type *> members(type->elems);
    for (const Type *member : members) {
      elems.push_back(mappedElement(member, axis, size, loc));
      if (elems.back()->is(Type::Kind::Error))
        return types_.error;
    }
    return types_.tuple(std::move(elems));
  }
  if (type->is(Type::Kind::Error))
    return type;
  int64_t rank = type->is(Type::Kind::Tensor) ? int64_t(type->shape.size()) : 0;
  int64_t place = axis < 0 ? rank + axis : axis;
  if (place < 0 || place >= rank || type->shape[size_t(place)].pack) {
    report(DiagKind::BadVmap, loc,
           "`vmap` maps over axis " + std::to_string(axis) + " of each argument, which " +
               type->str() + " does not have")
        .help("leave an argument as it is by `axes: (0, none)`");
    return types_.error;
  }
  Dim here = type->shape[size_t(place)].dim;
  std::vector<DimFact> leftOver;
  if (!size) {
    size = here;
  } else if (!dimsEqual(*size, here, &leftOver)) {
    report(DiagKind::BadVmap, loc,
           "`vmap` maps over axes of one size, and these are of " + size->str() + " and " +
               here.str());
    return types_.error;
  }
  for (DimFact &fact : leftOver) {
    fact.loc = loc;
    noteRuntimeFact(fact);
  }
  Shape shape = type->shape;
  shape.erase(shape.begin() + place);
  return types_.tensor(type->dtype, shape);
}

// The type of a result, with a leading axis.
const Type *Checker::mappedResult(const Type *type, const Dim &size, Loc loc) {
  if (type->is(Type::Kind::Tuple)) {
    TypeContext::List elems;
    std::vector<const Type *> members(type->elems);
    for (const Type *member : members) {
      elems.push_back(mappedResult(member, size, loc));
      if (elems.back()->is(Type::Kind::Error))
        return types_.error;
    }
    return types_.tuple(std::move(elems));
  }
  if (type->is(Type::Kind::Error))
    return type;
  if (!type->is(Type::Kind::Tensor)) {
    report(DiagKind::BadVmap, loc,
           "`vmap` gives tensors and tuples of them, and the function gives " + type->str());
    return types_.error;
  }
  ShapeElem lead;
  lead.dim = size;
  Shape shape{lead};
  shape.insert(shape.end(), type->shape.begin(), type->shape.end());
  return types_.tensor(type->dtype, shape);
}

// A closure of parameters of these types that calls `source`.
Closure *Checker::calling(const ast::Expr *source, const std::vector<const Type *> &types,
                          Loc loc) {
  std::vector<bool> byRef(types.size(), false);
  if (auto *written = source->as<ast::ClosureExpr>())
    return checkClosure(written, types, byRef, nullptr);
  auto *closure = make<Closure>(loc, types_.error);
  std::vector<ArgIn> args;
  for (size_t i = 0; i < types.size(); ++i) {
    Var *var = newVar({"x" + std::to_string(i), loc}, types[i], false);
    Pattern *pattern = makePattern(Pattern::Kind::Bind, loc, types[i]);
    pattern->var = var;
    closure->params.push_back(pattern);
    closure->byRef.push_back(false);
    args.push_back(typedArg(varRef(loc, var), nullptr));
  }
  closure->body = callWith(source, std::move(args), loc, nullptr);
  if (!closure->body->type->is(Type::Kind::Error))
    closure->type = types_.function(types, closure->byRef, closure->body->type);
  return closure;
}

// `maker`: what stands in the parentheses of vmap; `args`: what the function it makes is given.
Expr *Checker::callVmap(std::vector<ArgIn> maker, std::vector<ArgIn> args, Loc loc) {
  const ast::Expr *function = nullptr;
  std::vector<MappedAxis> axes;
  for (ArgIn &arg : maker) {
    if (arg.name.text == "axes" && axes.empty()) {
      if (!readAxes(arg.source, axes)) {
        report(DiagKind::BadVmap, arg.loc,
               "`axes` has a number, or `none`, for each argument: `axes: (0, none)`");
        return errorExpr(loc);
      }
    } else if (!arg.name && !function && arg.source) {
      function = arg.source;
    } else {
      function = nullptr;
      break;
    }
  }
  if (!function) {
    report(DiagKind::ArgCount, loc, "`vmap` takes a function and `axes: ..`: `vmap(f)(x)`");
    checkForErrors(args);
    return errorExpr(loc);
  }
  if (axes.size() <= 1)
    axes.resize(args.size(), axes.empty() ? MappedAxis(0) : axes[0]);
  if (axes.size() != args.size() || args.empty()) {
    report(DiagKind::BadVmap, loc,
           args.empty() ? "`vmap` maps over arguments, and here are none"
                        : "`axes` is for " + std::to_string(axes.size()) + " arguments, and " +
                              std::to_string(args.size()) + " are given");
    checkForErrors(args);
    return errorExpr(loc);
  }
  std::vector<Expr *> values;
  std::vector<const Type *> types;
  std::optional<Dim> size;
  bool failed = false;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].byRef || args[i].name) {
      report(DiagKind::BadVmap, args[i].loc,
             "the arguments of a mapped function have no names and are not updated");
      return errorExpr(loc);
    }
    Expr *value = args[i].typed ? args[i].typed : check(args[i].source);
    if (isAdaptable(value) && !value->type->is(Type::Kind::Error))
      if (Expr *adapted = adapt(value, f32()))
        value = adapted;
    values.push_back(value);
    types.push_back(axes[i] ? mappedElement(value->type, *axes[i], size, value->loc) : value->type);
    failed |= types.back()->is(Type::Kind::Error);
  }
  if (failed)
    return errorExpr(loc);
  if (!size) {
    report(DiagKind::BadVmap, loc, "`vmap` maps over at least one argument");
    return errorExpr(loc);
  }
  Closure *closure = calling(function, types, function->loc);
  if (closure->type->is(Type::Kind::Error))
    return errorExpr(loc);
  const Type *result = mappedResult(closure->type->result, *size, function->loc);
  Prim *node = prim(loc, "vmap", result, {closure});
  node->dims.push_back(*size);
  for (size_t i = 0; i < values.size(); ++i) {
    node->args.push_back({values[i], false});
    int64_t rank = int64_t(values[i]->type->shape.size());
    node->ints.push_back(!axes[i] ? -1 : *axes[i] < 0 ? rank + *axes[i] : *axes[i]);
  }
  return result->is(Type::Kind::Error) ? errorExpr(loc) : node;
}

// How many arguments a function takes that is not called; 0 where that is not known.
size_t Checker::arityOf(const ast::Expr *function) {
  if (auto *closure = function->as<ast::ClosureExpr>())
    return closure->params.size();
  if (auto *call = function->as<ast::CallExpr>()) { // vmap(vmap(f))
    auto *callee = call->callee->as<ast::NameExpr>();
    bool isVmap = callee && callee->name.text == "vmap" && !call->args.empty();
    return isVmap ? arityOf(call->args[0].value) : 0;
  }
  auto *name = function->as<ast::NameExpr>();
  Symbol *symbol = name ? find(name->name.text) : nullptr;
  symbol = symbol ? resolve(symbol, name->loc) : nullptr;
  if (!symbol || symbol->kind == Symbol::Kind::Broken)
    return 0;
  if (symbol->kind == Symbol::Kind::Closure)
    return symbol->closure->params.size();
  if (symbol->kind == Symbol::Kind::Var && symbol->var->type->is(Type::Kind::Fn))
    return symbol->var->type->elems.size();
  if (symbol->kind != Symbol::Kind::Fn)
    return 0;
  resolve(*symbol->fn);
  size_t count = 0;
  for (const ParamSig &param : symbol->fn->params)
    count += !param.defaultValue;
  return count;
}

// vmap(f) that is kept, in the words of the language: { x => vmap(f)(x) }, checked at each call.
Expr *Checker::vmapToKeep(const std::vector<ArgIn> &maker, Loc loc) {
  const ast::Expr *function = nullptr;
  auto *called = extraNodes_.make<ast::CallExpr>(loc);
  auto *inner = extraNodes_.make<ast::CallExpr>(loc);
  auto *vmap = extraNodes_.make<ast::NameExpr>(loc);
  vmap->name = {"vmap", loc};
  inner->callee = vmap;
  for (const ArgIn &arg : maker) {
    if (!arg.source || arg.byRef)
      return nullptr;
    function = arg.name ? function : arg.source;
    inner->args.push_back({arg.loc, arg.name, false, const_cast<ast::Expr *>(arg.source)});
  }
  size_t arity = function ? arityOf(function) : 0;
  if (!arity)
    return nullptr;
  called->callee = inner;
  auto *closure = extraNodes_.make<ast::ClosureExpr>(loc);
  for (size_t i = 0; i < arity; ++i) {
    auto *param = extraNodes_.make<ast::NamePattern>(loc);
    param->name = {"x" + std::to_string(i), loc};
    closure->params.push_back(param);
    auto *value = extraNodes_.make<ast::NameExpr>(loc);
    value->name = param->name;
    called->args.push_back({loc, {}, false, value});
  }
  auto *stmt = extraNodes_.make<ast::ExprStmt>(loc);
  stmt->expr = called;
  closure->body = extraNodes_.make<ast::Block>(loc);
  closure->body->stmts.push_back(stmt);
  return untypedClosure(closure, scope_, loc);
}

// vmap(f) where a function is wanted: a closure around the call of it.
Expr *Checker::checkVmap(std::vector<ArgIn> maker, Loc loc, const Type *expected) {
  if (!maker.empty() && maker[0].typed) { // x |> vmap(f)
    std::vector<ArgIn> piped{maker[0]};
    maker.erase(maker.begin());
    return callVmap(std::move(maker), std::move(piped), loc);
  }
  if (!expected || !expected->is(Type::Kind::Fn)) {
    if (Expr *kept = vmapToKeep(maker, loc))
      return kept;
    report(DiagKind::UntypedClosure, loc, "nothing here says what `vmap` is used for")
        .help("call it, `vmap(f)(x)`, or write a closure: `{ x => vmap(f)(x) }`");
    return errorExpr(loc);
  }
  auto *closure = make<Closure>(loc, types_.error);
  std::vector<ArgIn> args;
  for (size_t i = 0; i < expected->elems.size(); ++i) {
    Var *var = newVar({"x" + std::to_string(i), loc}, expected->elems[i], false);
    Pattern *pattern = makePattern(Pattern::Kind::Bind, loc, var->type);
    pattern->var = var;
    closure->params.push_back(pattern);
    closure->byRef.push_back(false);
    args.push_back(typedArg(varRef(loc, var), nullptr));
  }
  closure->body = callVmap(std::move(maker), std::move(args), loc);
  if (closure->body->type->is(Type::Kind::Error))
    return errorExpr(loc);
  closure->type = types_.function(expected->elems, closure->byRef, closure->body->type);
  return closure;
}

} // namespace nnc::sema
