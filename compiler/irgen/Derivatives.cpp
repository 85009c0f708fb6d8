// grad, remat and train blocks.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;

namespace nnc::irgen {

/// Whether `op` inside `outer` takes nothing that `outer` computes.
static bool readsOnlyOutside(Operation &op, Operation *outer) {
  return llvm::all_of(op.getOperands(), [&](Value value) {
    Operation *holder =
        value.getParentBlock()->getParentOp(); // none yet: code around is in the making
    return !holder || !outer->isAncestor(holder);
  });
}

/// What the host does for the part that `outer` computes, such as reading a list, is done before
/// it. False where it depends on what is computed there.
bool Generator::takeHostOut(Operation *outer) {
  for (Operation &op : llvm::make_early_inc_range(outer->getRegion(0).front()))
    if (op.getNumRegions() == 0 && op.getNumResults() && !isa<nn::NNDialect>(op.getDialect()) &&
        !op.hasTrait<OpTrait::IsTerminator>() && readsOnlyOutside(op, outer))
      op.moveBefore(outer);
  return !outer
              ->walk([&](Operation *op) {
                return isa<host::HostDialect>(op->getDialect()) ? WalkResult::interrupt()
                                                                : WalkResult::advance();
              })
              .wasInterrupted();
}

static const char *const kHostInside =
    "inside `grad`, what a list or map is asked for must not depend on what is computed there";

/// What is printed in `grad` and is no tensor, such as text, the host has made before.
static bool isTensor(Value value) { return isa<RankedTensorType>(value.getType()); }

/// Tuples are differentiated by member by member; a model, struct or array by one flat buffer.
static bool isSplit(const sema::Type &type) {
  return type.is(sema::Type::Kind::Tuple) && !type.isModel();
}

/// What `grad` differentiates by, in order.
void Generator::wrtOf(const Val &value, const sema::Type &type, Values &out) {
  if (type.isFunction())
    return;
  if (isSplit(type))
    for (size_t i = 0; i < type.elems.size(); ++i)
      wrtOf(value.parts[i], *type.elems[i], out);
  else if (type.is(sema::Type::Kind::Tensor))
    out.push_back(toTensor(value, elementType(type.dtype), {}));
  else if (Value flat = flatOf(value, type, Role::Param, frame->scope))
    out.push_back(flat);
}

/// The value with other ones, taken from the front of `values`.
Val Generator::withWrt(Val value, const sema::Type &type, llvm::ArrayRef<Value> &values) {
  if (type.isFunction())
    return value;
  if (isSplit(type)) {
    for (size_t i = 0; i < type.elems.size(); ++i)
      value.parts[i] = withWrt(value.parts[i], *type.elems[i], values);
    return value;
  }
  auto next = [&] {
    Value v = values.front();
    values = values.drop_front();
    return v;
  };
  if (type.is(sema::Type::Kind::Tensor))
    return Val::tensor(next());
  std::vector<Leaf> layout = leavesOf(type, Role::Param, frame->scope);
  if (layout.empty())
    return value;
  if (value.is(Val::Kind::Model) || value.is(Val::Kind::Array)) {
    value = flattened(value, type, frame->scope);
    value.v = next();
    return value;
  }
  Values leaves = unpack(next(), layout);
  const Value *leaf = leaves.data();
  return withParts(value, type, frame->scope, leaf);
}

/// The gradient made of these: Tree, tensor, or a tuple of gradients.
Val Generator::gradientOf(const sema::Type &type, llvm::ArrayRef<Value> &values) {
  if (type.isFunction())
    return {};
  if (isSplit(type)) {
    std::vector<Val> parts;
    for (const sema::Type *elem : type.elems)
      parts.push_back(gradientOf(*elem, values));
    return Val::aggregate(std::move(parts));
  }
  bool isTensor = type.is(sema::Type::Kind::Tensor);
  if (!isTensor && leavesOf(type, Role::Param, frame->scope).empty())
    return Val::tree(nullptr);
  Value v = values.front();
  values = values.drop_front();
  return isTensor ? Val::tensor(v) : Val::tree(v);
}

/// The state of the models in a value of carried form, for reading and replacing.
static void eachState(Val &value, llvm::function_ref<void(Value &)> visit) {
  if (value.is(Val::Kind::Model) || value.is(Val::Kind::Array)) {
    if (value.state)
      visit(value.state);
    return;
  }
  for (Val &part : value.parts)
    eachState(part, visit);
}

/// What waited in a region happens after it, or waits in the one around, with the values that the
/// region gave for it: the first of `values`.
void Generator::passOn(const std::vector<Effect> &waiting, llvm::ArrayRef<Value> &values) {
  for (const Effect &effect : waiting) {
    Values shown = effect.values;
    for (Value &v : shown)
      if (isTensor(v)) {
        v = values.front();
        values = values.drop_front();
      }
    if (effects)
      effects->push_back({shown, effect.emit});
    else
      effect.emit(shown);
  }
}

/// grad(place) { m => body }, or its tangent along a direction. Everything that the body changes or
/// prints leaves the region as an extra result.
Val Generator::evalGrad(const sema::Grad &expr) {
  const sema::Type &type = *expr.place->type;
  Val subject = carriedForm(eval(*expr.place), &type, frame->scope);
  if (subject.is(Val::Kind::List)) // an array written element by element
    for (Val &part : subject.parts)
      part = carriedForm(part, type.elems[0], frame->scope);
  std::vector<Value> wrt;
  wrtOf(subject, type, wrt);
  std::vector<Value> tangents;
  if (expr.tangent && !wrt.empty())
    collect(carriedForm(eval(*expr.tangent), expr.tangent->type, frame->scope), tangents);

  std::vector<Slot> slots = assignedIn({expr.fn->body});
  std::vector<Value> outerSlots = slotValues(slots);
  Region region;
  std::vector<Value> yields;
  Val result, moved;
  std::vector<Effect> waiting;
  {
    OpBuilder::InsertionGuard guard(b);
    Block *block = b.createBlock(&region);
    std::vector<Value> inner;
    for (Value v : wrt) {
      inner.push_back(block->addArgument(v.getType(), loc));
      noteSizes(inner.back(), shapeOf(v));
    }
    bool outerGraph = std::exchange(inGraph, true);
    std::vector<Effect> *outerEffects = std::exchange(effects, &waiting);
    llvm::ArrayRef<Value> rest(inner);
    Val argument = withWrt(subject, type, rest);
    auto body = std::make_shared<Frame>();
    body->parent = frame;
    std::swap(frame, body);
    const sema::Pattern &parameter = *expr.fn->params[0];
    bindPattern(parameter, argument);
    result = carriedForm(evalBody(*expr.fn->body, expr.fn->type ? expr.fn->type->result : nullptr),
                         nullptr, frame->scope);
    if (expr.byRef && parameter.var)
      moved = carriedForm(lookup(parameter.var), &type, frame->scope);
    std::swap(frame, body);

    collect(result, yields);
    eachState(moved, [&](Value &state) { yields.push_back(state); });
    std::vector<Value> after = slotValues(slots);
    yields.insert(yields.end(), after.begin(), after.end());
    requireTensors(ValueRange(yields).getTypes(), loc);
    for (Effect &effect : waiting)
      llvm::copy_if(effect.values, std::back_inserter(yields), isTensor);
    nn::YieldOp::create(b, loc, yields);
    inGraph = outerGraph;
    effects = outerEffects;
  }
  SmallVector<Type> types;
  std::vector<std::vector<Size>> shapes;
  for (Value v : yields) {
    types.push_back(v.getType());
    shapes.push_back(shapeOutside(v, region));
  }
  auto alsoGives = [&](llvm::ArrayRef<Value> values) {
    for (Value v : values)
      if (isa<FloatType>(elementOf(v))) {
        types.push_back(v.getType());
        shapes.push_back(shapeOutside(v, region));
      }
  };
  alsoGives(expr.tangent ? yields : wrt);
  Operation *op;
  if (expr.tangent)
    op = nn::JvpOp::create(b, loc, types, wrt, conformTo(tangents, ValueRange(wrt).getTypes()));
  else
    op = nn::GradOp::create(b, loc, types, wrt);
  op->getRegion(0).takeBody(region);
  if (!takeHostOut(op))
    unsupported(expr.loc, kHostInside);
  std::vector<Value> all(op->result_begin(), op->result_end());
  for (size_t i = 0; i < all.size(); ++i)
    noteSizes(all[i], shapes[i]);

  llvm::ArrayRef<Value> rest(all);
  Val value = rebuild(result, rest);
  bool hasMoved = false;
  Val place = subject;
  if (!moved.is(Val::Kind::Unit))
    eachState(place, [&](Value &state) {
      state = rest.front();
      rest = rest.drop_front();
      hasMoved = true;
    });
  if (hasMoved)
    assign(*expr.place, std::move(place));
  for (Slot &slot : slots)
    *slot.value = rebuild(*slot.value, rest);
  passOn(waiting, rest);
  Val gradient;
  if (expr.tangent)
    gradient = rebuild(result, rest);
  else
    gradient = gradientOf(type, rest);
  return Val::aggregate({value, gradient});
}

/// remat { body }: where derivatives may be taken, a region that they compute again. What the body
/// changes or prints leaves it as further results.
Val Generator::evalRemat(const sema::Remat &expr) {
  if (!inGraph)
    return evalBlock(*expr.body);
  Location here = loc;
  std::vector<Slot> slots = assignedIn({expr.body});
  slotValues(slots);
  std::vector<Effect> waiting;
  Region region;
  Values yields;
  Val result;
  {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&region);
    std::vector<Effect> *outerEffects = std::exchange(effects, &waiting);
    result = carriedForm(evalBlock(*expr.body), expr.type, frame->scope);
    effects = outerEffects;
    loc = here;
    llvm::erase_if(slots, [](const Slot &slot) { // known without it, such as the exit flag
      return slot.value->is(Val::Kind::Int) && slot.value->size.isConstant();
    });
    collect(result, yields);
    llvm::append_range(yields, slotValues(slots));
    for (Effect &effect : waiting)
      llvm::copy_if(effect.values, std::back_inserter(yields), isTensor);
    requireTensors(ValueRange(yields).getTypes(), here);
    nn::YieldOp::create(b, here, yields);
  }
  SmallVector<Type> types(ValueRange(yields).getTypes());
  std::vector<Sizes> shapes;
  for (Value value : yields)
    shapes.push_back(shapeOutside(value, region));
  auto op = nn::CheckpointOp::create(b, here, types, branchSizes(types, shapes));
  op.getBody().takeBody(region);
  if (!takeHostOut(op))
    unsupported(expr.loc, kHostInside);
  // What is read of a model, and not the whole of it, has an adjoint.
  for (Operation &inner : llvm::make_early_inc_range(op.getBody().front()))
    if (isa<nn::UnpackOp>(inner) && readsOnlyOutside(inner, op))
      inner.moveBefore(op);
  Values results(op->result_begin(), op->result_end());
  for (auto [value, shape] : llvm::zip(results, shapes))
    noteSizes(value, shape);
  llvm::ArrayRef<Value> rest(results);
  Val value = rebuild(result, rest);
  for (Slot &slot : slots)
    *slot.value = rebuild(*slot.value, rest);
  passOn(waiting, rest);
  return value;
}

