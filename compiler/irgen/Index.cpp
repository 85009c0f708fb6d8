// x[..]: reading and writing elements of tensors, lists, maps and strings.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;
using Item = sema::IndexItem;
using Op = sema::BinaryOp;

/// An integer as a size: of the host, or in a graph.
Size Generator::asSize(const Val &value) {
  if (value.is(Val::Kind::Int))
    return value.size;
  Value number = toTensor(value, {}, {});
  if (inGraph)
    return Size(nn::ToIndexOp::create(b, loc, cast(number, b.getI64Type())).getResult());
  return Size(host::ItemOp::create(b, loc, b.getIndexType(), number).getResult());
}

/// A position counted from the end when negative.
Size Generator::position(const Size &at, const Size &length) {
  if (at.isConstant())
    return at.constant < 0 ? arith(Op::Add, length, at.constant) : at;
  Value zero = materialize(0),
        negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, at.value, zero);
  Value wrapped = arith::AddIOp::create(b, loc, at.value, materialize(length));
  return Size(arith::SelectOp::create(b, loc, negative, wrapped, at.value).getResult());
}

/// start, start + step, ... as a tensor of indices.
Value Generator::steps(const Size &start, int64_t step, const Size &count) {
  Type i64 = b.getI64Type();
  Value index =
      tensorOp("nn.iota", {}, i64, {count}, b.getNamedAttr("axis", b.getI64IntegerAttr(0)), true);
  if (step != 1)
    index = elementwise2("nn.mul", index, constantTensor(static_cast<double>(step), i64));
  if (start.isConstant() && start.constant == 0)
    return index;
  return elementwise2("nn.add", index, toTensor(Val::integer(start), i64, {}));
}

/// The index evaluated: a box, which of its axes of size 1 disappear, and index tensors. Out of
/// range is found here on the host; in a graph it is clamped.
Generator::Box Generator::boxOf(const sema::Index &expr, const Sizes &shape) {
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
    case Item::Kind::New:
      box.added.push_back(axis);
      break;
    case Item::Kind::Rest:
      axis += shape.size() - consuming;
      break;
    case Item::Kind::At: {
      Size at = asSize(eval(*item.at));
      bool inside = at.isConstant() && shape[axis].isConstant() &&
                    at.constant >= -shape[axis].constant && at.constant < shape[axis].constant;
      if (!inGraph && !inside) // which also counts from the end
        box.starts[axis] = Size(hostCall(
            "nnrt_check_index", {materialize(at), materialize(shape[axis])}, b.getIndexType()));
      else
        box.starts[axis] = position(at, shape[axis]);
      if (box.starts[axis].isConstant() && shape[axis].isConstant() &&
          (box.starts[axis].constant < 0 || box.starts[axis].constant >= shape[axis].constant))
        unsupported(item.at->loc,
                    "this index is outside of an axis of " + std::to_string(shape[axis].constant),
                    DiagKind::OutOfRange);
      box.shape[axis] = 1;
      box.dropped[axis++] = true;
      break;
    }
    case Item::Kind::Slice:
      sliceAxis(item, box, axis++, expr.loc);
      break;
    case Item::Kind::Gather: {
      Value index = toTensor(eval(*item.at), b.getI64Type(), expr.loc);
      if (!elementOf(index).isSignlessInteger(32) && !elementOf(index).isSignlessInteger(64))
        index = cast(index, b.getI64Type());
      checkIndices(index, shape[axis]);
      box.gathers.push_back({axis++, index});
      break;
    }
    case Item::Kind::Mask:
      box.mask = toTensor(eval(*item.at), b.getI1Type(), expr.loc);
      box.maskAxis = axis;
      axis += shapeOf(box.mask).size();
      break;
    }
  }
  return box;
}

