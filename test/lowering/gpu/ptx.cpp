// test-ptx FILE [CHIP | gpu | llvm | manifest]: bufferized kernels to the stage named.
#include "compiler/lowering/gpu/Manifest.h"
#include "compiler/lowering/gpu/Passes.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include <cstdio>

int main(int argc, char **argv) {
  std::string file = argc > 1 ? argv[1] : "-", what = argc > 2 ? argv[2] : "sm_80";
  mlir::registerAllPasses();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<nn::NNDialect, nnc::kernel::KernelDialect>();
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(file, &context);
  if (!module)
    return 1;
  mlir::PassManager passes(&context);
  passes.addPass(nnc::gpu::createKernelToGPUPass());
  if (mlir::failed(passes.run(*module)))
    return 1;
  if (what == "gpu") {
    module->print(llvm::outs());
    return 0;
  }
  for (auto kernels : module->getOps<mlir::gpu::GPUModuleOp>()) {
    std::string text, error;
    nnc::gpu::PtxOptions options;
    if (what == "manifest") {
      text = nnc::gpu::manifestOf(kernels, options);
    } else if (what == "llvm") {
      if (auto lowered = nnc::gpu::lowerKernels(kernels))
        llvm::raw_string_ostream(text) << *lowered;
    } else {
      options.chip = what;
      nnc::gpu::emitPtx(kernels, options, text, error);
    }
    if (!error.empty()) {
      std::fprintf(stderr, "error: %s\n", error.c_str());
      return 1;
    }
    std::fputs(text.c_str(), stdout);
  }
  return 0;
}
