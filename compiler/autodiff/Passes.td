#ifndef NN_AUTODIFF_PASSES_TD
#define NN_AUTODIFF_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandGrad : Pass<"nn-expand-grad"> {
  let summary = "replaces nn.grad and nn.jvp by plain nn ops, innermost first";
  let description = [{
    In: nn ops with nn.grad and nn.jvp, nested to any depth. Out: neither of them, nor nn.checkpoint, nor
    nn.stop_gradient.
    A derivative that would flow through an op without a rule is an error at that op's place.
  }];
  let dependentDialects = ["::nn::NNDialect"];
}

def MergeLoops : Pass<"nn-merge-loops"> {
  let summary = "loops that run alike become one";
  let description = [{
    In: nn ops. Out: where most of what an nn.for or nn.while computes is computed by another one of
    the same block as well, such as a function's loop and the taped one of its gradient, one loop.
    The passes -canonicalize and -cse come before.
  }];
  let dependentDialects = ["::nn::NNDialect"];
}

#endif
