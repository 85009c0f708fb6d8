#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace nn;

LogicalResult RngBitsOp::verify() { return verifyDims(*this, getType(), getDims()); }
Value RngBitsOp::resultDim(OpBuilder &, unsigned, int64_t axis) {
  return pickDim(getType(), getDims(), axis);
}
// Each row's counter grows alike.
LogicalResult RngAdvanceOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  Value blocks = ceilDivIndex(b, b.getLoc(), batch.plain(getCount()), 4);
  auto one = RankedTensorType::get({1}, b.getI64Type());
  Value count = b.createOrFold<FromIndexOp>(RankedTensorType::get({}, b.getI64Type()), blocks);
  Value parts[] = {ConstantOp::create(b, one, 0.0), FullOp::create(b, one, count, ValueRange())};
  Ex rng(b, batch.of(getRng())), step(b, ConcatOp::create(b, int64_t(0), parts));
  batch.set(getResult(), (rng + nn::spread(step, rng, {0})).value);
  return success();
}
