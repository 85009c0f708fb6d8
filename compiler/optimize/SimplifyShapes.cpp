// nn-simplify-shapes: removes the ops that only change shapes from between ops that could be one
// kernel.
#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Reduction.h"
#include "compiler/optimize/Sizes.h"
#include "compiler/optimize/Zeros.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace nnc;

static RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Whether the dynamic sizes of a reshape's operand are those of its result, in order.
static bool keepsSizes(nn::ReshapeOp reshape) {
  size_t from = tensorOf(reshape.getX()).getNumDynamicDims();
  return from == reshape.getDims().size() &&
         (from <= 1 || hasSizes(reshape.getX(), reshape.getDims()));
}

/// Where each axis of the operand goes in a reshape that only puts in axes of size 1; nothing for
/// others. Several dynamic axes must be known to keep their sizes, one has nothing else to become.
static std::optional<SmallVector<int64_t>> axesKeptBy(nn::ReshapeOp reshape) {
  ArrayRef<int64_t> from = tensorOf(reshape.getX()).getShape(), to = reshape.getType().getShape();
  if (llvm::is_contained(from, 1) || !keepsSizes(reshape))
    return std::nullopt;
  SmallVector<int64_t> places;
  for (auto [axis, size] : llvm::enumerate(to)) {
    if (size == 1)
      continue;
    if (places.size() == from.size() || from[places.size()] != size)
      return std::nullopt;
    places.push_back(axis);
  }
  if (places.size() != from.size())
    return std::nullopt;
  return places;
}

namespace {

/// broadcast(reshape(x)) with new axes of size 1 is broadcast(x).
struct BroadcastOfReshape : OpRewritePattern<nn::BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::BroadcastOp op, PatternRewriter &rewriter) const override {
    auto reshape = op.getX().getDefiningOp<nn::ReshapeOp>();
    auto places = reshape ? axesKeptBy(reshape) : std::nullopt;
    if (!places)
      return failure();
    SmallVector<int64_t> map;
    for (int64_t axis : *places)
      map.push_back(op.getMap()[axis]);
    rewriter.replaceOpWithNewOp<nn::BroadcastOp>(op, op.getType(), reshape.getX(), op.getDims(),
                                                 map);
    return success();
  }
};

/// A reduction of axes of size 1 is a reshape.
template <typename Op> struct ReductionOfUnits : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    auto shape = tensorOf(op.getX()).getShape();
    if (!llvm::all_of(op.getAxes(), [&](int64_t axis) { return shape[axis] == 1; }))
      return failure();
    SmallVector<Value> dims = nn::dynamicDims(rewriter, op.getLoc(), op.getX());
    rewriter.replaceOpWithNewOp<nn::ReshapeOp>(op, op.getType(), op.getX(), dims);
    return success();
  }
};

/// reshape(reshape(x)) back to x's own shape is x.
struct ReshapeBack : OpRewritePattern<nn::ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::ReshapeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<nn::ReshapeOp>();
    if (!inner || inner.getX().getType() != op.getType() ||
        (op.getType().getNumDynamicDims() > 1 && !hasSizes(inner.getX(), op.getDims())))
      return failure();
    rewriter.replaceOp(op, inner.getX());
    return success();
  }
};

