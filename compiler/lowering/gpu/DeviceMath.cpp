#include "compiler/lowering/gpu/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace {
/// What stands for an op: a function of device/Math.cpp or an LLVM intrinsic.
struct Target {
  const char *function = nullptr;
  const char *intrinsic = nullptr;
};
} // namespace

static Target targetOf(Operation *op) {
  auto function = [](const char *name) { return Target{name, nullptr}; };
  auto intrinsic = [](const char *name) { return Target{nullptr, name}; };
  return llvm::TypeSwitch<Operation *, Target>(op)
      .Case([&](math::ExpOp) { return function("exp"); })
      .Case([&](math::ExpM1Op) { return function("expm1"); })
      .Case([&](math::LogOp) { return function("log"); })
      .Case([&](math::Log1pOp) { return function("log1p"); })
      .Case([&](math::SinOp) { return function("sin"); })
      .Case([&](math::CosOp) { return function("cos"); })
      .Case([&](math::TanhOp) { return function("tanh"); })
      .Case([&](math::ErfOp) { return function("erf"); })
      .Case([&](math::RsqrtOp) { return function("rsqrt"); })
      .Case([&](math::Atan2Op) { return function("atan2"); })
      .Case([&](math::PowFOp) { return function("pow"); })
      .Case([&](arith::RemFOp) { return function("rem"); })
      .Case([&](math::SqrtOp) { return intrinsic("llvm.sqrt"); })
      .Case([&](math::FmaOp) { return intrinsic("llvm.fma"); })
      .Case([&](math::AbsFOp) { return intrinsic("llvm.fabs"); })
      .Case([&](math::FloorOp) { return intrinsic("llvm.floor"); })
      .Case([&](math::CeilOp) { return intrinsic("llvm.ceil"); })
      .Case([&](math::TruncOp) { return intrinsic("llvm.trunc"); })
      .Case([&](math::RoundEvenOp) { return intrinsic("llvm.roundeven"); })
      .Case([&](math::CopySignOp) { return intrinsic("llvm.copysign"); })
      .Case([&](arith::MaxNumFOp) { return intrinsic("llvm.maxnum"); })
      .Case([&](arith::MinNumFOp) { return intrinsic("llvm.minnum"); })
      .Default(Target());
}

static LLVM::LLVMFuncOp declare(OpBuilder &b, mlir::gpu::GPUModuleOp module, StringRef name,
                                LLVM::LLVMFunctionType type) {
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(module.getBody());
  return LLVM::LLVMFuncOp::create(b, module.getLoc(), name, type);
}

static LogicalResult replaceMath(Operation *op, Target target, mlir::gpu::GPUModuleOp module) {
  OpBuilder b(op);
  Type type = op->getResult(0).getType();
  if (!type.isF32() && !type.isF64())
    return op->emitOpError("on ") << type << " has no GPU code";
  Value result;
  if (target.function) {
    std::string name = std::string("nn_") + target.function + (type.isF32() ? "_f32" : "_f64");
    SmallVector<Type> operands(op->getOperandTypes());
    auto function = declare(b, module, name, LLVM::LLVMFunctionType::get(type, operands));
    result = LLVM::CallOp::create(b, op->getLoc(), function, op->getOperands()).getResult();
  } else {
    result = LLVM::CallIntrinsicOp::create(b, op->getLoc(), type, b.getStringAttr(target.intrinsic),
                                           op->getOperands())
                 .getResults();
  }
  op->getResult(0).replaceAllUsesWith(result);
  op->erase();
  return success();
}

namespace {
struct DeviceMathPass : PassWrapper<DeviceMathPass, OperationPass<mlir::gpu::GPUModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(DeviceMathPass)
  StringRef getArgument() const override { return "gpu-device-math"; }
  StringRef getDescription() const override {
    return "math ops to calls of the device functions, and to intrinsics";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect>();
  }
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops) {
      Target target = targetOf(op);
      if ((target.function || target.intrinsic) && failed(replaceMath(op, target, getOperation())))
        return signalPassFailure();
    }
  }
};
} // namespace

std::unique_ptr<Pass> nnc::gpu::createDeviceMathPass() {
  return std::make_unique<DeviceMathPass>();
}
