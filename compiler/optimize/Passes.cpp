#include "compiler/optimize/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void nnc::buildOptimizePipeline(OpPassManager &pm, unsigned optLevel) {
  pm.addPass(createCanonicalizerPass());
  if (optLevel > 0) {
    pm.addNestedPass<func::FuncOp>(createUnifySizesPass());
    pm.addNestedPass<func::FuncOp>(createSumAfterLoopsPass());
    pm.addNestedPass<func::FuncOp>(createHoistFromLoopsPass());
    pm.addPass(createCanonicalizerPass());
    pm.addNestedPass<func::FuncOp>(createSimplifyShapesPass());
    pm.addNestedPass<func::FuncOp>(createSplitReductionsPass());
    pm.addPass(createCanonicalizerPass());
  }
  pm.addPass(createCSEPass());
}

void nnc::buildKernelPipeline(OpPassManager &pm, unsigned optLevel) {
  pm.addNestedPass<func::FuncOp>(createFusePass(/*apart=*/optLevel == 0));
  pm.addNestedPass<func::FuncOp>(createBufferizePass());
  pm.addPass(createCSEPass());
  pm.addPass(createCanonicalizerPass());
}

void nnc::registerOptimizePasses() {
  registerPass(createUnifySizesPass);
  registerPass(createHoistFromLoopsPass);
  registerPass(createSumAfterLoopsPass);
  registerPass(createSimplifyShapesPass);
  registerPass(createSplitReductionsPass);
  registerPass([] { return createFusePass(); });
  registerPass([] { return createBufferizePass(); });
  PassPipelineRegistration<OptLevel>(
      "graph-opt", "nn graphs to simpler nn graphs",
      [](OpPassManager &pm, const OptLevel &options) { buildOptimizePipeline(pm, options.level); });
  PassPipelineRegistration<OptLevel>(
      "graph-kernels", "nn graphs to kernels on buffers",
      [](OpPassManager &pm, const OptLevel &options) { buildKernelPipeline(pm, options.level); });
}
