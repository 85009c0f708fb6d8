// Blocks, statements and assignment to places.
#include "compiler/frontend/sema/Walk.h"
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

/// Whether control may leave a statement or expression by `return`, `break` or `continue`.
static bool escapes(const sema::Expr &expr);
static bool escapes(const sema::Stmt &stmt) {
  switch (stmt.kind) {
  case sema::StmtKind::Return:
  case sema::StmtKind::Break:
  case sema::StmtKind::Continue: return true;
  default: break;
  }
  bool found = false;
  sema::forEachChild(stmt, [&](const sema::Expr &e) { found |= escapes(e); }, [&](const sema::Stmt &s) { found |= escapes(s); });
  return found;
}
static bool escapes(const sema::Expr &expr) {
  if (expr.kind == sema::ExprKind::Closure)
    return false;
  bool found = false;
  sema::forEachChild(expr, [&](const sema::Expr &e) { found |= escapes(e); }, [&](const sema::Stmt &s) { found |= escapes(s); });
  return found;
}

/// A function's or closure's body: `return` ends it.
Val Generator::evalBody(const sema::Expr &body) {
  Val value = eval(body);
  if (leaving == Leaving::Return) {
    leaving = Leaving::No;
    return std::exchange(returned, Val());
  }
  return value;
}

Val Generator::evalScoped(const sema::Expr &expr) { return eval(expr); }

Val Generator::evalBlock(const sema::Block &block) { return evalRest(block, 0); }

/// Statements from `first` on. `if c { return a }; rest` is evaluated as `if c { return a } else { rest }`, so
/// that leaving early needs no flags.
Val Generator::evalRest(const sema::Block &block, size_t first) {
  for (size_t i = first; i < block.stmts.size(); ++i) {
    const sema::Stmt &stmt = *block.stmts[i];
    loc = at(stmt.loc);
    if (stmt.kind == sema::StmtKind::Expr) {
      const sema::Expr &value = *sema::as<sema::ExprStmt>(stmt).value;
      if (value.kind == sema::ExprKind::If && escapes(value))
        return evalEscapingIf(sema::as<sema::If>(value), block, i + 1);
    }
    exec(stmt);
    if (leaving != Leaving::No)
      return {};
  }
  if (!block.result)
    return {};
  if (block.result->kind == sema::ExprKind::If && escapes(*block.result))
    return evalEscapingIf(sema::as<sema::If>(*block.result), block, block.stmts.size() + 1);
  return eval(*block.result);
}

/// An `if` with a way out in a branch: what follows it in the block belongs to the branches that go on.
Val Generator::evalEscapingIf(const sema::If &expr, const sema::Block &block, size_t next) {
  Val condition = eval(*expr.cond);
  std::vector<const sema::Stmt *> rest;
  bool isResult = next > block.stmts.size();
  auto side = [&](const sema::Expr *body) {
    Val value;
    if (body)
      value = eval(*body);
    if (leaving == Leaving::Return) {
      leaving = Leaving::No;
      return std::exchange(returned, Val());
    }
    if (leaving != Leaving::No)
      unsupported(expr.loc, "`break` and `continue` inside `if` are not compiled in this place");
    return isResult ? value : evalRest(block, next);
  };
  if (std::optional<bool> known = knownCondition(condition)) {
    const sema::Expr *taken = *known ? expr.then : expr.otherwise;
    Val value = taken ? eval(*taken) : Val();
    if (leaving != Leaving::No)
      return {};
    return isResult ? value : evalRest(block, next);
  }
  if (!frame->fn && !frame->parent)
    unsupported(expr.loc, "`return`, `break` and `continue` under this condition are not compiled at the top level");
  std::vector<Slot> slots = assignedIn({&block, expr.then, expr.otherwise});
  Val value = branch(condition, [&] { return side(expr.then); }, [&] { return side(expr.otherwise); }, slots, frame->fn ? frame->fn->result : nullptr);
  leaving = Leaving::Return;
  returned = value;
  return {};
}

