// kernel-bufferize: kernels on tensors become kernels on the buffers that Buffers chooses. Graphs
// are pure and every kernel writes whole results, so each value has one buffer.
#include "compiler/optimize/BufferLives.h"
#include "compiler/optimize/Buffers.h"
#include "compiler/optimize/InPlace.h"
#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Sizes.h"
#include "dialects/nn/Dims.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace nnc;

namespace {

class GraphBufferizer {
public:
  explicit GraphBufferizer(func::FuncOp graph)
      : graph(graph), b(graph.getLoc(), graph.getContext()), buffers(graph, b) {}

  LogicalResult run();

private:
  LogicalResult rewriteBlock(Block &block);
  LogicalResult rewrite(Operation *op);
  void rewriteKernel(kernel::ComputeInterface op);
  void rewriteUnpack(nn::UnpackOp op);
  void rewritePack(nn::PackOp op);
  LogicalResult rewriteFor(nn::ForOp op);
  LogicalResult rewriteIf(nn::IfOp op);
  LogicalResult rewriteWhile(nn::WhileOp op);
  void rewriteReturn(func::ReturnOp op);
  void enterLoop(ValueRange inits, ValueRange carries, ValueRange results);
  void endTurn(ValueRange carries, ValueRange yields, ValueRange results);
  void write(Value tensor, Value buffer);
  void copy(Value from, Value to);
  void fillZero(Value view);
  void pointwise(StringRef name, ValueRange ins, ValueRange outs,
                 llvm::function_ref<Value(OpBuilder &, ValueRange)> body);

  func::FuncOp graph;
  ImplicitLocOpBuilder b;
  Buffers buffers;
};

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
void GraphBufferizer::write(Value tensor, Value buffer) { copy(buffers.of(tensor), buffer); }

void GraphBufferizer::rewriteKernel(kernel::ComputeInterface op) {
  SmallVector<Value> ins, outs;
  for (Value in : op.getKernelIns())
    ins.push_back(buffers.of(in));
  for (Value result : op->getResults())
    outs.push_back(buffers.of(result));
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
  Value flat = buffers.of(op.getFlat());
  nn::TreeLayout layout = nn::treeLayout(b, op.getLoc(), TypeRange(op.getLeaves()), op.getDims());
  ValueRange dims = op.getDims();
  for (auto [leaf, offset] : llvm::zip(op.getLeaves(), layout.offsets)) {
    auto type = cast<RankedTensorType>(leaf.getType());
    unsigned count = type.getNumDynamicDims();
    buffers.set(leaf, buffers.view(flat, offset, type, dims.take_front(count)));
    dims = dims.drop_front(count);
  }
}

void GraphBufferizer::rewritePack(nn::PackOp op) {
  Value flat = buffers.of(op.getFlat());
  nn::TreeLayout layout =
      nn::treeLayout(b, op.getLoc(), TypeRange(op.getLeaves()), dynamicSizes(b, op.getLeaves()));
  auto flatType = cast<RankedTensorType>(op.getFlat().getType());
  for (auto [i, leaf] : llvm::enumerate(op.getLeaves())) {
    auto type = cast<RankedTensorType>(leaf.getType());
    Value offset = layout.offsets[i];
    if (!buffers.isWrittenInto(leaf, op, i))
      write(leaf, buffers.view(flat, offset, type, dynamicSizes(b, leaf)));
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
    fillZero(buffers.view(flat, end, gapType, known ? ValueRange() : ValueRange(gap)));
  }
}

void GraphBufferizer::rewriteReturn(func::ReturnOp op) {
  for (auto [k, value] : llvm::enumerate(op.getOperands()))
    if (buffers.aliases()[k] < 0 && baseOf(buffers.of(value)) != buffers.resultBuffer(k))
      write(value, buffers.resultBuffer(k));
  func::ReturnOp::create(b);
}

/// Each carried value has one buffer for all turns: that of the loop's result.
void GraphBufferizer::enterLoop(ValueRange inits, ValueRange carries, ValueRange results) {
  for (auto [init, carry, result] : llvm::zip_equal(inits, carries, results)) {
    write(init, buffers.of(result));
    buffers.set(carry, buffers.of(result));
  }
}

/// Sees to it that the carried values' buffers hold what the turn yields.
void GraphBufferizer::endTurn(ValueRange carries, ValueRange yields, ValueRange results) {
  SmallVector<Value> fresh;
  for (auto [value, carry] : llvm::zip_equal(yields, carries)) {
    Value from = buffers.of(value), seen = viewedValue(value);
    // A carried value that takes another's place waits in a buffer of its own.
    if (value != carry && llvm::is_contained(carries, seen)) {
      Value rest = buffers.fresh(value);
      copy(from, rest);
      from = rest;
    }
    fresh.push_back(from);
  }
  for (auto [from, result] : llvm::zip_equal(fresh, results))
    if (baseOf(from) != baseOf(buffers.of(result)))
      copy(from, buffers.of(result));
}

LogicalResult GraphBufferizer::rewriteFor(nn::ForOp op) {
  unsigned carried = op.carryCount();
  ValueRange results = op.getResults().take_front(carried);
  enterLoop(op.getInits(), op.carries(), results);
  SmallVector<Value> stacked, sources;
  for (Value result : op.getResults().drop_front(carried))
    stacked.push_back(buffers.of(result));
  for (Value x : op.getXs())
    sources.push_back(buffers.of(x));
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
    buffers.set(row, buffers.rowOf(source, cast<RankedTensorType>(row.getType()), number));
  SmallVector<Value> yields(op.yields());
  ArrayRef<Value> nexts = ArrayRef(yields).take_front(carried);
  ArrayRef<Value> rows = ArrayRef(yields).drop_front(carried);
  auto stack = [&](Value value, Value target) {
    copy(buffers.of(value), buffers.rowOf(target, cast<RankedTensorType>(value.getType()), number));
  };
  // Rows of a tape are what the turn begins with: it may change in place then.
  for (auto [value, target] : llvm::zip(rows, stacked))
    if (llvm::is_contained(op.carries(), value))
      stack(value, target);
  for (auto [carry, next, result] : llvm::zip(op.carries(), nexts, results))
    buffers.planCarry(carry, next, result);
  for (auto [i, target] : llvm::enumerate(stacked))
    buffers.planRow(op, i, target, number);
  if (failed(rewriteBlock(*op.bodyBlock())))
    return failure();
  for (auto [i, value, target] : llvm::enumerate(rows, stacked))
    if (!llvm::is_contained(op.carries(), value) && !buffers.isWrittenInto(value, op, i))
      stack(value, target);
  endTurn(op.carries(), nexts, results);
  return success();
}

LogicalResult GraphBufferizer::rewriteIf(nn::IfOp op) {
  Value condition = memref::LoadOp::create(b, buffers.of(op.getCondition()), ValueRange());
  SmallVector<Value> targets;
  for (Value result : op.getResults())
    targets.push_back(buffers.of(result));
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
  Block &test = op.getCondition().front(), &body = op.getBody().front();
  enterLoop(op.getInits(), test.getArguments(), op.getResults());
  for (auto [carry, result] : llvm::zip(body.getArguments(), op.getResults()))
    buffers.set(carry, buffers.of(result));
  auto loop = scf::WhileOp::create(b, TypeRange(), ValueRange());
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&loop.getBefore());
  SmallVector<Value> tested(test.getTerminator()->getOperands());
  if (failed(rewriteBlock(test)))
    return failure();
  Value condition = memref::LoadOp::create(b, buffers.of(tested[0]), ValueRange());
  scf::ConditionOp::create(b, condition, ValueRange());
  b.createBlock(&loop.getAfter());
  SmallVector<Value> yields(body.getTerminator()->getOperands());
  for (auto [carry, next, result] : llvm::zip(body.getArguments(), yields, op.getResults()))
    buffers.planCarry(carry, next, result);
  if (failed(rewriteBlock(body)))
    return failure();
  endTurn(body.getArguments(), yields, op.getResults());
  scf::YieldOp::create(b);
  return success();
}

