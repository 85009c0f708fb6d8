// Calls: what is called, which argument goes where, what the callee's generics stand for.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

std::vector<ArgIn> Checker::argsOf(const ast::CallExpr *call) {
  std::vector<ArgIn> args;
  for (const ast::Arg &arg : call->args) {
    ArgIn in;
    in.name = arg.name;
    in.loc = arg.value->loc;
    in.byRef = arg.byRef;
    in.source = arg.value;
    args.push_back(in);
  }
  if (call->trailing) {
    ArgIn in;
    in.loc = call->trailing->loc;
    in.source = call->trailing;
    in.isTrailing = true;
    args.push_back(in);
  }
  return args;
}

Expr *Checker::checkCall(const ast::CallExpr *call, const Type *expected) {
  return callWith(call->callee, argsOf(call), call->loc, expected);
}

// A checked value as the first argument: of a pipe, or the receiver of a function written as a method.
static ArgIn typedArg(Expr *value, const ast::Expr *source) {
  ArgIn in;
  in.loc = value->loc;
  in.typed = value;
  in.source = source;
  return in;
}

Expr *Checker::callWith(const ast::Expr *callee, std::vector<ArgIn> args, Loc loc, const Type *expected) {
  if (auto *name = callee->as<ast::NameExpr>())
    return callNamed(name, std::move(args), loc, expected);
  if (auto *field = callee->as<ast::FieldExpr>())
    return callField(field, nullptr, std::move(args), loc, expected);
  if (auto *index = callee->as<ast::IndexExpr>()) {
    std::vector<GenericArg> generics;
    if (namesCallee(index->base)) {
      if (!genericArgsOf(index, generics))
        return errorExpr(loc);
      if (auto *field = index->base->as<ast::FieldExpr>())
        return callField(field, &generics, std::move(args), loc, expected);
      auto *name = index->base->as<ast::NameExpr>();
      Symbol *symbol = find(name->name.text) ? lookup(name->name, "function") : nullptr;
      if (!symbol && find(name->name.text))
        return errorExpr(loc);
      if (!symbol)
        if (FnDecl *method = frame_->selfType ? methodOf(frame_->selfType, name->name.text) : nullptr)
          return callFn(method, selfRef(loc), nullptr, &generics, std::move(args), loc, name->name, expected);
      if (symbol)
        return callSymbol(symbol, name->name, &generics, std::move(args), loc, expected);
    }
  }
  Expr *value = check(callee);
  return callValue(value, callee, std::move(args), loc, expected);
}

// Whether brackets after this expression are dims of a call or type, not an index.
bool Checker::namesCallee(const ast::Expr *base) {
  if (looksLikeType(base))
    return true;
  if (auto *name = base->as<ast::NameExpr>()) {
    Symbol *symbol = findLocal(name->name.text);
    if (!symbol && frame_->selfType) {
      if (fieldIndex(frame_->selfType, name->name.text) >= 0)
        return false;
      if (methodOf(frame_->selfType, name->name.text))
        return true;
    }
    symbol = find(name->name.text);
    if (symbol && symbol->kind == Symbol::Kind::Import)
      symbol = resolve(symbol, name->loc);
    return symbol && symbol->kind == Symbol::Kind::Fn;
  }
  auto *field = base->as<ast::FieldExpr>();
  if (!field)
    return false;
  if (auto *name = field->base->as<ast::NameExpr>()) {
    Symbol *symbol = find(name->name.text);
    if (symbol && symbol->kind == Symbol::Kind::Module && ensureLoaded(*symbol->module, field->loc)) {
      auto it = symbol->module->scope->names.find(field->name.text);
      Symbol *member = it == symbol->module->scope->names.end() ? nullptr : resolve(&it->second, field->loc);
      return member && (member->kind == Symbol::Kind::Fn || member->kind == Symbol::Kind::Struct);
    }
  }
  // A value's field is indexed; anything else after the dot is a method or function.
  Type probe;
  if (looksLikeType(field->base))
    return true;
  return !isFieldAccess(field);
}

// Whether `x.f` reads a field; looks at the type of x without reporting anything.
bool Checker::isFieldAccess(const ast::FieldExpr *field) {
  const Type *type = nullptr;
  if (auto *name = field->base->as<ast::NameExpr>()) {
    Symbol *symbol = findLocal(name->name.text);
    int index = !symbol && frame_->selfType ? fieldIndex(frame_->selfType, name->name.text) : -1;
    if (index >= 0)
      type = fieldType(frame_->selfType, unsigned(index));
    else if ((symbol = find(name->name.text)) && symbol->kind == Symbol::Kind::Var)
      type = symbol->var->type;
  } else if (auto *inner = field->base->as<ast::FieldExpr>(); inner && isFieldAccess(inner)) {
    return true;
  }
  if (!type)
    return false;
  return fieldIndex(type, field->name.text) >= 0 || (type->is(Type::Kind::Tensor) && (field->name.text == "t" || field->name.text == "shape"));
}

