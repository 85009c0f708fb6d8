// Many evaluations of the same ops at once: values get a leading axis, one row per evaluation.
#pragma once

#include "dialects/nn/Expr.h"
#include "mlir/IR/IRMapping.h"

namespace nn {

/// What the ops of a block compute for all rows of a batch. A value is either the same for all
/// rows, or batched: a tensor has a leading axis then, an index is a tensor<Bxi64>.
class Batching {
public:
  /// `size`: of the batch; `staticSize`: the same where it is known, else ShapedType::kDynamic.
  /// `isDerived`: derivatives may be taken of what is made.
  Batching(mlir::Value size, int64_t staticSize, bool isDerived)
      : isDerived(isDerived), size(size), staticSize(staticSize) {}

  /// The batched form of a value, or null if it is the same for all rows.
  mlir::Value of(mlir::Value value) const { return batched.lookup(value); }
  bool isBatched(mlir::Value value) const { return batched.contains(value); }
  bool anyBatched(mlir::ValueRange values) const;
  /// What stands for a value that is the same for all rows.
  mlir::Value plain(mlir::Value value) const { return map.lookupOrDefault(value); }
  llvm::SmallVector<mlir::Value> plain(mlir::ValueRange values) const;
  /// The batched form in any case: what is the same for all rows is repeated.
  mlir::Value spread(mlir::ImplicitLocOpBuilder &builder, mlir::Value value);
  void set(mlir::Value value, mlir::Value whole) { batched[value] = whole; }
  void keep(mlir::Value value, mlir::Value same) { map.map(value, same); }

  /// The type of a batch of such values, and the dims of one whose rows have the plain `dims`.
  mlir::RankedTensorType typeOf(mlir::Type row) const;
  llvm::SmallVector<mlir::Value> dims(mlir::ValueRange rowDims) const;
  /// 0, 1, ..: the number of each row.
  Ex numbers(mlir::ImplicitLocOpBuilder &builder) const;
  /// Rows of `x` (batched or not) along `axis` of a row at indices that are batched: [B, ..i].
  Ex takeRows(Ex x, bool isBatched, Ex index, int64_t axis) const;
  /// For each row its own index into a batch flattened to [B * n, ..]; n: the size of the axis.
  Ex flatIndex(Ex index, mlir::Value n) const;
  /// [B, .., n, ..] as [B * n, ..], and the way back to the shape of `like`.
  Ex flattened(Ex x, int64_t axis) const;
  Ex unflattened(Ex flat, Ex like, int64_t axis) const;

  /// Whether `op` or a region of it reads something batched.
  bool readsBatched(mlir::Operation *op) const;
  /// Which of `values`, of a block whose arguments are batched where `arguments` says so, are
  /// batched or may be.
  llvm::SmallVector<bool> mayBeBatched(mlir::Block &block, llvm::ArrayRef<bool> arguments,
                                       mlir::ValueRange values) const;
  /// Batches the ops of a block but its terminator, where the builder stands.
  llvm::LogicalResult run(mlir::ImplicitLocOpBuilder &builder, mlir::Block &block);
  /// The same, and what the block yields, batched.
  llvm::LogicalResult runWhole(mlir::ImplicitLocOpBuilder &builder, mlir::Block &block,
                               llvm::SmallVectorImpl<mlir::Value> &yields);

  const bool isDerived;

private:
  llvm::LogicalResult run(mlir::ImplicitLocOpBuilder &builder, mlir::Operation *op);
  llvm::LogicalResult runAsLoop(mlir::ImplicitLocOpBuilder &builder, mlir::Operation *op);

  mlir::Value size;
  int64_t staticSize;
  mlir::IRMapping map;
  llvm::DenseMap<mlir::Value, mlir::Value> batched;
};

/// Axes of a row as axes of a batch.
llvm::SmallVector<int64_t> shifted(llvm::ArrayRef<int64_t> axes);
/// The rule of elementwise ops.
llvm::LogicalResult batchElementwise(mlir::ImplicitLocOpBuilder &builder, mlir::Operation *op,
                                     Batching &batch);

} // namespace nn
