#include "compiler/lowering/linalg/ToLinalg.h"

using namespace mlir;
using namespace nn;

namespace {
struct LowerConstant : ToLinalg<ConstantOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(ConstantOp op, Adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto value = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!value)
      return rewriter.notifyMatchFailure(op, "not dense");
    RankedTensorType type = signless(op.getType());
    if (type != op.getType())
      value = value.bitcast(type.getElementType());
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, value);
    return success();
  }
};

struct LowerFull : ToLinalg<FullOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(FullOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value scalar =
        tensor::ExtractOp::create(rewriter, op.getLoc(), adaptor.getValue(), ValueRange());
    rewriter.replaceOp(
        op, linalg::FillOp::create(rewriter, op.getLoc(), scalar, emptyLike(rewriter, op))
                .getResult(0));
    return success();
  }
};

// An index as an element of a number type.
static Value elementOfIndex(OpBuilder &builder, Location loc, Value index, Type elementType) {
  Type i64 = builder.getI64Type();
  Value wide = arith::IndexCastOp::create(builder, loc, i64, index);
  return convert(Element{&builder, loc, wide, false}, elementType).value;
}

struct LowerIota : ToLinalg<IotaOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(IotaOp op, Adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto body = [&](OpBuilder &inside, Location loc, ValueRange indices) {
      return elementOfIndex(inside, loc, indices[op.getAxis()], op.getType().getElementType());
    };
    rewriter.replaceOp(op, generate(rewriter, op.getLoc(), emptyLike(rewriter, op), body));
    return success();
  }
};

struct LowerDim : ToLinalg<DimOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(DimOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<tensor::DimOp>(op, adaptor.getX(), op.getAxis());
    return success();
  }
};

struct LowerFromIndex : ToLinalg<FromIndexOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(FromIndexOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value element = elementOfIndex(rewriter, op.getLoc(), adaptor.getIndex(),
                                   getElementTypeOrSelf(op.getType()));
    rewriter.replaceOpWithNewOp<tensor::FromElementsOp>(op, signless(op.getType()), element);
    return success();
  }
};

struct LowerToIndex : ToLinalg<ToIndexOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(ToIndexOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value scalar = tensor::ExtractOp::create(rewriter, op.getLoc(), adaptor.getX(), ValueRange());
    rewriter.replaceOpWithNewOp<arith::IndexCastOp>(op, rewriter.getIndexType(), scalar);
    return success();
  }
};
} // namespace

void nn::populateConstantToLinalg(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerConstant, LowerFull, LowerIota, LowerDim, LowerFromIndex, LowerToIndex>(
      types, patterns.getContext());
}
