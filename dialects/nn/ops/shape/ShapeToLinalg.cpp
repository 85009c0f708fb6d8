#include "compiler/lowering/linalg/ToLinalg.h"

using namespace mlir;
using namespace nn;

// Element types and shapes of one operand, moved: the body of generics that compute nothing.
static Value first(OpBuilder &, Location, ValueRange elements) { return elements.front(); }

static Value asValue(OpBuilder &builder, Location loc, OpFoldResult size) {
  return getValueOrCreateConstantIndexOp(builder, loc, size);
}

namespace {
struct LowerBroadcast : ToLinalg<BroadcastOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(BroadcastOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    unsigned rank = op.getType().getRank();
    SmallVector<AffineExpr> exprs;
    for (auto [axis, target] : llvm::enumerate(op.getMap())) {
      bool expands = op.getX().getType().getDimSize(axis) != op.getType().getDimSize(target);
      exprs.push_back(expands ? rewriter.getAffineConstantExpr(0)
                              : rewriter.getAffineDimExpr(target));
    }
    AffineMap maps[] = {AffineMap::get(rank, 0, exprs, rewriter.getContext()),
                        rewriter.getMultiDimIdentityMap(rank)};
    rewriter.replaceOp(op, generic(rewriter, op.getLoc(), adaptor.getX(), emptyLike(rewriter, op),
                                   maps, rank, first));
    return success();
  }
};

struct LowerReshape : ToLinalg<ReshapeOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(ReshapeOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    SmallVector<Value> sizes;
    for (OpFoldResult size : sizesOf(rewriter, op.getLoc(), op))
      sizes.push_back(asValue(rewriter, op.getLoc(), size));
    auto shapeType =
        RankedTensorType::get({static_cast<int64_t>(sizes.size())}, rewriter.getIndexType());
    Value shape = tensor::FromElementsOp::create(rewriter, op.getLoc(), shapeType, sizes);
    rewriter.replaceOpWithNewOp<tensor::ReshapeOp>(op, signless(op.getType()), adaptor.getX(),
                                                   shape);
    return success();
  }
};

struct LowerTranspose : ToLinalg<TransposeOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(TransposeOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    unsigned rank = op.getType().getRank();
    SmallVector<int64_t> loops(rank); // the operand's axis perm[k] is loop k
    for (auto [k, axis] : llvm::enumerate(op.getPerm()))
      loops[axis] = k;
    AffineMap maps[] = {axesMap(getContext(), rank, loops), rewriter.getMultiDimIdentityMap(rank)};
    rewriter.replaceOp(op, generic(rewriter, op.getLoc(), adaptor.getX(), emptyLike(rewriter, op),
                                   maps, rank, first));
    return success();
  }
};

struct LowerReverse : ToLinalg<ReverseOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(ReverseOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto sizes = sizesOf(rewriter, op.getLoc(), op);
    auto body = [&](OpBuilder &inside, Location loc, ValueRange indices) -> Value {
      SmallVector<Value> from(indices);
      for (int64_t axis : op.getAxes()) {
        Value last =
            subIndex(inside, loc, asValue(inside, loc, sizes[axis]), indexConstant(inside, loc, 1));
        from[axis] = subIndex(inside, loc, last, indices[axis]);
      }
      return tensor::ExtractOp::create(inside, loc, adaptor.getX(), from);
    };
    rewriter.replaceOp(op, generate(rewriter, op.getLoc(), emptyLike(rewriter, op), body));
    return success();
  }
};

struct LowerSlice : ToLinalg<SliceOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(SliceOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    SmallVector<OpFoldResult> offsets, strides;
    for (int64_t start : op.getStart())
      offsets.push_back(rewriter.getIndexAttr(start));
    for (int64_t stride : op.getStride())
      strides.push_back(rewriter.getIndexAttr(stride));
    rewriter.replaceOpWithNewOp<tensor::ExtractSliceOp>(op, signless(op.getType()), adaptor.getX(),
                                                        offsets, sizesOf(rewriter, op.getLoc(), op),
                                                        strides);
    return success();
  }
};

// Offsets that keep a block of `sizes` inside a tensor.
static SmallVector<OpFoldResult> clampStart(OpBuilder &builder, Location loc, ValueRange start,
                                            ArrayRef<OpFoldResult> sizes, Value whole) {
  SmallVector<OpFoldResult> offsets;
  for (auto [axis, offset] : llvm::enumerate(start)) {
    Value room = subIndex(builder, loc, dimOf(builder, loc, whole, axis),
                          asValue(builder, loc, sizes[axis]));
    room = addIndex(builder, loc, room, indexConstant(builder, loc, 1));
    offsets.push_back(clampIndex(builder, loc, offset, room));
  }
  return offsets;
}

