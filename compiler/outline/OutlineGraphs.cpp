// Cuts maximal effect-free tensor regions out of host functions.
//
// In each block, ops are scheduled anew: host ops keep their order and run as early as they can;
// when none can go on, all tensor ops that are ready become one graph. So a training step (loss,
// gradient, update) with a print or record between its lines is one graph, and the print runs after
// it.
#include "compiler/outline/Passes.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace nnc {
namespace {

bool isGraphOp(Operation *op) { return isa<nn::NNDialect>(op->getDialect()); }
bool isConstant(Operation *op) { return op->hasTrait<OpTrait::ConstantLike>(); }

/// Calls fn on each value that `op` or its regions use and that is defined outside of `op`.
void forEachInput(Operation *op, llvm::function_ref<void(Value)> fn) {
  op->walk([&](Operation *inner) {
    for (Value v : inner->getOperands()) {
      Operation *owner = isa<BlockArgument>(v) ? cast<BlockArgument>(v).getOwner()->getParentOp()
                                               : v.getDefiningOp();
      if (!op->isAncestor(owner) || (owner == op && isa<OpResult>(v)))
        fn(v);
    }
  });
}

class Outliner {
public:
  Outliner(ModuleOp module) : module(module), symbols(module) {}

  void run(func::FuncOp func) {
    SmallVector<Block *> blocks;
    func.walk([&](Block *block) {
      Operation *parent = block->getParentOp();
      if (!isGraphOp(parent) && !parent->getParentOfType<nn::GradOp>() && !insideGraphOp(parent))
        blocks.push_back(block);
    });
    for (Block *block : blocks)
      schedule(*block);
  }

private:
  static bool insideGraphOp(Operation *op) {
    for (; op; op = op->getParentOp())
      if (isGraphOp(op))
        return true;
    return false;
  }

  /// The op of `block` that defines v or contains v's definition; null for values from outside.
  static Operation *definer(Value v, Block &block) {
    Operation *op = v.getDefiningOp();
    return op ? block.findAncestorOpInBlock(*op) : nullptr;
  }

  bool ready(Operation *op, Block &block, const llvm::SetVector<Operation *> &alsoDone) {
    bool all = true;
    forEachInput(op, [&](Value v) {
      Operation *def = definer(v, block);
      if (def && def != op && !done.count(def) && !alsoDone.count(def))
        all = false;
    });
    return all;
  }

  void schedule(Block &block) {
    done.clear();
    SmallVector<Operation *> graphOps, hostOps;
    for (Operation &op : block.without_terminator()) {
      if (isConstant(&op))
        done.insert(&op);
      else
        (isGraphOp(&op) ? graphOps : hostOps).push_back(&op);
    }
    // What has been emitted stands before this point, in order: constants first.
    Operation *last = nullptr;
    for (Operation *op : done) {
      if (last)
        op->moveAfter(last);
      else
        op->moveBefore(&block, block.begin());
      last = op;
    }
    auto emit = [&](Operation *op) {
      if (last)
        op->moveAfter(last);
      else
        op->moveBefore(&block, block.begin());
      last = op;
      done.insert(op);
    };
    llvm::SetVector<Operation *> none;
    while (!graphOps.empty() || !hostOps.empty()) {
      bool progress = false, blocked = false;
      SmallVector<Operation *> waiting;
      for (Operation *op : hostOps) {
        bool pure = isPure(op);
        if ((pure || !blocked) && ready(op, block, none)) {
          emit(op);
          progress = true;
          continue;
        }
        blocked |= !pure;
        waiting.push_back(op);
      }
      hostOps = waiting;
      if (progress)
        continue;
      llvm::SetVector<Operation *> graph;
      SmallVector<Operation *> later;
      for (Operation *op : graphOps) {
        if (ready(op, block, graph))
          graph.insert(op);
        else
          later.push_back(op);
      }
      graphOps = later;
      if (graph.empty()) // only possible in malformed IR
        break;
      Operation *launch = outline(graph.getArrayRef(), block, last);
      last = launch;
      done.insert(launch);
    }
  }

  /// Whether the ops use an index as a number only, not as a size or position.
  static bool isNumber(Value v, const llvm::SetVector<Operation *> &members, Block &block) {
    return llvm::all_of(v.getUses(), [&](OpOperand &use) {
      Operation *user = block.findAncestorOpInBlock(*use.getOwner());
      return !user || !members.count(user) || isa<nn::FromIndexOp>(use.getOwner());
    });
  }

