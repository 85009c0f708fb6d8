// nn-split-reductions: a tensor is not reduced to one number in one go, which one thread would do
// alone. Its rows are, side by side, and then what they gave; a long vector is cut into rows first.
#include "compiler/optimize/Passes.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace nnc;

/// A shorter vector is not worth a second kernel.
static constexpr int64_t longVector = 32768;
/// Rows of a vector that is cut are about so long: some microseconds of work.
static constexpr int64_t longestRow = 16384, shortestRow = 512;

/// Sizes that are known only when running must not lead to other sums than the same sizes in the
/// source: whether rows are summed first hangs on the number of axes.
static bool hasRows(ArrayRef<int64_t> shape) { return shape.size() >= 2 && shape[0] != 1; }

/// The length of the rows into which a vector of `size` elements is cut, or 0.
static int64_t rowLength(int64_t size) {
  if (ShapedType::isDynamic(size) || size < longVector)
    return 0;
  for (int64_t length = longestRow; length >= shortestRow; --length)
    if (size % length == 0)
      return length;
  return 0;
}

/// A vector seen as a matrix. What elementwise ops make of others for this one reader is made of
/// matrices, so that all stays one kernel.
static Value asMatrix(PatternRewriter &rewriter, Value vector, int64_t length) {
  auto type = cast<RankedTensorType>(vector.getType());
  auto matrix = type.clone({type.getDimSize(0) / length, length});
  Operation *op = vector.getDefiningOp();
  if (op && isa<nn::ElementwiseOpInterface>(op) && vector.hasOneUse()) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(asMatrix(rewriter, operand, length));
    Operation *copy = rewriter.clone(*op);
    copy->setOperands(operands);
    copy->getResult(0).setType(matrix);
    return copy->getResult(0);
  }
  if (auto full = vector.getDefiningOp<nn::FullOp>())
    return nn::FullOp::create(rewriter, full.getLoc(), matrix, full.getValue(), ValueRange());
  return nn::ReshapeOp::create(rewriter, vector.getLoc(), matrix, vector, ValueRange());
}

namespace {

template <typename Op> struct SplitReduction : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getX().getType());
    if (cast<RankedTensorType>(op.getType()).getRank() != 0 || !type.getElementType().isF32())
      return failure();
    Value rows = op.getX();
    if (int64_t length = type.getRank() == 1 ? rowLength(type.getDimSize(0)) : 0) {
      rows = asMatrix(rewriter, rows, length);
    } else if (!hasRows(type.getShape())) {
      return failure();
    }
    auto inner =
        llvm::to_vector(llvm::seq<int64_t>(1, cast<RankedTensorType>(rows.getType()).getRank()));
    Value each = Op::create(rewriter, op.getLoc(), rows, rewriter.getDenseI64ArrayAttr(inner));
    rewriter.replaceOpWithNewOp<Op>(op, each, rewriter.getDenseI64ArrayAttr({0}));
    return success();
  }
};

struct SplitReductionsPass : PassWrapper<SplitReductionsPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SplitReductionsPass)
  StringRef getArgument() const final { return "nn-split-reductions"; }
  StringRef getDescription() const final { return "reduces large tensors row by row first"; }
  void runOnOperation() override {
    if (!getOperation()->hasAttr("nn.graph"))
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitReduction<nn::SumOp>, SplitReduction<nn::ReduceMaxOp>,
                 SplitReduction<nn::ReduceMinOp>>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> nnc::createSplitReductionsPass() {
  return std::make_unique<SplitReductionsPass>();
}
