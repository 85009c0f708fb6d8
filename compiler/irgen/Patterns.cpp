// Patterns, `match`, `if let` and enums.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using Pattern = sema::Pattern;
using TypeKind = sema::Type::Kind;

static bool alwaysMatches(const Pattern &pattern) {
  switch (pattern.kind) {
  case Pattern::Kind::Wildcard:
  case Pattern::Kind::Bind:
    return true;
  case Pattern::Kind::Tuple:
    return llvm::all_of(pattern.parts, [](const Pattern *p) { return alwaysMatches(*p); });
  default:
    return false;
  }
}

/// Part i of a value that a tuple pattern takes apart.
Val Generator::partOf(const Val &value, const sema::Type *type, size_t i) {
  if (value.is(Val::Kind::Tensor))
    return elementAt(value, static_cast<int64_t>(i));
  if (value.is(Val::Kind::Array) ||
      (value.is(Val::Kind::Model) && type && type->is(TypeKind::Array)))
    return elementAt(modelParts(value, *type)[0], static_cast<int64_t>(i));
  if (value.is(Val::Kind::Handle) && type && !type->elems.empty())
    return listElement(value.v, *type, static_cast<int64_t>(i));
  if (value.is(Val::Kind::Model) && type)
    return modelParts(value, *type)[i];
  if (value.is(Val::Kind::Tree) && type && type->is(TypeKind::Tree))
    return partOfTree(value, *type->elems[0], static_cast<unsigned>(i));
  return value.parts[i];
}

void Generator::bindPattern(const Pattern &pattern, Val value) {
  switch (pattern.kind) {
  case Pattern::Kind::Bind:
    define(pattern.var, std::move(value));
    return;
  case Pattern::Kind::Tuple:
    if (pattern.type && value.is(Val::Kind::Aggregate))
      bindFreshDims(pattern.type, value);
    for (size_t i = 0; i < pattern.parts.size(); ++i)
      bindPattern(*pattern.parts[i], partOf(value, pattern.type, i));
    return;
  case Pattern::Kind::Some:
    bindPattern(*pattern.parts[0], payload(value, *pattern.type));
    return;
  case Pattern::Kind::Variant:
    for (unsigned i = 0; i < pattern.parts.size(); ++i)
      if (pattern.parts[i]->kind != Pattern::Kind::Wildcard)
        bindPattern(*pattern.parts[i], variantField(value, *pattern.type, pattern.variant, i));
    return;
  default:
    return;
  }
}

/// Both flags; the second is only computed where the first holds.
Val Generator::bothHold(const Val &first, const ValFn &second) {
  if (std::optional<bool> known = knownCondition(first))
    return *known ? second() : first;
  return branch(
      first, second, [&] { return Val::boolean(arith::ConstantIntOp::create(b, loc, 0, 1)); }, {},
      nullptr);
}

/// Whether a value has the form of the pattern.
Val Generator::matches(const Pattern &pattern, const Val &value) {
  using Op = sema::BinaryOp;
  auto truth = [&](bool holds) {
    return Val::boolean(arith::ConstantIntOp::create(b, loc, holds, 1));
  };
  auto parts = [&](const std::function<Val(unsigned)> &part, Val all) {
    for (unsigned i = 0; i < pattern.parts.size(); ++i)
      if (!alwaysMatches(*pattern.parts[i]))
        all = bothHold(all, [&] { return matches(*pattern.parts[i], part(i)); });
    return all;
  };
  auto equals = [&](const Val &constant) {
    return binary(Op::Eq, value, constant, nullptr, pattern.loc);
  };
  switch (pattern.kind) {
  case Pattern::Kind::Wildcard:
  case Pattern::Kind::Bind:
    return truth(true);
  case Pattern::Kind::Tuple:
    return parts([&](unsigned i) { return partOf(value, pattern.type, i); }, truth(true));
  case Pattern::Kind::None: {
    Val there = presence(value, *pattern.type);
    return negated(there);
  }
  case Pattern::Kind::Some:
    return parts([&](unsigned) { return payload(value, *pattern.type); },
                 presence(value, *pattern.type));
  case Pattern::Kind::Variant: {
    Val same = binary(Op::Eq, Val::integer(variantOf(value, *pattern.type)),
                      Val::integer(pattern.variant), nullptr, pattern.loc);
    return parts([&](unsigned i) { return variantField(value, *pattern.type, pattern.variant, i); },
                 same);
  }
  case Pattern::Kind::Int:
    return equals(Val::integer(pattern.intValue));
  case Pattern::Kind::Float:
    return equals(
        Val::tensor(constantTensor(pattern.floatValue, elementType(pattern.type->dtype))));
  case Pattern::Kind::Bool:
    return equals(truth(pattern.intValue));
  case Pattern::Kind::Str: {
    Val constant;
    constant.kind = Val::Kind::Text;
    constant.text = pattern.strValue;
    return equals(constant);
  }
  }
  return truth(true);
}

Val Generator::negated(const Val &flag) {
  if (flag.is(Val::Kind::Bool) && !isa<RankedTensorType>(flag.v.getType()))
    return Val::boolean(
        arith::XOrIOp::create(b, loc, flag.v, arith::ConstantIntOp::create(b, loc, 1, 1)));
  return Val::tensor(elementwise("nn.not", flag.v));
}

Val Generator::evalVariant(const sema::VariantExpr &expr) {
  Val value;
  value.kind = Val::Kind::Variant;
  value.size = expr.variant;
  for (const sema::Expr *arg : expr.args)
    value.parts.push_back(evalStored(*arg));
  return value;
}

/// The arms are tried one after another; the last one needs no test, for sema has seen that all is
/// covered.
Val Generator::evalMatch(const sema::Match &expr) {
  Val value = eval(*expr.value);
  std::function<Val(size_t)> from = [&](size_t i) -> Val {
    const sema::MatchArm &arm = expr.arms[i];
    auto taken = [&] {
      bindPattern(*arm.pattern, value);
      return eval(*arm.body);
    };
    if (i + 1 == expr.arms.size() || alwaysMatches(*arm.pattern))
      return taken();
    std::vector<const sema::Expr *> bodies;
    for (size_t k = i; k < expr.arms.size(); ++k)
      bodies.push_back(expr.arms[k].body);
    Val matched = matches(*arm.pattern, value);
    requireSizes(expr, expr.resizes, matched);
    return branch(matched, taken, [&] { return from(i + 1); }, assignedIn(bodies), expr.type);
  };
  return expr.arms.empty() ? Val() : from(0);
}

Val Generator::evalIfLet(const sema::IfLet &expr) {
  Val value = eval(*expr.value);
  const sema::Type &type = *expr.value->type;
  auto otherwise = [&] { return expr.otherwise ? eval(*expr.otherwise) : Val(); };
  auto then = [&] {
    if (expr.pattern->kind == Pattern::Kind::Some)
      bindPattern(*expr.pattern, value);
    else
      bindPattern(*expr.pattern, payload(value, type));
    return eval(*expr.then);
  };
  Val there = presence(value, type);
  requireSizes(expr, expr.resizes, there);
  return branch(there, then, otherwise, assignedIn({expr.then, expr.otherwise}), expr.type);
}

/// optional.or: the value, or the other where it is absent.
Val Generator::primOr(const sema::Prim &prim) {
  Val value = eval(*prim.args[0].value);
  const sema::Type &type = *prim.args[0].value->type;
  return branch(
      presence(value, type), [&] { return payload(value, type); },
      [&] { return eval(*prim.args[1].value); }, assignedIn({prim.args[1].value}), prim.type);
}

} // namespace nnc::irgen
