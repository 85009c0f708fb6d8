// Branches and loops. Pure loops over tensors are nn.for / nn.if; everything else is scf with the
// changed variables as loop-carried values.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace nnc::irgen {

/// A condition whose value is known now.
std::optional<bool> Generator::knownCondition(const Val &value) {
  if (!value.v)
    return std::nullopt;
  APInt bit;
  if (matchPattern(value.v, m_ConstantInt(&bit)))
    return !bit.isZero();
  return std::nullopt;
}

/// Evaluates one of two expressions; what either changes is merged.
Val Generator::branch(const Val &condition, const ValFn &then, const ValFn &otherwise,
                      std::vector<Slot> slots, const sema::Type *type) {
  if (std::optional<bool> known = knownCondition(condition))
    return *known ? then() : otherwise();
  Location here = loc;
  // The branches as they stand before it is known what they give: two regions, filled, then typed.
  std::vector<Value> before = slotValues(slots);
  bool pure = inGraph;
  Region regions[2];
  std::vector<Value> values[2];
  Val results[2];
  std::vector<Val> saved;
  for (Slot &slot : slots)
    saved.push_back(*slot.value);
  bool wantsValue = type && !type->is(sema::Type::Kind::Unit) && !type->is(sema::Type::Kind::Never);
  DimScope scope = frame->scope;
  for (int side = 0; side < 2; ++side) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&regions[side]);
    results[side] = side == 0 ? then() : otherwise();
    loc = here;
    // A side that was left, or that never ends, gives any value.
    std::optional<int64_t> exit = knownExit();
    if (wantsValue && ((exit && *exit) || results[side].is(Val::Kind::Unit)))
      results[side] = defaultOf(type);
    if (type && !wantsValue)
      results[side] = Val();
    results[side] = carriedForm(results[side], wantsValue ? type : nullptr, frame->scope);
    frame->scope = scope; // sizes bound inside are not known after it
    collect(results[side], values[side]);
    std::vector<Value> after = slotValues(slots);
    values[side].insert(values[side].end(), after.begin(), after.end());
    for (size_t i = 0; i < slots.size(); ++i) {
      if (side == 0)
        std::swap(*slots[i].value, saved[i]);
      else if (pure)
        requireAgreement(saved[i], *slots[i].value, slots[i].var->type);
    }
  }
  if (pure && wantsValue)
    requireAgreement(results[0], results[1], type);
  if (values[0].size() != values[1].size() || !sameFunctions(results[0], results[1])) {
    if (type)
      unsupported({}, "the branches of this `if` give values of different kinds: " + type->str() +
                          " cannot be chosen when running");
    unsupported({}, "the branches of this `if` give values of different kinds");
  }
  SmallVector<Type> types;
  for (auto [x, y] : llvm::zip(values[0], values[1]))
    types.push_back(commonType(x.getType(), y.getType()));
  if (pure)
    requireTensors(types, here);
  for (int side = 0; side < 2; ++side) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(&regions[side].front());
    std::vector<Value> yields = conformTo(values[side], types);
    if (pure)
      nn::YieldOp::create(b, loc, yields);
    else
      scf::YieldOp::create(b, loc, yields);
  }
  Operation *op;
  std::vector<Sizes> shapes;
  for (Value value : pure ? values[0] : Values())
    shapes.push_back(shapeOutside(value, regions[0]));
  if (pure)
    op = nn::IfOp::create(b, loc, types, toTensor(condition, {}, {}), branchSizes(types, shapes));
  else
    op = scf::IfOp::create(b, loc, types, toCondition(condition), /*addThenBlock=*/false,
                           /*addElseBlock=*/false);
  for (int side = 0; side < 2; ++side)
    op->getRegion(side).takeBody(regions[side]);
  std::vector<Value> all(op->result_begin(), op->result_end());
  for (auto [i, value] : llvm::enumerate(all))
    if (pure)
      noteSizes(value, shapes[i]);
  llvm::ArrayRef<Value> rest(all);
  Val result = rebuild(wantsValue ? withoutSizes(results[1]) : results[1], rest);
  setSlots(slots, rest);
  return result;
}

/// Whether functions inside two values are the same, so that a value chosen of them has them.
bool Generator::sameFunctions(const Val &x, const Val &y) {
  if (x.is(Val::Kind::Fn) || y.is(Val::Kind::Fn))
    return x.kind == y.kind && x.closure == y.closure && x.fn == y.fn;
  if (x.parts.size() != y.parts.size())
    return false;
  for (size_t i = 0; i < x.parts.size(); ++i)
    if (!sameFunctions(x.parts[i], y.parts[i]))
      return false;
  return true;
}

/// What a branch or loop inside a graph gives must be tensors.
void Generator::requireTensors(TypeRange types, Location where) {
  for (Type type : types)
    if (!isa<RankedTensorType>(type)) {
      loc = where;
      unsupported({}, "text, lists and maps cannot change in branches and loops inside `grad`");
    }
}

