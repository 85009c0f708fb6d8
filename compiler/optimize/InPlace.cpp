#include "compiler/optimize/InPlace.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace nnc;

/// Whether elements of `inner`, a tensor in a kernel, reach what the kernel yields by elementwise
/// ops alone, so that each is read where a result is written.
static bool isReadInPlace(Value inner) {
  auto rank = [](Value value) { return cast<RankedTensorType>(value.getType()).getRank(); };
  llvm::SetVector<Value> reached; // each once: values are used several times
  reached.insert(inner);
  for (size_t i = 0; i < reached.size(); ++i)
    for (Operation *user : reached[i].getUsers()) {
      if (isa<kernel::YieldOp>(user))
        continue;
      if (!isa<nn::ElementwiseOpInterface>(user) || rank(user->getResult(0)) != rank(inner))
        return false;
      reached.insert(user->getResult(0));
    }
  return true;
}

bool nnc::changesPart(Operation *op) {
  return isa<nn::DynamicUpdateOp, nn::ScatterAddOp, nn::ScatterAddAlongOp>(op);
}

/// The tensor of a kernel's body that an op of it changes in some places; null if there is none.
static Value updatedTensor(kernel::ComputeInterface kernel) {
  Operation &op = kernel.getKernelBody()->front();
  return changesPart(&op) ? op.getOperand(0) : Value();
}

static bool overwrites(kernel::ComputeInterface kernel, BlockArgument inner) {
  if (isa<kernel::PointwiseOp, kernel::ContractionOp>(kernel))
    return isReadInPlace(inner);
  return isa<kernel::GenericOp, kernel::ScatterOp>(kernel) && updatedTensor(kernel) == inner &&
         inner.hasOneUse();
}

SmallVector<OpOperand *> nnc::overwritableOperands(OpResult result) {
  Operation *op = result.getOwner();
  SmallVector<OpOperand *> operands;
  if (auto loop = dyn_cast<nn::ForOp>(op)) {
    if (result.getResultNumber() < loop.carryCount())
      operands.push_back(&loop.getInitsMutable()[result.getResultNumber()]);
  } else if (auto loop = dyn_cast<nn::WhileOp>(op)) {
    operands.push_back(&loop.getInitsMutable()[result.getResultNumber()]);
  } else if (auto kernel = dyn_cast<kernel::ComputeInterface>(op)) {
    for (auto [i, inner] : llvm::enumerate(kernel.getKernelBody()->getArguments()))
      if (overwrites(kernel, inner))
        operands.push_back(&op->getOpOperand(i)); // ins stand first
  }
  llvm::erase_if(operands,
                 [&](OpOperand *operand) { return operand->get().getType() != result.getType(); });
  return operands;
}

bool nnc::isReadBefore(Value value, Operation *op, OpOperand *allowed) {
  Block *block = op->getBlock();
  // Leaves that kernels write lie in the tree.
  if (auto pack = value.getDefiningOp<nn::PackOp>())
    for (Value leaf : pack.getLeaves())
      if (leaf.getDefiningOp<kernel::ComputeInterface>() && !isReadBefore(leaf, op, nullptr))
        return false;
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (&use == allowed)
      return true;
    if (auto loop = dyn_cast<nn::ForOp>(block->getParentOp());
        loop && user == block->getTerminator())
      return use.getOperandNumber() >= loop.carryCount() && isa<BlockArgument>(value);
    Operation *here = block->findAncestorOpInBlock(*user);
    if (!here || here == op || !here->isBeforeInBlock(op))
      return false;
    if (!isa<nn::UnpackOp, nn::ReshapeOp, nn::BarrierOp>(here))
      return true;
    return llvm::all_of(here->getResults(), [&](Value part) {
      return isReadBefore(part, op, isa<nn::UnpackOp>(here) ? nullptr : allowed);
    });
  });
}

Value nnc::viewedValue(Value value) {
  while (auto reshape = value.getDefiningOp<nn::ReshapeOp>())
    value = reshape.getX();
  return value;
}
