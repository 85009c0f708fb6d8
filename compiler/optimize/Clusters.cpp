#include "compiler/optimize/Clusters.h"
#include "compiler/optimize/InPlace.h"
#include "compiler/optimize/Reduction.h"
#include "compiler/optimize/Sizes.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace nnc;

static int64_t rankOf(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }

static bool isScalarElementwise(Operation *op) {
  return isa<nn::ElementwiseOpInterface>(op) && rankOf(op->getResult(0)) == 0;
}

bool nnc::isGenerator(Operation *op) {
  return isa<nn::ConstantOp, nn::FullOp, nn::IotaOp, nn::FromIndexOp, nn::BroadcastOp,
             nn::RngBitsOp, nn::StopGradientOp>(op) ||
         isScalarElementwise(op);
}

/// Shares memory with its operand, or is written part by part.
static bool isView(Operation *op) {
  return isa<nn::UnpackOp, nn::ReshapeOp, nn::PackOp, nn::BarrierOp>(op);
}

SmallVector<Value> nnc::readValues(Operation *op) {
  SmallVector<Value> values(op->getOperands());
  if (op->getNumRegions()) {
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    values.append(captured.begin(), captured.end());
  }
  return values;
}

Clusters::Clusters(Block &block, bool fuse) : block(block), fuse(fuse) {
  for (auto [i, op] : llvm::enumerate(block))
    order[&op] = i;
  SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    ops.push_back(&op);
  for (Operation *op : ops)
    visit(op);
  // Generators that are read as tensors in memory.
  for (Operation *op : ops) {
    if (owner.count(op) || !isGenerator(op))
      continue;
    bool needed = llvm::any_of(op->getUsers(), [&](Operation *user) {
      Operation *here = block.findAncestorOpInBlock(*user);
      if (here == block.getTerminator() || here != user || isa<nn::ToIndexOp>(here))
        return true;
      Cluster *cluster = owner.lookup(here);
      return cluster &&
             (cluster->kind == ClusterKind::View || cluster->kind == ClusterKind::Generic ||
              cluster->kind == ClusterKind::Scatter || isa<nn::EinsumOp>(here));
    });
    if (needed)
      start(fuse ? ClusterKind::Pointwise : ClusterKind::Generic, op, op->getResult(0), 0);
  }
}

Cluster *Clusters::start(ClusterKind kind, Operation *op, Value domain, unsigned kept) {
  all.push_back(std::make_unique<Cluster>(Cluster{kind, {op}, domain, kept}));
  return owner[op] = all.back().get();
}

void Clusters::join(Cluster *into, Operation *op) {
  into->ops.push_back(op);
  owner[op] = into;
}

void Clusters::merge(Cluster *into, Cluster *from) {
  for (Operation *op : from->ops)
    owner[op] = into;
  into->ops.append(from->ops.begin(), from->ops.end());
  llvm::sort(into->ops, [&](Operation *a, Operation *b) { return order[a] < order[b]; });
  llvm::erase_if(all, [&](auto &cluster) { return cluster.get() == from; });
}

void Clusters::visit(Operation *op) {
  if (op->getNumResults() == 0 || !isa<RankedTensorType>(op->getResult(0).getType()))
    return; // index arithmetic
  Value result = op->getResult(0);
  if (isView(op) || op->getNumRegions()) {
    start(ClusterKind::View, op, result, 0);
    return;
  }
  if (!fuse) {
    start(ClusterKind::Generic, op, result, 0);
    return;
  }
  if (isGenerator(op)) {
    if (isScalarElementwise(op))
      followReduction(op);
    return;
  }
  if (auto einsum = dyn_cast<nn::EinsumOp>(op)) {
    Type element = getElementTypeOrSelf(einsum.getLhs());
    bool known = (element.isF32() || element.isF64()) &&
                 getElementTypeOrSelf(einsum.getType()) == element && EinsumLayout::of(einsum);
    start(known ? ClusterKind::Contraction : ClusterKind::Generic, op, result, 0);
  } else if (isReduction(op)) {
    visitReduction(op);
  } else if (isa<nn::ElementwiseOpInterface>(op)) {
    visitElementwise(op);
  } else if (auto scatter = dyn_cast<nn::ScatterAddAlongOp>(op)) {
    if (static_cast<int64_t>(scatter.getAxis()) == rankOf(result) - 1)
      visitElementwise(op);
    else
      start(ClusterKind::Scatter, op, result, 0);
  } else if (auto take = dyn_cast<nn::TakeAlongOp>(op)) {
    if (static_cast<int64_t>(take.getAxis()) == rankOf(take.getX()) - 1)
      visitReduction(op);
    else
      start(ClusterKind::Generic, op, result, 0);
  } else if (isa<nn::ScatterAddOp>(op)) {
    start(ClusterKind::Scatter, op, result, 0);
  } else if (isa<nn::TakeOp, nn::TransposeOp, nn::SliceOp, nn::ReverseOp, nn::DynamicSliceOp,
                 nn::RngAdvanceOp, nn::RngSplitOp>(op)) {
    start(ClusterKind::Pointwise, op, result, 0);
  } else {
    start(ClusterKind::Generic, op, result, 0);
  }
}

