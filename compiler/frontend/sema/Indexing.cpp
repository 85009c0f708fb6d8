// `x[..]`: indices of tensors, lists, maps and text, and brackets that turn out to be dims of a
// call.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

bool Checker::genericArgsOf(const ast::IndexExpr *expr, std::vector<GenericArg> &out) {
  for (const ast::Index &index : expr->indices) {
    GenericArg arg;
    arg.loc = index.loc;
    const ast::Expr *value = index.form == ast::Index::Value ? index.value : nullptr;
    if (index.form == ast::Index::Slice && index.lo && index.hi && !index.step)
      if (auto *name = index.lo->as<ast::NameExpr>()) {
        arg.name = name->name;
        value = index.hi;
      }
    if (index.form == ast::Index::Rest && index.pack) {
      auto *pack = extraNodes_.make<ast::PackDim>(index.loc);
      pack->name = index.pack;
      arg.value = pack;
    } else if (value) {
      arg.value = ast::asType(extraNodes_, value);
      arg.loc = value->loc;
    }
    if (!arg.value) {
      report(DiagKind::BadDim, index.loc, "a size or type is needed in these brackets");
      return false;
    }
    out.push_back(arg);
  }
  return true;
}

Expr *Checker::checkIndex(const ast::IndexExpr *expr, const Type *expected) {
  // `f(x).w[0]`: what the dot leads to is known when the value is.
  if (auto *field = expr->base->as<ast::FieldExpr>();
      field &&
      (field->base->is<ast::CallExpr>() || field->base->is<ast::IndexExpr>() ||
       field->base->is<ast::FieldExpr>()) &&
      !typeBeforehand(field->base) && namesCallee(expr->base) && !looksLikeType(field->base)) {
    Expr *base = check(field->base);
    if (base->type->is(Type::Kind::Error))
      return base;
    if (hasField(base->type, field->name.text)) {
      Expr *value = fieldOf(base, field, nullptr);
      return value->type->is(Type::Kind::Error) ? value : indexValue(value, expr);
    }
    std::vector<GenericArg> generics;
    if (!genericArgsOf(expr, generics))
      return errorExpr(expr->loc);
    return callMember(base, field, &generics, {}, expr->loc, expected);
  }
  if (namesCallee(expr->base)) {
    if (looksLikeType(expr->base)) {
      report(DiagKind::NotAValue, expr->loc, quoted(expr, "this") + " is a type")
          .help("build a value of it: `" + text(expr->loc) + "(..)`");
      return errorExpr(expr->loc);
    }
    return callWith(expr, {}, expr->loc, expected);
  }
  Expr *base = check(expr->base);
  return base->type->is(Type::Kind::Error) ? base : indexValue(base, expr);
}

// The part of a tuple at a place known when compiling: `x.shape[0]`.
Expr *Checker::tuplePart(Expr *base, std::optional<int64_t> index, Loc loc) {
  auto &elems = base->type->elems;
  int64_t count = base->type->is(Type::Kind::Tuple) ? int64_t(elems.size()) : 0;
  if (!count || !index || *index < -count || *index >= count) {
    report(DiagKind::BadIndex, loc,
           !count   ? base->type->str() + " cannot be indexed"
           : !index ? "the index of a tuple is known when compiling"
                    : "index " + std::to_string(*index) + " is outside of " + base->type->str());
    return errorExpr(loc);
  }
  size_t at = size_t(*index < 0 ? *index + count : *index);
  // A shape is made of sizes, which stay what they are.
  if (base->kind == ExprKind::Tuple && as<TupleExpr>(*base).elems[at]->kind == ExprKind::DimValue)
    return as<TupleExpr>(*base).elems[at];
  return field(loc, base, unsigned(at), elems[at]);
}

