// Elementwise ops: one row each.
//   mnemonic, type of operands and result, summary, gradient rules, element
// A gradient rule of operand i is its contribution: `d` is the adjoint of the result (or, read
// forward, the tangent of the operand), `x` the operands, `y` the result; nn::Ex gives operators.
// `wide` is d before it was narrowed to f16 or bf16, `to` the value that the contribution belongs to.
// The element is the op on scalars or vectors, in the same notation on nn::Element.
#ifndef NN_ELEMENTWISE_TD
#define NN_ELEMENTWISE_TD

include "dialects/nn/NNBase.td"

class NN_ElementwiseOp<string mnemonic, string sentence, list<string> rules, string element,
                       list<Trait> traits>
    : NN_Op<mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<NN_ElementwiseOpInterface>, NN_Dims, NN_Batched,
        !if(!empty(rules), NN_ZeroDerivative, NN_Differentiable)])> {
  let summary = sentence;
  let hasFolder = 1;
  code emission = [{
::mlir::Value $cppClass::emitElement(::mlir::OpBuilder &builder, ::mlir::Location loc,
                                     ::mlir::ValueRange operands) {
  auto x = Element::list(builder, loc, getOperation(), operands);
  return (}] # element # [{).value;
}
::mlir::Value $cppClass::resultDim(::mlir::OpBuilder &builder, unsigned, int64_t axis) {
  return dimOf(builder, getLoc(), getOperation()->getOperands().back(), axis);
}
::llvm::LogicalResult $cppClass::batch(::mlir::ImplicitLocOpBuilder &builder, ::nn::Batching &batch) {
  return batchElementwise(builder, getOperation(), batch);
}
::mlir::OpFoldResult $cppClass::fold(FoldAdaptor adaptor) {
  return foldElementwise(getOperation(), adaptor.getOperands());
}
  }];
  code derivatives = !if(!empty(rules), "", [{
::llvm::LogicalResult $cppClass::vjp(::mlir::ImplicitLocOpBuilder &builder, ::nn::Derivation &walk) {
  Ex d(builder, walk.of(getResult())), wide(builder, walk.wide(getResult()));
  Ex y(builder, getResult());
  auto x = Ex::list(builder, getOperation());
  (void)d; (void)wide; (void)y;
  }] # NN_AddAdjoints<rules>.body # [{
  return ::mlir::success();
}
::llvm::LogicalResult $cppClass::jvp(::mlir::ImplicitLocOpBuilder &builder, ::nn::Derivation &walk) {
  Ex y(builder, getResult());
  auto x = Ex::list(builder, getOperation());
  (void)y;
  }] # NN_AddTangents<rules>.body # [{
  return ::mlir::success();
}
  }]);
  let extraClassDefinition = emission # derivatives;
}

