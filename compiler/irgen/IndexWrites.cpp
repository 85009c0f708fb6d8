// x[..] = v and x[..] += v on tensors: new values, of which the runtime makes updates in place.
#include "compiler/irgen/IRGen.h"
#include "dialects/nn/NNDialect.h"
#include <algorithm>
#include <numeric>

using namespace mlir;

namespace nnc::irgen {

/// The order in which the axes first, first + 1, .. of `rank` stand before the others.
static std::vector<int64_t> broughtToFront(size_t first, size_t count, size_t rank) {
  std::vector<int64_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin(), order.begin() + first, order.begin() + first + count);
  return order;
}

/// The box of an index into what is read along one axis of steps first.
Generator::Box Generator::withoutSteps(const Box &box, const Size &count) {
  Box inner = box;
  size_t axis = box.stepped[0].first;
  inner.stepped.erase(inner.stepped.begin());
  inner.starts[axis] = 0;
  inner.shape[axis] = count;
  return inner;
}

/// x with what stands at these places of one axis replaced, in all of its other axes.
Value Generator::writeAlong(Value x, size_t axis, Value index, Value update, Loc where) {
  Box whole;
  whole.shape = shapeOf(x);
  whole.starts.assign(whole.shape.size(), 0);
  whole.dropped.assign(whole.shape.size(), false);
  whole.stepped.push_back({axis, index});
  return writeBox(x, whole, Val::tensor(update), where).v;
}

/// A value for a place, whose axes by `new` stand for nothing.
Value Generator::fitted(Value update, const Box &box, const Sizes &shape) {
  bool whole = !box.added.empty() && !shapeOf(update).empty();
  return whole ? reshape(update, shape) : broadcast(update, shape);
}

/// x with the box replaced by a value.
Val Generator::writeBox(Value x, const Box &box, const Val &value, Loc where) {
  Type element = elementOf(x);
  Value update = cast(toTensor(value, element, where), element);
  if (box.mask)
    return writeMasked(x, box, update, where);
  if (box.stepped.size() + !box.gathers.empty() > 1) {
    auto [axis, index] = box.stepped[0];
    Value part = take(x, index, static_cast<int64_t>(axis));
    Val written = writeBox(part, withoutSteps(box, shapeOf(index)[0]), value, where);
    return Val::tensor(writeAlong(x, axis, index, written.v, where));
  }
  auto rows = box.stepped.empty() ? box.gathers : box.stepped;
  if (rows.empty()) {
    Sizes kept;
    for (size_t axis = 0; axis < box.shape.size(); ++axis)
      if (!box.dropped[axis])
        kept.push_back(box.shape[axis]);
    return Val::tensor(updateAt(x, reshape(fitted(update, box, kept), box.shape), box.starts));
  }
  // One row after another, so that the last of equal indices stands.
  Values indices = box.stepped.empty() ? pairedIndices(box) : Values{rows[0].second};
  Sizes picked = shapeOf(indices[0]), row = box.shape, kept;
  size_t first = 0; // where the index's axes stand in the value
  for (size_t axis = 0; axis < box.shape.size(); ++axis) {
    bool gathered = llvm::any_of(rows, [&](auto &entry) { return entry.first == axis; });
    if (gathered)
      row[axis] = 1;
    if (axis == rows[0].first) {
      first = kept.size();
      llvm::append_range(kept, picked);
    } else if (!gathered && !box.dropped[axis]) {
      kept.push_back(box.shape[axis]);
    }
  }
  Value updates =
      transpose(fitted(update, box, kept), broughtToFront(first, picked.size(), kept.size()));
  Size count = product(picked);
  Sizes stacked{count}, shape = shapeOf(updates);
  stacked.insert(stacked.end(), shape.begin() + picked.size(), shape.end());
  Values slices;
  for (Value index : indices)
    slices.push_back(reshape(cast(index, b.getI64Type()), {count}));
  slices.push_back(reshape(updates, stacked));
  Values results =
      loop(0, count, {x}, slices,
           [&](Size, llvm::ArrayRef<Value> carried, llvm::ArrayRef<Value> at) -> Values {
             Sizes starts = box.starts;
             for (size_t i = 0; i < rows.size(); ++i)
               starts[rows[i].first] = Size(nn::ToIndexOp::create(b, loc, at[i]).getResult());
             return {updateAt(carried[0], reshape(at.back(), row), starts)};
           });
  return Val::tensor(results[0]);
}

