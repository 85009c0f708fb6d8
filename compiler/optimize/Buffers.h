// Where each tensor of a graph lies: in a result of the graph, in an argument that is updated in
// place, in a slot of a tree or of stacked rows, in the place of a value that nobody reads any
// more, or in a piece of the arena of its own.
#pragma once
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <functional>

namespace nnc {

class Buffers {
public:
  /// `b` is where buffers' uses are written. Buffers themselves are made at the start of the graph.
  Buffers(mlir::func::FuncOp graph, mlir::ImplicitLocOpBuilder &b);

  /// The memref of a tensor; made in the arena if nothing else was planned.
  mlir::Value of(mlir::Value tensor);
  void set(mlir::Value tensor, mlir::Value buffer) { buffers[tensor] = buffer; }
  /// A buffer for a copy of `tensor`.
  mlir::Value fresh(mlir::Value tensor);
  mlir::Value view(mlir::Value source, mlir::Value offset, mlir::RankedTensorType type,
                   mlir::ValueRange dims);
  /// Row `number` of stacked rows.
  mlir::Value rowOf(mlir::Value stacked, mlir::RankedTensorType row, mlir::Value number);

  /// Plans the graph's results: the aliases, and the caller's buffers.
  void planResults();
  /// Plans what a block's kernels write into trees, and what may lie where an operand lies.
  void planBlock(mlir::Block &block);
  /// Plans the value that replaces a loop's carried value in its place, `carry`.
  void planCarry(mlir::Value carry, mlir::Value next, mlir::Value result);
  /// Plans row `number` of the stacked rows `target`, value `i` that `loop` yields.
  void planRow(nn::ForOp loop, size_t i, mlir::Value target, mlir::Value number);
  /// Whether `value` is written where `op` puts its operand or yield `i`.
  bool isWrittenInto(mlir::Value value, mlir::Operation *op, size_t i) const {
    return writtenInPlace.lookup(value) == std::pair(op, i);
  }

  /// For each result of the graph the argument that it overwrites, or -1.
  llvm::ArrayRef<int64_t> aliases() const { return aliasOfResult; }
  mlir::Value resultBuffer(size_t k) const { return resultBuffers.lookup(k); }
  /// Whether a size was met that only the computation finds; the error was reported.
  bool hasUnknownSizes() const { return failedSizes; }

private:
  using Plan = std::function<mlir::Value()>;

  int64_t overwrittenArgument(mlir::Value result);
  void planLeaves(mlir::Block &block);
  void planInPlace(mlir::Block &block);
  /// Plans `value` in the place where `previous` lies until then.
  bool planAfter(mlir::Value previous, mlir::Value value, Plan plan);
  mlir::Value inArena(mlir::RankedTensorType type, mlir::ValueRange dims);
  mlir::Value outermost(mlir::Value index);
  llvm::SmallVector<mlir::Value> sizesAtEntry(mlir::Value tensor);

  mlir::func::FuncOp graph;
  mlir::Block &entry;
  mlir::ImplicitLocOpBuilder &b;
  mlir::Operation *prologueEnd;                     // sizes and buffers are made before it
  llvm::DenseMap<mlir::Value, mlir::Value> buffers; // tensor -> memref
  /// Makes the buffer of a value when it is first needed, at the place where it is written.
  llvm::DenseMap<mlir::Value, Plan> planned;
  /// What lies in a planned value's place before it.
  llvm::DenseMap<mlir::Value, mlir::Value> before;
  /// Leaves and rows that kernels write where they belong: the pack or loop, and which of its
  /// values.
  llvm::DenseMap<mlir::Value, std::pair<mlir::Operation *, size_t>> writtenInPlace;
  llvm::SmallVector<int64_t> aliasOfResult;
  llvm::DenseMap<int64_t, mlir::Value> resultBuffers;
  bool failedSizes = false;
};

} // namespace nnc
