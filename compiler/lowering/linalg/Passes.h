// The reference lowering: nn ops to loops over tensors, without fusion.
#pragma once

#include "mlir/Pass/Pass.h"

namespace nn {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/lowering/linalg/Passes.h.inc"

/// Registers the pipeline `nn-reference-pipeline`: functions of nn ops to the llvm dialect.
void registerReferencePipeline();

} // namespace nn
