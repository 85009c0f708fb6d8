#include "compiler/optimize/Sizes.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;

Value nnc::sizeOf(OpBuilder &builder, Value tensor, int64_t axis) {
  return nn::dimOf(builder, tensor.getLoc(), tensor, axis);
}

SmallVector<Value> nnc::dynamicSizes(OpBuilder &builder, ValueRange tensors) {
  SmallVector<Value> sizes;
  for (Value tensor : tensors)
    sizes.append(nn::dynamicDims(builder, tensor.getLoc(), tensor));
  return sizes;
}

bool nnc::isSameIndex(Value a, Value b) {
  if (a == b)
    return true;
  Operation *x = a.getDefiningOp(), *y = b.getDefiningOp();
  return x && y && x->getName() == y->getName() &&
         cast<OpResult>(a).getResultNumber() == cast<OpResult>(b).getResultNumber() &&
         x->getAttrDictionary() == y->getAttrDictionary() && x->getNumRegions() == 0 &&
         x->getNumOperands() == y->getNumOperands() &&
         llvm::all_of(llvm::zip(x->getOperands(), y->getOperands()),
                      [](auto pair) { return isSameIndex(std::get<0>(pair), std::get<1>(pair)); });
}

void nnc::bindSizes(Operation *graph) {
  graph->walk([](nn::DimOp dim) {
    OpBuilder builder(dim);
    if (Value size = nn::resolveDim(builder, dim.getLoc(), dim.getX(), dim.getAxis())) {
      dim.replaceAllUsesWith(size);
      dim.erase();
    }
  });
}