Value Generator::updateAt(Value x, Value update, const Sizes &starts) {
  if (!mayHold(x, shapeOf(update)))
    return x;
  Values positions;
  for (const Size &s : starts)
    positions.push_back(materialize(s));
  auto updated = nn::DynamicUpdateOp::create(b, loc, x, update, positions);
  noteSizes(updated, Sizes(shapeOf(x)));
  return updated;
}

/// x[idx] += value: equal indices add up.
Val Generator::addToGathered(Value x, const Box &box, const Val &value, Loc where) {
  if (!box.stepped.empty()) {
    auto [axis, index] = box.stepped[0];
    Value part = take(x, index, static_cast<int64_t>(axis));
    Val sum = addToGathered(part, withoutSteps(box, shapeOf(index)[0]), value, where);
    return Val::tensor(writeAlong(x, axis, index, sum.v, where));
  }
  Sizes whole = shapeOf(x);
  if (box.shape != whole || llvm::is_contained(box.dropped, true)) {
    // Adds within the part that the other indices leave.
    Box inner;
    inner.added = box.added;
    std::vector<size_t> place;
    for (size_t axis = 0; axis < whole.size(); ++axis) {
      place.push_back(inner.shape.size());
      if (!box.dropped[axis])
        inner.shape.push_back(box.shape[axis]);
    }
    inner.starts.assign(inner.shape.size(), 0);
    inner.dropped.assign(inner.shape.size(), false);
    for (auto &[axis, index] : box.gathers)
      inner.gathers.push_back({place[axis], index});
    Value part = reshape(sliceAt(x, box.starts, box.shape), inner.shape);
    Val sum = addToGathered(part, inner, value, where);
    return Val::tensor(updateAt(x, reshape(sum.v, box.shape), box.starts));
  }
  Type element = elementOf(x);
  Value update = cast(toTensor(value, element, where), element);
  if (box.gathers.size() == 1) {
    auto [axis, index] = box.gathers[0];
    Sizes shape = whole, picked = shapeOf(index);
    shape.erase(shape.begin() + axis);
    shape.insert(shape.begin() + axis, picked.begin(), picked.end());
    return Val::tensor(
        scatterAdd(x, index, fitted(update, box, shape), static_cast<int64_t>(axis)));
  }
  Values indices = pairedIndices(box);
  Joined joined = joinAxes(x, box.gathers, indices);
  size_t rank = shapeOf(indices[0]).size(), first = box.gathers[0].first;
  Sizes rest(joined.front.begin() + box.gathers.size(), joined.front.end()),
      shape = shapeOf(indices[0]), shown;
  // The value's axes: the index's stand where the first gathered axis was.
  shown.assign(rest.begin(), rest.begin() + first);
  shown.insert(shown.end(), shape.begin(), shape.end());
  shown.insert(shown.end(), rest.begin() + first, rest.end());
  Value rows = transpose(fitted(update, box, shown), broughtToFront(first, rank, shown.size()));
  Value added = scatterAdd(joined.x, joined.index, rows, 0);
  std::vector<int64_t> back(joined.order.size());
  for (size_t i = 0; i < back.size(); ++i)
    back[joined.order[i]] = static_cast<int64_t>(i);
  return Val::tensor(transpose(reshape(added, joined.front), back));
}

Value Generator::scatterAdd(Value x, Value index, Value update, int64_t axis) {
  return tensorOp("nn.scatter_add", {x, index, update}, elementOf(x), shapeOf(x),
                  b.getNamedAttr("axis", b.getI64IntegerAttr(axis)));
}

} // namespace nnc::irgen
