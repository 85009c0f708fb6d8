// The passes between autodiff and the lowering of kernels.
#pragma once
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"
#include <memory>

namespace nnc {

/// `nn-unify-sizes`: index arguments that are one size become one value.
std::unique_ptr<mlir::Pass> createUnifySizesPass();
/// `nn-hoist-from-loops`: what all turns of a loop share is computed before it.
std::unique_ptr<mlir::Pass> createHoistFromLoopsPass();
/// `nn-sum-after-loops`: what a loop only adds up is added up after it.
std::unique_ptr<mlir::Pass> createSumAfterLoopsPass();
/// `nn-simplify-shapes`: removes shape changes from between ops that could be one kernel.
std::unique_ptr<mlir::Pass> createSimplifyShapesPass();
/// `nn-split-reductions`: reduces large tensors to one number row by row first.
std::unique_ptr<mlir::Pass> createSplitReductionsPass();
/// `nn-fuse`: turns the nn ops of graphs into kernels; `apart`: one generic kernel per op.
std::unique_ptr<mlir::Pass> createFusePass(bool apart = false);
/// `kernel-bufferize`: gives every value of a graph a buffer.
std::unique_ptr<mlir::Pass> createBufferizePass();

/// nn graphs to simpler nn graphs: the `opt` stage.
void buildOptimizePipeline(mlir::OpPassManager &pm, unsigned optLevel);
/// nn graphs to kernels on buffers: the `kernel` stage.
void buildKernelPipeline(mlir::OpPassManager &pm, unsigned optLevel);

/// What the stages' pipelines take: 0 is the reference, naive and unfused.
struct OptLevel : mlir::PassPipelineOptions<OptLevel> {
  Option<unsigned> level{*this, "O", llvm::cl::desc("0, 1, 2 or 3"), llvm::cl::init(2)};
};

void registerOptimizePasses();

} // namespace nnc