// The example of a row, on a type it takes.
class NN_RowExample<string text, Type type> {
  string element = !if(!or(!eq(type, NN_IntTensor), !eq(type, NN_BitsTensor)), "i32", "f32");
  string description = "Example: `%z = nn." # text # " : tensor<4x" # element # ">`";
}
class NN_Unary<string mnemonic, Type type, string sentence, list<string> rules, string element>
    : NN_ElementwiseOp<mnemonic, sentence, rules, element, [SameOperandsAndResultType]> {
  let description = NN_RowExample<mnemonic # " %x", type>.description;
  let arguments = (ins type:$x);
  let results = (outs type:$result);
  let assemblyFormat = "$x attr-dict `:` type($result)";
}
class NN_Binary<string mnemonic, Type type, string sentence, list<string> rules, string element,
                list<Trait> traits = []>
    : NN_ElementwiseOp<mnemonic, sentence, rules, element,
                       !listconcat(traits, [SameOperandsAndResultType])> {
  let description = NN_RowExample<mnemonic # " %x, %y", type>.description;
  let arguments = (ins type:$lhs, type:$rhs);
  let results = (outs type:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
}

// --- arithmetic
def NN_AddOp : NN_Binary<"add", NN_NumberTensor, "x + y", ["d", "d"], "x[0] + x[1]", [Commutative]>;
def NN_SubOp : NN_Binary<"sub", NN_NumberTensor, "x - y", ["d", "-d"], "x[0] - x[1]">;
def NN_MulOp : NN_Binary<"mul", NN_NumberTensor, "x * y", ["d * x[1]", "d * x[0]"], "x[0] * x[1]",
                         [Commutative]>;
def NN_DivOp : NN_Binary<"div", NN_NumberTensor,
  "x / y; integers round down, and x / 0 is 0 for them",
  ["d / x[1]", "-(d * y) / x[1]"], "x[0] / x[1]">;
def NN_RemOp : NN_Binary<"rem", NN_NumberTensor,
  "x - floor(x / y) * y: has the sign of y; for integers x rem 0 is 0",
  ["d", "-(d * floor(x[0] / x[1]))"], "rem(x[0], x[1])">;
def NN_PowOp : NN_Binary<"pow", NN_FloatTensor, "x to the power of y",
  // 0 to the power of 0 has the slope 0
  ["d * x[1] * pow(x[0], select(compare(CompareKind::eq, x[1], zerosLike(x[1])), 1.0, x[1]) - 1.0)",
   "d * y * log(select(x[0] > 0.0, x[0], 1.0))"],
  "pow(x[0], x[1])"> { let hasCanonicalizeMethod = 1; }
def NN_MaxOp : NN_Binary<"max", NN_NumberTensor, "the greater one; equal operands share the gradient",
  ["d * greaterShare(x[0], x[1])", "d * greaterShare(x[1], x[0])"], "max(x[0], x[1])", [Commutative]>;
def NN_MinOp : NN_Binary<"min", NN_NumberTensor, "the lesser one; equal operands share the gradient",
  ["d * greaterShare(x[1], x[0])", "d * greaterShare(x[0], x[1])"], "min(x[0], x[1])", [Commutative]>;
def NN_Atan2Op : NN_Binary<"atan2", NN_FloatTensor, "the angle of the point (y, x) = operands 0, 1",
  ["d * x[1] / (x[0] * x[0] + x[1] * x[1])", "-(d * x[0]) / (x[0] * x[0] + x[1] * x[1])"],
  "atan2(x[0], x[1])">;
def NN_NegOp : NN_Unary<"neg", NN_NumberTensor, "-x", ["-d"], "-x[0]">;
def NN_AbsOp : NN_Unary<"abs", NN_NumberTensor, "|x|", ["d * sign(x[0])"], "abs(x[0])">;
def NN_SignOp : NN_Unary<"sign", NN_NumberTensor, "-1, 0 or 1; NaN stays NaN", [], "sign(x[0])">;

// --- functions
def NN_ExpOp : NN_Unary<"exp", NN_FloatTensor, "e to the x", ["d * y"], "exp(x[0])">;
def NN_Expm1Op : NN_Unary<"expm1", NN_FloatTensor, "exp(x) - 1", ["d * (y + 1.0)"], "expm1(x[0])">;
def NN_LogOp : NN_Unary<"log", NN_FloatTensor, "natural logarithm", ["d / x[0]"], "log(x[0])">;
def NN_Log1pOp : NN_Unary<"log1p", NN_FloatTensor, "log(1 + x)", ["d / (x[0] + 1.0)"], "log1p(x[0])">;
def NN_SinOp : NN_Unary<"sin", NN_FloatTensor, "sine", ["d * cos(x[0])"], "sin(x[0])">;
def NN_CosOp : NN_Unary<"cos", NN_FloatTensor, "cosine", ["-(d * sin(x[0]))"], "cos(x[0])">;
def NN_TanhOp : NN_Unary<"tanh", NN_FloatTensor, "hyperbolic tangent", ["d * (1.0 - y * y)"],
                         "tanh(x[0])">;
def NN_LogisticOp : NN_Unary<"logistic", NN_FloatTensor, "1 / (1 + exp(-x))",
                             ["d * (y * (1.0 - y))"], "1.0 / (exp(-x[0]) + 1.0)">;
def NN_SqrtOp : NN_Unary<"sqrt", NN_FloatTensor, "square root", ["d * 0.5 / y"], "sqrt(x[0])">;
def NN_RsqrtOp : NN_Unary<"rsqrt", NN_FloatTensor, "1 / sqrt(x)", ["d * -0.5 * y / x[0]"],
                          "1.0 / sqrt(x[0])">;
// 2 / sqrt(pi) = 1.1283791670955126
def NN_ErfOp : NN_Unary<"erf", NN_FloatTensor, "error function",
                        ["d * 1.1283791670955126 * exp(-(x[0] * x[0]))"], "erf(x[0])">;
def NN_FloorOp : NN_Unary<"floor", NN_FloatTensor, "rounds down", [], "floor(x[0])">;
def NN_CeilOp : NN_Unary<"ceil", NN_FloatTensor, "rounds up", [], "ceil(x[0])">;
def NN_RoundOp : NN_Unary<"round", NN_FloatTensor, "rounds to nearest, ties to even", [],
                          "round(x[0])">;

// --- bits and truth
def NN_AndOp : NN_Binary<"and", NN_BitsTensor, "bitwise and", [], "x[0] & x[1]", [Commutative]>;
def NN_OrOp : NN_Binary<"or", NN_BitsTensor, "bitwise or", [], "x[0] | x[1]", [Commutative]>;
def NN_XorOp : NN_Binary<"xor", NN_BitsTensor, "bitwise exclusive or", [], "x[0] ^ x[1]",
                         [Commutative]>;
def NN_NotOp : NN_Unary<"not", NN_BitsTensor, "bitwise complement", [], "~x[0]">;
def NN_ShlOp : NN_Binary<"shl", NN_IntTensor, "x times 2^y; 0 where y is not below the width", [],
                         "shl(x[0], x[1])">;
def NN_ShrOp : NN_Binary<"shr", NN_IntTensor, "x / 2^y rounded down", [], "shr(x[0], x[1])">;

// --- rows whose types differ
def NN_CompareKind : I32EnumAttr<"CompareKind", "which comparison", [
    I32EnumAttrCase<"eq", 0>, I32EnumAttrCase<"ne", 1>, I32EnumAttrCase<"lt", 2>,
    I32EnumAttrCase<"le", 3>, I32EnumAttrCase<"gt", 4>, I32EnumAttrCase<"ge", 5>]> {
  let cppNamespace = "::nn";
}

def NN_CompareOp : NN_ElementwiseOp<"compare", "compares elements; with NaN only `ne` holds", [],
    "compare(getKind(), x[0], x[1])", [SameTypeOperands, SameOperandsAndResultShape,
                                       InferTypeOpAdaptor]> {
  let description = "Example: `%p = nn.compare lt %x, %y : tensor<4xf32>`";
  let arguments = (ins NN_CompareKind:$kind, NN_Tensor:$lhs, NN_Tensor:$rhs);
  let results = (outs NN_BoolTensor:$result);
  let assemblyFormat = "$kind $lhs `,` $rhs attr-dict `:` type($lhs)";
}

def NN_SelectOp : NN_ElementwiseOp<"select", "p ? x : y",
    ["", "select(x[0], d, 0.0)", "select(x[0], 0.0, d)"],
    "select(x[0], x[1], x[2])", [AllTypesMatch<["lhs", "rhs", "result"]>,
                                 SameOperandsAndResultShape]> {
  let description = "Example: `%z = nn.select %p, %x, %y : tensor<4xf32>`";
  let arguments = (ins NN_BoolTensor:$condition, NN_Tensor:$lhs, NN_Tensor:$rhs);
  let results = (outs NN_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$condition, "::mlir::Value":$lhs,
                                 "::mlir::Value":$rhs)>];
  let assemblyFormat = "$condition `,` $lhs `,` $rhs attr-dict `:` type($condition) `,` type($result)";
}

def NN_CastOp : NN_ElementwiseOp<"cast",
    "converts the element type; floats become integers toward zero, bools by x != 0",
    ["castLike(wide, to)"],
    "convert(x[0], ::mlir::getElementTypeOrSelf(getType()))", [SameOperandsAndResultShape]> {
  let description = "Example: `%y = nn.cast %x : tensor<4xf32> to tensor<4xbf16>`";
  let arguments = (ins NN_Tensor:$x);
  let results = (outs NN_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Type":$elementType)>];
  let assemblyFormat = "$x attr-dict `:` type($x) `to` type($result)";
}

def NN_IsFiniteOp : NN_ElementwiseOp<"is_finite", "neither infinite nor NaN", [],
    "isFinite(x[0])", [SameOperandsAndResultShape, InferTypeOpAdaptor]> {
  let description = "Example: `%p = nn.is_finite %x : tensor<4xf32>`";
  let arguments = (ins NN_FloatTensor:$x);
  let results = (outs NN_BoolTensor:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

#endif
