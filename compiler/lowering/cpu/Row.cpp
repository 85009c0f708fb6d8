// Row kernels: passes over one row, parted by its reductions; or columns, added up row by row.
#include "compiler/lowering/cpu/Elements.h"
#include "compiler/lowering/cpu/Emitters.h"
#include "compiler/optimize/Reduction.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::cpu;

// Note [Sums]
// A row is summed on 16 (f64: 8) logical lanes, lane l taking elements l, l + 16, ...; then the
// upper half of the lanes is added to the lower half until one is left. Columns are summed row by
// row. Both orders depend on nothing but the shape.

namespace {

constexpr int64_t unrolledVectors = 4; // rows up to this length stay in registers
constexpr int64_t rowChunkElements = 8192;
constexpr int64_t columnVectors = 4; // columns that are summed side by side

class RowEmitter {
public:
  RowEmitter(ImplicitLocOpBuilder &builder, kernel::ComputeInterface kernel)
      : nest(builder), b(nest.b), kernel(kernel) {}
  LogicalResult emit();

private:
  void emitRows();
  void emitRow(Place row);
  void emitColumns();
  void sumColumns(Place outer, Value column, int64_t vectors);
  /// Runs `body` at all vectors of a row, with `sums` carried through.
  SmallVector<Value> sweep(const Place &row, SmallVector<Value> sums,
                           llvm::function_ref<void(const Place &, SmallVector<Value> &)> body);
  Value combine(Operation *reduction, Value x, Value y);
  Value identity(Operation *reduction);
  Value acrossLanes(Operation *reduction, Value lanesValue);
  Value masked(Operation *reduction, Value value) {
    if (!mask)
      return value;
    return arith::SelectOp::create(b, mask, value, elements->splat(identity(reduction)));
  }
  void setMask(Value newMask) {
    mask = newMask;
    elements->setMask(newMask);
  }

