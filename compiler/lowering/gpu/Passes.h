// The passes from bufferized kernels to PTX and to the host code that launches them.
#pragma once
#include "mlir/Pass/Pass.h"
#include <memory>
#include <string>

namespace nnc::gpu {

/// The module's attribute that names the graphs which stay on the CPU.
inline constexpr llvm::StringLiteral hostGraphsAttr = "kernel.host_graphs";

/// kernel-to-gpu (module): every bufferized kernel op becomes an llvm.func in `gpu.module @kernels`
/// and a gpu.launch_func in its place. Graphs that prepare samples of data sets are left alone.
std::unique_ptr<mlir::Pass> createKernelToGPUPass();
/// gpu-device-math (gpu.module): math ops become calls of the device functions (device/Math.cpp) or
/// LLVM intrinsics that NVPTX selects, so that no libdevice is needed.
std::unique_ptr<mlir::Pass> createDeviceMathPass();
/// gpu-to-runtime (module, after graph-to-llvm): the kernels become PTX (or, for `cuda-emu`, host
/// functions) in a global of type nnrt_gpu_module; launches, reads and copies in graphs become
/// calls of nnrt_gpu_*.
std::unique_ptr<mlir::Pass> createToRuntimePass(llvm::StringRef target);

/// Whether `target` is one of `cuda`, `cuda:sm_80`, `cuda:sm_90a`, ... or `cuda-emu`.
bool isGpuTarget(llvm::StringRef target);
/// Kernels on buffers to kernels of a GPU and launches of them: the stage before PTX.
void buildGpuKernelPipeline(mlir::OpPassManager &pm);
/// Graphs become functions of a frame, and kernels data of the program. What is left is lowered as
/// on the CPU (buildCPULLVMPipeline).
void buildGpuFunctionPipeline(mlir::OpPassManager &pm, llvm::StringRef target);

/// Makes the passes known to nn-opt and to pipelines in text form.
void registerPasses();

} // namespace nnc::gpu
