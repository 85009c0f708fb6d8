// Expressions: literals, operators, fields, text. Control flow, calls and primitives stand in their
// own files.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

Val Generator::eval(const sema::Expr &expr) {
  Location outer = std::exchange(loc, at(expr.loc));
  Loc outerPlace = std::exchange(evaluating, expr.loc.valid() ? expr.loc : evaluating);
  Val value = evalHere(expr);
  using K = sema::ExprKind;
  if (expr.type && (expr.kind != K::VarRef || sema::as<sema::VarRef>(expr).var->resizes))
    bindFreshDims(expr.type, value);
  loc = outer;
  evaluating = outerPlace;
  return value;
}

/// A value that is kept: closures are copied with what they capture.
Val Generator::evalStored(const sema::Expr &expr) {
  if (expr.kind == sema::ExprKind::Closure)
    return closureValue(sema::as<sema::Closure>(expr), true);
  return eval(expr);
}

Val Generator::evalHere(const sema::Expr &expr) {
  using K = sema::ExprKind;
  switch (expr.kind) {
  case K::Int: {
    int64_t value = sema::as<sema::IntLit>(expr).value;
    if (expr.type->is(TypeKind::Tensor))
      return Val::tensor(constantInt(value, elementType(expr.type->dtype)));
    return Val::integer(value);
  }
  case K::Float:
    return Val::tensor(
        constantTensor(sema::as<sema::FloatLit>(expr).value, elementType(expr.type->dtype)));
  case K::Bool:
    return Val::boolean(
        arith::ConstantIntOp::create(b, loc, sema::as<sema::BoolLit>(expr).value, 1));
  case K::Str: {
    Val value;
    value.kind = Val::Kind::Text;
    value.text = sema::as<sema::StrLit>(expr).value;
    return value;
  }
  case K::None:
    return Val::none();
  case K::DimValue:
    return Val::integer(sizeOf(sema::as<sema::DimValue>(expr).dim));
  case K::VarRef:
    return lookup(sema::as<sema::VarRef>(expr).var);
  case K::Field: {
    auto &field = sema::as<sema::Field>(expr);
    return evalField(eval(*field.base), field.base->type, field.index);
  }
  case K::Call:
    return evalCall(sema::as<sema::Call>(expr));
  case K::CallValue:
    return evalCallValue(sema::as<sema::CallValue>(expr));
  case K::FnRef: {
    auto &ref = sema::as<sema::FnRef>(expr);
    Val value;
    value.kind = Val::Kind::Fn;
    value.fn = ref.fn;
    if (!ref.fn) { // a closure that is checked at each call has copies of what is around it
      value.frame = std::make_shared<Frame>(*frame);
      return value;
    }
    value.frame = std::make_shared<Frame>();
    value.frame->scope = scopeOf(ref.binds);
    return value;
  }
  case K::Prim:
    return evalPrim(sema::as<sema::Prim>(expr));
  case K::Unary:
    return evalUnary(sema::as<sema::Unary>(expr));
  case K::Binary:
    return evalBinary(sema::as<sema::Binary>(expr));
  case K::Convert:
    return evalConvert(sema::as<sema::Convert>(expr));
  case K::Tuple: {
    std::vector<Val> parts;
    for (const sema::Expr *elem : sema::as<sema::TupleExpr>(expr).elems)
      parts.push_back(eval(*elem));
    Val tuple = Val::aggregate(std::move(parts));
    if (expr.type->isModel())
      tuple.kind = Val::Kind::Model;
    return tuple;
  }
  case K::ListLit:
    return evalList(sema::as<sema::ListLit>(expr));
  case K::MapLit:
    return evalMap(sema::as<sema::MapLit>(expr));
  case K::TensorLit:
    return Val::tensor(evalTensorLiteral(sema::as<sema::TensorLit>(expr)));
  case K::Construct:
    return construct(sema::as<sema::Construct>(expr));
  case K::Index:
    return evalIndex(sema::as<sema::Index>(expr));
  case K::Interp:
    return evalInterp(sema::as<sema::Interp>(expr));
  case K::If:
    return evalIf(sema::as<sema::If>(expr));
  case K::IfLet:
    return evalIfLet(sema::as<sema::IfLet>(expr));
  case K::Block:
    return evalBlock(sema::as<sema::Block>(expr));
  case K::Closure:
    return closureValue(sema::as<sema::Closure>(expr), true);
  case K::Grad:
    return evalGrad(sema::as<sema::Grad>(expr));
  case K::Train:
    return evalTrain(sema::as<sema::Train>(expr));
  case K::Profile:
    return evalProfile(sema::as<sema::Profile>(expr));
  case K::Remat:
    return evalRemat(sema::as<sema::Remat>(expr));
  case K::ArrayFill:
    return evalArrayFill(sema::as<sema::ArrayFill>(expr));
  case K::Match:
    return evalMatch(sema::as<sema::Match>(expr));
  case K::Variant:
    return evalVariant(sema::as<sema::VariantExpr>(expr));
  case K::Catch:
    return evalCatch(sema::as<sema::Catch>(expr));
  }
  unsupported(expr.loc, "this construct is checked but not compiled yet");
}

