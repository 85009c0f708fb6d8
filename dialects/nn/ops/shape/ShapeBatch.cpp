// Ops that move elements, for a batch: the axes of a row are those after the first.
#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"

using namespace mlir;
using namespace nn;

static SmallVector<int64_t> after(int64_t first, ArrayRef<int64_t> rest) {
  SmallVector<int64_t> all = {first};
  llvm::append_range(all, rest);
  return all;
}

LogicalResult BroadcastOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(),
            BroadcastOp::create(b, batch.typeOf(getType()), batch.of(getX()),
                                batch.dims(batch.plain(getDims())), after(0, shifted(getMap()))));
  return success();
}
LogicalResult ReshapeOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(), b.createOrFold<ReshapeOp>(batch.typeOf(getType()), batch.of(getX()),
                                                   batch.dims(batch.plain(getDims()))));
  return success();
}
LogicalResult TransposeOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(),
            nn::transpose(Ex(b, batch.of(getX())), after(0, shifted(getPerm()))).value);
  return success();
}
LogicalResult ReverseOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(), nn::reverse(Ex(b, batch.of(getX())), shifted(getAxes())).value);
  return success();
}
LogicalResult SliceOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(), SliceOp::create(b, batch.of(getX()), after(0, getStart()),
                                         after(-1, getLimit()), after(1, getStride())));
  return success();
}
LogicalResult PadOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  batch.set(getResult(), PadOp::create(b, batch.of(getX()), after(0, getLo()), after(0, getHi()),
                                       after(0, getInterior()), getFill()));
  return success();
}
LogicalResult ConcatOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  SmallVector<Value> parts;
  for (Value part : getParts())
    parts.push_back(batch.spread(b, part));
  batch.set(getResult(), ConcatOp::create(b, int64_t(getAxis()) + 1, parts));
  return success();
}

//--- blocks at offsets; each row may have its own

namespace {
// The offsets of a block: those that all rows share, and 0 on the axes where each has its own.
struct Offsets {
  SmallVector<Value> shared;
  SmallVector<int64_t> own; // these axes of a row

  Offsets(ImplicitLocOpBuilder &b, OperandRange start, Batching &batch) {
    Value zero = indexConstant(b, b.getLoc(), 0);
    for (auto [axis, value] : llvm::enumerate(start)) {
      bool isOwn = batch.isBatched(value);
      shared.push_back(isOwn ? zero : batch.plain(value));
      if (isOwn)
        own.push_back(int64_t(axis));
    }
  }
  bool areAllOwn() const { return own.size() == shared.size(); }
  SmallVector<Value> ofWhole(ImplicitLocOpBuilder &b) const {
    SmallVector<Value> all = {indexConstant(b, b.getLoc(), 0)};
    llvm::append_range(all, shared);
    return all;
  }
};
} // namespace

// Each row's offset on an axis, moved so that `size` elements from it on are among `count`.
static Ex clampedOffsets(ImplicitLocOpBuilder &b, Value offsets, Value count, Value size) {
  Ex offset(b, offsets);
  Value last = subIndex(b, b.getLoc(), count, size);
  Value number = b.createOrFold<FromIndexOp>(RankedTensorType::get({}, b.getI64Type()), last);
  Ex limit = nn::spread(Ex(b, number), offset, {0});
  Ex low(b, MaxOp::create(b, offset.value, zerosLike(offset).value));
  return Ex(b, MinOp::create(b, low.value, limit.value));
}
// position - offset for the positions 0, 1, .. below `count`: [B, count]
static Ex countFrom(ImplicitLocOpBuilder &b, Batching &batch, int64_t staticCount, Value count,
                    Ex offset, bool isPlus) {
  SmallVector<Value> dims;
  if (ShapedType::isDynamic(staticCount))
    dims.push_back(count);
  auto row = RankedTensorType::get({staticCount}, b.getI64Type());
  Ex place(b, IotaOp::create(b, batch.typeOf(row), 1, batch.dims(dims)));
  Ex spreadOffset = nn::spread(offset, place, {1});
  return isPlus ? place + spreadOffset : place - spreadOffset;
}

