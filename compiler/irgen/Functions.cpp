// Functions of the host that are called, not expanded: those that call themselves, bodies of
// `catch`, formatters.
//
// Note [Host functions]
// A function that is recursive becomes a func.func. Its arguments are the dims that it mentions,
// then its parameters and the top-level values that it (or what it calls) reads, in canonical form;
// its results are the result, then its & parameters. Inside, dims and sizes are dynamic: one
// function serves all callers.
#include "compiler/frontend/sema/TopReads.h"
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

/// Starts a private function; the insertion point is its body. What belongs to the place of the
/// call (frames, modes) is put aside until endFunction.
Generator::HostFunction Generator::beginFunction(StringRef name, llvm::ArrayRef<Type> arguments,
                                                 llvm::ArrayRef<Type> results) {
  HostFunction function;
  OpBuilder top(module.getContext());
  function.op = func::FuncOp::create(top, loc, name, b.getFunctionType(arguments, results));
  function.op.setPrivate();
  SymbolTable(module).insert(function.op);
  function.name = function.op.getName().str();
  Block *entry = function.op.addEntryBlock();
  function.arguments.assign(entry->args_begin(), entry->args_end());
  function.results.assign(results.begin(), results.end());
  function.outer = std::move(*static_cast<Mode *>(this));
  *static_cast<Mode *>(this) = Mode();
  frame = std::make_shared<Frame>();
  b.setInsertionPointToEnd(entry);
  return function;
}

void Generator::endFunction(HostFunction &function, const Values &results) {
  func::ReturnOp::create(b, loc, conformTo(results, TypeRange(function.results)));
  *static_cast<Mode *>(this) = std::move(function.outer);
}

// ---- recursion

/// SSA types of all values of a type, in the current frame.
static std::vector<Type> typesOf(llvm::ArrayRef<Value> values) {
  std::vector<Type> types;
  for (Value v : values)
    types.push_back(v.getType());
  return types;
}

/// A call of a recursive function: made on the first call, then called.
Val Generator::callRecursive(const sema::FnInstance &fn, std::vector<Val> &args, DimScope scope,
                             Loc where) {
  if (inGraph)
    unsupported(where, "`" + fn.name + "` calls itself: recursion is not compiled inside `grad`");
  if (!fn.packs.empty())
    unsupported(where, "`" + fn.name +
                           "` calls itself and takes tensors of any rank: that is not compiled");
  for (size_t i = 0; i < args.size(); ++i)
    if (args[i].is(Val::Kind::Fn))
      unsupported(where, "`" + fn.name + "` calls itself, so a function cannot be handed to it");
  Recursive &made = recursive[{&fn, training, precision ? static_cast<int>(*precision) : -1}];
  if (made.name.empty())
    makeRecursive(fn, made);
  // Arguments in the callee's form, seen from here.
  auto inner = std::make_shared<Frame>();
  inner->scope = scope;
  inner->parent = nullptr;
  Values values, shown;
  std::vector<Val> forms;
  for (const sema::DimVar *dim : made.dims) {
    auto known = scope.dims.find(dim);
    values.push_back(materialize(known != scope.dims.end() ? known->second : Size(0)));
  }
  std::vector<Val> globalsHere;
  for (const sema::Var *var : made.globals)
    globalsHere.push_back(var == &trainingRng ? *find(var) : lookup(var));
  std::swap(frame, inner);
  for (size_t i = 0; i < args.size(); ++i) {
    forms.push_back(carriedForm(args[i], fn.params[i]->type, frame->scope));
    collect(forms.back(), values);
  }
  for (size_t i = 0; i < made.globals.size(); ++i) {
    forms.push_back(carriedForm(globalsHere[i], made.globals[i]->type, frame->scope));
    collect(forms.back(), values);
  }
  if (values.size() != made.arguments.size())
    unsupported(where, "a value handed to `" + fn.name +
                           "`, which calls itself, is known only when compiling");
  auto op = func::CallOp::create(b, loc, made.name, TypeRange(made.results),
                                 conformTo(values, TypeRange(made.arguments)));
  Values all(op.result_begin(), op.result_end());
  llvm::ArrayRef<Value> rest(all);
  Val result = rebuild(withoutSizes(defaultOf(fn.result)), rest);
  for (size_t i = 0; i < args.size(); ++i)
    if (fn.params[i]->isRef)
      args[i] = rebuild(withoutSizes(forms[i]), rest);
  std::swap(frame, inner);
  for (size_t i = 0; i < made.globals.size(); ++i)
    if (made.globals[i] == &trainingRng)
      *find(&trainingRng) = rebuild(forms[args.size() + i], rest);
  return result;
}

