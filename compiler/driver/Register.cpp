#include "compiler/driver/Register.h"
#include "compiler/autodiff/Passes.h"
#include "compiler/lowering/cpu/Passes.h"
#include "compiler/lowering/gpu/Passes.h"
#include "compiler/lowering/host/Passes.h"
#include "compiler/lowering/linalg/Passes.h"
#include "compiler/optimize/Passes.h"
#include "compiler/outline/Passes.h"
#include "dialects/host/HostDialect.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

namespace nnc {

void registerDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<host::HostDialect, kernel::KernelDialect, nn::NNDialect>();
}

void registerPasses() {
  mlir::registerAllPasses();
  nn::registerAutodiffPasses();
  registerOutlinePasses();
  registerOptimizePasses();
  registerCPUPasses();
  gpu::registerPasses();
  nn::registerLinalgPasses();
  nn::registerReferencePipeline();
  registerHostPasses();
}

} // namespace nnc
