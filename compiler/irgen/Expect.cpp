// expect and expect_close: what failed is said with the values of both sides.
#include "compiler/irgen/IRGen.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

/// Whether all of a tensor's flags hold, as a scalar.
Value Generator::allHold(Value flags) {
  std::vector<int64_t> axes;
  for (size_t i = 0; i < shapeOf(flags).size(); ++i)
    axes.push_back(static_cast<int64_t>(i));
  if (axes.empty())
    return flags;
  Value wrong = cast(elementwise("nn.not", flags), b.getI64Type());
  return compare("eq", reduce("nn.sum", wrong, axes, false), constantTensor(0, b.getI64Type()));
}

/// Source text on one line, not too long.
static std::string oneLine(StringRef source) {
  constexpr size_t most = 80;
  std::string line;
  for (char c : source)
    if (!isspace(static_cast<unsigned char>(c)))
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  if (line.size() <= most)
    return line;
  size_t end = most; // not inside of a character
  while (end && (line[end] & 0xC0) == 0x80)
    --end;
  return line.substr(0, end) + " ..";
}

static bool isComparison(const sema::Expr &expr) {
  return expr.kind == sema::ExprKind::Binary && compares(sema::as<sema::Binary>(expr).op);
}

/// Whether a message can show values of the type.
static bool isShown(const sema::Type &type) {
  switch (type.kind) {
  case TypeKind::Int:
  case TypeKind::Str:
  case TypeKind::Tensor:
  case TypeKind::Range:
  case TypeKind::Enum:
    return true;
  case TypeKind::Tuple:
  case TypeKind::List:
  case TypeKind::Map:
  case TypeKind::Optional:
    return llvm::all_of(type.elems, [](const sema::Type *elem) { return isShown(*elem); });
  case TypeKind::Struct:
    return !type.isModel() && llvm::all_of(type.structInfo->fields,
                                           [](const auto &field) { return isShown(*field.type); });
  default:
    return false;
  }
}

void Generator::execExpect(const sema::ExpectStmt &stmt) {
  if (inGraph) // an expectation inside `grad` cannot stop the program
    return;
  const sema::Expr &expr = *stmt.cond;
  const sema::Binary *sides = isComparison(expr) ? &sema::as<sema::Binary>(expr) : nullptr;
  Val lhs, rhs, holds;
  if (sides) {
    lhs = eval(*sides->lhs);
    rhs = eval(*sides->rhs);
    holds = combined(*sides, lhs, rhs);
  } else {
    holds = eval(expr);
  }
  bool isTensor = (holds.is(Val::Kind::Tensor) || holds.is(Val::Kind::Bool)) &&
                  isa<RankedTensorType>(holds.v.getType()) && !shapeOf(holds.v).empty();
  if (isTensor ? false : knownCondition(holds).value_or(false))
    return;
  std::string what = "expected `" + oneLine(sources.text(expr.loc)) + "`";
  auto failed = [&]() -> Val {
    loc = at(stmt.loc);
    if (isTensor && sides) {
      Type element;
      for (const Val *side : {&lhs, &rhs})
        if (side->is(Val::Kind::Tensor))
          element = elementOf(side->v);
      Sizes shape = shapeOf(holds.v);
      hostCall("nnrt_expect",
               {text(what + ": "), text(""), holds.v, broadcast(toTensor(lhs, element, {}), shape),
                broadcast(toTensor(rhs, element, {}), shape)},
               {});
    } else if (sides && isShown(*sides->lhs->type) && isShown(*sides->rhs->type)) {
      Value line =
          append(constantText(what + ": the sides are "), format(lhs, sides->lhs->type, {}, true));
      line = append(append(line, constantText(" and ")), format(rhs, sides->rhs->type, {}, true));
      hostCall("nnrt_fail", {line}, {});
    } else {
      hostCall("nnrt_fail_text", {text(what)}, {});
    }
    return {};
  };
  Val condition = isTensor ? Val::tensor(allHold(holds.v)) : Val::boolean(toCondition(holds));
  branch(condition, [] { return Val(); }, failed, {}, nullptr);
}

// ---- expect_close

/// expect_close(a, b, tolerance): |a - b| <= tol + tol * |b| everywhere.
Val Generator::primExpectClose(const sema::Prim &prim) {
  if (inGraph)
    return {};
  Val x = eval(*prim.args[0].value), y = eval(*prim.args[1].value);
  std::string what = oneLine(prim.strs[0]) + " is not close to " + oneLine(prim.strs[1]) + ": ";
  expectClose(x, y, *prim.args[0].value->type, tensorArg(prim, 2), what, "");
  return {};
}

/// Both in a type of floats in which they can be compared.
static Type commonFloat(Type element) {
  bool isSmall = isa<FloatType>(element) && element.getIntOrFloatBitWidth() <= 32;
  return isSmall ? Type(Float32Type::get(element.getContext()))
                 : Type(Float64Type::get(element.getContext()));
}

Value Generator::isClose(Value x, Value y, Value tolerance) {
  y = broadcast(y, shapeOf(x));
  Value limit = elementwise2("nn.add", tolerance,
                             elementwise2("nn.mul", tolerance, elementwise("nn.abs", y)));
  Value difference = elementwise("nn.abs", elementwise2("nn.sub", x, y));
  Value same = compare("eq", x, y); // infinities are close to themselves only
  Value close = elementwise(
      "nn.and", {compare("le", difference, limit), elementwise("nn.is_finite", y, b.getI1Type())});
  return elementwise("nn.or", {close, same});
}

void Generator::expectClose(const Val &x, const Val &y, const sema::Type &type, Value tolerance,
                            const std::string &what, const std::string &path) {
  if (type.is(TypeKind::Tuple)) {
    for (size_t i = 0; i < type.elems.size(); ++i)
      expectClose(partOf(x, &type, i), partOf(y, &type, i), *type.elems[i], tolerance, what,
                  path + "." + std::to_string(i));
    return;
  }
  bool isTree = type.is(TypeKind::Tree);
  if (isTree && !x.v) // of a model without params
    return;
  auto whole = [&](const Val &tree) { return cleaned(tree, *type.elems[0], frame->scope).v; };
  Value a = isTree ? whole(x) : toTensor(x, elementType(type.dtype), {});
  Value c = isTree ? whole(y) : toTensor(y, elementOf(a), {});
  Type element = commonFloat(elementOf(a));
  Value limit = cast(tolerance, element);
  auto isCloseTo = [&](Value p, Value q) {
    return isClose(cast(p, element), cast(q, element), limit);
  };
  auto report = [&](const std::string &where, Value p, Value q) {
    Value holds = isCloseTo(p, q);
    Sizes shape = shapeOf(holds);
    hostCall("nnrt_expect",
             {text(what), text(where), holds, broadcast(p, shape), broadcast(q, shape)}, {});
  };
  auto failed = [&]() -> Val {
    if (!isTree) {
      report(path, a, c);
      return {};
    }
    std::vector<Leaf> leaves = leavesOf(*type.elems[0], Role::Param, frame->scope);
    Values p = unpack(a, leaves), q = unpack(c, leaves);
    for (size_t i = 0; i < leaves.size(); ++i)
      report(path + "." + leaves[i].path, p[i], q[i]);
    return {};
  };
  branch(Val::tensor(allHold(isCloseTo(a, c))), [] { return Val(); }, failed, {}, nullptr);
}

} // namespace nnc::irgen
