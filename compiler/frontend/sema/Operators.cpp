// Operators: broadcasting, dtypes, contractions, arithmetic on trees.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

static const char *opText(BinaryOp op) {
  static const char *const names[] = {
      "+", "-", "*", "/", "%", "^", "@", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "..", "..="};
  return names[unsigned(op)];
}

static const char *const kOfOptional =
    "take out what may be absent: `if let x = ..`, or `.or(..)` with a value for `none`";

static bool isComparison(BinaryOp op) { return op >= BinaryOp::Eq && op <= BinaryOp::Ge; }

Expr *Checker::checkUnary(const ast::UnaryExpr *expr, const Type *expected) {
  Expr *value = check(expr->operand, expected);
  const Type *type = value->type;
  if (type->is(Type::Kind::Error))
    return value;
  if (expr->op == ast::UnaryOp::Not) {
    if (!type->is(Type::Kind::Tensor) || type->dtype != DType::Bool) {
      report(DiagKind::NotABool, expr->loc, "`!` takes a `bool`, not " + type->str());
      return errorExpr(expr->loc);
    }
  } else if (value->kind == ExprKind::Int) {
    auto &number = as<IntLit>(*value);
    if (number.isLarge && number.value != INT64_MIN) {
      report(DiagKind::BadNumber, expr->loc, "this number does not fit in an `int`");
      return errorExpr(expr->loc);
    }
    return intLit(expr->loc, int64_t(-uint64_t(number.value)));
  } else if (value->kind == ExprKind::Float) {
    auto *lit = make<FloatLit>(expr->loc, type);
    lit->value = -as<FloatLit>(*value).value;
    lit->isTyped = as<FloatLit>(*value).isTyped;
    return lit;
  } else if (!type->is(Type::Kind::Int) && !type->is(Type::Kind::Tree) &&
             !(type->is(Type::Kind::Tensor) && type->dtype != DType::Bool)) {
    report(DiagKind::BadOperand, expr->loc, "`-` takes numbers and tensors, not " + type->str());
    return errorExpr(expr->loc);
  }
  auto *node = make<Unary>(expr->loc, type);
  node->op = expr->op == ast::UnaryOp::Neg ? UnaryOp::Neg : UnaryOp::Not;
  node->value = value;
  return node;
}

static BinaryOp binaryOp(ast::BinaryOp op) {
  using A = ast::BinaryOp;
  switch (op) {
  case A::Add:
    return BinaryOp::Add;
  case A::Sub:
    return BinaryOp::Sub;
  case A::Mul:
    return BinaryOp::Mul;
  case A::Div:
    return BinaryOp::Div;
  case A::Rem:
    return BinaryOp::Mod;
  case A::Pow:
    return BinaryOp::Pow;
  case A::MatMul:
    return BinaryOp::MatMul;
  case A::Eq:
    return BinaryOp::Eq;
  case A::Ne:
    return BinaryOp::Ne;
  case A::Lt:
    return BinaryOp::Lt;
  case A::Le:
    return BinaryOp::Le;
  case A::Gt:
    return BinaryOp::Gt;
  case A::Ge:
    return BinaryOp::Ge;
  case A::And:
    return BinaryOp::And;
  case A::Or:
    return BinaryOp::Or;
  }
  return BinaryOp::Add;
}

Expr *Checker::checkBinary(const ast::BinaryExpr *expr, const Type *expected) {
  BinaryOp op = binaryOp(expr->op);
  const Type *hint = expected && expected->isScalar() && !isComparison(op) ? expected : nullptr;
  Expr *lhs = check(expr->lhs, hint);
  Facts before = facts_;
  if (op == BinaryOp::And) // the right side of && is only reached where the left one holds
    if (auto fact = factOf(expr->lhs, lhs))
      facts_.assume(fact->lhs, fact->op, fact->rhs, nextId_);
  bool isLogical = op == BinaryOp::And || op == BinaryOp::Or;
  const Sizes sizes = isLogical ? now_ : Sizes();
  Expr *rhs =
      check(expr->rhs, isComparison(op) && lhs->type->is(Type::Kind::Enum) ? lhs->type : hint);
  facts_ = before;
  if (isLogical)
    meet(sizes, {now_});
  if (lhs->type->is(Type::Kind::Error) || rhs->type->is(Type::Kind::Error))
    return errorExpr(expr->loc);
  return binary(op, lhs, rhs, expr->loc, expr->opLoc, expr->lhs, expr->rhs);
}