LogicalResult GraphBufferizer::rewrite(Operation *op) {
  b.setLoc(op->getLoc());
  if (auto kernel = dyn_cast<kernel::ComputeInterface>(op)) {
    rewriteKernel(kernel);
  } else if (auto unpack = dyn_cast<nn::UnpackOp>(op)) {
    rewriteUnpack(unpack);
  } else if (auto reshape = dyn_cast<nn::ReshapeOp>(op)) {
    buffers.set(reshape.getResult(),
                buffers.view(buffers.of(reshape.getX()), {}, reshape.getType(), reshape.getDims()));
  } else if (auto barrier = dyn_cast<nn::BarrierOp>(op)) {
    for (auto [from, to] : llvm::zip(op->getOperands(), op->getResults()))
      buffers.set(to, buffers.of(from));
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
      buffers.set(result, buffers.of(value));
  } else if (auto ret = dyn_cast<func::ReturnOp>(op)) {
    rewriteReturn(ret);
  } else if (auto index = dyn_cast<nn::ToIndexOp>(op)) {
    Value number = memref::LoadOp::create(b, buffers.of(index.getX()), ValueRange());
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
  buffers.planBlock(block);
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    ops.push_back(&op);
  for (Operation *op : ops)
    if (failed(rewrite(op)))
      return failure();
  return success();
}

LogicalResult GraphBufferizer::run() {
  Block &entry = graph.getBody().front();
  buffers.planResults();
  buffers.planBlock(entry);
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
      Value cast = buffers.of(argument);
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
  graph->setAttr("kernel.aliases", b.getDenseI64ArrayAttr(buffers.aliases()));
  graph.removeResAttrsAttr();
  graph.setType(FunctionType::get(graph.getContext(), types, {}));
  numberSteps(graph);
  return failure(buffers.hasUnknownSizes());
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
