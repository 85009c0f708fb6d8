// Compiles graphs in this process and runs them on random or given arguments.
#pragma once
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "runtime/include/nnrt.h"

/// The elements of one tensor, on a 64-byte boundary.
struct Buffer {
  int32_t dtype;
  int64_t count;
  std::vector<std::max_align_t> storage;
  Buffer(int32_t dtype, int64_t count);
  char *data();
  int64_t bytes() const;
  double at(int64_t i);
  /// Integers and bools take a small number made of the value.
  void set(int64_t i, double value);
};

struct Compiled {
  std::unique_ptr<mlir::ExecutionEngine> engine;
  bool ok() const { return engine != nullptr; }
};

struct Graph {
  std::string name;
  llvm::SmallVector<mlir::Type> arguments;
  llvm::SmallVector<llvm::SmallVector<int64_t>> bound; // nn.dims of each argument
};

/// Whether parallel loops run from their last chunk to their first.
extern bool chunksBackwards;

void registerGraphDialects(mlir::DialectRegistry &registry);
std::vector<Graph> graphsOf(mlir::ModuleOp module);
Compiled compile(mlir::ModuleOp source, unsigned level, llvm::StringRef cpu);
/// `fill` sets the arguments. With `seconds`, runs on and tells the shortest time of a run.
std::vector<Buffer> run(const Compiled &code, const Graph &graph, llvm::ArrayRef<int64_t> dims,
                        llvm::function_ref<void(std::vector<Buffer> &)> fill,
                        double *seconds = nullptr);
