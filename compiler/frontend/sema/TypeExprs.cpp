// Types and dims as they are written.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

// Which function is called is known when compiling, so what grows while running holds none.
bool Checker::refuseKept(const Type *elem, Loc loc, const char *where) {
  if (!elem->isFunction())
    return false;
  report(DiagKind::NotCompiled, loc,
         std::string("functions cannot be kept in a ") + where + ", which may hold any number")
      .help("an array has them: `[" + elem->str() + "; 2]`; or use an `enum` and a `match`");
  return true;
}

const Type *Checker::resolveType(const ast::TypeExpr *expr) {
  switch (expr->kind) {
  case ast::Kind::NamedType:
    return resolveNamed(expr->as<ast::NamedType>());
  case ast::Kind::OptionalType: {
    const Type *inner = resolveType(expr->as<ast::OptionalType>()->inner);
    return inner->is(Type::Kind::Error) ? inner : types_.optional(inner);
  }
  case ast::Kind::TupleType: {
    auto &elements = expr->as<ast::TupleType>()->elements;
    TypeContext::List elems;
    for (const ast::TypeExpr *elem : elements) {
      elems.push_back(resolveType(elem));
      if (elems.back()->is(Type::Kind::Error))
        return types_.error;
    }
    return elems.size() == 1 ? elems[0] : types_.tuple(std::move(elems));
  }
  case ast::Kind::ListType: {
    const Type *elem = resolveType(expr->as<ast::ListType>()->element);
    return elem->is(Type::Kind::Error) || refuseKept(elem, expr->loc, "list") ? types_.error
                                                                              : types_.list(elem);
  }
  case ast::Kind::ArrayType: {
    auto *array = expr->as<ast::ArrayType>();
    const Type *elem = resolveType(array->element);
    auto count = resolveDim(array->size);
    return elem->is(Type::Kind::Error) || !count ? types_.error : types_.array(elem, *count);
  }
  case ast::Kind::MapType: {
    auto *map = expr->as<ast::MapType>();
    const Type *key = resolveType(map->key), *value = resolveType(map->value);
    if (key->is(Type::Kind::Error) || value->is(Type::Kind::Error))
      return types_.error;
    if (!key->is(Type::Kind::Str) && !key->is(Type::Kind::Int) && !key->is(Type::Kind::Param)) {
      report(DiagKind::BadMapKey, map->key->loc,
             "a map's keys are `str` or `int`, not " + key->str());
      return types_.error;
    }
    return refuseKept(value, expr->loc, "map") ? types_.error : types_.map(key, value);
  }
  case ast::Kind::FnType:
    return resolveFnType(expr->as<ast::FnType>());
  case ast::Kind::RefType:
    report(DiagKind::BadType, expr->loc, "`&` belongs to a parameter, not inside of a type");
    return types_.error;
  default:
    report(DiagKind::BadType, expr->loc, "this is a size, and a type is needed here");
    return types_.error;
  }
}

const Type *Checker::resolveFnType(const ast::FnType *type) {
  Saved saved(*this);
  std::vector<GenericEntry> generics;
  if (!type->generics.empty()) {
    openScope();
    resolveGenerics(type->generics, generics);
    defineGenerics(generics);
  }
  TypeContext::List params;
  std::vector<bool> byRef;
  for (const ast::TypeExpr *param : type->params) {
    auto *ref = param->as<ast::RefType>();
    params.push_back(resolveType(ref ? ref->inner : param));
    byRef.push_back(ref != nullptr);
  }
  const Type *result = type->result ? resolveType(type->result) : types_.unit;
  const Type *plain = types_.function(std::move(params), std::move(byRef), result);
  if (generics.empty())
    return plain;
  Type copy = *plain;
  for (const GenericEntry &entry : generics) {
    if (entry.pack)
      copy.ownPacks.push_back(entry.pack);
    if (entry.dim)
      copy.ownDims.push_back(entry.dim);
  }
  return types_.intern(std::move(copy));
}

bool Checker::isTypeWord(const std::string &name) {
  static const std::set<std::string> words{"int",     "str",     "range", "Rng",
                                           "Dataset", "Batches", "Grad",  "Tree"};
  return words.count(name) != 0 || dtypeNamed(name);
}

