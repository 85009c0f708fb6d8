// bf16 and f16 as f32 in registers. No instruction set below AVX-512 converts bf16, and code in
// kernels calls no library, so bf16 is converted in integer arithmetic.
#pragma once
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace nnc::cpu {

/// f32 of the bits of bf16 (i16, a scalar or vector).
mlir::Value floatOfBFloatBits(mlir::ImplicitLocOpBuilder &builder, mlir::Value bits);
/// The nearest bf16, ties to even, as i16.
mlir::Value bfloatBitsOf(mlir::ImplicitLocOpBuilder &builder, mlir::Value value);
/// An f32 rounded to what `element` (f16 or bf16) can hold.
mlir::Value roundToHalf(mlir::ImplicitLocOpBuilder &builder, mlir::Value value, mlir::Type element);

} // namespace nnc::cpu
