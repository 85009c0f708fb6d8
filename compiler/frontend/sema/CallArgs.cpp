// Which argument is for which parameter, and whether it fits.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

// Whether calls say sizes of the result that no argument has: zeros[3], x.reshape[2, 3].
static bool takesSizes(const FnDecl &fn) {
  for (const GenericEntry &entry : fn.generics)
    if (entry.pack && !entry.inParams)
      return true;
  return false;
}

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
      auto &diag = report(DiagKind::UnknownArg, arg.name.loc,
                          "`" + call.shown + "` has no parameter `" + arg.name.text + "`");
      if (std::string help = helpForName(arg.name.text, names); !help.empty())
        diag.help(help);
      return false;
    }
    if (byParam[i]) {
      report(DiagKind::DuplicateArg, arg.name.loc, "`" + arg.name.text + "` is given twice");
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
      auto &diag = report(DiagKind::ArgCount, arg.loc,
                          "`" + call.shown + "` takes " +
                              counted(params.size() - first, "argument") + ", and this is one more")
                       .also(call.fn->node->name.loc, "declared here");
      if (takesSizes(*call.fn))
        diag.help("sizes stand in brackets: `" + call.fn->node->name.text + "[2, 3]`");
      return false;
    }
    byParam[at] = &arg;
  }
  for (size_t i = first; i < params.size(); ++i)
    if (!byParam[i] && !params[i].defaultValue) {
      report(DiagKind::MissingArg, call.nameLoc,
             "`" + call.shown + "` needs an argument for `" + params[i].name + "`")
          .also(params[i].loc, "declared here");
      return false;
    }
  return true;
}

bool Checker::isBareLiteral(const ArgIn &arg) {
  if (arg.typed)
    return isAdaptable(arg.typed);
  const ast::Expr *source = arg.source;
  if (auto *unary = source->as<ast::UnaryExpr>())
    source = unary->operand;
  return source->is<ast::IntExpr>() || source->is<ast::FloatExpr>() ||
         source->is<ast::NameExpr>() || source->is<ast::ListExpr>();
}

// Whether the other arguments decide the dtype of this one: a literal, or an `int` such as n + 1.
bool Checker::adaptsLater(CallState &call, const ParamSig &param, ArgIn &arg) {
  if (!param.type || isClosed(param.type, call))
    return false;
  bool isNumber = param.type->is(Type::Kind::Tensor) && param.type->dtypeParam && !arg.byRef &&
                  !param.byRef && arg.source;
  bool isWritten = isBareLiteral(arg);
  if (auto *name = isNumber ? arg.source->as<ast::NameExpr>() : nullptr) {
    Symbol *symbol = find(name->name.text);
    isWritten = !symbol || symbol->kind != Symbol::Kind::Var;
  }
  if (!arg.typed && isNumber && !isWritten && !arg.source->is<ast::ClosureExpr>())
    arg.typed = check(arg.source);
  return isBareLiteral(arg);
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
  if (param.special == ParamSig::Special::DType) {
    auto *name = arg.source ? arg.source->as<ast::NameExpr>() : nullptr;
    if (!name || !dtypeNamed(name->name.text)) {
      report(DiagKind::BadArg, arg.loc,
             "`" + param.name + "` of `" + call.shown + "` is a dtype, such as f32");
      call.failed = true;
      return;
    }
    call.dtypes.push_back(name->name.text);
    return;
  }
  if (arg.byRef != param.byRef && !(param.byRef && arg.typed)) {
    if (arg.byRef)
      report(DiagKind::NeedlessRef, arg.loc,
             "`" + call.shown + "` does not update `" + param.name + "`: leave out the `&`")
          .also(param.loc, "declared without `&`");
    else
      report(DiagKind::RefMismatch, arg.loc,
             "`" + call.shown + "` updates `" + param.name + "`: pass it with `&`")
          .also(param.loc, "declared with `&`");
    call.failed = true;
    return;
  }
  if (param.special == ParamSig::Special::Dim) {
    Expr *value = arg.typed ? arg.typed : check(arg.source);
    auto dim = dimOf(value);
    if (!dim && !value->type->is(Type::Kind::Error))
      report(DiagKind::BadDim, arg.loc,
             "`" + param.name + "` of `" + call.shown +
                 "` is a size: a literal, a dim or an immutable `int`, not " +
                 quoted(arg.source, "this value"));
    call.failed |= !dim;
    call.subst.dims.dims[param.dim] = dim.value_or(Dim());
    call.args[index] = {value, false};
    return;
  }
  const Type *wanted = param.type ? substType(param.type, call.subst) : nullptr;
  bool isClosure = !arg.typed && arg.source->is<ast::ClosureExpr>();
  if (isClosure && wanted &&
      (wanted->is(Type::Kind::Int) || wanted->is(Type::Kind::Str) ||
       wanted->is(Type::Kind::Tensor) || wanted->is(Type::Kind::List))) {
    report(DiagKind::TypeMismatch, arg.loc,
           "`" + call.shown + "` takes " + shownParam(call, index) + " as `" + param.name +
               "`, and this is a closure")
        .also(param.loc, "declared here");
    call.failed = true;
    return;
  }
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
  bool overTrees = value->type->is(Type::Kind::Tree) &&
                   (isElementwise(*call.fn) || worksOnLeaves(*call.fn, index));
  call.overTrees |= overTrees;
  if (overTrees)
    return;
  if (const Type *input = inputOf(call, wanted))
    value = differentiable(value, input);
  if (Expr *fitting = fitArg(call, wanted, value)) {
    call.args[index].value = fitting;
    return;
  }
  reportArgMismatch(call, index, arg, value);
  call.failed = true;
}