const Type *Checker::resolveNamed(const ast::NamedType *type) {
  const std::string &name = type->path[0].text;
  Symbol *symbol = nullptr;
  if (type->path.size() > 1 || find(name) || !isTypeWord(name)) {
    symbol = lookupPath(type->path, "type");
    if (!symbol)
      return types_.error;
  }
  if (!symbol) {
    if (auto dtype = dtypeNamed(name))
      return resolveTensor(type, *dtype == DType::F32 ? f32()->dtype : *dtype, nullptr);
    TypeContext::List elems;
    if (name == "int" && type->hasArgs) {
      report(DiagKind::GenericArgs, type->loc, "`int` is one number and has no sizes")
          .help("tensors of integers are such as `i64" + text(type->loc).substr(3) + "`");
      return types_.error;
    }
    for (auto &arg : type->args) {
      elems.push_back(resolveType(arg.value));
      if (elems.back()->is(Type::Kind::Error))
        return types_.error;
    }
    auto wants = [&](size_t count) {
      if (elems.size() == count)
        return true;
      report(DiagKind::GenericArgs, type->loc,
             "`" + name + "` takes " + std::to_string(count) + " types in brackets, not " +
                 std::to_string(elems.size()));
      return false;
    };
    if (name == "Dataset" || name == "Batches") {
      if (elems.size() == 1 && elems[0]->is(Type::Kind::Tuple))
        elems = elems[0]->elems;
      return name == "Dataset" ? types_.dataset(std::move(elems))
                               : types_.batches(std::move(elems));
    }
    if (name == "Grad")
      return wants(1) ? types_.tree(elems[0]) : types_.error;
    if (name == "Tree")
      return wants(2) ? types_.tree(elems[0], true) : types_.error;
    if (!wants(0))
      return types_.error;
    return name == "int"     ? types_.integer
           : name == "str"   ? types_.str
           : name == "range" ? types_.range
                             : types_.rng;
  }
  switch (symbol->kind) {
  case Symbol::Kind::Type:
    if (symbol->type->is(Type::Kind::Param) && symbol->type->param->kind == TypeParam::Kind::DType)
      return resolveTensor(type, DType::F32, symbol->type->param);
    if (symbol->type->isScalar() && type->hasArgs)
      return resolveTensor(type, symbol->type->dtype, nullptr);
    return symbol->type;
  case Symbol::Kind::Struct:
    return resolveStruct(type, symbol->structDecl);
  case Symbol::Kind::Enum:
    return enumType(*symbol->enumDecl);
  case Symbol::Kind::Fn: // in a tuple of models, a function stands for its type
    if (!type->hasArgs) {
      resolve(*symbol->fn);
      return types_.oneFn(symbol->fn);
    }
    [[fallthrough]];
  default:
    report(DiagKind::BadType, type->loc, "`" + type->path.back().text + "` is not a type")
        .also(symbol->loc, "declared here");
    return types_.error;
  }
}

const Type *Checker::resolveTensor(const ast::NamedType *type, DType dtype,
                                   const TypeParam *param) {
  Type tensor;
  tensor.kind = Type::Kind::Tensor;
  tensor.dtype = dtype;
  tensor.dtypeParam = param;
  if (!resolveShape(type->args, tensor.shape))
    return types_.error;
  return types_.intern(std::move(tensor));
}

bool Checker::resolveShape(const std::vector<ast::TypeArg> &args, Shape &shape) {
  const ast::TypeArg *pack = nullptr;
  for (auto &arg : args) {
    if (arg.value->is<ast::PackDim>()) {
      if (pack) {
        report(DiagKind::TwoPacks, arg.value->loc, "a shape has at most one `..` pack")
            .also(pack->value->loc, "the first one");
        return false;
      }
      pack = &arg;
    }
    if (!resolveShapeElem(arg.value, shape))
      return false;
  }
  return true;
}

bool Checker::resolveShapeElem(const ast::TypeExpr *expr, Shape &shape) {
  if (auto *pack = expr->as<ast::PackDim>()) {
    Symbol *symbol = pack->name ? lookup(pack->name, "pack of dims") : nullptr;
    if (!pack->name)
      report(DiagKind::BadType, expr->loc, "`..` needs the name of a pack here, such as `..S`");
    if (!symbol)
      return false;
    if (symbol->kind != Symbol::Kind::Pack) {
      report(DiagKind::BadType, expr->loc, "`" + pack->name.text + "` is not a pack of dims")
          .also(symbol->loc, "declared here");
      return false;
    }
    if (symbol->hasShape) {
      shape.insert(shape.end(), symbol->shape.begin(), symbol->shape.end());
      return true;
    }
    ShapeElem elem;
    elem.pack = symbol->pack;
    shape.push_back(elem);
    return true;
  }
  auto dim = resolveDim(expr);
  if (!dim)
    return false;
  ShapeElem elem;
  elem.dim = *dim;
  shape.push_back(elem);
  return true;
}