void Generator::makeRecursive(const sema::FnInstance &fn, Recursive &made) {
  sema::TopReads reads;
  reads.function(&fn);
  for (const sema::Var *var : reads.vars)
    if (Val *value = find(var); value && !value->is(Val::Kind::Fn))
      made.globals.push_back(var);
  std::map<const sema::Var *, Val> outerGlobals; // swapped, never copied: slots point into it
  if (training && find(&trainingRng))
    made.globals.push_back(&trainingRng);
  made.dims.assign(fn.dims.begin(), fn.dims.end());

  OpBuilder::InsertionGuard guard(b);
  bool outerTraining = training;
  auto outerPrecision = precision;
  std::map<const sema::Var *, Val> global;
  for (const sema::Var *var : made.globals)
    global[var] = *find(var);
  HostFunction function = beginFunction("fn." + fn.name, {}, {});
  made.name = function.name;
  training = outerTraining;
  precision = outerPrecision;
  frame->fn = &fn;
  Block *entry = &function.op.getBody().front();
  auto addArgument = [&](Type type) {
    made.arguments.push_back(type);
    return Value(entry->addArgument(type, loc));
  };
  for (const sema::DimVar *dim : made.dims)
    frame->scope.dims[dim] = Size(addArgument(b.getIndexType()));
  auto parameter = [&](const sema::Type *type, const Val &like) {
    Values before, inside;
    collect(like, before);
    for (Value v : before)
      inside.push_back(addArgument(v.getType()));
    llvm::ArrayRef<Value> rest(inside);
    (void)type;
    return rebuild(like, rest);
  };
  // The values' forms are made at the function's start; the unused ones vanish.
  std::vector<Val> params;
  for (const sema::Var *param : fn.params) {
    params.push_back(parameter(param->type, defaultOf(param->type)));
    if (param->dim) // `k: dim` is in the types after it
      frame->scope.dims[param->dim] = params.back().size;
  }
  outerGlobals.swap(globals);
  for (const sema::Var *var : made.globals) {
    Val like = var == &trainingRng ? Val::tensor(full(constantTensor(0, b.getI64Type()), {2}))
                                   : defaultOf(var->type);
    globals[var] = parameter(var->type, mergeForm(like, global[var]));
  }
  for (size_t i = 0; i < fn.params.size(); ++i)
    define(fn.params[i], params[i]);

  Values results;
  Val resultForm = defaultOf(fn.result);
  collect(resultForm, results);
  for (size_t i = 0; i < fn.params.size(); ++i)
    if (fn.params[i]->isRef)
      collect(params[i], results);
  if (llvm::is_contained(made.globals, &trainingRng))
    collect(globals[&trainingRng], results);
  made.results = typesOf(results);
  function.results = made.results;
  function.op.setFunctionType(b.getFunctionType(made.arguments, made.results));

  hostCall("nnrt_check_stack", {}, {});
  for (const sema::DimFact &fact : fn.checks)
    checkFact(fact);
  Val result = carriedForm(evalBody(*fn.body, fn.result), fn.result, frame->scope);
  Values returned;
  collect(result, returned);
  for (const sema::Var *param : fn.params)
    if (param->isRef)
      collect(carriedForm(lookup(param), param->type, frame->scope), returned);
  if (llvm::is_contained(made.globals, &trainingRng))
    collect(*find(&trainingRng), returned);
  if (returned.size() != made.results.size())
    unsupported(fn.loc, "the result of `" + fn.name +
                            "`, which calls itself, is known only when compiling");
  endFunction(function, returned);
  globals.swap(outerGlobals);
  requireClosed(function.op, fn.loc);
}

/// A function must not use values of the place where it was made.
void Generator::requireClosed(func::FuncOp function, Loc where) {
  bool closed = true;
  function.walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      closed &=
          !operand.getParentRegion() || function.getBody().isAncestor(operand.getParentRegion());
  });
  if (!closed)
    unsupported(
        where,
        "this function calls itself and uses a function value from outside, which is not compiled");
}

