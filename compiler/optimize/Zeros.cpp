#include "compiler/optimize/Zeros.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;

bool nnc::isZero(Value tensor) {
  if (auto full = tensor.getDefiningOp<nn::FullOp>())
    tensor = full.getValue();
  auto constant = tensor.getDefiningOp<nn::ConstantOp>();
  auto splat = constant ? dyn_cast<SplatElementsAttr>(constant.getValue()) : SplatElementsAttr();
  if (!splat)
    return false;
  if (isa<FloatType>(splat.getElementType()))
    return splat.getSplatValue<APFloat>().isPosZero();
  return splat.getSplatValue<APInt>().isZero();
}

Value nnc::zeros(OpBuilder &b, Location loc, Type type, ValueRange dims) {
  Type element = getElementTypeOrSelf(type);
  auto scalar = RankedTensorType::get({}, element);
  Value zero =
      nn::ConstantOp::create(b, loc, DenseElementsAttr::get(scalar, b.getZeroAttr(element)));
  return nn::FullOp::create(b, loc, type, zero, dims);
}
