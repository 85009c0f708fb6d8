// Names that say what a kernel does, for statistics and symbols.
#pragma once
#include "compiler/optimize/Clusters.h"
#include <string>

namespace nnc {

/// Such as `contraction_bias_relu_mk_kn` or `row_max_exp_sum_log`.
std::string kernelName(ClusterKind kind, mlir::Block &body);

} // namespace nnc
