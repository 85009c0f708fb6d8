#include "compiler/lowering/gpu/Emitters.h"
#include "dialects/nn/Element.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::gpu;
using mlir::gpu::Dimension;

namespace {
/// A kernel whose reductions all take the same axes of one domain. `kept` and `reduced` number all
/// kept and all reduced places in row-major order.
class RowEmitter {
public:
  RowEmitter(KernelFunction &kernel, Elements &elements)
      : kernel(kernel), elements(elements), b(kernel.b) {}
  /// Whether the body has this form.
  bool match();
  LaunchShape emit();

private:
  /// How threads share the work: lane `lane` of `lanes` takes reduced places lane, lane + lanes,
  /// ...
  enum class Team { Warp, Block, Column };

  void arrange(LaunchShape &shape);
  Place placeOf(Value reducedPlace);
  SmallVector<Value> start(Operation *op);
  SmallVector<Value> step(Operation *op, ValueRange a, ValueRange b);
  SmallVector<Value> combineLanes(Operation *op, SmallVector<Value> state);
  SmallVector<Value> combineShared(Operation *op, ValueRange state, Value slot, int64_t slots,
                                   int64_t stride, Value offset);
  void reduce(Operation *op);
  void store();

  KernelFunction &kernel;
  Elements &elements;
  ImplicitLocOpBuilder &b;
  SmallVector<Operation *> reductions;
  Value domain; // a tensor of the domain's shape
  SmallVector<int64_t> keptAxes, reducedAxes;
  bool columns = false; // the leading axes are reduced
  Team team = Team::Warp;
  int64_t lanes = 32;
  SmallVector<Value> sizes, keptIndex;
  Value kept, lane, keptCount, reducedCount, limit, owner;
};
} // namespace

static bool isArgExtremum(Operation *op) { return isa<nn::ArgMaxOp, nn::ArgMinOp>(op); }

static SmallVector<int64_t> axesOfReduction(Operation *op) {
  if (isArgExtremum(op))
    return {op->getAttrOfType<IntegerAttr>("axis").getInt()};
  return SmallVector<int64_t>(op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef());
}

bool RowEmitter::match() {
  Block *body = kernel.op.getKernelBody();
  for (Operation &op : *body)
    if (isArgExtremum(&op) || isa<nn::SumOp, nn::ReduceMaxOp, nn::ReduceMinOp>(op))
      reductions.push_back(&op);
  if (reductions.empty())
    return false;
  domain = reductions[0]->getOperand(0);
  auto type = cast<RankedTensorType>(domain.getType());
  reducedAxes = axesOfReduction(reductions[0]);
  llvm::sort(reducedAxes);
  for (Operation *op : reductions) {
    SmallVector<int64_t> axes = axesOfReduction(op);
    llvm::sort(axes);
    auto other = cast<RankedTensorType>(op->getOperand(0).getType());
    if (axes != reducedAxes || failed(verifyCompatibleShape(type.getShape(), other.getShape())))
      return false;
  }
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (!llvm::is_contained(reducedAxes, axis))
      keptAxes.push_back(axis);
  if (reducedAxes.empty())
    return false;
  int64_t rank = type.getRank(), count = reducedAxes.size();
  bool last = reducedAxes.front() == rank - count, first = reducedAxes.back() == count - 1;
  if (!last && !first)
    return false;
  for (auto [axis, size] : llvm::enumerate(elements.sizes(domain)))
    if (llvm::is_contained(keptAxes, int64_t(axis)) && !kernel.exprOf(size))
      return false; // the grid could not be told
  columns = !last;
  // Results have the shape of the domain or of what is kept.
  SmallVector<int64_t> keptShape;
  for (int64_t axis : keptAxes)
    keptShape.push_back(type.getDimSize(axis));
  for (Value value : body->getTerminator()->getOperands()) {
    auto shape = cast<RankedTensorType>(value.getType()).getShape();
    if (failed(verifyCompatibleShape(shape, type.getShape())) &&
        failed(verifyCompatibleShape(shape, keptShape)))
      return false;
  }
  return true;
}

