// The kernel dialect: the fused parts of a graph. One op is one loop nest of either backend.
#ifndef KERNEL_DIALECT_TD
#define KERNEL_DIALECT_TD

include "mlir/IR/OpBase.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::nnc::kernel";
  let summary = "the kinds of kernels that a graph is cut into, and the buffers between them";
  let description = [{
    A kernel op holds the nn ops it computes in its region, always on tensors. `nn-fuse` makes
    kernels on tensors (ins, results); `kernel-bufferize` turns ins and outs into memrefs and drops
    the results, the region stays.
    Index values (dynamic sizes) are captured from above.
  }];
}

#endif