Expr *Checker::selfRef(Loc loc) {
  for (Frame *frame = frame_; frame; frame = frame->parent)
    if (frame->selfValue) {
      return frame->selfValue;
    } else if (frame->self) {
      usedVars_.insert(frame->self);
      return varRef(loc, frame->self);
    }
  return nullptr;
}

Expr *Checker::callNamed(const ast::NameExpr *callee, std::vector<ArgIn> args, Loc loc, const Type *expected) {
  const ast::Ident &name = callee->name;
  Symbol *symbol = findLocal(name.text);
  if (!symbol && frame_->selfType) {
    if (Expr *value = selfField(name))
      return callValue(value, callee, std::move(args), loc, expected);
    if (FnDecl *method = methodOf(frame_->selfType, name.text))
      if (Expr *self = selfRef(name.loc))
        return callFn(method, self, nullptr, nullptr, std::move(args), loc, name, expected);
  }
  if (!symbol)
    symbol = find(name.text);
  if (!symbol) {
    if (auto dtype = dtypeNamed(name.text))
      return cast(*dtype, args, loc);
    if (name.text == "int")
      return castInt(args, loc);
    if (isBuiltin(name.text))
      return callBuiltin(name, std::move(args), loc, expected);
    reportUnknown(name, "function");
    checkForErrors(args);
    return errorExpr(loc);
  }
  symbol = lookup(name, "function");
  if (!symbol) {
    checkForErrors(args);
    return errorExpr(loc);
  }
  return callSymbol(symbol, name, nullptr, std::move(args), loc, expected);
}

// The arguments of a call that cannot be made are still looked at.
void Checker::checkForErrors(std::vector<ArgIn> &args) {
  for (ArgIn &arg : args)
    if (!arg.typed && arg.source && !arg.source->is<ast::ClosureExpr>())
      check(arg.source);
}

Expr *Checker::callSymbol(Symbol *symbol, const ast::Ident &name, const std::vector<GenericArg> *generics,
                          std::vector<ArgIn> args, Loc loc, const Type *expected) {
  switch (symbol->kind) {
  case Symbol::Kind::Fn:
    return callFn(symbol->fn, nullptr, nullptr, generics, std::move(args), loc, name, expected);
  case Symbol::Kind::Struct:
    return construct(symbol->structDecl, generics, std::move(args), loc, name, expected);
  case Symbol::Kind::Variant:
    return makeVariant(symbol, name, std::move(args), loc);
  case Symbol::Kind::Closure:
    return callClosure(symbol, name, std::move(args), loc);
  case Symbol::Kind::Type:
    if (symbol->type->isScalar())
      return cast(symbol->type->dtype, args, loc);
    break;
  case Symbol::Kind::Var:
  case Symbol::Kind::Dim: {
    Expr *value = symbolValue(symbol, name, name.loc, nullptr);
    return callValue(value, nullptr, std::move(args), loc, expected);
  }
  default:
    break;
  }
  report(DiagKind::NotCallable, name.loc, "`" + name.text + "` cannot be called").also(symbol->loc, "declared here");
  return errorExpr(loc);
}

Expr *Checker::callField(const ast::FieldExpr *callee, const std::vector<GenericArg> *generics,
                         std::vector<ArgIn> args, Loc loc, const Type *expected) {
  const ast::Ident &name = callee->name;
  if (auto *base = callee->base->as<ast::NameExpr>()) {
    Symbol *symbol = findLocal(base->name.text);
    if (!symbol && !(frame_->selfType && fieldIndex(frame_->selfType, base->name.text) >= 0))
      symbol = find(base->name.text);
    if (symbol && symbol->kind == Symbol::Kind::Broken) {
      checkForErrors(args);
      return errorExpr(loc);
    }
    if (symbol && symbol->kind == Symbol::Kind::Module) {
      Symbol *member = memberOf(*symbol->module, name.text, name.loc, true);
      member = member ? resolve(member, name.loc) : nullptr;
      if (!member || member->kind == Symbol::Kind::Broken) {
        checkForErrors(args);
        return errorExpr(loc);
      }
      return callSymbol(member, name, generics, std::move(args), loc, expected);
    }
  }
  const ast::Expr *typeExpr = callee->base;
  if (auto *index = typeExpr->as<ast::IndexExpr>())
    typeExpr = index->base;
  if (looksLikeType(typeExpr))
    return callOnType(callee, std::move(args), loc, expected);
  Expr *base = check(callee->base);
  if (base->type->is(Type::Kind::Error)) {
    checkForErrors(args);
    return base;
  }
  if (int index = fieldIndex(base->type, name.text); index >= 0) {
    Expr *value = field(callee->loc, base, unsigned(index), fieldType(base->type, unsigned(index)));
    return callValue(value, callee, std::move(args), loc, expected);
  }
  if (FnDecl *method = methodOf(base->type, name.text))
    return callFn(method, base, callee->base, generics, std::move(args), loc, name, expected);
  if (!generics)
    if (Expr *result = builtinMethod(base, callee, args, loc, expected))
      return result;
  // x.f(a) is f(x, a), where f is one of the type's own functions, or any that is visible.
  Symbol *symbol = typeMember(base->type, name);
  if (!symbol)
    symbol = find(name.text);
  if (symbol)
    symbol = resolve(symbol, name.loc);
  if (symbol && symbol->kind == Symbol::Kind::Broken)
    return errorExpr(loc);
  if (symbol && (symbol->kind == Symbol::Kind::Fn || symbol->kind == Symbol::Kind::Closure || symbol->kind == Symbol::Kind::Var)) {
    ArgIn first = typedArg(base, callee->base);
    if (symbol->kind == Symbol::Kind::Fn) {
      resolve(*symbol->fn);
      first.byRef = !symbol->fn->params.empty() && symbol->fn->params[0].byRef;
      if (first.byRef && !isUpdatable(base, true, callee->base->loc))
        return errorExpr(loc);
    }
    args.insert(args.begin(), first);
    return callSymbol(symbol, name, generics, std::move(args), loc, expected);
  }
  NameList near = memberNames(base->type);
  auto &diag = report(DiagKind::UnknownName, name.loc, base->type->str() + " has no field or method `" + name.text + "`");
  if (std::string best = didYouMean(name.text, near); !best.empty())
    diag.help("did you mean `" + best + "`?");
  checkForErrors(args);
  return errorExpr(loc);
}