// A part of the type whose values `==` does not compare; null where there is none.
const Type *Checker::incomparable(const Type *type, std::set<const Type *> &seen) {
  if (!seen.insert(type).second)
    return nullptr;
  std::vector<const Type *> parts;
  switch (type->kind) {
  case Type::Kind::Fn:
  case Type::Kind::OneFn:
  case Type::Kind::Dataset:
  case Type::Kind::Batches:
  case Type::Kind::Param:
  case Type::Kind::Unit:
  case Type::Kind::Never:
    return type;
  case Type::Kind::Tree:
    return nullptr;
  case Type::Kind::Struct:
    if (type->isModel())
      return type;
    for (unsigned i = 0; i < type->structInfo->fields.size(); ++i)
      parts.push_back(fieldType(type, i));
    break;
  case Type::Kind::Enum:
    for (auto &variant : type->enumInfo->variants)
      parts.insert(parts.end(), variant.fields.begin(), variant.fields.end());
    break;
  default:
    if (type->isModel())
      return type;
    parts = type->elems;
    if (type->is(Type::Kind::Optional) && type->elems[0]->is(Type::Kind::Never))
      parts.clear();
  }
  for (const Type *part : parts)
    if (const Type *found = incomparable(part, seen))
      return found;
  return nullptr;
}

// Whether two types are one but for sizes that data decides.
bool Checker::differInSizes(const Type *a, const Type *b) {
  CallState match;
  const Type *open = opened(a);
  if (!open)
    std::swap(a, b), open = opened(a);
  if (!open)
    return false;
  for (const DimVar *dim : freshDims(open))
    match.openDims.insert(dim);
  return unify(open, b, match) && solvePending(match);
}

Expr *Checker::binary(BinaryOp op, Expr *lhs, Expr *rhs, Loc loc, Loc opLoc, const ast::Expr *l,
                      const ast::Expr *r) {
  const Type *a = lhs->type, *b = rhs->type;
  auto make2 = [&](const Type *type) {
    auto *node = make<Binary>(loc, type);
    node->op = op;
    node->lhs = lhs;
    node->rhs = rhs;
    return node;
  };
  auto refuse = [&]() {
    auto &diag =
        report(DiagKind::BadOperand, opLoc,
               std::string("`") + opText(op) + "` does not take " + a->str() + " and " + b->str())
            .also(lhs->loc, "is " + a->str())
            .also(rhs->loc, "is " + b->str());
    bool isText = a->is(Type::Kind::Str) && op == BinaryOp::Add && isPrintable(b);
    if (a->is(Type::Kind::Optional) || b->is(Type::Kind::Optional))
      diag.help(kOfOptional);
    else if (isText)
      diag.help("make it text: `\"{..}\"`");
    return errorExpr(loc);
  };
  if (a->is(Type::Kind::Never) || b->is(Type::Kind::Never))
    return refuse();
  if (op == BinaryOp::MatMul)
    return matmul(lhs, rhs, loc, l, r);
  if (a->is(Type::Kind::Tree) || b->is(Type::Kind::Tree))
    return treeArithmetic(op, lhs, rhs, loc, opLoc);
  bool numbersA = a->is(Type::Kind::Int) || a->is(Type::Kind::Tensor),
       numbersB = b->is(Type::Kind::Int) || b->is(Type::Kind::Tensor);
  if (numbersA && numbersB) {
    if (a->is(Type::Kind::Int) && b->is(Type::Kind::Int)) {
      if (op == BinaryOp::And || op == BinaryOp::Or)
        return refuse();
      return make2(isComparison(op) ? types_.boolean : types_.integer);
    }
    return arithmetic(op, lhs, rhs, loc, opLoc, l, r);
  }
  if (op == BinaryOp::Eq || op == BinaryOp::Ne) {
    for (Expr **side : {&lhs, &rhs}) // `list == [1, 2]`
      if ((*side)->kind == ExprKind::TensorLit && (side == &lhs ? b : a)->is(Type::Kind::List))
        *side = asList(*side);
    a = lhs->type, b = rhs->type;
    if (join(lhs, rhs) || differInSizes(a, b)) {
      std::set<const Type *> seen;
      const Type *part = incomparable(lhs->type, seen);
      if (!part)
        return make2(types_.boolean);
      Expr *refused = refuse();
      if (part != lhs->type)
        diags_.last().note("parts of it are " + part->str() + ", of which no two are compared");
      return refused;
    }
    return refuse();
  }
  if (a->is(Type::Kind::Str) && b->is(Type::Kind::Str) && (op == BinaryOp::Add || isComparison(op)))
    return make2(op == BinaryOp::Add ? types_.str : types_.boolean);
  if (a->is(Type::Kind::List) && b->is(Type::Kind::List) && op == BinaryOp::Add && same(a, b))
    return make2(a);
  return refuse();
}

