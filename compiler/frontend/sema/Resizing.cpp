// Variables whose size changes.
//
// Note [Sizes that change]
// `var v: f32[?N]` may hold another size after each assignment. The type of such a Var is open: its
// dims `?N` stand for no size. What v is at the place at hand is in `now_`: the type of the value
// assigned last. Where ways meet that leave v in different sizes (branches, turns of a loop, calls
// that may have assigned it) it has a new size without a name. A body that may run several times is
// checked as if it kept all sizes; where it does not, once more with new sizes at its start.
// A `var` of a struct with fields `?N` has a number instead of a type: each has new sizes.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

bool Checker::canResize(const Type *type) {
  switch (type->kind) {
  case Type::Kind::Tensor:
    return true;
  case Type::Kind::Optional:
  case Type::Kind::Tuple:
    for (const Type *elem : type->elems)
      if (!canResize(elem) && !elem->is(Type::Kind::Int) && !elem->is(Type::Kind::Str))
        return false;
    return true;
  default:
    return false;
  }
}

// The type with its `?` dims, or those of `dims` alone, as open ones, shown as `?N`; null where
// there are none or where the type cannot change its size.
const Type *Checker::opened(const Type *type, const std::set<const DimVar *> *dims) {
  Subst subst;
  std::set<const DimVar *> all;
  freeDims(type, all);
  for (const DimVar *dim : all)
    if (dims ? dims->count(dim) != 0 : dim->kind == DimVar::Kind::Fresh) {
      std::string name = dim->name[0] == '?' ? dim->name : "?" + dim->name;
      subst.dims.dims[dim] = Dim(newDim(name, dim->loc, DimVar::Kind::Fresh));
    }
  return subst.dims.dims.empty() || !canResize(type) ? nullptr : substType(type, subst);
}

// The open type that `var v: T` declares; null where its size is fixed.
const Type *Checker::openType(const ast::TypeExpr *annotation) {
  if (!annotation || !mentionsFresh(annotation))
    return nullptr;
  Saved saved(*this);
  size_t reported = diags_.count();
  openScope(); // so that `?N` is no size that is known already
  const Type *type = resolveType(annotation);
  diags_.forget(reported);
  return type->is(Type::Kind::Error) ? nullptr : opened(type);
}

void Checker::startSizes(Var *var, const Type *open, const Type *now) {
  var->type = open;
  var->resizes = true;
  now_[var] = {now, nextId_++};
}

const Type *Checker::typeNow(const Var *var) {
  auto it = var->resizes ? now_.find(var) : now_.end();
  return it == now_.end() ? var->type : it->second.type;
}

// Sizes of which nothing is known.
void Checker::renew(const Var *var) {
  const Type *type = nullptr;
  if (var->resizes) {
    Subst subst;
    for (const DimVar *dim : freshDims(var->type))
      subst.dims.dims[dim] = Dim(newDim(kNameless, dim->loc, DimVar::Kind::Fresh));
    type = substType(var->type, subst);
    unnamed_.insert(var);
  }
  now_[var] = {type, nextId_++};
}

bool Checker::sameSizes(const SizesNow &a, const SizesNow &b) {
  return a.number == b.number || (a.type && b.type && same(a.type, b.type));
}

// Ways meet: each leaves the variables of `before` in the sizes of `ends`. Says whether a variable
// has a new size for it.
bool Checker::meet(const Sizes &before, const std::vector<Sizes> &ends) {
  bool differs = false;
  for (auto &[var, start] : before) {
    bool kept = true;
    for (const Sizes &end : ends)
      if (auto it = end.find(var); it != end.end())
        kept &= sameSizes(start, it->second);
    if (kept) {
      now_[var] = start;
      continue;
    }
    renew(var);
    differs |= var->resizes;
  }
  return differs;
}

// Checks what may run any number of times; a variable whose size it changes, or null.
const Var *Checker::repeated(bool isLoop, const std::function<void()> &body) {
  const Sizes before = now_;
  std::set<const Var *> changing;
  Flow *outerFlow = flow_;
  Flow flow;
  auto facts = topFacts_;
  auto unnamed = unnamed_;
  const Type *returned = frame_->returned;
  size_t reported = diags_.count(), checks = frame_->fn ? frame_->fn->checks.size() : 0;
  for (bool again = true; again;) {
    flow = {};
    flow_ = isLoop ? &flow : nullptr;
    body();
    flow.continues.push_back(now_);
    again = false;
    for (auto &[var, start] : before)
      for (const Sizes &end : flow.continues)
        if (!changing.count(var) && !sameSizes(start, end.at(var)))
          again = changing.insert(var).second;
    if (!again)
      break;
    diags_.forget(reported);
    if (frame_->fn)
      frame_->fn->checks.resize(checks);
    frame_->returned = returned;
    topFacts_ = facts;
    unnamed_ = unnamed;
    now_ = before;
    for (const Var *var : changing)
      renew(var);
  }
  flow_ = outerFlow;
  unnamed_ = unnamed;
  const Var *resized = nullptr;
  for (auto &[var, start] : before) {
    bool kept = !changing.count(var);
    for (const Sizes &end : flow.breaks)
      kept &= sameSizes(start, end.at(var));
    if (kept) {
      now_[var] = start;
      continue;
    }
    renew(var);
    if (var->resizes)
      resized = var;
  }
  return resized;
}

