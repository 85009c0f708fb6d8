// for and while. Loops whose bodies only compute tensors are nn.for and nn.while; the others are
// scf, with the variables that change as loop-carried values.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;
using Op = sema::BinaryOp;

void Generator::execFor(const sema::ForStmt &stmt) {
  const sema::Type &type = *stmt.iterable->type;
  Val iterable = eval(*stmt.iterable);
  requireSizes(stmt.loc, stmt.resizes);
  bool stops = escapes(*stmt.body);
  DimScope scope = frame->scope;
  auto turn = [&](Val element) {
    frame->scope = scope; // sizes bound in a turn are those of that turn
    bindPattern(*stmt.pattern, std::move(element));
    evalBlock(*stmt.body);
    if (stops)
      arrive(Leave::Continue);
  };
  eachElement(stmt, type, iterable, stops, turn);
  frame->scope = scope;
  if (!stops)
    return;
  if (holdsReturn(*stmt.body))
    arrive(Leave::Break);
  else
    exitFlag() = Val::integer(0); // whatever left, left this loop
}

/// Runs `turn` for each element, as the loop that suits what is iterated.
void Generator::eachElement(const sema::ForStmt &stmt, const sema::Type &type, const Val &iterable,
                            bool stops, const std::function<void(Val)> &turn) {
  std::vector<Slot> slots = assignedIn({stmt.body});
  if (type.is(TypeKind::Batches)) {
    batchLoop(iterable.v, type, slots, stops, [&](std::vector<Val> members) {
      turn(members.size() == 1 ? members[0] : Val::aggregate(std::move(members)));
    });
    return;
  }
  if (iterable.is(Val::Kind::List) ||
      (iterable.is(Val::Kind::Aggregate) && !type.is(TypeKind::Range))) {
    unrolled(stmt, iterable, 0, turn);
    return;
  }
  if (type.is(TypeKind::Map)) {
    if (inGraph)
      unsupported(stmt.loc, "a loop over a map is not compiled inside `grad`");
    Value length = hostCall("nnrt_map_len", {iterable.v}, b.getIndexType(), false);
    hostLoop(0, Size(length), slots, stops, [&](Size i) {
      turn(Val::aggregate(
          {mapKey(iterable.v, type, materialize(i)), mapEntry(iterable.v, type, materialize(i))}));
    });
    return;
  }
  if (type.is(TypeKind::List) || type.is(TypeKind::Str) || iterable.is(Val::Kind::Handle)) {
    listFor(stmt, iterable, type, slots, stops, turn);
    return;
  }
  bool stacked = iterable.is(Val::Kind::Array) || iterable.is(Val::Kind::Model) ||
                 iterable.is(Val::Kind::Tensor);
  if (!stacked && !iterable.is(Val::Kind::Aggregate))
    unsupported(stmt.loc, "a loop over a value of type `" + type.str() + "` is not compiled");
  Size lo = 0, hi = stacked ? lengthOf(iterable, type) : iterable.parts[1].size;
  if (!stacked)
    lo = iterable.parts[0].size;
  bool mayBePure = !stmt.resizes && isPure(*stmt.body);
  bool pure = inGraph ||
              (stacked && !iterable.is(Val::Kind::Tensor) && mayBePure && (!stops || stmt.byRef));
  if (!pure && stacked && iterable.is(Val::Kind::Tensor) && !stops && mayBePure)
    pure = true;
  if (pure)
    pureFor(stmt, iterable, lo, hi, stacked, stops, slots, turn);
  else if (stmt.byRef && stacked)
    stackedHostFor(stmt, iterable, type, slots, stops, turn);
  else
    hostLoop(lo, hi, slots, stops,
             [&](Size i) { turn(stacked ? elementOfStack(iterable, type, i) : Val::integer(i)); });
}

/// Elements that are known when compiling: their code one after another.
void Generator::unrolled(const sema::ForStmt &stmt, const Val &elements, size_t first,
                         const std::function<void(Val)> &turn) {
  Val list = elements;
  for (size_t i = first; i < elements.parts.size(); ++i) {
    turn(elements.parts[i]);
    if (stmt.byRef && stmt.pattern->var) {
      list.parts[i] = lookup(stmt.pattern->var);
      assign(*stmt.iterable, list);
    }
    if (std::optional<int64_t> known = knownExit()) {
      if (*known)
        return;
      continue;
    }
    auto rest = [&]() -> Val {
      unrolled(stmt, list, i + 1, turn);
      return {};
    };
    whereStaying(rest, [&] { return assignedIn({stmt.body}); }, nullptr);
    return;
  }
}

