#include "dialects/nn/Dims.h"
#include "dialects/nn/ops/control/ControlGrad.h"

using namespace mlir;
using namespace nn;

//--- custom

LogicalResult CustomOp::verify() {
  if (getRules().size() != size_t(getVjp()) + size_t(getJvp()) || getRules().empty())
    return emitOpError() << "has " << getRules().size() << " rules";
  auto isOf = [&](Block &block, TypeRange more, TypeRange yields) {
    SmallVector<Type> takes(getArgs().getTypes());
    llvm::append_range(takes, more);
    return TypeRange(block.getArgumentTypes()) == TypeRange(takes) &&
           block.getTerminator()->getOperandTypes() == yields;
  };
  if (!isOf(getPrimal().front(), {}, getResultTypes()))
    return emitOpError() << "region does not lead from its arguments to its results";
  if (vjpRule() && !isOf(*vjpRule(), getResultTypes(), getArgs().getTypes()))
    return emitOpError() << "rule vjp does not lead from adjoints to adjoints";
  if (jvpRule() && !isOf(*jvpRule(), getArgs().getTypes(), getResultTypes()))
    return emitOpError() << "rule jvp does not lead from tangents to tangents";
  return verifyDims(*this, getResultTypes(), getDims());
}
Value CustomOp::resultDim(OpBuilder &, unsigned result, int64_t axis) {
  return pickDim(getResultTypes(), getDims(), result, axis);
}
Value CustomOp::argumentDim(OpBuilder &builder, BlockArgument argument, int64_t axis) {
  unsigned place = argument.getArgNumber(), count = getArgs().size();
  bool isAdjoint = place >= count && argument.getOwner() == vjpRule();
  return isAdjoint ? pickDim(getResultTypes(), getDims(), place - count, axis)
                   : dimOf(builder, getLoc(), getArgs()[place % count], axis);
}

// What a rule yields for the op's arguments and `more`.
static SmallVector<Value> applyRule(OpBuilder &builder, Block &rule, ValueRange args,
                                    ValueRange more) {
  SmallVector<Value> all(args);
  llvm::append_range(all, more);
  IRMapping map;
  return cloneYields(builder, rule, all, map);
}

// A rule is linear in what it takes last. `weights` are for what it yields: the gradient, by what
// it takes last, of the weighted sum is the other mode's derivative.
static SmallVector<Value> applyTransposed(ImplicitLocOpBuilder &builder, Block &rule,
                                          ValueRange args, ArrayRef<Value> like,
                                          ArrayRef<Value> weights) {
  SmallVector<Value> zeros;
  SmallVector<Type> types;
  Type loss = builder.getF32Type();
  for (Value value : like) {
    zeros.push_back(zerosLike(Ex(builder, value)).value);
    types.push_back(value.getType());
  }
  for (Value weight : weights)
    if (getElementTypeOrSelf(weight.getType()).isF64())
      loss = builder.getF64Type();
  types.insert(types.begin(), RankedTensorType::get({}, loss));
  auto grad = GradOp::create(builder, types, zeros);
  Block *body = &grad.getBody().emplaceBlock();
  for (Value zero : zeros)
    body->addArgument(zero.getType(), builder.getLoc());
  auto inside = ImplicitLocOpBuilder::atBlockEnd(builder.getLoc(), body);
  Ex total(inside, ConstantOp::create(inside, cast<RankedTensorType>(types[0]), 0.0));
  for (auto [value, weight] :
       llvm::zip_equal(applyRule(inside, rule, args, ValueRange(body->getArguments())), weights)) {
    Ex product = castTo(Ex(inside, value), loss) * castTo(Ex(inside, weight), loss);
    total = total + sum(product, allAxes(product));
  }
  YieldOp::create(inside, total.value);
  return SmallVector<Value>(grad.getResults().drop_front());
}

LogicalResult CustomOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  SmallVector<Value> adjoints;
  for (Value result : getResults())
    adjoints.push_back(derivativeOrZeros(builder, walk, result));
  SmallVector<Value> given = vjpRule() ? applyRule(builder, *vjpRule(), getArgs(), adjoints)
                                       : applyTransposed(builder, *jvpRule(), getArgs(),
                                                         SmallVector<Value>(getArgs()), adjoints);
  for (auto [arg, adjoint] : llvm::zip_equal(getArgs(), given))
    walk.add(arg, adjoint);
  return success();
}

LogicalResult CustomOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  SmallVector<Value> tangents;
  for (Value arg : getArgs())
    tangents.push_back(derivativeOrZeros(builder, walk, arg));
  SmallVector<Value> given = jvpRule()
                                 ? applyRule(builder, *jvpRule(), getArgs(), tangents)
                                 : applyTransposed(builder, *vjpRule(), getArgs(),
                                                   SmallVector<Value>(getResults()), tangents);
  for (auto [result, tangent] : llvm::zip_equal(getResults(), given))
    walk.add(result, tangent);
  return success();
}

static LogicalResult verifyDerived(Operation *op, Block &body, TypeRange wrt, TypeRange extra) {
  if (body.getArgumentTypes() != wrt)
    return op->emitOpError() << "body takes (" << body.getArgumentTypes() << "), but wrt is ("
                             << wrt << ")";
  SmallVector<Type> expected(body.getTerminator()->getOperandTypes());
  llvm::append_range(expected, extra);
  if (TypeRange(op->getResultTypes()) != TypeRange(expected))
    return op->emitOpError() << "results are (" << op->getResultTypes() << "), but should be ("
                             << expected << ")";
  return success();
}

LogicalResult GradOp::verify() {
  auto yielded = bodyBlock()->getTerminator()->getOperandTypes();
  auto loss = yielded.empty() ? RankedTensorType() : dyn_cast<RankedTensorType>(yielded.front());
  if (!loss || loss.getRank() != 0 || !isa<FloatType>(loss.getElementType()))
    return emitOpError() << "body yields no rank-0 float first, but (" << yielded << ")";
  return verifyDerived(*this, *bodyBlock(), getWrt().getTypes(), getWrt().getTypes());
}
Value GradOp::argumentDim(OpBuilder &builder, BlockArgument argument, int64_t axis) {
  return dimOf(builder, getLoc(), getWrt()[argument.getArgNumber()], axis);
}

LogicalResult JvpOp::verify() {
  if (getWrt().getTypes() != getTangents().getTypes())
    return emitOpError() << "has tangents (" << getTangents().getTypes() << ") for ("
                         << getWrt().getTypes() << ")";
  SmallVector<Type> floats;
  for (Type type : bodyBlock()->getTerminator()->getOperandTypes())
    if (isa<FloatType>(getElementTypeOrSelf(type)))
      floats.push_back(type);
  return verifyDerived(*this, *bodyBlock(), getWrt().getTypes(), floats);
}
Value JvpOp::argumentDim(OpBuilder &builder, BlockArgument argument, int64_t axis) {
  return dimOf(builder, getLoc(), getWrt()[argument.getArgNumber()], axis);
}