Checker::NameList Checker::memberNames(const Type *type) {
  NameList names;
  if (type->is(Type::Kind::Struct)) {
    for (auto *field : type->decl->fields)
      names.push_back(field->name.text);
    for (auto &[name, method] : type->decl->methods)
      names.push_back(name);
    if (type->isModel())
      names.push_back("params");
  }
  if (Module *module = moduleOfType(type))
    for (auto &[name, symbol] : module->scope->names)
      if (symbol.isPub)
        names.push_back(name);
  if (!type->is(Type::Kind::Struct))
    for (Scope *scope = scope_; scope; scope = scope->parent)
      for (auto &[name, symbol] : scope->names)
        if (symbol.kind == Symbol::Kind::Fn)
          names.push_back(name);
  if (type->is(Type::Kind::Tensor))
    for (auto &[name, symbol] : prelude_->scope->names)
      names.push_back(name);
  return names;
}

// Functions that belong to a builtin type stand in one file of the library, read when one is used.
Module *Checker::moduleOfType(const Type *type) {
  const char *file = type->is(Type::Kind::Str)        ? "str"
                     : type->is(Type::Kind::List)     ? "list"
                     : type->is(Type::Kind::Map)      ? "map"
                     : type->is(Type::Kind::Rng)      ? "rng"
                     : type->is(Type::Kind::Dataset)  ? "dataset"
                     : type->is(Type::Kind::Batches)  ? "batches"
                     : type->is(Type::Kind::Tree)     ? "tree"
                     : type->is(Type::Kind::Optional) ? "optional"
                                                      : nullptr;
  if (!file)
    return nullptr;
  Module *module = moduleAt(options_.stdlib + "/types/" + file + ".nn", file, true);
  return ensureLoaded(*module, {}) ? module : nullptr;
}

Symbol *Checker::typeMember(const Type *type, const ast::Ident &name) {
  Module *module = moduleOfType(type);
  if (!module)
    return nullptr;
  auto it = module->scope->names.find(name.text);
  return it == module->scope->names.end() || !it->second.isPub ? nullptr : &it->second;
}

Expr *Checker::callValue(Expr *callee, const ast::Expr *source, std::vector<ArgIn> args, Loc loc, const Type *expected) {
  const Type *type = callee->type;
  if (type->is(Type::Kind::Error)) {
    checkForErrors(args);
    return errorExpr(loc);
  }
  std::string shown = source ? text(source->loc) : "";
  if (shown.empty() && callee->kind == ExprKind::VarRef)
    shown = as<VarRef>(*callee).var->name;
  if (type->is(Type::Kind::Struct)) {
    ast::Ident name{shown.empty() || shown.size() > 40 ? type->decl->node->name.text : shown, source ? source->loc : callee->loc};
    if (FnDecl *call = methodOf(type, "call"))
      return callFn(call, callee, source, nullptr, std::move(args), loc, name, expected);
    report(DiagKind::NotCallable, callee->loc, "`" + type->str() + "` has no `fn call`, so it cannot be called");
    return errorExpr(loc);
  }
  if (type->is(Type::Kind::Tuple)) // a tuple of models and functions is itself a model
    return callTuple(callee, source, std::move(args), loc, expected);
  if (!type->is(Type::Kind::Fn)) {
    report(DiagKind::NotCallable, callee->loc, (shown.empty() ? std::string("this") : "`" + shown + "`") + " is " + type->str() + " and cannot be called");
    checkForErrors(args);
    return errorExpr(loc);
  }
  auto *node = make<CallValue>(loc, type->result);
  node->callee = callee;
  if (args.size() != type->elems.size()) {
    report(DiagKind::ArgCount, loc, "this function takes " + std::to_string(type->elems.size()) + " arguments, and " + std::to_string(args.size()) + " are given");
    return errorExpr(loc);
  }
  bool failed = false;
  for (size_t i = 0; i < args.size(); ++i) {
    ArgIn &arg = args[i];
    if (arg.name) {
      report(DiagKind::UnknownArg, arg.name.loc, "the parameters of a function value have no names");
      return errorExpr(loc);
    }
    if (arg.byRef != type->byRef[i]) {
      report(DiagKind::RefMismatch, arg.loc, arg.byRef ? "this argument is not updated by the function: leave out the `&`" : "the function updates this argument: pass it with `&`");
      return errorExpr(loc);
    }
    Expr *value = arg.byRef && !arg.typed ? checkPlace(arg.source, "passed with `&`") : arg.typed ? arg.typed : check(arg.source, type->elems[i]);
    value = coerce(value, type->elems[i], "the argument");
    failed |= value->type->is(Type::Kind::Error);
    node->args.push_back({value, arg.byRef});
  }
  return failed ? errorExpr(loc) : node;
}

