#include "compiler/optimize/Reduction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace nnc;

bool nnc::isReduction(Operation *op) {
  return isa<nn::SumOp, nn::ReduceMaxOp, nn::ReduceMinOp>(op);
}

ArrayRef<int64_t> nnc::reducedAxesOf(Operation *reduction) {
  return cast<DenseI64ArrayAttr>(reduction->getAttr("axes")).asArrayRef();
}

bool nnc::reducesLast(Operation *reduction) {
  ArrayRef<int64_t> axes = reducedAxesOf(reduction);
  int64_t rank = cast<RankedTensorType>(reduction->getOperand(0).getType()).getRank();
  return !axes.empty() && llvm::equal(axes, llvm::seq<int64_t>(rank - axes.size(), rank));
}

bool nnc::reducesFirst(Operation *reduction) {
  ArrayRef<int64_t> axes = reducedAxesOf(reduction);
  int64_t rank = cast<RankedTensorType>(reduction->getOperand(0).getType()).getRank();
  return !axes.empty() && static_cast<int64_t>(axes.size()) < rank &&
         llvm::equal(axes, llvm::seq<int64_t>(0, axes.size()));
}

Value nnc::combineReduced(ImplicitLocOpBuilder &b, Operation *reduction, Value x, Value y) {
  Type element = getElementTypeOrSelf(reduction->getOperand(0));
  bool isFloat = isa<FloatType>(element), isUnsigned = element.isUnsignedInteger();
  if (isa<nn::SumOp>(reduction))
    return isFloat ? Value(arith::AddFOp::create(b, x, y)) : Value(arith::AddIOp::create(b, x, y));
  if (isa<nn::ReduceMaxOp>(reduction))
    return isFloat      ? Value(arith::MaximumFOp::create(b, x, y))
           : isUnsigned ? Value(arith::MaxUIOp::create(b, x, y))
                        : Value(arith::MaxSIOp::create(b, x, y));
  return isFloat      ? Value(arith::MinimumFOp::create(b, x, y))
         : isUnsigned ? Value(arith::MinUIOp::create(b, x, y))
                      : Value(arith::MinSIOp::create(b, x, y));
}

TypedAttr nnc::reductionIdentity(Operation *reduction, Type element) {
  Builder b(element.getContext());
  bool isMax = isa<nn::ReduceMaxOp>(reduction), isSum = isa<nn::SumOp>(reduction);
  if (auto type = dyn_cast<FloatType>(element)) {
    auto &semantics = type.getFloatSemantics();
    // -0 is the identity of addition, but an empty sum shall be 0: x + 0 differs from x for x = -0
    // only.
    return b.getFloatAttr(type, isSum ? llvm::APFloat::getZero(semantics)
                                      : llvm::APFloat::getInf(semantics, /*Negative=*/isMax));
  }
  unsigned width = element.getIntOrFloatBitWidth();
  bool isUnsigned = getElementTypeOrSelf(reduction->getOperand(0)).isUnsignedInteger();
  llvm::APInt value =
      isSum ? llvm::APInt::getZero(width)
      : isMax
          ? (isUnsigned ? llvm::APInt::getZero(width) : llvm::APInt::getSignedMinValue(width))
          : (isUnsigned ? llvm::APInt::getMaxValue(width) : llvm::APInt::getSignedMaxValue(width));
  return b.getIntegerAttr(element, value);
}
