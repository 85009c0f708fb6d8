#ifndef NN_LINALG_PASSES_TD
#define NN_LINALG_PASSES_TD

include "mlir/Pass/PassBase.td"

def NNToLinalg : Pass<"nn-to-linalg"> {
  let summary = "lowers nn ops to linalg and scf on tensors: the reference";
  let description = [{
    In: nn ops without nn.grad and nn.jvp. Out: linalg.generic, tensor, scf, arith, math; unsigned
    elements are signless.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

#endif
