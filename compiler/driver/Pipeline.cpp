// Every pass of the compiler, in order. Read it from top to bottom: each function leads to the next
// stage.
#include "compiler/driver/Pipeline.h"
#include "compiler/autodiff/Passes.h"
#include "compiler/lowering/cpu/Passes.h"
#include "compiler/lowering/gpu/Passes.h"
#include "compiler/lowering/host/Passes.h"
#include "compiler/optimize/Passes.h"
#include "compiler/outline/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace nnc {

static void cleanUp(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

/// host + nn mixed -> host functions that launch graphs of nn ops
static void toGraphs(OpPassManager &pm) {
  cleanUp(pm);
  pm.addPass(createOutlineGraphsPass());
  cleanUp(pm);
}

/// derivatives expanded
static void toGradients(OpPassManager &pm) {
  pm.addPass(nn::createExpandGrad());
  pm.addNestedPass<func::FuncOp>(createResolveDimsPass());
  cleanUp(pm);
  pm.addNestedPass<func::FuncOp>(nn::createMergeLoops());
}

/// graphs simplified
static void toOptimized(OpPassManager &pm, int optLevel) {
  buildOptimizePipeline(pm, optLevel);
  pm.addNestedPass<func::FuncOp>(createResolveDimsPass());
}

/// nn ops -> kernels on buffers; the host part with explicit reference counts
static void toKernels(OpPassManager &pm, int optLevel) {
  buildKernelPipeline(pm, optLevel);
  pm.addNestedPass<func::FuncOp>(createHostOwnershipPass());
}

/// kernels -> loops on vectors, or a gpu.module and launches of its functions
static void toLoops(OpPassManager &pm, const CompileRequest &request) {
  if (gpu::isGpuTarget(request.target))
    gpu::buildGpuKernelPipeline(pm);
  else
    buildCPULoopPipeline(pm, request.optLevel);
}

/// all of it -> the LLVM dialect; the kernels of a GPU become PTX in a constant
static void toLLVM(OpPassManager &pm, const CompileRequest &request) {
  if (gpu::isGpuTarget(request.target))
    gpu::buildGpuFunctionPipeline(pm, request.target);
  else
    buildCPUFunctionPipeline(pm);
  pm.addPass(createHostToLLVMPass());
  buildCPULLVMPipeline(pm, request.optLevel);
}

void buildPipeline(OpPassManager &pm, Stage from, Stage to, const CompileRequest &request) {
  for (int stage = static_cast<int>(from) + 1; stage <= static_cast<int>(to); ++stage)
    switch (static_cast<Stage>(stage)) {
    case Stage::NN:
      toGraphs(pm);
      break;
    case Stage::Grad:
      toGradients(pm);
      break;
    case Stage::Opt:
      toOptimized(pm, request.optLevel);
      break;
    case Stage::Kernel:
      toKernels(pm, request.optLevel);
      break;
    case Stage::Linalg:
      toLoops(pm, request);
      break;
    case Stage::LLVM:
      toLLVM(pm, request);
      break;
    default:
      break;
    }
}

static constexpr std::pair<Stage, const char *> kNames[] = {
    {Stage::Ast, "ast"},       {Stage::TypedAst, "typed-ast"},
    {Stage::Host, "host"},     {Stage::NN, "nn"},
    {Stage::Grad, "grad"},     {Stage::Opt, "opt"},
    {Stage::Kernel, "kernel"}, {Stage::Linalg, "linalg"},
    {Stage::LLVM, "llvm"},     {Stage::Ptx, "ptx"},
    {Stage::Obj, "obj"},       {Stage::Exe, "exe"}};

llvm::StringRef stageName(Stage stage) {
  for (auto &[known, name] : kNames)
    if (known == stage)
      return name;
  return "";
}

std::optional<Stage> stageOf(llvm::StringRef name) {
  for (auto &[stage, known] : kNames)
    if (name == known)
      return stage;
  return std::nullopt;
}

} // namespace nnc
