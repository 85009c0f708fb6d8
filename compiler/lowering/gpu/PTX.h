// gpu.module -> PTX text. Needs no CUDA toolkit.
#pragma once
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include <string>

namespace nnc::gpu {

struct PtxOptions {
  std::string chip = "sm_80";      // sm_80, sm_90, sm_90a, ...
  std::string features = "+ptx80"; // the lowest PTX version that has all of them (CUDA 12)
  int optLevel = 3;
};

/// Lowers the module's kernels, translates them to LLVM IR, links the device functions in,
/// optimises and writes PTX. The module stays as it is. False and a reason on failure.
bool emitPtx(mlir::gpu::GPUModuleOp module, const PtxOptions &options, std::string &ptx,
             std::string &error);

/// The module's kernels in the LLVM dialect (with nvvm ops), as a module of their own; null on
/// failure.
mlir::OwningOpRef<mlir::ModuleOp> lowerKernels(mlir::gpu::GPUModuleOp module);

/// The chip of `cuda` (sm_80, which every later GPU runs), `cuda:sm_90a` and the like; empty if
/// `target` is none.
std::string chipOf(llvm::StringRef target);

/// LLVM bitcode of device/Math.cpp for nvptx64.
llvm::StringRef deviceMathBitcode();

} // namespace nnc::gpu