/// Functions in a value are the same wherever it goes.
Val Generator::mergeForm(Val form, const Val &value) {
  if (value.is(Val::Kind::Fn))
    return value;
  for (size_t i = 0; i < form.parts.size() && i < value.parts.size(); ++i)
    form.parts[i] = mergeForm(form.parts[i], value.parts[i]);
  return form;
}

// ---- catch

/// e catch { reason => value }: e becomes a function that the runtime calls and whose error it
/// holds. What a failing e changed is undone.
Val Generator::evalCatch(const sema::Catch &expr) {
  if (inGraph) // what can fail there is checked outside
    return eval(*expr.value);
  // Asked before the value's own variables exist.
  std::vector<Slot> slots = assignedIn({expr.value});
  std::vector<Slot> both = assignedIn({expr.value, expr.handler->body});
  Values before = slotValues(slots);
  std::vector<Val> old;
  for (Slot &slot : slots)
    old.push_back(*slot.value);
  Location here = loc;
  OpBuilder top(module.getContext());
  auto function = func::FuncOp::create(top, loc, "attempt", b.getFunctionType({}, {}));
  function.setPrivate();
  SymbolTable(module).insert(function);
  Block *entry = function.addEntryBlock();
  Val result;
  Values returned;
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(entry);
    result = carriedForm(eval(*expr.value), expr.type, frame->scope);
    collect(result, returned);
    Values after = slotValues(slots);
    returned.insert(returned.end(), after.begin(), after.end());
    func::ReturnOp::create(b, here, returned);
  }
  loc = here;
  std::vector<Val> changed;
  for (Slot &slot : slots)
    changed.push_back(withoutSizes(*slot.value));
  // Values from outside become arguments.
  Values outside = closeOver(function);
  function.setFunctionType(b.getFunctionType(entry->getArgumentTypes(), typesOf(returned)));
  SmallVector<Type> types{handleType()};
  llvm::append_range(types, typesOf(returned));
  auto attempt = host::TryOp::create(b, loc, types, function.getSymName(), outside);
  Values all(attempt.result_begin() + 1, attempt.result_end());
  Value reason = attempt.getResult(0);
  Val failed = negated(Val::boolean(host::IsNullOp::create(b, loc, b.getI1Type(), reason)));
  for (size_t i = 0; i < slots.size(); ++i)
    *slots[i].value = old[i];
  auto handle = [&] {
    std::vector<Val> args{string(reason)};
    Val handler = closureValue(*expr.handler, false);
    return callValue(handler, args, expr.loc);
  };
  auto keep = [&] {
    llvm::ArrayRef<Value> rest(all);
    Val value = rebuild(withoutSizes(result), rest);
    for (size_t i = 0; i < slots.size(); ++i)
      *slots[i].value = rebuild(changed[i], rest);
    return value;
  };
  return branch(failed, handle, keep, both, expr.type);
}

/// Makes what `function` uses from outside its arguments; constants are copied.
Values Generator::closeOver(func::FuncOp function) {
  Block *entry = &function.getBody().front();
  llvm::SetVector<Value> outside;
  function.walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (operand.getParentRegion() && !function.getBody().isAncestor(operand.getParentRegion()))
        outside.insert(operand);
  });
  Values captured;
  for (Value v : outside) {
    auto inside = [&](OpOperand &use) { return function->isAncestor(use.getOwner()); };
    if (Operation *constant = v.getDefiningOp();
        constant && constant->hasTrait<OpTrait::ConstantLike>()) {
      OpBuilder start = OpBuilder::atBlockBegin(entry);
      v.replaceUsesWithIf(start.clone(*constant)->getResult(0), inside);
      continue;
    }
    if (isa<host::PtrType>(v.getType())) {
      OpBuilder start = OpBuilder::atBlockBegin(entry);
      v.replaceUsesWithIf(start.clone(*v.getDefiningOp())->getResult(0), inside);
      continue;
    }
    captured.push_back(v);
    v.replaceUsesWithIf(entry->addArgument(v.getType(), loc), inside);
  }
  return captured;
}

} // namespace nnc::irgen
