// Adapting a value to the type of the place where it is used.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

// Literals, and `int`s, take the dtype of the tensor they meet.
bool Checker::isAdaptable(const Expr *expr) const {
  if (expr->type->is(Type::Kind::Int))
    return true;
  switch (expr->kind) {
  case ExprKind::Float:
    return !as<FloatLit>(*expr).isTyped;
  case ExprKind::Unary:
    return expr->type->isFloat() && isAdaptable(as<Unary>(*expr).value);
  case ExprKind::Binary: {
    auto &binary = as<Binary>(*expr);
    return expr->type->isScalar() && expr->type->isFloat() && isAdaptable(binary.lhs) &&
           isAdaptable(binary.rhs);
  }
  case ExprKind::TensorLit:
    if (as<TensorLit>(*expr).isTyped)
      return false;
    if (as<TensorLit>(*expr).ofInts)
      return true;
    for (Expr *elem : as<TensorLit>(*expr).elems)
      if (!isAdaptable(elem))
        return false;
    return true;
  default:
    return false;
  }
}

// The int that a member of a literal of ints was before it became i64.
Expr *Checker::intBehind(Expr *elem) {
  if (elem->kind == ExprKind::Convert)
    return static_cast<Convert *>(elem)->value;
  if (elem->kind != ExprKind::Int)
    return elem;
  Expr *lit = intLit(elem->loc, as<IntLit>(*elem).value);
  static_cast<IntLit *>(lit)->isLarge = as<IntLit>(*elem).isLarge;
  return lit;
}

static bool isFloatDType(DType dtype) { return dtype <= DType::F64; }

static bool fitsIn(DType dtype, int64_t value) {
  unsigned bits = dtype == DType::I8 || dtype == DType::U8     ? 8
                  : dtype == DType::I16 || dtype == DType::U16 ? 16
                  : dtype == DType::I32 || dtype == DType::U32 ? 32
                                                               : 64;
  if (isFloatDType(dtype))
    return true;
  if (dtype >= DType::U8)
    return value >= 0 && (bits == 64 || value >> bits == 0);
  return bits == 64 || (value >= -(int64_t(1) << (bits - 1)) && value < int64_t(1) << (bits - 1));
}

// An adaptable value with the dtype of `type`; null where it cannot be (1.5 as an int).
// A quotient of ints that meets a float has lost its fraction, unless it is known to be exact.
void Checker::warnOfFlooredDivision(Expr *expr) {
  if (expr->kind != ExprKind::Binary || !expr->type->is(Type::Kind::Int))
    return;
  auto &node = as<Binary>(*expr);
  if (node.op == BinaryOp::Div) {
    auto a = dimOf(node.lhs), b = dimOf(node.rhs);
    bool isExact = a && b && b->constant() != 0 &&
                   facts_.prove(Dim::mod(*a, *b), BinaryOp::Eq, Dim(0)) == Proof::Yes;
    if (!isExact)
      report(DiagKind::FlooredDivision, expr->loc,
             "`int / int` is rounded down before it meets a float")
          .help("convert first: `f32(a) / b`");
    return;
  }
  warnOfFlooredDivision(node.lhs);
  warnOfFlooredDivision(node.rhs);
}

Expr *Checker::adapt(Expr *expr, const Type *type) {
  DType dtype = type->dtype;
  if (dtype == DType::Bool)
    return nullptr;
  if (isFloatDType(dtype) && module_ && !module_->isLibrary)
    warnOfFlooredDivision(expr);
  if (expr->type->is(Type::Kind::Int)) {
    if (auto value = dimOf(expr); value && value->constant() && !fitsIn(dtype, *value->constant()))
      report(DiagKind::BadNumber, expr->loc,
             std::to_string(*value->constant()) + " does not fit in " + spelling(dtype));
    if (expr->kind != ExprKind::Int)
      return convert(expr, types_.scalar(dtype));
    auto &number = as<IntLit>(*expr);
    if (isFloatDType(dtype)) {
      auto *lit = make<FloatLit>(expr->loc, types_.scalar(dtype));
      lit->value = number.isLarge ? double(uint64_t(number.value)) : double(number.value);
      return lit;
    }
    auto *lit = make<IntLit>(expr->loc, types_.scalar(dtype));
    lit->value = number.value;
    lit->isLarge = number.isLarge;
    return lit;
  }
  if (expr->kind == ExprKind::TensorLit) {
    auto *node = make<TensorLit>(expr->loc, types_.tensor(dtype, expr->type->shape));
    bool ofInts = as<TensorLit>(*expr).ofInts;
    for (Expr *elem : as<TensorLit>(*expr).elems) {
      node->elems.push_back(adapt(ofInts ? intBehind(elem) : elem, type));
      if (!node->elems.back())
        return nullptr;
    }
    return node;
  }
  if (!isFloatDType(dtype))
    return nullptr;
  switch (expr->kind) {
  case ExprKind::Float: {
    auto *lit = make<FloatLit>(expr->loc, types_.scalar(dtype));
    lit->value = as<FloatLit>(*expr).value;
    return lit;
  }
  case ExprKind::Unary: {
    auto *node = make<Unary>(expr->loc, types_.scalar(dtype));
    node->op = as<Unary>(*expr).op;
    node->value = adapt(as<Unary>(*expr).value, type);
    return node->value ? node : nullptr;
  }
  case ExprKind::Binary: {
    auto *node = make<Binary>(expr->loc, types_.scalar(dtype));
    node->op = as<Binary>(*expr).op;
    node->lhs = adapt(as<Binary>(*expr).lhs, type);
    node->rhs = adapt(as<Binary>(*expr).rhs, type);
    return node->lhs && node->rhs ? node : nullptr;
  }
  default:
    return nullptr;
  }
}

