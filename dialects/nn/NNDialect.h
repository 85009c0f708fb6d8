// The nn dialect: pure tensor computations.
#pragma once

#include "dialects/nn/NNInterfaces.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/nn/NNDialect.h.inc"
#include "dialects/nn/NNEnums.h.inc"

#define GET_OP_CLASSES
#include "dialects/nn/NNOps.h.inc"

namespace nn {

/// Makes an elementwise op by its full name ("nn.exp"); its result types are inferred, so not for
/// nn.cast and nn.compare. Null if there is no such op or it does not take these operands.
mlir::Value createElementwise(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name,
                              mlir::ValueRange operands);

/// The one value that all elements of `value` have, if that is known: a float or integer attribute.
mlir::TypedAttr splatOf(mlir::Value value);

/// The type of one row of a stacked tensor, and of `size` stacked rows.
mlir::RankedTensorType rowType(mlir::Type stacked);
mlir::RankedTensorType stackedType(mlir::Type row, int64_t size);

} // namespace nn
