#include "dialects/nn/ops/control/ControlGrad.h"
#include "dialects/nn/Dims.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace nn;

SmallVector<Value> nn::capturedValues(Operation *op) {
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  return captured.takeVector();
}
SmallVector<Value> nn::activeCaptures(Operation *op, Derivation &walk) {
  return llvm::filter_to_vector(capturedValues(op),
                                [&](Value value) { return walk.isActive(value); });
}
SmallVector<Operation *> nn::bodyOps(Block &block) {
  SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    ops.push_back(&op);
  return ops;
}
SmallVector<Operation *> nn::cloneBody(OpBuilder &builder, Block &block, IRMapping &map) {
  SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    ops.push_back(builder.clone(op, map));
  return ops;
}
SmallVector<Value> nn::cloneYields(OpBuilder &builder, Block &block, ValueRange arguments,
                                   IRMapping &map) {
  map.map(ValueRange(block.getArguments()), arguments);
  cloneBody(builder, block, map);
  SmallVector<Value> yields;
  for (Value yield : block.getTerminator()->getOperands())
    yields.push_back(map.lookupOrDefault(yield));
  return yields;
}
nn::ClonedBody::ClonedBody(OpBuilder &builder, Block &block, IRMapping &map)
    : ops(cloneBody(builder, block, map)) {
  SmallVector<Value> values;
  for (Value value : block.getTerminator()->getOperands())
    values.push_back(map.lookupOrDefault(value));
  yield = YieldOp::create(builder, block.getTerminator()->getLoc(), values);
  builder.setInsertionPoint(yield);
}
Value nn::derivativeOrZeros(ImplicitLocOpBuilder &builder, Derivation &walk, Value value) {
  Value derivative = walk.of(value);
  return derivative ? derivative : zerosLike(Ex(builder, value)).value;
}
Type nn::accumulatorType(Type elementType) {
  return elementType.isF16() || elementType.isBF16() ? Float32Type::get(elementType.getContext())
                                                     : elementType;
}
void nn::spreadLoopActivity(Derivation &inner, Block &body, ValueRange carries, ValueRange yields) {
  SmallVector<Operation *> ops = bodyOps(body);
  for (bool changed = true; changed;) {
    changed = false;
    inner.spreadActivity(ops);
    for (auto [carry, yield] : llvm::zip(carries, yields))
      if (inner.isActive(yield) && !inner.isActive(carry)) {
        inner.activate(carry);
        changed = true;
      }
  }
}

//--- barrier

// One barrier over all derivatives that are there: they stay apart as their values do.
static LogicalResult deriveBarrier(ImplicitLocOpBuilder &builder, Derivation &walk, ValueRange from,
                                   ValueRange to) {
  SmallVector<Value> derivatives, targets;
  for (auto [source, target] : llvm::zip_equal(from, to))
    if (Value derivative = walk.of(source)) {
      derivatives.push_back(derivative);
      targets.push_back(target);
    }
  if (derivatives.empty())
    return success();
  auto barrier = BarrierOp::create(builder, derivatives);
  for (auto [target, derivative] : llvm::zip_equal(targets, barrier.getResults()))
    walk.add(target, derivative);
  return success();
}
LogicalResult BarrierOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  return deriveBarrier(builder, walk, getResults(), getValues());
}
LogicalResult BarrierOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  return deriveBarrier(builder, walk, getValues(), getResults());
}

//--- if

// The adjoint is an `if` on the same condition: each branch is computed again and walked back. It
// yields the adjoints of the captured values.
LogicalResult IfOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  SmallVector<Value> captures = activeCaptures(*this, walk), dims;
  if (captures.empty())
    return success();
  for (Value capture : captures)
    llvm::append_range(dims, dynamicDims(builder, builder.getLoc(), capture));
  auto back = IfOp::create(builder, builder.getLoc(), TypeRange(ValueRange(captures)),
                           getCondition(), dims);
  for (auto [from, to] : {std::pair(&getThenRegion(), &back.getThenRegion()),
                          std::pair(&getElseRegion(), &back.getElseRegion())}) {
    auto inside = ImplicitLocOpBuilder::atBlockEnd(builder.getLoc(), &to->front());
    IRMapping map;
    SmallVector<Operation *> ops = cloneBody(inside, from->front(), map);
    auto inner = walk.nested(inside);
    inner->spreadActivity(ops);
    for (auto [result, yield] :
         llvm::zip_equal(getResults(), from->front().getTerminator()->getOperands()))
      inner->add(map.lookupOrDefault(yield), walk.of(result));
    if (failed(inner->run(ops)))
      return failure();
    SmallVector<Value> adjoints;
    for (Value capture : captures)
      adjoints.push_back(derivativeOrZeros(inside, *inner, capture));
    YieldOp::create(inside, adjoints);
  }
  for (auto [capture, adjoint] : llvm::zip_equal(captures, back.getResults()))
    walk.add(capture, adjoint);
  return success();
}

// Makes a region yield the tangents of the results `active` after the values.
static void appendTangents(ImplicitLocOpBuilder &inside, Derivation &inner, YieldOp yield,
                           ArrayRef<Value> active) {
  inside.setInsertionPoint(yield);
  SmallVector<Value> tangents;
  for (Value result : active)
    tangents.push_back(derivativeOrZeros(
        inside, inner, yield->getOperand(cast<OpResult>(result).getResultNumber())));
  yield->insertOperands(yield->getNumOperands(), tangents);
}