// The value as one of type `target`, or null. `target` has no open parameters.
Expr *Checker::tryCoerce(Expr *expr, const Type *target) {
  const Type *type = expr->type;
  if (type == target || type->is(Type::Kind::Error) || target->is(Type::Kind::Error) ||
      type->is(Type::Kind::Never))
    return expr;
  if (const Type *now = nullptr; isOpen(target))
    return fitOpen(expr, target, now);
  if (target->is(Type::Kind::Tensor)) {
    if (isAdaptable(expr) && (type->is(Type::Kind::Int) || type->dtype != target->dtype)) {
      Expr *adapted = adapt(expr, target);
      return adapted && same(target, adapted->type) ? adapted : nullptr;
    }
    if (type->is(Type::Kind::Range) && target->shape.size() == 1 && !isFloatDType(target->dtype))
      return convert(expr, target);
    if (type->is(Type::Kind::List) && target->shape.size() >= 1) {
      const Type *elem = type->elems[0];
      Shape rest(target->shape.begin() + 1, target->shape.end());
      bool fits =
          elem->is(Type::Kind::Int) ? rest.empty() : same(types_.tensor(target->dtype, rest), elem);
      return fits ? convert(expr, target) : nullptr;
    }
  }
  if (target->is(Type::Kind::Optional)) {
    if (type->is(Type::Kind::Optional) && type->elems[0]->is(Type::Kind::Never)) {
      expr->type = target; // `none`
      return expr;
    }
    if (!type->is(Type::Kind::Optional)) {
      Expr *inner = tryCoerce(expr, target->elems[0]);
      return inner ? convert(inner, target) : nullptr;
    }
  }
  if (target->is(Type::Kind::Fn) && (type->isModel() || type->is(Type::Kind::OneFn)))
    return callableAs(expr, target);
  if (target->is(Type::Kind::Fn) && type->is(Type::Kind::Fn) && !type->ownDims.empty()) {
    CallState match; // a closure for any size, used for one
    match.openDims.insert(type->ownDims.begin(), type->ownDims.end());
    return unify(type, target, match) && solvePending(match) ? convert(expr, target) : nullptr;
  }
  if (target->is(Type::Kind::Tuple) && expr->kind == ExprKind::Tuple &&
      type->elems.size() == target->elems.size()) {
    auto *node = make<TupleExpr>(expr->loc, target);
    for (size_t i = 0; i < target->elems.size(); ++i) {
      node->elems.push_back(tryCoerce(as<TupleExpr>(*expr).elems[i], target->elems[i]));
      if (!node->elems.back())
        return nullptr;
    }
    return node;
  }
  if (Expr *gradient = regrouped(expr, target))
    return gradient;
  if (target->is(Type::Kind::List) && expr->kind == ExprKind::TensorLit) {
    auto *node = make<ListLit>(expr->loc, target);
    for (Expr *elem : as<TensorLit>(*expr).elems) {
      node->elems.push_back(tryCoerce(elem, target->elems[0]));
      if (!node->elems.back())
        return nullptr;
    }
    return node;
  }
  CallState check;
  if (!unify(target, type, check))
    return nullptr;
  for (DimFact &fact : check.leftOver) {
    fact.loc = expr->loc;
    noteRuntimeFact(fact);
  }
  return expr;
}

