// Derivatives of loops. The adjoint of nn.for is again an nn.for, so that it has adjoints itself.
#include "dialects/nn/Dims.h"
#include "dialects/nn/ops/control/ControlGrad.h"

using namespace mlir;
using namespace nn;

// The carries, rows and captured values of a loop through which derivatives flow.
struct ActiveParts {
  SmallVector<unsigned> carries, rows;
  SmallVector<Value> captures;
  bool empty() const { return carries.empty() && rows.empty() && captures.empty(); }
};

// Marks what is active in the body. `needed` are body arguments whose derivative is wanted.
static ActiveParts findActiveParts(ForOp op, Derivation &inner, Derivation &walk,
                                   ArrayRef<bool> needed) {
  for (auto [init, carry] : llvm::zip_equal(op.getInits(), op.carries()))
    if (walk.isActive(init))
      inner.activate(carry);
  for (auto [x, row] : llvm::zip_equal(op.getXs(), op.rows()))
    if (walk.isActive(x))
      inner.activate(row);
  spreadLoopActivity(inner, *op.bodyBlock(), op.carries(), op.yields());
  ActiveParts parts;
  for (auto [k, carry] : llvm::enumerate(op.carries()))
    if (inner.isActive(carry) && needed[1 + k])
      parts.carries.push_back(k);
  for (auto [j, row] : llvm::enumerate(op.rows()))
    if (inner.isActive(row) && needed[1 + op.carryCount() + j])
      parts.rows.push_back(j);
  parts.captures = activeCaptures(op, walk);
  return parts;
}

static SmallVector<Value> stackedDims(OpBuilder &builder, Location loc, ValueRange rows) {
  SmallVector<Value> dims;
  for (Value row : rows)
    llvm::append_range(dims, dynamicDims(builder, loc, row));
  return dims;
}

// Note [Kept products]
// The walk back computes each iteration again from what was carried into it. What costs the most of
// that, products, is read from a tape instead; so is what elementwise ops make of a product for
// their one reader, since the tape can then be of that. An nn.checkpoint in the body has a region
// of its own, and nothing in there is kept.
struct KeptValues {
  SmallVector<Value> values, dims; // in the body, and the sizes of them all
};

// A sum of few products is cheaper than its tape.
static bool isLongProduct(EinsumOp op) {
  constexpr int64_t fewProducts = 8;
  int64_t products = 1;
  auto shape = cast<RankedTensorType>(op.getLhs().getType()).getShape();
  for (auto [letter, size] : llvm::zip_equal(op.lhsLetters(), shape))
    if (!op.resultLetters().contains(letter))
      products *= ShapedType::isDynamic(size) ? fewProducts + 1 : size;
  return products > fewProducts;
}

static KeptValues findKept(ForOp op) {
  llvm::SetVector<Value> found;
  for (EinsumOp product : op.bodyBlock()->getOps<EinsumOp>()) {
    if (!isLongProduct(product))
      continue;
    Value value = product.getResult();
    while (found.insert(value) && value.hasOneUse()) {
      Operation *user = *value.user_begin();
      bool isSame = isa<ElementwiseOpInterface>(user) || isa<ReshapeOp>(user);
      if (!isSame || user->getBlock() != op.bodyBlock() ||
          getElementTypeOrSelf(user->getResult(0)) != getElementTypeOrSelf(value))
        break;
      value = user->getResult(0);
    }
  }
  KeptValues kept;
  for (Value value : found)
    if (auto dims = dynamicDimsOutside(op, value)) {
      kept.values.push_back(value);
      kept.dims.append(*dims);
    }
  return kept;
}