bool Clusters::isCopied(Operation *op) const {
  Cluster *cluster = of(op);
  return isGenerator(op) && !(cluster && cluster->kind == ClusterKind::Row);
}

/// What is made of one scalar, the reduction of a whole tensor, goes on in that kernel.
void Clusters::followReduction(Operation *op) {
  auto sources = producers(op);
  if (sources.size() == 1 && sources[0]->kind == ClusterKind::Row && sources[0]->kept == 0 &&
      isAligned(op, sources[0]))
    join(sources[0], op);
}

llvm::SmallSetVector<Cluster *, 4> Clusters::producers(Operation *op) {
  llvm::SmallSetVector<Cluster *, 4> result;
  for (Value value : readValues(op)) {
    Operation *def = value.getDefiningOp();
    if (!def || def->getBlock() != &block)
      continue;
    if (Cluster *cluster = owner.lookup(def))
      result.insert(cluster);
    else
      for (Cluster *behind : producers(def))
        result.insert(behind);
  }
  return result;
}

bool Clusters::hasDomainShape(Value value, Cluster *cluster) {
  return rankOf(value) == cluster->rank() && haveSameSizes(value, cluster->domain);
}

bool Clusters::hasKeptShape(Value value, Cluster *cluster) {
  if (cluster->kind != ClusterKind::Row && cluster->kind != ClusterKind::Column)
    return false;
  if (rankOf(value) != static_cast<int64_t>(cluster->kept))
    return false;
  auto whole = cast<RankedTensorType>(cluster->domain.getType()).getShape();
  auto shape = cast<RankedTensorType>(value.getType()).getShape();
  return shape == (cluster->kind == ClusterKind::Row ? whole.take_front(cluster->kept)
                                                     : whole.take_back(cluster->kept));
}

bool Clusters::isAlignedOperand(Value value, Operation *user, Cluster *cluster) {
  Operation *def = value.getDefiningOp();
  if (!def || def->getBlock() != &block)
    return true;
  if (owner.lookup(def) == cluster) {
    if (auto take = dyn_cast<nn::TakeAlongOp>(user))
      return value == take.getIndex() ? hasKeptShape(value, cluster)
                                      : hasDomainShape(value, cluster);
    if (auto scatter = dyn_cast<nn::ScatterAddAlongOp>(user))
      if (value != scatter.getX())
        return cluster->kind == ClusterKind::Row && hasKeptShape(value, cluster);
    if (isReduction(user))
      return hasDomainShape(value, cluster);
    // Elementwise: its own shape is its operands' shape.
    return rankOf(value) == rankOf(user->getResult(0)) &&
           (hasDomainShape(value, cluster) || hasKeptShape(value, cluster));
  }
  if (owner.lookup(def))
    return true; // another kernel's result, read from memory
  if (auto broadcast = dyn_cast<nn::BroadcastOp>(def)) {
    Value x = broadcast.getX();
    llvm::SmallSetVector<Cluster *, 4> behind = producers(def);
    if (!behind.contains(cluster))
      return true;
    // A value per row, spread over the row.
    Operation *source = x.getDefiningOp();
    if (cluster->kind != ClusterKind::Row || owner.lookup(source) != cluster ||
        !hasKeptShape(x, cluster) || rankOf(value) != cluster->rank())
      return false;
    return llvm::equal(broadcast.getMap(), llvm::seq<int64_t>(0, cluster->kept));
  }
  if (isa<nn::StopGradientOp>(def))
    return isAlignedOperand(def->getOperand(0), user, cluster);
  // Other generators must not hang on the cluster, but for scalars of whole-tensor reductions.
  if (!producers(def).contains(cluster))
    return true;
  if (isScalarElementwise(def) || isa<nn::FullOp>(def))
    return (cluster->kind == ClusterKind::Row && cluster->kept == 0) ||
           llvm::all_of(def->getOperands(),
                        [&](Value operand) { return isAlignedOperand(operand, def, cluster); });
  return false;
}

