// Tensors of zeros.
#pragma once
#include "mlir/IR/Builders.h"

namespace nnc {

/// Whether all elements are known to be zero, none of them -0.
bool isZero(mlir::Value tensor);
/// Zeros of a tensor type; `dims` are its dynamic sizes.
mlir::Value zeros(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type,
                  mlir::ValueRange dims);

} // namespace nnc
