// kernel-bufferize: gives every tensor of a graph a buffer. Graphs are pure and every kernel writes
// whole results, so each value has one buffer, chosen here: a result of the graph, an argument that
// is updated in place, a slot of a tree or of stacked rows, or a piece of the arena.
#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Sizes.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace nnc;

namespace {

MemRefType memrefOf(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

class GraphBufferizer {
public:
  explicit GraphBufferizer(func::FuncOp graph)
      : graph(graph), entry(graph.getBody().front()), b(graph.getLoc(), graph.getContext()) {}

  LogicalResult run();

private:
  // --- which buffer
  void chooseResults();
  void chooseParts(Block &block);
  int64_t inPlaceArgument(Value result);
  Value bufferOf(Value tensor);
  Value newBuffer(RankedTensorType type, ValueRange dims);
  Value outermost(Value index);
  SmallVector<Value> sizesAtEntry(Value tensor);

  // --- rewriting
  LogicalResult rewriteBlock(Block &block);
  LogicalResult rewrite(Operation *op);
  void rewriteKernel(kernel::ComputeInterface op);
  void rewriteUnpack(nn::UnpackOp op);
  void rewritePack(nn::PackOp op);
  LogicalResult rewriteFor(nn::ForOp op);
  LogicalResult rewriteIf(nn::IfOp op);
  LogicalResult rewriteWhile(nn::WhileOp op);
  void rewriteReturn(func::ReturnOp op);
  void write(Value tensor, Value buffer);
  void copy(Value from, Value to);
  void fillZero(Value view);
  Value view(Value source, Value offset, RankedTensorType type, ValueRange dims);
  Value rowOf(Value stacked, RankedTensorType row, Value number);
  void pointwise(StringRef name, ValueRange ins, ValueRange outs,
                 llvm::function_ref<Value(OpBuilder &, ValueRange)> body);

  // --- afterwards
  void numberSteps();

  func::FuncOp graph;
  Block &entry;
  ImplicitLocOpBuilder b;
  llvm::DenseMap<Value, Value> buffers; // tensor -> memref
  /// Makes the buffer of a value when it is first needed, at the place where it is written.
  llvm::DenseMap<Value, std::function<Value()>> planned;
  SmallVector<int64_t> aliases;
  llvm::DenseMap<int64_t, Value> resultBuffers;
  /// Leaves and rows that kernels write where they belong: the pack or loop, and which of its
  /// values.
  llvm::DenseMap<Value, std::pair<Operation *, size_t>> writtenInPlace;
  Operation *prologueEnd = nullptr; // sizes and buffers are made before it
  bool failedSizes = false;
};

/// A copy of an index computation at the start of the graph, where buffers are made. Null if it
/// hangs on more than the graph's index arguments.
Value GraphBufferizer::outermost(Value index) {
  if (auto argument = dyn_cast<BlockArgument>(index))
    return argument.getOwner() == &entry ? index : Value();
  Operation *op = index.getDefiningOp();
  if (op->getNumRegions() || !isPure(op) || isa<nn::DimOp, nn::ToIndexOp>(op))
    return {};
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    operands.push_back(outermost(operand));
    if (!operands.back())
      return {};
  }
  Operation *copy = b.clone(*op);
  copy->setOperands(operands);
  return copy->getResult(cast<OpResult>(index).getResultNumber());
}

SmallVector<Value> GraphBufferizer::sizesAtEntry(Value tensor) {
  OpBuilder builder(graph.getContext());
  builder.setInsertionPointAfterValue(tensor);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(prologueEnd);
  SmallVector<Value> result;
  for (Value size : dynamicSizes(builder, tensor)) {
    Value moved = outermost(size);
    if (!moved) {
      if (!failedSizes) {
        InFlightDiagnostic error =
            emitError(tensor.getLoc(),
                      "a size that the computation itself finds is checked but not compiled yet");
        error.getUnderlyingDiagnostic()->getMetadata().emplace_back("not-compiled"); // the kind
      }
      failedSizes = true;
      moved = arith::ConstantIndexOp::create(b, 0);
    }
    result.push_back(moved);
  }
  return result;
}

Value GraphBufferizer::newBuffer(RankedTensorType type, ValueRange dims) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(prologueEnd);
  return kernel::BufferOp::create(b, memrefOf(type), dims, 0, 0, 0);
}

