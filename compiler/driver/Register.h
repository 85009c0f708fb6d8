// The dialects and passes of the compiler, for the driver and nn-opt.
#pragma once
#include "mlir/IR/DialectRegistry.h"

namespace nnc {
void registerDialects(mlir::DialectRegistry &registry);
void registerPasses();
} // namespace nnc