LogicalResult DynamicSliceOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  if (batch.anyBatched(getDims()))
    return failure();
  Location loc = b.getLoc();
  Offsets offsets(b, getStart(), batch);
  bool isWhole = batch.isBatched(getX());
  Ex x(b, isWhole ? batch.of(getX()) : batch.plain(getX()));
  SmallVector<Value> sizes(batch.plain(getDims()));
  auto sizeOf = [&](int64_t axis) {
    return getType().isDynamicDim(axis) ? pickDim(getType(), sizes, axis)
                                        : indexConstant(b, loc, getType().getDimSize(axis));
  };
  if (!offsets.areAllOwn()) {
    SmallVector<int64_t> shape;
    SmallVector<Value> dims;
    for (int64_t axis = 0; axis < getType().getRank(); ++axis) {
      bool isOwn = llvm::is_contained(offsets.own, axis);
      shape.push_back(isOwn ? x.type().getDimSize(axis + isWhole) : getType().getDimSize(axis));
      if (ShapedType::isDynamic(shape.back()))
        dims.push_back(isOwn ? dimOf(b, loc, x.value, axis + isWhole) : sizeOf(axis));
    }
    RankedTensorType type = getType().clone(shape);
    x = Ex(b, isWhole ? DynamicSliceOp::create(b, batch.typeOf(type), x.value, offsets.ofWhole(b),
                                               batch.dims(dims))
                      : DynamicSliceOp::create(b, type, x.value, offsets.shared, dims));
  }
  for (int64_t axis : offsets.own) {
    Value size = sizeOf(axis);
    Ex offset =
        clampedOffsets(b, batch.of(getStart()[axis]), dimOf(b, loc, x.value, axis + isWhole), size);
    Ex index = countFrom(b, batch, getType().getDimSize(axis), size, offset, /*isPlus=*/true);
    x = batch.takeRows(x, isWhole, index, axis);
    isWhole = true;
  }
  batch.set(getResult(), x.value);
  return success();
}

// Where rows have offsets of their own, the block covers those axes wholly, by a mask.
LogicalResult DynamicUpdateOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  Location loc = b.getLoc();
  Offsets offsets(b, getStart(), batch);
  Ex x(b, batch.spread(b, getX())), block(b, batch.spread(b, getUpdate()));
  SmallVector<std::pair<Ex, int64_t>> masks; // [B, size], and the axis
  for (int64_t axis : offsets.own) {
    Value count = dimOf(b, loc, x.value, axis + 1), size = dimOf(b, loc, block.value, axis + 1);
    Ex offset = clampedOffsets(b, batch.of(getStart()[axis]), count, size);
    Ex place = countFrom(b, batch, x.type().getDimSize(axis + 1), count, offset, /*isPlus=*/false);
    Value number = b.createOrFold<FromIndexOp>(RankedTensorType::get({}, b.getI64Type()), size);
    Ex below = compare(CompareKind::lt, place, nn::spread(Ex(b, number), place, {0, 1}));
    Ex above = compare(CompareKind::ge, place, zerosLike(place));
    masks.push_back({Ex(b, AndOp::create(b, above.value, below.value)), axis + 1});
    block = batch.takeRows(block, true, place, axis);
  }
  if (!masks.empty()) {
    Ex old = offsets.areAllOwn() ? x : dynamicSliceLike(x, block, offsets.ofWhole(b));
    for (auto [mask, axis] : masks) {
      SmallVector<int64_t> others;
      for (int64_t other = 1; other < block.rank(); ++other)
        if (other != axis)
          others.push_back(other);
      block = select(nn::spread(mask, block, others), block, old);
    }
  }
  if (!masks.empty() && offsets.areAllOwn())
    batch.set(getResult(), block.value);
  else
    batch.set(getResult(), nn::dynamicUpdate(x, block, offsets.ofWhole(b)).value);
  return success();
}
