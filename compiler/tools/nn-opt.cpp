// nn-opt: reads any MLIR stage of the compiler, runs passes, prints.
#include "compiler/autodiff/Passes.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::registerAllPasses();
  nn::registerAutodiffPasses();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<nn::NNDialect>();
  return mlir::failed(mlir::MlirOptMain(argc, argv, "compiler stages of nnc\n", registry));
}
