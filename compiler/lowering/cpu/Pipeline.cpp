#include "compiler/lowering/cpu/Passes.h"
#include "compiler/optimize/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void nnc::buildCPULoopPipeline(OpPassManager &pm, unsigned optLevel) {
  pm.addPass(createKernelToCPUPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void nnc::buildCPUFunctionPipeline(OpPassManager &pm) {
  pm.addPass(createExpandMathPass());
  pm.addPass(createGraphToLLVMPass());
}

void nnc::buildCPULLVMPipeline(OpPassManager &pm, unsigned optLevel) {
  // Strings, since some of these passes are declared only in headers that take seconds to read.
  (void)parsePassPipeline(
      "canonicalize,cse,loop-invariant-code-motion,convert-scf-to-cf,expand-strided-metadata,"
      "lower-affine,convert-vector-to-llvm{vector-transpose-lowering=shuffle16x16}",
      pm);
  pm.addPass(createLowerToLLVMPass());
  (void)parsePassPipeline("reconcile-unrealized-casts,canonicalize,cse", pm);
}

void nnc::registerCPUPasses() {
  registerPass(createKernelToCPUPass);
  registerPass(createExpandMathPass);
  registerPass(createGraphToLLVMPass);
  registerPass(createLowerToLLVMPass);
  PassPipelineRegistration<OptLevel>(
      "graph-loops", "kernels on buffers to loops",
      [](OpPassManager &pm, const OptLevel &options) { buildCPULoopPipeline(pm, options.level); });
  PassPipelineRegistration<OptLevel>("graph-llvm", "loops to the LLVM dialect",
                                     [](OpPassManager &pm, const OptLevel &options) {
                                       buildCPUFunctionPipeline(pm);
                                       buildCPULLVMPipeline(pm, options.level);
                                     });
}