/// The buffer of a value; made in the arena if nothing else was planned.
Value GraphBufferizer::bufferOf(Value tensor) {
  if (Value known = buffers.lookup(tensor))
    return known;
  if (auto plan = planned.find(tensor); plan != planned.end()) {
    auto make = plan->second;
    return buffers[tensor] = make();
  }
  return buffers[tensor] =
             newBuffer(cast<RankedTensorType>(tensor.getType()), sizesAtEntry(tensor));
}

Value GraphBufferizer::view(Value source, Value offset, RankedTensorType type, ValueRange dims) {
  return kernel::ViewOp::create(b, memrefOf(type), source, offset, dims);
}

/// Row `number` of stacked rows.
Value GraphBufferizer::rowOf(Value stacked, RankedTensorType row, Value number) {
  auto type = cast<MemRefType>(stacked.getType());
  SmallVector<Value> dims;
  Value offset = number;
  for (int64_t axis = 1; axis < type.getRank(); ++axis) {
    Value size = type.isDynamicDim(axis)
                     ? Value(memref::DimOp::create(b, stacked, axis))
                     : Value(arith::ConstantIndexOp::create(b, type.getDimSize(axis)));
    if (row.isDynamicDim(axis - 1))
      dims.push_back(size);
    offset = arith::MulIOp::create(b, offset, size);
  }
  return view(stacked, offset, row, dims);
}

void GraphBufferizer::pointwise(StringRef name, ValueRange ins, ValueRange outs,
                                llvm::function_ref<Value(OpBuilder &, ValueRange)> body) {
  auto op = kernel::PointwiseOp::create(b, TypeRange(), name, ins, outs, ValueRange());
  Block *block = &op.getBody().emplaceBlock();
  for (Value in : ins) {
    auto type = cast<MemRefType>(in.getType());
    block->addArgument(RankedTensorType::get(type.getShape(), type.getElementType()), b.getLoc());
  }
  OpBuilder inner = OpBuilder::atBlockEnd(block);
  Value result = body(inner, block->getArguments());
  kernel::YieldOp::create(inner, b.getLoc(), result);
}

void GraphBufferizer::copy(Value from, Value to) {
  if (from != to)
    pointwise("copy", from, to, [](OpBuilder &, ValueRange in) { return in[0]; });
}

void GraphBufferizer::fillZero(Value target) {
  auto type = cast<MemRefType>(target.getType());
  SmallVector<Value> dims;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (type.isDynamicDim(axis))
      dims.push_back(memref::DimOp::create(b, target, axis));
  pointwise("zero_padding", {}, target, [&](OpBuilder &inner, ValueRange) -> Value {
    auto scalar = RankedTensorType::get({}, type.getElementType());
    Value zero = nn::ConstantOp::create(inner, b.getLoc(), scalar, 0.0);
    return nn::FullOp::create(inner, b.getLoc(),
                              RankedTensorType::get(type.getShape(), type.getElementType()), zero,
                              dims);
  });
}

/// The buffer behind views that only change the shape.
static Value baseOf(Value buffer) {
  while (auto view = buffer.getDefiningOp<kernel::ViewOp>()) {
    if (view.getOffset())
      break;
    buffer = view.getSource();
  }
  return buffer;
}

/// Sees to it that `buffer` holds `tensor`.
void GraphBufferizer::write(Value tensor, Value buffer) { copy(bufferOf(tensor), buffer); }

