#include "dialects/nn/Element.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace nn;

static TypedAttr splatOfAttribute(Attribute attr) {
  auto elements = dyn_cast_or_null<DenseElementsAttr>(attr);
  if (!elements || !elements.isSplat())
    return {};
  return cast<TypedAttr>(elements.getSplatValue<Attribute>());
}

TypedAttr nn::splatOf(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto constant = dyn_cast<ConstantOp>(op))
      return splatOfAttribute(constant.getValue());
    if (!isa<FullOp, BroadcastOp, ReshapeOp, TransposeOp>(op))
      return {};
    value = op->getOperand(0);
  }
  return {};
}

static bool isSplat(Value value, double number) {
  TypedAttr attr = splatOf(value);
  if (auto floating = dyn_cast_or_null<FloatAttr>(attr))
    return floating.getValueAsDouble() == number;
  if (auto integer = dyn_cast_or_null<IntegerAttr>(attr))
    return integer.getValue() == static_cast<uint64_t>(number);
  return false;
}

// x + 0, x * 1 and their like.
static Value foldNeutral(Operation *op) {
  if (isa<AddOp>(op) && isSplat(op->getOperand(0), 0))
    return op->getOperand(1);
  if (isa<AddOp, SubOp>(op) && isSplat(op->getOperand(1), 0))
    return op->getOperand(0);
  if (isa<MulOp>(op) && isSplat(op->getOperand(0), 1))
    return op->getOperand(1);
  if (isa<MulOp, DivOp>(op) && isSplat(op->getOperand(1), 1))
    return op->getOperand(0);
  if (auto neg = dyn_cast<NegOp>(op))
    if (auto inner = neg.getX().getDefiningOp<NegOp>())
      return inner.getX();
  if (auto cast = dyn_cast<CastOp>(op))
    return cast.getX();
  if (auto select = dyn_cast<SelectOp>(op)) {
    if (select.getLhs() == select.getRhs() || isSplat(select.getCondition(), 1))
      return select.getLhs();
    if (isSplat(select.getCondition(), 0))
      return select.getRhs();
  }
  return {};
}

// The number as a signless arith constant, or null where it is neither float nor integer.
static Value emitScalar(OpBuilder &builder, Location loc, TypedAttr attr) {
  if (auto integer = dyn_cast<IntegerAttr>(attr))
    attr = builder.getIntegerAttr(signlessElement(integer.getType()), integer.getValue());
  return arith::ConstantOp::create(builder, loc, attr);
}

OpFoldResult nn::foldElementwise(Operation *op, ArrayRef<Attribute> operands) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (Value same = foldNeutral(op); same && same.getType() == type)
    return same;
  if (!type.hasStaticShape())
    return {};
  SmallVector<TypedAttr> numbers;
  for (Attribute operand : operands) {
    TypedAttr number = splatOfAttribute(operand);
    if (!isa_and_nonnull<FloatAttr, IntegerAttr>(number))
      return {};
    numbers.push_back(number);
  }
  // The element is emitted into a block of its own, on constants, and folds there.
  Block scratch;
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToEnd(&scratch);
  SmallVector<Value> scalars;
  for (TypedAttr number : numbers)
    scalars.push_back(emitScalar(builder, op->getLoc(), number));
  Value element = cast<ElementwiseOpInterface>(op).emitElement(builder, op->getLoc(), scalars);
  Attribute result;
  if (!matchPattern(element, m_Constant(&result)))
    return {};
  if (auto integer = dyn_cast<IntegerAttr>(result))
    return DenseElementsAttr::get(type, integer.getValue());
  return DenseElementsAttr::get(type, result);
}

// op(full a, full b) -> full op(a, b): what is one number everywhere is computed once.
namespace {
struct ElementwiseOfFull : OpInterfaceRewritePattern<ElementwiseOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(ElementwiseOpInterface op,
                                PatternRewriter &rewriter) const override {
    auto isUniform = [](Value value) {
      return value.getDefiningOp<FullOp>() || (splatOf(value) && value.getDefiningOp<ConstantOp>());
    };
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (type.getRank() == 0 || !llvm::all_of(op->getOperands(), isUniform) ||
        llvm::all_of(op->getOperands(), [](Value v) { return v.getDefiningOp<ConstantOp>(); }))
      return failure();
    SmallVector<Value> scalars;
    SmallVector<Value> dims;
    for (Value operand : op->getOperands()) {
      if (auto full = operand.getDefiningOp<FullOp>()) {
        scalars.push_back(full.getValue());
        dims = full.getDims();
        continue;
      }
      auto element = cast<RankedTensorType>(operand.getType()).clone(ArrayRef<int64_t>());
      auto attr = cast<DenseElementsAttr>(operand.getDefiningOp<ConstantOp>().getValue());
      scalars.push_back(ConstantOp::create(rewriter, op.getLoc(), attr.resizeSplat(element)));
    }
    Operation *scalar = rewriter.clone(*op.getOperation());
    scalar->setOperands(scalars);
    scalar->getResult(0).setType(type.clone(ArrayRef<int64_t>()));
    rewriter.replaceOpWithNewOp<FullOp>(op, type, scalar->getResult(0), dims);
    return success();
  }
};
} // namespace

void NNDialect::getCanonicalizationPatterns(RewritePatternSet &patterns) const {
  patterns.add<ElementwiseOfFull>(getContext());
}
