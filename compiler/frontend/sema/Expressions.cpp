// Expressions other than calls, operators and control flow.
#include "compiler/frontend/sema/Checker.h"
#include <algorithm>
#include <cmath>
#include <cstring>

namespace nnc::sema {

Expr *Checker::check(const ast::Expr *expr, const Type *expected) {
  switch (expr->kind) {
  case ast::Kind::IntExpr: {
    uint64_t value = expr->as<ast::IntExpr>()->value;
    Expr *lit = intLit(expr->loc, int64_t(value));
    static_cast<IntLit *>(lit)->isLarge = value > uint64_t(INT64_MAX);
    hasLargeNumbers_ |= value > uint64_t(INT64_MAX);
    return lit;
  }
  case ast::Kind::FloatExpr: {
    auto *lit = make<FloatLit>(expr->loc, f32());
    lit->value = expr->as<ast::FloatExpr>()->value;
    return lit;
  }
  case ast::Kind::BoolExpr: {
    auto *lit = make<BoolLit>(expr->loc, types_.boolean);
    lit->value = expr->as<ast::BoolExpr>()->value;
    return lit;
  }
  case ast::Kind::StringExpr:
    return checkString(expr->as<ast::StringExpr>());
  case ast::Kind::NameExpr:
    return checkName(expr->as<ast::NameExpr>(), expected);
  case ast::Kind::FieldExpr:
    return checkField(expr->as<ast::FieldExpr>(), expected);
  case ast::Kind::IndexExpr:
    return checkIndex(expr->as<ast::IndexExpr>(), expected);
  case ast::Kind::CallExpr: {
    auto outer = std::exchange(handedOver_, {});
    Expr *result = checkCall(expr->as<ast::CallExpr>(), expected);
    for (const Var *var : std::exchange(handedOver_, outer))
      renew(var);
    return result;
  }
  case ast::Kind::ClosureExpr:
    return storedClosure(expr->as<ast::ClosureExpr>(), expected);
  case ast::Kind::UnaryExpr:
    return checkUnary(expr->as<ast::UnaryExpr>(), expected);
  case ast::Kind::BinaryExpr:
    return checkBinary(expr->as<ast::BinaryExpr>(), expected);
  case ast::Kind::RangeExpr:
    return checkRange(expr->as<ast::RangeExpr>());
  case ast::Kind::PipeExpr: {
    bool isRoot = !pipeRoot_;
    if (isRoot)
      pipeRoot_ = expr;
    auto outer = std::exchange(handedOver_, {});
    Expr *result = pipe(expr->as<ast::PipeExpr>(), expected);
    for (const Var *var : std::exchange(handedOver_, outer))
      renew(var);
    if (isRoot)
      pipeRoot_ = nullptr;
    return result;
  }
  case ast::Kind::CatchExpr:
    return checkCatch(expr->as<ast::CatchExpr>(), expected);
  case ast::Kind::IfExpr:
    return checkIf(expr->as<ast::IfExpr>(), 0, expected, true);
  case ast::Kind::MatchExpr:
    return checkMatch(expr->as<ast::MatchExpr>(), expected, true);
  case ast::Kind::TupleExpr:
    return checkTuple(expr->as<ast::TupleExpr>(), expected);
  case ast::Kind::ListExpr:
    return checkList(expr->as<ast::ListExpr>(), expected);
  case ast::Kind::RepeatExpr:
    return checkRepeat(expr->as<ast::RepeatExpr>(), expected);
  case ast::Kind::MapExpr:
    return checkMap(expr->as<ast::MapExpr>(), expected);
  default:
    return errorExpr(expr->loc);
  }
}

Expr *Checker::checkName(const ast::NameExpr *expr, const Type *expected) {
  const ast::Ident &name = expr->name;
  Symbol *symbol = findLocal(name.text);
  if (!symbol) {
    if (Expr *value = selfField(name))
      return value;
    if (frame_->selfType)
      if (FnDecl *method = methodOf(frame_->selfType, name.text))
        return fnValue(method, name, expected, selfRef(name.loc));
    symbol = find(name.text);
  }
  if (symbol) {
    symbol = resolve(symbol, name.loc);
    return symbol ? symbolValue(symbol, name, expr->loc, expected) : errorExpr(expr->loc);
  }
  if (name.text == "none")
    return make<NoneLit>(expr->loc, types_.optional(types_.never));
  if (name.text == "inf" || name.text == "nan") {
    auto *lit = make<FloatLit>(expr->loc, f32());
    lit->value = name.text == "inf" ? INFINITY : NAN;
    return lit;
  }
  if (name.text == "training")
    return prim(expr->loc, "training", types_.boolean);
  if (name.text == "training_rng")
    return prim(expr->loc, "training_rng", types_.rng);
  if (name.text == "self") {
    if (Expr *self = selfRef(expr->loc))
      return self;
    report(DiagKind::SelfOutside, expr->loc,
           "`self` stands for the value of a method, and this is not one");
    return errorExpr(expr->loc);
  }
  if (isBuiltin(name.text)) {
    report(DiagKind::NotAValue, expr->loc,
           "`" + name.text + "` is part of the language and can only be called");
    return errorExpr(expr->loc);
  }
  reportUnknown(name, expr == assigned_ ? "variable" : "name");
  return errorExpr(expr->loc);
}

Expr *Checker::symbolValue(Symbol *symbol, const ast::Ident &name, Loc loc, const Type *expected) {
  switch (symbol->kind) {
  case Symbol::Kind::Var: {
    Var *var = captured(symbol->var, name.text);
    if (var->isTopLevel && var->isMutable && frame_->fn) {
      report(DiagKind::TopLevelVar, loc,
             "`" + name.text + "` is a `var` of the program, which a function cannot see")
          .also(var->loc, "declared here")
          .help("pass it as an argument");
      return errorExpr(loc);
    }
    usedVars_.insert(symbol->var);
    return varRef(loc, var);
  }
  case Symbol::Kind::Alias:
    return symbol->alias;
  case Symbol::Kind::Dim: {
    if (auto *var = symbol->dim.asVar(); var && var->kind == DimVar::Kind::FromVar && var->var)
      return varRef(loc, const_cast<Var *>(var->var));
    auto *value = make<DimValue>(loc, types_.integer);
    value->dim = symbol->dim;
    return value;
  }
  case Symbol::Kind::Closure:
    return closureValue(symbol->closure, expected, symbol->scope);
  case Symbol::Kind::Fn: {
    resolve(*symbol->fn);
    // `= zeros`: a function without parameters where a tensor is wanted is called.
    if (symbol->fn->params.empty() && !(expected && expected->is(Type::Kind::Fn)))
      return callFn(symbol->fn, nullptr, nullptr, nullptr, {}, loc, name, expected);
    return fnValue(symbol->fn, name, expected);
  }
  case Symbol::Kind::Variant:
    return makeVariant(symbol, name, {}, loc);
  case Symbol::Kind::Broken:
    return errorExpr(loc);
  case Symbol::Kind::Pack:
    if (symbol->hasShape) {
      auto *list = make<ListLit>(loc, types_.list(types_.integer));
      for (const ShapeElem &elem : symbol->shape) {
        auto *value = make<DimValue>(loc, types_.integer);
        value->dim = elem.dim;
        list->elems.push_back(value);
      }
      return list;
    }
    [[fallthrough]];
  default:
    report(DiagKind::NotAValue, loc, "`" + name.text + "` is not a value")
        .also(symbol->loc, "declared here");
    return errorExpr(loc);
  }
}

// A field of `self` written by its bare name; null when there is none.
Expr *Checker::selfField(const ast::Ident &name) {
  if (!frame_->selfType)
    return nullptr;
  int index = fieldIndex(frame_->selfType, name.text);
  if (index < 0)
    return nullptr;
  Expr *self = selfRef(name.loc);
  return self ? field(name.loc, self, unsigned(index), fieldType(frame_->selfType, unsigned(index)))
              : nullptr;
}

Expr *Checker::checkField(const ast::FieldExpr *expr, const Type *expected) {
  if (auto *base = expr->base->as<ast::NameExpr>()) {
    Symbol *symbol = find(base->name.text);
    if (symbol && symbol->kind == Symbol::Kind::Module) {
      Symbol *member = memberOf(*symbol->module, expr->name.text, expr->name.loc, true);
      member = member ? resolve(member, expr->name.loc) : nullptr;
      return member ? symbolValue(member, expr->name, expr->loc, expected) : errorExpr(expr->loc);
    }
  }
  if (enumNamed(expr->base))
    return callOnType(expr, {}, expr->loc, expected);
  Expr *base = check(expr->base);
  if (base->type->is(Type::Kind::Error))
    return base;
  return fieldOf(base, expr, expected);
}

Expr *Checker::fieldOf(Expr *base, const ast::FieldExpr *expr, const Type *expected) {
  const ast::Ident &name = expr->name;
  if (int index = fieldIndex(base->type, name.text); index >= 0)
    return field(expr->loc, base, unsigned(index), fieldType(base->type, unsigned(index)));
  if (FnDecl *method = methodOf(base->type, name.text)) {
    if (method->params.size() == 1)
      return callFn(method, base, expr->base, nullptr, {}, expr->loc, name, expected);
    return fnValue(method, name, expected, base);
  }
  if (name.text == "list" && base->kind == ExprKind::TensorLit) // of `int`s, where it is of these
    return asList(base);
  if (name.text == "list" && base->type->is(Type::Kind::List))
    return base;
  if (Expr *value = builtinField(base, expr))
    return value;
  // A function of one parameter reads like a field: `s.trim`, `g.norm`.
  Symbol *symbol = typeMember(base->type, name);
  if (!symbol)
    symbol = find(name.text);
  if (symbol)
    symbol = resolve(symbol, name.loc);
  if (symbol && symbol->kind == Symbol::Kind::Fn) {
    resolve(*symbol->fn);
    if (!symbol->fn->params.empty()) {
      ArgIn first;
      first.loc = base->loc;
      first.typed = base;
      first.source = expr->base;
      return callFn(symbol->fn, nullptr, nullptr, nullptr, {first}, expr->loc, name, expected);
    }
  }
  if (base->type->is(Type::Kind::Tensor) &&
      (name.text == "min" || name.text == "max" || name.text == "stop" || name.text == "nonzero")) {
    ArgIn first;
    first.loc = base->loc;
    first.typed = base;
    first.source = expr->base;
    return callBuiltin(name, {first}, expr->loc, expected);
  }
  auto &diag = report(DiagKind::UnknownMember, name.loc,
                      base->type->str() + " has no field or method `" + name.text + "`");
  if (std::string help = helpForName(name.text, memberNames(base->type)); !help.empty())
    diag.help(help);
  return errorExpr(expr->loc);
}

static std::string formatText(const ast::Format &format) {
  std::string text;
  if (!format.loc.valid())
    return text;
  if (format.align)
    text += format.align;
  if (format.plus)
    text += '+';
  if (format.width >= 0)
    text += std::to_string(format.width);
  if (format.precision >= 0)
    text += "." + std::to_string(format.precision);
  if (format.type)
    text += format.type;
  return text;
}

// Whether the format's letter is for values of another type than this one.
bool Checker::refuseFormat(const ast::Format &format, const Type *type) {
  bool forInts = format.type && std::strchr("xXob", format.type);
  bool forNumbers = forInts || format.type == 'e' || format.type == 'E';
  bool isNumber = type->is(Type::Kind::Int) ||
                  (type->is(Type::Kind::Tensor) && !type->dtypeParam && type->dtype != DType::Bool);
  bool isOther = type->is(Type::Kind::Str) || type->is(Type::Kind::Range) ||
                 (type->is(Type::Kind::Tensor) && type->dtype == DType::Bool);
  std::string letter = std::string("`") + format.type + "`";
  if (forNumbers && isOther) {
    report(DiagKind::BadFormat, format.loc,
           "the format " + letter + " is for " + (forInts ? "integers" : "numbers") +
               ", and this is " + type->str());
  } else if (forInts && isNumber && type->isFloat()) {
    report(DiagKind::BadFormat, format.loc,
           "the format " + letter + " is for integers, and this is " + type->str())
        .help("convert it: `i64(..)`");
  } else if (forNumbers && !forInts && isNumber && type->is(Type::Kind::Tensor) &&
             !type->isFloat()) {
    report(DiagKind::BadFormat, format.loc,
           "the format " + letter + " is for floats, and this is " + type->str())
        .help("convert it: `f32(..)`");
  } else {
    return false;
  }
  return true;
}

Expr *Checker::checkString(const ast::StringExpr *expr) {
  if (expr->isPlain()) {
    auto *lit = make<StrLit>(expr->loc, types_.str);
    lit->value = expr->plainText();
    return lit;
  }
  auto *interp = make<Interp>(expr->loc, types_.str);
  bool failed = false;
  for (const ast::StringPart &part : expr->parts) {
    InterpPart out;
    out.text = part.text;
    if (part.expr) {
      out.value = check(part.expr);
      out.format = text(part.format.loc);
      if (out.format.empty())
        out.format = formatText(part.format);
      else if (out.format[0] == ':')
        out.format.erase(0, 1);
      if (!isPrintable(out.value->type)) {
        report(DiagKind::NotPrintable, part.expr->loc,
               out.value->type->str() + " cannot be printed");
        failed = true;
      }
      const Type *type = out.value->type;
      failed |= refuseFormat(part.format, type);
      char letter = part.format.type; // the others write integers as they are
      if (type->is(Type::Kind::Int) &&
          (letter == 'e' || (letter == 0 && part.format.precision >= 0)))
        out.value = adapt(out.value, f32());
    }
    interp->parts.push_back(out);
  }
  return failed ? errorExpr(expr->loc) : interp;
}

bool Checker::isPrintable(const Type *type) {
  switch (type->kind) {
  case Type::Kind::Fn:
  case Type::Kind::OneFn:
  case Type::Kind::Unit:
  case Type::Kind::Dataset:
  case Type::Kind::Batches:
    return false;
  default:
    return true;
  }
}

// A member of a tuple: a closure whose parameters have no types stays one.
Expr *Checker::checkMember(const ast::Expr *expr, const Type *expected) {
  bool typed = expected && !expected->is(Type::Kind::OneFn);
  if (auto *closure = expr->as<ast::ClosureExpr>(); closure && !typed && !isFullyTyped(closure))
    return untypedClosure(closure, scope_, expr->loc);
  if (auto *name = expr->as<ast::NameExpr>(); name && !typed)
    if (Symbol *symbol =
            findLocal(name->name.text) ? findLocal(name->name.text) : find(name->name.text);
        symbol && symbol->kind == Symbol::Kind::Closure)
      return untypedClosure(symbol->closure, symbol->scope, expr->loc);
  return check(expr, expected);
}

Expr *Checker::checkTuple(const ast::TupleExpr *expr, const Type *expected) {
  auto *tuple = make<TupleExpr>(expr->loc, types_.error);
  TypeContext::List types;
  bool failed = false;
  bool hint = expected && expected->is(Type::Kind::Tuple) &&
              expected->elems.size() == expr->elements.size();
  for (size_t i = 0; i < expr->elements.size(); ++i) {
    Expr *elem = checkMember(expr->elements[i], hint ? expected->elems[i] : nullptr);
    if (hint)
      if (Expr *fitting = tryCoerce(elem, expected->elems[i]))
        elem = fitting;
    failed |= elem->type->is(Type::Kind::Error);
    types.push_back(elem->type);
    tuple->elems.push_back(elem);
  }
  tuple->type = failed ? types_.error : types_.tuple(types);
  return tuple;
}

// `[a, b]` of numbers or tensors is a tensor unless a list is expected.
Expr *Checker::checkList(const ast::ListExpr *expr, const Type *expected) {
  const Type *elem = nullptr;
  bool wantsList = expected && expected->is(Type::Kind::List);
  if (expected && (wantsList || expected->is(Type::Kind::Array)))
    elem = expected->elems[0];
  if (expected && expected->is(Type::Kind::Map) && expr->elements.empty())
    return make<MapLit>(expr->loc, expected);
  std::vector<Expr *> elems;
  for (const ast::Expr *source : expr->elements) {
    elems.push_back(check(source, elem));
    if (elems.back()->type->is(Type::Kind::Error))
      return errorExpr(expr->loc);
    if (elem)
      elems.back() = coerce(elems.back(), elem, "the element");
  }
  if (wantsList || (elems.empty() && !expected)) {
    if (elems.empty() && !wantsList) {
      report(DiagKind::EmptyCollection, expr->loc, "nothing here says what this list holds")
          .help("write its type: `var xs: [i32] = []`");
      return errorExpr(expr->loc);
    }
    auto *list = make<ListLit>(expr->loc, expected);
    list->elems = elems;
    return list;
  }
  if (elems.empty()) {
    report(DiagKind::TypeMismatch, expr->loc,
           "this list is empty, and " + expected->str() + " is needed");
    return errorExpr(expr->loc);
  }
  if (expected && expected->is(Type::Kind::Array)) {
    auto *list = make<ListLit>(expr->loc, types_.array(elem, Dim(int64_t(elems.size()))));
    list->elems = elems;
    return list;
  }
  for (size_t i = 1; i < elems.size(); ++i) {
    if (!join(elems[0], elems[i])) {
      report(DiagKind::MixedList, elems[i]->loc,
             "the elements of a list have one type: this is " + elems[i]->type->str() +
                 ", and the first is " + elems[0]->type->str());
      return errorExpr(expr->loc);
    }
  }
  const Type *type = elems[0]->type;
  auto isOfInts = [](const Expr *e) {
    return e->type->is(Type::Kind::Int) ||
           (e->kind == ExprKind::TensorLit && as<TensorLit>(*e).ofInts);
  };
  bool ofInts = std::all_of(elems.begin(), elems.end(), isOfInts);
  for (Expr *&e : elems)
    if (Expr *fitting = tryCoerce(e, type))
      e = fitting;
  if (type->is(Type::Kind::Int) && expected && expected->is(Type::Kind::Tensor)) {
    type = types_.scalar(expected->dtype);
    ofInts = false;
  } else if (type->is(Type::Kind::Int)) {
    type = types_.scalar(DType::I64);
  }
  if (type->is(Type::Kind::Tensor)) {
    for (Expr *&e : elems)
      if (e->type->is(Type::Kind::Int))
        e = adapt(e, type);
    ShapeElem count;
    count.dim = Dim(int64_t(elems.size()));
    Shape shape{count};
    shape.insert(shape.end(), type->shape.begin(), type->shape.end());
    auto *lit = make<TensorLit>(expr->loc, types_.tensor(type->dtype, shape));
    lit->elems = elems;
    lit->ofInts = ofInts;
    return lit;
  }
  if (type->isModel() || type->is(Type::Kind::Fn)) {
    auto *list = make<ListLit>(expr->loc, types_.array(type, Dim(int64_t(elems.size()))));
    list->elems = elems;
    return list;
  }
  auto *list = make<ListLit>(expr->loc, types_.list(type));
  list->elems = elems;
  return list;
}

Expr *Checker::checkRepeat(const ast::RepeatExpr *expr, const Type *expected) {
  const Type *elemType = expected && expected->is(Type::Kind::Array) ? expected->elems[0] : nullptr;
  Expr *elem = check(expr->element, elemType);
  if (elemType)
    elem = coerce(elem, elemType, "the element");
  Expr *count = checkInt(expr->count, "the number of elements");
  if (elem->type->is(Type::Kind::Error) || count->type->is(Type::Kind::Error))
    return errorExpr(expr->loc);
  auto dim = dimOf(count);
  if (!dim) {
    report(DiagKind::BadDim, expr->count->loc,
           "the number of elements is a literal, a dim or an immutable `int`");
    return errorExpr(expr->loc);
  }
  auto *fill = make<ArrayFill>(expr->loc, types_.array(elem->type, *dim));
  fill->value = elem;
  return fill;
}

Expr *Checker::checkMap(const ast::MapExpr *expr, const Type *expected) {
  bool hint = expected && expected->is(Type::Kind::Map);
  const Type *key = hint ? expected->elems[0] : nullptr,
             *value = hint ? expected->elems[1] : nullptr;
  auto *map = make<MapLit>(expr->loc, types_.error);
  for (auto &[keySource, valueSource] : expr->entries) {
    Expr *k = check(keySource, key), *v = check(valueSource, value);
    if (k->type->is(Type::Kind::Error) || v->type->is(Type::Kind::Error))
      return map;
    if (!value && v->type->is(Type::Kind::Tensor) && isAdaptable(v))
      value = v->type;
    key = key ? key : k->type;
    value = value ? value : v->type;
    k = coerce(k, key, "the key");
    v = coerce(v, value, "the value");
    if (k->type->is(Type::Kind::Error) || v->type->is(Type::Kind::Error))
      return map;
    map->entries.push_back({k, v});
  }
  if (!key) {
    report(DiagKind::EmptyCollection, expr->loc, "nothing here says what this map holds")
        .help("write its type: `var m: [str: int] = [:]`");
    return map;
  }
  if (!key->is(Type::Kind::Str) && !key->is(Type::Kind::Int)) {
    report(DiagKind::BadMapKey, expr->loc, "a map's keys are `str` or `int`, not " + key->str());
    return map;
  }
  if (!refuseKept(value, expr->loc, "map"))
    map->type = types_.map(key, value);
  return map;
}

Expr *Checker::checkInt(const ast::Expr *expr, const char *what) {
  Expr *value = check(expr, types_.integer);
  if (value->type->is(Type::Kind::Error) || value->type->is(Type::Kind::Int))
    return value;
  auto &diag = report(DiagKind::TypeMismatch, expr->loc,
                      std::string(what) + " is an `int`, not " + value->type->str());
  if (value->type->isScalar())
    diag.help("convert it: `int(..)`");
  return errorExpr(expr->loc);
}

Expr *Checker::checkRange(const ast::RangeExpr *expr) {
  auto *range = make<Binary>(expr->loc, types_.range);
  range->op = expr->inclusive ? BinaryOp::RangeIncl : BinaryOp::Range;
  range->lhs = checkInt(expr->lo, "the start of a range");
  range->rhs = checkInt(expr->hi, "the end of a range");
  if (range->lhs->type->is(Type::Kind::Error) || range->rhs->type->is(Type::Kind::Error))
    return errorExpr(expr->loc);
  return range;
}

// A condition, or a tensor of flags that are all to hold.
Expr *Checker::checkExpected(const ast::Expr *expr) {
  Expr *cond = check(expr);
  bool flags = cond->type->is(Type::Kind::Tensor) && cond->type->dtype == DType::Bool;
  if (flags || cond->type->is(Type::Kind::Error))
    return cond;
  report(DiagKind::NotABool, expr->loc,
         "what `expect` checks is a `bool`, not " + cond->type->str());
  return errorExpr(expr->loc);
}

Expr *Checker::checkCond(const ast::Expr *expr, const char *what) {
  Expr *cond = check(expr, types_.boolean);
  if (cond->type->is(Type::Kind::Error) || cond->type == types_.boolean)
    return cond;
  report(DiagKind::NotABool, expr->loc,
         std::string(what) + " is a `bool`, not " + cond->type->str());
  return errorExpr(expr->loc);
}

} // namespace nnc::sema
