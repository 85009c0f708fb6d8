// Functions, closures and models as values, and calls of them.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

Expr *Checker::callValue(Expr *callee, const ast::Expr *source, std::vector<ArgIn> args, Loc loc,
                         const Type *expected) {
  const Type *type = callee->type;
  if (type->is(Type::Kind::Error)) {
    checkForErrors(args);
    return errorExpr(loc);
  }
  std::string shown = source ? text(source->loc) : "";
  if (shown.empty() && callee->kind == ExprKind::VarRef)
    shown = as<VarRef>(*callee).var->name;
  if (type->is(Type::Kind::Struct)) {
    ast::Ident name{shown.empty() || shown.size() > 40 ? type->decl->node->name.text : shown,
                    source ? source->loc : callee->loc};
    if (FnDecl *call = methodOf(type, "call"))
      return callFn(call, callee, source, nullptr, std::move(args), loc, name, expected);
    report(DiagKind::NotCallable, callee->loc,
           "`" + type->str() + "` has no `fn call`, so it cannot be called");
    return errorExpr(loc);
  }
  if (type->is(Type::Kind::Tuple)) // a tuple of models and functions is itself a model
    return callTuple(callee, source, std::move(args), loc, expected);
  if (type->is(Type::Kind::OneFn))
    return callOneFn(callee, std::move(args), loc, expected);
  if (!type->is(Type::Kind::Fn)) {
    report(DiagKind::NotCallable, callee->loc,
           (shown.empty() ? std::string("this") : "`" + shown + "`") + " is " + type->str() +
               " and cannot be called");
    checkForErrors(args);
    return errorExpr(loc);
  }
  auto *node = make<CallValue>(loc, type->result);
  node->callee = callee;
  if (args.size() != type->elems.size()) {
    report(DiagKind::ArgCount, loc,
           "this function takes " + counted(type->elems.size(), "argument") + ", not " +
               std::to_string(args.size()));
    return errorExpr(loc);
  }
  bool failed = false;
  CallState open; // the dims and packs of the function's own type
  open.openPacks.insert(type->ownPacks.begin(), type->ownPacks.end());
  open.openDims.insert(type->ownDims.begin(), type->ownDims.end());
  bool generic = !open.openPacks.empty() || !open.openDims.empty();
  for (size_t i = 0; i < args.size(); ++i) {
    ArgIn &arg = args[i];
    if (arg.name) {
      report(DiagKind::UnknownArg, arg.name.loc,
             "the parameters of a function value have no names");
      return errorExpr(loc);
    }
    if (arg.byRef != type->byRef[i]) {
      report(DiagKind::NeedlessRef, arg.loc,
             arg.byRef ? "this argument is not updated by the function: leave out the `&`"
                       : "the function updates this argument: pass it with `&`");
      return errorExpr(loc);
    }
    const Type *hint = generic ? nullptr : type->elems[i];
    auto *closure = arg.source ? arg.source->as<ast::ClosureExpr>() : nullptr;
    Expr *value = arg.byRef && !arg.typed ? checkPlace(arg.source, "passed with `&`")
                  : arg.typed             ? arg.typed
                  : closure               ? closureValue(closure, hint)
                                          : check(arg.source, hint);
    const Type *wanted = type->elems[i];
    if (generic && unify(wanted, value->type, open) && solvePending(open))
      wanted = substType(wanted, open.subst);
    value = coerce(value, wanted, "the argument");
    failed |= value->type->is(Type::Kind::Error);
    if (arg.byRef)
      handOver(value, nullptr, false, shown);
    node->args.push_back({value, arg.byRef});
  }
  for (const DimVar *dim : freshDims(type->result)) // another one at each call
    if (dim->ofSignature)
      open.subst.dims.dims[dim] = Dim(newDim(dim->name, dim->loc, DimVar::Kind::Fresh));
  node->type = substType(type->result, open.subst);
  return failed ? errorExpr(loc) : node;
}

