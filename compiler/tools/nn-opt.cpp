// nn-opt: reads any MLIR stage of the compiler, runs passes, prints.
#include "compiler/driver/Register.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  nnc::registerPasses();
  mlir::DialectRegistry registry;
  nnc::registerDialects(registry);
  return mlir::failed(mlir::MlirOptMain(argc, argv, "compiler stages of nnc\n", registry));
}
