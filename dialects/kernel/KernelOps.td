#ifndef KERNEL_OPS_TD
#define KERNEL_OPS_TD

include "dialects/kernel/KernelDialect.td"
include "dialects/nn/NNInterfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Kernel_ComputeInterface : OpInterface<"ComputeInterface"> {
  let cppNamespace = "::nnc::kernel";
  let description = [{
    What all kernel kinds share: a name for statistics, operands, a body of nn ops.
  }];
  let methods = [
    InterfaceMethod<"The name that statistics print.", "::llvm::StringRef", "getKernelName",
                    (ins), [{}], [{ return $_op.getName(); }]>,
    InterfaceMethod<"Tensors or memrefs read.", "::mlir::OperandRange", "getKernelIns", (ins), [{}],
                    [{ return $_op.getIns(); }]>,
    InterfaceMethod<"Memrefs written; none before bufferization.", "::mlir::OperandRange",
                    "getKernelOuts", (ins), [{}], [{ return $_op.getOuts(); }]>,
    InterfaceMethod<"Sizes of the dynamic dimensions of all results, in order.",
                    "::mlir::OperandRange", "getKernelDims", (ins), [{}],
                    [{ return $_op.getDims(); }]>,
    InterfaceMethod<"The nn ops; one tensor argument per in.", "::mlir::Block *",
                    "getKernelBody", (ins), [{}], [{ return &$_op.getBody().front(); }]>,
  ];
  let extraSharedClassDeclaration = [{
    bool isBufferized() { return $_op->getNumResults() == 0; }
  }];
}

class Kernel_Op<string mnemonic, list<Trait> traits = []> : Op<Kernel_Dialect, mnemonic, traits>;

class Kernel_Compute<string mnemonic>
    : Kernel_Op<mnemonic, [AttrSizedOperandSegments, SingleBlockImplicitTerminator<"YieldOp">,
                           DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
                           DeclareOpInterfaceMethods<NN_DimsOpInterface, ["resultDim"]>,
                           Kernel_ComputeInterface]> {
  let arguments = (ins StrAttr:$name, Variadic<AnyType>:$ins, Variadic<AnyMemRef>:$outs,
                       Variadic<Index>:$dims);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $name (`ins` `(` $ins^ `:` type($ins) `)`)? (`outs` `(` $outs^ `:` type($outs) `)`)?
    (`dims` `(` $dims^ `)`)? $body attr-dict (`->` type($results)^)?
  }];
  let extraClassDefinition = [{
    ::mlir::LogicalResult $cppClass::verify() { return verifyCompute(getOperation()); }
    void $cppClass::getEffects(
        ::llvm::SmallVectorImpl<::mlir::MemoryEffects::EffectInstance> &effects) {
      computeEffects(getOperation(), effects);
    }
    ::mlir::Value $cppClass::resultDim(::mlir::OpBuilder &, unsigned result, int64_t axis) {
      return ::nn::pickDim(getResultTypes(), getDims(), result, axis);
    }
  }];
  
}

def Kernel_PointwiseOp : Kernel_Compute<"pointwise"> {
  let summary = "every element of the results depends on elements of the operands, by index maps";
  let description = [{
    All results have one shape (or are computed at positions of it).
    ```mlir
    %r = kernel.pointwise "add_relu" ins(%a, %b : tensor<?x8xf32>, tensor<?x8xf32>) dims(%d0) {
    ^bb0(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>):
      %s = nn.add %x, %y : tensor<?x8xf32>
      kernel.yield %s : tensor<?x8xf32>
    } -> tensor<?x8xf32>
    ```
  }];
}

def Kernel_RowOp : Kernel_Compute<"row"> {
  let summary = "reductions along the last axes, and work on the rows and on their sums";
  let description = [{
    The domain is the shape of the reductions' operands. All reductions of one kernel reduce the
    same axes, listed in the attribute `axes`: either the last ones (rows: softmax, losses, norms,
    whole sums) or the first ones (columns: gradients of biases). Results have the shape of the
    domain or of the kept axes.
    ```mlir
    %r = kernel.row "sum" ins(%a : tensor<4x8xf32>) {
    ^bb0(%x: tensor<4x8xf32>):
      %s = nn.sum %x axes = [1] : tensor<4x8xf32> -> tensor<4xf32>
      kernel.yield %s : tensor<4xf32>
    } {axes = array<i64: 1>} -> tensor<4xf32>
    ```
  }];
}

