// Calls are expanded: the callee's body is evaluated in a frame of its own.
#include "compiler/irgen/IRGen.h"

using namespace mlir;

namespace nnc::irgen {

/// Evaluates `fn`'s body with these arguments; `args` holds the updated values of & parameters
/// afterwards.
Val Generator::call(const sema::FnInstance &fn, std::vector<Val> &args, DimScope scope, Loc where) {
  if (!fn.body)
    unsupported(where, "`" + fn.name + "` has no body to compile");
  if (fn.isRecursive)
    return callRecursive(fn, args, std::move(scope), where);
  Loc outerCall = callOfLibrary, outerSite = callSite;
  if (where.valid() && !callOfLibrary.valid())
    callSite = where;
  if (fn.isLibrary) { // messages name the line of the program
    libraryFiles.insert(fn.loc.file);
    if (where.valid() && !libraryFiles.count(where.file))
      callOfLibrary = where;
  }
  auto inner = std::make_shared<Frame>();
  inner->scope = std::move(scope);
  inner->fn = &fn;
  std::swap(frame, inner);
  for (size_t i = 0; i < fn.params.size(); ++i)
    define(fn.params[i], args[i]);
  for (const sema::DimFact &fact : fn.checks)
    checkFact(fact);
  Val result = evalBody(*fn.body, fn.result);
  for (size_t i = 0; i < fn.params.size(); ++i)
    if (fn.params[i]->isRef)
      args[i] = lookup(fn.params[i]);
  std::swap(frame, inner);
  callOfLibrary = outerCall;
  callSite = outerSite;
  return result;
}

/// A closure given as an argument sees and may update the variables around it; a stored one has
/// copies.
Val Generator::closureValue(const sema::Closure &closure, bool stored) {
  Val value;
  value.kind = Val::Kind::Fn;
  value.closure = &closure;
  value.frame = stored ? std::make_shared<Frame>(*frame) : frame;
  value.borrows = !stored;
  return value;
}

// Note [Closures that are kept]
// A closure that is an argument borrows the frame of the call. Where the call keeps it, in its
// result or in what it was handed for update, it gets a copy of what it can see when the call ends.

static std::shared_ptr<Frame> copied(const std::shared_ptr<Frame> &frame) {
  if (!frame)
    return nullptr;
  auto copy = std::make_shared<Frame>(*frame);
  copy->parent = copied(frame->parent);
  return copy;
}

/// Gives copies to the closures in `value` that borrow the frame at hand.
void Generator::keep(Val &value, std::set<Frame *> &seen) {
  for (Val &part : value.parts)
    keep(part, seen);
  if (!value.closure || !value.frame)
    return;
  if (value.frame != frame)
    return keepInside(value.frame.get(), seen);
  if (!value.borrows)
    return;
  if (const sema::Var *var = updatedBy(value))
    unsupported(value.closure->loc,
                "this closure is kept, so it holds a copy of `" + var->name +
                    "` and cannot update it",
                DiagKind::NotUpdatable);
  value.frame = copied(frame);
  value.borrows = false;
  for (auto &[var, global] : globals)
    if (var->isMutable)
      value.frame->vars.emplace(var, global);
}

/// The same for the closures that a kept one holds.
void Generator::keepInside(Frame *inner, std::set<Frame *> &seen) {
  for (Frame *outer = frame.get(); outer; outer = outer->parent.get())
    if (outer == inner)
      return;
  if (!inner || !seen.insert(inner).second)
    return;
  for (auto &[var, value] : inner->vars)
    keep(value, seen);
  keepInside(inner->parent.get(), seen);
}

Val Generator::evalArgument(const sema::Expr &expr) {
  if (expr.kind == sema::ExprKind::Closure)
    return closureValue(sema::as<sema::Closure>(expr), false);
  return eval(expr);
}

/// Values first, then what is handed over for update: a value may read what is updated.
std::vector<Val> Generator::evalArguments(const std::vector<sema::Arg> &args,
                                          std::vector<Place> &places) {
  std::vector<Val> values(args.size());
  for (size_t i = 0; i < args.size(); ++i)
    if (!args[i].byRef)
      values[i] = evalArgument(*args[i].value);
  places = placesOf(args);
  for (size_t i = 0; i < args.size(); ++i)
    if (args[i].byRef)
      values[i] = load(places[i]);
  return values;
}

void Generator::storeRefs(std::vector<Place> &places, std::vector<Val> &values) {
  std::set<Frame *> seen;
  for (size_t i = 0; i < places.size(); ++i)
    if (places[i].expr) {
      keep(values[i], seen);
      store(places[i], values[i]);
    }
}

Val Generator::evalCall(const sema::Call &expr) {
  std::vector<Place> places;
  std::vector<Val> args = evalArguments(expr.args, places);
  DimScope scope = scopeOf(expr.binds);
  Val result;
  if (expr.rule && inGraph && applied.insert(expr.fn).second) { // by its body inside its own rules
    result = callCustom(expr, args, scope);
    applied.erase(expr.fn);
  } else {
    result = call(*expr.fn, args, std::move(scope), expr.loc);
  }
  std::set<Frame *> seen;
  keep(result, seen);
  storeRefs(places, args);
  return result;
}

/// The axes that a pack of a closure's parameter stands for.
void Generator::bindPacks(const sema::Type &type, const Val &value) {
  if (!type.is(sema::Type::Kind::Tensor) || !value.is(Val::Kind::Tensor))
    return;
  for (size_t i = 0; i < type.shape.size(); ++i)
    if (type.shape[i].pack) {
      Sizes shape = shapeOf(value.v);
      frame->scope.packs[type.shape[i].pack] =
          Sizes(shape.begin() + i, shape.end() - (type.shape.size() - 1 - i));
      return;
    }
}

Val Generator::callValue(const Val &callee, std::vector<Val> &args, Loc where) {
  if (callee.fn)
    return call(*callee.fn, args, callee.frame->scope, where);
  if (!callee.closure)
    unsupported(where, "which function this is must be known when compiling");
  auto inner = std::make_shared<Frame>();
  inner->parent = callee.frame;
  std::swap(frame, inner);
  const sema::Closure &closure = *callee.closure;
  for (size_t i = 0; i < closure.params.size(); ++i) {
    bindPacks(*closure.params[i]->type, args[i]);
    bindPattern(*closure.params[i], args[i]);
  }
  Val result = evalBody(*closure.body, closure.type ? closure.type->result : nullptr);
  for (size_t i = 0; i < closure.params.size(); ++i)
    if (i < closure.byRef.size() && closure.byRef[i] && closure.params[i]->var)
      args[i] = lookup(closure.params[i]->var);
  std::swap(frame, inner);
  return result;
}

Val Generator::evalCallValue(const sema::CallValue &expr) {
  Val callee = eval(*expr.callee);
  if (expr.closure)
    callee.closure = expr.closure;
  std::vector<Place> places;
  std::vector<Val> args = evalArguments(expr.args, places);
  Val result = callValue(callee, args, expr.loc);
  std::set<Frame *> seen;
  keep(result, seen);
  storeRefs(places, args);
  return result;
}

} // namespace nnc::irgen
