// The contraction.
#ifndef NN_EINSUM_TD
#define NN_EINSUM_TD

include "dialects/nn/NNBase.td"

def NN_EinsumOp : NN_LinearOp<"einsum",
    ["einsumAdjoint(d, *this, 0)", "einsumAdjoint(d, *this, 1)"], [], /*joint=*/0> {
  let summary = "sum of products over the letters that the result does not have";
  let description = [{
    `spec` names the axes: matrix products, their transposes, batched and outer products are all
    this op. A letter stands at most once in an operand, each result letter in some operand.
    f16 and bf16 are accumulated in f32; for them the result may be f32.
    Example: `%c = nn.einsum "mk,kn->mn" %a, %b : tensor<?x4xf32>, tensor<4x8xf32> -> tensor<?x8xf32>`
  }];
  let arguments = (ins StrAttr:$spec, NN_NumberTensor:$lhs, NN_NumberTensor:$rhs);
  let results = (outs NN_NumberTensor:$result);
  // The result type follows from spec; its element type is the operands' unless given.
  let builders = [OpBuilder<(ins "::llvm::StringRef":$spec, "::mlir::Value":$lhs,
                                 "::mlir::Value":$rhs, CArg<"::mlir::Type", "{}">:$elementType)>];
  let assemblyFormat = "$spec $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
  let extraClassDeclaration = [{
    /// The letters of the operands and of the result.
    ::llvm::StringRef lhsLetters() { return getSpec().split(',').first; }
    ::llvm::StringRef rhsLetters() { return getSpec().split(',').second.split("->").first; }
    ::llvm::StringRef resultLetters() { return getSpec().split("->").second; }
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

#endif
