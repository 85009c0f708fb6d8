// Derivatives of regions, replaced by plain ops in the pass nn-expand-grad, innermost first.
#ifndef NN_DERIVE_TD
#define NN_DERIVE_TD

include "dialects/nn/ops/control/Control.td"

def NN_GradOp : NN_RegionOp<"grad", [DeclareOpInterfaceMethods<NN_DimsOpInterface, ["argumentDim"]>]> {
  let summary = "values of a region, and the gradient of the first by each of `wrt`";
  let description = [{
    The region's arguments stand for `wrt`; captured values are constants for the derivative. It
    yields a rank-0 loss and any other values. Results: the yielded values, then one gradient per
    operand, of the operand's type. Example: {
      %l, %dw = nn.grad (%w) : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
      ^bb0(%v: tensor<4xf32>):
        %l = nn.sum %v axes = [0] : tensor<4xf32> -> tensor<f32>
        nn.yield %l : tensor<f32>
      }
    }
  }];
  let arguments = (ins Variadic<NN_FloatTensor>:$wrt);
  let results = (outs Variadic<NN_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $wrt `)` attr-dict-with-keyword `:` functional-type($wrt, $results) $body";
  let extraClassDeclaration = [{ ::mlir::Block *bodyBlock() { return &getBody().front(); } }];
  let hasVerifier = 1;
}

def NN_CustomOp : NN_RegionOp<"custom", [AttrSizedOperandSegments, NN_Differentiable, NN_Batched,
    DeclareOpInterfaceMethods<NN_DimsOpInterface, ["resultDim", "argumentDim"]>]> {
  let summary = "a region whose derivative is not that of its ops, but given by rules";
  let description = [{
    The first region computes the results from `args`. The rule `vjp` takes the same and an adjoint
    for each result, and yields an adjoint for each of `args`; `jvp` takes the same and a tangent for
    each of `args`, and yields one for each result. There is one of them or both, in this order; each
    serves for the other, too, being linear in what it is given last. Captured values are constants.
    Example: {
      %y = nn.custom (%x) vjp : (tensor<f64>) -> (tensor<f64>) {
      ^bb0(%v: tensor<f64>):
        %r = nn.round %v : tensor<f64>
        nn.yield %r : tensor<f64>
      } rules {
      ^bb0(%v: tensor<f64>, %d: tensor<f64>):
        nn.yield %d : tensor<f64>
      }
    }
  }];
  let arguments = (ins Variadic<NN_FloatTensor>:$args, Variadic<Index>:$dims, UnitAttr:$vjp,
                       UnitAttr:$jvp);
  let results = (outs Variadic<NN_FloatTensor>:$results);
  let regions = (region SizedRegion<1>:$primal, VariadicRegion<SizedRegion<1>>:$rules);
  let assemblyFormat = [{`(` $args `)` (`dims` `[` $dims^ `]`)? (`vjp` $vjp^)? (`jvp` $jvp^)?
                         attr-dict-with-keyword `:` `(` type($args) `)` `->` `(` type($results) `)`
                         $primal `rules` $rules}];
  let extraClassDeclaration = [{
    ::mlir::Block *vjpRule() { return getVjp() ? &getRules().front().front() : nullptr; }
    ::mlir::Block *jvpRule() { return getJvp() ? &getRules().back().front() : nullptr; }
  }];
  let hasVerifier = 1;
}

def NN_JvpOp : NN_RegionOp<"jvp", [AttrSizedOperandSegments,
                                   DeclareOpInterfaceMethods<NN_DimsOpInterface, ["argumentDim"]>]> {
  let summary = "values of a region, and their directional derivatives";
  let description = [{
    The region's arguments stand for `wrt`, `tangents` are their directions; captured values are
    constants. Results: the yielded values, then the tangent of each floating one. Example: {
      %y, %t = nn.jvp (%x) (%dx) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
      ^bb0(%v: tensor<4xf32>):
        %e = nn.exp %v : tensor<4xf32>
        nn.yield %e : tensor<4xf32>
      }
    }
  }];
  let arguments = (ins Variadic<NN_FloatTensor>:$wrt, Variadic<NN_FloatTensor>:$tangents);
  let results = (outs Variadic<NN_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{`(` $wrt `)` `(` $tangents `)` attr-dict-with-keyword
                         `:` functional-type(operands, $results) $body}];
  let extraClassDeclaration = [{ ::mlir::Block *bodyBlock() { return &getBody().front(); } }];
  let hasVerifier = 1;
}

#endif
