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

TrialBuilder::~TrialBuilder() {
  for (Operation *op : llvm::reverse(made))
    op->erase();
}

bool nnc::hasSizes(Value tensor, ValueRange dims) {
  TrialBuilder builder(tensor);
  SmallVector<Value> sizes = nn::dynamicDims(builder.get(), tensor.getLoc(), tensor);
  return sizes.size() == dims.size() && llvm::all_of(llvm::zip(sizes, dims), [](auto pair) {
           return isSameIndex(std::get<0>(pair), std::get<1>(pair));
         });
}

bool nnc::haveSameSizes(Value a, Value b) {
  auto shape = [](Value value) { return cast<RankedTensorType>(value.getType()).getShape(); };
  if (shape(a) != shape(b))
    return false;
  if (a == b || cast<RankedTensorType>(a.getType()).hasStaticShape())
    return true;
  TrialBuilder builder(a);
  return hasSizes(b, nn::dynamicDims(builder.get(), a.getLoc(), a));
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