Expr *Checker::callTuple(Expr *callee, const ast::Expr *source, std::vector<ArgIn> args, Loc loc, const Type *expected) {
  if (args.size() != 1 || args[0].name) {
    report(DiagKind::ArgCount, loc, "a tuple of models takes one argument");
    return errorExpr(loc);
  }
  Expr *value = args[0].typed ? args[0].typed : check(args[0].source);
  for (size_t i = 0; i < callee->type->elems.size() && !value->type->is(Type::Kind::Error); ++i) {
    ArgIn in;
    in.loc = value->loc;
    in.typed = value;
    in.source = i ? nullptr : args[0].source;
    Expr *stage = callee->kind == ExprKind::Tuple ? as<TupleExpr>(*callee).elems[i] : field(callee->loc, callee, unsigned(i), callee->type->elems[i]);
    value = callValue(stage, nullptr, {in}, loc, nullptr);
  }
  return value;
}

// A `let` that holds a closure without types: it is checked for the arguments of each call.
Expr *Checker::callClosure(Symbol *symbol, const ast::Ident &name, std::vector<ArgIn> args, Loc loc) {
  auto *node = make<CallValue>(loc, types_.error);
  TypeContext::List types;
  std::vector<bool> byRef;
  if (args.size() != symbol->closure->params.size()) {
    report(DiagKind::ArgCount, loc, "`" + name.text + "` takes " + std::to_string(symbol->closure->params.size()) + " arguments, and " + std::to_string(args.size()) + " are given");
    return errorExpr(loc);
  }
  for (ArgIn &arg : args) {
    Expr *value = arg.typed ? arg.typed : arg.byRef ? checkPlace(arg.source, "passed with `&`") : check(arg.source);
    if (value->type->is(Type::Kind::Error))
      return errorExpr(loc);
    types.push_back(value->type);
    byRef.push_back(arg.byRef);
    node->args.push_back({value, arg.byRef});
  }
  Closure *closure = checkClosure(symbol->closure, types, byRef, nullptr, symbol->scope);
  node->callee = closure;
  node->type = closure->type->is(Type::Kind::Fn) ? closure->type->result : types_.error;
  return node;
}

// ---- calls of declared functions

bool Checker::matchArgs(CallState &call, std::vector<ArgIn> &args, std::vector<ArgIn *> &byParam) {
  auto &params = call.fn->params;
  size_t first = call.fn->hasSelf() ? 1 : 0;
  byParam.assign(params.size(), nullptr);
  for (ArgIn &arg : args) {
    if (!arg.name)
      continue;
    size_t i = first;
    while (i < params.size() && params[i].name != arg.name.text)
      ++i;
    if (i == params.size()) {
      NameList names;
      for (size_t k = first; k < params.size(); ++k)
        names.push_back(params[k].name);
      auto &diag = report(DiagKind::UnknownArg, arg.name.loc, "`" + call.shown + "` has no parameter `" + arg.name.text + "`");
      if (std::string near = didYouMean(arg.name.text, names); !near.empty())
        diag.help("did you mean `" + near + "`?");
      return false;
    }
    if (byParam[i]) {
      report(DiagKind::UnknownArg, arg.name.loc, "`" + arg.name.text + "` is given twice");
      return false;
    }
    byParam[i] = &arg;
  }
  size_t next = first;
  for (ArgIn &arg : args) {
    if (arg.name)
      continue;
    while (next < params.size() && byParam[next])
      ++next;
    size_t at = next;
    if (arg.isTrailing)
      for (size_t i = next; i < params.size(); ++i)
        if (!byParam[i] && params[i].type && params[i].type->is(Type::Kind::Fn)) {
          at = i;
          break;
        }
    if (at >= params.size()) {
      report(DiagKind::ArgCount, arg.loc, "`" + call.shown + "` takes " + std::to_string(params.size() - first) + " arguments, and this is one more")
          .also(call.fn->node->name.loc, "declared here");
      return false;
    }
    byParam[at] = &arg;
  }
  for (size_t i = first; i < params.size(); ++i)
    if (!byParam[i] && !params[i].defaultValue) {
      report(DiagKind::MissingArg, call.nameLoc, "`" + call.shown + "` needs an argument for `" + params[i].name + "`")
          .also(params[i].loc, "declared here");
      return false;
    }
  return true;
}

