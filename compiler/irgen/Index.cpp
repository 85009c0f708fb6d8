// x[..]: reading and writing elements of tensors, lists, maps and strings.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;
using Item = sema::IndexItem;

/// A position counted from the end when negative.
Size Generator::position(const sema::Expr &expr, const Size &length) {
  Val value = eval(expr);
  Size at = value.is(Val::Kind::Int) ? value.size : Size(inGraph ? Value(nn::ToIndexOp::create(b, loc, cast(value.v, b.getI64Type()))) : Value(host::ItemOp::create(b, loc, b.getIndexType(), value.v)));
  if (at.isConstant())
    return at.constant < 0 ? arith(sema::BinaryOp::Add, length, at.constant) : at;
  Value zero = materialize(0), negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, at.value, zero);
  Value wrapped = arith::AddIOp::create(b, loc, at.value, materialize(length));
  return Size(arith::SelectOp::create(b, loc, negative, wrapped, at.value).getResult());
}

/// The plain part of an index: a box, and which of its axes of size 1 disappear. Gathers are left out.
Generator::Box Generator::boxOf(const sema::Index &expr, const std::vector<Size> &shape) {
  Box box;
  box.starts.assign(shape.size(), 0);
  box.shape = shape;
  box.dropped.assign(shape.size(), false);
  size_t consuming = 0;
  for (const Item &item : expr.items)
    consuming += item.kind != Item::Kind::New && item.kind != Item::Kind::Rest;
  size_t axis = 0;
  for (const Item &item : expr.items) {
    switch (item.kind) {
    case Item::Kind::New: box.added.push_back(axis); break;
    case Item::Kind::Rest: axis += shape.size() - consuming; break;
    case Item::Kind::At:
      box.starts[axis] = position(*item.at, shape[axis]);
      if (!inGraph && !(box.starts[axis].isConstant() && shape[axis].isConstant()))
        box.starts[axis] = Size(hostCall("nnrt_check_index", {materialize(box.starts[axis]), materialize(shape[axis])}, b.getIndexType()));
      box.shape[axis] = 1;
      box.dropped[axis++] = true;
      break;
    case Item::Kind::Slice: {
      if (item.step)
        unsupported(expr.loc, "a step in a slice is checked but not compiled yet");
      Size lo = item.lo ? position(*item.lo, shape[axis]) : Size(0);
      Size hi = item.hi ? position(*item.hi, shape[axis]) : shape[axis];
      box.starts[axis] = lo;
      box.shape[axis] = arith(sema::BinaryOp::Sub, hi, lo);
      ++axis;
      break;
    }
    case Item::Kind::Gather:
      box.gathers.push_back({axis, item.at});
      ++axis;
      break;
    }
  }
  return box;
}

Val Generator::evalIndex(const sema::Index &expr) {
  const sema::Type &type = *expr.base->type;
  Val base = eval(*expr.base);
  if (type.is(TypeKind::Map))
    return mapEntry(base.v, type, findEntry(base.v, type, eval(*expr.items[0].at), true));
  if (type.is(TypeKind::List)) {
    if (base.is(Val::Kind::List))
      base = Val::handle(runtimeHandle(base, type));
    if (expr.items[0].kind == Item::Kind::Slice) {
      Value lo = expr.items[0].lo ? materialize(eval(*expr.items[0].lo).size) : materialize(0);
      Value hi = expr.items[0].hi ? materialize(eval(*expr.items[0].hi).size) : materialize(INT64_MAX);
      return Val::handle(hostCall("nnrt_list_slice", {base.v, lo, hi}, handleType()));
    }
    return listElement(base.v, type, eval(*expr.items[0].at).size);
  }
  if (type.is(TypeKind::Str)) {
    Value text = toHandle(base, {});
    if (expr.items[0].kind == Item::Kind::Slice) {
      Value lo = expr.items[0].lo ? materialize(eval(*expr.items[0].lo).size) : materialize(0);
      Value hi = expr.items[0].hi ? materialize(eval(*expr.items[0].hi).size) : materialize(INT64_MAX);
      return string(hostCall("nnrt_str_slice", {text, lo, hi}, handleType()));
    }
    return string(hostCall("nnrt_str_at", {text, materialize(eval(*expr.items[0].at).size)}, handleType()));
  }
  if (base.is(Val::Kind::Array) || base.is(Val::Kind::Model)) {
    Val array = base;
    array.parts = modelParts(base, type);
    return elementAt(array.parts[0], position(*expr.items[0].at, lengthOf(base, type)));
  }
  Value x = base.v;
  Box box = boxOf(expr, shapeOf(x));
  if (box.shape != shapeOf(x) || llvm::is_contained(box.dropped, true))
    x = sliceAt(x, box.starts, box.shape);
  if (box.gathers.size() > 1)
    unsupported(expr.loc, "several index tensors in one bracket are checked but not compiled yet");
  std::vector<Size> shape;
  for (size_t axis = 0; axis <= box.shape.size(); ++axis) {
    for (size_t added : box.added)
      if (added == axis)
        shape.push_back(1);
    if (axis < box.shape.size() && !box.dropped[axis])
      shape.push_back(box.shape[axis]);
  }
  if (box.gathers.empty())
    return Val::tensor(reshape(x, shape));
  Value index = toTensor(eval(*box.gathers[0].second), b.getI64Type(), expr.loc);
  return Val::tensor(take(x, index, static_cast<int64_t>(box.gathers[0].first)));
}

/// base[..] = value
void Generator::assignIndex(const sema::Index &place, Val value) {
  const sema::Type &type = *place.base->type;
  Val base = eval(*place.base);
  if (type.is(TypeKind::Map)) {
    assign(*place.base, Val::handle(setEntry(base.v, type, eval(*place.items[0].at), value)));
    return;
  }
  if (type.is(TypeKind::List)) {
    bool isHandle = slotOf(*type.elems[0]) == Slotting::Handle;
    Value index = materialize(eval(*place.items[0].at).size);
    Value list = base.is(Val::Kind::List) ? runtimeHandle(base, type) : base.v;
    assign(*place.base, Val::handle(hostCall(isHandle ? "nnrt_list_set_handle" : "nnrt_list_set_i64", {list, index, stored(value, *type.elems[0])}, handleType(), true, {0})));
    return;
  }
  if (!base.is(Val::Kind::Tensor))
    unsupported(place.loc, "this place cannot be assigned to");
  Value x = base.v;
  std::vector<Size> whole = shapeOf(x);
  Box box = boxOf(place, whole);
  if (!box.gathers.empty())
    unsupported(place.loc, "assignment by an index tensor is checked but not compiled yet");
  Type element = mlir::cast<RankedTensorType>(x.getType()).getElementType();
  std::vector<Size> kept;
  for (size_t axis = 0; axis < box.shape.size(); ++axis)
    if (!box.dropped[axis])
      kept.push_back(box.shape[axis]);
  Value update = reshape(broadcast(cast(toTensor(value, element, place.loc), element), kept), box.shape);
  std::vector<Value> starts;
  for (const Size &s : box.starts)
    starts.push_back(materialize(s));
  auto updated = nn::DynamicUpdateOp::create(b, loc, x, update, starts);
  noteSizes(updated, whole);
  assign(*place.base, Val::tensor(updated));
}

Size Generator::lengthOf(const Val &stacked, const sema::Type &type) {
  if (stacked.is(Val::Kind::Tensor))
    return shapeOf(stacked.v)[0];
  return sizeOf(type.count);
}

} // namespace nnc::irgen
