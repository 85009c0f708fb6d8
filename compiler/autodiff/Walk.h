// The reverse and forward walks of autodiff. They know no op by name.
#pragma once

#include "dialects/nn/NNInterfaces.h"
#include "llvm/ADT/DenseSet.h"

namespace nn {

/// What both walks share: a derivative per value, and which values are active.
class Walk : public Derivation {
public:
  explicit Walk(mlir::ImplicitLocOpBuilder &builder, Walk *outer = nullptr)
      : builder(builder), outer(outer) {}

  mlir::Value of(mlir::Value value) override;
  mlir::Value wide(mlir::Value value) override { return find(value); }
  void add(mlir::Value value, mlir::Value contribution) override;
  bool isActive(mlir::Value value) override;
  void activate(mlir::ValueRange values) override;
  void spreadActivity(llvm::ArrayRef<mlir::Operation *> ops) override;
  void replace(mlir::Operation *op, mlir::ValueRange values) override;

protected:
  /// Whether a derivative can flow into `op` by an operand or a captured value.
  bool readsActive(mlir::Operation *op);
  llvm::LogicalResult refuse(mlir::Operation *op);
  bool hasDerivative(mlir::Value value) { return derivatives.contains(value); }
  /// The derivative as it is kept.
  virtual mlir::Value find(mlir::Value value) { return derivatives.lookup(value); }

  mlir::ImplicitLocOpBuilder &builder;
  Walk *outer;
  bool isBroken = false; // a rule gave a derivative of another shape

private:
  llvm::DenseMap<mlir::Value, mlir::Value> derivatives; // f16 and bf16 sums are kept in f32
  llvm::DenseSet<mlir::Value> active;
};

/// From results to operands.
class ReverseWalk : public Walk {
public:
  using Walk::Walk;
  llvm::LogicalResult run(llvm::ArrayRef<mlir::Operation *> ops) override;
  std::unique_ptr<Derivation> nested(mlir::ImplicitLocOpBuilder &builder) override;
};

/// From operands to results; the tangents of an op's results are computed right after it.
class ForwardWalk : public Walk {
public:
  using Walk::Walk;
  llvm::LogicalResult run(llvm::ArrayRef<mlir::Operation *> ops) override;
  std::unique_ptr<Derivation> nested(mlir::ImplicitLocOpBuilder &builder) override;

protected:
  mlir::Value find(mlir::Value value) override;
};

} // namespace nn
