#include "compiler/lowering/linalg/ToLinalg.h"

using namespace mlir;
using namespace nn;

namespace {
struct ElementwiseToLinalg : OpInterfaceConversionPattern<ElementwiseOpInterface> {
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;
  LogicalResult matchAndRewrite(ElementwiseOpInterface op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    Value result = op->getResult(0);
    Value out = emptyLike(rewriter, result);
    unsigned rank = cast<RankedTensorType>(result.getType()).getRank();
    auto map = rewriter.getMultiDimIdentityMap(rank);
    SmallVector<AffineMap> maps(operands.size() + 1, map);
    Value made =
        generic(rewriter, op.getLoc(), operands, out, maps, rank,
                [&](OpBuilder &inside, Location loc, ValueRange elements) {
                  // Narrow floats are computed in f32, as fused kernels do.
                  SmallVector<Value> wide;
                  for (Value element : elements.drop_back()) {
                    Type type = element.getType();
                    wide.push_back(isa<FloatType>(type)
                                       ? convertFloat(inside, loc, element, computeType(type))
                                       : element);
                  }
                  Value value = op.emitElement(inside, loc, wide);
                  Type type = elements.back().getType();
                  return isa<FloatType>(type) ? convertFloat(inside, loc, value, type) : value;
                });
    rewriter.replaceOp(op, made);
    return success();
  }
};
} // namespace

void nn::populateElementwiseToLinalg(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<ElementwiseToLinalg>(types, patterns.getContext());
}
