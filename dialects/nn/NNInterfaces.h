// Interfaces and traits of the nn dialect, and the view a derivative rule has of its walk.
#pragma once

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"

namespace nn {

/// One reverse (vjp) or forward (jvp) walk over straight-line ops, as derivative rules see it.
/// It holds a derivative per value: the adjoint in a reverse walk, the tangent in a forward one.
class Derivation {
public:
  virtual ~Derivation();

  /// The derivative of `value` in the value's own type, or null for zero.
  virtual mlir::Value of(mlir::Value value) = 0;
  /// Adds a contribution; ignored where `value` is not active or the contribution is null.
  virtual void add(mlir::Value value, mlir::Value contribution) = 0;
  /// Whether the derivative of `value` may differ from zero.
  virtual bool isActive(mlir::Value value) = 0;
  /// Declares values active in a nested walk, before it runs.
  virtual void activate(mlir::ValueRange values) = 0;
  /// Marks what depends on active values among `ops` (in program order).
  virtual void spreadActivity(llvm::ArrayRef<mlir::Operation *> ops) = 0;
  /// Differentiates `ops`, given in program order; new ops go to the builder's place.
  virtual llvm::LogicalResult run(mlir::ImplicitLocOpBuilder &builder,
                                  llvm::ArrayRef<mlir::Operation *> ops) = 0;
  /// A walk of the same kind for a region. Values from outside are active if they are in this one;
  /// contributions to them stay in the nested walk until its caller moves them.
  virtual std::unique_ptr<Derivation> nested() = 0;
};

template <typename ConcreteType>
class ZeroDerivative : public mlir::OpTrait::TraitBase<ConcreteType, ZeroDerivative> {};

} // namespace nn

#include "dialects/nn/NNInterfaces.h.inc"
