#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace nn;

static LogicalResult verifyDerived(Operation *op, Block &body, TypeRange wrt, TypeRange extra) {
  if (body.getArgumentTypes() != wrt)
    return op->emitOpError() << "body takes (" << body.getArgumentTypes() << "), but wrt is ("
                             << wrt << ")";
  SmallVector<Type> expected(body.getTerminator()->getOperandTypes());
  llvm::append_range(expected, extra);
  if (TypeRange(op->getResultTypes()) != TypeRange(expected))
    return op->emitOpError() << "results are (" << op->getResultTypes() << "), but should be ("
                             << expected << ")";
  return success();
}

LogicalResult GradOp::verify() {
  auto yielded = bodyBlock()->getTerminator()->getOperandTypes();
  auto loss = yielded.empty() ? RankedTensorType() : dyn_cast<RankedTensorType>(yielded.front());
  if (!loss || loss.getRank() != 0 || !isa<FloatType>(loss.getElementType()))
    return emitOpError() << "body yields no rank-0 float first, but (" << yielded << ")";
  return verifyDerived(*this, *bodyBlock(), getWrt().getTypes(), getWrt().getTypes());
}
Value GradOp::argumentDim(OpBuilder &builder, BlockArgument argument, int64_t axis) {
  return dimOf(builder, getLoc(), getWrt()[argument.getArgNumber()], axis);
}

LogicalResult JvpOp::verify() {
  if (getWrt().getTypes() != getTangents().getTypes())
    return emitOpError() << "has tangents (" << getTangents().getTypes() << ") for ("
                         << getWrt().getTypes() << ")";
  SmallVector<Type> floats;
  for (Type type : bodyBlock()->getTerminator()->getOperandTypes())
    if (isa<FloatType>(getElementTypeOrSelf(type)))
      floats.push_back(type);
  return verifyDerived(*this, *bodyBlock(), getWrt().getTypes(), floats);
}
Value JvpOp::argumentDim(OpBuilder &builder, BlockArgument argument, int64_t axis) {
  return dimOf(builder, getLoc(), getWrt()[argument.getArgNumber()], axis);
}
