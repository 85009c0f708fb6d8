#include "compiler/optimize/Buffers.h"
#include "compiler/optimize/InPlace.h"
#include "compiler/optimize/Sizes.h"
#include "dialects/nn/Dims.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace nnc;

static MemRefType memrefOf(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

/// Whether an op writes `value` into a buffer, so that the buffer can be chosen.
static bool isMade(Value value) {
  return isa_and_nonnull<kernel::ComputeInterface, nn::PackOp, nn::ForOp, nn::IfOp, nn::WhileOp>(
      value.getDefiningOp());
}

static bool isKernelOf(Value value, Block *block) {
  return isa_and_nonnull<kernel::ComputeInterface>(value.getDefiningOp()) &&
         value.getDefiningOp()->getBlock() == block;
}

Buffers::Buffers(func::FuncOp graph, ImplicitLocOpBuilder &b)
    : graph(graph), entry(graph.getBody().front()), b(b) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&entry);
  for (BlockArgument argument : entry.getArguments())
    if (isa<RankedTensorType>(argument.getType()))
      buffers[argument] =
          UnrealizedConversionCastOp::create(b, memrefOf(argument.getType()), argument)
              .getResult(0);
  prologueEnd = arith::ConstantIndexOp::create(b, 0);
}

//--- sizes and memory