Expr *Checker::callTuple(Expr *callee, const ast::Expr *source, std::vector<ArgIn> args, Loc loc,
                         const Type *expected) {
  if (args.size() != 1 || args[0].name) {
    report(DiagKind::ArgCount, loc, "a tuple of models takes one argument");
    return errorExpr(loc);
  }
  Expr *value = args[0].typed ? args[0].typed : check(args[0].source);
  bool isPlace = callee->kind == ExprKind::VarRef || callee->kind == ExprKind::Field ||
                 callee->kind == ExprKind::Index;
  if (!isPlace && callee->kind != ExprKind::Tuple) { // it is made once, not for each member
    auto *block = make<Block>(loc, types_.error);
    Var *var = nameIn(*block, "callee", callee);
    args[0].typed = value;
    block->result = callTuple(varRef(callee->loc, var), source, std::move(args), loc, expected);
    block->type = block->result->type;
    return block;
  }
  for (size_t i = 0; i < callee->type->elems.size() && !value->type->is(Type::Kind::Error); ++i) {
    ArgIn in;
    in.loc = value->loc;
    in.typed = value;
    in.source = i ? nullptr : args[0].source;
    Expr *stage = callee->kind == ExprKind::Tuple
                      ? as<TupleExpr>(*callee).elems[i]
                      : field(callee->loc, callee, unsigned(i), callee->type->elems[i]);
    size_t errors = diags_.errorCount();
    const Type *given = value->type;
    value = callValue(stage, nullptr, {in}, loc, nullptr);
    if (value->type->is(Type::Kind::Error) && diags_.errorCount() > errors) {
      auto member = [&](size_t k) { return "`" + callee->type->elems[k]->str() + "`"; };
      diags_.last().note(
          "in `" + text(callee->loc) + "`, " + member(i) +
          (i ? " follows " + member(i - 1) + ", which gives " + given->str() : " comes first"));
    }
  }
  return value;
}

// A closure without types: it is checked for the arguments of each call.
Expr *Checker::callClosure(const ast::ClosureExpr *source, Scope *scope, const std::string &shown,
                           std::vector<ArgIn> args, Loc loc) {
  auto *node = make<CallValue>(loc, types_.error);
  TypeContext::List types;
  std::vector<bool> byRef;
  if (args.size() != source->params.size()) {
    report(DiagKind::ArgCount, loc,
           shown + " takes " + counted(source->params.size(), "argument") + ", not " +
               std::to_string(args.size()));
    return errorExpr(loc);
  }
  for (ArgIn &arg : args) {
    Expr *value = arg.typed   ? arg.typed
                  : arg.byRef ? checkPlace(arg.source, "passed with `&`")
                              : check(arg.source);
    if (value->type->is(Type::Kind::Error))
      return errorExpr(loc);
    types.push_back(value->type);
    byRef.push_back(arg.byRef);
    if (arg.byRef)
      handOver(value, nullptr, false, shown);
    node->args.push_back({value, arg.byRef});
  }
  Closure *closure = checkClosure(source, types, byRef, nullptr, scope, node->args);
  node->callee = closure;
  node->type = closure->type->is(Type::Kind::Fn) ? closure->type->result : types_.error;
  return node;
}

// A closure without types as a part of a value. Code checked later may need copies of variables:
// Note [Stored closures].
Expr *Checker::untypedClosure(const ast::ClosureExpr *closure, Scope *around, Loc loc) {
  auto *copies = make<Block>(loc, types_.error);
  scopes_.push_back(*around); // the names that are visible here
  Scope *scope = capturing(&scopes_.back(), copies);
  untypedClosures_.push_back({closure, scope, module_, frame_->selfType, nullptr, nullptr});
  UntypedClosure &here = untypedClosures_.back();
  for (Frame *frame = frame_; frame && !here.self && !here.selfValue; frame = frame->parent) {
    here.self = frame->self;
    here.selfValue = frame->selfValue;
  }
  copies->type = types_.oneFn(&here);
  copies->result = make<FnRef>(loc, copies->type);
  return copies;
}

// A function that is known by its type.
Expr *Checker::callOneFn(Expr *callee, std::vector<ArgIn> args, Loc loc, const Type *expected) {
  if (FnDecl *fn = callee->type->oneFn)
    return callFn(fn, nullptr, nullptr, nullptr, std::move(args), loc,
                  {fn->node->name.text, callee->loc}, expected);
  for (ArgIn &arg : args) // belongs here, the body to where the closure was written
    if (!arg.typed)
      arg.typed = arg.byRef ? checkPlace(arg.source, "passed with `&`") : check(arg.source);
  const UntypedClosure &closure = *callee->type->closure;
  Saved saved(*this);
  Frame frame = *frame_;
  frame.parent = nullptr;
  frame.self = closure.self;
  frame.selfType = closure.selfType;
  frame.selfValue = closure.selfValue;
  frame_ = &frame;
  module_ = closure.module;
  Expr *call = callClosure(closure.node, closure.scope, "this closure", std::move(args), loc);
  if (!call->type->is(Type::Kind::Error)) {
    auto *node = static_cast<CallValue *>(call);
    node->closure = static_cast<Closure *>(node->callee);
    node->callee = callee;
  }
  return call;
}

