// Tensors with operators, for derivative rules: they read like the maths and make nn ops.
#pragma once

#include "dialects/nn/NNDialect.h"

namespace nn {

/// A tensor under construction. Numbers beside it become constants of its shape and type.
struct Ex {
  Ex(mlir::ImplicitLocOpBuilder &builder, mlir::Value value) : builder(&builder), value(value) {}
  static std::vector<Ex> list(mlir::ImplicitLocOpBuilder &builder, mlir::Operation *op);

  mlir::RankedTensorType type() const;
  mlir::Type elementType() const { return type().getElementType(); }
  int64_t rank() const { return type().getRank(); }

  mlir::ImplicitLocOpBuilder *builder;
  mlir::Value value;
};

/// A tensor of the shape and type of `like` whose elements are all `number`.
Ex constantLike(Ex like, double number);
Ex zerosLike(Ex like);

Ex operator+(Ex a, Ex b);
Ex operator-(Ex a, Ex b);
Ex operator*(Ex a, Ex b);
Ex operator/(Ex a, Ex b);
Ex operator-(Ex a);
inline Ex operator+(Ex a, double b) { return a + constantLike(a, b); }
inline Ex operator-(Ex a, double b) { return a - constantLike(a, b); }
inline Ex operator*(Ex a, double b) { return a * constantLike(a, b); }
inline Ex operator-(double a, Ex b) { return constantLike(b, a) - b; }
inline Ex operator/(double a, Ex b) { return constantLike(b, a) / b; }

Ex compare(CompareKind kind, Ex a, Ex b);
inline Ex operator>(Ex a, double b) { return compare(CompareKind::gt, a, constantLike(a, b)); }
Ex select(Ex condition, Ex a, Ex b);
inline Ex select(Ex condition, Ex a, double b) { return select(condition, a, constantLike(a, b)); }
inline Ex select(Ex condition, double a, Ex b) { return select(condition, constantLike(b, a), b); }
Ex castTo(Ex a, mlir::Type elementType);
inline Ex castLike(Ex a, Ex like) { return castTo(a, like.elementType()); }
Ex pow(Ex a, Ex b);
Ex exp(Ex a);
Ex log(Ex a);
Ex sin(Ex a);
Ex cos(Ex a);
Ex sign(Ex a);
Ex floor(Ex a);
/// The share of a in the derivative of max(a, b): 1, 1/2 where they are equal, or 0.
Ex greaterShare(Ex a, Ex b);

Ex reshapeLike(Ex a, Ex like);
Ex transpose(Ex a, llvm::ArrayRef<int64_t> perm);
Ex reverse(Ex a, llvm::ArrayRef<int64_t> axes);
Ex sum(Ex a, llvm::ArrayRef<int64_t> axes);
llvm::SmallVector<int64_t> allAxes(Ex a);
Ex cumsum(Ex a, int64_t axis, bool reverse);
/// `a` repeated along `axes` of `like`, which it lacks.
Ex spread(Ex a, Ex like, llvm::ArrayRef<int64_t> axes);
Ex dynamicSliceLike(Ex a, Ex like, mlir::ValueRange start);
Ex dynamicUpdate(Ex a, Ex update, mlir::ValueRange start);
Ex take(Ex a, Ex index, int64_t axis);
Ex scatterAdd(Ex a, Ex index, Ex update, int64_t axis);
Ex takeAlong(Ex a, Ex index, int64_t axis);
Ex scatterAddAlong(Ex a, Ex index, Ex update, int64_t axis);
llvm::SmallVector<int64_t> inversePermutation(llvm::ArrayRef<int64_t> perm);

// Transposes that need more than a line.
Ex unbroadcast(Ex d, BroadcastOp op);
Ex unslice(Ex d, SliceOp op);
Ex undynamicSlice(Ex d, DynamicSliceOp op);
/// The adjoint of operand `place` of an einsum.
Ex einsumAdjoint(Ex d, EinsumOp op, unsigned place);

/// Tangents of ops that are linear in the operands at places `linear`: the op itself.
llvm::LogicalResult jvpOfJointlyLinear(mlir::ImplicitLocOpBuilder &builder, mlir::Operation *op,
                                       llvm::ArrayRef<unsigned> linear, Derivation &walk);
llvm::LogicalResult jvpOfMultilinear(mlir::ImplicitLocOpBuilder &builder, mlir::Operation *op,
                                     llvm::ArrayRef<unsigned> linear, Derivation &walk);

} // namespace nn
