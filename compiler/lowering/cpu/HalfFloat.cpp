#include "compiler/lowering/cpu/HalfFloat.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

/// `like`, a scalar or vector, with other elements.
static Type withElements(Type like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like))
    return vector.clone(element);
  return element;
}

static Value number(ImplicitLocOpBuilder &b, Type type, int64_t value) {
  auto attr = b.getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(b, DenseElementsAttr::get(vector, Attribute(attr)));
  return arith::ConstantOp::create(b, attr);
}

Value nnc::cpu::floatOfBFloatBits(ImplicitLocOpBuilder &b, Value bits) {
  Type wide = withElements(bits.getType(), b.getI32Type());
  Value shifted =
      arith::ShLIOp::create(b, arith::ExtUIOp::create(b, wide, bits), number(b, wide, 16));
  return arith::BitcastOp::create(b, withElements(wide, b.getF32Type()), shifted);
}

Value nnc::cpu::bfloatBitsOf(ImplicitLocOpBuilder &b, Value value) {
  Type wide = withElements(value.getType(), b.getI32Type());
  Value bits = arith::BitcastOp::create(b, wide, value);
  Value shift = number(b, wide, 16);
  Value odd = arith::AndIOp::create(b, arith::ShRUIOp::create(b, bits, shift), number(b, wide, 1));
  Value bias = arith::AddIOp::create(b, odd, number(b, wide, 0x7fff));
  Value rounded = arith::AddIOp::create(b, bits, bias);
  // Rounding could make an infinity of NaN: a quiet one instead.
  Value quiet = arith::OrIOp::create(b, bits, number(b, wide, 0x400000));
  Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, value, value);
  Value result = arith::SelectOp::create(b, isNaN, quiet, rounded);
  return arith::TruncIOp::create(b, withElements(wide, b.getIntegerType(16)),
                                 arith::ShRUIOp::create(b, result, shift));
}

Value nnc::cpu::roundToHalf(ImplicitLocOpBuilder &b, Value value, Type element) {
  if (element.isBF16())
    return floatOfBFloatBits(b, bfloatBitsOf(b, value));
  Value half = arith::TruncFOp::create(b, withElements(value.getType(), element), value);
  return arith::ExtFOp::create(b, value.getType(), half);
}