/// The value with flags and ints as tensors, so that a graph can give it.
Val Generator::asTensors(const Val &value) {
  Val out = value;
  if (value.is(Val::Kind::Bool) || value.is(Val::Kind::Int))
    return Val::tensor(toTensor(value, {}, {}));
  for (Val &part : out.parts)
    part = asTensors(part);
  return out;
}

/// train(&rng) { body }: compiled in training mode with a stream split off `rng`.
Val Generator::evalTrain(const sema::Train &expr) {
  Value rng = eval(*expr.rng).v;
  OperationState state(loc, "nn.rng_split");
  state.addOperands(rng);
  state.addTypes({rng.getType(), rng.getType()});
  Operation *split = b.create(state);
  assign(*expr.rng, Val::tensor(split->getResult(1)));
  Val outerStream;
  bool nested = globals.count(&trainingRng);
  if (nested)
    outerStream = globals[&trainingRng];
  globals[&trainingRng] = Val::tensor(split->getResult(0));
  bool outer = std::exchange(training, true);
  auto outerPrecision = std::exchange(precision, expr.precision ? expr.precision : precision);
  Val value = evalBlock(*expr.body);
  training = outer;
  precision = outerPrecision;
  if (nested)
    globals[&trainingRng] = outerStream;
  else
    globals.erase(&trainingRng);
  return value;
}

} // namespace nnc::irgen
