// What a user of the PTX must know to launch its kernels, as JSON.
#pragma once
#include "compiler/lowering/gpu/PTX.h"

namespace nnc::gpu {

/// One object per kernel, in the order of launch: symbol, graph, kind, its parameters (buffers with
/// element type, shape and access, then sizes d0, d1, ... as i64), grid and block. Shapes and grids
/// are numbers or expressions of d0, d1, ...
std::string manifestOf(mlir::gpu::GPUModuleOp module, const PtxOptions &options);

} // namespace nnc::gpu
