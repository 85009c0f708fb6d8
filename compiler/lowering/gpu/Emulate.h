// Kernels that run on the CPU, for tests without a GPU (--target=cuda-emu).
#pragma once
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace nnc::gpu {
/// Moves the kernels into the program as host functions. Returns the symbols that the emulator
/// calls, kernel by kernel.
mlir::FailureOr<mlir::SmallVector<std::string>> emulateKernels(mlir::gpu::GPUModuleOp module);
} // namespace nnc::gpu
