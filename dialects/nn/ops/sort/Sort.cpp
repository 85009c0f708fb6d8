#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace nn;

LogicalResult ArgSortOp::verify() {
  auto from = cast<RankedTensorType>(getX().getType()), to = getType();
  int64_t rank = from.getRank();
  if (!rank || to.getRank() != rank || from.getShape().drop_back() != to.getShape().drop_back())
    return emitOpError() << "orders the last axis of " << from << ", which cannot give " << to;
  int64_t all = from.getDimSize(rank - 1), some = to.getDimSize(rank - 1);
  if (!ShapedType::isDynamic(all) && !ShapedType::isDynamic(some) && some > all)
    return emitOpError() << "takes the first " << some << " of " << all << " elements";
  return verifyDims(*this, to, getDims());
}
Value ArgSortOp::resultDim(OpBuilder &, unsigned, int64_t axis) {
  return pickDim(getType(), getDims(), axis);
}
LogicalResult ArgSortOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(), ArgSortOp::create(b, batch.typeOf(getType()), batch.of(getX()),
                                           batch.dims(batch.plain(getDims())), getDescending()));
  return success();
}