/// The type that both sides of a branch can take: sizes that differ are dynamic.
Type Generator::commonType(Type x, Type y) {
  if (x == y || !isa<RankedTensorType>(x))
    return x;
  auto p = mlir::cast<RankedTensorType>(x), q = mlir::cast<RankedTensorType>(y);
  SmallVector<int64_t> shape(p.getShape());
  for (int64_t i = 0; i < p.getRank(); ++i)
    if (shape[i] != q.getDimSize(i))
      shape[i] = ShapedType::kDynamic;
  return RankedTensorType::get(shape, p.getElementType());
}

/// The sizes that a pure branch gives its results: the sides agree on them.
Values Generator::branchSizes(TypeRange types, llvm::ArrayRef<Sizes> shapes) {
  Values out;
  for (auto [type, shape] : llvm::zip(types, shapes)) {
    auto tensor = mlir::cast<RankedTensorType>(type);
    for (int64_t axis = 0; axis < tensor.getRank(); ++axis)
      if (tensor.isDynamicDim(axis))
        out.push_back(materialize(shape[axis]));
  }
  return out;
}

/// Inside a graph, whose buffers are planned before it runs, branches agree on all sizes.
void Generator::requireSizes(const sema::Expr &expr, bool resizes, const Val &condition) {
  if (inGraph && resizes && !knownCondition(condition))
    unsupported(expr.loc,
                "a size depends on the branch that is taken here, which is not possible where "
                "derivatives are computed",
                DiagKind::SizeInGraph);
}

/// The same of the turns of a loop.
void Generator::requireSizes(Loc where, const sema::Var *resizes) {
  if (inGraph && resizes)
    unsupported(where,
                "`" + resizes->name +
                    "` has another size after each turn of this loop, which is not possible where "
                    "derivatives are computed",
                DiagKind::SizeInGraph);
}

Val Generator::evalIf(const sema::If &expr) {
  Val condition = eval(*expr.cond);
  requireSizes(expr, expr.resizes, condition);
  return branch(
      condition, [&] { return eval(*expr.then); },
      [&] { return expr.otherwise ? eval(*expr.otherwise) : Val(); },
      assignedIn({expr.then, expr.otherwise}), expr.type);
}

/// A pure loop: carries and stacked inputs in, carries and stacked outputs out.
/// body(iv, carries, slices) gives the new carries and then what is stacked.
std::vector<Value> Generator::loop(const Size &lo, const Size &hi, std::vector<Value> carries,
                                   const std::vector<Value> &stacked, const LoopBody &body) {
  Region region;
  Block *block = nullptr;
  std::vector<Value> yields;
  std::vector<Sizes> carryShapes;
  for (Value carry : carries)
    carryShapes.push_back(shapeOf(carry));
  {
    OpBuilder::InsertionGuard guard(b);
    block = b.createBlock(&region);
    Value iv = block->addArgument(b.getIndexType(), loc);
    std::vector<Value> inner, slices;
    requireTensors(ValueRange(carries).getTypes(), loc);
    for (Value carry : carries) {
      inner.push_back(block->addArgument(carry.getType(), loc));
      noteSizes(inner.back(), carryShapes[inner.size() - 1]);
    }
    for (Value xs : stacked) {
      std::vector<Size> shape = shapeOf(xs);
      shape.erase(shape.begin());
      slices.push_back(block->addArgument(
          tensorType(mlir::cast<RankedTensorType>(xs.getType()).getElementType(), shape), loc));
      noteSizes(slices.back(), shape);
    }
    bool outer = std::exchange(inGraph, true);
    yields = body(Size(iv), inner, slices);
    inGraph = outer;
    SmallVector<Type> types;
    for (Value carry : carries)
      types.push_back(carry.getType());
    std::vector<Value> conformed =
        conformTo(llvm::ArrayRef(yields).take_front(carries.size()), types);
    llvm::copy(conformed, yields.begin());
    nn::YieldOp::create(b, loc, yields);
  }
  Size count = arith(sema::BinaryOp::Sub, hi, lo);
  SmallVector<Type> types;
  std::vector<std::vector<Size>> shapes;
  for (size_t i = 0; i < yields.size(); ++i) {
    std::vector<Size> shape = i < carries.size() ? carryShapes[i] : shapeOutside(yields[i], region);
    if (i >= carries.size())
      shape.insert(shape.begin(), count);
    types.push_back(
        i < carries.size()
            ? carries[i].getType()
            : tensorType(mlir::cast<RankedTensorType>(yields[i].getType()).getElementType(),
                         shape));
    shapes.push_back(std::move(shape));
  }
  Values rows;
  for (size_t i = carries.size(); i < shapes.size(); ++i)
    llvm::append_range(rows, dynamicSizes(Sizes(shapes[i].begin() + 1, shapes[i].end())));
  auto op =
      nn::ForOp::create(b, loc, types, materialize(lo), materialize(hi), carries, stacked, rows);
  op->getRegion(0).takeBody(region);
  std::vector<Value> results(op->result_begin(), op->result_end());
  for (size_t i = 0; i < results.size(); ++i)
    noteSizes(results[i], shapes[i]);
  return results;
}

} // namespace nnc::irgen