/// A copy of an index computation at the start of the graph, where buffers are made. Null if it
/// hangs on more than the graph's index arguments.
Value Buffers::outermost(Value index) {
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

SmallVector<Value> Buffers::sizesAtEntry(Value tensor) {
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

Value Buffers::inArena(RankedTensorType type, ValueRange dims) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(prologueEnd);
  return kernel::BufferOp::create(b, memrefOf(type), dims, 0, 0, 0);
}

Value Buffers::fresh(Value tensor) {
  return inArena(cast<RankedTensorType>(tensor.getType()), sizesAtEntry(tensor));
}

Value Buffers::of(Value tensor) {
  if (Value known = buffers.lookup(tensor))
    return known;
  if (auto it = planned.find(tensor); it != planned.end()) {
    Plan plan = it->second;
    return buffers[tensor] = plan();
  }
  return buffers[tensor] = fresh(tensor);
}

Value Buffers::view(Value source, Value offset, RankedTensorType type, ValueRange dims) {
  return kernel::ViewOp::create(b, memrefOf(type), source, offset, dims);
}

Value Buffers::rowOf(Value stacked, RankedTensorType row, Value number) {
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

//--- results

/// The argument that a result of the graph overwrites. A new value of a small rank costs no more
/// than an argument that must be kept and is copied first; what changes a part is worth it always.
int64_t Buffers::overwrittenArgument(Value result) {
  auto made = dyn_cast<OpResult>(result);
  if (!made || made.getOwner()->getBlock() != &entry ||
      (isa<kernel::PointwiseOp, kernel::ContractionOp>(made.getOwner()) &&
       cast<RankedTensorType>(result.getType()).getRank() > 1))
    return -1;
  for (OpOperand *operand : overwritableOperands(made)) {
    auto argument = dyn_cast<BlockArgument>(operand->get());
    if (argument && argument.getOwner() == &entry &&
        !llvm::is_contained(aliasOfResult, argument.getArgNumber()) &&
        isReadBefore(argument, made.getOwner(), operand))
      return argument.getArgNumber();
  }
  return -1;
}

void Buffers::planResults() {
  auto ret = cast<func::ReturnOp>(entry.getTerminator());
  llvm::DenseSet<Value> taken;
  for (auto [k, value] : llvm::enumerate(ret.getOperands())) {
    int64_t number = taken.contains(value) ? -1 : overwrittenArgument(value);
    aliasOfResult.push_back(number);
    auto type = cast<RankedTensorType>(value.getType());
    if (number >= 0) {
      taken.insert(value);
      Value argument = graph.getArgument(number);
      planned[value] = [this, argument] { return of(argument); };
      before[value] = argument;
      continue;
    }
    SmallVector<Value> dims = sizesAtEntry(value);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(prologueEnd);
    Value buffer = kernel::ResultOp::create(b, memrefOf(type), k, dims);
    resultBuffers[k] = buffer;
    // A reshaped value is made in the result's buffer too, seen under its own shape.
    Value made = viewedValue(value);
    if (!isMade(made) || !taken.insert(made).second)
      continue;
    if (made != value)
      buffer = view(buffer, {}, cast<RankedTensorType>(made.getType()), sizesAtEntry(made));
    planned[made] = [buffer] { return buffer; };
  }
}

//--- values of blocks

void Buffers::planBlock(Block &block) {
  planLeaves(block);
  planInPlace(block);
}

/// Leaves that kernels make only for a tree are written into the tree.
void Buffers::planLeaves(Block &block) {
  for (auto pack : block.getOps<nn::PackOp>()) {
    for (auto [i, leaf] : llvm::enumerate(pack.getLeaves())) {
      if (!isKernelOf(leaf, &block) || planned.count(leaf) ||
          llvm::count(pack.getLeaves(), leaf) != 1)
        continue;
      writtenInPlace[leaf] = {pack, i};
      planned[leaf] = [this, pack, leaf = leaf, i = i]() mutable {
        Value flat = of(pack.getFlat());
        nn::TreeLayout layout = nn::treeLayout(b, pack.getLoc(), TypeRange(pack.getLeaves()),
                                               dynamicSizes(b, pack.getLeaves()));
        return view(flat, layout.offsets[i], cast<RankedTensorType>(leaf.getType()),
                    dynamicSizes(b, leaf));
      };
    }
  }
}

bool Buffers::planAfter(Value previous, Value value, Plan plan) {
  if (previous) {
    Operation *op = value.getDefiningOp();
    auto operands = overwritableOperands(cast<OpResult>(value));
    auto own = llvm::find_if(
        operands, [&](OpOperand *operand) { return viewedValue(operand->get()) == previous; });
    if (!isReadBefore(previous, op, own == operands.end() ? nullptr : *own))
      return false;
    // Kernels write the leaves of a tree before the tree is complete.
    if (auto pack = dyn_cast<nn::PackOp>(op))
      for (Value leaf : pack.getLeaves())
        if (isKernelOf(leaf, op->getBlock()) &&
            !isReadBefore(previous, leaf.getDefiningOp(), nullptr))
          return false;
    before[value] = previous;
  }
  planned[value] = std::move(plan);
  return true;
}

/// What an op may overwrite is made where the op's result will lie, if it is read no more: updates
/// of a part and carried values then change in place.
void Buffers::planInPlace(Block &block) {
  for (Operation &op : llvm::reverse(block)) {
    for (OpResult result : op.getOpResults()) {
      if (writtenInPlace.count(result))
        continue;
      for (OpOperand *operand : overwritableOperands(result)) {
        Value old = operand->get();
        if (isMade(old) && old.getDefiningOp()->getBlock() == &block && !planned.count(old) &&
            isReadBefore(old, &op, operand) &&
            planAfter(before.lookup(result), old, [this, result] { return of(result); }))
          break;
      }
    }
  }
}

void Buffers::planCarry(Value carry, Value next, Value result) {
  Value made = viewedValue(next);
  Block *body = carry.getParentBlock();
  if (!isMade(made) || made.getDefiningOp()->getBlock() != body || planned.count(made))
    return;
  planAfter(carry, made, [this, result, next, made] {
    if (made == next)
      return of(result);
    return view(of(result), {}, cast<RankedTensorType>(made.getType()), sizesAtEntry(made));
  });
}

void Buffers::planRow(nn::ForOp loop, size_t i, Value target, Value number) {
  Value value = loop.yields()[loop.carryCount() + i];
  if (!isKernelOf(value, loop.bodyBlock()) || planned.count(value) ||
      !writtenInPlace.try_emplace(value, loop.getOperation(), i).second)
    return;
  planned[value] = [this, value, target, number] {
    return rowOf(target, cast<RankedTensorType>(value.getType()), number);
  };
}