/// A loop over a list or a text's characters; with `for &x` each element is stored back.
void Generator::listFor(const sema::ForStmt &stmt, const Val &iterable, const sema::Type &type,
                        std::vector<Slot> slots, bool stops, const std::function<void(Val)> &turn) {
  if (inGraph)
    unsupported(stmt.loc, "a loop over a list or text is not compiled inside `grad`");
  if (type.is(TypeKind::Str)) {
    Value chars = hostCall("nnrt_str_chars", {toHandle(iterable, {})}, handleType());
    Value length = hostCall("nnrt_list_len", {chars}, b.getIndexType(), false);
    hostLoop(0, Size(length), slots, stops, [&](Size i) {
      turn(string(hostCall("nnrt_list_get_handle", {chars, materialize(i)}, handleType())));
    });
    return;
  }
  Value list = runtimeHandle(iterable, type);
  Value length = hostCall("nnrt_list_len", {list}, b.getIndexType(), false);
  if (!stmt.byRef) {
    hostLoop(0, Size(length), slots, stops, [&](Size i) { turn(listElement(list, type, i)); });
    return;
  }
  // The list is a variable of the loop: its elements change.
  Place place = placeOf(*stmt.iterable);
  sema::Var hidden;
  hidden.type = &type;
  frame->vars[&hidden] = Val::handle(list);
  slots.push_back({&hidden, &frame->vars[&hidden]});
  hostLoop(0, Size(length), slots, stops, [&](Size i) {
    turn(listElement(find(&hidden)->v, type, i, true));
    const sema::Type &elem = *type.elems[0];
    Val value = stmt.pattern->var ? lookup(stmt.pattern->var) : patternValue(*stmt.pattern);
    *find(&hidden) = Val::handle(hostCall("nnrt_list_set" + suffix(slotOf(elem)),
                                          {find(&hidden)->v, materialize(i), stored(value, elem)},
                                          handleType(), true, {0}));
  });
  Val updated = *find(&hidden);
  frame->vars.erase(&hidden);
  store(place, updated);
}

/// The value that the variables of a pattern make up now.
Val Generator::patternValue(const sema::Pattern &pattern) {
  if (pattern.kind == sema::Pattern::Kind::Bind)
    return lookup(pattern.var);
  if (pattern.kind != sema::Pattern::Kind::Tuple)
    unsupported(pattern.loc, "this pattern cannot be updated");
  std::vector<Val> parts;
  for (const sema::Pattern *part : pattern.parts)
    parts.push_back(patternValue(*part));
  return Val::aggregate(std::move(parts));
}

Val Generator::elementOfStack(const Val &stacked, const sema::Type &type, const Size &index) {
  if (stacked.is(Val::Kind::Tensor))
    return elementAt(stacked, index);
  return elementAt(modelParts(stacked, type)[0], index);
}

/// `for &x in models { .. }` with effects in the body: each element is taken out and written back.
void Generator::stackedHostFor(const sema::ForStmt &stmt, const Val &iterable,
                               const sema::Type &type, std::vector<Slot> slots, bool stops,
                               const std::function<void(Val)> &turn) {
  Place place = placeOf(*stmt.iterable);
  sema::Var hidden;
  hidden.type = &type;
  frame->vars[&hidden] = iterable;
  slots.push_back({&hidden, &frame->vars[&hidden]});
  hostLoop(0, lengthOf(iterable, type), slots, stops, [&](Size i) {
    turn(elementOfStack(*find(&hidden), type, i));
    Val changed = stmt.pattern->var ? lookup(stmt.pattern->var) : patternValue(*stmt.pattern);
    *find(&hidden) = withElement(*find(&hidden), type, i, changed, stmt.loc);
  });
  Val updated = *find(&hidden);
  frame->vars.erase(&hidden);
  store(place, updated);
}

