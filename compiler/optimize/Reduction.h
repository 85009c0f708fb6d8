// What the reductions sum, reduce_max and reduce_min have in common.
#pragma once
#include "dialects/nn/NNDialect.h"

namespace nnc {

bool isReduction(mlir::Operation *op);
llvm::ArrayRef<int64_t> reducedAxesOf(mlir::Operation *reduction);
/// The reduced axes are the last ones, in order (all axes: too).
bool reducesLast(mlir::Operation *reduction);
/// The reduced axes are the first ones, and not all.
bool reducesFirst(mlir::Operation *reduction);
/// x and y, elements or vectors, reduced to one. NaN wins in maxima and minima.
mlir::Value combineReduced(mlir::ImplicitLocOpBuilder &builder, mlir::Operation *reduction,
                           mlir::Value x, mlir::Value y);
/// What changes nothing when it is combined, as a constant of `element`.
mlir::TypedAttr reductionIdentity(mlir::Operation *reduction, mlir::Type element);

} // namespace nnc
