#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace nn;

static Block *addBlock(Region *region, Location loc, TypeRange arguments) {
  auto *block = new Block;
  region->push_back(block);
  for (Type type : arguments)
    block->addArgument(type, loc);
  return block;
}

static LogicalResult verifyTypes(Operation *op, StringRef what, TypeRange given,
                                 TypeRange expected) {
  if (given == expected)
    return success();
  return op->emitOpError() << what << " (" << given << "), but should be (" << expected << ")";
}

void YieldOp::build(OpBuilder &, OperationState &) {}

Value StopGradientOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getX(), axis);
}

//--- barrier

LogicalResult BarrierOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  llvm::append_range(types, adaptor.getValues().getTypes());
  return success();
}
Value BarrierOp::resultDim(OpBuilder &builder, unsigned result, int64_t axis) {
  return dimOf(builder, getLoc(), getValues()[result], axis);
}

//--- for

void ForOp::build(OpBuilder &builder, OperationState &state, TypeRange results, Value lower,
                  Value upper, ValueRange inits, ValueRange xs, ValueRange dims, bool reverse) {
  state.addOperands({lower, upper});
  state.addOperands(inits);
  state.addOperands(xs);
  state.addOperands(dims);
  state.addTypes(results);
  auto &properties = state.getOrAddProperties<Properties>();
  llvm::copy(ArrayRef<int32_t>{1, 1, static_cast<int32_t>(inits.size()),
                               static_cast<int32_t>(xs.size()), static_cast<int32_t>(dims.size())},
             properties.operandSegmentSizes.begin());
  if (reverse)
    properties.reverse = builder.getUnitAttr();
  SmallVector<Type> arguments = {builder.getIndexType()};
  llvm::append_range(arguments, inits.getTypes());
  for (Value x : xs)
    arguments.push_back(rowType(x.getType()));
  addBlock(state.addRegion(), state.location, arguments);
}

LogicalResult ForOp::verify() {
  SmallVector<Type> arguments = {IndexType::get(getContext())};
  llvm::append_range(arguments, getInits().getTypes());
  for (Value x : getXs()) {
    if (cast<RankedTensorType>(x.getType()).getRank() == 0)
      return emitOpError() << "slices the rank-0 " << x.getType();
    arguments.push_back(rowType(x.getType()));
  }
  if (failed(verifyTypes(*this, "body takes", bodyBlock()->getArgumentTypes(), arguments)))
    return failure();
  if (getNumResults() < carryCount())
    return emitOpError() << "has " << getNumResults() << " results for " << carryCount()
                         << " carried values";
  SmallVector<Type> yielded(getInits().getTypes());
  SmallVector<Type> rows;
  for (Type stacked : TypeRange(getResultTypes()).drop_front(carryCount())) {
    if (cast<RankedTensorType>(stacked).getRank() == 0)
      return emitOpError() << "stacks rows into the rank-0 " << stacked;
    rows.push_back(rowType(stacked));
  }
  llvm::append_range(yielded, rows);
  if (failed(verifyTypes(*this, "carries", TypeRange(getResultTypes()).take_front(carryCount()),
                         getInits().getTypes())) ||
      failed(verifyTypes(*this, "body yields", yields().getTypes(), yielded)))
    return failure();
  return verifyDims(*this, rows, getDims());
}

Value ForOp::resultDim(OpBuilder &builder, unsigned result, int64_t axis) {
  if (result < carryCount())
    return dimOf(builder, getLoc(), getInits()[result], axis);
  if (axis == 0)
    return subIndex(builder, getLoc(), getUpper(), getLower());
  SmallVector<Type> rows;
  for (Type stacked : TypeRange(getResultTypes()).drop_front(carryCount()))
    rows.push_back(rowType(stacked));
  return pickDim(rows, getDims(), result - carryCount(), axis - 1);
}
Value ForOp::argumentDim(OpBuilder &builder, BlockArgument argument, int64_t axis) {
  unsigned place = argument.getArgNumber() - 1;
  if (place < carryCount())
    return dimOf(builder, getLoc(), getInits()[place], axis);
  return dimOf(builder, getLoc(), getXs()[place - carryCount()], axis + 1);
}

//--- if, while, checkpoint

void IfOp::build(OpBuilder &, OperationState &state, TypeRange results, Value condition,
                 ValueRange dims) {
  state.addOperands(condition);
  state.addOperands(dims);
  state.addTypes(results);
  addBlock(state.addRegion(), state.location, {});
  addBlock(state.addRegion(), state.location, {});
}
LogicalResult IfOp::verify() {
  for (Region *region : {&getThenRegion(), &getElseRegion()})
    if (failed(verifyTypes(*this, "region takes", region->getArgumentTypes(), {})) ||
        failed(verifyTypes(*this, "region yields",
                           region->front().getTerminator()->getOperandTypes(), getResultTypes())))
      return failure();
  return verifyDims(*this, getResultTypes(), getDims());
}
Value IfOp::resultDim(OpBuilder &, unsigned result, int64_t axis) {
  return pickDim(getResultTypes(), getDims(), result, axis);
}

void WhileOp::build(OpBuilder &, OperationState &state, ValueRange inits) {
  state.addOperands(inits);
  state.addTypes(inits.getTypes());
  addBlock(state.addRegion(), state.location, inits.getTypes());
  addBlock(state.addRegion(), state.location, inits.getTypes());
}
LogicalResult WhileOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  llvm::append_range(types, adaptor.getInits().getTypes());
  return success();
}
LogicalResult WhileOp::verify() {
  for (Region *region : {&getCondition(), &getBody()})
    if (failed(verifyTypes(*this, "region takes", region->getArgumentTypes(), getResultTypes())))
      return failure();
  Type truth = RankedTensorType::get({}, IntegerType::get(getContext(), 1));
  auto yielded = [](Region &region) { return region.front().getTerminator()->getOperandTypes(); };
  if (failed(verifyTypes(*this, "condition yields", yielded(getCondition()), truth)))
    return failure();
  return verifyTypes(*this, "body yields", yielded(getBody()), getResultTypes());
}
Value WhileOp::resultDim(OpBuilder &builder, unsigned result, int64_t axis) {
  return dimOf(builder, getLoc(), getInits()[result], axis);
}
Value WhileOp::argumentDim(OpBuilder &builder, BlockArgument argument, int64_t axis) {
  return dimOf(builder, getLoc(), getInits()[argument.getArgNumber()], axis);
}

void CheckpointOp::build(OpBuilder &, OperationState &state, TypeRange results, ValueRange dims) {
  state.addOperands(dims);
  state.addTypes(results);
  addBlock(state.addRegion(), state.location, {});
}
LogicalResult CheckpointOp::verify() {
  if (failed(verifyTypes(*this, "body takes", getBody().getArgumentTypes(), {})) ||
      failed(verifyTypes(*this, "body yields", getBody().front().getTerminator()->getOperandTypes(),
                         getResultTypes())))
    return failure();
  return verifyDims(*this, getResultTypes(), getDims());
}
Value CheckpointOp::resultDim(OpBuilder &, unsigned result, int64_t axis) {
  return pickDim(getResultTypes(), getDims(), result, axis);
}