  LoopNest nest;
  ImplicitLocOpBuilder &b;
  kernel::ComputeInterface kernel;
  std::optional<Elements> elements;
  int64_t lanes = 16;
  unsigned reducedAxes = 0, rank = 0;
  SmallVector<SmallVector<Operation *>> levels; // reductions by what they wait for
  SmallVector<Value> sizes;                     // of the domain
  Value mask;
  SmallVector<Value> fixedColumns, fixedMasks; // of a short row
};

Value RowEmitter::combine(Operation *reduction, Value x, Value y) {
  return combineReduced(b, reduction, x, y);
}

Value RowEmitter::identity(Operation *reduction) {
  Type element = computeType(getElementTypeOrSelf(reduction->getOperand(0)));
  return arith::ConstantOp::create(b, cast<TypedAttr>(reductionIdentity(reduction, element)));
}

Value RowEmitter::acrossLanes(Operation *reduction, Value value) {
  for (int64_t half = lanes / 2; half >= 1; half /= 2) {
    Value low = vector::ExtractStridedSliceOp::create(
        b, value, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{half}, ArrayRef<int64_t>{1});
    Value high = vector::ExtractStridedSliceOp::create(
        b, value, ArrayRef<int64_t>{half}, ArrayRef<int64_t>{half}, ArrayRef<int64_t>{1});
    value = combine(reduction, low, high);
  }
  return vector::ExtractOp::create(b, value, int64_t{0});
}

SmallVector<Value>
RowEmitter::sweep(const Place &row, SmallVector<Value> sums,
                  llvm::function_ref<void(const Place &, SmallVector<Value> &)> body) {
  Place place = row;
  place.lane = static_cast<int>(rank) - 1;
  if (!fixedColumns.empty()) {
    place.index.push_back({});
    for (auto [column, columnMask] : llvm::zip(fixedColumns, fixedMasks)) {
      place.index.back() = column;
      setMask(columnMask);
      body(place, sums);
    }
    setMask({});
    return sums;
  }
  // Reduced axes before the last one are walked by one loop.
  ArrayRef<Value> outer = ArrayRef<Value>(sizes).slice(rank - reducedAxes).drop_back();
  if (!outer.empty()) {
    auto loop = nest.openFor(nest.index(0), nest.product(outer), 1, sums);
    place.index.append(nest.delinearize(loop.getInductionVar(), outer));
    sums.assign(loop.getRegionIterArgs().begin(), loop.getRegionIterArgs().end());
  }
  Value length = sizes.back(), full = nest.floorTo(length, lanes);
  place.index.push_back({});
  auto loop = nest.openFor(nest.index(0), full, lanes, sums);
  SmallVector<Value> inner(loop.getRegionIterArgs());
  place.index.back() = loop.getInductionVar();
  body(place, inner);
  nest.close(inner);
  sums.assign(loop.getResults().begin(), loop.getResults().end());
  if (getConstantIntValue(nest.sub(length, full)) != 0) {
    loop = nest.openFor(full, length, lanes, sums); // at most once
    inner.assign(loop.getRegionIterArgs().begin(), loop.getRegionIterArgs().end());
    place.index.back() = loop.getInductionVar();
    setMask(vector::CreateMaskOp::create(b, VectorType::get(lanes, b.getI1Type()),
                                         ValueRange{nest.sub(length, full)}));
    body(place, inner);
    setMask({});
    nest.close(inner);
    sums.assign(loop.getResults().begin(), loop.getResults().end());
  }
  if (!outer.empty()) {
    auto around = cast<scf::ForOp>(b.getInsertionBlock()->getParentOp());
    nest.close(sums);
    sums.assign(around.getResults().begin(), around.getResults().end());
  }
  return sums;
}

void RowEmitter::emitRow(Place row) {
  for (ArrayRef<Operation *> level : levels) {
    SmallVector<Value> sums;
    for (Operation *reduction : level)
      sums.push_back(elements->splat(identity(reduction)));
    sums = sweep(row, sums, [&](const Place &place, SmallVector<Value> &sums) {
      for (auto [reduction, sum] : llvm::zip(level, sums)) {
        Value value = elements->vectorAt(reduction->getOperand(0), place);
        sum = combine(reduction, sum, masked(reduction, value));
      }
    });
    for (auto [reduction, sum] : llvm::zip(level, sums))
      elements->bind(reduction->getResult(0), acrossLanes(reduction, sum));
  }
  SmallVector<unsigned> wholeRows;
  auto yielded = kernel.getKernelBody()->getTerminator()->getOperands();
  for (auto [out, value] : llvm::enumerate(yielded)) {
    if (cast<RankedTensorType>(value.getType()).getRank() == static_cast<int64_t>(rank))
      wholeRows.push_back(out);
    else
      elements->store(out, row, elements->at(value, row));
  }
  if (!wholeRows.empty())
    sweep(row, {}, [&](const Place &place, SmallVector<Value> &) {
      SmallVector<Value> values;
      for (unsigned out : wholeRows)
        values.push_back(elements->vectorAt(yielded[out], place));
      for (auto [out, value] : llvm::zip(wholeRows, values))
        elements->store(out, place, value);
    });
  for (ArrayRef<Operation *> level : levels)
    for (Operation *reduction : level)
      elements->unbind(reduction->getResult(0));
}

void RowEmitter::emitRows() {
  ArrayRef<Value> kept = ArrayRef<Value>(sizes).drop_back(reducedAxes);
  Value rows = nest.product(kept);
  Value length = nest.product(ArrayRef<Value>(sizes).take_back(reducedAxes));
  Value perChunk = nest.max(
      nest.index(1), nest.div(nest.index(rowChunkElements), nest.max(length, nest.index(1))));
  Value chunks = nest.ceilDiv(rows, perChunk);
  Value lo = nest.mul(nest.openParallel(chunks), perChunk);
  Value hi = nest.min(rows, nest.add(lo, perChunk));
  std::optional<int64_t> known = getConstantIntValue(length);
  if (known && reducedAxes == 1 && *known <= unrolledVectors * lanes)
    for (int64_t column = 0; column < *known; column += lanes) {
      fixedColumns.push_back(nest.index(column));
      bool cut = column + lanes > *known;
      fixedMasks.push_back(
          cut ? vector::ConstantMaskOp::create(b, VectorType::get(lanes, b.getI1Type()),
                                               ArrayRef<int64_t>{*known - column})
              : Value());
    }
  Value number = nest.openFor(lo, hi, 1).getInductionVar();
  emitRow(Place{nest.delinearize(number, kept)});
  nest.close();
  nest.close();
}

/// Columns [column, column + vectors * lanes) of the kept axes, all rows.
void RowEmitter::sumColumns(Place outer, Value column, int64_t vectors) {
  SmallVector<Operation *> reductions;
  for (ArrayRef<Operation *> level : levels)
    reductions.append(level.begin(), level.end());
  SmallVector<Value> sums;
  for (int64_t v = 0; v < vectors; ++v)
    for (Operation *reduction : reductions)
      sums.push_back(elements->splat(identity(reduction)));
  ArrayRef<Value> reduced = ArrayRef<Value>(sizes).take_front(reducedAxes);
  auto at = [&](ArrayRef<Value> before, int64_t v) {
    Place place{SmallVector<Value>(before)};
    place.index.append(outer.index);
    place.index.push_back(nest.add(column, nest.index(v * lanes)));
    place.lane = static_cast<int>(place.index.size()) - 1;
    return place;
  };
  auto loop = nest.openFor(nest.index(0), nest.product(reduced), 1, sums);
  SmallVector<Value> row = nest.delinearize(loop.getInductionVar(), reduced);
  SmallVector<Value> inner(loop.getRegionIterArgs());
  for (int64_t v = 0, i = 0; v < vectors; ++v)
    for (Operation *reduction : reductions) {
      inner[i] =
          combine(reduction, inner[i], elements->vectorAt(reduction->getOperand(0), at(row, v)));
      ++i;
    }
  nest.close(inner);
  for (int64_t v = 0, i = 0; v < vectors; ++v) {
    for (Operation *reduction : reductions)
      elements->bind(reduction->getResult(0), loop.getResult(i++));
    Place place = at({}, v);
    for (auto [out, value] :
         llvm::enumerate(kernel.getKernelBody()->getTerminator()->getOperands()))
      elements->store(out, place, elements->vectorAt(value, place));
    for (Operation *reduction : reductions)
      elements->unbind(reduction->getResult(0));
  }
}

void RowEmitter::emitColumns() {
  ArrayRef<Value> kept = ArrayRef<Value>(sizes).drop_front(reducedAxes);
  Value width = kept.back(), rows = nest.product(kept.drop_back());
  int64_t block = columnVectors * lanes;
  Value blocks = nest.ceilDiv(width, block);
  Value chunk = nest.openParallel(nest.mul(rows, blocks));
  Place outer{nest.delinearize(nest.div(chunk, nest.max(blocks, nest.index(1))), kept.drop_back())};
  Value lo = nest.mul(nest.rem(chunk, nest.max(blocks, nest.index(1))), nest.index(block));
  Value hi = nest.min(width, nest.add(lo, nest.index(block)));
  Value wide = nest.add(lo, nest.floorTo(nest.sub(hi, lo), block));
  sumColumns(outer, nest.openFor(lo, wide, block).getInductionVar(), columnVectors);
  nest.close();
  Value full = nest.add(wide, nest.floorTo(nest.sub(hi, wide), lanes));
  sumColumns(outer, nest.openFor(wide, full, lanes).getInductionVar(), 1);
  nest.close();
  Value last = nest.openFor(full, hi, lanes).getInductionVar(); // at most once
  setMask(vector::CreateMaskOp::create(b, VectorType::get(lanes, b.getI1Type()),
                                       ValueRange{nest.sub(hi, full)}));
  sumColumns(outer, last, 1);
  setMask({});
  nest.close();
  nest.close();
}

LogicalResult RowEmitter::emit() {
  llvm::DenseMap<Value, unsigned> level;
  Value domain; // what is reduced, or where elements are taken from
  for (Operation &op : kernel.getKernelBody()->without_terminator()) {
    unsigned depth = 0;
    for (Value operand : op.getOperands())
      depth = std::max(depth, level.lookup(operand));
    bool reduces = isReduction(&op);
    if (!domain && (reduces || isa<nn::TakeAlongOp>(op)))
      domain = op.getOperand(0);
    if (reduces) {
      levels.resize(std::max<size_t>(levels.size(), depth + 1));
      levels[depth++].push_back(&op);
    }
    for (Value result : op.getResults())
      level[result] = depth;
  }
  auto axes = kernel->getAttrOfType<DenseI64ArrayAttr>("axes");
  if (!domain || !axes || axes.empty())
    return failure();
  for (BlockArgument argument : kernel.getKernelBody()->getArguments())
    lanes = std::min(lanes, lanesFor(getElementTypeOrSelf(argument)));
  for (Operation &op : *kernel.getKernelBody())
    for (Type type : op.getResultTypes())
      lanes = std::min(lanes, lanesFor(getElementTypeOrSelf(type)));
  elements.emplace(nest, kernel, lanes, /*flat=*/false);
  rank = cast<RankedTensorType>(domain.getType()).getRank();
  reducedAxes = axes.size();
  sizes = elements->sizesOf(domain);
  if (axes[reducedAxes - 1] == static_cast<int64_t>(rank) - 1)
    emitRows();
  else if (levels.size() == 1)
    emitColumns();
  else
    return failure();
  return success();
}

} // namespace

LogicalResult nnc::cpu::emitRow(ImplicitLocOpBuilder &builder, kernel::ComputeInterface kernel) {
  return RowEmitter(builder, kernel).emit();
}