// The loop with the carries at the beginning of each iteration and the kept values as further
// stacked results. What no one reads of these tapes is pruned later.
static ForOp makeTaped(ForOp op, const KeptValues &kept) {
  OpBuilder builder(op);
  SmallVector<Type> types(op->getResultTypes());
  int64_t trips = op.staticTripCount();
  for (Value init : op.getInits())
    types.push_back(stackedType(init.getType(), trips));
  for (Value value : kept.values)
    types.push_back(stackedType(value.getType(), trips));
  SmallVector<Value> dims(op.getDims());
  llvm::append_range(dims, stackedDims(builder, op.getLoc(), op.getInits()));
  llvm::append_range(dims, kept.dims);
  auto taped = ForOp::create(builder, op.getLoc(), types, op.getLower(), op.getUpper(),
                             op.getInits(), op.getXs(), dims, op.getReverse());
  IRMapping map;
  map.map(op.bodyBlock()->getArguments(), taped.bodyBlock()->getArguments());
  builder.setInsertionPointToEnd(taped.bodyBlock());
  cloneBody(builder, *op.bodyBlock(), map);
  SmallVector<Value> yields;
  for (Value yield : op.yields())
    yields.push_back(map.lookupOrDefault(yield));
  llvm::append_range(yields, taped.carries());
  for (Value value : kept.values)
    yields.push_back(map.lookup(value));
  YieldOp::create(builder, op.getLoc(), yields);
  return taped;
}

static Value zerosFor(ImplicitLocOpBuilder &builder, Value like, Type elementType) {
  return castTo(zerosLike(Ex(builder, like)), elementType).value;
}

// Whether the graph itself computes `index`, so that no buffer can be planned by it.
static bool isComputed(Value index) {
  if (auto argument = dyn_cast<BlockArgument>(index))
    return !argument.getOwner()->isEntryBlock() ||
           !argument.getOwner()->getParentOp()->hasTrait<OpTrait::IsIsolatedFromAbove>();
  Operation *op = index.getDefiningOp();
  return isa<ToIndexOp>(op) || llvm::any_of(op->getOperands(), [](Value operand) {
           return isa<IndexType>(operand.getType()) && isComputed(operand);
         });
}

// The loop as an nn.while that counts itself, for want of a tape's size.
static WhileOp makeCounting(ForOp op) {
  ImplicitLocOpBuilder before(op.getLoc(), op);
  auto number = RankedTensorType::get({}, before.getI64Type());
  Ex lower(before, FromIndexOp::create(before, number, op.getLower()));
  Ex upper(before, FromIndexOp::create(before, number, op.getUpper()));
  SmallVector<Value> inits = {op.getReverse() ? (upper - 1.0).value : lower.value};
  llvm::append_range(inits, op.getInits());
  auto loop = WhileOp::create(before, inits);
  Block *test = &loop.getCondition().front(), *block = &loop.getBody().front();
  auto inTest = ImplicitLocOpBuilder::atBlockEnd(op.getLoc(), test);
  auto compared = op.getReverse() ? CompareKind::ge : CompareKind::lt;
  YieldOp::create(inTest, compare(compared, Ex(inTest, test->getArgument(0)),
                                  Ex(inTest, op.getReverse() ? lower.value : upper.value))
                              .value);
  auto inside = ImplicitLocOpBuilder::atBlockEnd(op.getLoc(), block);
  Ex turn(inside, block->getArgument(0));
  IRMapping map;
  map.map(op.induction(), ToIndexOp::create(inside, turn.value).getResult());
  map.map(op.carries(), ValueRange(block->getArguments()).drop_front());
  for (auto [x, row] : llvm::zip_equal(op.getXs(), op.rows()))
    map.map(row, take(Ex(inside, x), turn - Ex(inside, lower.value), 0).value);
  cloneBody(inside, *op.bodyBlock(), map);
  SmallVector<Value> yields = {(op.getReverse() ? turn - 1.0 : turn + 1.0).value};
  for (Value yield : op.yields())
    yields.push_back(map.lookupOrDefault(yield));
  YieldOp::create(inside, yields);
  return loop;
}

