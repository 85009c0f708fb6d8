#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/Dims.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FoldInterfaces.h"

using namespace mlir;
using namespace nnc::kernel;

namespace {
/// Constants that kernels use stay in their bodies.
struct KeepConstantsInside : DialectFoldInterface {
  using DialectFoldInterface::DialectFoldInterface;
  bool shouldMaterializeInto(Region *region) const final { return true; }
};
} // namespace

void KernelDialect::initialize() {
  addInterfaces<KeepConstantsInside>();
  addOperations<
#define GET_OP_LIST
#include "dialects/kernel/KernelOps.cpp.inc"
      >();
}

static ShapedType shapedType(Value value) { return dyn_cast<ShapedType>(value.getType()); }

/// A value and the tensor that stands for it in the body: same shape up to dynamic sizes, same
/// elements.
static LogicalResult verifySame(Operation *op, StringRef what, unsigned index, Value outer,
                                Value inner) {
  auto a = shapedType(outer), b = shapedType(inner);
  if (!a || !a.hasRank() || !isa<RankedTensorType>(inner.getType()))
    return op->emitOpError() << what << " " << index
                             << " must be a tensor or memref and a tensor in the body";
  if (a.getElementType() != b.getElementType() ||
      failed(verifyCompatibleShape(a.getShape(), b.getShape())))
    return op->emitOpError() << what << " " << index << " is " << outer.getType() << " outside and "
                             << inner.getType() << " in the body";
  return success();
}

static LogicalResult verifyCompute(Operation *op) {
  auto kernel = cast<ComputeInterface>(op);
  Block *body = kernel.getKernelBody();
  auto ins = kernel.getKernelIns(), outs = kernel.getKernelOuts();
  if (body->getNumArguments() != ins.size())
    return op->emitOpError() << "has " << ins.size() << " operands and " << body->getNumArguments()
                             << " arguments of its body";
  for (auto [i, in, arg] : llvm::enumerate(ins, body->getArguments()))
    if (failed(verifySame(op, "operand", i, in, arg)))
      return failure();
  auto yield = cast<YieldOp>(body->getTerminator());
  if (op->getNumResults() && !outs.empty())
    return op->emitOpError() << "has results and buffers to write: one of both must be empty";
  ValueRange written = op->getNumResults() ? ValueRange(op->getResults()) : ValueRange(outs);
  if (written.size() != yield.getValues().size())
    return op->emitOpError() << "writes " << written.size() << " values and yields "
                             << yield.getValues().size();
  for (auto [i, out, value] : llvm::enumerate(written, yield.getValues()))
    if (failed(verifySame(op, "result", i, out, value)))
      return failure();
  int64_t dynamic = 0;
  for (Type type : op->getResultTypes())
    dynamic += cast<ShapedType>(type).getNumDynamicDims();
  if (op->getNumResults() && dynamic != static_cast<int64_t>(kernel.getKernelDims().size()))
    return op->emitOpError() << "has " << dynamic << " dynamic sizes in its results and "
                             << kernel.getKernelDims().size() << " dims";
  return success();
}

static void computeEffects(Operation *op, SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  auto kernel = cast<ComputeInterface>(op);
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    bool written = llvm::is_contained(kernel.getKernelOuts(), operand.get());
    effects.emplace_back(MemoryEffects::Read::get(), &operand);
    if (written)
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
  }
}

#include "dialects/kernel/KernelDialect.cpp.inc"
#include "dialects/kernel/KernelInterfaces.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.cpp.inc"
