// == and != of values of any type: equal sizes and all parts equal.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

/// Whether `==` of values of the type is one flag and not one per element.
bool Generator::isComparedWhole(const sema::Type &type) {
  return !type.is(TypeKind::Int) && !type.is(TypeKind::Tensor) && !type.is(TypeKind::Tree) &&
         !type.is(TypeKind::Str);
}

Val Generator::equalHandles(Value x, Value y) {
  return Val::boolean(hostCall("nnrt_equal", {x, y}, b.getI1Type()));
}

/// Tensors whose sizes may differ are compared by the runtime.
Val Generator::equalTensors(Value x, Value y) {
  if (shapeOf(x) == shapeOf(y)) {
    Value same = compare("eq", x, y);
    Val all = Val::tensor(shapeOf(x).empty() ? same : allHold(same));
    return inGraph ? all : Val::boolean(toCondition(all));
  }
  if (inGraph)
    unsupported({}, "values whose sizes may differ are not compared where derivatives are computed",
                DiagKind::SizeInGraph);
  return equalHandles(x, y);
}

Val Generator::equalOptionals(const Val &x, const Val &y, const sema::Type &type, Loc where) {
  if (isBoxedOptional(type))
    return equalHandles(carriedForm(x, &type, frame->scope).v,
                        carriedForm(y, &type, frame->scope).v);
  Val here = presence(x, type), there = presence(y, type);
  if (x.is(Val::Kind::None) || y.is(Val::Kind::None))
    return negated(x.is(Val::Kind::None) ? there : here);
  auto held = [&] { return equal(payload(x, type), payload(y, type), *type.elems[0], where); };
  auto absent = [&] { return Val::boolean(arith::ConstantIntOp::create(b, loc, 1, 1)); };
  return bothHold(binary(Op::Eq, here, there, nullptr, where),
                  [&] { return branch(here, held, absent, {}, nullptr); });
}

Val Generator::equalEnums(const Val &x, const Val &y, const sema::Type &type, Loc where) {
  bool known = x.is(Val::Kind::Variant) && y.is(Val::Kind::Variant);
  if (!known && !isPlainEnum(type))
    return equalHandles(carriedForm(x, &type, frame->scope).v,
                        carriedForm(y, &type, frame->scope).v);
  Val same = binary(Op::Eq, Val::integer(variantOf(x, type)), Val::integer(variantOf(y, type)),
                    nullptr, where);
  if (!known || x.size.constant != y.size.constant)
    return same;
  const auto &fields = type.enumInfo->variants[x.size.constant].fields;
  for (size_t i = 0; i < fields.size(); ++i)
    same = bothHold(same, [&] { return equal(x.parts[i], y.parts[i], *fields[i], where); });
  return same;
}

/// Whether two values of the type are equal: a flag.
Val Generator::equal(const Val &x, const Val &y, const sema::Type &type, Loc where) {
  switch (type.kind) {
  case TypeKind::Tensor: {
    Type element = elementType(type.dtype);
    bool isFlag = type.isScalar() && type.dtype == sema::DType::Bool;
    Val same = isFlag ? binary(Op::Eq, x, y, nullptr, where)
                      : equalTensors(toTensor(x, element, where), toTensor(y, element, where));
    return inGraph ? same : Val::boolean(toCondition(same));
  }
  case TypeKind::Rng:
    return equalTensors(x.v, y.v);
  case TypeKind::Tree:
    if (!x.v) // of a model without params
      return Val::boolean(arith::ConstantIntOp::create(b, loc, 1, 1));
    return equalTensors(cleaned(x, *type.elems[0], frame->scope).v,
                        cleaned(y, *type.elems[0], frame->scope).v);
  case TypeKind::Optional:
    return equalOptionals(x, y, type, where);
  case TypeKind::Enum:
    return equalEnums(x, y, type, where);
  case TypeKind::List:
    return equalHandles(runtimeHandle(x, type), runtimeHandle(y, type));
  case TypeKind::Map:
    return equalHandles(x.v, y.v);
  case TypeKind::Array:
    if (!x.is(Val::Kind::List) || !y.is(Val::Kind::List))
      return equalHandles(runtimeHandle(x, type), runtimeHandle(y, type));
    [[fallthrough]];
  case TypeKind::Range:
  case TypeKind::Tuple:
  case TypeKind::Struct: {
    static const sema::Type integer = [] {
      sema::Type type;
      type.kind = TypeKind::Int;
      return type;
    }();
    auto outer = scopedTo(type);
    Val same = Val::boolean(arith::ConstantIntOp::create(b, loc, 1, 1));
    for (size_t i = 0; i < x.parts.size(); ++i) {
      const sema::Type &part = type.is(TypeKind::Range)   ? integer
                               : type.is(TypeKind::Array) ? *type.elems[0]
                                                          : partType(type, i);
      same = bothHold(same, [&] { return equal(x.parts[i], y.parts[i], part, where); });
    }
    frame = outer;
    return same;
  }
  default:
    return binary(Op::Eq, x, y, nullptr, where);
  }
}

/// The operands' values joined by the operator.
Val Generator::combined(const sema::Binary &expr, const Val &lhs, const Val &rhs) {
  const sema::Type &type = *expr.lhs->type;
  bool isEquality = expr.op == Op::Eq || expr.op == Op::Ne;
  if (!isEquality || !isComparedWhole(type))
    return binary(expr.op, lhs, rhs, expr.type, expr.loc);
  Val same = equal(lhs, rhs, type, expr.loc);
  return expr.op == Op::Eq ? same : negated(same);
}

} // namespace nnc::irgen
