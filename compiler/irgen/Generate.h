// Typed tree -> one module of host + nn ops. The whole interface of irgen.
#pragma once
#include "compiler/diagnostics/Diagnostic.h"
#include "compiler/diagnostics/Source.h"
#include "compiler/frontend/sema/TypedTree.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace nnc::irgen {

struct Options {
  bool f64 = false;   // f32 means f64
  bool tests = false; // the tests of the program, and not its statements
  std::string programName;
  std::string library; // its name: the exports are compiled, and not the program
};

/// Null after an error: something that shows itself only with all constants known, or that is
/// checked but has no code yet.
mlir::OwningOpRef<mlir::ModuleOp> generate(const sema::Program &program,
                                           const SourceManager &sources, mlir::MLIRContext *context,
                                           const Options &options, Diagnostics &diags);

} // namespace nnc::irgen
