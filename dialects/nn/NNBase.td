// The dialect, its types, and the classes its ops are made of.
#ifndef NN_BASE_TD
#define NN_BASE_TD

include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/nn/NNInterfaces.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let summary = "pure tensor computations: what autodiff, fusion and bufferization see";
  let cppNamespace = "::nn";
  let hasConstantMaterializer = 1;
  let hasCanonicalizer = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let useDefaultAttributePrinterParser = 0;
}

// Signed integers and bool are signless, unsigned integers are ui8 ... ui64.
defvar NN_Floats = [F16, BF16, F32, F64];
defvar NN_Ints = [I8, I16, I32, I64, UI8, UI16, UI32, UI64];
def NN_Tensor : RankedTensorOf<!listconcat(NN_Floats, NN_Ints, [I1]), [], "tensor">;
def NN_FloatTensor : RankedTensorOf<NN_Floats, [], "tensor of floats">;
def NN_NumberTensor : RankedTensorOf<!listconcat(NN_Floats, NN_Ints), [], "tensor of numbers">;
def NN_IntTensor : RankedTensorOf<NN_Ints, [], "tensor of integers">;
def NN_BitsTensor : RankedTensorOf<!listconcat(NN_Ints, [I1]), [], "tensor of integers or bools">;
def NN_BoolTensor : RankedTensorOf<[I1], [], "tensor of bools">;
def NN_IndexTensor : RankedTensorOf<[I32, I64], [], "tensor of i32 or i64">;

class NN_Scalar<Type t, string what> : Type<
  And<[t.predicate, CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 0">]>,
  "rank-0 " # what, "::mlir::RankedTensorType">;
def NN_ScalarTensor : NN_Scalar<NN_Tensor, "tensor">;
def NN_FloatScalar : NN_Scalar<NN_FloatTensor, "tensor of floats">;
def NN_BoolScalar : NN_Scalar<NN_BoolTensor, "tensor of bools">,
  BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI1Type())">;
def NN_Int64Scalar : NN_Scalar<RankedTensorOf<[I64]>, "tensor of i64">,
  BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI64Type())">;
def NN_Rng : Type<
  And<[RankedTensorOf<[I64]>.predicate,
       CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getShape() == ::llvm::ArrayRef<int64_t>{2}">]>,
  "random stream: tensor<2xi64> of (key, counter)", "::mlir::RankedTensorType">,
  BuildableType<"::mlir::RankedTensorType::get({2}, $_builder.getIntegerType(64))">;

def NN_Axis : TypedSignlessIntegerAttrBase<I64, "int64_t", "axis">;

// Every op is pure: dead ones disappear, equal ones are merged.
class NN_Op<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, !listconcat([Pure], traits)>;

def NN_Dims : DeclareOpInterfaceMethods<NN_DimsOpInterface, ["resultDim"]>;
def NN_Batched : DeclareOpInterfaceMethods<NN_BatchableOpInterface>;
def NN_Differentiable : DeclareOpInterfaceMethods<NN_DifferentiableOpInterface>;

// C++ that adds `rule` to the adjoint of operand i of `this`; an empty rule adds nothing.
class NN_AddAdjoints<list<string> rules> {
  string body = !foldl("", !range(!size(rules)), text, i, text # !if(!empty(rules[i]), "", [{
    if (Ex to = x[}] # i # [{]; walk.isActive(to.value)) walk.add(to.value, (}] # rules[i] # [{).value);}]));
}
// C++ that adds rule i, with `d` the tangent of operand i, to the tangent of the result.
class NN_AddTangents<list<string> rules> {
  string body = !foldl("", !range(!size(rules)), text, i, text # !if(!empty(rules[i]), "", [{
    if (::mlir::Value t = walk.of(x[}] # i # [{].value)) {
      Ex d(builder, t), wide = d, to = y;
      (void)wide; (void)to;
      walk.add(getResult(), (}] # rules[i] # [{).value);
    } }]));
}

// The operands that have a rule, as a C++ initialiser.
class NN_RulePlaces<list<string> rules> {
  string body = !foldl("", !range(!size(rules)), text, i,
                       text # !if(!empty(rules[i]), "", !cast<string>(i) # ", "));
}

// An op with one result that is linear in each operand that has a rule. Rule i is the transpose in
// operand i: `d` is the adjoint of the result `y`, `x` are the operands. The tangent is the op itself.
//   joint = 1: linear in all these operands together (concat); 0: in each one alone (einsum).
class NN_LinearOp<string mnemonic, list<string> rules, list<Trait> traits = [], bit joint = 1>
    : NN_Op<mnemonic, !listconcat(traits, [NN_Dims, NN_Differentiable, NN_Batched])> {
  code derivatives = [{
::llvm::LogicalResult $cppClass::vjp(::mlir::ImplicitLocOpBuilder &builder, ::nn::Derivation &walk) {
  Ex d(builder, walk.of(getResult())), y(builder, getResult());
  auto x = Ex::list(builder, getOperation());
  (void)d; (void)y;
  }] # NN_AddAdjoints<rules>.body # [{
  return ::mlir::success();
}
::llvm::LogicalResult $cppClass::jvp(::mlir::ImplicitLocOpBuilder &builder, ::nn::Derivation &walk) {
  static const unsigned linear[] = {}] # NN_RulePlaces<rules>.body # [{};
  return }] # !if(joint, "jvpOfJointlyLinear", "jvpOfMultilinear") # [{(builder, *this, linear, walk);
}
  }];
  let extraClassDefinition = derivatives;
}

#endif
