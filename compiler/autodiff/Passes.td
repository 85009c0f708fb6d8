#ifndef NN_AUTODIFF_PASSES_TD
#define NN_AUTODIFF_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandGrad : Pass<"nn-expand-grad"> {
  let summary = "replaces nn.grad, nn.jvp and loops to be batched by plain nn ops, innermost first";
  let description = [{
    In: nn ops with nn.grad, nn.jvp and nn.for marked `nn.batch`, nested to any depth. Out: none of
    them, nor nn.checkpoint, nor nn.stop_gradient. What of a marked loop can be no batch stays a loop.
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
