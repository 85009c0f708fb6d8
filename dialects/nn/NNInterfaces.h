// Interfaces and traits of the nn dialect, and the view a derivative rule has of its walk.
#pragma once

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"

namespace nn {

class Batching;

/// One reverse (vjp) or forward (jvp) walk over straight-line ops, as derivative rules see it.
/// It holds a derivative per value: the adjoint in a reverse walk, the tangent in a forward one.
class Derivation {
public:
  virtual ~Derivation();

  /// The derivative of `value` in the value's own type, or null for zero.
  virtual mlir::Value of(mlir::Value value) = 0;
  /// The same as it is summed: in f32 for f16 and bf16.
  virtual mlir::Value wide(mlir::Value value) = 0;
  /// Adds a contribution, which may be wider than `value`; ignored where `value` is not active or
  /// the contribution is null.
  virtual void add(mlir::Value value, mlir::Value contribution) = 0;
  /// Whether the derivative of `value` may differ from zero.
  virtual bool isActive(mlir::Value value) = 0;
  /// Declares values active in a nested walk, before it runs.
  virtual void activate(mlir::ValueRange values) = 0;
  /// Marks what depends on active values among `ops` (in program order).
  virtual void spreadActivity(llvm::ArrayRef<mlir::Operation *> ops) = 0;
  /// Differentiates `ops`, given in program order; new ops go where the walk's builder stands.
  virtual llvm::LogicalResult run(llvm::ArrayRef<mlir::Operation *> ops) = 0;
  /// A walk of the same kind for a region, building with `builder`. Values from outside are active
  /// if they are in this one; what it adds to them stays in it until its caller moves it.
  virtual std::unique_ptr<Derivation> nested(mlir::ImplicitLocOpBuilder &builder) = 0;
  /// Puts `values` in the place of the results of `op`, with their derivatives and activity. The op
  /// stays, without uses.
  virtual void replace(mlir::Operation *op, mlir::ValueRange values) = 0;
};

template <typename ConcreteType>
class ZeroDerivative : public mlir::OpTrait::TraitBase<ConcreteType, ZeroDerivative> {};

} // namespace nn

#include "dialects/nn/NNInterfaces.h.inc"
