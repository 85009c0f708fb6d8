// Automatic differentiation as passes on the nn dialect.
#pragma once

#include "dialects/nn/NNDialect.h"
#include "mlir/Pass/Pass.h"

namespace nn {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/autodiff/Passes.h.inc"

} // namespace nn