/// lo:hi:step on one axis.
void Generator::sliceAxis(const Item &item, Box &box, size_t axis, Loc where) {
  Size length = box.shape[axis];
  Size step = item.step ? eval(*item.step).size : Size(1);
  if (!step.isConstant() || step.constant == 0)
    unsupported(where, "the step of a slice must be known when compiling, and not be 0");
  bool down = step.constant < 0;
  Size lo = item.lo ? position(asSize(eval(*item.lo)), length)
            : down  ? arith(Op::Sub, length, 1)
                    : Size(0);
  Size hi = item.hi ? position(asSize(eval(*item.hi)), length) : down ? Size(-1) : length;
  if (item.lo || item.hi) {
    // The elements that a slice downwards walks over are hi + 1 .. lo.
    Size first = down ? arith(Op::Add, hi, 1) : lo, last = down ? arith(Op::Add, lo, 1) : hi;
    bool known = first.isConstant() && last.isConstant() && length.isConstant();
    bool outside = known && (first.constant < 0 || last.constant > length.constant ||
                             first.constant > last.constant);
    if (outside && inGraph)
      unsupported(where, "this slice is outside of an axis of " + std::to_string(length.constant),
                  DiagKind::OutOfRange);
    if ((outside || !known) && !inGraph && !(first == Size(0) && last == length))
      hostCall("nnrt_check_slice", {materialize(first), materialize(last), materialize(length)},
               {});
    if (outside) { // what follows is never reached, and needs sizes all the same
      lo = down ? length.constant - 1 : 0;
      hi = down ? -1 : length.constant;
    }
  }
  Size span = down ? arith(Op::Sub, lo, hi) : arith(Op::Sub, hi, lo);
  int64_t width = down ? -step.constant : step.constant;
  if (width == 1 && !down) {
    box.starts[axis] = lo;
    box.shape[axis] = span;
    return;
  }
  Size count = arith(Op::RangeIncl, arith(Op::Div, arith(Op::Add, span, width - 1), width), 0);
  box.stepped.push_back({axis, steps(lo, step.constant, count)});
}

/// On the host, indices outside of 0..length stop the program.
void Generator::checkIndices(Value index, const Size &length) {
  if (inGraph)
    return;
  if (Operation *op = index.getDefiningOp();
      op && op->getName().getStringRef() == "nn.iota" && shapeOf(index)[0] == length)
    return;
  // A negative one becomes larger than the axis, so that one maximum tells.
  Type i64 = b.getI64Type();
  Value wide = cast(index, i64), size = toTensor(Val::integer(length), i64, {});
  Value shown = elementwise2("nn.sub", size, wide);
  Value judged =
      elementwise("nn.select", {compare("lt", wide, constantTensor(0, i64)), shown, wide}, i64);
  std::vector<int64_t> axes;
  for (size_t i = 0; i < shapeOf(index).size(); ++i)
    axes.push_back(static_cast<int64_t>(i));
  Value worst =
      host::ItemOp::create(b, loc, b.getIndexType(), reduce("nn.reduce_max", judged, axes, false));
  Value outside =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, worst, materialize(length));
  scf::IfOp::create(b, loc, outside, [&](OpBuilder &, Location) {
    hostCall("nnrt_fail_text", {text("an index tensor has an element that is outside of its axis")},
             {});
    scf::YieldOp::create(b, loc);
  });
}

/// The indices of one bracket as tensors of one shape.
Values Generator::pairedIndices(const Box &box) {
  Values indices;
  for (auto &[axis, index] : box.gathers)
    indices.push_back(cast(index, b.getI64Type()));
  Sizes shape = shapeOf(indices[0]);
  for (size_t i = 1; i < indices.size(); ++i)
    shape = shapeOf(elementwise2(
        "nn.add",
        tensorOp("nn.full", constantTensor(0, b.getI64Type()), b.getI64Type(), shape, {}, true),
        indices[i]));
  for (Value &index : indices)
    index = broadcast(index, shape);
  return indices;
}

Value Generator::transpose(Value x, const std::vector<int64_t> &perm) {
  bool same = true;
  Sizes from = shapeOf(x), to;
  for (size_t i = 0; i < perm.size(); ++i) {
    same &= perm[i] == static_cast<int64_t>(i);
    to.push_back(from[perm[i]]);
  }
  return same ? x
              : tensorOp("nn.transpose", x, elementOf(x), to,
                         b.getNamedAttr("perm", b.getDenseI64ArrayAttr(perm)));
}

