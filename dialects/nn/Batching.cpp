#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace nn;

SmallVector<int64_t> nn::shifted(ArrayRef<int64_t> axes) {
  return llvm::map_to_vector(axes, [](int64_t axis) { return axis + 1; });
}

bool Batching::anyBatched(ValueRange values) const {
  return llvm::any_of(values, [&](Value value) { return isBatched(value); });
}
SmallVector<Value> Batching::plain(ValueRange values) const {
  return llvm::map_to_vector(values, [&](Value value) { return plain(value); });
}

static Value fromIndex(ImplicitLocOpBuilder &b, Value index) {
  return b.createOrFold<FromIndexOp>(RankedTensorType::get({}, b.getI64Type()), index);
}

Value Batching::spread(ImplicitLocOpBuilder &b, Value value) {
  if (Value whole = of(value))
    return whole;
  Value same = plain(value);
  if (same.getType().isIndex())
    same = fromIndex(b, same);
  auto rank = cast<RankedTensorType>(same.getType()).getRank();
  SmallVector<int64_t> axes = shifted(llvm::to_vector(llvm::seq<int64_t>(0, rank)));
  return b.createOrFold<BroadcastOp>(typeOf(same.getType()), same,
                                     dims(dynamicDims(b, b.getLoc(), same)), axes);
}

RankedTensorType Batching::typeOf(Type row) const {
  if (row.isIndex())
    row = RankedTensorType::get({}, IntegerType::get(row.getContext(), 64));
  return stackedType(row, staticSize);
}
SmallVector<Value> Batching::dims(ValueRange rowDims) const {
  SmallVector<Value> all;
  if (ShapedType::isDynamic(staticSize))
    all.push_back(size);
  llvm::append_range(all, rowDims);
  return all;
}
Ex Batching::numbers(ImplicitLocOpBuilder &b) const {
  return Ex(b, IotaOp::create(b, typeOf(b.getIndexType()), 0, dims({})));
}

//--- rows at indices of their own

static Ex clampedTo(Ex index, Ex last) {
  ImplicitLocOpBuilder &b = *index.builder;
  Ex low(b, b.createOrFold<MaxOp>(index.value, zerosLike(index).value));
  return Ex(b, b.createOrFold<MinOp>(low.value, last.value));
}
// An index as a number in each element of a tensor like `like`.
static Ex filled(Ex like, Value index) {
  ImplicitLocOpBuilder &b = *like.builder;
  return spread(Ex(b, fromIndex(b, index)), like, allAxes(like));
}

Ex Batching::flatIndex(Ex index, Value n) const {
  ImplicitLocOpBuilder &b = *index.builder;
  index = castTo(index, b.getI64Type());
  Ex count = filled(index, n);
  SmallVector<int64_t> others = shifted(llvm::to_vector(llvm::seq<int64_t>(0, index.rank() - 1)));
  return nn::spread(numbers(b), index, others) * count + clampedTo(index, count - 1.0);
}

// The axes of a batch with `axis` of a row right after that of the batch.
static SmallVector<int64_t> axisFirst(int64_t rank, int64_t axis) {
  SmallVector<int64_t> perm = {0, axis + 1};
  for (int64_t other = 1; other < rank; ++other)
    if (other != axis + 1)
      perm.push_back(other);
  return perm;
}

