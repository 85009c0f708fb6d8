// What a call calls: a function, a method, a type, a value.
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

// A checked value as the first argument: of a pipe, or the receiver of a function written as a
// method.
ArgIn Checker::typedArg(Expr *value, const ast::Expr *source) {
  ArgIn in;
  in.loc = value->loc;
  in.typed = value;
  in.source = source;
  return in;
}

Expr *Checker::callWith(const ast::Expr *callee, std::vector<ArgIn> args, Loc loc,
                        const Type *expected) {
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
        if (FnDecl *method =
                frame_->selfType ? methodOf(frame_->selfType, name->name.text) : nullptr)
          return callFn(method, selfRef(loc), nullptr, &generics, std::move(args), loc, name->name,
                        expected);
      if (symbol)
        return callSymbol(symbol, name->name, &generics, std::move(args), loc, expected);
    }
  }
  if (auto *maker = callee->as<ast::CallExpr>())
    if (auto *name = maker->callee->as<ast::NameExpr>();
        name && name->name.text == "vmap" && !find("vmap"))
      return callVmap(argsOf(maker), std::move(args), loc);
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
    if (symbol && symbol->kind == Symbol::Kind::Module &&
        ensureLoaded(*symbol->module, field->loc)) {
      auto it = symbol->module->scope->names.find(field->name.text);
      Symbol *member =
          it == symbol->module->scope->names.end() ? nullptr : resolve(&it->second, field->loc);
      return member && (member->kind == Symbol::Kind::Fn || member->kind == Symbol::Kind::Struct);
    }
  }
  // A value's field is indexed; anything else after the dot is a method or function.
  Type probe;
  if (looksLikeType(field->base))
    return true;
  return !isFieldAccess(field);
}

// Whether `x.f` reads a field of a value whose type is known beforehand.
bool Checker::isFieldAccess(const ast::FieldExpr *field) {
  const Type *type = typeBeforehand(field->base);
  return type && hasField(type, field->name.text);
}

bool Checker::hasField(const Type *type, const std::string &name) {
  if (type->is(Type::Kind::Tree)) // the fields of what it is a gradient by
    return !type->leafScalar && fieldIndex(type->elems[0], name) >= 0;
  return fieldIndex(type, name) >= 0 || (type->isModel() && name == "params") ||
         (type->is(Type::Kind::Tensor) && (name == "t" || name == "shape"));
}

// The type of a chain of names, fields and indices, found without reporting anything; null where
// the chain has other parts. Of a tensor's part only the kind of type is right.
const Type *Checker::typeBeforehand(const ast::Expr *expr) {
  if (auto *name = expr->as<ast::NameExpr>()) {
    Symbol *symbol = findLocal(name->name.text);
    int index = !symbol && frame_->selfType ? fieldIndex(frame_->selfType, name->name.text) : -1;
    if (index >= 0)
      return fieldType(frame_->selfType, unsigned(index));
    if (name->name.text == "self")
      return frame_->selfType;
    symbol = find(name->name.text);
    return symbol && symbol->kind == Symbol::Kind::Var ? symbol->var->type : nullptr;
  }
  if (auto *field = expr->as<ast::FieldExpr>()) {
    const Type *type = typeBeforehand(field->base);
    bool isTree = type && type->is(Type::Kind::Tree);
    const Type *holder = isTree ? type->elems[0] : type;
    int index = holder ? fieldIndex(holder, field->name.text) : -1;
    if (index >= 0) {
      const Type *part = fieldType(holder, unsigned(index));
      return isTree ? types_.tree(part) : part;
    }
    return type && type->is(Type::Kind::Tensor) && field->name.text == "t" ? type : nullptr;
  }
  if (auto *index = expr->as<ast::IndexExpr>()) {
    const Type *type = typeBeforehand(index->base);
    if (!type)
      return nullptr;
    bool one = index->indices.size() == 1 && index->indices[0].form == ast::Index::Value;
    switch (type->kind) {
    case Type::Kind::Tensor:
      return type;
    case Type::Kind::List:
    case Type::Kind::Array:
      return one ? type->elems[0] : type;
    case Type::Kind::Map:
      return type->elems[1];
    default:
      return nullptr;
    }
  }
  return nullptr;
}

Expr *Checker::selfRef(Loc loc) {
  for (Frame *frame = frame_; frame; frame = frame->parent)
    if (frame->selfValue) {
      return frame->selfValue;
    } else if (frame->self) {
      usedVars_.insert(frame->self);
      return varRef(loc, captured(frame->self, "self"));
    }
  return nullptr;
}

Expr *Checker::callNamed(const ast::NameExpr *callee, std::vector<ArgIn> args, Loc loc,
                         const Type *expected) {
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
  for (ArgIn &arg : args) {
    if (arg.typed || !arg.source || arg.source->is<ast::ClosureExpr>())
      continue;
    // Functions, types and dtypes need to know what for: they are not looked at alone.
    if (auto *name = arg.source->as<ast::NameExpr>()) {
      Symbol *symbol = find(name->name.text);
      bool isValue = symbol ? symbol->kind == Symbol::Kind::Var
                            : !looksLikeType(name) && !isBuiltin(name->name.text);
      if (!isValue)
        continue;
    }
    check(arg.source);
  }
}

Expr *Checker::callSymbol(Symbol *symbol, const ast::Ident &name,
                          const std::vector<GenericArg> *generics, std::vector<ArgIn> args, Loc loc,
                          const Type *expected) {
  switch (symbol->kind) {
  case Symbol::Kind::Fn:
    return callFn(symbol->fn, nullptr, nullptr, generics, std::move(args), loc, name, expected);
  case Symbol::Kind::Struct:
    return construct(symbol->structDecl, generics, std::move(args), loc, name, expected);
  case Symbol::Kind::Variant:
    return makeVariant(symbol, name, std::move(args), loc);
  case Symbol::Kind::Closure:
    return callClosure(symbol->closure, symbol->scope, "`" + name.text + "`", std::move(args), loc);
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
  report(DiagKind::NotCallable, name.loc, "`" + name.text + "` cannot be called")
      .also(symbol->loc, "declared here");
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
  return callMember(check(callee->base), callee, generics, std::move(args), loc, expected);
}

// base.f(..), where `callee` is the source of `base.f`.
Expr *Checker::callMember(Expr *base, const ast::FieldExpr *callee,
                          const std::vector<GenericArg> *generics, std::vector<ArgIn> args, Loc loc,
                          const Type *expected) {
  const ast::Ident &name = callee->name;
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
  if (base->kind == ExprKind::TensorLit) { // `[1, 2].map { .. }`: a list, where only lists do that
    Expr *list = asList(base);
    if (Symbol *own = typeMember(list->type, name)) {
      base = list;
      symbol = own;
    }
  }
  if (!symbol)
    symbol = find(name.text);
  if (symbol)
    symbol = resolve(symbol, name.loc);
  if (symbol && symbol->kind == Symbol::Kind::Broken)
    return errorExpr(loc);
  if (symbol && (symbol->kind == Symbol::Kind::Fn || symbol->kind == Symbol::Kind::Closure ||
                 symbol->kind == Symbol::Kind::Var)) {
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
  if (name.text == "len" && args.empty())
    if (Expr *length = lengthField(base, loc))
      return length;
  NameList near = memberNames(base->type);
  auto &diag = report(DiagKind::UnknownMember, name.loc,
                      base->type->str() + " has no field or method `" + name.text + "`");
  if (std::string help = helpForName(name.text, near); !help.empty())
    diag.help(help);
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

} // namespace nnc::sema
