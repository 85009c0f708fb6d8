// When each buffer of the arena is in use.
#pragma once
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nnc {

/// Counts kernels, and tells each buffer of the arena between which of them it is in use. What a
/// loop touches is in use during the whole loop.
void numberSteps(mlir::func::FuncOp graph);

} // namespace nnc
