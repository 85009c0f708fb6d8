// The passes from bufferized kernels to PTX and to the host code that launches them.
#pragma once
#include "mlir/Pass/Pass.h"
#include <memory>
#include <string>

namespace nnc::gpu {

/// kernel-to-gpu (module): every bufferized kernel op becomes an llvm.func in `gpu.module @kernels`
/// and a gpu.launch_func in its place.
std::unique_ptr<mlir::Pass> createKernelToGPUPass();
/// gpu-device-math (gpu.module): math ops become calls of the device functions (device/Math.cpp) or
/// LLVM intrinsics that NVPTX selects, so that no libdevice is needed.
std::unique_ptr<mlir::Pass> createDeviceMathPass();
/// Makes both, and those in Lowering.h, known to nn-opt and to pipelines in text form.
void registerPasses();

} // namespace nnc::gpu