// Note [Axes written as 1]
// Broadcasting is one-sided: the result has the shape of one operand. An axis whose size is the
// constant 1 expands to the other operand's. Both operands may expand only along axes that were
// written as 1 (by `new` or `keep: true`), and only when they have equally many axes: so (B, 1) -
// (B) is an error and never silently (B, B).
std::optional<Shape> Checker::broadcast(const Shape &a, const Shape &b, std::string &why) {
  Shape out;
  bool expandsA = a.size() < b.size(), expandsB = b.size() < a.size(), writtenOnly = true;
  size_t rank = std::max(a.size(), b.size());
  for (size_t back = 1; back <= rank; ++back) {
    const ShapeElem *ea = back <= a.size() ? &a[a.size() - back] : nullptr;
    const ShapeElem *eb = back <= b.size() ? &b[b.size() - back] : nullptr;
    if (!ea || !eb) {
      out.insert(out.begin(), ea ? *ea : *eb);
      continue;
    }
    if (ea->pack == eb->pack && (ea->pack || ea->dim == eb->dim)) {
      out.insert(out.begin(), ea->literalOne ? *eb : *ea);
      continue;
    }
    bool oneA = !ea->pack && ea->dim == Dim(1), oneB = !eb->pack && eb->dim == Dim(1);
    if (oneA) {
      expandsA = true;
      writtenOnly &= ea->literalOne;
      out.insert(out.begin(), *eb);
    } else if (oneB) {
      expandsB = true;
      writtenOnly &= eb->literalOne;
      out.insert(out.begin(), *ea);
    } else if (!ea->pack && !eb->pack) {
      std::vector<DimFact> leftOver;
      if (!dimsEqual(ea->dim, eb->dim, &leftOver)) {
        why = ea->dim.str() == eb->dim.str()
                  ? "data decides each of these sizes"
                  : ea->dim.str() + " and " + eb->dim.str() + " are different sizes";
        return std::nullopt;
      }
      for (DimFact &fact : leftOver)
        noteRuntimeFact(fact);
      out.insert(out.begin(), *ea);
    } else {
      why = "the axes of `.." + (ea->pack ? ea->pack : eb->pack)->name + "` are not known to match";
      return std::nullopt;
    }
  }
  if (expandsA && expandsB && !(writtenOnly && a.size() == b.size())) {
    why = "both would have to expand, and the result would have the shape of neither";
    return std::nullopt;
  }
  return out;
}

Expr *Checker::arithmetic(BinaryOp op, Expr *lhs, Expr *rhs, Loc loc, Loc opLoc, const ast::Expr *l,
                          const ast::Expr *r) {
  // Literals and ints take the dtype of the other side.
  for (unsigned side = 0; side < 2; ++side) {
    Expr *&mine = side ? rhs : lhs, *other = side ? lhs : rhs;
    if (!isAdaptable(mine) || other->type->is(Type::Kind::Int))
      continue;
    bool needs = mine->type->is(Type::Kind::Int) || mine->type->dtype != other->type->dtype;
    if (!needs)
      continue;
    if (Expr *adapted = adapt(mine, other->type);
        adapted && !(op == BinaryOp::Pow && side == 1 && mine->kind == ExprKind::Int && false))
      mine = adapted;
  }
  const Type *a = lhs->type, *b = rhs->type;
  auto refuse = [&](DiagKind kind, std::string why) -> Diagnostic & {
    const char *verb = op == BinaryOp::Add   ? "add"
                       : op == BinaryOp::Sub ? "subtract"
                       : op == BinaryOp::Mul ? "multiply"
                       : op == BinaryOp::Div ? "divide"
                       : isComparison(op)    ? "compare"
                                             : "combine";
    auto &diag = report(kind, opLoc,
                        std::string("cannot ") + verb + " " + a->str() + " and " + b->str() +
                            (why.empty() ? "" : ": " + why));
    diag.also(lhs->loc, quoted(l, "this") + " is " + a->str());
    diag.also(rhs->loc, quoted(r, "this") + " is " + b->str());
    return diag;
  };
  bool logical = op == BinaryOp::And || op == BinaryOp::Or;
  if (a->is(Type::Kind::Int) || b->is(Type::Kind::Int)) {
    refuse(DiagKind::TypeMismatch, "");
    return errorExpr(loc);
  }
  if (a->dtype != b->dtype) {
    refuse(DiagKind::DTypeMismatch, "")
        .help(std::string("convert one of them: `") + spelling(a->dtype) + "(" +
              (r && text(r->loc).size() < 20 ? text(r->loc) : "..") + ")`");
    return errorExpr(loc);
  }
  bool isBool = a->dtype == DType::Bool;
  if (logical != isBool && !(isBool && (op == BinaryOp::Eq || op == BinaryOp::Ne))) {
    refuse(DiagKind::NotABool,
           logical ? std::string("`") + opText(op) + "` takes `bool`s" : "these are truth values");
    return errorExpr(loc);
  }
  std::string why;
  auto shape = broadcast(a->shape, b->shape, why);
  if (!shape) {
    auto &diag = refuse(DiagKind::BroadcastMismatch, why);
    explainDims(diag, a, b);
    suggestAxis(diag, a->shape, b->shape, l, r);
    return errorExpr(loc);
  }
  auto *node = make<Binary>(loc, types_.tensor(isComparison(op) ? DType::Bool : a->dtype, *shape));
  node->op = op;
  node->lhs = lhs;
  node->rhs = rhs;
  return node;
}