void RowEmitter::arrange(LaunchShape &shape) {
  sizes = elements.sizes(domain);
  SmallVector<Value> keptSizes, reducedSizes;
  for (int64_t axis : keptAxes)
    keptSizes.push_back(sizes[axis]);
  for (int64_t axis : reducedAxes)
    reducedSizes.push_back(sizes[axis]);
  keptCount = kernel.product(keptSizes);
  reducedCount = kernel.product(reducedSizes);
  auto rows = getConstantIntValue(keptCount), length = getConstantIntValue(reducedCount);
  AffineExpr one = b.getAffineConstantExpr(1), count = one;
  for (Value size : keptSizes)
    count = count * kernel.exprOf(size);
  Value x = kernel.threadId(Dimension::x), y = kernel.threadId(Dimension::y),
        block = kernel.blockId(Dimension::x);
  if (columns) {
    team = Team::Column;
    lanes = 16;
    shape.block = {32, lanes, 1};
    shape.grid = {count.ceilDiv(32), one, one};
    kept = kernel.add(kernel.mul(block, kernel.index(32)), x);
    lane = y;
  } else if (length && *length <= 1024 && !(rows && *rows == 1)) {
    team = Team::Warp;
    lanes = 32;
    shape.block = {32, 8, 1};
    shape.grid = {count.ceilDiv(8), one, one};
    kept = kernel.add(kernel.mul(block, kernel.index(8)), y);
    lane = x;
  } else {
    team = Team::Block;
    lanes = rows && *rows == 1 ? 1024 : 256;
    shape.block = {lanes, 1, 1};
    shape.grid = {count, one, one};
    kept = block;
    lane = x;
  }
  // A thread beyond the last kept place stays to the end, for barriers and shuffles, but does
  // nothing.
  Value valid = kernel.less(kept, keptCount);
  limit = arith::SelectOp::create(b, valid, reducedCount, kernel.index(0));
  owner = kernel.both(valid, kernel.equal(lane, kernel.index(0)));
  keptIndex = kernel.delinearize(kept, keptSizes);
  for (auto [index, size] : llvm::zip_equal(keptIndex, keptSizes))
    if (getConstantIntValue(size) == 1)
      index = kernel.index(0); // as broadcasts from an axis of size 1 say
}

Place RowEmitter::placeOf(Value reducedPlace) {
  SmallVector<Value> reducedSizes, axes(sizes.size());
  for (int64_t axis : reducedAxes)
    reducedSizes.push_back(sizes[axis]);
  for (auto [axis, index] :
       llvm::zip_equal(reducedAxes, kernel.delinearize(reducedPlace, reducedSizes)))
    axes[axis] = index;
  for (auto [axis, index] : llvm::zip_equal(keptAxes, keptIndex))
    axes[axis] = index;
  Value linear = columns ? kernel.add(kernel.mul(reducedPlace, keptCount), kept)
                         : kernel.add(kernel.mul(kept, reducedCount), reducedPlace);
  return Place::of(axes, linear);
}

// A running reduction is one value; that of argmax and argmin is the value and its place.
SmallVector<Value> RowEmitter::start(Operation *op) {
  SmallVector<Value> state = {reductionStart(kernel, op)};
  if (isArgExtremum(op))
    state.push_back(kernel.index(INT64_MAX));
  return state;
}

SmallVector<Value> RowEmitter::step(Operation *op, ValueRange x, ValueRange y) {
  if (!isArgExtremum(op))
    return {reductionStep(kernel, op, x[0], y[0])};
  Type type = cast<RankedTensorType>(op->getOperand(0).getType()).getElementType();
  nn::Element a{&b, b.getLoc(), x[0], type.isUnsignedInteger()}, c = a.with(y[0]);
  auto kind = isa<nn::ArgMaxOp>(op) ? nn::CompareKind::gt : nn::CompareKind::lt;
  Value better = nn::compare(kind, c, a).value;
  Value same = nn::compare(nn::CompareKind::eq, c, a).value;
  Value earlier = kernel.both(same, kernel.less(y[1], x[1]));
  Value wins = arith::OrIOp::create(b, better, earlier);
  return {arith::SelectOp::create(b, wins, y[0], x[0]),
          arith::SelectOp::create(b, wins, y[1], x[1])};
}

