#include "compiler/lowering/cpu/Passes.h"
#include "compiler/lowering/gpu/PTX.h"
#include "compiler/lowering/gpu/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

bool nnc::gpu::isGpuTarget(llvm::StringRef target) {
  return target == "cuda-emu" || !chipOf(target).empty();
}

void nnc::gpu::buildGpuKernelPipeline(OpPassManager &pm) {
  pm.addPass(createKernelToGPUPass());
  pm.addPass(createKernelToCPUPass()); // graphs that stay on the CPU
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void nnc::gpu::buildGpuFunctionPipeline(OpPassManager &pm, llvm::StringRef target) {
  pm.addNestedPass<func::FuncOp>(createExpandMathPass()); // not in the GPU's kernels
  pm.addPass(createGraphToLLVMPass());
  pm.addPass(createToRuntimePass(target));
}

namespace {
struct TargetOption : PassPipelineOptions<TargetOption> {
  Option<std::string> target{*this, "target", llvm::cl::desc("cuda, cuda:sm_90a, cuda-emu"),
                             llvm::cl::init("cuda")};
};
} // namespace

void nnc::gpu::registerPasses() {
  registerPass(createKernelToGPUPass);
  registerPass(createDeviceMathPass);
  registerPass([] { return createToRuntimePass("cuda"); });
  PassPipelineRegistration<>("gpu-kernels", "kernels on buffers to kernels of a GPU",
                             [](OpPassManager &pm) { buildGpuKernelPipeline(pm); });
  PassPipelineRegistration<TargetOption>("gpu-llvm", "kernels of a GPU to PTX in the LLVM dialect",
                                         [](OpPassManager &pm, const TargetOption &option) {
                                           buildGpuFunctionPipeline(pm, option.target);
                                           buildCPULLVMPipeline(pm, 2);
                                         });
}
