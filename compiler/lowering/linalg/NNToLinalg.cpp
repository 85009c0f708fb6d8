#include "compiler/lowering/linalg/Passes.h"
#include "compiler/lowering/linalg/ToLinalg.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

namespace nn {
#define GEN_PASS_DEF_NNTOLINALG
#include "compiler/lowering/linalg/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

void nn::populateNNToLinalg(const TypeConverter &types, RewritePatternSet &patterns) {
  populateElementwiseToLinalg(types, patterns);
  populateConstantToLinalg(types, patterns);
  populateShapeToLinalg(types, patterns);
  populateReduceToLinalg(types, patterns);
  populateSortToLinalg(types, patterns);
  populateEinsumToLinalg(types, patterns);
  populateGatherToLinalg(types, patterns);
  populateTreeToLinalg(types, patterns);
  populateRandomToLinalg(types, patterns);
  populateControlToLinalg(types, patterns);
  populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, types);
  populateReturnOpTypeConversionPattern(patterns, types);
  populateCallOpTypeConversionPattern(patterns, types);
}

namespace {
struct NNToLinalgPass : nn::impl::NNToLinalgBase<NNToLinalgPass> {
  void runOnOperation() override {
    SignlessTypes types;
    ConversionTarget target(getContext());
    target.addIllegalDialect<NNDialect>();
    target.addLegalOp<UnrealizedConversionCastOp>();
    target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp op) {
      return types.isSignatureLegal(op.getFunctionType()) && types.isLegal(&op.getBody());
    });
    target.markUnknownOpDynamicallyLegal([&](Operation *op) { return types.isLegal(op); });
    RewritePatternSet patterns(&getContext());
    populateNNToLinalg(types, patterns);
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      return signalPassFailure();
    SmallVector<UnrealizedConversionCastOp> casts; // of what regions yield
    getOperation()->walk([&](UnrealizedConversionCastOp op) { casts.push_back(op); });
    reconcileUnrealizedCasts(casts);
  }
};
} // namespace

// One pipeline as text: it shows in --help and in reproducers, and needs no pass headers.
static constexpr const char *referencePipeline =
    "nn-expand-grad,canonicalize,cse,nn-to-linalg,canonicalize,cse,"
    "one-shot-bufferize{bufferize-function-boundaries "
    "function-boundary-type-conversion=identity-layout-map allow-return-allocs-from-loops},"
    "canonicalize,func.func(convert-linalg-to-loops,canonicalize),memref-expand,"
    "expand-strided-metadata,"
    "lower-affine,convert-scf-to-cf,func.func(llvm-request-c-wrappers),arith-expand,"
    "convert-math-to-llvm,convert-math-to-libm,convert-to-llvm,reconcile-unrealized-casts,"
    "canonicalize";

void nn::registerReferencePipeline() {
  PassPipelineRegistration<>(
      "nn-reference-pipeline", "nn functions to the llvm dialect by the reference lowering",
      [](OpPassManager &manager) { (void)parsePassPipeline(referencePipeline, manager); });
}