// Whole numbers, also in a tuple, as floats.
Expr *Checker::differentiable(Expr *value, const Type *type) {
  if (value->type->is(Type::Kind::Error))
    return value;
  if (isAdaptable(value)) {
    Expr *adapted = adapt(value, type);
    return adapted ? adapted : value;
  }
  if (value->kind != ExprKind::Tuple)
    return value;
  auto *node = make<TupleExpr>(value->loc, value->type);
  TypeContext::List types;
  for (Expr *elem : as<TupleExpr>(*value).elems) {
    node->elems.push_back(differentiable(elem, type));
    types.push_back(node->elems.back()->type);
  }
  node->type = types_.tuple(std::move(types));
  return node;
}

static bool hasGradOf(const Type *type, const Type *param) {
  if (!type)
    return false;
  if (type->is(Type::Kind::Tree) && type->elems[0] == param)
    return true;
  for (const Type *elem : type->elems)
    if (hasGradOf(elem, param))
      return true;
  return hasGradOf(type->result, param);
}

// `A`, still open, of a function that has Grad[A]: what literals for it become, else null. It is
// what the function that takes an A is declared to take.
const Type *Checker::inputOf(CallState &call, const Type *wanted) {
  if (!wanted->is(Type::Kind::Param) || isClosed(wanted, call))
    return nullptr;
  bool isInput = hasGradOf(call.fn->result, wanted);
  const Type *dtype = f32();
  for (unsigned i = 0; i < call.fn->params.size(); ++i) {
    const Type *type = call.fn->params[i].type;
    isInput |= hasGradOf(type, wanted);
    auto *name = call.sources[i] ? call.sources[i]->as<ast::NameExpr>() : nullptr;
    if (!name || !type || !type->is(Type::Kind::Fn) || type->elems[0] != wanted)
      continue;
    Symbol *symbol = find(name->name.text);
    symbol = symbol ? resolve(symbol, name->loc) : nullptr;
    if (!symbol || symbol->kind != Symbol::Kind::Fn)
      continue;
    resolve(*symbol->fn);
    const Type *takes = symbol->fn->params.empty() ? nullptr : symbol->fn->params[0].type;
    if (takes && takes->is(Type::Kind::Tensor) && takes->isFloat() && !takes->dtypeParam)
      dtype = types_.scalar(takes->dtype);
  }
  return isInput ? dtype : nullptr;
}

// A value as the argument of a parameter whose type may hold open generics; null where it does not
// fit.
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
      dtype = value->kind == ExprKind::TensorLit ? types_.scalar(type->dtype) : f32();
    value = adapt(value, dtype);
    return value && unify(wanted, value->type, call) ? value : nullptr;
  }
  if (wanted->is(Type::Kind::Tensor) &&
      (type->is(Type::Kind::Range) || type->is(Type::Kind::List))) {
    bool known = type->is(Type::Kind::List) && type->elems[0]->is(Type::Kind::Tensor);
    value = asTensor(value, known ? type->elems[0]->dtype
                            : wanted->dtypeParam
                                ? (type->is(Type::Kind::List) ? DType::I64 : DType::I32)
                                : wanted->dtype);
    return value && unify(wanted, value->type, call) ? value : nullptr;
  }
  // `[a, b]` where a list is wanted.
  if (wanted->is(Type::Kind::List) && value->kind == ExprKind::TensorLit) {
    auto *list = make<ListLit>(value->loc, types_.list(as<TensorLit>(*value).elems[0]->type));
    list->elems = as<TensorLit>(*value).elems;
    value = list;
  }
  return unify(wanted, value->type, call) ? value : nullptr;
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
  if (!closure) {
    Expr *value = check(arg.source, wanted);
    bool isCallable = value->type->isModel() || value->type->is(Type::Kind::OneFn);
    if (!isCallable || isClosed(wanted, call) || !isClosed(types_.tuple(wanted->elems), call))
      return value;
    // What it gives is not known beforehand.
    Expr *fitting = callableAs(value, types_.function(wanted->elems, wanted->byRef, types_.error));
    return fitting ? fitting : value;
  }
  for (size_t i = 0; i < wanted->elems.size(); ++i)
    if (!isClosed(wanted->elems[i], call) && !isFullyTyped(closure)) {
      report(DiagKind::UntypedClosure, arg.loc,
             "the type of this closure's parameters is not known here")
          .help("write it: `{ (x: f32[B]) => .. }`");
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
    Saved saved(*this);
    module_ = call.fn->module;
    scope_ = module_->scope;
    if (first && !axesOf(param.defaultValue, first, call.axes[index], call.loc))
      call.failed = true;
    return;
  }
  Saved saved(*this);
  Frame frame;
  module_ = call.fn->module;
  scope_ = call.fn->module->scope;
  openScope();
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
  frame.call = call.loc;
  frame_ = &frame;
  for (unsigned i = 0; i < index; ++i)
    if (Expr *value = call.args[i].value;
        value && call.fn->params[i].special != ParamSig::Special::Self) {
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

// One value cannot be updated through two arguments of one call.
bool Checker::checkExclusive(const std::vector<Arg> &args,
                             const std::vector<const ast::Expr *> &sources) {
  auto path = [](Expr *place) {
    std::vector<std::pair<const void *, unsigned>> parts;
    while (place->kind == ExprKind::Field) {
      parts.insert(parts.begin(), {nullptr, as<Field>(*place).index});
      place = as<Field>(*place).base;
    }
    const void *root =
        place->kind == ExprKind::VarRef ? static_cast<const void *>(as<VarRef>(*place).var) : place;
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
      report(DiagKind::Exclusive, args[j].value->loc,
             quoted(sources[j], "this value") + " is updated through two arguments of one call")
          .also(args[i].value->loc, "the other one");
      return false;
    }
  return true;
}

} // namespace nnc::sema