/// Several index tensors are one index into their axes laid together: x[i, j] is rows[i * n + j].
/// Gives x with these axes as its first one, that index, and the order to undo the first.
Generator::Joined Generator::joinAxes(Value x, const std::vector<std::pair<size_t, Value>> &gathers,
                                      const Values &indices) {
  Sizes shape = shapeOf(x);
  Joined joined;
  Size rows = 1;
  for (auto &[axis, index] : gathers)
    joined.order.push_back(static_cast<int64_t>(axis));
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (!llvm::is_contained(joined.order, static_cast<int64_t>(axis)))
      joined.order.push_back(static_cast<int64_t>(axis));
  Type i64 = b.getI64Type();
  for (size_t i = 0; i < gathers.size(); ++i) {
    const Size &n = shape[gathers[i].first];
    joined.index =
        i ? elementwise2("nn.add",
                         elementwise2("nn.mul", joined.index, toTensor(Val::integer(n), i64, {})),
                         indices[i])
          : indices[0];
    rows = arith(Op::Mul, rows, n);
  }
  Value front = transpose(x, joined.order);
  joined.front = shapeOf(front);
  Sizes flat{rows};
  flat.insert(flat.end(), joined.front.begin() + gathers.size(), joined.front.end());
  joined.x = reshape(front, flat);
  return joined;
}

/// The value of an index into a tensor.
Val Generator::readBox(const sema::Index &expr, Value x, const Box &given) {
  Box box = withPositions(given, expr.loc);
  if (box.shape != shapeOf(x) || llvm::is_contained(box.dropped, true))
    x = sliceAt(x, box.starts, box.shape);
  for (auto &[axis, index] : box.stepped)
    x = take(x, index, static_cast<int64_t>(axis));
  Sizes whole = shapeOf(x), kept;
  std::vector<size_t> place(whole.size() + 1); // where an axis is without the dropped ones
  for (size_t axis = 0; axis <= whole.size(); ++axis) {
    place[axis] = kept.size();
    if (axis < whole.size() && !box.dropped[axis])
      kept.push_back(whole[axis]);
  }
  x = reshape(x, kept);
  std::vector<size_t> added; // positions among the kept axes, before gathering
  for (size_t axis : box.added)
    added.push_back(place[axis]);
  if (!box.gathers.empty()) {
    Values indices = pairedIndices(box);
    size_t rank = shapeOf(indices[0]).size(), first = place[box.gathers[0].first];
    if (box.gathers.size() == 1) {
      x = take(x, box.gathers[0].second, static_cast<int64_t>(first));
    } else {
      std::vector<std::pair<size_t, Value>> moved;
      for (auto &[axis, index] : box.gathers)
        moved.push_back({place[axis], index});
      Joined joined = joinAxes(x, moved, indices);
      x = take(joined.x, joined.index, 0);
      // The index's axes stand where the first gathered axis was.
      std::vector<int64_t> perm;
      for (size_t i = 0; i < first; ++i)
        perm.push_back(static_cast<int64_t>(rank + i));
      for (size_t i = 0; i < rank; ++i)
        perm.push_back(static_cast<int64_t>(i));
      for (size_t i = rank + first; i < shapeOf(x).size(); ++i)
        perm.push_back(static_cast<int64_t>(i));
      x = transpose(x, perm);
    }
    for (size_t &at : added) {
      size_t before = 0;
      for (auto &[axis, index] : box.gathers)
        before += place[axis] < at;
      if (before)
        at = at - before + rank;
    }
  }
  if (added.empty())
    return Val::tensor(x);
  Sizes shape, now = shapeOf(x);
  for (size_t axis = 0; axis <= now.size(); ++axis) {
    shape.insert(shape.end(), llvm::count(added, axis), Size(1));
    if (axis < now.size())
      shape.push_back(now[axis]);
  }
  return Val::tensor(reshape(x, shape));
}

