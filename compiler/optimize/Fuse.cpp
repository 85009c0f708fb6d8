// nn-fuse: turns the nn ops of graphs into kernels.
#include "compiler/optimize/Clusters.h"
#include "compiler/optimize/KernelName.h"
#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Sizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace nnc;

namespace {

/// Moves the ops of one cluster, and copies of the generators they read, into a kernel.
class KernelBuilder {
public:
  KernelBuilder(Cluster &cluster, OpBuilder &builder, const Clusters &clusters)
      : cluster(cluster), builder(builder), clusters(clusters) {}

  void build() {
    Block *body = new Block;
    SmallVector<Value> outs;
    for (Operation *op : cluster.ops) {
      fill(*op, body);
      for (Value result : op->getResults())
        if (isReadOutside(result))
          outs.push_back(result);
    }
    if (outs.empty()) {
      delete body;
      return;
    }
    Location loc = cluster.ops.back()->getLoc();
    SmallVector<Value> yielded;
    for (Value out : outs)
      yielded.push_back(inside.lookup(out));
    SmallVector<Value> dims = dynamicSizes(builder, outs);
    Operation *kernel =
        create(loc, kernelName(cluster.kind, *body), TypeRange(ValueRange(outs)), dims);
    kernel->getRegion(0).push_back(body);
    builder.setInsertionPointToEnd(body);
    kernel::YieldOp::create(builder, loc, yielded);
    for (auto [out, result] : llvm::zip(outs, kernel->getResults()))
      replaced.push_back({out, result});
    builder.setInsertionPointAfter(kernel);
  }

  SmallVector<std::pair<Value, Value>> replaced;

private:
  /// Whether something outside reads `value`; a generator is copied by all that read it.
  bool isReadOutside(Value value) const {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      Cluster *owner = clusters.of(user);
      if (owner == &cluster)
        return false;
      return !clusters.isCopied(user) || owner || isReadOutside(user->getResult(0));
    });
  }

  template <typename Op>
  Operation *make(Location loc, StringRef name, TypeRange types, ValueRange dims) {
    return Op::create(builder, loc, types, builder.getStringAttr(name), ins, ValueRange(), dims);
  }
  Operation *create(Location loc, StringRef name, TypeRange types, ValueRange dims) {
    switch (cluster.kind) {
    case ClusterKind::Row:
    case ClusterKind::Column: {
      Operation *op = make<kernel::RowOp>(loc, name, types, dims);
      int64_t kept = cluster.kept, rank = cluster.rank();
      bool rows = cluster.kind == ClusterKind::Row;
      auto axes = rows ? llvm::seq<int64_t>(kept, rank) : llvm::seq<int64_t>(0, rank - kept);
      op->setAttr("axes", builder.getDenseI64ArrayAttr(llvm::to_vector(axes)));
      return op;
    }
    case ClusterKind::Contraction:
      return make<kernel::ContractionOp>(loc, name, types, dims);
    case ClusterKind::Scatter:
      return make<kernel::ScatterOp>(loc, name, types, dims);
    case ClusterKind::Generic:
      return make<kernel::GenericOp>(loc, name, types, dims);
    default:
      return make<kernel::PointwiseOp>(loc, name, types, dims);
    }
  }

  void fill(Operation &op, Block *body) {
    IRMapping mapping;
    for (Value operand : op.getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        mapping.map(operand, valueInside(operand, body));
    OpBuilder inner(op.getContext());
    inner.setInsertionPointToEnd(body);
    Operation *copy = inner.clone(op, mapping);
    for (auto [from, to] : llvm::zip(op.getResults(), copy->getResults()))
      inside[from] = to;
  }

  Value valueInside(Value value, Block *body) {
    if (Value known = inside.lookup(value))
      return known;
    Operation *def = value.getDefiningOp();
    if (def && clusters.isCopied(def) && copies(def)) {
      fill(*def, body);
      return inside.lookup(value);
    }
    ins.push_back(value);
    return inside[value] = body->addArgument(value.getType(), value.getLoc());
  }
  /// The einsum and what moves elements by run-time indices read tensors in memory.
  bool copies(Operation *def) const {
    return cluster.kind != ClusterKind::Generic && cluster.kind != ClusterKind::Scatter &&
           !llvm::any_of(def->getUsers(), [&](Operation *user) {
             return isa<nn::EinsumOp>(user) && clusters.of(user) == &cluster;
           });
  }

  Cluster &cluster;
  OpBuilder &builder;
  const Clusters &clusters;
  SmallVector<Value> ins;
  llvm::DenseMap<Value, Value> inside;
};

