#include "compiler/lowering/gpu/Passes.h"

void nnc::gpu::registerPasses() {
  mlir::registerPass(createKernelToGPUPass);
  mlir::registerPass(createDeviceMathPass);
}
