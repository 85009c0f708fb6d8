// One emitter per kind of kernel: each writes the loops of one bufferized kernel before it.
#pragma once
#include "dialects/kernel/KernelDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace nnc::cpu {

void emitPointwise(mlir::ImplicitLocOpBuilder &builder, kernel::ComputeInterface kernel);
mlir::LogicalResult emitRow(mlir::ImplicitLocOpBuilder &builder, kernel::ComputeInterface kernel);
mlir::LogicalResult emitMatrixProduct(mlir::ImplicitLocOpBuilder &builder,
                                      kernel::ComputeInterface kernel);
/// Plain loops for a kernel of one nn op; false if there are none for it.
mlir::LogicalResult emitGeneric(mlir::ImplicitLocOpBuilder &builder,
                                kernel::ComputeInterface kernel);

} // namespace nnc::cpu
