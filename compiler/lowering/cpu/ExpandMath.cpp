// expand-math: transcendental functions in arithmetic, on scalars and vectors, so that kernels call
// no libm and give the same bits everywhere.
#include "compiler/lowering/cpu/MathF64.h"
#include "compiler/lowering/cpu/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nnc;

/// The op's function in f64, or null.
static Value expand(ImplicitLocOpBuilder &b, Operation *op, ValueRange x) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](math::ExpOp) { return cpu::expF64(b, x[0]); })
      .Case([&](math::LogOp) { return cpu::logF64(b, x[0]); })
      .Case([&](math::Log1pOp) { return cpu::log1pF64(b, x[0]); })
      .Case([&](math::ExpM1Op) { return cpu::expm1F64(b, x[0]); })
      .Case([&](math::TanhOp) { return cpu::tanhF64(b, x[0]); })
      .Case([&](math::ErfOp) { return cpu::erfF64(b, x[0]); })
      .Case([&](math::SinOp) { return cpu::sinF64(b, x[0]); })
      .Case([&](math::CosOp) { return cpu::cosF64(b, x[0]); })
      .Case([&](math::Atan2Op) { return cpu::atan2F64(b, x[0], x[1]); })
      .Case([&](math::PowFOp) { return cpu::powF64(b, x[0], x[1]); })
      .Default(Value());
}

/// Functions of f32 that have no fast form here are computed in f64 too.
static bool goesThroughF64(Operation *op) {
  Type element = getElementTypeOrSelf(op->getResult(0));
  return element.isF64() ||
         (element.isF32() && isa<math::PowFOp, math::Atan2Op, math::SinOp, math::CosOp>(op));
}

namespace {
struct ExpandMathPass : PassWrapper<ExpandMathPass, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ExpandMathPass)
  StringRef getArgument() const final { return "expand-math"; }
  StringRef getDescription() const final {
    return "writes transcendental functions as polynomials";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, math::MathDialect, vector::VectorDialect>();
  }
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa_and_nonnull<math::MathDialect>(op->getDialect()) && goesThroughF64(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      ImplicitLocOpBuilder b(op->getLoc(), op);
      Type type = op->getResult(0).getType();
      Type wide = b.getF64Type();
      if (auto vector = dyn_cast<VectorType>(type))
        wide = vector.clone(b.getF64Type());
      SmallVector<Value> operands(op->getOperands());
      if (wide != type)
        for (Value &operand : operands)
          operand = arith::ExtFOp::create(b, wide, operand);
      Value result = expand(b, op, operands);
      if (!result)
        continue;
      if (wide != type)
        result = arith::TruncFOp::create(b, type, result);
      op->getResult(0).replaceAllUsesWith(result);
      op->erase();
    }
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace

std::unique_ptr<Pass> nnc::createExpandMathPass() { return std::make_unique<ExpandMathPass>(); }