// Combines states of slot 0 ... slots - 1 in order, through shared memory: every thread gets the
// sum.
SmallVector<Value> RowEmitter::combineShared(Operation *op, ValueRange state, Value slot,
                                             int64_t slots, int64_t stride, Value offset) {
  SmallVector<Value> arrays;
  auto typeOf = [&](Value value) {
    return value.getType().isIndex() ? Type(b.getI64Type()) : value.getType();
  };
  auto address = [&](Value array, Value value, Value which) {
    Value linear = kernel.add(kernel.mul(which, kernel.index(stride)), offset);
    return kernel.elementAddress(array, typeOf(value), linear);
  };
  for (Value value : state) {
    Value array = kernel.shared(typeOf(value), slots * stride);
    arrays.push_back(array);
    Value stored = value;
    if (value.getType().isIndex())
      stored = arith::IndexCastOp::create(b, b.getI64Type(), value);
    LLVM::StoreOp::create(b, stored, address(array, value, slot));
  }
  kernel.barrier();
  SmallVector<Value> total;
  for (int64_t i = 0; i < slots; ++i) {
    SmallVector<Value> next;
    for (auto [array, value] : llvm::zip_equal(arrays, state)) {
      Value loaded = LLVM::LoadOp::create(b, typeOf(value), address(array, value, kernel.index(i)));
      next.push_back(value.getType().isIndex()
                         ? Value(arith::IndexCastOp::create(b, b.getIndexType(), loaded))
                         : loaded);
    }
    total = i ? step(op, total, next) : next;
  }
  return total;
}

SmallVector<Value> RowEmitter::combineLanes(Operation *op, SmallVector<Value> state) {
  if (team == Team::Column)
    return combineShared(op, state, lane, lanes, 32, kernel.threadId(Dimension::x));
  for (int64_t mask = 16; mask; mask /= 2) {
    SmallVector<Value> other;
    for (Value value : state)
      other.push_back(kernel.shuffleXor(value, mask));
    state = step(op, state, other);
  }
  if (team == Team::Warp)
    return state;
  // All lanes of a warp hold the same: each may store it.
  Value warp = kernel.div(lane, kernel.index(32));
  return combineShared(op, state, warp, lanes / 32, 1, kernel.index(0));
}

void RowEmitter::reduce(Operation *op) {
  Value operand = op->getOperand(0);
  SmallVector<Value> state =
      kernel.loop(lane, limit, kernel.index(lanes), start(op), [&](Value i, ValueRange carried) {
        return elements.scoped([&] {
          SmallVector<Value> next = {elements.at(operand, placeOf(i))};
          if (isArgExtremum(op))
            next.push_back(i);
          return step(op, carried, next);
        });
      });
  state = combineLanes(op, state);
  Value result = state[0];
  if (isArgExtremum(op)) {
    // Nothing won where all are NaN.
    Value none = kernel.equal(state[1], kernel.index(INT64_MAX));
    result = arith::SelectOp::create(b, none, kernel.index(0), state[1]);
    Type element = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
    result = arith::IndexCastOp::create(b, element, result);
  }
  elements.bind(op->getResult(0), [result](const Place &) { return result; });
}

void RowEmitter::store() {
  auto shape = cast<RankedTensorType>(domain.getType()).getShape();
  SmallVector<std::pair<Value, Value>> whole, once;
  ValueRange yielded = kernel.op.getKernelBody()->getTerminator()->getOperands();
  for (auto [tensor, memref] : llvm::zip_equal(yielded, kernel.op.getKernelOuts())) {
    bool isWhole = succeeded(
        verifyCompatibleShape(cast<RankedTensorType>(tensor.getType()).getShape(), shape));
    (isWhole ? whole : once).push_back({tensor, memref});
  }
  // All values of a place are computed before any is stored: results may lie in operands' buffers.
  auto storeAt = [&](ArrayRef<std::pair<Value, Value>> results, const Place &place) {
    elements.scoped([&] {
      SmallVector<Value> values;
      for (auto [tensor, memref] : results)
        values.push_back(elements.at(tensor, place));
      for (auto [result, value] : llvm::zip_equal(results, values))
        kernel.store(value, result.second, place.linear);
    });
  };
  if (!whole.empty())
    kernel.loop(lane, limit, kernel.index(lanes), {}, [&](Value i, ValueRange) {
      storeAt(whole, placeOf(i));
      return SmallVector<Value>();
    });
  if (!once.empty())
    kernel.ifThen(owner, [&] { storeAt(once, Place::of(keptIndex, kept)); });
}

LaunchShape RowEmitter::emit() {
  LaunchShape shape;
  arrange(shape);
  for (Operation *op : reductions)
    reduce(op);
  store();
  return shape;
}

bool nnc::gpu::emitRow(KernelFunction &kernel, Elements &elements, LaunchShape &shape) {
  RowEmitter emitter(kernel, elements);
  if (!emitter.match())
    return false;
  shape = emitter.emit();
  return true;
}
