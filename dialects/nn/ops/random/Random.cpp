#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace nn;

LogicalResult RngBitsOp::verify() { return verifyDims(*this, getType(), getDims()); }
Value RngBitsOp::resultDim(OpBuilder &, unsigned, int64_t axis) {
  return pickDim(getType(), getDims(), axis);
}
