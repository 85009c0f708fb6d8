#include "dialects/nn/Expr.h"

using namespace mlir;
using namespace nn;

static Type withBools(Value like) {
  return cast<RankedTensorType>(like.getType()).clone(IntegerType::get(like.getContext(), 1));
}

LogicalResult CompareOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  types.push_back(withBools(adaptor.getLhs()));
  return success();
}

LogicalResult IsFiniteOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  types.push_back(withBools(adaptor.getX()));
  return success();
}

void SelectOp::build(OpBuilder &builder, OperationState &state, Value condition, Value lhs,
                     Value rhs) {
  build(builder, state, lhs.getType(), condition, lhs, rhs);
}

void CastOp::build(OpBuilder &builder, OperationState &state, Value x, Type elementType) {
  build(builder, state, cast<RankedTensorType>(x.getType()).clone(elementType), x);
}

// Constant exponents become products and roots: exact, and far cheaper.
LogicalResult PowOp::canonicalize(PowOp op, PatternRewriter &rewriter) {
  auto exponent = dyn_cast_or_null<FloatAttr>(splatOf(op.getRhs()));
  if (!exponent)
    return failure();
  double power = exponent.getValueAsDouble();
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Ex x(b, op.getLhs());
  if (power == 0.0)
    rewriter.replaceOp(op, constantLike(x, 1.0).value);
  else if (power == 1.0)
    rewriter.replaceOp(op, x.value);
  else if (power == 2.0)
    rewriter.replaceOp(op, (x * x).value);
  else if (power == 3.0)
    rewriter.replaceOp(op, (x * x * x).value);
  else if (power == 4.0)
    rewriter.replaceOp(op, ((x * x) * (x * x)).value);
  else if (power == 0.5)
    rewriter.replaceOpWithNewOp<SqrtOp>(op, x.value);
  else if (power == -1.0)
    rewriter.replaceOp(op, (1.0 / x).value);
  else if (power == -0.5)
    rewriter.replaceOpWithNewOp<RsqrtOp>(op, x.value);
  else
    return failure();
  return success();
}