bool Clusters::isAligned(Operation *op, Cluster *cluster) {
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    return !isa<RankedTensorType>(operand.getType()) || isAlignedOperand(operand, op, cluster);
  });
}

/// A whole tensor is reduced by one thread, in one go: a larger one should do nothing else there.
static bool isSerial(const Cluster &cluster) {
  constexpr int64_t smallTensor = 16384;
  auto type = cast<RankedTensorType>(cluster.domain.getType());
  return cluster.kind == ClusterKind::Row && cluster.kept == 0 &&
         (!type.hasStaticShape() || type.getNumElements() > smallTensor);
}

/// Whether the op's place in the cluster's loops is clear: its result is one of the cluster's
/// shapes.
bool Clusters::canTake(Cluster *cluster, Operation *op) {
  Value result = op->getResult(0);
  if (!isAligned(op, cluster))
    return false;
  switch (cluster->kind) {
  case ClusterKind::Pointwise:
    return hasDomainShape(result, cluster);
  case ClusterKind::Row:
    return hasKeptShape(result, cluster) ||
           (hasDomainShape(result, cluster) && !isSerial(*cluster));
  case ClusterKind::Column:
    return hasKeptShape(result, cluster);
  case ClusterKind::Contraction: {
    auto einsum = cast<nn::EinsumOp>(cluster->domain.getDefiningOp());
    return hasDomainShape(result, cluster) && EinsumLayout::of(einsum)->n.size() == 1;
  }
  default:
    return false;
  }
}

bool Clusters::canMerge(Cluster *a, Cluster *b) {
  if (isSerial(*a))
    return false;
  if (b->kind == ClusterKind::Pointwise)
    return (a->kind == ClusterKind::Pointwise || a->kind == ClusterKind::Row ||
            a->kind == ClusterKind::Contraction) &&
           hasDomainShape(b->domain, a) && llvm::all_of(b->ops, [&](Operation *op) {
             return isa<nn::ElementwiseOpInterface, nn::ScatterAddAlongOp>(op);
           });
  return a->kind == ClusterKind::Row && b->kind == ClusterKind::Row && a->kept == b->kept &&
         hasDomainShape(b->domain, a);
}

bool Clusters::makesCycle(ArrayRef<Cluster *> parts, Operation *op) {
  llvm::DenseSet<Cluster *> seen;
  SmallVector<Cluster *> work;
  auto push = [&](Operation *reader) {
    for (Cluster *producer : producers(reader))
      if (!llvm::is_contained(parts, producer) && seen.insert(producer).second)
        work.push_back(producer);
  };
  if (op)
    push(op);
  for (Cluster *part : parts)
    for (Operation *member : part->ops)
      push(member);
  while (!work.empty()) {
    Cluster *cluster = work.pop_back_val();
    for (Operation *member : cluster->ops)
      for (Cluster *producer : producers(member)) {
        if (llvm::is_contained(parts, producer))
          return true;
        if (seen.insert(producer).second)
          work.push_back(producer);
      }
  }
  return false;
}

void Clusters::visitElementwise(Operation *op) {
  SmallVector<Cluster *> parts;
  // Products and rows first: they set the loops, pointwise clusters follow them.
  SmallVector<Cluster *> candidates;
  auto sources = producers(op);
  for (bool pointwise : {false, true})
    for (Cluster *source : sources)
      if ((source->kind == ClusterKind::Pointwise) == pointwise)
        candidates.push_back(source);
  for (Cluster *candidate : candidates) {
    if (parts.empty()) {
      if (canTake(candidate, op) && !makesCycle({candidate}, op))
        parts.push_back(candidate);
      continue;
    }
    SmallVector<Cluster *> more = parts;
    more.push_back(candidate);
    bool fits = candidate->kind == ClusterKind::Pointwise
                    ? hasDomainShape(op->getResult(0), candidate)
                    : canTake(candidate, op);
    if (fits && canMerge(parts[0], candidate) && !makesCycle(more, op))
      parts = more;
  }
  if (parts.empty()) {
    start(ClusterKind::Pointwise, op, op->getResult(0), 0);
    return;
  }
  for (Cluster *other : ArrayRef<Cluster *>(parts).drop_front())
    merge(parts[0], other);
  join(parts[0], op);
}