// (B, 1) - (B): names the fix.
void Checker::suggestAxis(Diagnostic &diag, const Shape &a, const Shape &b, const ast::Expr *l,
                          const ast::Expr *r) {
  bool shorterLeft = a.size() < b.size();
  const Shape &small = shorterLeft ? a : b, &big = shorterLeft ? b : a;
  const ast::Expr *source = shorterLeft ? l : r;
  if (small.empty() || small.size() == big.size() || !source || text(source->loc).size() > 20)
    return;
  ShapeElem one;
  one.dim = Dim(1);
  one.literalOne = true;
  std::string why;
  // Of equal rank both may expand.
  Shape led(big.size() - small.size(), one);
  led.insert(led.end(), small.begin(), small.end());
  if (broadcast(big, led, why)) {
    std::string axes;
    for (size_t i = small.size(); i < big.size(); ++i)
      axes += "new, ";
    diag.help("where both expand they need the same number of axes: `" + text(source->loc) + "[" +
              axes + "..]`");
    return;
  }
  Shape widened = small;
  widened.push_back(one);
  if (small.size() + 1 == big.size() && broadcast(big, widened, why)) {
    diag.help("add an axis: `" + text(source->loc) + "[" + (small.size() == 1 ? ":" : "..") +
              ", new]`");
    return;
  }
  // What both would become, where all other axes agree.
  const ast::Expr *bigger = shorterLeft ? r : l;
  Shape both = big;
  for (size_t back = 1; back <= small.size(); ++back) {
    ShapeElem &mine = both[both.size() - back];
    const ShapeElem &other = small[small.size() - back];
    if (!mine.pack && mine.dim == Dim(1))
      mine = other;
    else if (mine.pack != other.pack || (other.dim != Dim(1) && other.dim != mine.dim))
      return;
  }
  if (bigger && text(bigger->loc).size() <= 20)
    diag.help("expand one of them first: `" + text(bigger->loc) + ".expand" +
              types_.tensor(DType::F32, both)->str().substr(3) + "`");
}

// Leaf by leaf; scalars and trees of one scalar per leaf expand.
Expr *Checker::treeArithmetic(BinaryOp op, Expr *lhs, Expr *rhs, Loc loc, Loc opLoc) {
  auto *node = make<Binary>(loc, types_.error);
  node->op = op;
  const Type *a = lhs->type, *b = rhs->type;
  auto fits = [&](Expr *&other) {
    const Type *scalar = leafScalar((&other == &lhs ? b : a)->elems[0]);
    if (isAdaptable(other))
      if (Expr *adapted = adapt(other, scalar))
        other = adapted;
    bool fits = other->type->isScalar() && other->type->isFloat();
    if (fits && other->type != scalar)
      other = convert(other, scalar);
    return fits;
  };
  bool ok = op <= BinaryOp::Pow && op != BinaryOp::Mod;
  const Type *result = a;
  if (a->is(Type::Kind::Tree) && b->is(Type::Kind::Tree)) {
    ok &= same(a->elems[0], b->elems[0]);
    result = a->leafScalar ? b : a;
  } else if (a->is(Type::Kind::Tree)) {
    ok &= fits(rhs);
  } else {
    ok &= fits(lhs);
    result = b;
  }
  if (!ok) {
    report(DiagKind::BadOperand, opLoc,
           std::string("`") + opText(op) + "` does not take " + a->str() + " and " + b->str())
        .note("trees take + - * / ^ with trees of the same model and with scalars");
    return node;
  }
  node->type = result;
  node->lhs = lhs;
  node->rhs = rhs;
  return node;
}