struct LowerDynamicSlice : ToLinalg<DynamicSliceOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(DynamicSliceOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto sizes = sizesOf(rewriter, op.getLoc(), op);
    SmallVector<OpFoldResult> ones(sizes.size(), rewriter.getIndexAttr(1));
    rewriter.replaceOpWithNewOp<tensor::ExtractSliceOp>(
        op, signless(op.getType()), adaptor.getX(),
        clampStart(rewriter, op.getLoc(), adaptor.getStart(), sizes, op.getX()), sizes, ones);
    return success();
  }
};

struct LowerDynamicUpdate : ToLinalg<DynamicUpdateOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(DynamicUpdateOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto sizes = sizesOf(rewriter, op.getLoc(), op.getUpdate());
    SmallVector<OpFoldResult> ones(sizes.size(), rewriter.getIndexAttr(1));
    rewriter.replaceOpWithNewOp<tensor::InsertSliceOp>(
        op, adaptor.getUpdate(), adaptor.getX(),
        clampStart(rewriter, op.getLoc(), adaptor.getStart(), sizes, op.getX()), sizes, ones);
    return success();
  }
};

// The operand's element i goes to place lo + i * (interior + 1), where that lies inside.
struct LowerPad : ToLinalg<PadOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(PadOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<OpFoldResult> from, counts, to, steps, ones;
    for (int64_t axis = 0; axis < op.getType().getRank(); ++axis) {
      int64_t lo = op.getLo()[axis], step = op.getInterior()[axis] + 1;
      int64_t skipped = lo < 0 ? (-lo + step - 1) / step : 0;
      int64_t offset = lo + skipped * step;
      auto constant = [&](int64_t value) { return indexConstant(rewriter, loc, value); };
      // ceil((size - offset) / step) places are left of the result, n - skipped elements to put.
      Value room = subIndex(rewriter, loc, dimOf(rewriter, loc, op, axis), constant(offset));
      room = arith::MaxSIOp::create(rewriter, loc, room, constant(0));
      room = ceilDivIndex(rewriter, loc, room, step);
      Value left =
          subIndex(rewriter, loc, dimOf(rewriter, loc, op.getX(), axis), constant(skipped));
      left = arith::MaxSIOp::create(rewriter, loc, left, constant(0));
      counts.push_back(rewriter.createOrFold<arith::MinSIOp>(loc, room, left));
      from.push_back(rewriter.getIndexAttr(skipped));
      to.push_back(rewriter.getIndexAttr(offset));
      steps.push_back(rewriter.getIndexAttr(step));
      ones.push_back(rewriter.getIndexAttr(1));
    }
    Value kept = tensor::ExtractSliceOp::create(rewriter, loc, adaptor.getX(), from, counts, ones);
    Value fill = filledLike(rewriter, op, signless(op.getType()).getElementType(),
                            op.getFill().convertToDouble());
    rewriter.replaceOpWithNewOp<tensor::InsertSliceOp>(op, kept, fill, to, counts, steps);
    return success();
  }
};

struct LowerConcat : ToLinalg<ConcatOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(ConcatOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value whole = emptyLike(rewriter, op), offset = indexConstant(rewriter, loc, 0);
    for (auto [part, original] : llvm::zip_equal(adaptor.getParts(), op.getParts())) {
      auto sizes = sizesOf(rewriter, loc, original);
      SmallVector<OpFoldResult> start(sizes.size(), rewriter.getIndexAttr(0));
      SmallVector<OpFoldResult> ones(sizes.size(), rewriter.getIndexAttr(1));
      start[op.getAxis()] = getAsOpFoldResult(offset);
      whole = tensor::InsertSliceOp::create(rewriter, loc, part, whole, start, sizes, ones);
      offset = addIndex(rewriter, loc, offset, dimOf(rewriter, loc, original, op.getAxis()));
    }
    rewriter.replaceOp(op, whole);
    return success();
  }
};
} // namespace

void nn::populateShapeToLinalg(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerBroadcast, LowerReshape, LowerTranspose, LowerReverse, LowerSlice,
               LowerDynamicSlice, LowerDynamicUpdate, LowerPad, LowerConcat>(types,
                                                                             patterns.getContext());
}
