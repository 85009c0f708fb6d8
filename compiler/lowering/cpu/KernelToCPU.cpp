// kernel-to-cpu: each kernel of a bufferized graph becomes loops, by the emitter of its kind.
#include "compiler/lowering/cpu/Emitters.h"
#include "compiler/lowering/cpu/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nnc;

static LogicalResult emitKernel(kernel::ComputeInterface op) {
  ImplicitLocOpBuilder builder(op.getLoc(), op.getOperation());
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](kernel::PointwiseOp) {
        cpu::emitPointwise(builder, op);
        return success();
      })
      .Case([&](kernel::RowOp) { return cpu::emitRow(builder, op); })
      .Case([&](kernel::ContractionOp) { return cpu::emitMatrixProduct(builder, op); })
      .Case<kernel::GenericOp, kernel::ScatterOp>(
          [&](Operation *) { return cpu::emitGeneric(builder, op); })
      .Default(failure());
}

namespace {
struct KernelToCPUPass : PassWrapper<KernelToCPUPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(KernelToCPUPass)
  StringRef getArgument() const final { return "kernel-to-cpu"; }
  StringRef getDescription() const final { return "turns kernels into loops on vectors"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect,
                    memref::MemRefDialect, scf::SCFDialect, vector::VectorDialect>();
  }
  void runOnOperation() override {
    SmallVector<kernel::ComputeInterface> kernels;
    getOperation().walk([&](kernel::ComputeInterface op) {
      if (op.isBufferized())
        kernels.push_back(op);
    });
    for (kernel::ComputeInterface op : kernels) {
      Operation *before = op->getPrevNode();
      Block *block = op->getBlock();
      if (failed(emitKernel(op))) {
        op->emitOpError() << "'" << op.getKernelName() << "' has no loops for the CPU";
        return signalPassFailure();
      }
      // The kernel's name goes on with its parallel loops.
      for (Block::iterator it = before ? ++Block::iterator(before) : block->begin();
           &*it != op.getOperation(); ++it)
        it->walk([&](scf::ParallelOp loop) { loop->setAttr("kernel.name", op->getAttr("name")); });
      op->erase();
    }
  }
};
} // namespace

std::unique_ptr<Pass> nnc::createKernelToCPUPass() { return std::make_unique<KernelToCPUPass>(); }