// The gradient of a tuple of models as a tuple of gradients, or the other way round; else null.
Expr *Checker::regrouped(Expr *expr, const Type *target) {
  const Type *type = expr->type;
  auto groupedBy = [](const Type *tree, const Type *tuple) {
    return tree->is(Type::Kind::Tree) && tree->elems[0]->is(Type::Kind::Tuple) &&
           !tree->leafScalar && tuple->is(Type::Kind::Tuple) &&
           tree->elems[0]->elems.size() == tuple->elems.size();
  };
  if (!groupedBy(type, target) && !groupedBy(target, type))
    return nullptr;
  auto *tuple = make<TupleExpr>(expr->loc, target);
  bool isTree = type->is(Type::Kind::Tree);
  auto *block = make<Block>(expr->loc, target);
  Var *var = nameIn(*block, "gradient", expr);
  TypeContext::List parts;
  for (const Type *elem : (isTree ? type : target)->elems[0]->elems)
    parts.push_back(types_.tree(elem));
  for (size_t i = 0; i < parts.size(); ++i) {
    Expr *part =
        field(expr->loc, varRef(expr->loc, var), unsigned(i), isTree ? parts[i] : type->elems[i]);
    tuple->elems.push_back(tryCoerce(part, isTree ? target->elems[i] : parts[i]));
    if (!tuple->elems.back())
      return nullptr;
  }
  tuple->type = isTree ? target : types_.tuple(parts);
  block->result = isTree ? static_cast<Expr *>(tuple) : prim(expr->loc, "tree.of", target, {tuple});
  return block;
}

// `[a, b]` as a list.
Expr *Checker::asList(Expr *value) {
  auto &literal = as<TensorLit>(*value);
  bool ints = literal.ofInts && literal.type->shape.size() == 1;
  auto *list =
      make<ListLit>(value->loc, types_.list(ints ? types_.integer : literal.elems[0]->type));
  for (Expr *elem : literal.elems)
    list->elems.push_back(ints ? intBehind(elem) : elem);
  return list;
}

// A range, list or literal as a tensor with a size of its own; null where it holds something else.
Expr *Checker::asTensor(Expr *value, DType dtype) {
  const Type *type = value->type;
  ShapeElem count;
  if (type->is(Type::Kind::Range)) {
    auto known = rangeCount(value);
    count.dim = known ? *known : Dim(newDim(kNameless, value->loc, DimVar::Kind::Fresh));
    return isFloatDType(dtype) ? nullptr : convert(value, types_.tensor(dtype, {count}));
  }
  if (type->is(Type::Kind::List)) {
    const Type *elem = type->elems[0];
    if (!elem->is(Type::Kind::Int) && !(elem->is(Type::Kind::Tensor) && elem->dtype == dtype))
      return nullptr;
    count.dim = Dim(newDim(kNameless, value->loc, DimVar::Kind::Fresh));
    Shape shape{count};
    shape.insert(shape.end(), elem->shape.begin(), elem->shape.end());
    return convert(value, types_.tensor(dtype, shape));
  }
  if (type->is(Type::Kind::Tensor) && type->dtype != dtype && isAdaptable(value))
    return adapt(value, types_.scalar(dtype));
  return type->is(Type::Kind::Tensor) && type->dtype == dtype ? value : nullptr;
}

// An equality that only the sizes of a run can decide is checked on entry of the function.
void Checker::noteRuntimeFact(const DimFact &fact) {
  if (frame_ && frame_->fn)
    frame_->fn->checks.push_back(fact);
  else if (program_.body)
    topFacts_.push_back(fact);
}

Expr *Checker::coerce(Expr *expr, const Type *target, const char *what, Loc declared) {
  if (Expr *fitting = tryCoerce(expr, target))
    return fitting;
  bool shapes = expr->type->is(Type::Kind::Tensor) && target->is(Type::Kind::Tensor) &&
                expr->type->dtype == target->dtype;
  auto &diag = report(shapes ? DiagKind::ShapeMismatch : DiagKind::TypeMismatch, expr->loc,
                      std::string(what) + " is " + expr->type->str() + ", but " + target->str() +
                          " is needed")
                   .label("is " + expr->type->str());
  if (declared.valid())
    diag.also(declared, target->str() + " asked for here");
  if (expr->type->is(Type::Kind::Optional) && same(expr->type->elems[0], target))
    diag.help("take out what may be absent: `if let x = ..`, or `.or(..)` with a value for `none`");
  if (expr->type->is(Type::Kind::Tensor) && target->is(Type::Kind::Tensor)) {
    if (shapes)
      explainDims(diag, target, expr->type);
    else if (expr->type->shape == target->shape)
      diag.help(std::string("convert it: `") + spelling(target->dtype) + "(..)`");
  }
  Expr *error = errorExpr(expr->loc);
  return error;
}

