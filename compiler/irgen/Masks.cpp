// x[mask]: the elements where a mask holds, to read and to write.
#include "compiler/irgen/IRGen.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;

namespace nnc::irgen {

/// Where the mask holds, in row-major order: one tensor of indices i64[N] for each of its axes.
Values Generator::positionsOf(Value mask, Loc where) {
  if (inGraph)
    unsupported(where, "how many elements a mask picks is only known when it has run: inside of "
                       "`grad` use `select(mask, a, b)`, or multiply by the mask");
  Type i64 = b.getI64Type();
  Sizes shape = shapeOf(mask);
  Value flat =
      hostCall("nnrt_tensor_where", {mask}, RankedTensorType::get({ShapedType::kDynamic}, i64));
  Values positions(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (axis == 0) {
      positions[0] = flat;
      break;
    }
    Value size = toTensor(Val::integer(shape[axis]), i64, where);
    positions[axis] = elementwise2("nn.rem", flat, size);
    flat = elementwise2("nn.div", flat, size);
  }
  return positions;
}

/// nonzero(mask)
Val Generator::primNonzero(const Prim &prim) {
  std::vector<Val> places;
  for (Value position : positionsOf(tensorArg(prim, 0), prim.loc))
    places.push_back(Val::tensor(cast(position, b.getI32Type())));
  return places.size() == 1 ? places[0] : Val::aggregate(places);
}

/// A mask as index tensors.
Generator::Box Generator::withPositions(Box box, Loc where) {
  if (!box.mask)
    return box;
  Values positions = positionsOf(box.mask, where);
  for (size_t i = 0; i < positions.size(); ++i)
    box.gathers.push_back({box.maskAxis + i, positions[i]});
  box.mask = nullptr;
  return box;
}

/// x[mask] = update. A scalar, or values of x's own shape, are a choice for each element; one value
/// for each element of the mask is written row by row.
Val Generator::writeMasked(Value x, const Box &box, Value update, Loc where) {
  Sizes whole = shapeOf(x);
  size_t rank = shapeOf(box.mask).size();
  if (!box.stepped.empty() || box.shape != whole || llvm::is_contained(box.dropped, true))
    unsupported(where, "assignment by a mask together with other indices than `:` is not compiled");
  if (shapeOf(update).empty() || shapeOf(update) == whole) {
    Sizes aligned(whole.begin(), whole.begin() + box.maskAxis + rank);
    Value mask = broadcast(box.mask, aligned);
    aligned.resize(whole.size(), 1);
    mask = broadcast(reshape(mask, aligned), whole);
    return Val::tensor(elementwise("nn.select", {mask, broadcast(update, whole), x}, elementOf(x)));
  }
  if (box.maskAxis)
    unsupported(where, "one value for each element of a mask is only compiled for the first axes");
  Value flat = positionsOf(reshape(box.mask, {product(shapeOf(box.mask))}), where)[0];
  Sizes rest(whole.begin() + rank, whole.end()), rows = rest, row = rest;
  Size count = shapeOf(flat)[0];
  rows.insert(rows.begin(), count);
  row.insert(row.begin(), 1);
  Sizes merged = rest;
  merged.insert(merged.begin(), product(Sizes(whole.begin(), whole.begin() + rank)));
  Values results =
      loop(0, count, {reshape(x, merged)}, {flat, broadcast(update, rows)},
           [&](Size, llvm::ArrayRef<Value> carried, llvm::ArrayRef<Value> slices) -> Values {
             Sizes starts(merged.size(), 0);
             starts[0] = Size(nn::ToIndexOp::create(b, loc, slices[0]).getResult());
             return {updateAt(carried[0], reshape(slices[1], row), starts)};
           });
  return Val::tensor(reshape(results[0], whole));
}

} // namespace nnc::irgen