/// A loop inside a graph: carries are tensors, a stacked iterable is sliced by the loop itself;
/// with `for &x` the changed elements are stacked again.
void Generator::pureFor(const sema::ForStmt &stmt, const Val &iterable, const Size &lo,
                        const Size &hi, bool stacked, bool stops, std::vector<Slot> &slots,
                        const std::function<void(Val)> &turn) {
  const sema::Type &type = *stmt.iterable->type;
  bool outer = std::exchange(inGraph, true);
  Values init = slotValues(slots), slices;
  inGraph = outer;
  Val element;
  if (iterable.is(Val::Kind::Tensor)) {
    slices = {iterable.v};
  } else if (stacked) {
    element = modelParts(iterable, type)[0];
    leafValues(element, slices);
  }
  Val last;
  Values results = loop(
      lo, hi, init, slices, [&](Size i, llvm::ArrayRef<Value> carried, llvm::ArrayRef<Value> xs) {
        setSlots(slots, carried);
        Val item = Val::integer(i);
        if (iterable.is(Val::Kind::Tensor))
          item = Val::tensor(xs[0]);
        else if (stacked)
          item = withLeaves(element, xs);
        if (stops)
          bindPattern(*stmt.pattern, item);
        auto once = [&]() -> Val {
          turn(item);
          return {};
        };
        // Turns after the loop was left do nothing.
        whereStaying(once, [&] { return assignedIn({stmt.body}, {&stmt}); }, nullptr);
        Values out = slotValues(slots);
        if (stmt.byRef && stmt.pattern->var) {
          last = lookup(stmt.pattern->var);
          if (last.is(Val::Kind::Model))
            last = withFields(last, *type.elems[0]);
          leafValues(last, out);
        }
        return out;
      });
  setSlots(slots, llvm::ArrayRef(results).take_front(init.size()));
  if (stmt.byRef && stmt.pattern->var) {
    Val array = iterable;
    llvm::ArrayRef<Value> rest = llvm::ArrayRef(results).drop_front(init.size());
    if (iterable.is(Val::Kind::Tensor)) {
      array = Val::tensor(rest.front());
    } else {
      array.v = array.state = nullptr;
      array.kind = Val::Kind::Array;
      array.parts = {withLeaves(last, rest)};
    }
    assign(*stmt.iterable, std::move(array));
  }
}

/// A loop over lo..hi on the host. One that may be left early looks at the exit flag before each
/// turn.
void Generator::hostLoop(const Size &lo, const Size &hi, std::vector<Slot> slots, bool stops,
                         const std::function<void(Size)> &turn) {
  if (stops) {
    sema::Var counter;
    frame->vars[&counter] = Val::integer(lo);
    slots.push_back({&counter, &frame->vars[&counter]});
    Value end = materialize(hi);
    auto condition = [&] {
      Val more = binary(Op::Lt, *find(&counter), Val::integer(Size(end)), nullptr, {});
      return bothHold(exitIs(0), [&] { return more; });
    };
    auto step = [&] {
      Size i = find(&counter)->size;
      turn(i);
      *find(&counter) = Val::integer(arith(Op::Add, i, 1));
    };
    whileLoop(slots, condition, step);
    frame->vars.erase(&counter);
    return;
  }
  Values init = slotValues(slots);
  auto op = scf::ForOp::create(b, loc, materialize(lo), materialize(hi), materialize(1), init,
                               [](OpBuilder &, Location, Value, ValueRange) {}); // terminated below
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(op.getBody());
  Values inner(op.getRegionIterArgs().begin(), op.getRegionIterArgs().end());
  setSlots(slots, inner);
  turn(Size(op.getInductionVar()));
  Values yields = slotValues(slots);
  scf::YieldOp::create(b, loc, conformTo(yields, op.getResultTypes()));
  Values results(op.result_begin(), op.result_end());
  setSlots(slots, results);
}

/// Repeats `turn` while the condition holds; `slots` is all that changes.
void Generator::whileLoop(std::vector<Slot> &slots, const ValFn &condition,
                          const std::function<void()> &turn) {
  if (inGraph) {
    Values init = slotValues(slots);
    auto op = nn::WhileOp::create(b, loc, init);
    OpBuilder::InsertionGuard guard(b);
    auto enter = [&](Region &region) {
      b.setInsertionPointToEnd(&region.front());
      Values inner(region.front().args_begin(), region.front().args_end());
      for (auto [value, start] : llvm::zip(inner, init))
        noteSizes(value, shapeOf(start));
      setSlots(slots, inner);
    };
    enter(op.getCondition());
    nn::YieldOp::create(b, loc, toTensor(condition(), {}, {}));
    enter(op.getBody());
    turn();
    nn::YieldOp::create(b, loc, conformTo(slotValues(slots), ValueRange(init).getTypes()));
    Values results(op.result_begin(), op.result_end());
    for (auto [value, start] : llvm::zip(results, init))
      noteSizes(value, shapeOf(start));
    b.setInsertionPointAfter(op);
    setSlots(slots, results);
    return;
  }
  Values init = slotValues(slots);
  SmallVector<Type> types;
  for (Value v : init)
    types.push_back(v.getType());
  auto op = scf::WhileOp::create(b, loc, types, init);
  OpBuilder::InsertionGuard guard(b);
  auto enter = [&](Region &region) {
    Block *block = b.createBlock(&region, {}, types, SmallVector<Location>(types.size(), loc));
    Values inner(block->args_begin(), block->args_end());
    setSlots(slots, inner);
  };
  enter(op.getBefore());
  Value go = toCondition(condition());
  scf::ConditionOp::create(b, loc, go, conformTo(slotValues(slots), types));
  enter(op.getAfter());
  host::TurnOp::create(b, loc); // a loop without end and without effects stays
  turn();
  scf::YieldOp::create(b, loc, conformTo(slotValues(slots), types));
  Values results(op.result_begin(), op.result_end());
  setSlots(slots, results);
}

