// Indexing by tensors, and its adjoints. Indices out of range are clamped.
#ifndef NN_GATHER_TD
#define NN_GATHER_TD

include "dialects/nn/NNBase.td"

def NN_TakeOp : NN_LinearOp<"take", ["scatterAdd(zerosLike(x[0]), x[1], d, getAxis())"],
                            [InferTypeOpAdaptor]> {
  let summary = "slices of x at indices on an axis; the index's axes replace that axis";
  let description = [{
    Example: `%y = nn.take %x, %i axis = 0 : tensor<9x4xf32>, tensor<2x3xi32> -> tensor<2x3x4xf32>`
  }];
  let arguments = (ins NN_Tensor:$x, NN_IndexTensor:$index, NN_Axis:$axis);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$x `,` $index `axis` `=` $axis attr-dict `:` type($x) `,` type($index) `->` type($result)";
}

def NN_ScatterAddOp : NN_LinearOp<"scatter_add", ["d", "", "take(d, x[1], getAxis())"],
                                  [AllTypesMatch<["x", "result"]>]> {
  let summary = "x plus slices of `update` at indices on an axis; equal indices add up in order";
  let description = [{
    Example: `%y = nn.scatter_add %x, %i, %u axis = 0 : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>`
  }];
  let arguments = (ins NN_NumberTensor:$x, NN_IndexTensor:$index, NN_NumberTensor:$update,
                       NN_Axis:$axis);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = [{$x `,` $index `,` $update `axis` `=` $axis attr-dict
                         `:` type($x) `,` type($index) `,` type($update)}];
  let hasVerifier = 1;
}

def NN_TakeAlongOp : NN_LinearOp<"take_along",
    ["scatterAddAlong(zerosLike(x[0]), x[1], d, getAxis())"], [InferTypeOpAdaptor]> {
  let summary = "one element of each row on an axis, which is dropped";
  let description = [{
    Example: `%y = nn.take_along %x, %i axis = 1 : tensor<2x5xf32>, tensor<2xi32> -> tensor<2xf32>`
  }];
  let arguments = (ins NN_Tensor:$x, NN_IndexTensor:$index, NN_Axis:$axis);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$x `,` $index `axis` `=` $axis attr-dict `:` type($x) `,` type($index) `->` type($result)";
}

def NN_ScatterAddAlongOp : NN_LinearOp<"scatter_add_along",
    ["d", "", "takeAlong(d, x[1], getAxis())"], [AllTypesMatch<["x", "result"]>]> {
  let summary = "x plus `update` at one element of each row on an axis";
  let description = [{
    Example: `%y = nn.scatter_add_along %x, %i, %u axis = 1 : tensor<2x5xf32>, tensor<2xi32>, tensor<2xf32>`
  }];
  let arguments = (ins NN_NumberTensor:$x, NN_IndexTensor:$index, NN_NumberTensor:$update,
                       NN_Axis:$axis);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = [{$x `,` $index `,` $update `axis` `=` $axis attr-dict
                         `:` type($x) `,` type($index) `,` type($update)}];
  let hasVerifier = 1;
}

#endif
