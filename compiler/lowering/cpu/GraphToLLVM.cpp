// graph-to-llvm: a bufferized graph, its kernels already loops, becomes `void name(const nnrt_frame
// *)`.
#include "compiler/lowering/cpu/Frame.h"
#include "compiler/lowering/cpu/Passes.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/Dims.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::cpu;

namespace {

// The fields of nnrt_frame.
enum FrameField { Dims, Args, Results, Arena, Offsets, Context };

/// The functions that parallel loops became. Equal kernels, as of layers that repeat, share one:
/// all that differs between them, buffers and sizes, comes with their environment.
class KernelFunctions {
public:
  /// `made`, or a function before it that does the same; `made` is erased then.
  LLVM::LLVMFuncOp unique(LLVM::LLVMFuncOp made) {
    int64_t count = 0;
    made.walk([&](Operation *) { ++count; });
    for (LLVM::LLVMFuncOp other : functions[count])
      if (OperationEquivalence::isRegionEquivalentTo(&made.getBody(), &other.getBody(),
                                                     OperationEquivalence::IgnoreLocations)) {
        made.erase();
        return other;
      }
    functions[count].push_back(made);
    return made;
  }

private:
  llvm::DenseMap<int64_t, SmallVector<LLVM::LLVMFuncOp>> functions; // by their number of ops
};

class GraphLowering {
public:
  GraphLowering(func::FuncOp graph, KernelFunctions &kernels)
      : graph(graph), kernels(kernels), b(graph.getLoc(), graph.getContext()),
        context(graph.getContext()), pointer(LLVM::LLVMPointerType::get(context)) {}
  LogicalResult run();

private:
  LLVM::LLVMFuncOp newFunction(StringRef name, ArrayRef<Type> inputs);
  Value field(FrameField which);
  Value element(Value array, int64_t i, Type type);
  void lowerArguments();
  void lowerBuffers();
  LLVM::LLVMFuncOp makeKernel(scf::ParallelOp loop, StringRef name, ArrayRef<Value> captured,
                              LLVM::LLVMStructType envType);
  void outline(scf::ParallelOp loop, unsigned number);
  LLVM::LLVMFuncOp runtimeFunction();

  func::FuncOp graph;
  KernelFunctions &kernels;
  ImplicitLocOpBuilder b;
  MLIRContext *context;
  Type pointer;
  LLVM::LLVMFuncOp function;
  Value frame;
};

LLVM::LLVMFuncOp GraphLowering::newFunction(StringRef name, ArrayRef<Type> inputs) {
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), inputs);
  auto result = LLVM::LLVMFuncOp::create(b, name, type, LLVM::Linkage::Internal);
  setUnwindTable(result);
  return result;
}

Value GraphLowering::element(Value array, int64_t i, Type type) {
  Value slot = LLVM::GEPOp::create(b, pointer, type, array, ArrayRef<LLVM::GEPArg>{i});
  return LLVM::LoadOp::create(b, type, slot);
}

Value GraphLowering::field(FrameField which) { return element(frame, which, pointer); }

void GraphLowering::lowerArguments() {
  int64_t dims = 0, args = 0;
  SmallVector<Value> values;
  Value dimArray = field(Dims), argArray = field(Args);
  for (auto [i, type] : llvm::enumerate(graph.getArgumentTypes())) {
    if (type.isIndex()) {
      values.push_back(toIndex(b, element(dimArray, dims++, b.getI64Type())));
      continue;
    }
    SmallVector<Value> sizes;
    if (auto bound = graph.getArgAttrOfType<DenseI64ArrayAttr>(i, "nn.dims"))
      for (int64_t dim : bound.asArrayRef())
        sizes.push_back(values[dim]);
    values.push_back(
        memrefAt(b, element(argArray, args++, pointer), cast<MemRefType>(type), sizes));
  }
  for (auto [argument, value] : llvm::zip(graph.getArguments(), values))
    argument.replaceAllUsesWith(value);
}

