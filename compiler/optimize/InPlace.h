// Which ops may write a result where one of their operands lies, and what is read before them.
#pragma once
#include "mlir/IR/Value.h"

namespace nnc {

/// Whether an nn op gives its first operand changed in some places.
bool changesPart(mlir::Operation *op);

/// The operands that `result` may overwrite: its op reads each of their elements only at the place
/// where it writes, or is a loop that begins with them. All have the type of `result`.
llvm::SmallVector<mlir::OpOperand *> overwritableOperands(mlir::OpResult result);

/// Whether `value`, seen under any shape, is read before `op` only, and by `op` itself only as
/// `allowed`, which may be null. Rows that a loop stacks are read where its body begins.
bool isReadBefore(mlir::Value value, mlir::Operation *op, mlir::OpOperand *allowed);

/// The value that a view shows under another shape, or `value` itself.
mlir::Value viewedValue(mlir::Value value);

} // namespace nnc