/// The argument that a result of the graph may overwrite: made by a pointwise kernel at the same
/// places, and nothing reads the argument later. Only for flat values: trees, their slots, streams.
int64_t GraphBufferizer::inPlaceArgument(Value result) {
  auto kernel = result.getDefiningOp<kernel::PointwiseOp>();
  if (!kernel || cast<RankedTensorType>(result.getType()).getRank() > 1 ||
      kernel->getBlock() != &entry)
    return -1;
  auto readsInPlace = [&](BlockArgument inner) {
    return llvm::all_of(inner.getUsers(), [&](Operation *user) {
      return isa<nn::ElementwiseOpInterface, kernel::YieldOp>(user) &&
             llvm::all_of(user->getOperandTypes(), [&](Type type) {
               return cast<RankedTensorType>(type).getRank() ==
                      cast<RankedTensorType>(inner.getType()).getRank();
             });
    });
  };
  std::function<bool(Value, bool)> endsHere = [&](Value value, bool isView) {
    return llvm::all_of(value.getUsers(), [&](Operation *user) {
      Operation *here = entry.findAncestorOpInBlock(*user);
      if (here == kernel)
        return !isView;
      if (isa<nn::UnpackOp, nn::ReshapeOp>(here))
        return llvm::all_of(here->getResults(), [&](Value part) { return endsHere(part, true); });
      return !here->hasTrait<OpTrait::IsTerminator>() && !isa<nn::PackOp>(here) &&
             here->isBeforeInBlock(kernel);
    });
  };
  for (auto [i, in] : llvm::enumerate(kernel.getIns())) {
    auto argument = dyn_cast<BlockArgument>(in);
    if (!argument || argument.getOwner() != &entry || in.getType() != result.getType() ||
        llvm::count(kernel.getIns(), in) != 1 ||
        llvm::is_contained(aliases, argument.getArgNumber()))
      continue;
    if (readsInPlace(kernel.getBody().getArgument(i)) && endsHere(in, /*isView=*/false))
      return argument.getArgNumber();
  }
  return -1;
}

void GraphBufferizer::chooseResults() {
  auto ret = cast<func::ReturnOp>(entry.getTerminator());
  llvm::DenseSet<Value> taken;
  for (auto [k, value] : llvm::enumerate(ret.getOperands())) {
    int64_t argument = taken.contains(value) ? -1 : inPlaceArgument(value);
    aliases.push_back(argument);
    auto type = cast<RankedTensorType>(value.getType());
    if (argument >= 0) {
      taken.insert(value);
      Value tensor = graph.getArgument(argument);
      planned[value] = [this, tensor] { return bufferOf(tensor); };
      continue;
    }
    SmallVector<Value> dims = sizesAtEntry(value);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(prologueEnd);
    Value buffer = kernel::ResultOp::create(b, memrefOf(type), k, dims);
    resultBuffers[k] = buffer;
    // A reshaped value is made in the result's buffer too, seen under its own shape.
    Value made = value;
    while (auto reshape = made.getDefiningOp<nn::ReshapeOp>())
      made = reshape.getX();
    bool isMade =
        isa_and_nonnull<kernel::ComputeInterface, nn::PackOp, nn::ForOp, nn::IfOp, nn::WhileOp>(
            made.getDefiningOp());
    if (!isMade || !taken.insert(made).second)
      continue;
    if (made != value)
      buffer = view(buffer, {}, cast<RankedTensorType>(made.getType()), sizesAtEntry(made));
    planned[made] = [buffer] { return buffer; };
  }
}

/// Leaves that kernels make only for a tree are written into the tree.
void GraphBufferizer::chooseParts(Block &block) {
  for (auto pack : block.getOps<nn::PackOp>()) {
    for (auto [i, leaf] : llvm::enumerate(pack.getLeaves())) {
      if (!isa_and_nonnull<kernel::ComputeInterface>(leaf.getDefiningOp()) ||
          leaf.getDefiningOp()->getBlock() != &block || planned.count(leaf) ||
          llvm::count(pack.getLeaves(), leaf) != 1)
        continue;
      writtenInPlace[leaf] = {pack, i};
      planned[leaf] = [this, pack, leaf = leaf, i = i]() mutable {
        Value flat = bufferOf(pack.getFlat());
        nn::TreeLayout layout = nn::treeLayout(b, pack.getLoc(), TypeRange(pack.getLeaves()),
                                               dynamicSizes(b, pack.getLeaves()));
        return view(flat, layout.offsets[i], cast<RankedTensorType>(leaf.getType()),
                    dynamicSizes(b, leaf));
      };
    }
  }
}