Ex Batching::flattened(Ex x, int64_t axis) const {
  ImplicitLocOpBuilder &b = *x.builder;
  Ex first = transpose(x, axisFirst(x.rank(), axis));
  SmallVector<int64_t> shape(first.type().getShape().drop_front());
  SmallVector<Value> sizes = dynamicDims(b, b.getLoc(), first.value);
  bool isDynamic = ShapedType::isDynamic(staticSize);
  SmallVector<Value> rest(ArrayRef<Value>(sizes).drop_front(isDynamic));
  if (isDynamic || ShapedType::isDynamic(shape[0])) {
    Value n = dimOf(b, b.getLoc(), first.value, 1);
    Value count = isDynamic ? size : indexConstant(b, b.getLoc(), staticSize);
    Value all = mulIndex(b, b.getLoc(), count, n);
    if (ShapedType::isDynamic(shape[0]))
      rest[0] = all;
    else
      rest.insert(rest.begin(), all);
    shape[0] = ShapedType::kDynamic;
  } else {
    shape[0] *= staticSize;
  }
  return Ex(b, b.createOrFold<ReshapeOp>(first.type().clone(shape), first.value, rest));
}
Ex Batching::unflattened(Ex flat, Ex like, int64_t axis) const {
  SmallVector<int64_t> perm = axisFirst(like.rank(), axis);
  return transpose(reshapeLike(flat, transpose(like, perm)), inversePermutation(perm));
}

Ex Batching::takeRows(Ex x, bool isWhole, Ex index, int64_t axis) const {
  ImplicitLocOpBuilder &b = *x.builder;
  int64_t width = index.rank() - 1; // of one row's index
  SmallVector<int64_t> perm;
  if (!isWhole) { // [..s, B, ..i, ..t]
    Ex taken = take(x, index, axis);
    perm.push_back(axis);
    for (int64_t k = 0; k < taken.rank(); ++k)
      if (k != axis)
        perm.push_back(k);
    return transpose(taken, perm);
  }
  Value n = dimOf(b, b.getLoc(), x.value, axis + 1);
  Ex taken = take(flattened(x, axis), flatIndex(index, n), 0); // [B, ..i, ..s, ..t]
  perm.push_back(0);
  for (int64_t k = 0; k < axis; ++k)
    perm.push_back(1 + width + k);
  for (int64_t k = 0; k < width; ++k)
    perm.push_back(1 + k);
  for (int64_t k = 1 + width + axis; k < taken.rank(); ++k)
    perm.push_back(k);
  return transpose(taken, perm);
}

//--- the walk

bool Batching::readsBatched(Operation *op) const {
  return op
      ->walk([&](Operation *inner) {
        return anyBatched(inner->getOperands()) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

SmallVector<bool> Batching::mayBeBatched(Block &block, ArrayRef<bool> arguments,
                                         ValueRange values) const {
  DenseSet<Value> found;
  auto is = [&](Value value) { return isBatched(value) || found.contains(value); };
  for (auto [argument, isOne] : llvm::zip_equal(block.getArguments(), arguments))
    if (isOne)
      found.insert(argument);
  for (Operation &op : block.without_terminator()) {
    bool reads = op.walk([&](Operation *inner) {
                     return llvm::any_of(inner->getOperands(), is) ? WalkResult::interrupt()
                                                                   : WalkResult::advance();
                   }).wasInterrupted();
    if (reads && !isa<DimOp>(op))
      found.insert(op.result_begin(), op.result_end());
  }
  return llvm::map_to_vector(values, [&](Value value) { return is(value); });
}

LogicalResult Batching::run(ImplicitLocOpBuilder &b, Block &block) {
  Location outside = b.getLoc();
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator()))
    if (failed(run(b, &op)))
      return failure();
  b.setLoc(outside);
  return success();
}

LogicalResult Batching::runWhole(ImplicitLocOpBuilder &b, Block &block,
                                 SmallVectorImpl<Value> &yields) {
  if (failed(run(b, block)))
    return failure();
  for (Value value : block.getTerminator()->getOperands())
    yields.push_back(spread(b, value));
  return success();
}

// Sums and products of indices that differ from row to row.
static Value ofIndices(ImplicitLocOpBuilder &b, Operation *op, ArrayRef<Value> x) {
  if (isa<arith::AddIOp>(op))
    return AddOp::create(b, x[0], x[1]);
  if (isa<arith::SubIOp>(op))
    return SubOp::create(b, x[0], x[1]);
  if (isa<arith::MulIOp>(op))
    return MulOp::create(b, x[0], x[1]);
  return {};
}

LogicalResult Batching::run(ImplicitLocOpBuilder &b, Operation *op) {
  b.setLoc(op->getLoc());
  if (!readsBatched(op)) {
    b.clone(*op, map);
    return success();
  }
  if (op->getNumResults() == 1 && op->getResult(0).getType().isIndex() &&
      isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op)) {
    SmallVector<Value> x = {spread(b, op->getOperand(0)), spread(b, op->getOperand(1))};
    set(op->getResult(0), ofIndices(b, op, x));
    return success();
  }
  // Sizes that differ from row to row make no batch.
  bool hasOwnIndex = llvm::any_of(op->getOperands(), [&](Value value) {
    return value.getType().isIndex() && isBatched(value);
  });
  auto rule = dyn_cast<BatchableOpInterface>(op);
  if (rule && (!hasOwnIndex || isa<FromIndexOp, DynamicSliceOp, DynamicUpdateOp>(op)) &&
      succeeded(rule.batch(b, *this)))
    return success();
  return runAsLoop(b, op);
}

