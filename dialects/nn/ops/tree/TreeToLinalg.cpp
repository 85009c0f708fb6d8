#include "compiler/lowering/linalg/ToLinalg.h"

using namespace mlir;
using namespace nn;

// A tensor under another shape of as many elements.
static Value reshapeTo(OpBuilder &builder, Location loc, Value x, RankedTensorType type,
                       ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> values;
  for (OpFoldResult size : sizes)
    values.push_back(getValueOrCreateConstantIndexOp(builder, loc, size));
  auto shapeType =
      RankedTensorType::get({static_cast<int64_t>(values.size())}, builder.getIndexType());
  Value shape = tensor::FromElementsOp::create(builder, loc, shapeType, values);
  return tensor::ReshapeOp::create(builder, loc, type, x, shape);
}

static RankedTensorType flatType(RankedTensorType leaf) {
  int64_t count = leaf.hasStaticShape() ? leaf.getNumElements() : ShapedType::kDynamic;
  return RankedTensorType::get({count}, signlessElement(leaf.getElementType()));
}
static OpFoldResult flatSize(OpBuilder &builder, Location loc, Value leaf) {
  auto type = cast<RankedTensorType>(leaf.getType());
  if (type.hasStaticShape())
    return builder.getIndexAttr(type.getNumElements());
  return elementCount(builder, loc, leaf);
}

namespace {
struct LowerUnpack : ToLinalg<UnpackOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(UnpackOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    TreeLayout layout = treeLayout(rewriter, loc, op.getLeaves().getTypes(), adaptor.getDims());
    OpFoldResult one = rewriter.getIndexAttr(1);
    SmallVector<Value> leaves;
    for (auto [leaf, offset] : llvm::zip_equal(op.getLeaves(), layout.offsets)) {
      auto type = cast<RankedTensorType>(leaf.getType());
      Value flat = tensor::ExtractSliceOp::create(rewriter, loc, flatType(type), adaptor.getFlat(),
                                                  getAsOpFoldResult(offset),
                                                  flatSize(rewriter, loc, leaf), one);
      leaves.push_back(
          reshapeTo(rewriter, loc, flat, signless(type), sizesOf(rewriter, loc, leaf)));
    }
    rewriter.replaceOp(op, leaves);
    return success();
  }
};

struct LowerPack : ToLinalg<PackOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(PackOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<Value> dims;
    for (Value leaf : op.getLeaves())
      llvm::append_range(dims, dynamicDims(rewriter, loc, leaf));
    TreeLayout layout = treeLayout(rewriter, loc, op.getLeaves().getTypes(), dims);
    OpFoldResult one = rewriter.getIndexAttr(1);
    Value flat = filledLike(rewriter, op, signless(op.getType()).getElementType(), 0.0);
    for (auto [leaf, original, offset] :
         llvm::zip_equal(adaptor.getLeaves(), op.getLeaves(), layout.offsets)) {
      OpFoldResult size = flatSize(rewriter, loc, original);
      Value part = reshapeTo(rewriter, loc, leaf,
                             flatType(cast<RankedTensorType>(original.getType())), size);
      flat = tensor::InsertSliceOp::create(rewriter, loc, part, flat, getAsOpFoldResult(offset),
                                           size, one);
    }
    rewriter.replaceOp(op, flat);
    return success();
  }
};
} // namespace

void nn::populateTreeToLinalg(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerUnpack, LowerPack>(types, patterns.getContext());
}
