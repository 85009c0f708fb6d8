#include "dialects/nn/Expr.h"
#include "dialects/nn/Dims.h"

using namespace mlir;
using namespace nn;

std::vector<Ex> Ex::list(ImplicitLocOpBuilder &builder, Operation *op) {
  std::vector<Ex> list;
  for (Value operand : op->getOperands())
    list.push_back(Ex(builder, operand));
  return list;
}

RankedTensorType Ex::type() const { return cast<RankedTensorType>(value.getType()); }

// The sizes an op needs to make a tensor of the shape of `like`.
static SmallVector<Value> dimsLike(Ex like) {
  return dynamicDims(*like.builder, like.builder->getLoc(), like.value);
}

Ex nn::constantLike(Ex like, double number) {
  ImplicitLocOpBuilder &b = *like.builder;
  RankedTensorType type = like.type();
  if (type.hasStaticShape())
    return Ex(b, ConstantOp::create(b, type, number));
  auto scalar = RankedTensorType::get({}, type.getElementType());
  return Ex(b, FullOp::create(b, type, ConstantOp::create(b, scalar, number), dimsLike(like)));
}
Ex nn::zerosLike(Ex like) { return constantLike(like, 0.0); }

template <typename Op, typename... Operands> static Ex make(Ex a, Operands... rest) {
  return Ex(*a.builder, a.builder->createOrFold<Op>(a.value, rest.value...));
}
Ex nn::operator+(Ex a, Ex b) { return make<AddOp>(a, b); }
Ex nn::operator-(Ex a, Ex b) { return make<SubOp>(a, b); }
Ex nn::operator*(Ex a, Ex b) { return make<MulOp>(a, b); }
Ex nn::operator/(Ex a, Ex b) { return make<DivOp>(a, b); }
Ex nn::operator-(Ex a) { return make<NegOp>(a); }
Ex nn::pow(Ex a, Ex b) { return make<PowOp>(a, b); }
Ex nn::exp(Ex a) { return make<ExpOp>(a); }
Ex nn::log(Ex a) { return make<LogOp>(a); }
Ex nn::sin(Ex a) { return make<SinOp>(a); }
Ex nn::cos(Ex a) { return make<CosOp>(a); }
Ex nn::sign(Ex a) { return make<SignOp>(a); }
Ex nn::floor(Ex a) { return make<FloorOp>(a); }
Ex nn::select(Ex condition, Ex a, Ex b) { return make<SelectOp>(condition, a, b); }
Ex nn::compare(CompareKind kind, Ex a, Ex b) {
  return Ex(*a.builder, CompareOp::create(*a.builder, kind, a.value, b.value));
}
Ex nn::castTo(Ex a, Type elementType) {
  if (a.elementType() == elementType)
    return a;
  return Ex(*a.builder, CastOp::create(*a.builder, a.value, elementType));
}

Ex nn::greaterShare(Ex a, Ex b) {
  Ex half = select(compare(CompareKind::eq, a, b), constantLike(a, 0.5), 0.0);
  return select(compare(CompareKind::gt, a, b), 1.0, half);
}

Ex nn::reshapeLike(Ex a, Ex like) {
  return Ex(*a.builder, a.builder->createOrFold<ReshapeOp>(like.type().clone(a.elementType()),
                                                           a.value, dimsLike(like)));
}
Ex nn::transpose(Ex a, ArrayRef<int64_t> perm) {
  return Ex(*a.builder,
            a.builder->createOrFold<TransposeOp>(a.value, a.builder->getDenseI64ArrayAttr(perm)));
}
Ex nn::reverse(Ex a, ArrayRef<int64_t> axes) {
  return Ex(*a.builder,
            ReverseOp::create(*a.builder, a.value, a.builder->getDenseI64ArrayAttr(axes)));
}
Ex nn::sum(Ex a, ArrayRef<int64_t> axes) {
  return Ex(*a.builder,
            a.builder->createOrFold<SumOp>(a.value, a.builder->getDenseI64ArrayAttr(axes)));
}
SmallVector<int64_t> nn::allAxes(Ex a) { return llvm::to_vector(llvm::seq<int64_t>(0, a.rank())); }

