#include "compiler/autodiff/Walk.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace nn;

// Not only tensors: activity flows through what foreign ops make, so that it is not lost silently.
static bool isFloat(Value value) { return isa<FloatType>(getElementTypeOrSelf(value.getType())); }

static Value castElements(ImplicitLocOpBuilder &builder, Value value, Type elementType) {
  if (getElementTypeOrSelf(value.getType()) == elementType)
    return value;
  return CastOp::create(builder, value, elementType);
}

Value Walk::of(Value value) {
  Value found = find(value);
  return found ? castElements(builder, found, getElementTypeOrSelf(value.getType())) : Value();
}

void Walk::add(Value value, Value contribution) {
  if (!contribution || !isActive(value))
    return;
  auto type = cast<RankedTensorType>(value.getType());
  auto given = cast<RankedTensorType>(contribution.getType());
  if (type.getShape() != given.getShape()) {
    emitError(contribution.getLoc())
        << "derivative of type " << given << " for a value of type " << type;
    isBroken = true;
    return;
  }
  Value &sum = derivatives[value];
  if (!sum) {
    sum = contribution;
    return;
  }
  // Sums of narrow floats lose what they add: bf16 by percents over some thousand terms.
  Type element = type.getElementType();
  if (element.isF16() || element.isBF16())
    element = builder.getF32Type();
  sum = AddOp::create(builder, castElements(builder, sum, element),
                      castElements(builder, contribution, element));
}

bool Walk::isActive(Value value) {
  return isFloat(value) && (active.contains(value) || (outer && outer->isActive(value)));
}

void Walk::activate(ValueRange values) { active.insert(values.begin(), values.end()); }

bool Walk::readsActive(Operation *op) {
  auto isActiveValue = [&](Value value) { return isActive(value); };
  WalkResult found = op->walk([&](Operation *inner) {
    return llvm::any_of(inner->getOperands(), isActiveValue) ? WalkResult::interrupt()
                                                             : WalkResult::advance();
  });
  return found.wasInterrupted();
}

void Walk::spreadActivity(ArrayRef<Operation *> ops) {
  for (Operation *op : ops)
    if (!op->hasTrait<ZeroDerivative>() && readsActive(op))
      activate(op->getResults());
}

void Walk::replace(Operation *op, ValueRange values) {
  for (auto [old, value] : llvm::zip_equal(op->getResults(), values)) {
    old.replaceAllUsesWith(value);
    for (Walk *walk = this; walk; walk = walk->outer) {
      for (auto &entry : walk->derivatives)
        if (entry.second == old)
          entry.second = value;
      if (Value derivative = walk->derivatives.lookup(old))
        walk->derivatives[value] = derivative;
      if (walk->active.contains(old))
        walk->active.insert(value);
    }
  }
}

LogicalResult Walk::refuse(Operation *op) {
  return op->emitError() << "'" << op->getName()
                         << "' has no derivative, but one would flow through it";
}

// Adjoint ops carry the place of the op they belong to.
static Location derivativeLoc(Operation *op, StringRef what) {
  return FusedLoc::get(op->getContext(), {op->getLoc()}, StringAttr::get(op->getContext(), what));
}

LogicalResult ReverseWalk::run(ArrayRef<Operation *> ops) {
  Location outside = builder.getLoc();
  for (Operation *op : llvm::reverse(ops)) {
    if (llvm::none_of(op->getResults(), [&](Value result) { return hasDerivative(result); }))
      continue;
    builder.setLoc(derivativeLoc(op, "vjp"));
    auto rule = dyn_cast<DifferentiableOpInterface>(op);
    if (!rule)
      return refuse(op);
    if (failed(rule.vjp(builder, *this)) || isBroken)
      return failure();
  }
  builder.setLoc(outside);
  return success();
}

std::unique_ptr<Derivation> ReverseWalk::nested(ImplicitLocOpBuilder &inside) {
  return std::make_unique<ReverseWalk>(inside, this);
}

// A captured value has its tangent outside; adjoints of one region are its own.
Value ForwardWalk::find(Value value) {
  Value found = Walk::find(value);
  return !found && outer ? static_cast<ForwardWalk *>(outer)->find(value) : found;
}

LogicalResult ForwardWalk::run(ArrayRef<Operation *> ops) {
  Location outside = builder.getLoc();
  for (Operation *op : ops) {
    if (llvm::none_of(op->getResults(), [&](Value result) { return isActive(result); }))
      continue;
    builder.setInsertionPointAfter(op);
    builder.setLoc(derivativeLoc(op, "jvp"));
    auto rule = dyn_cast<DifferentiableOpInterface>(op);
    if (!rule)
      return refuse(op);
    if (failed(rule.jvp(builder, *this)) || isBroken)
      return failure();
  }
  builder.setLoc(outside);
  return success();
}

std::unique_ptr<Derivation> ForwardWalk::nested(ImplicitLocOpBuilder &inside) {
  return std::make_unique<ForwardWalk>(inside, this);
}