// `x.shape` of `x.shape[0]` as the expression that it is.
ast::Expr *Checker::pathExpr(const ast::NamedType *name) {
  ast::Expr *source = nullptr;
  for (const ast::Ident &part : name->path) {
    if (!source) {
      auto *root = extraNodes_.make<ast::NameExpr>(part.loc);
      root->name = part;
      source = root;
      continue;
    }
    auto *field = extraNodes_.make<ast::FieldExpr>(name->loc);
    field->base = source;
    field->name = part;
    source = field;
  }
  return source;
}

// `x.shape[0]`
std::optional<Dim> Checker::resolveShapePart(const ast::NamedType *name) {
  Expr *shape = check(pathExpr(name));
  auto index = resolveDim(name->args[0].value);
  if (shape->type->is(Type::Kind::Error) || !index)
    return std::nullopt;
  Expr *part = tuplePart(shape, index->constant(), name->loc);
  return part->type->is(Type::Kind::Error) ? std::nullopt : dimOf(part);
}

// `letters.len`, `config.width`: an int of an immutable value. It gets a hidden name where it is
// first used, which is the size from then on.
std::optional<Dim> Checker::resolveDimPath(const ast::NamedType *name) {
  std::string key;
  for (const ast::Ident &part : name->path)
    key += (key.empty() ? "" : ".") + part.text;
  ast::Expr *source = pathExpr(name);
  if (name->path.size() == 1)
    key = "self." + key;
  if (Symbol *known = find(key))
    return dimOfVar(known->var);
  Expr *value = check(source);
  if (value->type->is(Type::Kind::Error))
    return std::nullopt;
  if (!value->type->is(Type::Kind::Int)) {
    report(DiagKind::BadDim, name->loc,
           "`" + text(name->loc) + "` is " + value->type->str() + ", not a size");
    return std::nullopt;
  }
  if (auto dim = dimOf(value))
    return dim;
  const Expr *root = value;
  while (root->kind == ExprKind::Field || root->kind == ExprKind::Prim)
    root = root->kind == ExprKind::Field ? as<Field>(*root).base : as<Prim>(*root).args[0].value;
  Var *holder = root->kind == ExprKind::VarRef ? as<VarRef>(*root).var : nullptr;
  if (!holder || holder->isMutable || !block_) {
    report(DiagKind::VarAsSize, name->loc,
           "`" + text(name->loc) + "` may change, and only an immutable `int` is a size")
        .help("bind its value first: `let size = " + text(name->loc) + "`");
    return std::nullopt;
  }
  Var *var = newVar({key, name->loc}, types_.integer, false);
  defineVar(var);
  usedVars_.insert(var);
  block_->stmts.push_back(letOf(var, value));
  return dimOfVar(var);
}

std::optional<Dim> Checker::resolveDimName(const ast::NamedType *name) {
  if (name->path.size() > 1 && name->path.back().text == "shape" && name->args.size() == 1)
    return resolveShapePart(name);
  if (!name->hasArgs) {
    Symbol *root = find(name->path[0].text);
    bool isField = !root && frame_ && frame_->selfType &&
                   fieldIndex(frame_->selfType, name->path[0].text) >= 0;
    if (isField && name->path.size() == 1)
      return resolveDimPath(name);
    if (name->path.size() > 1 &&
        (isField || (root && root->kind == Symbol::Kind::Var) || name->path[0].text == "self"))
      return resolveDimPath(name);
  }
  if (name->hasArgs || name->path.size() != 1) {
    report(DiagKind::BadDim, name->loc, "a size is needed here, and this is a type");
    return std::nullopt;
  }
  Symbol *symbol = lookup(name->path[0], "dim");
  if (!symbol)
    return std::nullopt;
  if (symbol->kind == Symbol::Kind::Dim)
    return symbol->dim;
  const std::string &text = name->path[0].text;
  if (symbol->kind == Symbol::Kind::Var && symbol->var->type->is(Type::Kind::Error))
    return std::nullopt;
  if (symbol->kind == Symbol::Kind::Var && symbol->var->type->is(Type::Kind::Int)) {
    if (!symbol->var->isMutable)
      return dimOfVar(symbol->var);
    report(DiagKind::VarAsSize, name->loc,
           "`" + text + "` is a `var`, and only an immutable `int` is a size")
        .also(symbol->loc, "declared here")
        .help("bind its value first: `let size = " + text + "`");
    return std::nullopt;
  }
  report(DiagKind::BadDim, name->loc, "`" + text + "` is not a size")
      .also(symbol->loc, "declared here");
  return std::nullopt;
}