Ex nn::cumsum(Ex a, int64_t axis, bool reverse) {
  ImplicitLocOpBuilder &b = *a.builder;
  return Ex(b, CumSumOp::create(b, a.value, b.getI64IntegerAttr(axis),
                                reverse ? b.getUnitAttr() : UnitAttr()));
}

Ex nn::spread(Ex a, Ex like, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> map;
  for (int64_t axis = 0; axis < like.rank(); ++axis)
    if (!llvm::is_contained(axes, axis))
      map.push_back(axis);
  return Ex(*a.builder, a.builder->createOrFold<BroadcastOp>(like.type().clone(a.elementType()),
                                                             a.value, dimsLike(like),
                                                             a.builder->getDenseI64ArrayAttr(map)));
}

Ex nn::dynamicSliceLike(Ex a, Ex like, ValueRange start) {
  return Ex(*a.builder,
            DynamicSliceOp::create(*a.builder, like.type(), a.value, start, dimsLike(like)));
}
Ex nn::dynamicUpdate(Ex a, Ex update, ValueRange start) {
  return Ex(*a.builder, DynamicUpdateOp::create(*a.builder, a.value, update.value, start));
}
Ex nn::take(Ex a, Ex index, int64_t axis) {
  return Ex(*a.builder, TakeOp::create(*a.builder, a.value, index.value, axis));
}
Ex nn::scatterAdd(Ex a, Ex index, Ex update, int64_t axis) {
  return Ex(*a.builder, ScatterAddOp::create(*a.builder, a.value, index.value, update.value, axis));
}
Ex nn::takeAlong(Ex a, Ex index, int64_t axis) {
  return Ex(*a.builder, TakeAlongOp::create(*a.builder, a.value, index.value, axis));
}
Ex nn::scatterAddAlong(Ex a, Ex index, Ex update, int64_t axis) {
  return Ex(*a.builder,
            ScatterAddAlongOp::create(*a.builder, a.value, index.value, update.value, axis));
}

SmallVector<int64_t> nn::inversePermutation(ArrayRef<int64_t> perm) {
  SmallVector<int64_t> inverse(perm.size());
  for (auto [place, axis] : llvm::enumerate(perm))
    inverse[axis] = place;
  return inverse;
}

// `op` with the operands at `places` replaced by their tangents, zeros where there is none.
static Operation *cloneOnTangents(ImplicitLocOpBuilder &builder, Operation *op,
                                  ArrayRef<unsigned> places, Derivation &walk) {
  Operation *clone = op->clone();
  for (unsigned place : places) {
    Value tangent = walk.of(op->getOperand(place));
    clone->setOperand(place,
                      tangent ? tangent : zerosLike(Ex(builder, op->getOperand(place))).value);
  }
  clone->setLoc(builder.getLoc());
  return builder.insert(clone);
}

LogicalResult nn::jvpOfJointlyLinear(ImplicitLocOpBuilder &builder, Operation *op,
                                     ArrayRef<unsigned> linear, Derivation &walk) {
  auto isZero = [&](unsigned place) { return !walk.of(op->getOperand(place)); };
  if (!llvm::all_of(linear, isZero))
    walk.add(op->getResult(0), cloneOnTangents(builder, op, linear, walk)->getResult(0));
  return success();
}

LogicalResult nn::jvpOfMultilinear(ImplicitLocOpBuilder &builder, Operation *op,
                                   ArrayRef<unsigned> linear, Derivation &walk) {
  for (unsigned place : linear)
    if (walk.of(op->getOperand(place)))
      walk.add(op->getResult(0), cloneOnTangents(builder, op, place, walk)->getResult(0));
  return success();
}