static void openGenerics(const std::vector<GenericEntry> &generics, CallState &call) {
  for (const GenericEntry &entry : generics) {
    if (entry.dim)
      call.openDims.insert(entry.dim);
    if (entry.pack)
      call.openPacks.insert(entry.pack);
    if (entry.type)
      call.openTypes.insert(entry.type);
  }
}

Expr *Checker::callFn(FnDecl *fn, Expr *self, const ast::Expr *selfSource, const std::vector<GenericArg> *generics,
                      std::vector<ArgIn> args, Loc loc, const ast::Ident &name, const Type *expected,
                      const Type *ownerType) {
  resolve(*fn);
  CallState call;
  call.fn = fn;
  call.loc = loc;
  call.nameLoc = name.loc;
  call.shown = name.text;
  call.expected = expected;
  call.args.resize(fn->params.size());
  call.sources.resize(fn->params.size());
  call.axes.resize(fn->params.size());
  openGenerics(fn->generics, call);
  if (fn->owner)
    openGenerics(fn->owner->generics, call);
  if (self || ownerType) {
    std::vector<const Type *> typeArgs;
    for (const GenericEntry &entry : fn->owner->generics)
      if (entry.type)
        typeArgs.push_back(types_.param(entry.type));
    unify(selfTypeOf(*fn->owner, typeArgs), self ? self->type : ownerType, call);
  }
  if (self && fn->hasSelf()) {
    bool byRef = fn->params[0].byRef;
    if (byRef && !isUpdatable(self, true, selfSource ? selfSource->loc : name.loc))
      return errorExpr(loc);
    // State may move during the call where the model is reached through something that can be updated.
    byRef |= hasState(self->type) && isUpdatable(self, false, loc);
    call.args[0] = {self, byRef};
    call.sources[0] = selfSource;
  }
  if (generics) {
    std::vector<GenericEntry> wanted;
    for (const GenericEntry &entry : fn->generics)
      if (!entry.inParams)
        wanted.push_back(entry);
    bool onlyFree = !wanted.empty();
    if (!bindGenericArgs(onlyFree ? wanted : fn->generics, *generics, call.subst, call.shown, loc, onlyFree))
      return errorExpr(loc);
    for (auto &entry : wanted)
      if (entry.pack)
        call.subst.dims.packs[entry.pack];
  }
  call.shownSubst = call.subst;
  std::vector<ArgIn *> byParam;
  if (!matchArgs(call, args, byParam)) {
    checkForErrors(args);
    return errorExpr(loc);
  }
  // Values first, then literals (they adapt to what the others say), then functions, then axes.
  std::vector<unsigned> later[3];
  for (unsigned i = 0; i < byParam.size(); ++i) {
    if (!byParam[i])
      continue;
    ArgIn &arg = *byParam[i];
    call.sources[i] = arg.source;
    const ParamSig &param = fn->params[i];
    if (param.special == ParamSig::Special::Axis)
      later[2].push_back(i);
    else if (param.type && param.type->is(Type::Kind::Fn))
      later[1].push_back(i);
    else if (param.type && !isClosed(param.type, call) && isBareLiteral(arg))
      later[0].push_back(i);
    else
      checkArg(call, i, arg);
  }
  for (auto &round : later)
    for (unsigned i : round)
      checkArg(call, i, *byParam[i]);
  if (call.failed)
    return errorExpr(loc);
  for (unsigned i = 0; i < fn->params.size(); ++i)
    if (!call.args[i].value && fn->params[i].defaultValue && call.axes[i].empty())
      fillDefault(call, i, self);
  if (!checkExclusive(call.args, call.sources))
    return errorExpr(loc);
  return call.failed ? errorExpr(loc) : finishCall(call);
}

bool Checker::isBareLiteral(const ArgIn &arg) {
  if (arg.typed)
    return isAdaptable(arg.typed);
  const ast::Expr *source = arg.source;
  if (auto *unary = source->as<ast::UnaryExpr>())
    source = unary->operand;
  return source->is<ast::IntExpr>() || source->is<ast::FloatExpr>() || source->is<ast::NameExpr>();
}