// prod(S): how many elements a pack of dims has.
std::optional<Dim> Checker::packProduct(const ast::Ident &name) {
  Symbol *symbol = lookup(name, "pack of dims");
  if (!symbol || symbol->kind != Symbol::Kind::Pack)
    return std::nullopt;
  DimAtom atom;
  atom.kind = DimAtom::Kind::Prod;
  atom.pack = symbol->pack;
  DimBindings binds;
  if (symbol->hasShape)
    binds.packs[symbol->pack] = symbol->shape;
  return substitute(Dim(atom), binds);
}

std::optional<Dim> Checker::resolveDim(const ast::TypeExpr *expr) {
  switch (expr->kind) {
  case ast::Kind::IntDim:
    return Dim(expr->as<ast::IntDim>()->value);
  case ast::Kind::NegDim: {
    auto value = resolveDim(expr->as<ast::NegDim>()->operand);
    return value ? std::optional<Dim>(Dim() - *value) : std::nullopt;
  }
  case ast::Kind::NamedType:
    return resolveDimName(expr->as<ast::NamedType>());
  case ast::Kind::FreshDim: {
    auto &name = expr->as<ast::FreshDim>()->name;
    auto it = scope_->names.find(name.text);
    if (it != scope_->names.end() && it->second.kind == Symbol::Kind::Dim)
      return it->second.dim;
    Symbol symbol;
    symbol.kind = Symbol::Kind::Dim;
    symbol.dim = Dim(newDim(name.text, name.loc, DimVar::Kind::Fresh));
    return define(name, symbol).dim;
  }
  case ast::Kind::TupleType: {
    auto *tuple = expr->as<ast::TupleType>();
    if (tuple->elements.size() == 1)
      return resolveDim(tuple->elements[0]);
    break;
  }
  case ast::Kind::BinaryDim: {
    auto *binary = expr->as<ast::BinaryDim>();
    auto a = resolveDim(binary->lhs), b = resolveDim(binary->rhs);
    if (!a || !b)
      return std::nullopt;
    switch (binary->op) {
    case ast::DimOp::Add:
      return *a + *b;
    case ast::DimOp::Sub:
      return *a - *b;
    case ast::DimOp::Mul:
      return *a * *b;
    case ast::DimOp::Div:
    case ast::DimOp::Rem:
      if (*b == Dim(0)) {
        report(DiagKind::BadDim, expr->loc, "a size is divided by zero");
        return std::nullopt;
      }
      return binary->op == ast::DimOp::Div ? Dim::floorDiv(*a, *b) : Dim::mod(*a, *b);
    case ast::DimOp::Pow: {
      auto power = b->constant();
      if (!power || *power < 0 || *power > 16) {
        report(DiagKind::BadDim, binary->rhs->loc,
               "the power of a size is a constant from 0 to 16");
        return std::nullopt;
      }
      Dim product(1);
      for (int64_t i = 0; i < *power; ++i)
        product = product * *a;
      return product;
    }
    }
    break;
  }
  case ast::Kind::CallDim: {
    auto *call = expr->as<ast::CallDim>();
    const std::string &name = call->callee.text;
    if (name == "prod" && call->args.size() == 1) {
      auto *named = call->args[0]->as<ast::NamedType>();
      if (auto product =
              named && named->path.size() == 1 ? packProduct(named->path[0]) : std::nullopt)
        return product;
    }
    if ((name == "min" || name == "max") && call->args.size() == 2) {
      auto a = resolveDim(call->args[0]), b = resolveDim(call->args[1]);
      if (!a || !b)
        return std::nullopt;
      return name == "min" ? Dim::min(*a, *b) : Dim::max(*a, *b);
    }
    report(DiagKind::BadDim, expr->loc,
           "sizes know `min(a, b)`, `max(a, b)` and `prod(S)` of a pack");
    return std::nullopt;
  }
  default:
    break;
  }
  report(DiagKind::BadDim, expr->loc, "a size is needed here");
  return std::nullopt;
}