Val Generator::evalField(const Val &base, const sema::Type *type, unsigned index) {
  if (base.is(Val::Kind::Model))
    return modelParts(base, *type)[index];
  if (base.is(Val::Kind::Tree))
    return partOfTree(base, *type->elems[0], index);
  if (index >= base.parts.size())
    unsupported({}, "this field has no value here");
  return base.parts[index];
}

Val Generator::evalUnary(const sema::Unary &expr) {
  Val value = eval(*expr.value);
  if (expr.op == sema::UnaryOp::Not) {
    return negated(value);
  }
  if (value.is(Val::Kind::Int))
    return Val::integer(arith(sema::BinaryOp::Sub, 0, value.size));
  if (!value.v) // a tree of a model without params
    return value;
  Value result = elementwise("nn.neg", value.v);
  return value.is(Val::Kind::Tree) ? Val::tree(result, paddingAfter("nn.neg", value))
                                   : Val::tensor(result);
}

static StringRef comparisonName(sema::BinaryOp op) {
  switch (op) {
  case sema::BinaryOp::Eq:
    return "eq";
  case sema::BinaryOp::Ne:
    return "ne";
  case sema::BinaryOp::Lt:
    return "lt";
  case sema::BinaryOp::Le:
    return "le";
  case sema::BinaryOp::Gt:
    return "gt";
  case sema::BinaryOp::Ge:
    return "ge";
  default:
    return "";
  }
}

static arith::CmpIPredicate comparison(sema::BinaryOp op) {
  switch (op) {
  case sema::BinaryOp::Eq:
    return arith::CmpIPredicate::eq;
  case sema::BinaryOp::Ne:
    return arith::CmpIPredicate::ne;
  case sema::BinaryOp::Lt:
    return arith::CmpIPredicate::slt;
  case sema::BinaryOp::Le:
    return arith::CmpIPredicate::sle;
  case sema::BinaryOp::Gt:
    return arith::CmpIPredicate::sgt;
  default:
    return arith::CmpIPredicate::sge;
  }
}

static StringRef elementwiseName(sema::BinaryOp op) {
  switch (op) {
  case sema::BinaryOp::Add:
    return "nn.add";
  case sema::BinaryOp::Sub:
    return "nn.sub";
  case sema::BinaryOp::Mul:
    return "nn.mul";
  case sema::BinaryOp::Div:
    return "nn.div";
  case sema::BinaryOp::Mod:
    return "nn.rem";
  case sema::BinaryOp::Pow:
    return "nn.pow";
  case sema::BinaryOp::And:
    return "nn.and";
  case sema::BinaryOp::Or:
    return "nn.or";
  default:
    return "";
  }
}

Val Generator::evalBinary(const sema::Binary &expr) {
  using Op = sema::BinaryOp;
  Val lhs = eval(*expr.lhs);
  if (expr.op == Op::Range || expr.op == Op::RangeIncl) {
    Size hi = asSize(eval(*expr.rhs));
    lhs = Val::integer(asSize(lhs));
    return Val::aggregate(
        {lhs, Val::integer(expr.op == Op::RangeIncl ? arith(Op::Add, hi, 1) : hi)});
  }
  // && and || on flags of the host evaluate their right side only where it counts.
  bool logical = expr.op == Op::And || expr.op == Op::Or;
  if (logical && !inGraph && expr.type->isScalar() && !isPure(*expr.rhs)) {
    Val flag = lhs.is(Val::Kind::Bool) ? lhs : Val::boolean(toCondition(lhs));
    auto rhs = [&] { return Val::boolean(toCondition(eval(*expr.rhs))); };
    auto same = [&] { return flag; };
    std::vector<Slot> slots = assignedIn({expr.rhs});
    return expr.op == Op::And ? branch(flag, rhs, same, slots, nullptr)
                              : branch(flag, same, rhs, slots, nullptr);
  }
  Val rhs = eval(*expr.rhs);
  return combined(expr, lhs, rhs);
}

