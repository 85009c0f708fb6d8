// nn-unify-sizes: index arguments of a graph that are one size become one value. The shape of an
// argument and a size that the program names come as two; what is computed of both tells that they
// are equal, and only then can the ops around it be one kernel.
#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Sizes.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace nnc;

namespace {

class SizeUnifier {
public:
  explicit SizeUnifier(func::FuncOp graph) : graph(graph) {}

  void run() {
    // Only what surely runs tells something: no op inside of a loop or branch.
    for (Operation &op : llvm::make_early_inc_range(graph.getBody().front())) {
      if (isa<nn::ElementwiseOpInterface>(op))
        visitElementwise(&op);
      else if (auto einsum = dyn_cast<nn::EinsumOp>(op))
        visitEinsum(einsum);
    }
  }

private:
  /// Operands and results have one shape.
  void visitElementwise(Operation *op) {
    Value result = op->getResult(0);
    auto type = cast<RankedTensorType>(result.getType());
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis))
        for (Value operand : op->getOperands().drop_front())
          unify(op, op->getOperand(0), axis, operand, axis);
  }

  /// A letter is one size.
  void visitEinsum(nn::EinsumOp op) {
    for (auto [axis, letter] : llvm::enumerate(op.lhsLetters())) {
      size_t other = op.rhsLetters().find(letter);
      if (other != StringRef::npos)
        unify(op, op.getLhs(), axis, op.getRhs(), other);
    }
  }

  void unify(Operation *at, Value a, int64_t axisOfA, Value b, int64_t axisOfB) {
    if (!isDynamic(a, axisOfA) || !isDynamic(b, axisOfB))
      return;
    TrialBuilder builder(at);
    auto x = argument(nn::resolveDim(builder.get(), at->getLoc(), a, axisOfA));
    auto y = argument(nn::resolveDim(builder.get(), at->getLoc(), b, axisOfB));
    if (!x || !y || x == y)
      return;
    if (x.getArgNumber() > y.getArgNumber())
      std::swap(x, y);
    y.replaceAllUsesWith(x);
    for (unsigned i = 0; i < graph.getNumArguments(); ++i)
      if (auto dims = graph.getArgAttrOfType<DenseI64ArrayAttr>(i, "nn.dims")) {
        SmallVector<int64_t> places(dims.asArrayRef());
        llvm::replace(places, int64_t(y.getArgNumber()), int64_t(x.getArgNumber()));
        graph.setArgAttr(i, "nn.dims", DenseI64ArrayAttr::get(graph.getContext(), places));
      }
  }

  static bool isDynamic(Value tensor, int64_t axis) {
    return cast<RankedTensorType>(tensor.getType()).isDynamicDim(axis);
  }
  BlockArgument argument(Value size) {
    auto result = dyn_cast_or_null<BlockArgument>(size);
    return result && result.getOwner() == &graph.getBody().front() ? result : BlockArgument();
  }

  func::FuncOp graph;
};

struct UnifySizesPass : PassWrapper<UnifySizesPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(UnifySizesPass)
  StringRef getArgument() const final { return "nn-unify-sizes"; }
  StringRef getDescription() const final { return "makes equal sizes of arguments one value"; }
  void runOnOperation() override {
    if (getOperation()->hasAttr("nn.graph") && !getOperation().isExternal())
      SizeUnifier(getOperation()).run();
  }
};

} // namespace

std::unique_ptr<Pass> nnc::createUnifySizesPass() { return std::make_unique<UnifySizesPass>(); }
