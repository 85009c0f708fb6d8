// Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011). Pure functions of the
// stream (key, counter), so that threads, fusion and recomputation change nothing.
#ifndef NN_RANDOM_TD
#define NN_RANDOM_TD

include "dialects/nn/NNBase.td"

def NN_RngBitsOp : NN_Op<"rng_bits", [NN_Dims, NN_ZeroDerivative]> {
  let summary = "element i is word i % 4 of philox(counter + i / 4, key)";
  let description = "Example: `%b = nn.rng_bits %rng [%n] : tensor<?x4xui32>`";
  let arguments = (ins NN_Rng:$rng, Variadic<Index>:$dims);
  let results = (outs RankedTensorOf<[UI32]>:$result);
  let assemblyFormat = "$rng (`[` $dims^ `]`)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def NN_RngAdvanceOp : NN_Op<"rng_advance", [NN_ZeroDerivative, NN_Batched]> {
  let summary = "the stream after n words were drawn: counter + ceil(n / 4)";
  let description = "Example: `%next = nn.rng_advance %rng, %n`";
  let arguments = (ins NN_Rng:$rng, Index:$count);
  let results = (outs NN_Rng:$result);
  let assemblyFormat = "$rng `,` $count attr-dict";
}

def NN_RngSplitOp : NN_Op<"rng_split", [NN_ZeroDerivative]> {
  let summary = "a new stream, and the old one after it";
  let description = [{
    The child's key is words 0 (low) and 1 (high) of philox(counter, key), its counter 0; the
    parent's counter grows by 1. Example: `%child, %next = nn.rng_split %rng`
  }];
  let arguments = (ins NN_Rng:$rng);
  let results = (outs NN_Rng:$child, NN_Rng:$parent);
  let assemblyFormat = "$rng attr-dict";
}

#endif
