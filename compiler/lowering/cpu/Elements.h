// The elements of a kernel's tensors at given places, computed on vectors.
#pragma once
#include "compiler/lowering/cpu/LoopNest.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NNDialect.h"
#include "llvm/ADT/DenseMap.h"
#include <map>

namespace nnc::cpu {

/// An element of a tensor, or a vector of them: the index grows by one per lane on axis `lane`
/// (-1: one element). A flat place has one index, the element's number in row-major order.
struct Place {
  llvm::SmallVector<mlir::Value> index;
  int lane = -1;
};

/// f16 and bf16 are computed in f32; unsigned integers have no sign in the IR of this stage.
mlir::Type computeType(mlir::Type element);
/// Elements per vector in kernels that work on `element`: 16, or 8 for f64.
int64_t lanesFor(mlir::Type element);

/// Computes elements of tensors in a bufferized kernel's body on demand, each once per place, and
/// as far out of the loops as its place allows. Elements at places without a lane are scalars.
class Elements {
public:
  /// `flat`: places of tensors that are no scalars are flat.
  Elements(LoopNest &nest, kernel::ComputeInterface kernel, int64_t lanes, bool flat);

  /// The element or vector of `tensor` at `place`.
  mlir::Value at(mlir::Value tensor, const Place &place);
  /// The same, always as a vector.
  mlir::Value vectorAt(mlir::Value tensor, const Place &place);
  /// From now on, `tensor` is `element` at every place that is asked for.
  void bind(mlir::Value tensor, mlir::Value element) { bound[tensor] = element; }
  void unbind(mlir::Value tensor) { bound.erase(tensor); }
  /// Writes an element or vector to the kernel's out number `out`.
  void store(unsigned out, const Place &place, mlir::Value element);
  /// Reads what out number `out` holds now.
  mlir::Value loadOut(unsigned out, const Place &place) {
    return load(kernel.getKernelOuts()[out], place);
  }
  /// From now on, places are vector number `vector` of up to four side by side, the first of which
  /// begins at `start` on the lane axis; null: nothing is known of neighbours. `start` is a
  /// multiple of 4 elements. Random bits are then drawn once for all four.
  void setGroup(mlir::Value start, int64_t vector) {
    groupStart = start;
    groupVector = vector;
  }
  /// Which lanes exist, for loads and stores of vectors; null for all.
  void setMask(mlir::Value newMask) { mask = newMask; }

  /// The sizes of a memref; constants where the type tells.
  llvm::SmallVector<mlir::Value> sizes(mlir::Value memref);
  /// The sizes of a tensor of the body.
  llvm::SmallVector<mlir::Value> sizesOf(mlir::Value tensor);
  mlir::Value splat(mlir::Value scalar);
  /// 0, 1, 2, ... as a vector.
  mlir::Value laneNumbers(mlir::Type element);
  /// A constant of a compute type.
  mlir::Value constant(mlir::Type element, double value);
  int64_t laneCount() const { return lanes; }

  /// Whether `at` can compute `op` on vectors, with lanes on `lane` of its result's axes.
  static bool hasVectorForm(mlir::Operation *op, int lane);

private:
  mlir::Value compute(mlir::Value tensor, const Place &place);
  mlir::Value computeOp(mlir::Operation *op, mlir::Value tensor, const Place &place);
  mlir::Value load(mlir::Value memref, const Place &place);
  mlir::Value storage(mlir::Value memref);
  mlir::Value iota(mlir::Value index, bool lanesRun, mlir::Type element);
  mlir::Value clampedIndex(mlir::Value index, mlir::Value size);
  mlir::Value constantElement(nn::ConstantOp op, const Place &place);
  mlir::Value rngBits(nn::RngBitsOp op, const Place &place);
  mlir::Value rngBitsOfGroup(nn::RngBitsOp op, const Place &place, mlir::Value key,
                             mlir::Value counter);
  mlir::Value rngStream(mlir::Operation *op, mlir::Value tensor, const Place &place);
  llvm::SmallVector<mlir::Value> philox(mlir::Value counter, mlir::Value key);

  LoopNest &nest;
  mlir::ImplicitLocOpBuilder &b;
  kernel::ComputeInterface kernel;
  int64_t lanes;
  bool flat;
  mlir::Value mask, groupStart;
  int64_t groupVector = 0;
  llvm::DenseMap<mlir::Value, mlir::Value> bound, storages;
  using Key = std::vector<const void *>;
  Key keyOf(mlir::Value tensor, const Place &place);
  /// Whether a value made before can be used where the builder is now.
  bool isVisible(mlir::Value value) {
    return value.getParentRegion()->isAncestor(b.getInsertionBlock()->getParent());
  }
  std::map<Key, mlir::Value> known;
  std::map<Key, llvm::SmallVector<mlir::Value>> knownWords;
};

} // namespace nnc::cpu