// Gives the sizes that came about in an expression their values, by reading the variable.
void Checker::nameSizes(Block &out) {
  for (const Var *var : unnamed_) {
    auto it = now_.find(var);
    if (it == now_.end())
      continue;
    Var *seen = newVar({var->name, var->loc}, it->second.type, false);
    usedVars_.insert(seen);
    out.stmts.push_back(letOf(seen, varRef(var->loc, const_cast<Var *>(var))));
  }
  unnamed_.clear();
}

// A variable that was handed to a call for update, which may give it another size: when the call is
// over, its sizes are new.
bool Checker::handOver(Expr *place, const Var *param, bool resized, const std::string &shown) {
  const Expr *root = place;
  while (root->kind == ExprKind::Field)
    root = as<Field>(*root).base;
  Var *var = root->kind == ExprKind::VarRef ? as<VarRef>(*root).var : nullptr;
  if (var && root == place && var->resizes) {
    if (resized) {
      var->resized = true;
      handedOver_.insert(var);
    }
    return true;
  }
  if (var && now_.count(var) && !var->resizes)
    handedOver_.insert(var);
  if (!resized || !param || openPlace(place))
    return true;
  report(DiagKind::FixedSize, place->loc,
         "`" + shown + "` may change the size of `" + param->name + "`, and `" + text(place->loc) +
             "` keeps its own")
      .label("is " + place->type->str())
      .help("declare it with a size that changes: `var x: " + param->type->str() + " = ..`");
  return false;
}

// ---- assignments

// The open type of what stands left of `=`; null where its sizes stay.
const Type *Checker::openPlace(const Expr *place) {
  if (place->kind == ExprKind::VarRef)
    return as<VarRef>(*place).var->resizes ? as<VarRef>(*place).var->type : nullptr;
  if (place->kind == ExprKind::Tuple) {
    TypeContext::List parts;
    bool open = false;
    for (const Expr *elem : as<TupleExpr>(*place).elems) {
      const Type *part = openPlace(elem);
      open |= part != nullptr;
      parts.push_back(part ? part : elem->type);
    }
    return open ? types_.tuple(std::move(parts)) : nullptr;
  }
  if (place->kind != ExprKind::Field)
    return nullptr;
  auto &field = as<Field>(*place);
  return openField(field.base->type, field.index);
}

// The open type of a field whose size no other one has; else null.
const Type *Checker::openField(const Type *whole, unsigned index) {
  if (!whole->is(Type::Kind::Struct) || whole->isModel())
    return nullptr;
  std::set<const DimVar *> others;
  for (unsigned i = 0; i < whole->structInfo->fields.size(); ++i)
    if (i != index)
      freeDims(fieldType(whole, i), others);
  const Type *type = fieldType(whole, index);
  for (const DimVar *dim : freshDims(type))
    if (others.count(dim))
      return nullptr; // fields share it
  return opened(type);
}

// A value as one of the open type; `now` is what it is then. Null where it does not fit.
Expr *Checker::fitOpen(Expr *value, const Type *open, const Type *&now) {
  if (value->type->is(Type::Kind::Error))
    return value;
  if (open->is(Type::Kind::Tensor))
    if (Expr *tensor = asTensor(value, open->dtype))
      value = tensor;
  if (open->is(Type::Kind::Optional) && !value->type->is(Type::Kind::Optional)) {
    value = fitOpen(value, open->elems[0], now);
    now = value ? types_.optional(now) : now;
    return value ? convert(value, now) : nullptr;
  }
  if (open->is(Type::Kind::Optional) && value->type->elems[0]->is(Type::Kind::Never))
    return value->type = now = refreshed(open), value;
  if (open->is(Type::Kind::Tuple) && value->kind == ExprKind::Tuple &&
      value->type->elems.size() == open->elems.size()) {
    auto *tuple = make<TupleExpr>(value->loc, nullptr);
    TypeContext::List parts;
    for (size_t i = 0; i < open->elems.size(); ++i) {
      tuple->elems.push_back(fitOpen(as<TupleExpr>(*value).elems[i], open->elems[i], now));
      if (!tuple->elems.back())
        return nullptr;
      parts.push_back(now);
    }
    tuple->type = types_.tuple(std::move(parts));
    value = tuple;
  }
  CallState match;
  for (const DimVar *dim : freshDims(open))
    if (dim->name[0] == '?' && dim->name != kNameless)
      match.openDims.insert(dim);
  if (match.openDims.empty()) {
    now = open;
    return tryCoerce(value, open);
  }
  if (!unify(open, value->type, match) || !solvePending(match))
    return nullptr;
  for (DimFact &fact : match.leftOver) {
    fact.loc = value->loc;
    noteRuntimeFact(fact);
  }
  now = substType(open, match.subst);
  return value;
}

