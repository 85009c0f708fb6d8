// nn-opt: reads any MLIR stage of the compiler, runs passes, prints.
#include "compiler/autodiff/Passes.h"
#include "compiler/lowering/cpu/Passes.h"
#include "compiler/lowering/gpu/Passes.h"
#include "compiler/lowering/linalg/Passes.h"
#include "compiler/optimize/Passes.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::registerAllPasses();
  nn::registerAutodiffPasses();
  nnc::registerOptimizePasses();
  nnc::registerCPUPasses();
  nnc::gpu::registerGpuPasses();
  nn::registerLinalgPasses();
  nn::registerReferencePipeline();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<nn::NNDialect, nnc::kernel::KernelDialect>();
  return mlir::failed(mlir::MlirOptMain(argc, argv, "compiler stages of nnc\n", registry));
}