LogicalResult ForOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  if (getNumResults() == carryCount() && ShapedType::isDynamic(staticTripCount()) &&
      (isComputed(getLower()) || isComputed(getUpper()))) {
    WhileOp counting = makeCounting(*this);
    SmallVector<Value> results(counting.getResults().drop_front());
    for (auto [old, result] : llvm::zip_equal(getResults(), results)) {
      if (walk.isActive(old))
        walk.activate(result);
      walk.add(result, walk.of(old));
    }
    walk.replace(*this, results);
    return counting.vjp(builder, walk);
  }
  SmallVector<bool> wanted;
  for (Value result : getResults())
    wanted.push_back(static_cast<bool>(walk.of(result)));
  ActiveParts parts = findActiveParts(*this, *walk.nested(builder), walk, neededArguments(wanted));
  if (parts.empty())
    return success();
  SmallVector<Value> adjoints; // of the stacked results that have one
  SmallVector<unsigned> stacked;
  for (unsigned k = carryCount(); k < getNumResults(); ++k)
    if (wanted[k]) {
      stacked.push_back(k);
      adjoints.push_back(walk.of(getResult(k)));
    }

  KeptValues kept = findKept(*this);
  ForOp taped = makeTaped(*this, kept);

  // Carried: adjoints of the active carries, sums for the captures. Sliced: tapes, xs, adjoints of
  // the stacked results, kept values. Stacked: adjoints of the active xs.
  SmallVector<Value> inits, xs, rowsLike;
  SmallVector<Type> types;
  for (unsigned k : parts.carries)
    inits.push_back(derivativeOrZeros(builder, walk, getResult(k)));
  for (Value capture : parts.captures)
    inits.push_back(
        zerosFor(builder, capture, accumulatorType(getElementTypeOrSelf(capture.getType()))));
  ValueRange tapes = taped.getResults().drop_front(getNumResults());
  llvm::append_range(xs, tapes.take_front(carryCount()));
  llvm::append_range(xs, getXs());
  llvm::append_range(xs, adjoints);
  llvm::append_range(xs, tapes.drop_front(carryCount()));
  llvm::append_range(types, ValueRange(inits).getTypes());
  for (unsigned j : parts.rows) {
    types.push_back(getXs()[j].getType());
    rowsLike.push_back(rows()[j]);
  }
  auto back = ForOp::create(builder, builder.getLoc(), types, getLower(), getUpper(), inits, xs,
                            stackedDims(builder, builder.getLoc(), rowsLike), !getReverse());

  // The body: one iteration computed again, then walked back. See Note [Kept products].
  auto inside = ImplicitLocOpBuilder::atBlockEnd(builder.getLoc(), back.bodyBlock());
  ValueRange backRows = back.rows();
  IRMapping map;
  map.map(induction(), back.induction());
  map.map(carries(), backRows.take_front(carryCount()));
  map.map(rows(), backRows.slice(carryCount(), getXs().size()));
  SmallVector<Operation *> ops = cloneBody(inside, *bodyBlock(), map);
  auto inner = walk.nested(inside);
  for (unsigned k : parts.carries)
    inner->activate(map.lookup(carries()[k]));
  for (unsigned j : parts.rows)
    inner->activate(map.lookup(rows()[j]));
  inner->spreadActivity(ops);
  for (auto [place, k] : llvm::enumerate(parts.carries))
    inner->add(map.lookupOrDefault(yields()[k]), back.carries()[place]);
  for (auto [place, k] : llvm::enumerate(stacked))
    inner->add(map.lookupOrDefault(yields()[k]), backRows[carryCount() + getXs().size() + place]);
  if (failed(inner->run(ops)))
    return failure();
  SmallVector<Value> backYields;
  for (unsigned k : parts.carries)
    backYields.push_back(derivativeOrZeros(inside, *inner, map.lookup(carries()[k])));
  for (auto [place, capture] : llvm::enumerate(parts.captures)) {
    Ex total(inside, back.carries()[parts.carries.size() + place]);
    if (Value adjoint = inner->wide(capture))
      total = total + castLike(Ex(inside, adjoint), total);
    backYields.push_back(total.value);
  }
  for (unsigned j : parts.rows)
    backYields.push_back(derivativeOrZeros(inside, *inner, map.lookup(rows()[j])));
  YieldOp::create(inside, backYields);
  for (auto [value, row] : llvm::zip_equal(kept.values, backRows.take_back(kept.values.size())))
    map.lookup(value).replaceAllUsesWith(row);

  ValueRange results = back.getResults();
  for (auto [place, k] : llvm::enumerate(parts.carries))
    walk.add(getInits()[k], results[place]);
  for (auto [place, capture] : llvm::enumerate(parts.captures))
    walk.add(capture, results[parts.carries.size() + place]);
  for (auto [place, j] : llvm::enumerate(parts.rows))
    walk.add(getXs()[j], results[back.carryCount() + place]);
  walk.replace(*this, taped.getResults().take_front(getNumResults()));
  return success();
}

