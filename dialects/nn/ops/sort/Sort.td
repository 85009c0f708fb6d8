// Order. NaN stands above all numbers; of equal elements the one with the smaller index comes first.
#ifndef NN_SORT_TD
#define NN_SORT_TD

include "dialects/nn/NNBase.td"

def NN_ArgSortOp : NN_Op<"argsort", [NN_Dims, NN_ZeroDerivative, NN_Batched]> {
  let summary = "the indices of the first elements of each row, in order; rows are the last axis";
  let description = [{
    The result's last axis says how many of the first elements, at most all of them. Sorted values
    come from gathering by these indices, which is linear.
    Example: `%i = nn.argsort %x descending : tensor<2x5xf32> -> tensor<2x3xi32>`
  }];
  let arguments = (ins NN_NumberTensor:$x, Variadic<Index>:$dims, UnitAttr:$descending);
  let results = (outs NN_IndexTensor:$result);
  let assemblyFormat = [{$x (`[` $dims^ `]`)? (`descending` $descending^)? attr-dict
                         `:` type($x) `->` type($result)}];
  let hasVerifier = 1;
}

#endif