Val Generator::binary(sema::BinaryOp op, const Val &lhs, const Val &rhs, const sema::Type *type,
                      Loc where) {
  using Op = sema::BinaryOp;
  if (lhs.is(Val::Kind::Int) && rhs.is(Val::Kind::Int) &&
      !(type && type->is(TypeKind::Tensor) && !compares(op))) {
    if (compares(op)) {
      if (lhs.size.isConstant() && rhs.size.isConstant()) {
        int64_t p = lhs.size.constant, q = rhs.size.constant;
        bool holds = op == Op::Eq   ? p == q
                     : op == Op::Ne ? p != q
                     : op == Op::Lt ? p < q
                     : op == Op::Le ? p <= q
                     : op == Op::Gt ? p > q
                                    : p >= q;
        return Val::boolean(arith::ConstantIntOp::create(b, loc, holds, 1));
      }
      if (inGraph) // conditions of a graph are tensors
        return Val::tensor(compare(comparisonName(op), toTensor(lhs, b.getI64Type(), where),
                                   toTensor(rhs, b.getI64Type(), where)));
      return Val::boolean(arith::CmpIOp::create(b, loc, comparison(op), materialize(lhs.size),
                                                materialize(rhs.size)));
    }
    if (op == Op::Pow ||
        ((op == Op::Div || op == Op::Mod) && !(rhs.size.isConstant() && rhs.size.constant != 0)))
      return checkedIntOp(op, lhs.size, rhs.size);
    return Val::integer(arith(op, lhs.size, rhs.size));
  }
  auto isFlag = [](const Val &v) {
    return v.is(Val::Kind::Bool) && !isa<RankedTensorType>(v.v.getType());
  };
  if (isFlag(lhs) && isFlag(rhs)) {
    switch (op) {
    case Op::And:
      return Val::boolean(arith::AndIOp::create(b, loc, lhs.v, rhs.v));
    case Op::Or:
      return Val::boolean(arith::OrIOp::create(b, loc, lhs.v, rhs.v));
    case Op::Eq:
    case Op::Ne:
      return Val::boolean(arith::CmpIOp::create(b, loc, comparison(op), lhs.v, rhs.v));
    default:
      break;
    }
  }
  if (isText(lhs) || isText(rhs))
    return textBinary(op, lhs, rhs, where);
  if (lhs.is(Val::Kind::Handle) || rhs.is(Val::Kind::Handle))
    return handleBinary(op, lhs, rhs, where);
  bool tree = lhs.is(Val::Kind::Tree) || rhs.is(Val::Kind::Tree);
  for (const Val *side : {&lhs, &rhs})
    if (side->is(Val::Kind::Tree) && !side->v) // of a model without params
      return *side;
  // A scalar int or flag takes the other side's element type.
  Type element;
  for (const Val *side : {&lhs, &rhs})
    if (side->is(Val::Kind::Tensor) || side->is(Val::Kind::Tree))
      element = mlir::cast<RankedTensorType>(side->v.getType()).getElementType();
  Value x = toTensor(lhs, element, where), y = toTensor(rhs, element, where);
  Value result;
  if (op == Op::MatMul)
    result = matmul(x, y);
  else if (compares(op))
    result = compare(comparisonName(op), x, y);
  else if (op == Op::Pow && rhsIsConstant(y, 2))
    result = elementwise("nn.mul", {x, x});
  else if (op == Op::Pow && !isa<FloatType>(elementOf(x)))
    result = integerPower(x, y);
  else
    result = elementwise2(elementwiseName(op), x, y);
  return tree ? Val::tree(result, paddingAfter(elementwiseName(op), {lhs, rhs}))
              : Val::tensor(result);
}

/// x ^ y by squaring, bit by bit of y; 0 where y is negative.
Value Generator::integerPower(Value x, Value y) {
  Type element = elementOf(x);
  Sizes shape = jointShape(x, y);
  unsigned bits = element.getIntOrFloatBitWidth();
  if (auto constant = y.getDefiningOp<nn::ConstantOp>())
    if (auto dense = dyn_cast<DenseElementsAttr>(constant.getValue()); dense && dense.isSplat())
      bits = dense.getSplatValue<APInt>().getActiveBits();
  Value zero = broadcast(constantTensor(0, element), shape);
  Value one = broadcast(constantTensor(1, element), shape);
  Value base = broadcast(x, shape), exponent = broadcast(y, shape), left = exponent, power = one;
  for (unsigned bit = 0; bit < bits; ++bit) {
    if (bit) {
      base = elementwise("nn.mul", {base, base});
      left = elementwise("nn.shr", {left, one});
    }
    Value odd = compare("eq", elementwise("nn.and", {left, one}), one);
    power = elementwise("nn.mul", {power, elementwise("nn.select", {odd, base, one}, element)});
  }
  if (element.isUnsignedInteger())
    return power;
  return elementwise("nn.select", {compare("lt", exponent, zero), zero, power}, element);
}

