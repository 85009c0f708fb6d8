// The host dialect: see HostDialect.td and HostOps.td.
#pragma once
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/host/HostDialect.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/host/HostTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/host/HostOps.h.inc"

namespace nnc::host {
/// Tensors and handles: values with a reference count in the host part of a program.
inline bool isManaged(mlir::Type type) {
  return mlir::isa<mlir::RankedTensorType, HandleType>(type);
}
} // namespace nnc::host
