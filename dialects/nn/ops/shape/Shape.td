// Ops that move elements and compute nothing.
#ifndef NN_SHAPE_TD
#define NN_SHAPE_TD

include "dialects/nn/NNBase.td"

def NN_BroadcastOp : NN_LinearOp<"broadcast", ["unbroadcast(d, *this)"]> {
  let summary = "repeats elements along new axes and along axes of literal size 1";
  let description = [{
    Axis k of the operand is axis `map[k]` of the result; `map` increases. The result's other axes
    are new. Example: `%y = nn.broadcast %x [%n] map = [1] : tensor<4xf32> -> tensor<?x4xf32>`
  }];
  let arguments = (ins NN_Tensor:$x, Variadic<Index>:$dims, DenseI64ArrayAttr:$map);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$x (`[` $dims^ `]`)? `map` `=` $map attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizeMethod = 1;
}

def NN_ReshapeOp : NN_LinearOp<"reshape", ["reshapeLike(d, x[0])"]> {
  let summary = "the same elements in row-major order under another shape";
  let description = "Example: `%y = nn.reshape %x [%n] : tensor<?x2x3xf32> -> tensor<?x6xf32>`";
  let arguments = (ins NN_Tensor:$x, Variadic<Index>:$dims);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$x (`[` $dims^ `]`)? attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizeMethod = 1;
}

def NN_TransposeOp : NN_LinearOp<"transpose", ["transpose(d, inversePermutation(getPerm()))"],
                                 [InferTypeOpAdaptor]> {
  let summary = "axis k of the result is axis perm[k] of the operand";
  let description = "Example: `%y = nn.transpose %x perm = [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>`";
  let arguments = (ins NN_Tensor:$x, DenseI64ArrayAttr:$perm);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$x `perm` `=` $perm attr-dict `:` type($x) `->` type($result)";
  let hasFolder = 1;
  let hasCanonicalizeMethod = 1;
}

def NN_ReverseOp : NN_LinearOp<"reverse", ["reverse(d, getAxes())"], [SameOperandsAndResultType]> {
  let summary = "turns the order of elements round on some axes";
  let description = "Example: `%y = nn.reverse %x axes = [0] : tensor<4xf32>`";
  let arguments = (ins NN_Tensor:$x, DenseI64ArrayAttr:$axes);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$x `axes` `=` $axes attr-dict `:` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_SliceOp : NN_LinearOp<"slice", ["unslice(d, *this)"], [InferTypeOpAdaptor]> {
  let summary = "elements start, start + stride, ... below limit on each axis";
  let description = [{
    A limit of -1 is the end of the axis. Example:
    `%y = nn.slice %x start = [0, 1] limit = [-1, 3] stride = [1, 1] : tensor<?x4xf32> -> tensor<?x2xf32>`
  }];
  let arguments = (ins NN_Tensor:$x, DenseI64ArrayAttr:$start, DenseI64ArrayAttr:$limit,
                       DenseI64ArrayAttr:$stride);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{$x `start` `=` $start `limit` `=` $limit `stride` `=` $stride attr-dict
                         `:` type($x) `->` type($result)}];
  let hasFolder = 1;
}

def NN_DynamicSliceOp : NN_LinearOp<"dynamic_slice", ["undynamicSlice(d, *this)"],
                                    [AttrSizedOperandSegments]> {
  let summary = "a block of the result's shape at an offset known when running";
  let description = [{
    Offsets are clamped so that the block lies inside.
    Example: `%y = nn.dynamic_slice %x at [%i, %j] : tensor<8x4xf32> -> tensor<1x4xf32>`
  }];
  let arguments = (ins NN_Tensor:$x, Variadic<Index>:$start, Variadic<Index>:$dims);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{$x `at` `[` $start `]` (`[` $dims^ `]`)? attr-dict
                         `:` type($x) `->` type($result)}];
  let hasVerifier = 1;
}
def NN_DynamicUpdateOp : NN_LinearOp<"dynamic_update",
    ["dynamicUpdate(d, zerosLike(x[1]), getStart())", "dynamicSliceLike(d, x[1], getStart())"],
    [AllTypesMatch<["x", "result"]>]> {
  let summary = "x with a block replaced by `update`, at an offset clamped to keep it inside";
  let description = "Example: `%y = nn.dynamic_update %x, %u at [%i, %j] : tensor<8x4xf32>, tensor<1x4xf32>`";
  let arguments = (ins NN_Tensor:$x, NN_Tensor:$update, Variadic<Index>:$start);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$x `,` $update `at` `[` $start `]` attr-dict `:` type($x) `,` type($update)";
  let hasVerifier = 1;
}

def NN_PadOp : NN_Op<"pad", [NN_Dims, NN_Differentiable, NN_Batched, InferTypeOpAdaptor]> {
  let summary = "puts `fill` before, after and between the elements of each axis";
  let description = [{
    Negative `lo` and `hi` cut off. Example:
    `%y = nn.pad %x lo = [1] hi = [2] interior = [0] fill = 0.0 : tensor<4xf32> -> tensor<7xf32>`
  }];
  let arguments = (ins NN_Tensor:$x, DenseI64ArrayAttr:$lo, DenseI64ArrayAttr:$hi,
                       DenseI64ArrayAttr:$interior, F64Attr:$fill);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{$x `lo` `=` $lo `hi` `=` $hi `interior` `=` $interior `fill` `=` $fill
                         attr-dict `:` type($x) `->` type($result)}];
}

def NN_ConcatOp : NN_Op<"concat", [NN_Dims, NN_Differentiable, NN_Batched, InferTypeOpAdaptor]> {
  let summary = "tensors one after another on an axis";
  let description = "Example: `%y = nn.concat 0, %a, %b : tensor<2xf32>, tensor<3xf32> -> tensor<5xf32>`";
  let arguments = (ins NN_Axis:$axis, Variadic<NN_Tensor>:$parts);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$axis `,` $parts attr-dict `:` type($parts) `->` type($result)";
  let hasFolder = 1;
}

#endif