void Checker::checkArg(CallState &call, unsigned index, ArgIn &arg) {
  const ParamSig &param = call.fn->params[index];
  if (param.special == ParamSig::Special::Axis) {
    const Type *first = nullptr;
    for (Arg &other : call.args)
      if (!first && other.value && other.value->type->is(Type::Kind::Tensor))
        first = other.value->type;
    if (!first || !axesOf(arg.source, first, call.axes[index], arg.loc))
      call.failed = true;
    return;
  }
  if (arg.byRef != param.byRef && !(param.byRef && arg.typed)) {
    if (arg.byRef)
      report(DiagKind::RefMismatch, arg.loc, "`" + call.shown + "` does not update `" + param.name + "`: leave out the `&`").also(param.loc, "declared without `&`");
    else
      report(DiagKind::RefMismatch, arg.loc, "`" + call.shown + "` updates `" + param.name + "`: pass it with `&`").also(param.loc, "declared with `&`");
    call.failed = true;
    return;
  }
  if (param.special == ParamSig::Special::Dim) {
    Expr *value = arg.typed ? arg.typed : check(arg.source);
    auto dim = dimOf(value);
    if (!dim && !value->type->is(Type::Kind::Error))
      report(DiagKind::BadDim, arg.loc, "`" + param.name + "` of `" + call.shown + "` is a size: a literal, a dim or an immutable `int`, not " + quoted(arg.source, "this value"));
    call.failed |= !dim;
    call.subst.dims.dims[param.dim] = dim.value_or(Dim());
    call.args[index] = {value, false};
    return;
  }
  const Type *wanted = param.type ? substType(param.type, call.subst) : nullptr;
  Expr *value = arg.typed;
  if (!value && arg.byRef)
    value = checkPlace(arg.source, "passed with `&`");
  else if (!value && wanted && wanted->is(Type::Kind::Fn))
    value = fnArg(call, wanted, arg);
  else if (!value)
    value = check(arg.source, wanted && isClosed(wanted, call) ? wanted : nullptr);
  call.args[index] = {value, arg.byRef};
  if (value->type->is(Type::Kind::Error)) {
    call.failed = true;
    return;
  }
  if (!wanted)
    return;
  bool overTrees = value->type->is(Type::Kind::Tree) && isElementwise(*call.fn);
  call.overTrees |= overTrees;
  if (overTrees)
    return;
  if (Expr *fitting = fitArg(call, wanted, value)) {
    call.args[index].value = fitting;
    return;
  }
  reportArgMismatch(call, index, arg, value);
  call.failed = true;
}

// A value as the argument of a parameter whose type may hold open generics; null where it does not fit.
Expr *Checker::fitArg(CallState &call, const Type *wanted, Expr *value) {
  const Type *type = value->type;
  if (isClosed(wanted, call)) {
    if (Expr *fitting = tryCoerce(value, substType(wanted, call.subst)))
      return fitting;
    return nullptr;
  }
  if (wanted->is(Type::Kind::Optional) && !type->is(Type::Kind::Optional)) {
    Expr *inner = fitArg(call, wanted->elems[0], value);
    return inner ? convert(inner, substType(wanted, call.subst)) : nullptr;
  }
  if (wanted->is(Type::Kind::Tensor) && isAdaptable(value)) {
    const Type *dtype = substType(types_.intern(withoutShape(*wanted)), call.subst);
    if (dtype->dtypeParam)
      dtype = f32();
    value = adapt(value, dtype);
    return value && unify(wanted, value->type, call) ? value : nullptr;
  }
  if (wanted->is(Type::Kind::Tensor) && type->is(Type::Kind::Range)) {
    auto count = rangeCount(value);
    ShapeElem elem;
    elem.dim = count ? *count : Dim(newDim("N", value->loc, DimVar::Kind::Fresh));
    value = convert(value, types_.tensor(wanted->dtypeParam ? DType::I32 : wanted->dtype, {elem}));
    return unify(wanted, value->type, call) ? value : nullptr;
  }
  if (wanted->is(Type::Kind::Tensor) && type->is(Type::Kind::List)) {
    const Type *elem = type->elems[0];
    if (!elem->is(Type::Kind::Tensor) && !elem->is(Type::Kind::Int))
      return nullptr;
    ShapeElem count;
    count.dim = Dim(newDim("N", value->loc, DimVar::Kind::Fresh));
    Shape shape{count};
    shape.insert(shape.end(), elem->shape.begin(), elem->shape.end());
    value = convert(value, types_.tensor(elem->is(Type::Kind::Int) ? wanted->dtype : elem->dtype, shape));
    return unify(wanted, value->type, call) ? value : nullptr;
  }
  return unify(wanted, type, call) ? value : nullptr;
}

Type Checker::withoutShape(const Type &tensor) {
  Type copy = tensor;
  copy.shape.clear();
  return copy;
}

// A closure, function or model for a parameter of function type.
Expr *Checker::fnArg(CallState &call, const Type *wanted, ArgIn &arg) {
  const ast::ClosureExpr *closure = arg.source->as<ast::ClosureExpr>();
  Scope *scope = nullptr;
  if (auto *name = arg.source->as<ast::NameExpr>()) {
    Symbol *symbol = find(name->name.text);
    if (symbol)
      symbol = resolve(symbol, name->loc);
    if (symbol && symbol->kind == Symbol::Kind::Closure) {
      closure = symbol->closure;
      scope = symbol->scope;
    } else if (symbol && symbol->kind == Symbol::Kind::Fn) {
      return fnValue(symbol->fn, name->name, wanted);
    }
  }
  if (!closure)
    return check(arg.source, wanted);
  for (size_t i = 0; i < wanted->elems.size(); ++i)
    if (!isClosed(wanted->elems[i], call) && !isFullyTyped(closure)) {
      report(DiagKind::CannotInfer, arg.loc, "the type of this closure's parameters is not known here").help("write it: `{ (x: f32[B]) => .. }`");
      return errorExpr(arg.loc);
    }
  const Type *result = isClosed(wanted->result, call) ? wanted->result : nullptr;
  if (isFullyTyped(closure) && !isClosed(types_.tuple(wanted->elems), call))
    return closureValue(closure, nullptr, scope);
  return checkClosure(closure, wanted->elems, wanted->byRef, result, scope);
}