void GraphBufferizer::rewriteKernel(kernel::ComputeInterface op) {
  SmallVector<Value> ins, outs;
  for (Value in : op.getKernelIns())
    ins.push_back(bufferOf(in));
  for (Value result : op->getResults())
    outs.push_back(bufferOf(result));
  OperationState state(op.getLoc(), op->getName());
  SmallVector<Value> operands(ins);
  operands.append(outs);
  state.addOperands(operands);
  state.addAttributes(op->getDiscardableAttrDictionary().getValue());
  state.addAttribute("name", op->getAttr("name"));
  state.addAttribute("operandSegmentSizes",
                     b.getDenseI32ArrayAttr(
                         {static_cast<int32_t>(ins.size()), static_cast<int32_t>(outs.size()), 0}));
  state.addRegion()->takeBody(op->getRegion(0));
  b.create(state);
}

void GraphBufferizer::rewriteUnpack(nn::UnpackOp op) {
  Value flat = bufferOf(op.getFlat());
  nn::TreeLayout layout = nn::treeLayout(b, op.getLoc(), TypeRange(op.getLeaves()), op.getDims());
  ValueRange dims = op.getDims();
  for (auto [leaf, offset] : llvm::zip(op.getLeaves(), layout.offsets)) {
    auto type = cast<RankedTensorType>(leaf.getType());
    unsigned count = type.getNumDynamicDims();
    buffers[leaf] = view(flat, offset, type, dims.take_front(count));
    dims = dims.drop_front(count);
  }
}

void GraphBufferizer::rewritePack(nn::PackOp op) {
  Value flat = bufferOf(op.getFlat());
  nn::TreeLayout layout =
      nn::treeLayout(b, op.getLoc(), TypeRange(op.getLeaves()), dynamicSizes(b, op.getLeaves()));
  auto flatType = cast<RankedTensorType>(op.getFlat().getType());
  for (auto [i, leaf] : llvm::enumerate(op.getLeaves())) {
    auto type = cast<RankedTensorType>(leaf.getType());
    Value offset = layout.offsets[i];
    if (writtenInPlace.lookup(leaf) != std::pair(op.getOperation(), i))
      write(leaf, view(flat, offset, type, dynamicSizes(b, leaf)));
    // What lies between this leaf and the next.
    Value count = arith::ConstantIndexOp::create(b, 1);
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      count = b.createOrFold<arith::MulIOp>(count, sizeOf(b, leaf, axis));
    Value end = b.createOrFold<arith::AddIOp>(offset, count);
    Value next = i + 1 < layout.offsets.size() ? layout.offsets[i + 1] : layout.total;
    Value gap = b.createOrFold<arith::SubIOp>(next, end);
    std::optional<int64_t> known = getConstantIntValue(gap);
    if (known == 0)
      continue;
    auto gapType =
        RankedTensorType::get({known.value_or(ShapedType::kDynamic)}, flatType.getElementType());
    fillZero(view(flat, end, gapType, known ? ValueRange() : ValueRange(gap)));
  }
}

void GraphBufferizer::rewriteReturn(func::ReturnOp op) {
  for (auto [k, value] : llvm::enumerate(op.getOperands()))
    if (aliases[k] < 0 && baseOf(bufferOf(value)) != resultBuffers[k])
      write(value, resultBuffers[k]);
  func::ReturnOp::create(b);
}