/// An elementwise op on reshaped values is the op, reshaped: reshapes move to the end of chains.
struct ElementwiseOfReshape : OpInterfaceRewritePattern<nn::ElementwiseOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(nn::ElementwiseOpInterface op,
                                PatternRewriter &rewriter) const override {
    nn::ReshapeOp first;
    for (Value operand : op->getOperands()) {
      auto reshape = operand.getDefiningOp<nn::ReshapeOp>();
      if (reshape && !first)
        first = reshape;
      bool same = reshape && haveSameSizes(reshape.getX(), first.getX());
      if (!same && !isUniform(operand))
        return failure();
    }
    if (!first)
      return failure();
    auto shape = tensorOf(first.getX()).getShape();
    SmallVector<Value> operands, dims = nn::dynamicDims(rewriter, op.getLoc(), first.getX());
    for (Value operand : op->getOperands()) {
      auto reshape = operand.getDefiningOp<nn::ReshapeOp>();
      operands.push_back(reshape ? reshape.getX() : reshaped(rewriter, operand, shape, dims));
    }
    auto to = tensorOf(op->getResult(0));
    Operation *moved = rewriter.clone(*op);
    moved->setOperands(operands);
    moved->getResult(0).setType(RankedTensorType::get(shape, to.getElementType()));
    rewriter.replaceOpWithNewOp<nn::ReshapeOp>(op, to, moved->getResult(0), first.getDims());
    return success();
  }

  static bool isUniform(Value value) {
    if (value.getDefiningOp<nn::FullOp>())
      return true;
    auto constant = value.getDefiningOp<nn::ConstantOp>();
    return constant && isa<SplatElementsAttr>(constant.getValue());
  }
  static Value reshaped(PatternRewriter &rewriter, Value uniform, ArrayRef<int64_t> shape,
                        ValueRange dims) {
    Type element = tensorOf(uniform).getElementType();
    auto type = RankedTensorType::get(shape, element);
    Location loc = uniform.getLoc();
    if (auto full = uniform.getDefiningOp<nn::FullOp>())
      return nn::FullOp::create(rewriter, loc, type, full.getValue(), dims);
    auto values = cast<SplatElementsAttr>(uniform.getDefiningOp<nn::ConstantOp>().getValue());
    auto scalarType = RankedTensorType::get({}, element);
    Value scalar = nn::ConstantOp::create(rewriter, loc, values.resizeSplat(scalarType));
    return nn::FullOp::create(rewriter, loc, type, scalar, dims);
  }
};

/// A sum of tensors that are zero but for blocks of their own is one tensor, written block by
/// block: the gradient of what was read in parts.
struct SumOfUpdates : OpRewritePattern<nn::AddOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::AddOp op, PatternRewriter &rewriter) const override {
    for (auto [into, from] : {std::pair(op.getLhs(), op.getRhs()), {op.getRhs(), op.getLhs()}}) {
      auto block = from.getDefiningOp<nn::DynamicUpdateOp>();
      if (!block || !block->hasOneUse() || !isZero(block.getX()) || !isZeroAt(into, block))
        continue;
      rewriter.replaceOpWithNewOp<nn::DynamicUpdateOp>(op, op.getType(), into, block.getUpdate(),
                                                       block.getStart());
      return success();
    }
    return failure();
  }

  /// Whether `value` is made of zeros and blocks beside `block`.
  static bool isZeroAt(Value value, nn::DynamicUpdateOp block) {
    while (auto other = value.getDefiningOp<nn::DynamicUpdateOp>()) {
      if (!areApart(other, block))
        return false;
      value = other.getX();
    }
    return isZero(value);
  }

  static bool areApart(nn::DynamicUpdateOp a, nn::DynamicUpdateOp b) {
    ArrayRef<int64_t> shape = tensorOf(a.getX()).getShape(),
                      shapeOfA = tensorOf(a.getUpdate()).getShape(),
                      shapeOfB = tensorOf(b.getUpdate()).getShape();
    for (auto [axis, size] : llvm::enumerate(shape)) {
      auto startOfA = getConstantIntValue(a.getStart()[axis]),
           startOfB = getConstantIntValue(b.getStart()[axis]);
      int64_t sizeOfA = shapeOfA[axis], sizeOfB = shapeOfB[axis];
      if (!startOfA || !startOfB || ShapedType::isDynamic(size) || ShapedType::isDynamic(sizeOfA) ||
          ShapedType::isDynamic(sizeOfB))
        continue;
      int64_t fromA = std::clamp<int64_t>(*startOfA, 0, size - sizeOfA),
              fromB = std::clamp<int64_t>(*startOfB, 0, size - sizeOfB);
      if (fromA + sizeOfA <= fromB || fromB + sizeOfB <= fromA)
        return true;
    }
    return false;
  }
};

