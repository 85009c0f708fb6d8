// What generic passes ask of an op. They know no op by name.
#ifndef NN_INTERFACES_TD
#define NN_INTERFACES_TD

include "mlir/IR/OpBase.td"

def NN_ElementwiseOpInterface : OpInterface<"ElementwiseOpInterface"> {
  let description = [{
    Every result element depends on the operand elements at the same place only.
  }];
  let cppNamespace = "::nn";
  let methods = [InterfaceMethod<[{
      Computes one result element (or a vector of them) with arith and math. The operands are
      signless scalars or vectors of one length; a floating operand may be wider than the op's
      element type (bf16 computed in f32), and so is the result then, except for nn.cast.
    }], "::mlir::Value", "emitElement",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::mlir::ValueRange":$operands)>];
}

def NN_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let description = [{
    Has a derivative, written in nn ops only, so that derivatives can be derived again.
  }];
  let cppNamespace = "::nn";
  let methods = [
    InterfaceMethod<[{
      Reads the adjoints of the results from `walk` and adds the contributions to the adjoints
      of the active operands and captured values. Called only if some result's adjoint is not zero.
    }], "::llvm::LogicalResult", "vjp",
    (ins "::mlir::ImplicitLocOpBuilder &":$builder, "::nn::Derivation &":$walk)>,
    InterfaceMethod<[{
      Reads the tangents of the operands from `walk` and adds the tangents of the results.
    }], "::llvm::LogicalResult", "jvp",
    (ins "::mlir::ImplicitLocOpBuilder &":$builder, "::nn::Derivation &":$walk)>];
}

def NN_BatchableOpInterface : OpInterface<"BatchableOpInterface"> {
  let description = [{
    Can be computed for many rows at once, by nn ops.
  }];
  let cppNamespace = "::nn";
  let methods = [InterfaceMethod<[{
      Makes the op for all rows of `batch` and tells it the results. Called only if some operand or
      captured value is batched; sizes are the same for all rows. Where it fails, the op is computed
      row by row.
    }], "::llvm::LogicalResult", "batch",
    (ins "::mlir::ImplicitLocOpBuilder &":$builder, "::nn::Batching &":$batch)>];
}

def NN_DimsOpInterface : OpInterface<"DimsOpInterface"> {
  let description = [{
    Knows the sizes of its results from its operands, so that nn.dim folds through it.
  }];
  let cppNamespace = "::nn";
  let methods = [
    InterfaceMethod<"The size of a dynamic axis of a result, or null.",
    "::mlir::Value", "resultDim",
    (ins "::mlir::OpBuilder &":$builder, "unsigned":$result, "int64_t":$axis),
    "", "return {};">,
    InterfaceMethod<[{
      The size of a dynamic axis of an argument of one of the op's regions, by values outside of
      the op, or null.
    }], "::mlir::Value", "argumentDim",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::BlockArgument":$argument, "int64_t":$axis),
    "", "return {};">];
}

// The op's derivative is zero everywhere, or its results are no floats.
def NN_ZeroDerivative : NativeOpTrait<"ZeroDerivative"> { let cppNamespace = "::nn"; }

#endif
