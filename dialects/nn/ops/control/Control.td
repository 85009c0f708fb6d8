// Regions: branches and loops. They capture outer values and end in nn.yield.
#ifndef NN_CONTROL_TD
#define NN_CONTROL_TD

include "dialects/nn/NNBase.td"

defvar NN_RegionTraits = [RecursiveMemoryEffects, RecursivelySpeculatable,
                          SingleBlockImplicitTerminator<"::nn::YieldOp">];
class NN_RegionOp<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, !listconcat(NN_RegionTraits, traits)>;

def NN_YieldOp : NN_Op<"yield", [Terminator, ReturnLike]> {
  let summary = "the results of a region";
  let description = "Example: `nn.yield %x : tensor<4xf32>`";
  let arguments = (ins Variadic<AnyType>:$values);
  let builders = [OpBuilder<(ins)>];
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

def NN_StopGradientOp : NN_Op<"stop_gradient", [SameOperandsAndResultType, NN_Dims,
                                                NN_ZeroDerivative, NN_Batched]> {
  let summary = "x, constant for derivatives";
  let description = "Example: `%y = nn.stop_gradient %x : tensor<4xf32>`";
  let arguments = (ins NN_Tensor:$x);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` type($result)";
}

def NN_BarrierOp : NN_Op<"barrier", [NN_Dims, NN_Differentiable, NN_Batched, InferTypeOpAdaptor]> {
  let summary = "its operands, as values that no one knows to be equal to them";
  let description = [{
    Keeps a recomputation from being merged with the original, and starts it after all operands
    are there. Example: `%a, %b = nn.barrier %x, %y : tensor<4xf32>, tensor<f32>`
  }];
  let arguments = (ins Variadic<NN_Tensor>:$values);
  let results = (outs Variadic<NN_Tensor>:$results);
  let assemblyFormat = "$values attr-dict `:` type($values)";
}

def NN_ForOp : NN_RegionOp<"for", [AttrSizedOperandSegments, NN_Differentiable, NN_Batched,
    DeclareOpInterfaceMethods<NN_DimsOpInterface, ["resultDim", "argumentDim"]>]> {
  let summary = "a counted loop in scan form";
  let description = [{
    Body arguments: the index iv in [lower, upper), the carried values, and row iv - lower of each
    tensor in `xs`. It yields the new carried values and one row for each further result; these rows
    are stacked on a new leading axis of size upper - lower. `reverse` runs from upper - 1 down,
    rows keep their places. Carried values keep their shape. `dims` are the dynamic sizes of the
    stacked rows, result by result.
    Example: {
      %s, %ys = nn.for %lb to %ub carry (%s0 : tensor<4xf32>) slice (%xs : tensor<?x4xf32>) -> (tensor<4xf32>, tensor<?x4xf32>) {
      ^bb0(%i: index, %s: tensor<4xf32>, %x: tensor<4xf32>):
        %t = nn.add %s, %x : tensor<4xf32>
        nn.yield %t, %t : tensor<4xf32>, tensor<4xf32>
      }
    }
  }];
  let arguments = (ins Index:$lower, Index:$upper, Variadic<NN_Tensor>:$inits,
                       Variadic<NN_Tensor>:$xs, Variadic<Index>:$dims, UnitAttr:$reverse);
  let results = (outs Variadic<NN_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let builders = [
    // Makes the body's block with its arguments, and leaves it without a terminator.
    OpBuilder<(ins "::mlir::TypeRange":$results, "::mlir::Value":$lower, "::mlir::Value":$upper,
                   "::mlir::ValueRange":$inits, "::mlir::ValueRange":$xs,
                   "::mlir::ValueRange":$dims, CArg<"bool", "false">:$reverse)>];
  let skipDefaultBuilders = 1;
  let assemblyFormat = [{
    $lower `to` $upper (`reverse` $reverse^)? (`carry` `(` $inits^ `:` type($inits) `)`)?
    (`slice` `(` $xs^ `:` type($xs) `)`)? (`dims` `[` $dims^ `]`)? attr-dict-with-keyword
    `->` `(` type($results) `)` $body}];
  let extraClassDeclaration = [{
    unsigned carryCount() { return getInits().size(); }
    ::mlir::Block *bodyBlock() { return &getBody().front(); }
    ::mlir::Value induction() { return bodyBlock()->getArgument(0); }
    ::mlir::ValueRange carries() { return bodyBlock()->getArguments().slice(1, carryCount()); }
    ::mlir::ValueRange rows() { return bodyBlock()->getArguments().drop_front(1 + carryCount()); }
    /// First the new carried values, then a row of each stacked result.
    ::mlir::ValueRange yields() { return bodyBlock()->getTerminator()->getOperands(); }
    /// The number of iterations where it is known, else ShapedType::kDynamic.
    int64_t staticTripCount();
    /// Which of the body's arguments the yields with needed[i] depend on, over all iterations.
    ::llvm::SmallVector<bool> neededArguments(::llvm::ArrayRef<bool> needed);
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def NN_IfOp : NN_RegionOp<"if", [NN_Dims, NN_Differentiable, NN_Batched]> {
  let summary = "computes one of two regions";
  let description = [{
    `dims` are the dynamic sizes of the results. Example: {
      %y = nn.if %p -> (tensor<4xf32>) { nn.yield %a : tensor<4xf32> } else { nn.yield %b : tensor<4xf32> }
    }
  }];
  let arguments = (ins NN_BoolScalar:$condition, Variadic<Index>:$dims);
  let results = (outs Variadic<NN_Tensor>:$results);
  let regions = (region SizedRegion<1>:$thenRegion, SizedRegion<1>:$elseRegion);
  let builders = [
    // Makes both blocks, without terminators.
    OpBuilder<(ins "::mlir::TypeRange":$results, "::mlir::Value":$condition,
                   "::mlir::ValueRange":$dims)>];
  let skipDefaultBuilders = 1;
  let assemblyFormat = [{
    $condition (`dims` `[` $dims^ `]`)? attr-dict-with-keyword `->` `(` type($results) `)`
    $thenRegion `else` $elseRegion}];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def NN_WhileOp : NN_RegionOp<"while", [InferTypeOpAdaptor, NN_Differentiable, NN_Batched,
    DeclareOpInterfaceMethods<NN_DimsOpInterface, ["resultDim", "argumentDim"]>]> {
  let summary = "repeats `body` while `condition` holds";
  let description = [{
    Both regions take the carried values; they keep their shape. Example: {
      %n = nn.while (%n0 : tensor<i64>) {
      ^bb0(%n: tensor<i64>):
        %p = nn.compare lt %n, %limit : tensor<i64>
        nn.yield %p : tensor<i1>
      } do {
      ^bb0(%n: tensor<i64>):
        %m = nn.add %n, %n : tensor<i64>
        nn.yield %m : tensor<i64>
      }
    }
  }];
  let arguments = (ins Variadic<NN_Tensor>:$inits);
  let results = (outs Variadic<NN_Tensor>:$results);
  let regions = (region SizedRegion<1>:$condition, SizedRegion<1>:$body);
  let builders = [
    // Makes both blocks with their arguments, without terminators.
    OpBuilder<(ins "::mlir::ValueRange":$inits)>];
  let skipDefaultBuilders = 1;
  let assemblyFormat = [{`(` $inits `:` type($inits) `)` attr-dict-with-keyword $condition `do` $body}];
  let extraClassDeclaration = [{
    /// Which carried values the results with needed[i] depend on, over all iterations.
    ::llvm::SmallVector<bool> neededCarries(::llvm::ArrayRef<bool> needed);
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def NN_CheckpointOp : NN_RegionOp<"checkpoint", [NN_Dims, NN_Differentiable, NN_Batched]> {
  let summary = "a region whose inner values are computed again for its derivative, not kept";
  let description = [{
    Example: { %y = nn.checkpoint -> (tensor<4xf32>) { %e = nn.exp %x : tensor<4xf32>
                 nn.yield %e : tensor<4xf32> } }
  }];
  let arguments = (ins Variadic<Index>:$dims);
  let results = (outs Variadic<NN_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let builders = [
    // Makes the block, without a terminator.
    OpBuilder<(ins "::mlir::TypeRange":$results, "::mlir::ValueRange":$dims)>];
  let skipDefaultBuilders = 1;
  let assemblyFormat = "(`dims` `[` $dims^ `]`)? attr-dict-with-keyword `->` `(` type($results) `)` $body";
  let hasVerifier = 1;
}

#endif
