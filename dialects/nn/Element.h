// One element, or a vector of them, with the operators that elementwise ops are written in.
#pragma once

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Value.h"

namespace nn {

enum class CompareKind : uint32_t;

/// A signless scalar or vector under construction from arith and math ops.
struct Element {
  mlir::OpBuilder *builder;
  mlir::Location loc;
  mlir::Value value;
  bool isUnsigned; // integers only

  /// The operands of an op, with the signedness of the op's own types.
  static std::vector<Element> list(mlir::OpBuilder &builder, mlir::Location loc,
                                   mlir::Operation *op, mlir::ValueRange operands);
  mlir::Type elementType() const;
  bool isFloat() const;
  /// A value of this one's type.
  Element constant(double number) const;
  Element with(mlir::Value other) const { return {builder, loc, other, isUnsigned}; }
};

Element operator+(Element a, Element b);
Element operator-(Element a, Element b);
Element operator*(Element a, Element b);
Element operator/(Element a, Element b);
Element operator-(Element a);
Element operator&(Element a, Element b);
Element operator|(Element a, Element b);
Element operator^(Element a, Element b);
Element operator~(Element a);

Element compare(CompareKind kind, Element a, Element b);
Element select(Element condition, Element a, Element b);
Element convert(Element a, mlir::Type elementType);
Element max(Element a, Element b);
Element min(Element a, Element b);
Element rem(Element a, Element b);
Element pow(Element a, Element b);
Element atan2(Element a, Element b);
Element shl(Element a, Element b);
Element shr(Element a, Element b);
Element abs(Element a);
Element sign(Element a);
Element exp(Element a);
Element expm1(Element a);
Element log(Element a);
Element log1p(Element a);
Element sin(Element a);
Element cos(Element a);
Element tanh(Element a);
Element sqrt(Element a);
Element erf(Element a);
Element floor(Element a);
Element ceil(Element a);
Element round(Element a);
Element isFinite(Element a);

// With a number on one side.
inline Element operator+(Element a, double b) { return a + a.constant(b); }
inline Element operator-(Element a, double b) { return a - a.constant(b); }
inline Element operator-(double a, Element b) { return b.constant(a) - b; }
inline Element operator*(Element a, double b) { return a * a.constant(b); }
inline Element operator*(double a, Element b) { return b.constant(a) * b; }
inline Element operator/(Element a, double b) { return a / a.constant(b); }
inline Element operator/(double a, Element b) { return b.constant(a) / b; }
inline Element max(Element a, double b) { return max(a, a.constant(b)); }
inline Element min(Element a, double b) { return min(a, a.constant(b)); }

/// The fold of an elementwise op: neutral operands, and constants computed by emitElement.
mlir::OpFoldResult foldElementwise(mlir::Operation *op, llvm::ArrayRef<mlir::Attribute> operands);

/// The type that holds `elementType` without a sign: ui8 -> i8, others stay.
mlir::Type signlessElement(mlir::Type elementType);

/// The four words of philox(counter, key): i64 scalars or vectors in, i32 ones out.
std::array<mlir::Value, 4> emitPhilox(mlir::OpBuilder &builder, mlir::Location loc,
                                      mlir::Value counter, mlir::Value key);

} // namespace nn