struct FusePass : PassWrapper<FusePass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FusePass)
  FusePass() = default;
  explicit FusePass(bool apart) { this->apart = apart; }
  FusePass(const FusePass &other) : PassWrapper(other) {}

  StringRef getArgument() const final { return "nn-fuse"; }
  StringRef getDescription() const final { return "turns the nn ops of graphs into kernels"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<kernel::KernelDialect, arith::ArithDialect>();
  }

  Option<bool> apart{*this, "apart", llvm::cl::desc("make one generic kernel per op"),
                     llvm::cl::init(false)};

  void runOnOperation() override {
    if (!getOperation()->hasAttr("nn.graph") || getOperation().isExternal())
      return;
    bindSizes(getOperation());
    fuseBlock(getOperation().getBody().front());
  }

  /// The index arithmetic of `block` on numbers that its own ops compute, in order. All other index
  /// arithmetic can stand before the kernels.
  static llvm::SetVector<Operation *> findLateIndices(Block &block) {
    llvm::SetVector<Operation *> late;
    for (Operation &op : block.without_terminator()) {
      if (op.getNumResults() == 0 || isa<RankedTensorType>(op.getResult(0).getType()))
        continue;
      bool isLate = llvm::any_of(op.getOperands(), [&](Value operand) {
        Operation *def = operand.getDefiningOp();
        return def && def->getBlock() == &block && (isa<nn::ToIndexOp>(op) || late.contains(def));
      });
      if (isLate)
        late.insert(&op);
    }
    return late;
  }

  /// Moves what `op` reads of these to the kernels, before the next one.
  static void placeIndices(Operation *op, llvm::SetVector<Operation *> &late, Clusters &clusters) {
    Block *block = op->getBlock();
    for (Value value : readValues(op)) {
      Operation *def = value.getDefiningOp();
      if (!def || def->getBlock() != block || late.empty())
        continue;
      bool isOwned = clusters.of(def) && !clusters.isCopied(def);
      if (!isOwned)
        placeIndices(def, late, clusters);
      if (late.remove(def))
        def->moveBefore(block->getTerminator());
    }
  }

  void fuseBlock(Block &block) {
    for (Operation &op : block)
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          fuseBlock(inner);
    Clusters clusters(block, !apart);
    SmallVector<Cluster *> order = clusters.ordered();
    llvm::SetVector<Operation *> late = findLateIndices(block);
    Operation *terminator = block.getTerminator();
    OpBuilder builder(terminator);
    llvm::SmallSetVector<Operation *, 32> old;
    for (Operation &op : block.without_terminator())
      if (op.getNumResults() && isa<RankedTensorType>(op.getResult(0).getType()))
        old.insert(&op);
    for (Cluster *cluster : order) {
      builder.setInsertionPoint(terminator);
      for (Operation *op : cluster->ops)
        placeIndices(op, late, clusters);
      if (cluster->kind == ClusterKind::View) {
        cluster->ops[0]->moveBefore(terminator);
        old.remove(cluster->ops[0]);
        continue;
      }
      KernelBuilder kernel(*cluster, builder, clusters);
      kernel.build();
      for (auto [from, to] : kernel.replaced)
        from.replaceUsesWithIf(to, [&](OpOperand &use) {
          Operation *user = block.findAncestorOpInBlock(*use.getOwner());
          return user == use.getOwner() ? clusters.of(user) != cluster : true;
        });
    }
    for (Operation *op : llvm::reverse(old))
      op->dropAllUses();
    for (Operation *op : llvm::reverse(old))
      op->erase();
  }
};

} // namespace

std::unique_ptr<Pass> nnc::createFusePass(bool apart) { return std::make_unique<FusePass>(apart); }
