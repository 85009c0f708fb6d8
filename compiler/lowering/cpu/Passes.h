// Lowering of kernels on buffers to code for the CPU.
#pragma once
#include "mlir/Pass/Pass.h"
#include <memory>

namespace nnc {

/// `kernel-to-cpu`: the kernels of graphs become loops on vectors.
std::unique_ptr<mlir::Pass> createKernelToCPUPass();
/// `expand-math`: exp, log, tanh, ... as polynomials, in kernels.
std::unique_ptr<mlir::Pass> createExpandMathPass();
/// `graph-to-llvm`: graphs become functions of a frame, parallel loops functions of a chunk; and
/// each graph gets its `<name>.graph` description and `<name>.shape` function (see nnrt.h).
std::unique_ptr<mlir::Pass> createGraphToLLVMPass();
/// `lower-to-llvm`: scalar arithmetic, memory and branches to the LLVM dialect.
std::unique_ptr<mlir::Pass> createLowerToLLVMPass();

/// Kernels on buffers to loops: the `linalg` stage.
void buildCPULoopPipeline(mlir::OpPassManager &pm, unsigned optLevel);
/// Graphs to functions of a frame. What launches them can be lowered after this.
void buildCPUFunctionPipeline(mlir::OpPassManager &pm);
/// Loops to the LLVM dialect: the rest of the `llvm` stage.
void buildCPULLVMPipeline(mlir::OpPassManager &pm, unsigned optLevel);

void registerCPUPasses();

} // namespace nnc