void Generator::execWhile(const sema::WhileStmt &stmt) {
  requireSizes(stmt.loc, stmt.resizes);
  bool stops = escapes(*stmt.body);
  std::vector<Slot> slots = assignedIn({stmt.cond, stmt.body});
  DimScope scope = frame->scope;
  auto condition = [&] {
    frame->scope = scope;
    if (!stops)
      return eval(*stmt.cond);
    auto test = [&] { return eval(*stmt.cond); };
    if (inGraph)
      return binary(Op::And, exitIs(0), test(), nullptr, stmt.loc);
    return branch(
        exitIs(0), [&] { return Val::boolean(toCondition(test())); },
        [&] { return Val::boolean(arith::ConstantIntOp::create(b, loc, 0, 1)); },
        assignedIn({stmt.cond}), nullptr);
  };
  whileLoop(slots, condition, [&] {
    frame->scope = scope;
    evalBlock(*stmt.body);
    if (stops)
      arrive(Leave::Continue);
  });
  frame->scope = scope;
  if (!stops)
    return;
  if (holdsReturn(*stmt.body))
    arrive(Leave::Break);
  else
    exitFlag() = Val::integer(0);
}

/// A loop over the batches of an iterator: turn gets the members of a batch.
void Generator::batchLoop(Value iterator, const sema::Type &type, std::vector<Slot> slots,
                          bool stops, const std::function<void(std::vector<Val>)> &turn) {
  if (inGraph)
    unsupported({}, "a loop over batches is not compiled inside `grad`");
  Values init = slotValues(slots);
  SmallVector<Type> carried, all, members;
  for (Value v : init)
    carried.push_back(v.getType());
  // x: [B, ...] where B differs from batch to batch unless the type says it.
  std::vector<Sizes> shapes;
  for (const sema::Type *member : type.elems) {
    const sema::DimVar *fresh = member->shape.empty() ? nullptr : member->shape[0].dim.asVar();
    bool dynamic = fresh && fresh->kind == sema::DimVar::Kind::Fresh;
    sema::Shape rest(member->shape.begin() + 1, member->shape.end());
    Sizes shape = shapeOf(rest);
    shape.insert(shape.begin(), dynamic ? Size(Value()) : sizeOf(member->shape[0].dim));
    SmallVector<int64_t> dims;
    for (const Size &s : shape)
      dims.push_back(s.isConstant() && !(dynamic && dims.empty()) ? s.constant
                                                                  : ShapedType::kDynamic);
    members.push_back(RankedTensorType::get(dims, elementType(member->dtype)));
    shapes.push_back(shape);
  }
  all.append(carried);
  all.append(members);
  auto op = scf::WhileOp::create(b, loc, all, init);
  OpBuilder::InsertionGuard guard(b);
  Block *before =
      b.createBlock(&op.getBefore(), {}, carried, SmallVector<Location>(carried.size(), loc));
  Values entering(before->args_begin(), before->args_end());
  setSlots(slots, entering);
  auto next = host::IterNextOp::create(b, loc, b.getI1Type(), members, iterator);
  Value go = next.getOk();
  if (stops)
    go = arith::AndIOp::create(b, loc, toCondition(exitIs(0)), go);
  SmallVector<Value> forward(before->getArguments());
  llvm::append_range(forward, next.getMembers());
  scf::ConditionOp::create(b, loc, go, forward);

  Block *after = b.createBlock(&op.getAfter(), {}, all, SmallVector<Location>(all.size(), loc));
  Values inner(after->args_begin(), after->args_begin() + init.size());
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
    Values dynamic = dynamicSizes(shapes[i]);
    Value shaped = dynamic.empty()
                       ? member
                       : host::ShapedOp::create(b, loc, member.getType(), member, dynamic);
    noteSizes(shaped, shapes[i]);
    values.push_back(Val::tensor(shaped));
  }
  turn(std::move(values));
  Values yields = slotValues(slots);
  scf::YieldOp::create(b, loc, conformTo(yields, carried));
  Values results(op.result_begin(), op.result_begin() + init.size());
  setSlots(slots, results);
}

} // namespace nnc::irgen