LogicalResult ForOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  SmallVector<bool> all(bodyBlock()->getNumArguments(), true);
  auto activity = walk.nested(builder);
  ActiveParts parts = findActiveParts(*this, *activity, walk, all);
  SmallVector<unsigned> stacked; // stacked results with a tangent
  for (unsigned k = carryCount(); k < getNumResults(); ++k)
    if (activity->isActive(yields()[k]))
      stacked.push_back(k);

  // Carried: values, tangents. Sliced: the same. Stacked: the same.
  SmallVector<Value> inits(getInits()), xs(getXs()), dims(getDims());
  SmallVector<Type> types;
  for (unsigned k : parts.carries)
    inits.push_back(derivativeOrZeros(builder, walk, getInits()[k]));
  for (unsigned j : parts.rows)
    xs.push_back(derivativeOrZeros(builder, walk, getXs()[j]));
  llvm::append_range(types, ValueRange(inits).getTypes());
  llvm::append_range(types, TypeRange(getResultTypes()).drop_front(carryCount()));
  SmallVector<Type> rowTypes;
  for (Type type : TypeRange(getResultTypes()).drop_front(carryCount()))
    rowTypes.push_back(rowType(type));
  for (unsigned k : stacked) {
    types.push_back(getResult(k).getType());
    auto row = rowType(getResult(k).getType());
    for (int64_t axis = 0; axis < row.getRank(); ++axis)
      if (row.isDynamicDim(axis))
        dims.push_back(pickDim(rowTypes, getDims(), k - carryCount(), axis));
  }
  auto both = ForOp::create(builder, builder.getLoc(), types, getLower(), getUpper(), inits, xs,
                            dims, getReverse());

  auto inside = ImplicitLocOpBuilder::atBlockEnd(builder.getLoc(), both.bodyBlock());
  IRMapping map;
  map.map(induction(), both.induction());
  map.map(carries(), both.carries().take_front(carryCount()));
  map.map(rows(), both.rows().take_front(getXs().size()));
  ClonedBody cloned(inside, *bodyBlock(), map);
  auto inner = walk.nested(inside);
  for (auto [place, k] : llvm::enumerate(parts.carries)) {
    inner->activate(map.lookup(carries()[k]));
    inner->add(map.lookup(carries()[k]), both.carries()[carryCount() + place]);
  }
  for (auto [place, j] : llvm::enumerate(parts.rows)) {
    inner->activate(map.lookup(rows()[j]));
    inner->add(map.lookup(rows()[j]), both.rows()[getXs().size() + place]);
  }
  inner->spreadActivity(cloned.ops);
  if (failed(inner->run(cloned.ops)))
    return failure();
  inside.setInsertionPoint(cloned.yield);
  SmallVector<Value> primal(cloned.yield.getOperands()), newYields;
  auto tangent = [&](unsigned k) { return derivativeOrZeros(inside, *inner, primal[k]); };
  llvm::append_range(newYields, ArrayRef(primal).take_front(carryCount()));
  for (unsigned k : parts.carries)
    newYields.push_back(tangent(k));
  llvm::append_range(newYields, ArrayRef(primal).drop_front(carryCount()));
  for (unsigned k : stacked)
    newYields.push_back(tangent(k));
  cloned.yield->setOperands(newYields);

  SmallVector<Value> values(both.getResults().take_front(carryCount()));
  ValueRange rest = both.getResults().drop_front(both.carryCount());
  unsigned stackedCount = getNumResults() - carryCount();
  llvm::append_range(values, rest.take_front(stackedCount));
  walk.replace(*this, values);
  for (auto [place, k] : llvm::enumerate(parts.carries))
    walk.add(values[k], both.getResult(carryCount() + place));
  for (auto [place, k] : llvm::enumerate(stacked))
    walk.add(values[k], rest[stackedCount + place]);
  return success();
}