/// Whether y is a constant scalar of this value.
bool Generator::rhsIsConstant(Value y, double value) {
  auto constant = y.getDefiningOp<nn::ConstantOp>();
  if (!constant)
    return false;
  auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
  if (!dense || !dense.isSplat())
    return false;
  if (isa<FloatType>(dense.getElementType()))
    return dense.getSplatValue<APFloat>().convertToDouble() == value;
  return false;
}

Val Generator::evalConvert(const sema::Convert &expr) {
  Val value = eval(*expr.value);
  const sema::Type &type = *expr.type;
  switch (type.kind) {
  case TypeKind::Int:
    if (value.is(Val::Kind::Int))
      return value;
    if (value.is(Val::Kind::Bool) && !isa<RankedTensorType>(value.v.getType()))
      return Val::integer(
          Size(arith::IndexCastUIOp::create(b, loc, b.getIndexType(), value.v).getResult()));
    if (mlir::isa<FloatType>(elementOf(value.v)))
      value.v = cast(value.v, b.getI64Type()); // towards zero
    if (elementOf(value.v).isInteger(1) || elementOf(value.v).isUnsignedInteger())
      value.v = cast(value.v, b.getI64Type());
    return Val::integer(asSize(value));
  case TypeKind::Tensor: {
    Type element = elementType(type.dtype);
    if (value.is(Val::Kind::Aggregate)) // a range
      return Val::tensor(rangeTensor(value, element));
    if (value.is(Val::Kind::Handle))
      return listToTensor(value, type);
    if (value.is(Val::Kind::Bool) && type.dtype == sema::DType::Bool && type.shape.empty())
      return value;
    return Val::tensor(cast(toTensor(value, element, expr.loc), element));
  }
  default:
    return value;
  }
}

/// + of lists.
Val Generator::handleBinary(sema::BinaryOp op, const Val &lhs, const Val &rhs, Loc where) {
  if (op != sema::BinaryOp::Add || !lhs.is(Val::Kind::Handle) || !rhs.is(Val::Kind::Handle))
    unsupported(where, "this operator is not compiled for these values");
  return Val::handle(hostCall("nnrt_list_concat", {lhs.v, rhs.v}, handleType()));
}

/// [e; n]: n equal values.
Val Generator::evalArrayFill(const sema::ArrayFill &expr) {
  Val value = eval(*expr.value);
  const sema::Type &type = *expr.type;
  if (type.is(TypeKind::Tensor)) {
    Sizes shape = shapeOf(type.shape);
    return Val::tensor(broadcast(
        cast(toTensor(value, elementType(type.dtype), expr.loc), elementType(type.dtype)), shape));
  }
  if (type.is(TypeKind::Array)) {
    Size count = sizeOf(type.count);
    if (!type.elems[0]->isModel() && count.isConstant() && count.constant <= 4096) {
      Val list;
      list.kind = Val::Kind::List;
      list.parts.assign(std::max<int64_t>(count.constant, 0), value);
      return list;
    }
  }
  unsupported(expr.loc, "an array of `" + type.str() + "` filled with one value is not compiled");
}

/// lo, lo + 1, ... as a tensor.
Value Generator::rangeTensor(const Val &range, Type element) {
  const Size &lo = range.parts[0].size;
  Size n = arith(sema::BinaryOp::Sub, range.parts[1].size, lo);
  Value iota =
      tensorOp("nn.iota", {}, element, {n}, b.getNamedAttr("axis", b.getI64IntegerAttr(0)), true);
  if (lo.isConstant() && lo.constant == 0)
    return iota;
  return elementwise2("nn.add", iota, toTensor(Val::integer(lo), element, {}));
}

/// Equal parts on a new first axis.
Value Generator::stacked(const Values &parts) {
  Values rows;
  for (Value part : parts) {
    Sizes shape = shapeOf(part);
    shape.insert(shape.begin(), 1);
    rows.push_back(reshape(part, shape));
  }
  if (rows.size() == 1)
    return rows[0];
  Sizes shape = shapeOf(rows[0]);
  shape[0] = static_cast<int64_t>(rows.size());
  return tensorOp("nn.concat", rows, elementOf(rows[0]), shape,
                  b.getNamedAttr("axis", b.getI64IntegerAttr(0)));
}

Value Generator::evalTensorLiteral(const sema::TensorLit &expr) {
  Type element = elementType(expr.type->dtype);
  Values parts;
  for (const sema::Expr *elem : expr.elems)
    parts.push_back(cast(toTensor(eval(*elem), element, expr.loc), element));
  if (parts.empty())
    return tensorOp("nn.concat", {}, element, {0}, b.getNamedAttr("axis", b.getI64IntegerAttr(0)));
  return stacked(parts);
}

} // namespace nnc::irgen