LogicalResult GraphBufferizer::rewriteFor(nn::ForOp op) {
  // Each carried value has one buffer for all iterations: that of the loop's result.
  unsigned carried = op.carryCount();
  for (unsigned i = 0; i < carried; ++i) {
    write(op.getInits()[i], bufferOf(op.getResult(i)));
    buffers[op.carries()[i]] = bufferOf(op.getResult(i));
  }
  SmallVector<Value> stacked, sources;
  for (Value result : op.getResults().drop_front(carried))
    stacked.push_back(bufferOf(result));
  for (Value x : op.getXs())
    sources.push_back(bufferOf(x));
  Value one = arith::ConstantIndexOp::create(b, 1);
  auto loop = scf::ForOp::create(b, op.getLower(), op.getUpper(), one);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value iv = loop.getInductionVar();
  Value number = arith::SubIOp::create(b, iv, op.getLower());
  if (op.getReverse()) {
    Value last = arith::SubIOp::create(b, op.getUpper(), one);
    iv = arith::SubIOp::create(b, last, number);
    number = arith::SubIOp::create(b, iv, op.getLower());
  }
  op.induction().replaceAllUsesWith(iv);
  for (auto [row, source] : llvm::zip(op.rows(), sources))
    buffers[row] = rowOf(source, cast<RankedTensorType>(row.getType()), number);
  SmallVector<Value> yields(op.yields());
  auto rows = ArrayRef<Value>(yields).drop_front(carried);
  for (auto [i, value, target] : llvm::enumerate(rows, stacked)) {
    bool isMade = isa_and_nonnull<kernel::ComputeInterface>(value.getDefiningOp()) &&
                  value.getDefiningOp()->getBlock() == op.bodyBlock();
    if (isMade && !planned.count(value) &&
        writtenInPlace.try_emplace(value, op.getOperation(), i).second)
      planned[value] = [this, value = value, target = target, number] {
        return rowOf(target, cast<RankedTensorType>(value.getType()), number);
      };
  }
  if (failed(rewriteBlock(*op.bodyBlock())))
    return failure();
  for (auto [i, value, target] : llvm::enumerate(rows, stacked)) {
    if (writtenInPlace.lookup(value) != std::pair(op.getOperation(), i))
      copy(bufferOf(value), rowOf(target, cast<RankedTensorType>(value.getType()), number));
  }
  // A carried value that takes another's place waits in a buffer of its own.
  SmallVector<Value> fresh;
  for (Value value : ArrayRef<Value>(yields).take_front(carried)) {
    Value from = bufferOf(value);
    if (llvm::is_contained(op.carries(), value)) {
      Value rest = newBuffer(cast<RankedTensorType>(value.getType()), sizesAtEntry(value));
      copy(from, rest);
      from = rest;
    }
    fresh.push_back(from);
  }
  for (unsigned i = 0; i < carried; ++i)
    if (yields[i] != Value(op.carries()[i]))
      copy(fresh[i], bufferOf(op.getResult(i)));
  return success();
}

LogicalResult GraphBufferizer::rewriteIf(nn::IfOp op) {
  Value condition = memref::LoadOp::create(b, bufferOf(op.getCondition()), ValueRange());
  SmallVector<Value> targets;
  for (Value result : op.getResults())
    targets.push_back(bufferOf(result));
  auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/true);
  for (auto [from, to] : llvm::zip(op->getRegions(), branch->getRegions())) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&to.front());
    SmallVector<Value> values(from.front().getTerminator()->getOperands());
    if (failed(rewriteBlock(from.front())))
      return failure();
    for (auto [value, target] : llvm::zip(values, targets))
      write(value, target);
  }
  return success();
}

LogicalResult GraphBufferizer::rewriteWhile(nn::WhileOp op) {
  for (auto [i, init] : llvm::enumerate(op.getInits())) {
    Value buffer = bufferOf(op.getResult(i));
    write(init, buffer);
    buffers[op.getCondition().getArgument(i)] = buffer;
    buffers[op.getBody().getArgument(i)] = buffer;
  }
  auto loop = scf::WhileOp::create(b, TypeRange(), ValueRange());
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore());
  SmallVector<Value> tested(op.getCondition().front().getTerminator()->getOperands());
  if (failed(rewriteBlock(op.getCondition().front())))
    return failure();
  Value condition = memref::LoadOp::create(b, bufferOf(tested[0]), ValueRange());
  scf::ConditionOp::create(b, condition, ValueRange());
  b.createBlock(&loop.getAfter());
  SmallVector<Value> yields(op.getBody().front().getTerminator()->getOperands()), fresh;
  if (failed(rewriteBlock(op.getBody().front())))
    return failure();
  for (auto [i, value] : llvm::enumerate(yields)) {
    Value from = bufferOf(value);
    if (llvm::is_contained(op.getBody().getArguments(), value)) {
      Value rest = newBuffer(cast<RankedTensorType>(value.getType()), sizesAtEntry(value));
      copy(from, rest);
      from = rest;
    }
    fresh.push_back(from);
  }
  for (auto [i, value] : llvm::enumerate(fresh))
    if (yields[i] != Value(op.getBody().getArgument(i)))
      copy(value, bufferOf(op.getResult(i)));
  scf::YieldOp::create(b);
  (void)before;
  return success();
}