Expr *Checker::indexValue(Expr *base, const ast::IndexExpr *expr) {
  const Type *type = base->type;
  if (type->is(Type::Kind::Tensor))
    return indexTensor(base, expr);
  if (type->is(Type::Kind::Tuple) && expr->indices.size() == 1 &&
      expr->indices[0].form == ast::Index::Value) {
    Expr *at = checkInt(expr->indices[0].value, "an index");
    auto place = at->type->is(Type::Kind::Error) ? std::nullopt : dimOf(at);
    return at->type->is(Type::Kind::Error)
               ? at
               : tuplePart(base, place ? place->constant() : std::nullopt, expr->loc);
  }
  auto *node = make<Index>(expr->loc, types_.error);
  node->base = base;
  if (expr->indices.size() != 1 || expr->indices[0].form == ast::Index::New ||
      expr->indices[0].form == ast::Index::Rest) {
    report(DiagKind::BadIndex, expr->loc, type->str() + " takes one index");
    return node;
  }
  const ast::Index &index = expr->indices[0];
  IndexItem item;
  if (index.form == ast::Index::Value) {
    if (type->is(Type::Kind::Map)) {
      item.at = coerce(check(index.value, type->elems[0]), type->elems[0], "the key");
      node->type = item.at->type->is(Type::Kind::Error) ? types_.error : type->elems[1];
    } else if (type->is(Type::Kind::List) || type->is(Type::Kind::Array) ||
               type->is(Type::Kind::Str)) {
      item.at = checkInt(index.value, "an index");
      node->type = item.at->type->is(Type::Kind::Error) ? types_.error
                   : type->is(Type::Kind::Str)          ? types_.str
                                                        : type->elems[0];
    } else {
      auto &diag = report(DiagKind::BadIndex, expr->loc, type->str() + " cannot be indexed");
      if (type->is(Type::Kind::Tuple))
        diag.help("take it apart by a pattern: `let (a, b) = ..`");
    }
  } else {
    item.kind = IndexItem::Kind::Slice;
    if (!type->is(Type::Kind::List) && !type->is(Type::Kind::Str)) {
      report(DiagKind::BadIndex, expr->loc, type->str() + " cannot be sliced");
      return node;
    }
    item.lo = index.lo ? checkInt(index.lo, "the start of a slice") : nullptr;
    item.hi = index.hi ? checkInt(index.hi, "the end of a slice") : nullptr;
    item.step = index.step ? checkInt(index.step, "the step of a slice") : nullptr;
    node->type = type;
  }
  node->items.push_back(item);
  return node;
}

// The size that a slice of an axis leaves; ends count from the back where they are negative.
std::optional<Dim> Checker::sliceSize(const IndexItem &item, const Dim &size) {
  auto bound = [&](Expr *e, Dim otherwise) -> std::optional<Dim> {
    if (!e)
      return otherwise;
    auto dim = dimOf(e);
    if (dim && dim->constant() && *dim->constant() < 0)
      return size + *dim;
    return dim;
  };
  Dim step(1);
  if (item.step) {
    auto given = dimOf(item.step);
    if (!given || !given->constant() || *given->constant() == 0)
      return std::nullopt;
    step = *given;
  }
  bool down = *step.constant() < 0;
  auto lo = bound(item.lo, down ? size - Dim(1) : Dim(0));
  auto hi = bound(item.hi, down ? Dim(-1) : size);
  if (!lo || !hi)
    return std::nullopt;
  if (auto a = lo->constant(), n = size.constant(); !down && a && n && *a > *n)
    return std::nullopt;
  Dim count = down ? *lo - *hi : *hi - *lo, width = down ? Dim() - step : step;
  return Dim::floorDiv(count + width - Dim(1), width);
}