def Kernel_ContractionOp : Kernel_Compute<"contraction"> {
  let summary = "one einsum, with elementwise work on its result (the epilogue)";
  let description = [{
    ```mlir
    %r = kernel.contraction "contraction_abs_mk_kn" ins(%a, %b : tensor<4x8xf32>, tensor<8x2xf32>) {
    ^bb0(%x: tensor<4x8xf32>, %w: tensor<8x2xf32>):
      %p = nn.einsum "mk,kn->mn" %x, %w : tensor<4x8xf32>, tensor<8x2xf32> -> tensor<4x2xf32>
      %s = nn.abs %p : tensor<4x2xf32>
      kernel.yield %s : tensor<4x2xf32>
    } -> tensor<4x2xf32>
    ```
  }];
}

def Kernel_ScatterOp : Kernel_Compute<"scatter"> {
  let summary = "writes to positions that operands give";
  let description = [{
    ```mlir
    %r = kernel.scatter "scatter_scatter_add" ins(%x, %i, %u : tensor<9x4xf32>, tensor<?xi32>, tensor<?x4xf32>) {
    ^bb0(%a: tensor<9x4xf32>, %b: tensor<?xi32>, %c: tensor<?x4xf32>):
      %s = nn.scatter_add %a, %b, %c axis = 0 : tensor<9x4xf32>, tensor<?xi32>, tensor<?x4xf32>
      kernel.yield %s : tensor<9x4xf32>
    } -> tensor<9x4xf32>
    ```
  }];
}

def Kernel_GenericOp : Kernel_Compute<"generic"> {
  let summary = "exactly one nn op, lowered to plain loops: the reference";
}

def Kernel_YieldOp : Kernel_Op<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "ends the body of a kernel";
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let builders = [OpBuilder<(ins), [{ }]>];
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

def Kernel_BufferOp : Kernel_Op<"buffer", [MemoryEffects<[MemAlloc]>]> {
  let summary = "a buffer in the graph's arena";
  let description = [{
    `id` numbers the graph's buffers; the frame's `offsets[id]` says where it begins. `first` and
    `last` are the steps (kernels in order) between which it holds a value: buffers whose intervals
    are apart may share memory.
    ```mlir
    %b = kernel.buffer [%d0] {id = 0 : i64, first = 0 : i64, last = 2 : i64} : memref<?x256xf32>
    ```
  }];
  let arguments = (ins Variadic<Index>:$dims, I64Attr:$id, I64Attr:$first, I64Attr:$last);
  let results = (outs AnyMemRef:$buffer);
  let assemblyFormat = "`[` $dims `]` attr-dict `:` type($buffer)";
}

def Kernel_ResultOp : Kernel_Op<"result"> {
  let summary = "the buffer of a result of the graph, which the caller made";
  let description = [{
    ```mlir
    %r = kernel.result 0 [%d0] : memref<?x10xf32>
    ```
  }];
  let arguments = (ins I64Attr:$number, Variadic<Index>:$dims);
  let results = (outs AnyMemRef:$buffer);
  let assemblyFormat = "$number `[` $dims `]` attr-dict `:` type($buffer)";
}

def Kernel_ViewOp : Kernel_Op<"view", [Pure, AttrSizedOperandSegments]> {
  let summary = "contiguous elements of a buffer under another shape";
  let description = [{
    `offset` counts elements of the source.
    ```mlir
    %w = kernel.view %flat[%off] [] : memref<203530xf32> to memref<784x256xf32>
    ```
  }];
  let arguments = (ins AnyMemRef:$source, Optional<Index>:$offset, Variadic<Index>:$dims);
  let results = (outs AnyMemRef:$view);
  let assemblyFormat = [{
    $source `[` ($offset^)? `]` `[` $dims `]` attr-dict `:` type($source) `to` type($view)
  }];
}

#endif