LogicalResult GraphBufferizer::rewrite(Operation *op) {
  b.setLoc(op->getLoc());
  if (auto kernel = dyn_cast<kernel::ComputeInterface>(op)) {
    rewriteKernel(kernel);
  } else if (auto unpack = dyn_cast<nn::UnpackOp>(op)) {
    rewriteUnpack(unpack);
  } else if (auto reshape = dyn_cast<nn::ReshapeOp>(op)) {
    buffers[reshape.getResult()] =
        view(bufferOf(reshape.getX()), {}, reshape.getType(), reshape.getDims());
  } else if (auto barrier = dyn_cast<nn::BarrierOp>(op)) {
    for (auto [from, to] : llvm::zip(op->getOperands(), op->getResults()))
      buffers[to] = bufferOf(from);
  } else if (auto pack = dyn_cast<nn::PackOp>(op)) {
    rewritePack(pack);
  } else if (auto loop = dyn_cast<nn::ForOp>(op)) {
    return rewriteFor(loop);
  } else if (auto branch = dyn_cast<nn::IfOp>(op)) {
    return rewriteIf(branch);
  } else if (auto loop = dyn_cast<nn::WhileOp>(op)) {
    return rewriteWhile(loop);
  } else if (auto checkpoint = dyn_cast<nn::CheckpointOp>(op)) {
    Block &body = checkpoint.getBody().front();
    SmallVector<Value> values(body.getTerminator()->getOperands());
    if (failed(rewriteBlock(body)))
      return failure();
    for (auto [value, result] : llvm::zip(values, op->getResults()))
      buffers[result] = bufferOf(value);
  } else if (auto ret = dyn_cast<func::ReturnOp>(op)) {
    rewriteReturn(ret);
  } else if (auto index = dyn_cast<nn::ToIndexOp>(op)) {
    Value number = memref::LoadOp::create(b, bufferOf(index.getX()), ValueRange());
    number = arith::IndexCastOp::create(b, b.getIndexType(), number);
    index.replaceAllUsesWith(number);
  } else if (isa<nn::YieldOp>(op)) {
    return success();
  } else if (llvm::any_of(op->getOperandTypes(), llvm::IsaPred<RankedTensorType>) ||
             llvm::any_of(op->getResultTypes(), llvm::IsaPred<RankedTensorType>)) {
    return op->emitOpError() << "stands outside of a kernel in a graph";
  } else {
    op->remove();
    b.insert(op); // index arithmetic moves along
  }
  return success();
}

LogicalResult GraphBufferizer::rewriteBlock(Block &block) {
  chooseParts(block);
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    ops.push_back(&op);
  for (Operation *op : ops)
    if (failed(rewrite(op)))
      return failure();
  return success();
}

