// A tree of tensors as one flat buffer: see nn::treeLayout.
#ifndef NN_TREE_TD
#define NN_TREE_TD

include "dialects/nn/NNBase.td"

def NN_UnpackOp : NN_Op<"unpack", [NN_Dims, NN_Differentiable, NN_Batched]> {
  let summary = "the leaves of a flat tree, each starting at the next multiple of 64 bytes";
  let description = "Example: `%w, %b = nn.unpack %t : tensor<32xf32> -> tensor<3x4xf32>, tensor<4xf32>`";
  let arguments = (ins NN_Tensor:$flat, Variadic<Index>:$dims);
  let results = (outs Variadic<NN_Tensor>:$leaves);
  let assemblyFormat = "$flat (`[` $dims^ `]`)? attr-dict `:` type($flat) `->` type($leaves)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_PackOp : NN_Op<"pack", [NN_Dims, NN_Differentiable, NN_Batched,
                                 InferTypeOpAdaptorWithIsCompatible]> {
  let summary = "leaves as one flat tree; the padding between them is zero";
  let description = "Example: `%t = nn.pack %w, %b : tensor<3x4xf32>, tensor<4xf32> -> tensor<32xf32>`";
  let arguments = (ins Variadic<NN_Tensor>:$leaves);
  let results = (outs NN_Tensor:$flat);
  let assemblyFormat = "$leaves attr-dict `:` type($leaves) `->` type($flat)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif
