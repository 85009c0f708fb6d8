// vmap: a loop whose turns are independent, over rows of its arguments. It is marked, to become one
// batch when derivatives are expanded.
#include "compiler/irgen/IRGen.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;

namespace nnc::irgen {

/// args: the function, then its arguments; ints: the axis of each argument that is mapped over, or
/// -1; dims: the size of these axes.
Val Generator::primVmap(const sema::Prim &prim) {
  Val function = evalArgument(*prim.args[0].value);
  Size count = sizeOf(prim.dims[0]);
  std::vector<Val> whole;
  Values stacked;
  for (size_t i = 1; i < prim.args.size(); ++i) {
    whole.push_back(carriedForm(eval(*prim.args[i].value), prim.args[i].value->type, frame->scope));
    int64_t axis = prim.ints[i - 1];
    if (axis < 0)
      continue;
    Values values;
    collect(whole.back(), values);
    for (Value value : values) {
      int64_t rank = mlir::cast<RankedTensorType>(value.getType()).getRank();
      std::vector<int64_t> order{axis};
      for (int64_t k = 0; k < rank; ++k)
        if (k != axis)
          order.push_back(k);
      stacked.push_back(axis == 0 ? value : transpose(value, order));
    }
  }
  std::vector<Slot> slots = assignedIn({prim.args[0].value});
  bool outer = std::exchange(inGraph, true);
  Values carries = slotValues(slots);
  inGraph = outer;
  Val result;
  auto turn = [&](Size, llvm::ArrayRef<Value> carried, llvm::ArrayRef<Value> rows) {
    setSlots(slots, carried);
    std::vector<Val> args;
    for (size_t i = 0; i < whole.size(); ++i)
      args.push_back(prim.ints[i] < 0 ? whole[i] : rebuild(withoutSizes(whole[i]), rows));
    result = asTensors(carriedForm(callValue(function, args, prim.loc), nullptr, frame->scope));
    Values out = slotValues(slots);
    collect(result, out);
    return out;
  };
  Values results = loop(Size(0), count, carries, stacked, turn);
  if (Operation *made = results.empty() ? nullptr : results[0].getDefiningOp()) {
    made->setAttr("nn.batch", b.getUnitAttr());
    if (!takeHostOut(made))
      unsupported(prim.loc, "inside `vmap`, printing, text, lists and files are not compiled");
  }
  setSlots(slots, llvm::ArrayRef(results).take_front(carries.size()));
  llvm::ArrayRef<Value> rest = llvm::ArrayRef(results).drop_front(carries.size());
  return rebuild(withoutSizes(result), rest);
}

} // namespace nnc::irgen