static BinaryOp factOp(ast::FactOp op) {
  static const BinaryOp ops[] = {BinaryOp::Eq, BinaryOp::Ne, BinaryOp::Lt,
                                 BinaryOp::Le, BinaryOp::Gt, BinaryOp::Ge};
  return ops[unsigned(op)];
}

std::optional<DimFact> Checker::resolveFact(const ast::Fact &fact) {
  auto lhs = resolveDim(fact.lhs), rhs = resolveDim(fact.rhs);
  if (!lhs || !rhs)
    return std::nullopt;
  return DimFact{*lhs, *rhs, factOp(fact.op), text(fact.loc), fact.loc};
}

Dim Checker::dimOfVar(Var *var) {
  auto known = knownDims_.find(var);
  if (known != knownDims_.end())
    return known->second;
  if (!var->dim) {
    DimVar *dim = newDim(var->name, var->loc, DimVar::Kind::FromVar);
    dim->var = var;
    var->dim = dim;
  }
  return Dim(var->dim);
}

// The dim that an int expression is, if it consists of dims, literals and immutable ints.
std::optional<Dim> Checker::dimOf(Expr *expr) {
  switch (expr->kind) {
  case ExprKind::Int:
    return as<IntLit>(*expr).isLarge ? std::nullopt
                                     : std::optional<Dim>(Dim(as<IntLit>(*expr).value));
  case ExprKind::DimValue:
    return as<DimValue>(*expr).dim;
  case ExprKind::VarRef: {
    Var *var = as<VarRef>(*expr).var;
    return var->isMutable || !var->type->is(Type::Kind::Int) ? std::nullopt
                                                             : std::optional<Dim>(dimOfVar(var));
  }
  case ExprKind::Unary: {
    auto value = as<Unary>(*expr).op == UnaryOp::Neg ? dimOf(as<Unary>(*expr).value) : std::nullopt;
    return value ? std::optional<Dim>(Dim() - *value) : std::nullopt;
  }
  case ExprKind::Binary: {
    auto &binary = as<Binary>(*expr);
    if (!expr->type->is(Type::Kind::Int) || binary.op > BinaryOp::Mod)
      return std::nullopt;
    auto a = dimOf(binary.lhs), b = dimOf(binary.rhs);
    if (!a || !b)
      return std::nullopt;
    switch (binary.op) {
    case BinaryOp::Add:
      return *a + *b;
    case BinaryOp::Sub:
      return *a - *b;
    case BinaryOp::Mul:
      return *a * *b;
    case BinaryOp::Div:
      return *b == Dim(0) ? std::nullopt : std::optional<Dim>(Dim::floorDiv(*a, *b));
    default:
      return *b == Dim(0) ? std::nullopt : std::optional<Dim>(Dim::mod(*a, *b));
    }
  }
  case ExprKind::Prim: {
    auto &prim = as<Prim>(*expr);
    if (prim.name != "int.min" && prim.name != "int.max")
      return std::nullopt;
    auto a = dimOf(prim.args[0].value), b = dimOf(prim.args[1].value);
    if (!a || !b)
      return std::nullopt;
    return prim.name == "int.min" ? Dim::min(*a, *b) : Dim::max(*a, *b);
  }
  default:
    return std::nullopt;
  }
}

// Whether an expression before `[..]` or `(..)` names a type: `Net`, `optim.SGD`, `[f32]`.
bool Checker::looksLikeType(const ast::Expr *expr) {
  if (auto *name = expr->as<ast::NameExpr>()) {
    Symbol *symbol = find(name->name.text);
    if (!symbol)
      return isTypeWord(name->name.text);
    if (symbol->kind == Symbol::Kind::Import)
      symbol = resolve(symbol, name->loc);
    return symbol && (symbol->kind == Symbol::Kind::Struct || symbol->kind == Symbol::Kind::Enum ||
                      symbol->kind == Symbol::Kind::Type);
  }
  if (auto *field = expr->as<ast::FieldExpr>()) {
    auto *base = field->base->as<ast::NameExpr>();
    Symbol *symbol = base ? find(base->name.text) : nullptr;
    if (!symbol || symbol->kind != Symbol::Kind::Module ||
        !ensureLoaded(*symbol->module, field->loc))
      return false;
    auto it = symbol->module->scope->names.find(field->name.text);
    Symbol *member =
        it == symbol->module->scope->names.end() ? nullptr : resolve(&it->second, field->loc);
    return member && (member->kind == Symbol::Kind::Struct || member->kind == Symbol::Kind::Enum);
  }
  return false;
}

} // namespace nnc::sema
