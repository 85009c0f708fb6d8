// nn-hoist-from-loops: what every turn of a loop would compute alike is computed before it, once.
#include "compiler/optimize/Clusters.h"
#include "compiler/optimize/EinsumLayout.h"
#include "compiler/optimize/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace nnc;

static bool isOutside(nn::ForOp loop, Value value) {
  return !loop->isAncestor(value.getParentBlock()->getParentOp());
}

/// Generators stay, since each kernel computes them anew; barriers stay where they are.
static bool canHoist(nn::ForOp loop, Operation *op) {
  return op->getNumRegions() == 0 && isPure(op) && !isGenerator(op) &&
         !isa<nn::BarrierOp, nn::YieldOp>(op) &&
         llvm::all_of(op->getOperands(), [&](Value value) { return isOutside(loop, value); });
}

/// A product packs panels of its second factor, which is slow where k is the last axis. Where all
/// turns read the same factor, its axes are turned round before the loop.
static void hoistTranspose(nn::ForOp loop, nn::EinsumOp product) {
  auto layout = EinsumLayout::of(product);
  if (!layout || layout->bKMajor || layout->k.empty() || loop.staticTripCount() == 1)
    return;
  Type element = getElementTypeOrSelf(product.getType());
  Value factor = layout->swapped ? product.getLhs() : product.getRhs();
  if (!isOutside(loop, factor) || !(element.isF32() || element.isF64()))
    return;
  StringRef before = layout->swapped ? product.lhsLetters() : product.rhsLetters();
  std::string after = layout->batch + layout->k + layout->n;
  SmallVector<int64_t> perm;
  for (char letter : after)
    perm.push_back(before.find(letter));
  OpBuilder builder(loop);
  Value turned = nn::TransposeOp::create(builder, product.getLoc(), factor, perm);
  std::string other = (layout->swapped ? product.rhsLetters() : product.lhsLetters()).str();
  std::string result = product.resultLetters().str();
  product.setSpec(layout->swapped ? after + "," + other + "->" + result
                                  : other + "," + after + "->" + result);
  product->replaceUsesOfWith(factor, turned);
}

namespace {
struct HoistFromLoopsPass : PassWrapper<HoistFromLoopsPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(HoistFromLoopsPass)
  StringRef getArgument() const final { return "nn-hoist-from-loops"; }
  StringRef getDescription() const final { return "computes before a loop what its turns share"; }
  void runOnOperation() override {
    if (!getOperation()->hasAttr("nn.graph"))
      return;
    getOperation().walk([](nn::ForOp loop) { // inner loops first
      for (Operation &op : llvm::make_early_inc_range(*loop.bodyBlock())) {
        if (canHoist(loop, &op))
          op.moveBefore(loop);
        else if (auto product = dyn_cast<nn::EinsumOp>(op))
          hoistTranspose(loop, product);
      }
    });
  }
};
} // namespace

std::unique_ptr<Pass> nnc::createHoistFromLoopsPass() {
  return std::make_unique<HoistFromLoopsPass>();
}