// The number of elements that a mask picks: data decides it, and it is one size for all uses of one
// `let`.
ShapeElem Checker::maskCount(const Expr *mask, Loc loc) {
  const Var *var = mask->kind == ExprKind::VarRef ? as<VarRef>(*mask).var : nullptr;
  bool shared = var && !var->isMutable && !var->isRef;
  DimVar *dim = shared ? maskCounts_[var] : nullptr;
  if (!dim)
    dim = newDim(kNameless, loc, DimVar::Kind::Fresh);
  if (shared)
    maskCounts_[var] = dim;
  ShapeElem count;
  count.dim = Dim(dim);
  return count;
}

// `x[mask]`: the mask has the sizes of the axes it stands for, which begin at `axis`.
bool Checker::fitsMask(const Expr *mask, const Shape &shape, size_t axis, Loc loc) {
  const Shape &wanted = mask->type->shape;
  bool fits = !wanted.empty() && axis + wanted.size() <= shape.size();
  for (size_t i = 0; fits && i < wanted.size(); ++i)
    fits = !wanted[i].pack && !shape[axis + i].pack
               ? facts_.equal(wanted[i].dim, shape[axis + i].dim)
               : wanted[i].pack == shape[axis + i].pack;
  if (!fits) {
    Shape rest(shape.begin() + axis, shape.end());
    report(DiagKind::BadIndex, loc,
           "this mask is " + mask->type->str() + ", and the axes from here on are " +
               types_.tensor(DType::Bool, rest)->str().substr(4));
  }
  return fits;
}

