// host + nn -> host ops that launch pure graphs.
#pragma once
#include "mlir/Pass/Pass.h"
#include <memory>

namespace nnc {
/// `outline-graphs`: moves tensor computations of host functions into functions marked `nn.graph`.
std::unique_ptr<mlir::Pass> createOutlineGraphsPass();
/// `nn-resolve-dims`: replaces nn.dim of a graph's argument by the index argument that holds that
/// size.
std::unique_ptr<mlir::Pass> createResolveDimsPass();
void registerOutlinePasses();
} // namespace nnc