// A named function as a value of the wanted type: a closure around the call of it.
Expr *Checker::fnValue(FnDecl *fn, const ast::Ident &name, const Type *expected, Expr *self) {
  resolve(*fn);
  if (!expected || !expected->is(Type::Kind::Fn)) {
    bool isWanted = expected && expected->is(Type::Kind::OneFn) && expected->oneFn == fn;
    if (!isWanted && fn->generics.empty() && !fn->isGenericInTypes && !fn->isPrim && !self) {
      CallState call;
      call.fn = fn;
      call.args.resize(fn->params.size());
      FnInstance *instance = instanceOf(call);
      if (!instance->result)
        checkBody(instance);
      TypeContext::List params;
      std::vector<bool> byRef;
      for (Var *param : instance->params) {
        params.push_back(param->type);
        byRef.push_back(param->isRef);
      }
      if (fn->hasRule())
        return fnValue(fn, name, types_.function(params, byRef, types_.error), self);
      auto *ref = make<FnRef>(
          name.loc,
          types_.function(params, byRef, instance->result ? instance->result : types_.error));
      ref->fn = instance;
      return ref;
    }
    if (!self)
      return make<FnRef>(name.loc, types_.oneFn(fn));
    report(DiagKind::CannotInfer, name.loc,
           "`" + name.text + "` is generic, and nothing here says for what it is used")
        .help("write a closure: `{ x => " + name.text + "(x) }`");
    return errorExpr(name.loc);
  }
  auto *closure = make<Closure>(name.loc, types_.error);
  std::vector<ArgIn> args;
  for (size_t i = 0; i < expected->elems.size(); ++i) {
    if (expected->elems[i]->is(Type::Kind::Param)) {
      report(DiagKind::CannotInfer, name.loc,
             "the type of the argument of `" + name.text + "` is not known here");
      return errorExpr(name.loc);
    }
    Var *var = newVar({"x" + std::to_string(i), name.loc}, expected->elems[i], expected->byRef[i]);
    var->isRef = expected->byRef[i];
    Pattern *pattern = makePattern(Pattern::Kind::Bind, name.loc, var->type);
    pattern->var = var;
    closure->params.push_back(pattern);
    closure->byRef.push_back(expected->byRef[i]);
    ArgIn in = typedArg(varRef(name.loc, var), nullptr);
    in.byRef = expected->byRef[i];
    args.push_back(in);
  }
  closure->body = callFn(fn, self, nullptr, nullptr, std::move(args), name.loc, name, nullptr);
  if (closure->body->type->is(Type::Kind::Error))
    return errorExpr(name.loc);
  closure->type = types_.function(expected->elems, expected->byRef, closure->body->type);
  return closure;
}

// A model, a tuple of models, or a function known by its type, where a function is wanted: a
// closure around the call of it.
Expr *Checker::callableAs(Expr *callee, const Type *expected) {
  const Type *type = callee->type;
  FnDecl *fn = type->oneFn ? type->oneFn : methodOf(type, "call");
  if (fn) {
    ast::Ident name{type->str(), callee->loc};
    if (type->decl)
      name.text = type->decl->node->name.text;
    Expr *value = fnValue(fn, name, expected, type->oneFn ? nullptr : callee);
    return value->type->is(Type::Kind::Error) ? value : tryCoerce(value, expected);
  }
  if (type->is(Type::Kind::Struct))
    return nullptr;
  // The value is made once, not at each call.
  auto *block = make<Block>(callee->loc, types_.error);
  Var *var = nameIn(*block, "callee", callee);
  auto *closure = make<Closure>(callee->loc, types_.error);
  closure->byRef = expected->byRef;
  std::vector<ArgIn> args;
  for (size_t i = 0; i < expected->elems.size(); ++i) {
    Pattern *pattern = makePattern(Pattern::Kind::Bind, callee->loc, expected->elems[i]);
    pattern->var = newVar({"x" + std::to_string(i), callee->loc}, expected->elems[i], false);
    closure->params.push_back(pattern);
    args.push_back(typedArg(varRef(callee->loc, pattern->var), nullptr));
  }
  closure->body =
      callValue(varRef(callee->loc, var), nullptr, std::move(args), callee->loc, nullptr);
  if (closure->body->type->is(Type::Kind::Error))
    return errorExpr(callee->loc);
  closure->type = types_.function(expected->elems, expected->byRef, closure->body->type);
  block->result = tryCoerce(closure, expected);
  block->type = block->result ? block->result->type : types_.error;
  return block->result ? block : nullptr;
}

} // namespace nnc::sema
