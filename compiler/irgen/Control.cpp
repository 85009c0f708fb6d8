// Branches and loops. Pure loops over tensors are nn.for / nn.if; everything else is scf with the changed
// variables as loop-carried values.
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
Val Generator::branch(const Val &condition, const ValFn &then, const ValFn &otherwise, std::vector<Slot> slots,
                      const sema::Type *type) {
  if (std::optional<bool> known = knownCondition(condition))
    return *known ? then() : otherwise();
  // The branches as they stand before it is known what they give: two regions, filled, then typed.
  std::vector<Value> before = slotValues(slots);
  bool pure = inGraph;
  Region regions[2];
  std::vector<Value> values[2];
  Val results[2];
  std::vector<Val> saved;
  for (Slot &slot : slots)
    saved.push_back(*slot.value);
  for (int side = 0; side < 2; ++side) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&regions[side]);
    results[side] = side == 0 ? then() : otherwise();
    results[side] = carriedForm(results[side], type, frame->scope);
    collect(results[side], values[side]);
    std::vector<Value> after = slotValues(slots);
    values[side].insert(values[side].end(), after.begin(), after.end());
    for (size_t i = 0; i < slots.size(); ++i)
      if (side == 0)
        *slots[i].value = saved[i];
  }
  if (values[0].size() != values[1].size())
    unsupported({}, "the branches of this `if` give values of different kinds");
  SmallVector<Type> types;
  for (auto [x, y] : llvm::zip(values[0], values[1]))
    types.push_back(commonType(x.getType(), y.getType()));
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
  if (pure)
    op = nn::IfOp::create(b, loc, types, toTensor(condition, {}, {}), branchSizes(types, values[0]));
  else
    op = scf::IfOp::create(b, loc, types, toCondition(condition), /*addThenBlock=*/false, /*addElseBlock=*/false);
  for (int side = 0; side < 2; ++side)
    op->getRegion(side).takeBody(regions[side]);
  std::vector<Value> all(op->result_begin(), op->result_end());
  llvm::ArrayRef<Value> rest(all);
  Val result = rebuild(results[1], rest);
  setSlots(slots, rest);
  return result;
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
Values Generator::branchSizes(TypeRange types, llvm::ArrayRef<Value> values) {
  Values out;
  for (auto [type, value] : llvm::zip(types, values)) {
    auto tensor = mlir::cast<RankedTensorType>(type);
    Sizes shape = shapeOf(value);
    for (int64_t axis = 0; axis < tensor.getRank(); ++axis)
      if (tensor.isDynamicDim(axis))
        out.push_back(materialize(shape[axis]));
  }
  return out;
}

Val Generator::evalIf(const sema::If &expr) {
  Val condition = eval(*expr.cond);
  return branch(
      condition, [&] { return evalScoped(*expr.then); },
      [&] { return expr.otherwise ? evalScoped(*expr.otherwise) : Val(); },
      assignedIn({expr.then, expr.otherwise}), expr.type);
}

/// if let: whether a value is absent is known when compiling, or it is a handle that may be null.
Val Generator::evalIfLet(const sema::IfLet &expr) {
  Val value = eval(*expr.value);
  if (value.is(Val::Kind::None))
    return expr.otherwise ? evalScoped(*expr.otherwise) : Val();
  auto then = [&] {
    const sema::Pattern *pattern = expr.pattern;
    if (pattern->kind == sema::Pattern::Kind::Some)
      pattern = pattern->parts[0];
    bindPattern(*pattern, value.is(Val::Kind::Maybe) ? value.parts[0] : value);
    return evalScoped(*expr.then);
  };
  if (!value.is(Val::Kind::Maybe))
    return then();
  return branch(Val::boolean(value.v), then, [&] { return expr.otherwise ? evalScoped(*expr.otherwise) : Val(); },
                assignedIn({expr.then, expr.otherwise}), expr.type);
}

/// A pure loop: carries and stacked inputs in, carries and stacked outputs out.
/// body(iv, carries, slices) gives the new carries and then what is stacked.
std::vector<Value> Generator::loop(const Size &lo, const Size &hi, std::vector<Value> carries,
                                   const std::vector<Value> &stacked, const LoopBody &body) {
  Region region;
  Block *block = nullptr;
  std::vector<Value> yields;
  {
    OpBuilder::InsertionGuard guard(b);
    block = b.createBlock(&region);
    Value iv = block->addArgument(b.getIndexType(), loc);
    std::vector<Value> inner, slices;
    for (Value carry : carries) {
      inner.push_back(block->addArgument(carry.getType(), loc));
      noteSizes(inner.back(), shapeOf(carry));
    }
    for (Value xs : stacked) {
      std::vector<Size> shape = shapeOf(xs);
      shape.erase(shape.begin());
      slices.push_back(block->addArgument(tensorType(mlir::cast<RankedTensorType>(xs.getType()).getElementType(), shape), loc));
      noteSizes(slices.back(), shape);
    }
    bool outer = std::exchange(inGraph, true);
    yields = body(Size(iv), inner, slices);
    inGraph = outer;
    SmallVector<Type> types;
    for (Value carry : carries)
      types.push_back(carry.getType());
    std::vector<Value> conformed = conformTo(llvm::ArrayRef(yields).take_front(carries.size()), types);
    llvm::copy(conformed, yields.begin());
    nn::YieldOp::create(b, loc, yields);
  }
  Size count = arith(sema::BinaryOp::Sub, hi, lo);
  SmallVector<Type> types;
  std::vector<std::vector<Size>> shapes;
  for (size_t i = 0; i < yields.size(); ++i) {
    std::vector<Size> shape = i < carries.size() ? shapeOf(carries[i]) : shapeOf(yields[i]);
    if (i >= carries.size())
      shape.insert(shape.begin(), count);
    types.push_back(i < carries.size() ? carries[i].getType()
                                       : tensorType(mlir::cast<RankedTensorType>(yields[i].getType()).getElementType(), shape));
    shapes.push_back(std::move(shape));
  }
  Values rows;
  for (size_t i = carries.size(); i < shapes.size(); ++i)
    llvm::append_range(rows, dynamicSizes(shapes[i]));
  auto op = nn::ForOp::create(b, loc, types, materialize(lo), materialize(hi), carries, stacked, rows);
  op->getRegion(0).takeBody(region);
  std::vector<Value> results(op->result_begin(), op->result_end());
  for (size_t i = 0; i < results.size(); ++i)
    noteSizes(results[i], shapes[i]);
  return results;
}

