// What the families' lowerings to linalg share. This is the reference: plain loops, no fusion.
#pragma once

#include "dialects/nn/Dims.h"
#include "dialects/nn/Element.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"

namespace nn {

/// ui8 ... ui64 become signless; all else stays.
struct SignlessTypes : mlir::TypeConverter {
  SignlessTypes();
};

// One per family: the patterns stand beside the ops, in <Family>ToLinalg.cpp.
void populateElementwiseToLinalg(const mlir::TypeConverter &, mlir::RewritePatternSet &);
void populateConstantToLinalg(const mlir::TypeConverter &, mlir::RewritePatternSet &);
void populateShapeToLinalg(const mlir::TypeConverter &, mlir::RewritePatternSet &);
void populateReduceToLinalg(const mlir::TypeConverter &, mlir::RewritePatternSet &);
void populateSortToLinalg(const mlir::TypeConverter &, mlir::RewritePatternSet &);
void populateEinsumToLinalg(const mlir::TypeConverter &, mlir::RewritePatternSet &);
void populateGatherToLinalg(const mlir::TypeConverter &, mlir::RewritePatternSet &);
void populateTreeToLinalg(const mlir::TypeConverter &, mlir::RewritePatternSet &);
void populateRandomToLinalg(const mlir::TypeConverter &, mlir::RewritePatternSet &);
void populateControlToLinalg(const mlir::TypeConverter &, mlir::RewritePatternSet &);
/// All of them, and the signatures of functions.
void populateNNToLinalg(const mlir::TypeConverter &, mlir::RewritePatternSet &);

/// The signless type of a tensor.
mlir::RankedTensorType signless(mlir::Type tensor);
/// An uninitialised tensor of the shape of a result of an nn op.
mlir::Value emptyLike(mlir::OpBuilder &builder, mlir::Value result);
/// The same with another element type.
mlir::Value emptyLike(mlir::OpBuilder &builder, mlir::Value result, mlir::Type elementType);
/// A tensor of that shape filled with a number.
mlir::Value filledLike(mlir::OpBuilder &builder, mlir::Value result, mlir::Type elementType,
                       double number);
/// Sizes of all axes, constants where they are static.
llvm::SmallVector<mlir::OpFoldResult> sizesOf(mlir::OpBuilder &builder, mlir::Location loc,
                                              mlir::Value tensor);

using Body = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

/// A linalg.generic with one result. `maps` name, per operand and for the result last, the loops of
/// its axes; loops that the result lacks are reductions. The body gets the operands' elements and,
/// last, the result's.
mlir::Value generic(mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange ins,
                    mlir::Value out, llvm::ArrayRef<mlir::AffineMap> maps, unsigned loops,
                    Body body);
/// A result whose element at (i, j, ...) is body(i, j, ...).
mlir::Value generate(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value out, Body body);
/// The axes 0 ... rank - 1 but `dropped`.
llvm::SmallVector<int64_t> axesWithout(int64_t rank, llvm::ArrayRef<int64_t> dropped);
mlir::AffineMap axesMap(mlir::MLIRContext *context, unsigned loops, llvm::ArrayRef<int64_t> axes);

/// f32 for f16 and bf16: what reductions and elements are computed in.
mlir::Type computeType(mlir::Type elementType);
/// A float scalar in another float type.
mlir::Value convertFloat(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                         mlir::Type to);
/// `index` clamped to [0, size - 1], as an index.
mlir::Value clampIndex(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value index,
                       mlir::Value size);

template <typename Op> struct ToLinalg : mlir::OpConversionPattern<Op> {
  using mlir::OpConversionPattern<Op>::OpConversionPattern;
  using Adaptor = typename Op::Adaptor;
};

} // namespace nn