void GraphLowering::lowerBuffers() {
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    if (isa<kernel::ResultOp, kernel::BufferOp, kernel::ViewOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    b.setInsertionPoint(op);
    b.setLoc(op->getLoc());
    auto type = cast<MemRefType>(op->getResult(0).getType());
    Value start;
    ValueRange dims;
    if (auto result = dyn_cast<kernel::ResultOp>(op)) {
      start = element(field(Results), result.getNumber(), pointer);
      dims = result.getDims();
    } else if (auto buffer = dyn_cast<kernel::BufferOp>(op)) {
      Value offset = element(field(Offsets), buffer.getId(), b.getI64Type());
      start = advance(b, field(Arena), offset);
      dims = buffer.getDims();
    } else {
      auto view = cast<kernel::ViewOp>(op);
      start = pointerOf(b, view.getSource());
      if (view.getOffset()) {
        Type element = cast<MemRefType>(view.getSource().getType()).getElementType();
        Value bytes = arith::ConstantIndexOp::create(b, nn::storageBytes(element));
        bytes = arith::MulIOp::create(b, view.getOffset(), bytes);
        start = advance(b, start, toInteger(b, bytes));
      }
      dims = view.getDims();
    }
    op->getResult(0).replaceAllUsesWith(memrefAt(b, start, type, dims));
    op->erase();
  }
}

LLVM::LLVMFuncOp GraphLowering::runtimeFunction() {
  auto module = graph->getParentOfType<ModuleOp>();
  constexpr StringLiteral name = "nnrt_parallel_for";
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(module.getBody());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                          {pointer, pointer, pointer, b.getI64Type()});
  return LLVM::LLVMFuncOp::create(b, name, type);
}

/// What has no place in the environment, being made again.
static bool isRemade(Value value) {
  Operation *op = value.getDefiningOp();
  return op && (op->hasTrait<OpTrait::ConstantLike>() || isa<memref::GetGlobalOp>(op));
}

/// The loop's body as `void name(void *env, int64_t chunk)`.
LLVM::LLVMFuncOp GraphLowering::makeKernel(scf::ParallelOp loop, StringRef name,
                                           ArrayRef<Value> captured, LLVM::LLVMStructType envType) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(function);
  LLVM::LLVMFuncOp outlined = newFunction(name, {pointer, b.getI64Type()});
  Block *entry = outlined.addEntryBlock(b);
  b.setInsertionPointToStart(entry);
  IRMapping mapping;
  unsigned next = 0;
  auto load = [&] {
    Value slot = LLVM::GEPOp::create(b, pointer, envType, entry->getArgument(0),
                                     ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(next)});
    return LLVM::LoadOp::create(b, envType.getBody()[next++], slot);
  };
  for (Value value : captured) {
    if (isRemade(value)) {
      b.clone(*value.getDefiningOp(), mapping);
    } else if (auto type = dyn_cast<MemRefType>(value.getType())) {
      Value start = load();
      SmallVector<Value> sizes;
      for (int64_t i = 0, count = type.getNumDynamicDims(); i < count; ++i)
        sizes.push_back(toIndex(b, load()));
      mapping.map(value, memrefAt(b, start, type, sizes));
    } else {
      Value loaded = load();
      mapping.map(value, value.getType().isIndex() ? toIndex(b, loaded) : loaded);
    }
  }
  mapping.map(loop.getInductionVars()[0], toIndex(b, entry->getArgument(1)));
  for (Operation &op : loop.getBody()->without_terminator())
    b.clone(op, mapping);
  LLVM::ReturnOp::create(b, ValueRange());
  return outlined;
}

