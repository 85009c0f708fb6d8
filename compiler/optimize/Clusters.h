// The search for fusion: which ops of one block become one kernel.
#pragma once
#include "compiler/optimize/EinsumLayout.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NNDialect.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

namespace nnc {

enum class ClusterKind { Pointwise, Row, Column, Contraction, Scatter, Generic, View };

/// Ops that are computed together. The domain is the shape that its loops run over: of all values
/// (pointwise), of the reductions' operands (row, column), of the product (contraction).
struct Cluster {
  ClusterKind kind;
  llvm::SmallVector<mlir::Operation *> ops; // in the block's order
  mlir::Value domain;                       // a tensor of the domain's shape
  unsigned kept = 0; // axes that reductions keep: the first ones in rows, the last in columns

  int64_t rank() const { return mlir::cast<mlir::RankedTensorType>(domain.getType()).getRank(); }
};

/// Cheap to compute at any element: copied into each kernel that reads it, never a kernel by itself
/// unless something else needs it in memory.
bool isGenerator(mlir::Operation *op);

/// Cuts a block into clusters.
class Clusters {
public:
  /// `fuse`: false makes one cluster per op.
  Clusters(mlir::Block &block, bool fuse);

  /// In an order in which each comes after what it reads.
  llvm::SmallVector<Cluster *> ordered();
  Cluster *of(mlir::Operation *op) const { return owner.lookup(op); }
  /// Whether readers of the op copy it: a generator that no reduction of a whole tensor has taken.
  bool isCopied(mlir::Operation *op) const;

private:
  void visit(mlir::Operation *op);
  void visitElementwise(mlir::Operation *op);
  void visitReduction(mlir::Operation *op);
  void followReduction(mlir::Operation *op);
  Cluster *start(ClusterKind kind, mlir::Operation *op, mlir::Value domain, unsigned kept);
  void join(Cluster *into, mlir::Operation *op);
  void merge(Cluster *into, Cluster *from);

  /// The clusters whose values `op` reads, through generators.
  llvm::SmallSetVector<Cluster *, 4> producers(mlir::Operation *op);
  /// Whether `op`, computed at a place of the cluster's loops, reads values of the cluster at that
  /// same place only.
  bool isAligned(mlir::Operation *op, Cluster *cluster);
  bool isAlignedOperand(mlir::Value value, mlir::Operation *user, Cluster *cluster);
  /// Whether a value has the shape of the whole domain, or of the kept axes.
  bool hasDomainShape(mlir::Value value, Cluster *cluster);
  bool hasKeptShape(mlir::Value value, Cluster *cluster);
  bool canTake(Cluster *cluster, mlir::Operation *op);
  bool canMerge(Cluster *a, Cluster *b);
  /// Whether making one unit of `parts` and `op` would make it wait for itself.
  bool makesCycle(llvm::ArrayRef<Cluster *> parts, mlir::Operation *op);
  bool onlyFeeds(Cluster *cluster, mlir::Operation *op);
  /// What each cluster has to wait for.
  using Sources = llvm::DenseMap<Cluster *, llvm::SmallSetVector<Cluster *, 4>>;
  static bool waitsFor(Cluster *cluster, Cluster *other, Sources &sources);
  void putUpdatesLast(Sources &sources);

  mlir::Block &block;
  bool fuse;
  llvm::SmallVector<std::unique_ptr<Cluster>> all;
  llvm::DenseMap<mlir::Operation *, Cluster *> owner;
  llvm::DenseMap<mlir::Operation *, unsigned> order;
};

/// Operands of an op, and values that its regions capture from the block it stands in.
llvm::SmallVector<mlir::Value> readValues(mlir::Operation *op);

} // namespace nnc