// A default is written in the callee's file, where self's fields and the dims are visible.
void Checker::fillDefault(CallState &call, unsigned index, Expr *self) {
  const ParamSig &param = call.fn->params[index];
  if (param.special == ParamSig::Special::Axis) {
    const Type *first = nullptr;
    for (Arg &other : call.args)
      if (!first && other.value && other.value->type->is(Type::Kind::Tensor))
        first = other.value->type;
    if (first && !axesOf(param.defaultValue, first, call.axes[index], call.loc))
      call.failed = true;
    return;
  }
  Saved saved(*this);
  Frame frame;
  module_ = call.fn->module;
  scope_ = call.fn->module->scope;
  scopes_.emplace_back();
  scopes_.back().parent = scope_;
  scope_ = &scopes_.back();
  if (call.fn->owner)
    defineGenerics(call.fn->owner->generics);
  defineGenerics(call.fn->generics);
  for (auto &[name, symbol] : scope_->names)
    if (symbol.kind == Symbol::Kind::Dim)
      symbol.dim = substitute(symbol.dim, call.subst.dims);
  // self and the parameters before this one, as what the call gives for them.
  Block *wrapped = nullptr;
  if (self) {
    frame.selfType = self->type;
    frame.selfValue = self;
  }
  frame.parent = nullptr;
  frame.fn = frame_ ? frame_->fn : nullptr;
  frame_ = &frame;
  for (unsigned i = 0; i < index; ++i)
    if (Expr *value = call.args[i].value; value && call.fn->params[i].special != ParamSig::Special::Self) {
      Symbol symbol;
      symbol.kind = Symbol::Kind::Alias;
      symbol.alias = value;
      define({call.fn->params[i].name, call.fn->params[i].loc}, symbol);
    }
  (void)wrapped;
  const Type *wanted = param.type ? substType(param.type, call.subst) : nullptr;
  Expr *value = check(param.defaultValue, wanted && isClosed(wanted, call) ? wanted : nullptr);
  if (param.special == ParamSig::Special::Dim) {
    auto dim = dimOf(value);
    call.failed |= !dim;
    call.subst.dims.dims[param.dim] = dim.value_or(Dim());
  } else if (wanted && !value->type->is(Type::Kind::Error)) {
    Expr *fitting = fitArg(call, wanted, value);
    if (!fitting)
      fitting = coerce(value, wanted, "the default", param.loc);
    value = fitting;
  }
  call.failed |= value->type->is(Type::Kind::Error);
  call.args[index] = {value, false};
}

Expr *Checker::finishCall(CallState &call) {
  FnDecl &fn = *call.fn;
  if (call.overTrees)
    return elementwise(call, false);
  if (!solvePending(call)) {
    auto &diag = report(DiagKind::ShapeMismatch, call.loc, "the shapes of the arguments of `" + call.shown + "` do not agree");
    for (unsigned i = 0; i < call.args.size(); ++i)
      if (call.args[i].value && fn.params[i].type && fn.params[i].type->is(Type::Kind::Tensor))
        diag.note("`" + fn.params[i].name + "` takes " + shownParam(call, i) + " and is " + call.args[i].value->type->str());
    return errorExpr(call.loc);
  }
  const Type *result = fn.result;
  if (result && call.expected && !isClosed(result, call)) {
    Subst before = call.subst;
    if (!unify(result, call.expected, call))
      call.subst = before;
    solvePending(call);
  }
  for (const std::vector<GenericEntry> *generics : {fn.owner ? &fn.owner->generics : nullptr, &fn.generics})
    if (generics)
      for (const GenericEntry &entry : *generics) {
        bool known = entry.dim    ? call.subst.dims.dims.count(entry.dim)
                     : entry.pack ? call.subst.dims.packs.count(entry.pack)
                                  : call.subst.types.count(entry.type);
        if (known)
          continue;
        if (entry.type && entry.type->kind == TypeParam::Kind::DType) {
          call.subst.types[entry.type] = f32();
          continue;
        }
        report(DiagKind::CannotInfer, call.loc, "nothing here says what `" + entry.node->name.text + "` of `" + call.shown + "` is")
            .also(entry.node->loc, "declared here")
            .help("write it in brackets: `" + call.shown + "[..]`");
        return errorExpr(call.loc);
      }
  checkCallFacts(fn.facts, call.subst.dims, call.loc, call.shown);
  for (DimFact &fact : call.leftOver) {
    fact.loc = call.loc;
    noteRuntimeFact(fact);
  }
  if (fn.isPrim)
    return finishPrim(call);
  FnInstance *instance = instanceOf(call);
  if (frame_ && frame_->fn)
    bodies_[frame_->fn].callees.insert(instance);
  if (!instance->result) {
    if (bodies_[instance].state == 1) {
      report(DiagKind::MissingType, fn.node->name.loc, "`" + fn.node->name.text + "` calls itself, so its result type must be written");
      return errorExpr(call.loc);
    }
    checkBody(instance);
    if (!instance->result)
      return errorExpr(call.loc);
  }
  Subst subst = call.subst;
  std::set<const DimVar *> dims;
  freeDims(instance->result, dims);
  std::set<const DimVar *> own(instance->dims.begin(), instance->dims.end());
  for (const DimVar *dim : dims)
    if (dim->kind == DimVar::Kind::Fresh && !own.count(dim))
      subst.dims.dims[dim] = Dim(newDim(dim->name, dim->loc, DimVar::Kind::Fresh));
  auto *node = make<Call>(call.loc, substType(instance->result, subst));
  node->fn = instance;
  node->args = call.args;
  for (unsigned i = 0; i < node->args.size(); ++i)
    if (fn.params[i].special == ParamSig::Special::Axis)
      node->args[i].value = intLit(call.loc, call.axes[i].empty() ? 0 : call.axes[i][0]);
  for (const DimVar *dim : instance->dims) {
    auto found = call.subst.dims.dims.find(dim);
    node->binds.dims[dim] = found == call.subst.dims.dims.end() ? Dim(dim) : found->second;
  }
  for (const ParamSig &param : fn.params)
    if (param.dim)
      node->binds.dims[param.dim] = call.subst.dims.dims[param.dim];
  for (const PackVar *pack : instance->packs)
    node->binds.packs[pack] = call.subst.dims.packs[pack];
  return node;
}

