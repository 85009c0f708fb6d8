// Constant data of a program: strings, tables of tree leaves, elements, and the entry's
// description.
#pragma once
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace nnc {

/// Each function gives the symbol of a global; equal contents share one.
class Tables {
public:
  explicit Tables(mlir::ModuleOp module) : module(module) {}
  std::string string(llvm::StringRef text); // ends in a zero byte
  std::string integers(llvm::ArrayRef<int64_t> values);
  std::string elements(mlir::DenseElementsAttr elements);
  std::string tree(mlir::ArrayAttr names, mlir::ArrayAttr types);

private:
  mlir::ModuleOp module;
};

/// Adds the global `nnc_program` and the C function `main`. Flags come from the module's
/// `host.args`.
void addEntry(mlir::ModuleOp module);

/// The same for a library: the functions that C calls, from the module's `host.library` and
/// `host.exports`. False where the module is a program.
bool addLibraryEntry(mlir::ModuleOp module);

} // namespace nnc
