#ifndef HOST_OPS_TD
#define HOST_OPS_TD

include "dialects/host/HostDialect.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Host_Op<string mnemonic, list<Trait> traits = []> : Op<Host_Dialect, mnemonic, traits>;

def Host_CallOp : Host_Op<"call"> {
  let summary = "calls a function of the runtime";
  let description = [{
    The context is the implicit first argument unless `no_context` is there. Handles and tensors are borrowed by
    the callee, those at the positions in `consumes` are taken over; results are owned by the caller. The op's location
    becomes the position that a run-time error names.
    ```mlir
    %s = host.call "nnrt_format_tensor"(%t, %spec) : (tensor<f32>, !host.ptr) -> !host.handle
    ```
  }];
  let arguments = (ins StrAttr:$callee, Variadic<AnyType>:$args, UnitAttr:$no_context,
                       OptionalAttr<DenseI64ArrayAttr>:$consumes);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = "$callee `(` $args `)` attr-dict `:` functional-type($args, $results)";
}

def Host_LaunchOp : Host_Op<"launch", [AttrSizedOperandSegments]> {
  let summary = "runs a graph";
  let description = [{
    `dims` are the graph's index arguments, `args` its tensors. Tensors are consumed: one whose count is 1 may be
    updated in place.
    ```mlir
    %y = host.launch @g0[%b](%x, %w) : (index, tensor<?x4xf32>, tensor<4xf32>) -> tensor<?xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$graph, Variadic<Index>:$dims, Variadic<AnyRankedTensor>:$args);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat =
      "$graph `[` $dims `]` `(` $args `)` attr-dict `:` functional-type(operands, $results)";
}

def Host_ShapedOp : Host_Op<"shaped", [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "a tensor whose dynamic sizes are known to be these values";
  let description = [{
    ```mlir
    %x1 = host.shaped %x[%b] : tensor<?x784xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$value, Variadic<Index>:$dims);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$value `[` $dims `]` attr-dict `:` type($value)";
}

def Host_DimOp : Host_Op<"dim", [Pure]> {
  let summary = "the size of one axis of a tensor";
  let arguments = (ins AnyRankedTensor:$value, I64Attr:$axis);
  let results = (outs Index:$result);
  let hasFolder = 1;
  let assemblyFormat = "$value `,` $axis attr-dict `:` type($value)";
}

def Host_ItemOp : Host_Op<"item", [Pure]> {
  let summary = "the value of a rank-0 tensor";
  let description = [{ Index for integer tensors, i1 for bool, f64 for floats. Waits for the tensor. }];
  let arguments = (ins AnyRankedTensor:$value);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` type($result)";
}

def Host_ScalarOp : Host_Op<"scalar", [Pure]> {
  let summary = "a rank-0 tensor holding a host value (index, i1 or f64)";
  let arguments = (ins AnyType:$value);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` type($result)";
}

def Host_TextOp : Host_Op<"text", [Pure]> {
  let summary = "a constant C string";
  let arguments = (ins StrAttr:$value);
  let results = (outs Host_Ptr:$result);
  let assemblyFormat = "$value attr-dict";
}

def Host_TreeOp : Host_Op<"tree", [Pure]> {
  let summary = "the constant table of a tree's leaves: names, dtypes and shapes";
  let description = [{
    `leaves[i]` is the name and the type of leaf i; a dynamic size is read from the list of dims that goes with the
    table in a call. A name with `{}` stands for one entry per index of the first axis.
  }];
  let arguments = (ins StrArrayAttr:$names, TypeArrayAttr:$types);
  let results = (outs Host_Ptr:$result);
  let assemblyFormat = "$names $types attr-dict";
}

def Host_RetainOp : Host_Op<"retain"> {
  let summary = "adds a reference";
  let arguments = (ins Host_Managed:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def Host_ReleaseOp : Host_Op<"release"> {
  let summary = "gives a reference back";
  let arguments = (ins Host_Managed:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def Host_SizesOp : Host_Op<"sizes", [Pure]> {
  let summary = "a list of sizes in memory, as runtime calls take them";
  let arguments = (ins Variadic<Index>:$sizes);
  let results = (outs Host_Ptr:$result);
  let assemblyFormat = "$sizes attr-dict";
}

def Host_NullOp : Host_Op<"null", [Pure]> {
  let summary = "no handle";
  let results = (outs Host_Handle:$result);
  let assemblyFormat = "attr-dict";
}

def Host_IsNullOp : Host_Op<"is_null", [Pure]> {
  let summary = "whether a handle is absent";
  let arguments = (ins Host_Handle:$value);
  let results = (outs I1:$result);
  let assemblyFormat = "$value attr-dict";
}

def Host_ParseOp : Host_Op<"parse", [Pure]> {
  let summary = "a text as a number (index or f64), and whether it is one";
  let arguments = (ins Host_Handle:$text);
  let results = (outs I1:$ok, AnyType:$number);
  let assemblyFormat = "$text attr-dict `:` type($number)";
}

def Host_TryOp : Host_Op<"try"> {
  let summary = "calls a host function and holds what it fails with";
  let description = [{
    The first result is the reason of the failure, or no handle; then the function's results, which are zero and
    absent after a failure. Arguments are consumed.
    ```mlir
    %reason, %n = host.try @attempt(%path) : (!host.handle) -> (!host.handle, index)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyType>:$args);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = "$callee `(` $args `)` attr-dict `:` functional-type($args, $results)";
}

def Host_IterNextOp : Host_Op<"iter_next"> {
  let summary = "the next batch of an iterator: whether there is one, and its members";
  let arguments = (ins Host_Handle:$iter);
  let results = (outs I1:$ok, Variadic<AnyRankedTensor>:$members);
  let assemblyFormat = "$iter attr-dict `:` type($members)";
}

def Host_TurnOp : Host_Op<"turn"> {
  let summary = "a turn of a loop that may have no end";
  let description = [{
    Counts as an effect and becomes nothing: a loop that does nothing else but wait stays a loop.
  }];
  let assemblyFormat = "attr-dict";
}

def Host_DatasetMapOp : Host_Op<"dataset_map", [AttrSizedOperandSegments]> {
  let summary = "a data set whose samples pass through a graph when they are read";
  let description = [{
    The graph takes the sample's members, the captured tensors, and with `augment` the sample's own Rng last.
  }];
  let arguments = (ins Host_Handle:$dataset, FlatSymbolRefAttr:$graph, Variadic<Index>:$dims,
                       Variadic<AnyRankedTensor>:$captures, UnitAttr:$augment);
  let results = (outs Host_Handle:$result);
  let assemblyFormat =
      "$dataset `,` $graph `[` $dims `]` `(` $captures `)` attr-dict `:` functional-type(operands, $result)";
}

#endif