  /// Puts `ops` into a new function and a launch of it after `last`.
  Operation *outline(ArrayRef<Operation *> ops, Block &block, Operation *last) {
    OpBuilder b(module.getContext());
    llvm::SetVector<Operation *> members(ops.begin(), ops.end());
    llvm::SetVector<Value> dims, tensors, results, numbers;
    llvm::SetVector<Operation *> constants;
    for (Operation *op : ops) {
      forEachInput(op, [&](Value v) {
        Operation *def = definer(v, block);
        if (def && members.count(def))
          return;
        if (Operation *producer = v.getDefiningOp(); producer && isConstant(producer))
          constants.insert(producer);
        else if (isa<RankedTensorType>(v.getType()))
          tensors.insert(v);
        else if (isNumber(v, members, block))
          numbers.insert(v);
        else
          dims.insert(v);
      });
      for (Value result : op->getResults())
        for (OpOperand &use : result.getUses()) {
          Operation *user = block.findAncestorOpInBlock(*use.getOwner());
          if (!user || !members.count(user))
            results.insert(result);
        }
    }
    if (last)
      b.setInsertionPointAfter(last);
    else
      b.setInsertionPointToStart(&block);
    Location loc = ops.back()->getLoc();
    // A host int that is no size (a step count) is a tensor argument, so that plans do not depend
    // on it.
    llvm::MapVector<Value, Value> scalars;
    for (Value v : numbers) {
      scalars[v] = host::ScalarOp::create(b, loc, RankedTensorType::get({}, b.getI64Type()), v);
      tensors.insert(scalars[v]);
    }
    // Every dynamic size of an argument is an index argument of the graph.
    SmallVector<SmallVector<int64_t>> sizesOf;
    for (Value tensor : tensors) {
      SmallVector<int64_t> &positions = sizesOf.emplace_back();
      auto type = cast<RankedTensorType>(tensor.getType());
      for (int64_t axis = 0; axis < type.getRank(); ++axis) {
        if (!type.isDynamicDim(axis))
          continue;
        Value size = b.createOrFold<host::DimOp>(loc, tensor, axis);
        dims.insert(size);
        positions.push_back(llvm::find(dims, size) - dims.begin());
      }
    }
    SmallVector<Type> argTypes, resultTypes;
    for (Value v : dims)
      argTypes.push_back(v.getType());
    for (Value v : tensors)
      argTypes.push_back(v.getType());
    for (Value v : results)
      resultTypes.push_back(v.getType());
    OpBuilder top = OpBuilder::atBlockEnd(module.getBody());
    auto graph =
        func::FuncOp::create(top, loc, "graph", top.getFunctionType(argTypes, resultTypes));
    graph.setPrivate();
    graph->setAttr("nn.graph", top.getUnitAttr());
    symbols.insert(graph);
    for (auto [i, positions] : llvm::enumerate(sizesOf))
      if (!positions.empty())
        graph.setArgAttr(dims.size() + i, "nn.dims", top.getDenseI64ArrayAttr(positions));
    Block *entry = graph.addEntryBlock();
    IRMapping map;
    for (auto [i, v] : llvm::enumerate(dims))
      map.map(v, entry->getArgument(i));
    for (auto [i, v] : llvm::enumerate(tensors))
      map.map(v, entry->getArgument(dims.size() + i));
    OpBuilder body = OpBuilder::atBlockEnd(entry);
    for (Operation *constant : constants)
      body.clone(*constant, map);
    // Stands for the index until its uses are rewritten below.
    for (Value v : numbers)
      map.map(v, nn::ToIndexOp::create(body, loc, map.lookup(scalars[v])));
    for (Operation *op : ops)
      body.clone(*op, map);
    SmallVector<Value> returned;
    for (Value v : results)
      returned.push_back(map.lookup(v));
    func::ReturnOp::create(body, loc, returned);
    graph.walk([&](nn::FromIndexOp op) {
      auto number = op.getIndex().getDefiningOp<nn::ToIndexOp>();
      if (!number)
        return;
      OpBuilder at(op);
      Value value = number.getX();
      if (op.getType() != value.getType())
        value = nn::CastOp::create(at, op.getLoc(), op.getType(), value);
      op.replaceAllUsesWith(value);
      op.erase();
    });

    auto launch = host::LaunchOp::create(b, loc, resultTypes, graph.getSymName(),
                                         dims.getArrayRef(), tensors.getArrayRef());
    for (size_t i = 0; i < results.size(); ++i)
      Value(results[i]).replaceUsesWithIf(launch.getResult(i), [&](OpOperand &use) {
        Operation *user = block.findAncestorOpInBlock(*use.getOwner());
        return !user || !members.count(user);
      });
    for (Operation *op : llvm::reverse(ops))
      op->erase();
    return launch;
  }

  ModuleOp module;
  SymbolTable symbols;
  llvm::SetVector<Operation *> done;
};

struct OutlineGraphs : PassWrapper<OutlineGraphs, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(OutlineGraphs)
  StringRef getArgument() const final { return "outline-graphs"; }
  StringRef getDescription() const final {
    return "move tensor computations of host functions into graphs";
  }
  void runOnOperation() override {
    Outliner outliner(getOperation());
    for (auto func : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (!func->hasAttr("nn.graph") && !func.isExternal())
        outliner.run(func);
  }
};

struct ResolveDims : PassWrapper<ResolveDims, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ResolveDims)
  StringRef getArgument() const final { return "nn-resolve-dims"; }
  StringRef getDescription() const final {
    return "sizes of a graph's arguments are its index arguments";
  }
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    func.walk([&](nn::DimOp op) {
      auto arg = dyn_cast<BlockArgument>(op.getOperand());
      if (!arg || arg.getOwner() != &func.getBody().front())
        return;
      auto positions = func.getArgAttrOfType<DenseI64ArrayAttr>(arg.getArgNumber(), "nn.dims");
      auto type = cast<RankedTensorType>(arg.getType());
      if (!positions || !type.isDynamicDim(op.getAxis()))
        return;
      op.replaceAllUsesWith(
          Value(func.getArgument(positions[type.getDynamicDimIndex(op.getAxis())])));
      op.erase();
    });
  }
};

} // namespace

std::unique_ptr<Pass> createOutlineGraphsPass() { return std::make_unique<OutlineGraphs>(); }
std::unique_ptr<Pass> createResolveDimsPass() { return std::make_unique<ResolveDims>(); }
void registerOutlinePasses() {
  PassRegistration<OutlineGraphs>();
  PassRegistration<ResolveDims>();
}

} // namespace nnc
