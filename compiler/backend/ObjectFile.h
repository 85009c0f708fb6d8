// LLVM dialect -> object file.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include <memory>
#include <string>

namespace nnc {

struct ObjectOptions {
  int optLevel = 2;
  std::string cpu = "native"; // a CPU name of LLVM, or the machine's own
};

/// Whether there is a processor of this name that runs programs of 64 bits.
bool isProcessor(const std::string &cpu);

/// The program's object code, the same whether it is linked or loaded. Null and `error` on failure.
/// `llvmText`, if given, receives the LLVM IR before optimisation.
bool emitObject(mlir::ModuleOp module, const ObjectOptions &options, std::string &object,
                std::string &error, std::string *llvmText = nullptr);

} // namespace nnc
