// Places: what stands left of `=`, after `&`, and before an updating method. Indices of a place are
// evaluated once; then it can be read and written.
//
// Note [Updates in place]
// `m[k].push(x)` must not copy the list m[k]. So a place in a list or map is read by moving the
// value out of its slot (nnrt_*_take_handle); the write that follows puts the new value there. The
// outer values that were moved out on the way are kept in `held` until then.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

static const sema::Expr *baseOf(const sema::Expr &expr) {
  switch (expr.kind) {
  case sema::ExprKind::Field:
    return sema::as<sema::Field>(expr).base;
  case sema::ExprKind::Index:
    return sema::as<sema::Index>(expr).base;
  case sema::ExprKind::Convert:
    return sema::as<sema::Convert>(expr).value;
  case sema::ExprKind::Prim: {
    auto &prim = sema::as<sema::Prim>(expr);
    return prim.name == "params" ? prim.args[0].value : nullptr;
  }
  default:
    return nullptr;
  }
}

static bool inContainer(const sema::Expr &expr) {
  for (const sema::Expr *e = &expr; e; e = baseOf(*e))
    if (e->kind == sema::ExprKind::Index &&
        !sema::as<sema::Index>(*e).base->type->is(TypeKind::Tensor))
      return true;
  return false;
}

Generator::Place Generator::placeOf(const sema::Expr &expr) {
  Place place;
  place.expr = &expr;
  if (const sema::Expr *base = baseOf(expr))
    place.base = std::make_shared<Place>(placeOf(*base));
  if (expr.kind == sema::ExprKind::Tuple)
    for (const sema::Expr *elem : sema::as<sema::TupleExpr>(expr).elems)
      place.parts.push_back(placeOf(*elem));
  if (expr.kind != sema::ExprKind::Index)
    return place;
  auto &index = sema::as<sema::Index>(expr);
  if (index.base->type->is(TypeKind::Tensor))
    place.box = boxOf(index, shapeOf(toTensor(load(*place.base), {}, expr.loc)));
  else if (index.items[0].kind == sema::IndexItem::Kind::At)
    place.key = carriedForm(eval(*index.items[0].at), nullptr, frame->scope);
  else
    unsupported(expr.loc, "a slice of a list or text cannot be assigned to");
  return place;
}

/// The places of & arguments. Values are moved out of containers only where one place alone does
/// it.
std::vector<Generator::Place> Generator::placesOf(const std::vector<sema::Arg> &args) {
  std::vector<Place> places(args.size());
  unsigned inside = 0;
  for (size_t i = 0; i < args.size(); ++i)
    if (args[i].byRef) {
      places[i] = placeOf(*args[i].value);
      inside += inContainer(*args[i].value);
    }
  for (Place &place : places)
    place.take = inside == 1;
  return places;
}

/// The value at a place.
Val Generator::load(Place &place) { return load(place, place.take); }

Val Generator::load(Place &place, bool take) {
  const sema::Expr &expr = *place.expr;
  if (place.held)
    return *place.held;
  switch (expr.kind) {
  case sema::ExprKind::Field: {
    Val base = load(*place.base, take);
    return evalField(base, place.base->expr->type, sema::as<sema::Field>(expr).index);
  }
  case sema::ExprKind::Index: {
    auto &index = sema::as<sema::Index>(expr);
    const sema::Type &type = *index.base->type;
    Val base = load(*place.base, take);
    Val value;
    if (type.is(TypeKind::Map)) {
      Value entry = findEntry(base.v, type, place.key, true);
      value = mapEntry(base.v, type, entry, take);
    } else if (type.is(TypeKind::List)) {
      value = listElement(runtimeHandle(base, type), type, place.key.size, take);
    } else if (type.is(TypeKind::Tensor)) {
      return readBox(index, base.v, place.box);
    } else {
      return indexValue(index, base, place.key);
    }
    if (take)
      place.held = std::make_shared<Val>(value);
    return value;
  }
  case sema::ExprKind::Convert:
  case sema::ExprKind::Tuple:
  default:
    return eval(expr);
  }
}

