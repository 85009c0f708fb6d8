// How the runtime numbers element types.
#pragma once
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"

namespace nnc {

/// The nnrt_dtype of an element type of a tensor.
inline int32_t dtypeCode(mlir::Type element) {
  if (element.isF16())
    return 0;
  if (element.isBF16())
    return 1;
  if (element.isF32())
    return 2;
  if (element.isF64())
    return 3;
  if (element.isInteger(1))
    return 12;
  int32_t size = llvm::Log2_32(element.getIntOrFloatBitWidth()) - 3; // 8 bits: 0 .. 64 bits: 3
  return (element.isUnsignedInteger() ? 8 : 4) + size;
}

} // namespace nnc