/// Counts kernels, and tells each buffer of the arena between which of them it is in use. What a
/// loop touches is in use during the whole loop.
void GraphBufferizer::numberSteps() {
  SmallVector<Attribute> names;
  llvm::DenseMap<Operation *, std::pair<int64_t, int64_t>> steps;
  graph.walk<WalkOrder::PreOrder>([&](kernel::ComputeInterface op) {
    int64_t step = names.size();
    names.push_back(b.getStringAttr(op.getKernelName()));
    Operation *top = entry.findAncestorOpInBlock(*op.getOperation());
    auto [it, isNew] = steps.try_emplace(top, step, step);
    it->second.second = step;
  });
  // What stands between kernels, such as the reading of a branch's condition, belongs to the last
  // kernel before it: what that one and earlier ones wrote must still be there.
  int64_t before = 0;
  for (Operation &op : entry) {
    if (auto it = steps.find(&op); it != steps.end())
      before = it->second.second;
    else
      steps[&op] = {before, before};
  }
  graph->setAttr("kernel.names", b.getArrayAttr(names));
  int64_t id = 0;
  SmallVector<kernel::BufferOp> dead;
  graph.walk([&](kernel::BufferOp buffer) {
    int64_t first = INT64_MAX, last = -1;
    SmallVector<Value> names{buffer.getBuffer()};
    while (!names.empty()) {
      Value value = names.pop_back_val();
      for (Operation *user : value.getUsers()) {
        if (isa<kernel::ViewOp>(user)) { // a place, not a use
          names.push_back(user->getResult(0));
          continue;
        }
        auto [from, to] = steps.lookup(entry.findAncestorOpInBlock(*user));
        first = std::min(first, from);
        last = std::max(last, to);
      }
    }
    if (last < 0) {
      if (buffer->use_empty()) {
        dead.push_back(buffer);
        return;
      }
      first = last = 0;
    }
    buffer.setId(id++);
    buffer.setFirst(first);
    buffer.setLast(last);
  });
  for (kernel::BufferOp buffer : dead)
    buffer.erase();
}

LogicalResult GraphBufferizer::run() {
  b.setInsertionPointToStart(&entry);
  for (BlockArgument argument : entry.getArguments())
    if (isa<RankedTensorType>(argument.getType()))
      buffers[argument] =
          UnrealizedConversionCastOp::create(b, memrefOf(argument.getType()), argument)
              .getResult(0);
  prologueEnd = arith::ConstantIndexOp::create(b, 0);
  chooseResults();
  chooseParts(entry);
  auto isTensor = llvm::IsaPred<RankedTensorType>;
  SmallVector<Operation *> old;
  for (Operation &op : entry)
    if (!isa<UnrealizedConversionCastOp>(op) &&
        (op.hasTrait<OpTrait::IsTerminator>() || llvm::any_of(op.getOperandTypes(), isTensor) ||
         llvm::any_of(op.getResultTypes(), isTensor) || op.getNumRegions()))
      old.push_back(&op);
  for (Operation *op : old) {
    b.setInsertionPoint(op);
    if (failed(rewrite(op)))
      return failure();
  }
  for (Operation *op : llvm::reverse(old)) {
    op->dropAllUses();
    op->erase();
  }
  SmallVector<Type> types;
  for (BlockArgument argument : entry.getArguments()) {
    if (isa<RankedTensorType>(argument.getType())) {
      Value cast = buffers[argument];
      argument.setType(cast.getType());
      cast.replaceAllUsesWith(argument);
      cast.getDefiningOp()->erase();
    }
    types.push_back(argument.getType());
  }
  SmallVector<Attribute> resultTypes;
  for (Type type : graph.getResultTypes())
    resultTypes.push_back(TypeAttr::get(type));
  graph->setAttr("kernel.results", b.getArrayAttr(resultTypes));
  graph->setAttr("kernel.aliases", b.getDenseI64ArrayAttr(aliases));
  graph.removeResAttrsAttr();
  graph.setType(FunctionType::get(graph.getContext(), types, {}));
  numberSteps();
  return failure(failedSizes);
}

struct BufferizePass : PassWrapper<BufferizePass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(BufferizePass)
  StringRef getArgument() const final { return "kernel-bufferize"; }
  StringRef getDescription() const final { return "gives every value of a graph a buffer"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<kernel::KernelDialect, memref::MemRefDialect, scf::SCFDialect,
                    arith::ArithDialect>();
  }
  void runOnOperation() override {
    func::FuncOp graph = getOperation();
    if (!graph->hasAttr("nn.graph") || graph.isExternal() || graph->hasAttr("kernel.names"))
      return;
    if (failed(GraphBufferizer(graph).run()))
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> nnc::createBufferizePass() { return std::make_unique<BufferizePass>(); }
