// Every pass of the compiler, in order.
#pragma once
#include "compiler/driver/Compile.h"
#include "mlir/Pass/PassManager.h"

namespace nnc {

/// Adds the passes that lead from one stage to a later one; both in Host .. LLVM.
void buildPipeline(mlir::OpPassManager &pm, Stage from, Stage to, const CompileRequest &request);

/// A stage's name as in --emit=, and back.
llvm::StringRef stageName(Stage stage);
std::optional<Stage> stageOf(llvm::StringRef name);

} // namespace nnc