// The common type of two branches; both are converted to it. Null when there is none.
const Type *Checker::join(Expr *&a, Expr *&b) {
  if (a->type->is(Type::Kind::Error) || b->type->is(Type::Kind::Error))
    return types_.error;
  if (a->type->is(Type::Kind::Never))
    return b->type;
  if (b->type->is(Type::Kind::Never))
    return a->type;
  auto isNone = [](Expr *e) {
    return e->type->is(Type::Kind::Optional) && e->type->elems[0]->is(Type::Kind::Never);
  };
  if (isNone(a) && !b->type->is(Type::Kind::Optional)) {
    const Type *type = types_.optional(b->type);
    a->type = type;
    b = convert(b, type);
    return type;
  }
  if (isNone(b) && !isNone(a))
    return join(b, a);
  if (!isAdaptable(a) || a->type->is(Type::Kind::Int) == b->type->is(Type::Kind::Int))
    if (Expr *fitting = tryCoerce(b, a->type)) {
      b = fitting;
      return a->type;
    }
  if (Expr *fitting = tryCoerce(a, b->type)) {
    a = fitting;
    return b->type;
  }
  if (Expr *fitting = tryCoerce(b, a->type)) {
    b = fitting;
    return a->type;
  }
  return nullptr;
}

// `f32(x)`: numbers and tensors to another dtype.
Expr *Checker::cast(DType dtype, std::vector<ArgIn> &args, Loc loc) {
  if (args.size() != 1 || args[0].name || args[0].byRef) {
    report(DiagKind::ArgCount, loc, std::string("`") + spelling(dtype) + "` takes one value");
    return errorExpr(loc);
  }
  if (dtype == DType::F32)
    dtype = f32()->dtype;
  Expr *value = args[0].typed ? args[0].typed : check(args[0].source);
  if (value->type->is(Type::Kind::Error))
    return value;
  bool isLarge = value->kind == ExprKind::Int && as<IntLit>(*value).isLarge;
  if (isLarge && !isFloatDType(dtype) && dtype != DType::U64)
    value = intLit(value->loc, as<IntLit>(*value).value); // its lower bits are meant
  if (isAdaptable(value)) {
    // A written conversion says that the rounding is meant.
    bool isQuotient = value->kind == ExprKind::Binary && value->type->is(Type::Kind::Int);
    auto known = value->type->is(Type::Kind::Int) ? dimOf(value) : std::nullopt;
    bool wraps = known && known->constant() && !fitsIn(dtype, *known->constant());
    Expr *adapted = isQuotient || wraps ? convert(value, types_.scalar(dtype))
                                        : adapt(value, types_.scalar(dtype));
    if (adapted) {
      adapted->loc = loc;
      if (adapted->kind == ExprKind::Float)
        static_cast<FloatLit *>(adapted)->isTyped = true;
      if (adapted->kind == ExprKind::TensorLit)
        static_cast<TensorLit *>(adapted)->isTyped = true;
      return adapted;
    }
  }
  if (value->type->is(Type::Kind::Range) && as<Expr>(*value).kind == ExprKind::Binary) {
    if (auto count = rangeCount(value)) {
      ShapeElem elem;
      elem.dim = *count;
      return convert(value, types_.tensor(dtype, {elem}));
    }
  }
  if (!value->type->is(Type::Kind::Tensor) && !value->type->is(Type::Kind::Int)) {
    report(DiagKind::BadConversion, value->loc,
           std::string("`") + spelling(dtype) + "` converts numbers and tensors, not " +
               value->type->str());
    return errorExpr(loc);
  }
  const Type *type = value->type->is(Type::Kind::Int) ? types_.scalar(dtype)
                                                      : types_.tensor(dtype, value->type->shape);
  if (type == value->type)
    return value;
  Expr *node = convert(value, type);
  node->loc = loc;
  return node;
}

Expr *Checker::castInt(std::vector<ArgIn> &args, Loc loc) {
  if (args.size() != 1 || args[0].name || args[0].byRef) {
    report(DiagKind::ArgCount, loc, "`int` takes one value");
    return errorExpr(loc);
  }
  Expr *value = args[0].typed ? args[0].typed : check(args[0].source);
  if (value->type->is(Type::Kind::Error) || value->type->is(Type::Kind::Int))
    return value;
  if (!value->type->isScalar()) {
    report(DiagKind::BadConversion, value->loc,
           "`int` converts a scalar, not " + value->type->str());
    return errorExpr(loc);
  }
  Expr *node = convert(value, types_.integer);
  node->loc = loc;
  return node;
}

std::optional<Dim> Checker::rangeCount(Expr *range) {
  if (range->kind != ExprKind::Binary)
    return std::nullopt;
  auto &binary = as<Binary>(*range);
  auto lo = dimOf(binary.lhs), hi = dimOf(binary.rhs);
  if (!lo || !hi)
    return std::nullopt;
  return *hi - *lo + Dim(binary.op == BinaryOp::RangeIncl ? 1 : 0);
}

} // namespace nnc::sema