bool Clusters::onlyFeeds(Cluster *cluster, Operation *op) {
  return llvm::all_of(cluster->ops, [&](Operation *member) {
    return llvm::all_of(member->getUsers(), [&](Operation *user) {
      return user == op || owner.lookup(user) == cluster;
    });
  });
}

/// Sums, maxima, and elements taken from rows.
void Clusters::visitReduction(Operation *op) {
  Value x = op->getOperand(0);
  bool last = isa<nn::TakeAlongOp>(op) || reducesLast(op);
  if (!last && !reducesFirst(op)) {
    start(ClusterKind::Generic, op, op->getResult(0), 0);
    return;
  }
  unsigned kept = rankOf(op->getResult(0));
  SmallVector<Cluster *> parts;
  if (last)
    for (Cluster *candidate : producers(op)) {
      SmallVector<Cluster *> more = parts;
      more.push_back(candidate);
      if (!hasDomainShape(x, candidate) || !isAligned(op, candidate) || makesCycle(more, op))
        continue;
      bool isRow = candidate->kind == ClusterKind::Row && candidate->kept == kept;
      // A whole tensor is reduced by one thread: don't draw other work into that.
      bool isWork =
          candidate->kind == ClusterKind::Pointwise &&
          llvm::all_of(candidate->ops,
                       [](Operation *member) {
                         return isa<nn::ElementwiseOpInterface, nn::ScatterAddAlongOp>(member);
                       }) &&
          (kept > 0 || onlyFeeds(candidate, op));
      if (isRow || isWork)
        parts = more;
    }
  if (parts.empty()) {
    start(last ? ClusterKind::Row : ClusterKind::Column, op, x, kept);
    return;
  }
  for (Cluster *other : ArrayRef<Cluster *>(parts).drop_front())
    merge(parts[0], other);
  parts[0]->kind = ClusterKind::Row;
  parts[0]->domain = x;
  parts[0]->kept = kept;
  join(parts[0], op);
}

bool Clusters::waitsFor(Cluster *cluster, Cluster *other, Sources &sources) {
  llvm::SmallSetVector<Cluster *, 16> reached;
  reached.insert(cluster);
  for (size_t i = 0; i < reached.size() && !reached.contains(other); ++i)
    if (auto it = sources.find(reached[i]); it != sources.end())
      reached.insert(it->second.begin(), it->second.end());
  return reached.contains(other);
}

/// What changes a part of a tensor comes after all that only reads the tensor, so that it can be
/// done in place.
void Clusters::putUpdatesLast(Sources &sources) {
  for (auto &cluster : all) {
    Operation *op = cluster->ops.front();
    if (!changesPart(op))
      continue;
    for (Operation *user : op->getOperand(0).getUsers()) {
      Operation *here = block.findAncestorOpInBlock(*user);
      Cluster *reader = here ? of(here) : nullptr;
      if (reader && !waitsFor(reader, cluster.get(), sources))
        sources[cluster.get()].insert(reader);
    }
  }
}

SmallVector<Cluster *> Clusters::ordered() {
  // Always the next cluster whose sources are done, by the place of its last op.
  SmallVector<Cluster *> waiting, result;
  for (auto &cluster : all)
    waiting.push_back(cluster.get());
  llvm::sort(waiting,
             [&](Cluster *a, Cluster *b) { return order[a->ops.back()] < order[b->ops.back()]; });
  Sources sources;
  for (Cluster *cluster : waiting)
    for (Operation *op : cluster->ops)
      for (Cluster *producer : producers(op))
        if (producer != cluster)
          sources[cluster].insert(producer);
  putUpdatesLast(sources);
  llvm::DenseSet<Cluster *> done;
  while (!waiting.empty()) {
    auto next = llvm::find_if(waiting, [&](Cluster *cluster) {
      return llvm::all_of(sources[cluster], [&](Cluster *c) { return done.contains(c); });
    });
    assert(next != waiting.end() && "clusters wait for each other");
    done.insert(*next);
    result.push_back(*next);
    waiting.erase(next);
  }
  return result;
}