/// A loop over lo..hi on the host.
void Generator::hostLoop(const Size &lo, const Size &hi, std::vector<Slot> slots,
                         const std::function<void(Size)> &body) {
  std::vector<Value> init = slotValues(slots);
  auto op = scf::ForOp::create(b, loc, materialize(lo), materialize(hi), materialize(1), init,
                               [](OpBuilder &, Location, Value, ValueRange) {}); // terminated below
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(op.getBody());
  std::vector<Value> inner(op.getRegionIterArgs().begin(), op.getRegionIterArgs().end());
  setSlots(slots, inner);
  body(Size(op.getInductionVar()));
  std::vector<Value> yields = slotValues(slots);
  scf::YieldOp::create(b, loc, conformTo(yields, op.getResultTypes()));
  std::vector<Value> results(op.result_begin(), op.result_end());
  setSlots(slots, results);
}

/// A loop over the batches of an iterator: body gets the members of a batch.
void Generator::batchLoop(Value iterator, const sema::Type &type, std::vector<Slot> slots,
                          const std::function<void(std::vector<Val>)> &body) {
  std::vector<Value> init = slotValues(slots);
  SmallVector<Type> carried, all, members;
  for (Value v : init)
    carried.push_back(v.getType());
  // x: [B, ...] where B differs from batch to batch unless the type says it.
  std::vector<std::vector<Size>> shapes;
  for (const sema::Type *member : type.elems) {
    const sema::DimVar *fresh = member->shape.empty() ? nullptr : member->shape[0].dim.asVar();
    bool dynamic = fresh && fresh->kind == sema::DimVar::Kind::Fresh;
    sema::Shape rest(member->shape.begin() + 1, member->shape.end());
    std::vector<Size> shape = shapeOf(rest);
    shape.insert(shape.begin(), dynamic ? Size(Value()) : sizeOf(member->shape[0].dim));
    SmallVector<int64_t> dims;
    for (const Size &s : shape)
      dims.push_back(s.isConstant() && !(dynamic && dims.empty()) ? s.constant : ShapedType::kDynamic);
    members.push_back(RankedTensorType::get(dims, elementType(member->dtype)));
    shapes.push_back(shape);
  }
  all.append(carried);
  all.append(members);
  auto op = scf::WhileOp::create(b, loc, all, init);
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&op.getBefore(), {}, carried, SmallVector<Location>(carried.size(), loc));
  auto next = host::IterNextOp::create(b, loc, b.getI1Type(), members, iterator);
  SmallVector<Value> forward(before->getArguments());
  llvm::append_range(forward, next.getMembers());
  scf::ConditionOp::create(b, loc, next.getOk(), forward);

  Block *after = b.createBlock(&op.getAfter(), {}, all, SmallVector<Location>(all.size(), loc));
  std::vector<Value> inner(after->args_begin(), after->args_begin() + init.size());
  setSlots(slots, inner);
  Size batch;
  std::vector<Val> values;
  for (size_t i = 0; i < members.size(); ++i) {
    Value member = after->getArgument(init.size() + i);
    if (mlir::cast<RankedTensorType>(members[i]).isDynamicDim(0)) {
      if (!batch.value)
        batch = Size(host::DimOp::create(b, loc, member, 0).getResult());
      shapes[i][0] = batch;
      frame->scope.dims[type.elems[i]->shape[0].dim.asVar()] = batch;
    }
    std::vector<Value> dynamic = dynamicSizes(shapes[i]);
    Value shaped = dynamic.empty() ? member : host::ShapedOp::create(b, loc, member.getType(), member, dynamic);
    noteSizes(shaped, shapes[i]);
    values.push_back(Val::tensor(shaped));
  }
  body(std::move(values));
  std::vector<Value> yields = slotValues(slots);
  scf::YieldOp::create(b, loc, conformTo(yields, carried));
  std::vector<Value> results(op.result_begin(), op.result_begin() + init.size());
  setSlots(slots, results);
}

} // namespace nnc::irgen