/// Writes a place; the parts of the value around it stay.
void Generator::store(Place &place, Val value) {
  const sema::Expr &expr = *place.expr;
  auto outer = [&] { return load(*place.base, false); };
  switch (expr.kind) {
  case sema::ExprKind::VarRef: {
    const sema::Var *var = sema::as<sema::VarRef>(expr).var;
    if (var->type && var->type->is(TypeKind::Tensor) && !value.is(Val::Kind::Bool) &&
        !value.is(Val::Kind::Unit))
      value = Val::tensor(toTensor(value, elementType(var->type->dtype), expr.loc));
    if (value.is(Val::Kind::Tree) && var->type && var->type->is(TypeKind::Tree))
      value = cleaned(value, *var->type->elems[0], frame->scope);
    lookup(var) = std::move(value);
    return;
  }
  case sema::ExprKind::Tuple:
    for (size_t i = 0; i < place.parts.size(); ++i)
      store(place.parts[i], partOf(value, expr.type, i));
    return;
  case sema::ExprKind::Field: {
    auto &field = sema::as<sema::Field>(expr);
    Val base = outer();
    if (base.is(Val::Kind::Model)) {
      base.parts = modelParts(base, *field.base->type);
      base.v = base.state = nullptr;
    }
    if (base.parts.size() <= field.index)
      unsupported(expr.loc, "this field cannot be assigned to here");
    base.parts[field.index] = std::move(value);
    place.base->held = nullptr;
    store(*place.base, std::move(base));
    return;
  }
  case sema::ExprKind::Convert: // T -> T?
    if (!value.is(Val::Kind::None))
      store(*place.base, std::move(value));
    return;
  case sema::ExprKind::None:
    return; // an optional place that was left out
  case sema::ExprKind::Index: {
    auto &index = sema::as<sema::Index>(expr);
    const sema::Type &type = *index.base->type;
    place.held = nullptr;
    Val base = outer();
    place.base->held = nullptr;
    if (type.is(TypeKind::Map)) {
      store(*place.base, Val::handle(setEntry(base.v, type, place.key, value)));
    } else if (type.is(TypeKind::List)) {
      const sema::Type &elem = *type.elems[0];
      Value list =
          hostCall("nnrt_list_set" + suffix(slotOf(elem)),
                   {runtimeHandle(base, type), materialize(place.key.size), stored(value, elem)},
                   handleType(), true, {0});
      store(*place.base, Val::handle(list));
    } else if (type.is(TypeKind::Tensor)) {
      store(*place.base, writeBox(base.v, place.box, value, expr.loc));
    } else {
      store(*place.base, withElement(base, type, place.key.size, value, expr.loc));
    }
    return;
  }
  case sema::ExprKind::Prim: {
    auto &prim = sema::as<sema::Prim>(expr);
    if (prim.name == "params") {
      const sema::Type &type = *prim.args[0].value->type;
      Val model = flattened(outer(), type, frame->scope);
      model.v = cleaned(value, type, frame->scope).v;
      store(*place.base, std::move(model));
      return;
    }
    if (prim.name == "training_rng") {
      *find(&trainingRng) = std::move(value);
      return;
    }
    break;
  }
  default:
    break;
  }
  unsupported(expr.loc, "this place cannot be assigned to");
}

void Generator::assign(const sema::Expr &expr, Val value) {
  Place place = placeOf(expr);
  store(place, std::move(value));
}

/// place = value, place op= value
void Generator::execAssign(const sema::AssignStmt &stmt) {
  Val value = evalStored(*stmt.value);
  auto write = [&]() -> Val {
    loc = at(stmt.loc);
    Place place = placeOf(*stmt.place);
    bool sums = stmt.op == sema::BinaryOp::Add || stmt.op == sema::BinaryOp::Sub;
    if (sums && !place.box.gathers.empty()) {
      Val base = load(*place.base, false);
      Type element = elementOf(base.v);
      if (stmt.op == sema::BinaryOp::Sub)
        value = Val::tensor(
            elementwise("nn.neg", cast(toTensor(value, element, stmt.loc), element), element));
      store(*place.base, addToGathered(base.v, place.box, value, stmt.loc));
      return {};
    }
    bool take = inContainer(*stmt.place);
    if (stmt.op && place.box.mask && stmt.value->type->isScalar()) {
      // Computed everywhere, kept where the mask holds: no positions, so also in graphs.
      Val base = load(*place.base, false);
      Val whole = binary(*stmt.op, base, value, stmt.place->type, stmt.loc);
      store(*place.base, writeMasked(base.v, place.box, whole.v, stmt.loc));
      return {};
    }
    if (stmt.op) {
      Val old = load(place, take);
      value = binary(*stmt.op, old, value, stmt.place->type, stmt.loc);
    } else if (place.base && take) {
      load(*place.base, true);
    }
    store(place, value);
    return {};
  };
  // The value's code may have left: then nothing is stored.
  whereStaying(write, [&] { return assignedIn({}, {&stmt}); }, nullptr);
}

} // namespace nnc::irgen