void Generator::exec(const sema::Stmt &stmt) {
  switch (stmt.kind) {
  case sema::StmtKind::Let: {
    auto &let = sema::as<sema::LetStmt>(stmt);
    bindPattern(*let.pattern, evalStored(*let.value));
    return;
  }
  case sema::StmtKind::Assign: {
    auto &set = sema::as<sema::AssignStmt>(stmt);
    Val value = eval(*set.value);
    if (set.op)
      value = binary(*set.op, eval(*set.place), value, set.place->type, set.loc);
    assign(*set.place, std::move(value));
    return;
  }
  case sema::StmtKind::Expr: eval(*sema::as<sema::ExprStmt>(stmt).value); return;
  case sema::StmtKind::For: execFor(sema::as<sema::ForStmt>(stmt)); return;
  case sema::StmtKind::While: execWhile(sema::as<sema::WhileStmt>(stmt)); return;
  case sema::StmtKind::Break: leaving = Leaving::Break; return;
  case sema::StmtKind::Continue: leaving = Leaving::Continue; return;
  case sema::StmtKind::Return: {
    auto &ret = sema::as<sema::ReturnStmt>(stmt);
    returned = ret.value ? eval(*ret.value) : Val();
    leaving = Leaving::Return;
    return;
  }
  case sema::StmtKind::Expect: execExpect(sema::as<sema::ExpectStmt>(stmt)); return;
  case sema::StmtKind::Assume: checkFact(sema::as<sema::AssumeStmt>(stmt).fact); return;
  }
}

/// Stores into a place; the parts of the value around it stay.
void Generator::assign(const sema::Expr &place, Val value) {
  switch (place.kind) {
  case sema::ExprKind::VarRef: {
    const sema::Var *var = sema::as<sema::VarRef>(place).var;
    if (var->type && var->type->is(TypeKind::Tensor) && !value.is(Val::Kind::Bool))
      value = Val::tensor(toTensor(value, elementType(var->type->dtype), place.loc));
    lookup(var) = std::move(value);
    return;
  }
  case sema::ExprKind::Tuple: {
    auto &tuple = sema::as<sema::TupleExpr>(place);
    for (size_t i = 0; i < tuple.elems.size(); ++i)
      assign(*tuple.elems[i], value.parts[i]);
    return;
  }
  case sema::ExprKind::Field: {
    auto &field = sema::as<sema::Field>(place);
    Val base = eval(*field.base);
    if (base.is(Val::Kind::Model)) {
      base.parts = modelParts(base, *field.base->type);
      base.v = base.state = nullptr;
    }
    base.parts[field.index] = std::move(value);
    assign(*field.base, std::move(base));
    return;
  }
  case sema::ExprKind::Convert: // T -> T?
    if (!value.is(Val::Kind::None))
      assign(*sema::as<sema::Convert>(place).value, std::move(value));
    return;
  case sema::ExprKind::None: return; // an optional place that was left out
  case sema::ExprKind::Index: assignIndex(sema::as<sema::Index>(place), std::move(value)); return;
  case sema::ExprKind::Prim: {
    auto &prim = sema::as<sema::Prim>(place);
    if (prim.name == "params") {
      Val model = flattened(eval(*prim.args[0].value), *prim.args[0].value->type, frame->scope);
      model.v = value.v;
      assign(*prim.args[0].value, std::move(model));
      return;
    }
    if (prim.name == "training_rng") {
      *find(&trainingRng) = std::move(value);
      return;
    }
    break;
  }
  default: break;
  }
  unsupported(place.loc, "this place cannot be assigned to");
}