/// The loop becomes a call of its body for each chunk. Values that this captures travel in env:
/// memrefs as a pointer and their dynamic sizes, indices as i64; constants are made again.
void GraphLowering::outline(scf::ParallelOp loop, unsigned number) {
  b.setLoc(loop.getLoc());
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(loop.getRegion(), captured);
  SmallVector<Value> fields;
  b.setInsertionPoint(loop);
  for (Value value : captured) {
    if (isRemade(value))
      continue;
    if (auto type = dyn_cast<MemRefType>(value.getType())) {
      fields.push_back(pointerOf(b, value));
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        if (type.isDynamicDim(axis))
          fields.push_back(toInteger(b, memref::DimOp::create(b, value, axis)));
    } else {
      fields.push_back(value.getType().isIndex() ? toInteger(b, value) : value);
    }
  }
  SmallVector<Type> types(ValueRange(fields).getTypes());
  auto envType = LLVM::LLVMStructType::getLiteral(context, types);
  std::string name = (function.getName() + "." + std::to_string(number)).str();
  if (auto kernel = loop->getAttrOfType<StringAttr>("kernel.name"))
    name += ("." + kernel.getValue()).str();

  LLVM::LLVMFuncOp outlined =
      kernels.unique(makeKernel(loop, name, captured.getArrayRef(), envType));
  Value env;
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&function.getBody().front());
    Value one = LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(1));
    env = LLVM::AllocaOp::create(b, pointer, envType, one); // aligned for vectors, too
  }
  for (auto [i, value] : llvm::enumerate(fields)) {
    Value slot = LLVM::GEPOp::create(b, pointer, envType, env,
                                     ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
    LLVM::StoreOp::create(b, value, slot);
  }
  Value chunks = loop.getUpperBound()[0];
  if (getConstantIntValue(chunks) == 1) {
    Value zero = LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(0));
    LLVM::CallOp::create(b, TypeRange(), outlined.getSymName(), ValueRange{env, zero});
  } else {
    LLVM::LLVMFuncOp runtime = runtimeFunction();
    Value body = LLVM::AddressOfOp::create(b, pointer, outlined.getSymName());
    LLVM::CallOp::create(b, runtime, ValueRange{field(Context), body, env, toInteger(b, chunks)});
  }
  loop.erase();
}

LogicalResult GraphLowering::run() {
  WalkResult left = graph.walk([&](kernel::ComputeInterface op) {
    op->emitOpError() << "is still there when its graph becomes a function";
    return WalkResult::interrupt();
  });
  if (left.wasInterrupted())
    return failure();
  emitDescriptor(graph);
  std::string name = graph.getName().str();
  b.setInsertionPoint(graph);
  graph.setName(name + ".kernels");
  function = newFunction(name, {pointer});
  Block *entry = function.addEntryBlock(b);
  frame = entry->getArgument(0);
  b.setInsertionPointToStart(entry);
  lowerArguments();
  Block &body = graph.getBody().front();
  body.getTerminator()->erase();
  entry->getOperations().splice(entry->end(), body.getOperations());
  b.setInsertionPointToEnd(entry);
  LLVM::ReturnOp::create(b, ValueRange());
  SmallVector<scf::ParallelOp> loops;
  function.walk([&](scf::ParallelOp loop) { loops.push_back(loop); });
  lowerBuffers();
  for (auto [i, loop] : llvm::enumerate(loops))
    outline(loop, i);
  graph.erase();
  return success();
}

struct GraphToLLVMPass : PassWrapper<GraphToLLVMPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(GraphToLLVMPass)
  StringRef getArgument() const final { return "graph-to-llvm"; }
  StringRef getDescription() const final { return "turns graphs into functions of a frame"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect, arith::ArithDialect, memref::MemRefDialect>();
  }
  void runOnOperation() override {
    SmallVector<func::FuncOp> graphs;
    for (auto graph : getOperation().getOps<func::FuncOp>())
      if (graph->hasAttr("nn.graph") && graph->hasAttr("kernel.names"))
        graphs.push_back(graph);
    KernelFunctions kernels;
    for (func::FuncOp graph : graphs)
      if (failed(GraphLowering(graph, kernels).run()))
        return signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> nnc::createGraphToLLVMPass() { return std::make_unique<GraphToLLVMPass>(); }