// The `if` yields the tangents after the values.
LogicalResult IfOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  SmallVector<Value> active, dims(getDims());
  SmallVector<Type> types(getResultTypes());
  for (Value result : getResults())
    if (walk.isActive(result)) {
      active.push_back(result);
      types.push_back(result.getType());
      llvm::append_range(dims, dynamicDims(builder, builder.getLoc(), result));
    }
  auto both = IfOp::create(builder, builder.getLoc(), types, getCondition(), dims);
  for (auto [from, to] : {std::pair(&getThenRegion(), &both.getThenRegion()),
                          std::pair(&getElseRegion(), &both.getElseRegion())}) {
    auto inside = ImplicitLocOpBuilder::atBlockEnd(builder.getLoc(), &to->front());
    IRMapping map;
    ClonedBody cloned(inside, from->front(), map);
    auto inner = walk.nested(inside);
    inner->spreadActivity(cloned.ops);
    if (failed(inner->run(cloned.ops)))
      return failure();
    appendTangents(inside, *inner, cloned.yield, active);
  }
  ValueRange results = both.getResults();
  walk.replace(*this, results.take_front(getNumResults()));
  for (auto [k, result] : llvm::enumerate(active))
    walk.add(results[cast<OpResult>(result).getResultNumber()], results[getNumResults() + k]);
  return success();
}

//--- checkpoint

// Whether a value costs nothing to compute, so that it is not kept for a recomputation.
static bool isFree(Value value) {
  Operation *op = value.getDefiningOp();
  return op && (op->hasTrait<OpTrait::ConstantLike>() || isa<FullOp, IotaOp>(op));
}

// Values are computed again from copies of the captures that a barrier ties to the adjoints: the
// recomputation neither merges with the original nor starts before it is needed. All of it is a
// checkpoint again, so that the derivative of the derivative keeps none of its values either.
LogicalResult CheckpointOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  SmallVector<Value> captures = llvm::filter_to_vector(capturedValues(*this), [&](Value value) {
    return isa<RankedTensorType>(value.getType()) && (walk.isActive(value) || !isFree(value));
  });
  SmallVector<Value> tied(captures), results;
  for (Value result : getResults())
    if (Value adjoint = walk.of(result)) {
      tied.push_back(adjoint);
      results.push_back(result);
    }
  auto barrier = BarrierOp::create(builder, tied);
  SmallVector<Type> types;
  SmallVector<Value> active, copies, dims;
  IRMapping map;
  for (auto [capture, copy] : llvm::zip(captures, barrier.getResults())) {
    map.map(capture, copy);
    if (!walk.isActive(capture))
      continue;
    active.push_back(capture);
    copies.push_back(copy);
    types.push_back(capture.getType());
    llvm::append_range(dims, dynamicDims(builder, builder.getLoc(), capture));
  }
  auto back = CheckpointOp::create(builder, builder.getLoc(), types, dims);
  auto inside = ImplicitLocOpBuilder::atBlockEnd(builder.getLoc(), &back.getBody().front());
  auto inner = walk.nested(inside);
  inner->activate(copies);
  SmallVector<Operation *> ops = cloneBody(inside, getBody().front(), map);
  inner->spreadActivity(ops);
  Operation *yield = getBody().front().getTerminator();
  for (auto [k, result] : llvm::enumerate(results)) {
    Value value = yield->getOperand(cast<OpResult>(result).getResultNumber());
    inner->add(map.lookupOrDefault(value), barrier.getResult(captures.size() + k));
  }
  if (failed(inner->run(ops)))
    return failure();
  SmallVector<Value> adjoints;
  for (Value copy : copies)
    adjoints.push_back(derivativeOrZeros(inside, *inner, copy));
  YieldOp::create(inside, adjoints);
  for (auto [capture, adjoint] : llvm::zip_equal(active, back.getResults()))
    walk.add(capture, adjoint);
  return success();
}

LogicalResult CheckpointOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  SmallVector<Value> active, dims(getDims());
  SmallVector<Type> types(getResultTypes());
  for (Value result : getResults())
    if (walk.isActive(result)) {
      active.push_back(result);
      types.push_back(result.getType());
      llvm::append_range(dims, dynamicDims(builder, builder.getLoc(), result));
    }
  auto both = CheckpointOp::create(builder, builder.getLoc(), types, dims);
  Block &block = both.getBody().front();
  auto inside = ImplicitLocOpBuilder::atBlockEnd(builder.getLoc(), &block);
  IRMapping map;
  ClonedBody cloned(inside, getBody().front(), map);
  auto inner = walk.nested(inside);
  inner->spreadActivity(cloned.ops);
  if (failed(inner->run(cloned.ops)))
    return failure();
  appendTangents(inside, *inner, cloned.yield, active);
  ValueRange results = both.getResults();
  walk.replace(*this, results.take_front(getNumResults()));
  for (auto [k, result] : llvm::enumerate(active))
    walk.add(results[cast<OpResult>(result).getResultNumber()], results[getNumResults() + k]);
  return success();
}
