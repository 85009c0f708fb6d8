// Constants, sizes, and the way between sizes and tensors.
#ifndef NN_CONSTANT_TD
#define NN_CONSTANT_TD

include "mlir/IR/BuiltinAttributeInterfaces.td"
include "dialects/nn/NNBase.td"

def NN_ConstantOp : NN_Op<"constant", [ConstantLike, NN_ZeroDerivative, AllTypesMatch<["value", "result"]>]> {
  let summary = "a constant tensor";
  let description = "Example: `%c = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>`";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs NN_Tensor:$result);
  let builders = [
    OpBuilder<(ins "::mlir::ElementsAttr":$value)>,
    // A static tensor of `type` whose elements are all `value`.
    OpBuilder<(ins "::mlir::RankedTensorType":$type, "double":$value)>];
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def NN_FullOp : NN_LinearOp<"full", ["sum(d, allAxes(d))"]> {
  let summary = "a tensor whose elements are all one rank-0 value";
  let description = "Example: `%y = nn.full %v [%n] : tensor<f32> -> tensor<?x4xf32>`";
  let arguments = (ins NN_ScalarTensor:$value, Variadic<Index>:$dims);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$value (`[` $dims^ `]`)? attr-dict `:` type($value) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_IotaOp : NN_Op<"iota", [NN_Dims, NN_ZeroDerivative]> {
  let summary = "each element is its index on `axis`";
  let description = "Example: `%i = nn.iota 1 [%n] : tensor<?x10xi64>`";
  let arguments = (ins NN_Axis:$axis, Variadic<Index>:$dims);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$axis (`[` $dims^ `]`)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def NN_DimOp : NN_Op<"dim", [NN_Batched]> {
  let summary = "the size of an axis; folds through producers to arguments of the function";
  let description = "Example: `%n = nn.dim %x, 0 : tensor<?x4xf32>`";
  let arguments = (ins NN_Tensor:$x, NN_Axis:$axis);
  let results = (outs Index:$result);
  let assemblyFormat = "$x `,` $axis attr-dict `:` type($x)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizeMethod = 1;
}

def NN_FromIndexOp : NN_Op<"from_index", [NN_ZeroDerivative, NN_Batched]> {
  let summary = "an index as a rank-0 tensor";
  let description = "Example: `%t = nn.from_index %n : tensor<i64>`";
  let arguments = (ins Index:$index);
  let results = (outs NN_Scalar<NN_NumberTensor, "tensor of numbers">:$result);
  let assemblyFormat = "$index attr-dict `:` type($result)";
  let hasFolder = 1;
}

def NN_ToIndexOp : NN_Op<"to_index", [NN_Batched]> {
  let summary = "a rank-0 i64 as an index";
  let description = "Example: `%n = nn.to_index %t : tensor<i64>`";
  let arguments = (ins NN_Int64Scalar:$x);
  let results = (outs Index:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
  let hasFolder = 1;
}

#endif
