// Functions of trees: map and fold, and functions of tensors that trees are given to.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

// What a closure gets of a tree: a tensor of any shape, or the leaf's scalar.
const Type *Checker::leafOf(const Type *tree, const PackVar *pack) {
  ShapeElem leaf;
  leaf.pack = pack;
  const Type *scalar = leafScalar(tree->elems[0]);
  return tree->leafScalar ? scalar : types_.tensor(scalar->dtype, {leaf});
}

// A closure, a name of one, or a function, for parameters of these types. Null: an error was
// reported.
Closure *Checker::leafClosure(const ArgIn &arg, const std::vector<const Type *> &params,
                              const Type *result) {
  std::vector<bool> byRef(params.size());
  auto checked = [](Closure *closure) {
    return closure->type->is(Type::Kind::Error) ? nullptr : closure;
  };
  if (auto *closure = arg.source ? arg.source->as<ast::ClosureExpr>() : nullptr)
    return checked(checkClosure(closure, params, byRef, result));
  if (auto *name = arg.source ? arg.source->as<ast::NameExpr>() : nullptr) {
    Symbol *symbol = find(name->name.text);
    symbol = symbol ? resolve(symbol, name->loc) : nullptr;
    if (symbol && symbol->kind == Symbol::Kind::Closure)
      return checked(checkClosure(symbol->closure, params, byRef, result, symbol->scope));
    if (symbol && symbol->kind == Symbol::Kind::Fn) {
      Expr *value = fnValue(symbol->fn, name->name, types_.function(params, byRef, types_.error));
      return value->kind == ExprKind::Closure ? checked(static_cast<Closure *>(value)) : nullptr;
    }
  }
  Expr *function = arg.typed ? arg.typed : check(arg.source);
  if (function->type->is(Type::Kind::Error))
    return nullptr;
  auto *closure = make<Closure>(arg.loc, types_.error);
  std::vector<ArgIn> args;
  for (size_t i = 0; i < params.size(); ++i) {
    Pattern *pattern = makePattern(Pattern::Kind::Bind, arg.loc, params[i]);
    pattern->var = newVar({"x" + std::to_string(i), arg.loc}, params[i], false);
    closure->params.push_back(pattern);
    args.push_back(typedArg(varRef(arg.loc, pattern->var), nullptr));
  }
  closure->byRef = byRef;
  closure->body = callValue(function, arg.source, std::move(args), arg.loc, result);
  if (closure->body->type->is(Type::Kind::Error))
    return nullptr;
  closure->type = types_.function(params, byRef, closure->body->type);
  return closure;
}

// map(a, b) { x, y => .. } and fold(a, start) { acc, x => .. }: the closure is checked once, for a
// leaf of any shape.
Expr *Checker::eachLeaf(const ast::Ident &name, std::vector<ArgIn> args, Loc loc,
                        const Type *expected) {
  bool fold = name.text == "fold";
  for (const ArgIn &arg : args)
    if (arg.name || arg.byRef) {
      report(DiagKind::UnknownArg, arg.loc, "the arguments of `" + name.text + "` have no names");
      checkForErrors(args);
      return errorExpr(loc);
    }
  if (args.size() < (fold ? 3 : 2)) {
    report(DiagKind::ArgCount, loc,
           fold ? "`fold` takes trees, a start and a closure: `fold(a, 0.0) { acc, x => .. }`"
                : "`map` takes trees and a closure: `map(a, b) { x, y => .. }`");
    checkForErrors(args);
    return errorExpr(loc);
  }
  size_t trees = args.size() - (fold ? 2 : 1);
  packs_.push_back({"leaf", loc, nextId_++});
  const PackVar *pack = &packs_.back();
  auto *node = prim(loc, fold ? "tree.fold" : "tree.map", types_.error);
  TypeContext::List params;
  const Type *tree = nullptr;
  for (size_t i = 0; i < trees; ++i) {
    Expr *value = args[i].typed ? args[i].typed : check(args[i].source);
    if (value->type->is(Type::Kind::Error))
      return value;
    if (value->kind == ExprKind::TensorLit)
      value = asList(value);
    args[i].typed = value;
    // Lists and other types have their own `map`.
    if (i == 0 && !value->type->is(Type::Kind::Tree))
      if (Symbol *own = typeMember(value->type, name))
        return callSymbol(own, name, nullptr, std::move(args), loc, expected);
    if (!value->type->is(Type::Kind::Tree) ||
        (tree && !same(tree->elems[0], value->type->elems[0]))) {
      report(
          DiagKind::BadTree, value->loc,
          tree ? "`" + name.text + "` takes trees of one model, and this is " + value->type->str()
               : "`" + name.text + "` takes trees such as `net.params`, not " + value->type->str());
      return errorExpr(loc);
    }
    if (!tree || tree->leafScalar)
      tree = value->type;
    params.push_back(leafOf(value->type, pack));
    node->args.push_back({value, false});
  }
  const Type *start = nullptr;
  if (fold) {
    Expr *value = args[trees].typed ? args[trees].typed : check(args[trees].source, expected);
    start = value->type;
    if (start->is(Type::Kind::Error))
      return value;
    params.insert(params.begin(), start);
    node->args.push_back({value, false});
  }
  Closure *body = leafClosure(args.back(), params, start);
  if (body && !fold && body->type->result->is(Type::Kind::Int))
    body = leafClosure(args.back(), params, leafScalar(tree->elems[0]));
  if (!body)
    return node;
  node->args.push_back({body, false});
  const Type *result = body->type->result;
  if (fold) {
    if (!same(result, start)) {
      report(DiagKind::TypeMismatch, body->body->loc,
             "the closure of `fold` gives what it begins with, " + start->str() + ", not " +
                 result->str());
      return node;
    }
    node->type = start;
    return node;
  }
  bool scalar = result->isScalar() && result->isFloat();
  ShapeElem leaf;
  leaf.pack = pack;
  if (!scalar && result != types_.tensor(leafScalar(tree->elems[0])->dtype, {leaf})) {
    report(DiagKind::BadTree, body->body->loc,
           "the closure gives a tensor of the leaf's shape or a scalar, not " + result->str());
    return node;
  }
  node->type = types_.tree(tree->elems[0], scalar);
  return node;
}

