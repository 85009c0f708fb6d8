// Functions and fields of the language that no declaration in the library could type.
#include "compiler/frontend/sema/Checker.h"
#include "compiler/frontend/sema/Walk.h"

namespace nnc::sema {

bool Checker::isBuiltin(const std::string &name) const {
  static const std::set<std::string> names{
      "grad",  "vmap",   "train", "remat", "profile",      "print",     "record",
      "save",  "resume", "fail",  "Rng",   "einsum",       "rearrange", "concat",
      "stack", "min",    "max",   "stop",  "expect_close", "len",       "str",
      "map",   "fold",   "zip",   "prod",  "nonzero"};
  return names.count(name) != 0;
}

Expr *Checker::callBuiltin(const ast::Ident &name, std::vector<ArgIn> args, Loc loc,
                           const Type *expected) {
  const std::string &text = name.text;
  if (text == "grad")
    return checkGrad(std::move(args), loc);
  if (text == "vmap")
    return checkVmap(std::move(args), loc, expected);
  if (text == "train")
    return checkTrain(std::move(args), loc);
  if (text == "remat")
    return checkRemat(std::move(args), loc, expected);
  if (text == "profile")
    return checkProfile(std::move(args), loc);
  if (text == "print")
    return checkPrint(std::move(args), loc);
  if (text == "record")
    return checkRecord(std::move(args), loc);
  if (text == "save" || text == "resume")
    return checkSave(text, std::move(args), loc);
  if (text == "min" || text == "max")
    return minMax(name, std::move(args), loc, expected);
  if (text == "einsum")
    return checkEinsum(std::move(args), loc);
  if (text == "rearrange")
    return checkRearrange(std::move(args), loc);
  if (text == "concat" || text == "stack")
    return checkConcat(text, std::move(args), loc);
  if (text == "map" || text == "fold")
    return eachLeaf(name, std::move(args), loc, expected);
  if (text == "expect_close") {
    return expectClose(std::move(args), loc);
  }
  if (text == "zip")
    return zipValue(args, loc, expected);
  if (text == "prod") {
    auto *pack = args.size() == 1 && args[0].source ? args[0].source->as<ast::NameExpr>() : nullptr;
    auto product = pack ? packProduct(pack->name) : std::nullopt;
    if (!product) {
      report(DiagKind::BadDim, loc, "`prod` takes a pack of dims: `prod(S)` inside of `fn f[..S]`");
      return errorExpr(loc);
    }
    auto *value = make<DimValue>(loc, types_.integer);
    value->dim = *product;
    return value;
  }
  // One value each.
  Expr *value = oneArg(name.text, args, loc);
  const Type *type = value->type;
  if (type->is(Type::Kind::Error))
    return value;
  auto wants = [&](const char *what) {
    report(DiagKind::TypeMismatch, value->loc,
           "`" + text + "` takes " + what + ", not " + type->str());
    return errorExpr(loc);
  };
  if (text == "fail")
    return type->is(Type::Kind::Str) ? prim(loc, "fail", types_.never, {value}) : wants("a `str`");
  if (text == "Rng") {
    if (type->isScalar() && type->dtype == DType::U64)
      return prim(loc, "rng.new", types_.rng, {convert(value, types_.integer)});
    return type->is(Type::Kind::Int) ? prim(loc, "rng.new", types_.rng, {value})
                                     : wants("an `int`");
  }
  if (text == "str") {
    if (!isPrintable(type))
      return wants("a value that can be printed");
    auto *interp = make<Interp>(loc, types_.str);
    interp->parts.push_back({"", value, ""});
    return interp;
  }
  if (text == "nonzero") {
    size_t rank = type->shape.size();
    if (!type->is(Type::Kind::Tensor) || type->dtype != DType::Bool || !rank ||
        std::any_of(type->shape.begin(), type->shape.end(),
                    [](const ShapeElem &elem) { return elem.pack; }))
      return wants("a mask `bool[..]` whose number of axes is known");
    const Type *places = types_.tensor(DType::I32, {maskCount(value, loc)});
    return prim(loc, "nonzero",
                rank == 1 ? places : types_.tuple(std::vector<const Type *>(rank, places)),
                {value});
  }
  if (text == "stop")
    return type->is(Type::Kind::Tensor) || type->is(Type::Kind::Tree) ||
                   type->is(Type::Kind::Struct)
               ? prim(loc, "nn.stop_gradient", type, {value})
               : wants("a tensor or model");
  Expr *length = lengthField(value, loc); // len(x), which is x.len
  return length ? length : wants("a tensor, list, map, text, range or dataset");
}

Expr *Checker::oneArg(const std::string &name, std::vector<ArgIn> &args, Loc loc) {
  if (args.size() == 1 && !args[0].name && !args[0].byRef)
    return args[0].typed ? args[0].typed : check(args[0].source);
  report(DiagKind::ArgCount, loc, "`" + name + "` takes one value");
  checkForErrors(args);
  return errorExpr(loc);
}

static bool isWordArg(const ArgIn &arg, const char *name) { return arg.name.text == name; }

Expr *Checker::checkPrint(std::vector<ArgIn> args, Loc loc) {
  auto *node = prim(loc, "print", types_.unit);
  node->strs.push_back("\n");
  for (ArgIn &arg : args) {
    if (isWordArg(arg, "end")) {
      auto *text = arg.source->as<ast::StringExpr>();
      if (!text || !text->isPlain())
        report(DiagKind::BadArg, arg.loc, "`end` is a text literal");
      else
        node->strs[0] = text->plainText();
      continue;
    }
    if (arg.name || arg.byRef) {
      report(DiagKind::UnknownArg, arg.loc, "`print` takes values, and `end: \"..\"`");
      continue;
    }
    Expr *value = arg.typed ? arg.typed : check(arg.source);
    if (!value->type->is(Type::Kind::Error) && !isPrintable(value->type))
      report(DiagKind::NotPrintable, value->loc, value->type->str() + " cannot be printed");
    node->args.push_back({value, false});
  }
  return node;
}

// record(loss, acc, every: 10): each value under the words it was written with.
Expr *Checker::checkRecord(std::vector<ArgIn> args, Loc loc) {
  auto *node = prim(loc, "record", types_.unit);
  node->ints.push_back(1);
  for (ArgIn &arg : args) {
    if (isWordArg(arg, "every")) {
      auto *every = arg.source->as<ast::IntExpr>();
      if (!every || !every->value || every->value > INT32_MAX)
        report(DiagKind::BadArg, arg.loc, "`every` is a positive number");
      else
        node->ints[0] = int64_t(every->value);
      continue;
    }
    Expr *value = arg.typed ? arg.typed : check(arg.source);
    if (value->type->is(Type::Kind::Error))
      return errorExpr(loc);
    if (value->type->is(Type::Kind::Int))
      value = adapt(value, f32());
    if (!value->type->isScalar()) {
      auto &diag = report(DiagKind::BadRecord, value->loc,
                          "`record` takes scalars, not " + value->type->str());
      if (value->type->is(Type::Kind::Tensor))
        diag.help("take the `mean` of it");
      return errorExpr(loc);
    }
    node->args.push_back({value, false});
    node->strs.push_back(arg.name ? arg.name.text : arg.source ? text(arg.source->loc) : "value");
  }
  return node;
}

// Two values: the smaller or larger one, element by element. One value: a reduction.
Expr *Checker::minMax(const ast::Ident &name, std::vector<ArgIn> args, Loc loc,
                      const Type *expected) {
  unsigned positional = 0;
  for (ArgIn &arg : args)
    positional += !arg.name;
  if (positional == 2) {
    Expr *values[2];
    for (unsigned i = 0; i < 2; ++i) {
      values[i] = args[i].typed ? args[i].typed : check(args[i].source);
      args[i].typed = values[i];
    }
    if (values[0]->type->is(Type::Kind::Int) && values[1]->type->is(Type::Kind::Int))
      return prim(loc, "int." + name.text, types_.integer, {values[0], values[1]});
  }
  ast::Ident called{(name.text == "min" ? "minimum" : "maximum"), name.loc};
  if (positional != 2)
    called.text = name.text == "min" ? "reduce_min" : "reduce_max";
  Symbol *symbol = lookup(called, "function");
  if (!symbol || symbol->kind != Symbol::Kind::Fn)
    return errorExpr(loc);
  called.text = name.text;
  return callFn(symbol->fn, nullptr, nullptr, nullptr, std::move(args), loc, called, expected);
}

// Numbers, and tuples and trees of these.
bool Checker::isMeasurable(const Type *type) {
  if (type->is(Type::Kind::Tuple))
    return std::all_of(type->elems.begin(), type->elems.end(),
                       [&](const Type *elem) { return isMeasurable(elem); });
  return type->is(Type::Kind::Tree) || (type->is(Type::Kind::Tensor) && type->dtype != DType::Bool);
}

Expr *Checker::expectClose(std::vector<ArgIn> args, Loc loc) {
  auto *node = prim(loc, "expect_close", types_.unit);
  Expr *tolerance = nullptr;
  for (ArgIn &arg : args) {
    Expr *value = arg.typed ? arg.typed : check(arg.source);
    if (value->type->is(Type::Kind::Error))
      return value;
    if (isWordArg(arg, "tol"))
      tolerance = coerce(value, f32(), "the tolerance");
    else
      node->args.push_back({value, false});
    if (!isWordArg(arg, "tol"))
      node->strs.push_back(
          quoted(arg.source, node->strs.empty() ? "the first value" : "the second"));
  }
  if (node->args.size() != 2) {
    report(DiagKind::ArgCount, loc, "`expect_close` takes two values, and `tol: 1e-6`");
    return errorExpr(loc);
  }
  Expr *&a = node->args[0].value, *&b = node->args[1].value;
  const Type *type = nullptr;
  if (a->type->is(Type::Kind::Tensor) && !a->type->shape.empty()) // all elements and one number
    if (Expr *number = tryCoerce(b, types_.scalar(a->type->dtype))) {
      b = number;
      type = a->type;
    }
  if (!type)
    type = join(a, b);
  if (type && type->is(Type::Kind::Int)) {
    for (Arg &arg : node->args)
      arg.value = adapt(arg.value, f32());
  } else if (!type || !isMeasurable(type)) {
    report(DiagKind::TypeMismatch, loc,
           "`expect_close` compares " + node->args[0].value->type->str() + " with " +
               node->args[1].value->type->str());
    return errorExpr(loc);
  }
  if (!tolerance) {
    auto *lit = make<FloatLit>(loc, f32());
    lit->value = options_.f64 ? 1e-9 : 1e-5;
    tolerance = lit;
  }
  node->args.push_back({tolerance, false});
  return node;
}

// ---- T.f(..)

// The enum that `E` or `module.E` names, or null.
Symbol *Checker::enumNamed(const ast::Expr *expr) {
  Symbol *symbol = nullptr;
  if (auto *name = expr->as<ast::NameExpr>()) {
    symbol = find(name->name.text);
    symbol = symbol ? resolve(symbol, name->loc) : nullptr;
  } else if (auto *field = expr->as<ast::FieldExpr>(); field && looksLikeType(field)) {
    Symbol *module = find(field->base->as<ast::NameExpr>()->name.text);
    symbol = memberOf(*module->module, field->name.text, field->name.loc, true);
    symbol = symbol ? resolve(symbol, field->loc) : nullptr;
  }
  return symbol && symbol->kind == Symbol::Kind::Enum ? symbol : nullptr;
}

Expr *Checker::callOnType(const ast::FieldExpr *callee, std::vector<ArgIn> args, Loc loc,
                          const Type *expected) {
  const std::string &name = callee->name.text;
  if (Symbol *symbol = enumNamed(callee->base)) {
    auto &variants = enumType(*symbol->enumDecl)->enumInfo->variants;
    Symbol variant = *symbol;
    variant.kind = Symbol::Kind::Variant;
    for (unsigned i = 0; i < variants.size(); ++i)
      if (variants[i].name == name) {
        variant.variant = i;
        return makeVariant(&variant, callee->name, std::move(args), loc);
      }
    auto &diag = report(DiagKind::UnknownVariant, callee->name.loc,
                        quoted(callee->base, "the enum") + " has no variant `" + name + "`");
    NameList names;
    for (auto &entry : variants)
      names.push_back(entry.name);
    if (std::string near = didYouMean(name, names); !near.empty())
      diag.help("did you mean `" + near + "`?");
    return errorExpr(loc);
  }
  if (auto *base = callee->base->as<ast::NameExpr>()) {
    if (base->name.text == "Grad" && name == "zero") {
      Expr *value = oneArg("Grad.zero", args, loc);
      if (value->type->is(Type::Kind::Error))
        return value;
      if (!hasGradient(value->type)) {
        report(DiagKind::BadTree, value->loc,
               "`Grad.zero` takes a model or tensor, not " + value->type->str());
        return errorExpr(loc);
      }
      if (!canBeLeaves(value->type, value->loc))
        return errorExpr(loc);
      return prim(loc, "tree.zero", types_.tree(value->type), {value});
    }
    auto dtype = dtypeNamed(base->name.text);
    if (name == "parse" && (base->name.text == "int" || dtype)) {
      Expr *value = oneArg("parse", args, loc);
      value = coerce(value, types_.str, "the text");
      const Type *type =
          dtype ? types_.scalar(*dtype == DType::F32 ? f32()->dtype : *dtype) : types_.integer;
      return value->type->is(Type::Kind::Error)
                 ? value
                 : prim(loc, "str.parse", types_.optional(type), {value});
    }
  }
  ast::TypeExpr *typeExpr = ast::asType(extraNodes_, callee->base);
  const Type *type = typeExpr ? resolveType(typeExpr) : types_.error;
  if (type->is(Type::Kind::Error)) {
    checkForErrors(args);
    return errorExpr(loc);
  }
  if (FnDecl *method = methodOf(type, name); method && !usesSelf(*method))
    return callFn(method, nullptr, nullptr, nullptr, std::move(args), loc, callee->name, expected,
                  type);
  if (name == "load" && type->is(Type::Kind::Struct))
    return loadModel(type, std::move(args), loc);
  auto &diag = report(DiagKind::UnknownName, callee->name.loc,
                      "`" + type->str() + "` has no function `" + name + "`");
  if (methodOf(type, name))
    diag.help("`" + name + "` is a method: call it on a value");
  checkForErrors(args);
  return errorExpr(loc);
}

// A method marked `@static` is called on the type: Bpe.load(..).
bool Checker::usesSelf(const FnDecl &fn) {
  for (auto &attribute : fn.node->marks.attributes)
    if (attribute.name.text == "static")
      return false;
  return true;
}

// ---- x.f(..) and x.f

Expr *Checker::builtinMethod(Expr *base, const ast::FieldExpr *callee, std::vector<ArgIn> &args,
                             Loc loc, const Type *expected) {
  const std::string &name = callee->name.text;
  const Type *type = base->type;
  auto withBase = [&]() {
    ArgIn first;
    first.loc = base->loc;
    first.typed = base;
    first.source = callee->base;
    args.insert(args.begin(), first);
  };
  bool tensor = type->is(Type::Kind::Tensor);
  if (tensor && (name == "rearrange" || name == "min" || name == "max")) {
    withBase();
    return name == "rearrange" ? checkRearrange(args, loc)
                               : minMax(callee->name, args, loc, expected);
  }
  if (type->is(Type::Kind::Tree) && (name == "map" || name == "fold")) {
    withBase();
    return eachLeaf(callee->name, args, loc, expected);
  }
  if (type->is(Type::Kind::Optional) && name == "or" && args.size() == 1) {
    Expr *value = args[0].typed ? args[0].typed : check(args[0].source, type->elems[0]);
    value = coerce(value, type->elems[0], "the value in place of `none`");
    return value->type->is(Type::Kind::Error)
               ? value
               : prim(loc, "optional.or", type->elems[0], {base, value});
  }
  if (type->is(Type::Kind::List) && (name == "push") && args.size() == 1) {
    if (!isUpdatable(base, true, callee->base->loc))
      return errorExpr(loc);
    Expr *value = args[0].typed ? args[0].typed : check(args[0].source, type->elems[0]);
    value = coerce(value, type->elems[0], "the element");
    if (value->type->is(Type::Kind::Error))
      return value;
    auto *node = prim(loc, "list.push", types_.unit, {base, value});
    node->args[0].byRef = true;
    return node;
  }
  return nullptr;
}

// `let var = value`, where the value stands.
LetStmt *Checker::letOf(Var *var, Expr *value) {
  auto *let = makeStmt<LetStmt>(value->loc);
  let->pattern = makePattern(Pattern::Kind::Bind, value->loc, var->type);
  let->pattern->var = var;
  let->value = value;
  return let;
}

// A variable that `out` gives a value, which is then computed once, however often it is read.
Var *Checker::nameIn(Block &out, const char *name, Expr *value) {
  Var *var = newVar({name, value->loc}, value->type, false);
  usedVars_.insert(var);
  out.stmts.push_back(letOf(var, value));
  return var;
}

// `g.l1.w` of a gradient: the part of a param or tensor is a tensor, that of a model a tree.
Expr *Checker::fieldOfTree(Expr *base, const ast::FieldExpr *expr) {
  const Type *type = base->type, *of = type->elems[0];
  int index = type->leafScalar || !of->structInfo ? -1 : fieldIndex(of, expr->name.text);
  if (index < 0)
    return nullptr;
  const FieldInfo &info = of->structInfo->fields[size_t(index)];
  bool isLeaf = of->isModel()
                    ? info.role == FieldInfo::Role::Param || info.role == FieldInfo::Role::Sub
                    : hasGradient(info.type);
  if (!isLeaf) {
    report(DiagKind::BadTree, expr->loc,
           "`" + expr->name.text + "` of " + of->str() +
               (of->isModel() ? " is no `param`" : " is no tensor of floats") +
               " and holds none, so " + type->str() + " has no part for it");
    return errorExpr(expr->loc);
  }
  auto *node = make<Field>(expr->loc, types_.tree(fieldType(of, unsigned(index))));
  node->base = base;
  node->index = unsigned(index);
  return node;
}

// The number of elements, entries, bytes, or of parts along the first axis; null where there is
// none.
// Whether something happens in an expression that may print, or find that a size or index does not
// suit it.
bool Checker::mayStop(const Expr *expr) {
  bool found = false;
  walkTree(
      *expr,
      [&](const Expr &e) {
        found |= e.kind == ExprKind::Call || e.kind == ExprKind::CallValue ||
                 e.kind == ExprKind::Catch || e.kind == ExprKind::Construct ||
                 e.kind == ExprKind::Index;
      },
      [](const Stmt &) {});
  return found;
}

// `result`, once `value` was computed.
Expr *Checker::after(Expr *value, Expr *result) {
  auto *block = make<Block>(result->loc, result->type);
  nameIn(*block, "value", value);
  block->result = result;
  return block;
}

Expr *Checker::lengthField(Expr *base, Loc loc) {
  const Type *type = base->type;
  if (type->is(Type::Kind::Tensor) && !type->shape.empty() && !type->shape[0].pack) {
    // A size that only the value tells: no variable stands for it.
    auto *fresh = type->shape[0].dim.asVar();
    if (fresh && fresh->kind == DimVar::Kind::Fresh && base->kind != ExprKind::VarRef)
      return prim(loc, "len", types_.integer, {base});
    auto *value = make<DimValue>(loc, types_.integer);
    value->dim = type->shape[0].dim;
    return mayStop(base) ? after(base, value) : value;
  }
  if (type->is(Type::Kind::Array)) {
    auto *value = make<DimValue>(loc, types_.integer);
    value->dim = type->count;
    return value;
  }
  for (auto kind : {Type::Kind::List, Type::Kind::Map, Type::Kind::Str, Type::Kind::Dataset,
                    Type::Kind::Batches, Type::Kind::Range})
    if (type->is(kind))
      return prim(loc, "len", types_.integer, {base});
  return nullptr;
}

// Fields of builtin types; null when there is none of that name.
Expr *Checker::builtinField(Expr *base, const ast::FieldExpr *expr) {
  const std::string &name = expr->name.text;
  const Type *type = base->type;
  Loc loc = expr->loc;
  if (name == "params" && type->isModel())
    return prim(loc, "params", types_.tree(type), {base});
  if (name == "len")
    if (Expr *length = lengthField(base, loc))
      return length;
  if (type->is(Type::Kind::Tree))
    return fieldOfTree(base, expr);
  if (!type->is(Type::Kind::Tensor))
    return nullptr;
  const Shape &shape = type->shape;
  if (name == "t") {
    if (shape.size() < 2 || shape.back().pack || shape[shape.size() - 2].pack) {
      report(DiagKind::BadAxis, loc,
             "`.t` swaps the last two axes, and " + type->str() + " has fewer");
      return errorExpr(loc);
    }
    Shape swapped = shape;
    std::swap(swapped.back(), swapped[shape.size() - 2]);
    return prim(loc, "t", types_.tensor(type->dtype, swapped), {base});
  }
  bool hasPack = false;
  for (const ShapeElem &elem : shape)
    hasPack |= elem.pack != nullptr;
  if (name == "rank" && !hasPack)
    return intLit(loc, int64_t(shape.size()));
  if (name == "rank")
    return prim(loc, "rank", types_.integer, {base});
  if (name == "shape" && hasPack)
    return prim(loc, "shape", types_.list(types_.integer), {base});
  if (name == "path" && shape.size() == 1 && hasPack)
    return prim(loc, "path", types_.str, {base});
  if (name == "shape") {
    auto *tuple = make<TupleExpr>(loc, types_.error);
    for (const ShapeElem &elem : shape) {
      auto *value = make<DimValue>(loc, types_.integer);
      value->dim = elem.dim;
      tuple->elems.push_back(value);
    }
    tuple->type = types_.tuple(std::vector<const Type *>(shape.size(), types_.integer));
    // Sizes that only the value tells have their names once it has one.
    bool isKnown = base->kind == ExprKind::VarRef || freshDims(type).empty();
    return isKnown && !mayStop(base) ? tuple : after(base, tuple);
  }
  return nullptr;
}

} // namespace nnc::sema