Val Generator::evalIndex(const sema::Index &expr) {
  const sema::Type &type = *expr.base->type;
  Val base = eval(*expr.base);
  if (type.is(TypeKind::Tensor)) {
    Value x = toTensor(base, elementType(type.dtype), expr.loc);
    return readBox(expr, x, boxOf(expr, shapeOf(x)));
  }
  if (expr.items[0].kind == Item::Kind::Slice) {
    if (expr.items[0].step)
      unsupported(expr.loc, "a step in a slice of a list or text is not compiled");
    Value lo = materialize(expr.items[0].lo ? asSize(eval(*expr.items[0].lo)) : Size(0));
    Value hi = materialize(expr.items[0].hi ? asSize(eval(*expr.items[0].hi)) : Size(INT64_MAX));
    if (type.is(TypeKind::Str))
      return string(hostCall("nnrt_str_slice", {toHandle(base, {}), lo, hi}, handleType()));
    return Val::handle(
        hostCall("nnrt_list_slice", {runtimeHandle(base, type), lo, hi}, handleType()));
  }
  return indexValue(expr, base, eval(*expr.items[0].at));
}

/// base[key] of everything that is no tensor.
Val Generator::indexValue(const sema::Index &expr, const Val &base, const Val &key) {
  const sema::Type &type = *expr.base->type;
  if (type.is(TypeKind::Map))
    return mapEntry(base.v, type, findEntry(base.v, type, key, true));
  if (type.is(TypeKind::Str))
    return string(
        hostCall("nnrt_str_at", {toHandle(base, {}), materialize(asSize(key))}, handleType()));
  if (type.is(TypeKind::List) || base.is(Val::Kind::Handle)) {
    if (base.is(Val::Kind::List) && key.is(Val::Kind::Int) && key.size.isConstant() &&
        key.size.constant >= 0 && key.size.constant < static_cast<int64_t>(base.parts.size()))
      return base.parts[key.size.constant];
    return listElement(runtimeHandle(base, type), type, asSize(key));
  }
  Size at = asSize(key), length = lengthOf(base, type);
  if (at.isConstant() && at.constant < 0)
    at = arith(Op::Add, length, at.constant);
  if (base.is(Val::Kind::List) || base.is(Val::Kind::Aggregate)) {
    if (!at.isConstant() || at.constant < 0 ||
        at.constant >= static_cast<int64_t>(base.parts.size()))
      unsupported(expr.loc, "this index must be known when compiling, and inside of the array");
    return base.parts[at.constant];
  }
  if (!inGraph && !(at.isConstant() && length.isConstant() && at.constant < length.constant))
    at = Size(
        hostCall("nnrt_check_index", {materialize(at), materialize(length)}, b.getIndexType()));
  return elementOfStack(base, type, at);
}

/// An array with one element replaced.
Val Generator::withElement(const Val &array, const sema::Type &type, const Size &at,
                           const Val &value, Loc where) {
  if (array.is(Val::Kind::List) || array.is(Val::Kind::Aggregate)) {
    if (!at.isConstant() || at.constant < 0 ||
        at.constant >= static_cast<int64_t>(array.parts.size()))
      unsupported(where, "this index must be known when compiling, and inside of the array");
    Val out = array;
    out.parts[at.constant] = value;
    return out;
  }
  if (!array.is(Val::Kind::Array) && !array.is(Val::Kind::Model))
    unsupported(where, "this place cannot be assigned to");
  Val out = array;
  out.kind = Val::Kind::Array;
  out.v = out.state = nullptr;
  Val stacked = modelParts(array, type)[0];
  Val element = value;
  if (type.elems[0]->isModel() && (value.v || value.state)) {
    element.parts = modelParts(value, *type.elems[0]);
    element.v = element.state = nullptr;
  }
  Values whole, parts;
  leafValues(stacked, whole);
  leafValues(element, parts);
  if (whole.size() != parts.size())
    unsupported(where, "this element cannot be replaced here");
  for (size_t i = 0; i < whole.size(); ++i) {
    Sizes row = shapeOf(parts[i]), starts(row.size() + 1, 0);
    row.insert(row.begin(), 1);
    starts[0] = at;
    whole[i] = updateAt(whole[i], reshape(parts[i], row), starts);
  }
  llvm::ArrayRef<Value> rest(whole);
  out.parts = {withLeaves(stacked, rest)};
  return out;
}

Size Generator::lengthOf(const Val &stacked, const sema::Type &type) {
  if (stacked.is(Val::Kind::Tensor))
    return shapeOf(stacked.v)[0];
  return sizeOf(type.count);
}

} // namespace nnc::irgen