// Whether a tree may be given for this parameter: a function from tensors of any shape to one of
// that shape works on trees leaf by leaf.
bool Checker::worksOnLeaves(const FnDecl &fn, unsigned index) {
  auto packOf = [](const Type *type) -> const PackVar * {
    bool one = type && type->is(Type::Kind::Tensor) && type->shape.size() == 1;
    return one ? type->shape[0].pack : nullptr;
  };
  const PackVar *pack = packOf(fn.params[index].type);
  return pack && pack == packOf(fn.result) && !fn.isPrim && !fn.params[index].byRef;
}

// f(tree, 2) is map(tree) { x => f(x, 2) }; the other arguments are computed once.
Expr *Checker::callOnLeaves(CallState &call) {
  packs_.push_back({"leaf", call.loc, nextId_++});
  const PackVar *pack = &packs_.back();
  auto *node = prim(call.loc, "tree.map", types_.error);
  auto *closure = make<Closure>(call.loc, types_.error);
  TypeContext::List params;
  std::vector<ArgIn> args;
  const Type *tree = nullptr;
  for (size_t i = 0; i < call.args.size(); ++i) {
    Expr *value = call.args[i].value;
    if (!value)
      continue;
    const Type *type = value->type;
    bool isTree = type->is(Type::Kind::Tree);
    if (isTree && tree &&
        (!same(tree->elems[0], type->elems[0]) || tree->leafScalar != type->leafScalar)) {
      report(DiagKind::BadTree, value->loc,
             "`" + call.shown + "` takes trees of one model, and these are " + tree->str() +
                 " and " + type->str());
      return node;
    }
    if (!isTree && !type->isScalar() && !type->is(Type::Kind::Int)) {
      report(DiagKind::BadTree, value->loc,
             "`" + call.shown + "` takes trees and scalars together, not " + type->str());
      return node;
    }
    if (isTree)
      tree = type;
    params.push_back(isTree ? leafOf(type, pack) : type);
    Pattern *pattern = makePattern(Pattern::Kind::Bind, value->loc, params.back());
    pattern->var = newVar({call.fn->params[i].name, value->loc}, params.back(), false);
    closure->params.push_back(pattern);
    node->args.push_back({value, false});
    ArgIn arg = typedArg(varRef(value->loc, pattern->var), nullptr);
    arg.name = {call.fn->params[i].name, value->loc};
    args.push_back(arg);
  }
  closure->byRef.resize(params.size());
  ast::Ident name{call.shown, call.nameLoc};
  closure->body =
      callFn(call.fn, nullptr, nullptr, nullptr, std::move(args), call.loc, name, nullptr);
  if (closure->body->type->is(Type::Kind::Error))
    return node;
  if (!same(closure->body->type, leafOf(tree, pack))) {
    report(DiagKind::BadTree, call.loc,
           "`" + call.shown + "` gives " + closure->body->type->str() +
               " for a leaf, not a tensor of its shape");
    return node;
  }
  closure->type = types_.function(params, closure->byRef, closure->body->type);
  node->args.push_back({closure, false});
  node->type = tree;
  return node;
}

} // namespace nnc::sema