// One value cannot be updated through two arguments of one call.
bool Checker::checkExclusive(const std::vector<Arg> &args, const std::vector<const ast::Expr *> &sources) {
  auto path = [](Expr *place) {
    std::vector<std::pair<const void *, unsigned>> parts;
    while (place->kind == ExprKind::Field) {
      parts.insert(parts.begin(), {nullptr, as<Field>(*place).index});
      place = as<Field>(*place).base;
    }
    const void *root = place->kind == ExprKind::VarRef ? static_cast<const void *>(as<VarRef>(*place).var) : place;
    parts.insert(parts.begin(), {root, 0});
    return parts;
  };
  for (size_t i = 0; i < args.size(); ++i)
    for (size_t j = i + 1; j < args.size(); ++j) {
      if (!args[i].value || !args[j].value || !args[i].byRef || !args[j].byRef)
        continue;
      auto a = path(args[i].value), b = path(args[j].value);
      size_t common = std::min(a.size(), b.size());
      if (!std::equal(a.begin(), a.begin() + common, b.begin()))
        continue;
      report(DiagKind::Exclusive, args[j].value->loc, quoted(sources[j], "this value") + " is updated through two arguments of one call")
          .also(args[i].value->loc, "the other one");
      return false;
    }
  return true;
}

Expr *Checker::pipe(const ast::PipeExpr *expr, const Type *expected) {
  Expr *value = check(expr->value);
  if (value->type->is(Type::Kind::Error))
    return value;
  ArgIn first = typedArg(value, expr->value);
  PipeStage stage{expr, pipeStage_};
  pipeStage_ = &stage;
  Expr *result;
  auto *call = expr->target->as<ast::CallExpr>();
  if (call && !call->inParens) {
    std::vector<ArgIn> args = argsOf(call);
    args.insert(args.begin(), first);
    result = callWith(call->callee, std::move(args), expr->loc, expected);
  } else {
    result = callWith(expr->target, {first}, expr->loc, expected);
  }
  pipeStage_ = stage.outer;
  return result;
}

// A named function as a value of the wanted type: a closure around the call of it.
Expr *Checker::fnValue(FnDecl *fn, const ast::Ident &name, const Type *expected, Expr *self) {
  resolve(*fn);
  if (!expected || !expected->is(Type::Kind::Fn)) {
    if (fn->generics.empty() && !fn->isGenericInTypes && !fn->isPrim && !self) {
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
      auto *ref = make<FnRef>(name.loc, types_.function(params, byRef, instance->result ? instance->result : types_.error));
      ref->fn = instance;
      return ref;
    }
    report(DiagKind::CannotInfer, name.loc, "`" + name.text + "` is generic, and nothing here says for what it is used")
        .help("write a closure: `{ x => " + name.text + "(x) }`");
    return errorExpr(name.loc);
  }
  auto *closure = make<Closure>(name.loc, types_.error);
  std::vector<ArgIn> args;
  for (size_t i = 0; i < expected->elems.size(); ++i) {
    if (expected->elems[i]->is(Type::Kind::Param)) {
      report(DiagKind::CannotInfer, name.loc, "the type of the argument of `" + name.text + "` is not known here");
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

// A model where a function is wanted: a closure around its `call`.
Expr *Checker::modelValue(Expr *model, const Type *expected) {
  FnDecl *call = methodOf(model->type, "call");
  if (!call)
    return nullptr;
  Expr *value = fnValue(call, {model->type->decl->node->name.text, model->loc}, expected, model);
  return value->type->is(Type::Kind::Error) ? value : tryCoerce(value, expected);
}

} // namespace nnc::sema