/// Letters of an einsum follow its operands' and its result's transposes, but for those before the
/// loop that the einsum is in.
struct EinsumOfTranspose : OpRewritePattern<nn::EinsumOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::EinsumOp op, PatternRewriter &rewriter) const override {
    std::string letters[] = {op.lhsLetters().str(), op.rhsLetters().str()};
    Value operands[] = {op.getLhs(), op.getRhs()};
    bool changed = false;
    for (int side = 0; side < 2; ++side)
      if (auto transpose = operands[side].getDefiningOp<nn::TransposeOp>();
          transpose && transpose->getBlock() == op->getBlock()) {
        std::string before = letters[side];
        for (auto [k, axis] : llvm::enumerate(transpose.getPerm()))
          letters[side][axis] = before[k];
        operands[side] = transpose.getX();
        changed = true;
      }
    if (!changed)
      return failure();
    std::string spec = letters[0] + "," + letters[1] + "->" + op.resultLetters().str();
    rewriter.replaceOpWithNewOp<nn::EinsumOp>(op, op.getType(), spec, operands[0], operands[1]);
    return success();
  }
};
struct TransposeOfEinsum : OpRewritePattern<nn::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::TransposeOp op, PatternRewriter &rewriter) const override {
    auto einsum = op.getX().getDefiningOp<nn::EinsumOp>();
    if (!einsum || !einsum->hasOneUse())
      return failure();
    std::string spec = einsum.getSpec().split("->").first.str() + "->";
    for (int64_t axis : op.getPerm())
      spec += einsum.resultLetters()[axis];
    rewriter.replaceOpWithNewOp<nn::EinsumOp>(op, op.getType(), spec, einsum.getLhs(),
                                              einsum.getRhs());
    return success();
  }
};

/// Sums of products of equal axes ("bk,bk->b") have no matrix to block: a product, then a sum.
struct EinsumOfEqualAxes : OpRewritePattern<nn::EinsumOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::EinsumOp op, PatternRewriter &rewriter) const override {
    StringRef letters = op.lhsLetters(), result = op.resultLetters();
    Type element = getElementTypeOrSelf(op.getType());
    if (letters != op.rhsLetters() || op.getLhs().getType() != op.getRhs().getType() ||
        getElementTypeOrSelf(op.getLhs()) != element || element.isF16() || element.isBF16())
      return failure();
    SmallVector<int64_t> summed;
    std::string kept;
    for (auto [axis, letter] : llvm::enumerate(letters)) {
      if (result.contains(letter))
        kept += letter;
      else
        summed.push_back(axis);
    }
    if (kept != result)
      return failure();
    Value product = nn::MulOp::create(rewriter, op.getLoc(), op.getLhs(), op.getRhs());
    if (summed.empty())
      rewriter.replaceOp(op, product);
    else
      rewriter.replaceOpWithNewOp<nn::SumOp>(op, op.getType(), product, summed);
    return success();
  }
};

struct SimplifyShapesPass : PassWrapper<SimplifyShapesPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SimplifyShapesPass)
  StringRef getArgument() const final { return "nn-simplify-shapes"; }
  StringRef getDescription() const final {
    return "removes shape changes from between ops that could be one kernel";
  }
  void runOnOperation() override {
    if (!getOperation()->hasAttr("nn.graph"))
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<BroadcastOfReshape, ReductionOfUnits<nn::SumOp>, ReductionOfUnits<nn::ReduceMaxOp>,
                 ReductionOfUnits<nn::ReduceMinOp>, ReshapeBack, ElementwiseOfReshape, SumOfUpdates,
                 EinsumOfTranspose, TransposeOfEinsum, EinsumOfEqualAxes>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> nnc::createSimplifyShapesPass() {
  return std::make_unique<SimplifyShapesPass>();
}