// Whether the type asks for a value of any size: it has dims `?N` that stand for none.
bool Checker::isOpen(const Type *type) {
  if (!type || !canResize(type))
    return false;
  for (const ShapeElem &elem : type->shape) {
    std::set<const DimVar *> dims;
    if (!elem.pack && !elem.dim.constant())
      collectVars(elem.dim, dims);
    for (const DimVar *dim : dims)
      if (dim->name[0] == '?' && dim->name != kNameless)
        return true;
  }
  for (const Type *elem : type->elems)
    if (isOpen(elem))
      return true;
  return false;
}

// What a value of type `a` or `b` is: where their sizes differ, in one of which nothing is known.
const Type *Checker::merged(const Type *open, const Type *a, const Type *b) {
  CallState in[2];
  for (const DimVar *dim : freshDims(open))
    if (dim->name != kNameless)
      in[0].openDims.insert(dim), in[1].openDims.insert(dim);
  if (!unify(open, a, in[0]) || !unify(open, b, in[1]))
    return nullptr;
  Subst subst;
  for (const DimVar *dim : in[0].openDims) {
    const Dim &x = in[0].subst.dims.dims[dim], &y = in[1].subst.dims.dims[dim];
    subst.dims.dims[dim] =
        dimsEqual(x, y, nullptr) ? x : Dim(newDim(kNameless, dim->loc, DimVar::Kind::Fresh));
  }
  return substType(open, subst);
}

// The common type of branches whose place asks for a value of any size; null where one does not
// fit.
const Type *Checker::joinSizes(const std::vector<Expr **> &branches, const Type *open,
                               bool &resizes) {
  const Type *all = nullptr;
  bool differ = false;
  for (Expr **branch : branches) {
    if ((*branch)->type->is(Type::Kind::Never))
      continue;
    const Type *now = nullptr;
    Expr *fitting = fitOpen(*branch, open, now);
    if (!fitting || fitting->type->is(Type::Kind::Error))
      return fitting ? fitting->type : nullptr;
    *branch = fitting;
    const Type *before = all;
    all = all ? merged(open, all, now) : now;
    if (!all)
      return nullptr;
    differ |= before && !same(before, all);
  }
  resizes |= differ;
  return all;
}

// The sizes after an assignment to the place.
void Checker::assigned(const Expr *place, const Type *now) {
  if (place->kind == ExprKind::Tuple) {
    auto &parts = as<TupleExpr>(*place).elems;
    for (size_t i = 0; i < parts.size(); ++i)
      assigned(parts[i], now->is(Type::Kind::Tuple) ? now->elems[i] : parts[i]->type);
    return;
  }
  if (place->type->is(Type::Kind::Tensor) && !openPlace(place))
    return; // it has the size that it had
  const Expr *root = place;
  while (root->kind == ExprKind::Field)
    root = as<Field>(*root).base;
  Var *var = root->kind == ExprKind::VarRef ? as<VarRef>(*root).var : nullptr;
  auto known = var ? now_.find(var) : now_.end();
  if (known == now_.end())
    return;
  if (!var->resizes) {
    known->second.number = nextId_++;
    return;
  }
  var->resized |= !same(now, known->second.type);
  known->second = {now, nextId_++};
}

// Branches of two sizes where none says that it may be any: how to say so.
void Checker::explainSizes(const Expr *a, const Expr *b) {
  const Type *x = a->type, *y = b->type;
  if (!x->is(Type::Kind::Tensor) || !y->is(Type::Kind::Tensor) || x->dtype != y->dtype ||
      x->shape.size() != y->shape.size())
    return;
  std::string sizes, names = "NMKL";
  size_t name = 0;
  for (size_t i = 0; i < x->shape.size(); ++i) {
    bool differ = !(x->shape[i] == y->shape[i]) && name < names.size();
    sizes += (i ? ", " : "") +
             (differ ? std::string("?") + names[name++] : nnc::sema::str(Shape{x->shape[i]}));
  }
  diags_.last().help(std::string("where it may have either size, say so: `let x: ") +
                     spelling(x->dtype) + "[" + sizes + "] = ..`");
}

// Why a place cannot take a value of another size.
void Checker::explainFixedSize(const Expr *place, const Type *given) {
  const Type *type = place->type;
  if (!type->is(Type::Kind::Tensor) || !given->is(Type::Kind::Tensor) ||
      type->dtype != given->dtype || type->shape.size() != given->shape.size())
    return;
  Diagnostic &diag = diags_.last();
  if (place->kind == ExprKind::VarRef && !as<VarRef>(*place).var->isRef && diag.helpText.empty()) {
    std::string sizes;
    for (const ShapeElem &elem : type->shape)
      sizes += (sizes.empty() ? "" : ", ") +
               (sizes.empty() && !elem.pack ? "?N" : nnc::sema::str(Shape{elem}));
    diag.help("a `var` whose size may change says so: `var " + as<VarRef>(*place).var->name + ": " +
              spelling(type->dtype) + "[" + sizes + "] = ..`");
  }
  bool isField = place->kind == ExprKind::Field && !as<Field>(*place).base->type->isModel();
  if (isField && !freshDims(type).empty() && !openPlace(place))
    diag.note("other fields of the value have this size, too: assign all of them at once");
}

} // namespace nnc::sema
