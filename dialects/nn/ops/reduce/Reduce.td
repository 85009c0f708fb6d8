// Reductions. Reduced axes are dropped; f16 and bf16 are summed in f32.
#ifndef NN_REDUCE_TD
#define NN_REDUCE_TD

include "dialects/nn/NNBase.td"

defvar NN_ReduceFormat = "$x `axes` `=` $axes attr-dict `:` type($x) `->` type($result)";

def NN_SumOp : NN_LinearOp<"sum", ["spread(d, x[0], getAxes())"], [InferTypeOpAdaptor]> {
  let summary = "sums over axes";
  let description = "Example: `%y = nn.sum %x axes = [0] : tensor<2x3xf32> -> tensor<3xf32>`";
  let arguments = (ins NN_NumberTensor:$x, DenseI64ArrayAttr:$axes);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = NN_ReduceFormat;
  let hasFolder = 1;
}

class NN_Extremum<string mnemonic, string what>
    : NN_Op<mnemonic, [NN_Dims, NN_Differentiable, NN_Batched, InferTypeOpAdaptor]> {
  let summary = "the " # what # " element over axes; equal ones share the gradient";
  let description = "Example: `%y = nn." # mnemonic #
                    " %x axes = [1] : tensor<2x3xf32> -> tensor<2xf32>`";
  let arguments = (ins NN_NumberTensor:$x, DenseI64ArrayAttr:$axes);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = NN_ReduceFormat;
}
def NN_ReduceMaxOp : NN_Extremum<"reduce_max", "greatest">;
def NN_ReduceMinOp : NN_Extremum<"reduce_min", "least">;

class NN_ArgExtremum<string mnemonic, string what> : NN_Op<mnemonic, [NN_Dims, NN_ZeroDerivative, NN_Batched]> {
  let summary = "the index of the first " # what # " element on an axis, which is dropped";
  let description = "Example: `%i = nn." # mnemonic #
                    " %x axis = 1 : tensor<2x3xf32> -> tensor<2xi64>`";
  let arguments = (ins NN_NumberTensor:$x, NN_Axis:$axis);
  let results = (outs NN_IndexTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "int64_t":$axis, "::mlir::Type":$elementType)>];
  let assemblyFormat = "$x `axis` `=` $axis attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
}
def NN_ArgMaxOp : NN_ArgExtremum<"argmax", "greatest">;
def NN_ArgMinOp : NN_ArgExtremum<"argmin", "least">;

def NN_CumSumOp : NN_LinearOp<"cumsum", ["cumsum(d, getAxis(), !getReverse())"],
                              [SameOperandsAndResultType]> {
  let summary = "running sums on an axis, the element itself included";
  let description = "Example: `%y = nn.cumsum %x axis = 0 : tensor<4xf32>`";
  let arguments = (ins NN_NumberTensor:$x, NN_Axis:$axis, UnitAttr:$reverse);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$x `axis` `=` $axis (`reverse` $reverse^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

#endif