// For want of a rule: one op in a loop over the rows.
LogicalResult Batching::runAsLoop(ImplicitLocOpBuilder &b, Operation *op) {
  SmallVector<Value> rows, xs;
  llvm::SetVector<Value> read;
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (isBatched(operand))
        read.insert(operand);
  });
  for (Value value : read) {
    rows.push_back(value);
    xs.push_back(of(value));
  }
  SmallVector<Type> types;
  SmallVector<Value> rowDims;
  for (Value result : op->getResults()) {
    if (!isa<RankedTensorType, IndexType>(result.getType()))
      return failure();
    types.push_back(typeOf(result.getType()));
    if (result.getType().isIndex())
      continue;
    // The sizes as the row's own ops know them.
    Operation *before = op->getPrevNode();
    OpBuilder inBody(op);
    SmallVector<Value> dims = dynamicDims(inBody, op->getLoc(), result);
    Block *block = op->getBlock();
    for (Operation *made = before ? before->getNextNode() : &block->front(); made != op;
         made = made->getNextNode())
      if (failed(run(b, made)))
        return failure();
    if (anyBatched(dims))
      return failure();
    llvm::append_range(rowDims, plain(ValueRange(dims)));
  }
  b.setLoc(op->getLoc());
  Value lower = indexConstant(b, b.getLoc(), 0);
  Value upper = ShapedType::isDynamic(staticSize) ? size : indexConstant(b, b.getLoc(), staticSize);
  auto loop = ForOp::create(b, b.getLoc(), types, lower, upper, ValueRange(), xs, rowDims);
  auto inside = ImplicitLocOpBuilder::atBlockEnd(b.getLoc(), loop.bodyBlock());
  IRMapping inner(map);
  for (auto [value, row] : llvm::zip_equal(rows, loop.rows()))
    inner.map(value,
              value.getType().isIndex() ? Value(ToIndexOp::create(inside, row)) : Value(row));
  Operation *one = inside.clone(*op, inner);
  SmallVector<Value> yields;
  for (Value result : one->getResults())
    yields.push_back(result.getType().isIndex() ? fromIndex(inside, result) : result);
  YieldOp::create(inside, yields);
  for (auto [result, whole] : llvm::zip_equal(op->getResults(), loop.getResults()))
    set(result, whole);
  return success();
}

LogicalResult nn::batchElementwise(ImplicitLocOpBuilder &b, Operation *op, Batching &batch) {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(batch.spread(b, operand));
  Operation *whole = op->clone();
  whole->setOperands(operands);
  whole->getResult(0).setType(batch.typeOf(op->getResult(0).getType()));
  batch.set(op->getResult(0), b.insert(whole)->getResult(0));
  return success();
}