// Contracts the last axis of a with the last but one of b; leading axes are equal or absent on one
// side.
Expr *Checker::matmul(Expr *lhs, Expr *rhs, Loc loc, const ast::Expr *l, const ast::Expr *r) {
  const Type *a = lhs->type, *b = rhs->type;
  DiagKind kind = DiagKind::MatmulMismatch;
  auto refuse = [&](std::string message) -> Diagnostic & {
    auto &diag = report(kind, loc, std::move(message));
    diag.also(lhs->loc, quoted(l, "this") + " is " + a->str());
    diag.also(rhs->loc, quoted(r, "this") + " is " + b->str());
    return diag;
  };
  if (!a->is(Type::Kind::Tensor) || !b->is(Type::Kind::Tensor) || a->shape.empty() ||
      b->shape.empty()) {
    refuse("`@` multiplies tensors with axes, not " + a->str() + " and " + b->str());
    return errorExpr(loc);
  }
  if (a->dtype != b->dtype || !a->isFloat()) {
    kind = DiagKind::DTypeMismatch;
    auto &diag = refuse("cannot multiply " + a->str() + " and " + b->str() + " with `@`");
    if (a->dtype != b->dtype)
      diag.help(std::string("convert one of them: `") + spelling(a->dtype) + "(..)`");
    else
      diag.help("`@` multiplies floats; convert both, such as with `f32(..)`");
    return errorExpr(loc);
  }
  const ShapeElem &k = a->shape.back(),
                  &k2 = b->shape.size() == 1 ? b->shape[0] : b->shape[b->shape.size() - 2];
  std::vector<DimFact> leftOver;
  if (k.pack || k2.pack || !dimsEqual(k.dim, k2.dim, &leftOver)) {
    auto &diag = refuse("`@` contracts " + str({k}) + " with " + str({k2}) +
                        ", and they are different sizes");
    Shape last{k}, other{k2};
    explainDims(diag, types_.tensor(b->dtype, other), types_.tensor(a->dtype, last));
    return errorExpr(loc);
  }
  for (DimFact &fact : leftOver)
    noteRuntimeFact(fact);
  // a: [batch.., rows, k], b: [batch.., k, columns]
  Shape shape(a->shape.begin(), a->shape.end() - 1), batch;
  if (b->shape.size() > 2) {
    batch.assign(b->shape.begin(), b->shape.end() - 2);
    Shape rows;
    if (!shape.empty()) {
      rows.push_back(shape.back());
      shape.pop_back();
    }
    CallState none;
    if ((!rows.empty() && rows[0].pack) || (!shape.empty() && !unifyShape(shape, batch, none))) {
      refuse("the leading axes of `@` are equal or absent on one side");
      return errorExpr(loc);
    }
    shape = batch;
    shape.insert(shape.end(), rows.begin(), rows.end());
  }
  if (b->shape.size() > 1)
    shape.push_back(b->shape.back());
  auto *node = make<Binary>(loc, types_.tensor(a->dtype, shape));
  node->op = BinaryOp::MatMul;
  node->lhs = lhs;
  node->rhs = rhs;
  return node;
}

// What a condition says about dims, if it compares two of them.
std::optional<DimFact> Checker::factOf(const ast::Expr *cond, Expr *typed) {
  if (typed->kind != ExprKind::Binary || !isComparison(as<Binary>(*typed).op))
    return std::nullopt;
  auto &binary = as<Binary>(*typed);
  if (!binary.lhs->type->is(Type::Kind::Int) || !binary.rhs->type->is(Type::Kind::Int))
    return std::nullopt;
  auto lhs = dimOf(binary.lhs), rhs = dimOf(binary.rhs);
  if (!lhs || !rhs)
    return std::nullopt;
  return DimFact{*lhs, *rhs, binary.op, text(cond->loc), cond->loc};
}

} // namespace nnc::sema