Expr *Checker::indexTensor(Expr *base, const ast::IndexExpr *expr) {
  const Shape &shape = base->type->shape;
  auto *node = make<Index>(expr->loc, types_.error);
  node->base = base;
  size_t taken = 0, rest = 0;
  for (const ast::Index &index : expr->indices) {
    taken += index.form == ast::Index::Value || index.form == ast::Index::Slice;
    rest += index.form == ast::Index::Rest;
  }
  bool hasPack = false;
  for (const ShapeElem &elem : shape)
    hasPack |= elem.pack != nullptr;
  if (rest > 1) {
    report(DiagKind::BadIndex, expr->loc, "`..` stands at most once in an index");
    return node;
  }
  size_t known = shape.size() - (hasPack ? 1 : 0);
  if (taken > known) {
    report(DiagKind::TooManyIndices, expr->loc,
           quoted(expr->base, "this") + " is " + base->type->str() + ", and " +
               std::to_string(taken) + " axes are indexed");
    return node;
  }
  Shape out;
  size_t axis = 0;
  Shape gathered;
  int gatherAt = -1;
  bool hasMask = false;
  auto next = [&](Loc loc) -> const ShapeElem * {
    if (axis >= shape.size() || shape[axis].pack) {
      report(DiagKind::BadIndex, loc,
             "this index would fall into the axes of `.." +
                 (axis < shape.size() ? shape[axis].pack->name : std::string()) + "`")
          .help("skip them: `x[.., i]`");
      return nullptr;
    }
    return &shape[axis++];
  };
  for (const ast::Index &index : expr->indices) {
    IndexItem item;
    switch (index.form) {
    case ast::Index::New: {
      item.kind = IndexItem::Kind::New;
      ShapeElem one;
      one.dim = Dim(1);
      one.literalOne = true;
      out.push_back(one);
      break;
    }
    case ast::Index::Rest: {
      item.kind = IndexItem::Kind::Rest;
      size_t after = 0;
      bool seen = false;
      for (const ast::Index &other : expr->indices) {
        seen |= &other == &index;
        after += seen && (other.form == ast::Index::Value || other.form == ast::Index::Slice);
      }
      while (axis + after < shape.size())
        out.push_back(shape[axis++]);
      break;
    }
    case ast::Index::Slice: {
      const ShapeElem *elem = next(index.loc);
      if (!elem)
        return node;
      item.kind = IndexItem::Kind::Slice;
      item.lo = index.lo ? checkInt(index.lo, "the start of a slice") : nullptr;
      item.hi = index.hi ? checkInt(index.hi, "the end of a slice") : nullptr;
      item.step = index.step ? checkInt(index.step, "the step of a slice") : nullptr;
      for (Expr *part : {item.lo, item.hi, item.step})
        if (part && part->type->is(Type::Kind::Error))
          return node;
      if (!item.lo && !item.hi && !item.step) {
        out.push_back(*elem);
        break;
      }
      auto size = sliceSize(item, elem->dim);
      if (size && size->constant() && *size->constant() < 0) {
        report(DiagKind::EmptySlice, index.loc,
               "this slice of an axis of " + elem->dim.str() + " ends before it begins");
        return node;
      }
      ShapeElem sliced;
      sliced.dim = size ? *size : Dim(newDim(kNameless, index.loc, DimVar::Kind::Fresh));
      out.push_back(sliced);
      break;
    }
    case ast::Index::Value: {
      const ShapeElem *elem = next(index.loc);
      if (!elem)
        return node;
      Expr *at = check(index.value, types_.integer);
      if (at->type->is(Type::Kind::Error))
        return node;
      if (at->type->is(Type::Kind::Range) || at->type->is(Type::Kind::List)) {
        ShapeElem count;
        auto size = at->type->is(Type::Kind::Range) ? rangeCount(at) : std::nullopt;
        count.dim = size ? *size : Dim(newDim(kNameless, index.loc, DimVar::Kind::Fresh));
        at = convert(at, types_.tensor(DType::I64, {count}));
      }
      item.at = at;
      if (at->type->is(Type::Kind::Tensor) && at->type->dtype == DType::Bool) {
        if (!fitsMask(at, shape, axis - 1, index.loc))
          return node;
        if (gatherAt >= 0) {
          report(DiagKind::BadIndex, index.loc,
                 "a mask is the only index by a tensor in its brackets");
          return node;
        }
        item.kind = IndexItem::Kind::Mask;
        gathered = {maskCount(at, index.loc)};
        gatherAt = int(out.size());
        hasMask = true;
        axis += at->type->shape.size() - 1;
        break;
      }
      bool integer = at->type->is(Type::Kind::Int) ||
                     (at->type->is(Type::Kind::Tensor) && at->type->dtype >= DType::I8 &&
                      at->type->dtype <= DType::U64);
      if (!integer) {
        report(DiagKind::BadIndex, index.loc,
               "an index is an `int`, a tensor of integers or a mask, not " + at->type->str());
        return node;
      }
      if (auto value = at->type->is(Type::Kind::Int) ? dimOf(at) : std::nullopt) {
        auto constant = value->constant();
        Dim needed = constant && *constant < 0 ? Dim(-*constant) : *value + Dim(1);
        if (facts_.prove(needed, BinaryOp::Le, elem->dim) == Proof::No) {
          report(DiagKind::OutOfRange, index.loc,
                 "index " + value->str() + " is outside of an axis of " + elem->dim.str());
          return node;
        }
      }
      if (!at->type->is(Type::Kind::Int) && !at->type->shape.empty()) {
        item.kind = IndexItem::Kind::Gather;
        if (hasMask) {
          report(DiagKind::BadIndex, index.loc,
                 "a mask is the only index by a tensor in its brackets");
          return node;
        }
        std::string why;
        auto both = gatherAt < 0 ? std::optional<Shape>(at->type->shape)
                                 : broadcast(gathered, at->type->shape, why);
        if (!both) {
          report(DiagKind::BadIndex, index.loc,
                 "the index tensors of one bracket have one shape: " + why);
          return node;
        }
        gathered = *both;
        gatherAt = gatherAt < 0 ? int(out.size()) : gatherAt;
      }
      break;
    }
    }
    node->items.push_back(item);
  }
  while (axis < shape.size())
    out.push_back(shape[axis++]);
  if (gatherAt >= 0)
    out.insert(out.begin() + gatherAt, gathered.begin(), gathered.end());
  node->type = types_.tensor(base->type->dtype, out);
  return node;
}

} // namespace nnc::sema
