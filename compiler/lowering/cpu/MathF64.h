// Transcendental functions of f64 in arithmetic, on scalars and vectors.
#pragma once
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace nnc::cpu {

// Errors against exact values, measured by test/lowering/cpu/math_accuracy: exp, log, log1p, expm1,
// tanh, sin, cos below 4 units in the last place (sin and cos for |x| < 1e5), erf and atan2 below
// 1e-15 absolutely, pow below (4 + |y log x|) units.
mlir::Value expF64(mlir::ImplicitLocOpBuilder &builder, mlir::Value x);
mlir::Value logF64(mlir::ImplicitLocOpBuilder &builder, mlir::Value x);
mlir::Value log1pF64(mlir::ImplicitLocOpBuilder &builder, mlir::Value x);
mlir::Value expm1F64(mlir::ImplicitLocOpBuilder &builder, mlir::Value x);
mlir::Value tanhF64(mlir::ImplicitLocOpBuilder &builder, mlir::Value x);
mlir::Value erfF64(mlir::ImplicitLocOpBuilder &builder, mlir::Value x);
mlir::Value sinF64(mlir::ImplicitLocOpBuilder &builder, mlir::Value x);
mlir::Value cosF64(mlir::ImplicitLocOpBuilder &builder, mlir::Value x);
mlir::Value atan2F64(mlir::ImplicitLocOpBuilder &builder, mlir::Value y, mlir::Value x);
mlir::Value powF64(mlir::ImplicitLocOpBuilder &builder, mlir::Value x, mlir::Value y);

} // namespace nnc::cpu