void Generator::execFor(const sema::ForStmt &stmt) {
  const sema::Type &type = *stmt.iterable->type;
  Val iterable = eval(*stmt.iterable);
  std::vector<Slot> slots = assignedIn({stmt.body});
  auto body = [&](Val element) {
    bindPattern(*stmt.pattern, std::move(element));
    evalBlock(*stmt.body);
    if (leaving == Leaving::Continue)
      leaving = Leaving::No;
    if (leaving != Leaving::No)
      unsupported(stmt.loc, "`break` and `return` out of this loop are not compiled");
  };
  if (type.is(TypeKind::Batches)) {
    batchLoop(iterable.v, type, slots, [&](std::vector<Val> members) {
      body(members.size() == 1 ? members[0] : Val::aggregate(std::move(members)));
    });
    return;
  }
  if (iterable.is(Val::Kind::List) || (iterable.is(Val::Kind::Aggregate) && !type.is(TypeKind::Range))) {
    for (const Val &element : iterable.parts)
      body(element);
    return;
  }
  if (iterable.is(Val::Kind::Handle)) {
    listLoop(iterable.v, type, slots, body);
    return;
  }
  bool stacked = iterable.is(Val::Kind::Array) || iterable.is(Val::Kind::Model) || iterable.is(Val::Kind::Tensor);
  Size lo = 0, hi = stacked ? lengthOf(iterable, type) : iterable.parts[1].size;
  if (!stacked)
    lo = iterable.parts[0].size;
  if (!inGraph && !(stacked && isPure(*stmt.body))) {
    hostLoop(lo, hi, slots, [&](Size i) { body(stacked ? elementAt(iterable, i) : Val::integer(i)); });
    return;
  }
  pureFor(stmt, iterable, lo, hi, stacked, slots, body);
}

/// A loop inside a graph: carries are tensors, a stacked iterable is sliced by the loop itself; with `for &x`
/// the changed elements are stacked again.
void Generator::pureFor(const sema::ForStmt &stmt, Val iterable, const Size &lo, const Size &hi, bool stacked,
                        std::vector<Slot> &slots, const std::function<void(Val)> &body) {
  const sema::Type &type = *stmt.iterable->type;
  std::vector<Value> init = slotValues(slots), slices;
  Val element;
  if (iterable.is(Val::Kind::Tensor)) {
    slices = {iterable.v};
  } else if (stacked) {
    element = modelParts(iterable, type)[0];
    leafValues(element, slices);
  }
  Val last;
  std::vector<Value> results = loop(lo, hi, init, slices, [&](Size i, llvm::ArrayRef<Value> carried, llvm::ArrayRef<Value> xs) {
    setSlots(slots, carried);
    Val item = Val::integer(i);
    if (iterable.is(Val::Kind::Tensor))
      item = Val::tensor(xs[0]);
    else if (stacked)
      item = withLeaves(element, xs);
    body(item);
    std::vector<Value> out = slotValues(slots);
    if (stmt.byRef && stmt.pattern->var) {
      last = lookup(stmt.pattern->var);
      leafValues(last, out);
    }
    return out;
  });
  setSlots(slots, llvm::ArrayRef(results).take_front(init.size()));
  if (stmt.byRef && stmt.pattern->var) {
    Val array = iterable;
    array.v = array.state = nullptr;
    array.kind = Val::Kind::Array;
    llvm::ArrayRef<Value> rest = llvm::ArrayRef(results).drop_front(init.size());
    array.parts = {withLeaves(last, rest)};
    assign(*stmt.iterable, std::move(array));
  }
}

void Generator::execWhile(const sema::WhileStmt &stmt) {
  if (inGraph)
    unsupported(stmt.loc, "`while` is not compiled inside `grad`");
  std::vector<Slot> slots = assignedIn({stmt.cond, stmt.body});
  std::vector<Value> init = slotValues(slots);
  SmallVector<Type> types;
  for (Value v : init)
    types.push_back(v.getType());
  auto op = scf::WhileOp::create(b, loc, types, init);
  OpBuilder::InsertionGuard guard(b);
  auto enter = [&](Region &region) {
    Block *block = b.createBlock(&region, {}, types, SmallVector<Location>(types.size(), loc));
    std::vector<Value> inner(block->args_begin(), block->args_end());
    setSlots(slots, inner);
  };
  enter(op.getBefore());
  Value go = toCondition(eval(*stmt.cond));
  scf::ConditionOp::create(b, loc, go, conformTo(slotValues(slots), types));
  enter(op.getAfter());
  evalBlock(*stmt.body);
  if (leaving == Leaving::Continue)
    leaving = Leaving::No;
  if (leaving != Leaving::No)
    unsupported(stmt.loc, "`break` and `return` out of this loop are not compiled");
  scf::YieldOp::create(b, loc, conformTo(slotValues(slots), types));
  std::vector<Value> results(op.result_begin(), op.result_end());
  setSlots(slots, results);
}

} // namespace nnc::irgen
