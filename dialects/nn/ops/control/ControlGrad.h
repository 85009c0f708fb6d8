// What the derivatives of region ops share.
#pragma once

#include "dialects/nn/Expr.h"
#include "mlir/IR/IRMapping.h"

namespace nn {

/// The values a region op reads from outside, and those of them with a derivative.
llvm::SmallVector<mlir::Value> capturedValues(mlir::Operation *op);
llvm::SmallVector<mlir::Value> activeCaptures(mlir::Operation *op, Derivation &walk);
/// The ops of a block but its terminator.
llvm::SmallVector<mlir::Operation *> bodyOps(mlir::Block &block);
/// Copies of these ops where the builder stands; `map` gets their results.
llvm::SmallVector<mlir::Operation *> cloneBody(mlir::OpBuilder &builder, mlir::Block &block,
                                               mlir::IRMapping &map);
/// The same for the forward walk, which may replace ops: with a yield of what the block yielded.
struct ClonedBody {
  llvm::SmallVector<mlir::Operation *> ops;
  YieldOp yield;
  ClonedBody(mlir::OpBuilder &builder, mlir::Block &block, mlir::IRMapping &map);
};
/// The same for a block whose first arguments stand for `arguments`: what it yields.
llvm::SmallVector<mlir::Value> cloneYields(mlir::OpBuilder &builder, mlir::Block &block,
                                           mlir::ValueRange arguments, mlir::IRMapping &map);
/// The derivative of `value`, made of zeros where there is none.
mlir::Value derivativeOrZeros(mlir::ImplicitLocOpBuilder &builder, Derivation &walk,
                              mlir::Value value);
/// The type derivatives of `type` are summed in: f32 for f16 and bf16.
mlir::Type accumulatorType(mlir::Type elementType);
/// Activates what a loop's body makes active of its carries, over all iterations.
void spreadLoopActivity(Derivation &inner, mlir::Block &body, mlir::ValueRange carries,
                        mlir::ValueRange yields);

} // namespace nn
