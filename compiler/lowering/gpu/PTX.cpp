#include "compiler/lowering/gpu/PTX.h"
#include "compiler/lowering/gpu/Passes.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;

extern "C" {
extern const char nnc_device_math_begin[];
extern const char nnc_device_math_end[];
}

llvm::StringRef nnc::gpu::deviceMathBitcode() {
  return {nnc_device_math_begin, size_t(nnc_device_math_end - nnc_device_math_begin)};
}

std::string nnc::gpu::chipOf(llvm::StringRef target) {
  if (target == "cuda")
    return "sm_80";
  // Those that PTX 8.0 knows and that have what the kernels use; newer GPUs run sm_80's PTX as
  // well.
  bool known = target.consume_front("cuda:") &&
               llvm::is_contained({"sm_80", "sm_86", "sm_87", "sm_89", "sm_90", "sm_90a"}, target);
  return known ? target.str() : "";
}

OwningOpRef<ModuleOp> nnc::gpu::lowerKernels(mlir::gpu::GPUModuleOp module) {
  OwningOpRef<ModuleOp> holder = ModuleOp::create(module.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(holder->getBody());
  auto copy = cast<mlir::gpu::GPUModuleOp>(builder.clone(*module.getOperation()));
  PassManager passes(module.getContext());
  OpPassManager &kernels = passes.nest<mlir::gpu::GPUModuleOp>();
  kernels.addPass(createDeviceMathPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createLoopInvariantCodeMotionPass());
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(createConvertGpuOpsToNVVMOps());
  kernels.addPass(createArithToLLVMConversionPass());
  kernels.addPass(createConvertMathToLLVMPass());
  passes.addPass(createConvertControlFlowToLLVMPass()); // takes whole modules only
  passes.addPass(createReconcileUnrealizedCastsPass());
  passes.addPass(createCSEPass());
  if (failed(passes.run(*holder)))
    return {};
  Block *functions = copy.getBody();
  holder->getBody()->getOperations().splice(holder->getBody()->begin(), functions->getOperations());
  copy.erase();
  return holder;
}

static std::unique_ptr<llvm::TargetMachine> createGpuMachine(const nnc::gpu::PtxOptions &options,
                                                             std::string &error) {
  static bool initialized = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    return true;
  }();
  (void)initialized;
  llvm::Triple triple("nvptx64-nvidia-cuda");
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions codegen;
  codegen.AllowFPOpFusion =
      llvm::FPOpFusion::Strict; // as on the CPU: the IR says where to contract
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, options.chip, options.features, codegen, std::nullopt,
                                  std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

static std::unique_ptr<llvm::Module> translateKernels(ModuleOp module, llvm::LLVMContext &context) {
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  registerGPUDialectTranslation(*module.getContext());
  registerNVVMDialectTranslation(*module.getContext());
  return translateModuleToLLVMIR(module, context, "kernels");
}

// Adds the device functions that the kernels call, as functions of this module alone.
static bool linkDeviceMath(llvm::Module &module, std::string &error) {
  auto buffer = llvm::MemoryBufferRef(nnc::gpu::deviceMathBitcode(), "device-math");
  auto math = llvm::parseBitcodeFile(buffer, module.getContext());
  if (!math) {
    error = llvm::toString(math.takeError());
    return false;
  }
  for (llvm::Function &function : **math) {
    function.removeFnAttr("target-cpu"); // of the chip it was compiled for
    function.removeFnAttr("target-features");
    function.removeFnAttr("no-builtins");
  }
  (*math)->setDataLayout(module.getDataLayout());
  if (auto *flags = (*math)->getModuleFlagsMetadata())
    (*math)->eraseNamedMetadata(flags);
  if (llvm::Linker::linkModules(module, std::move(*math), llvm::Linker::LinkOnlyNeeded)) {
    error = "the device functions do not link";
    return false;
  }
  for (llvm::Function &function : module) {
    if (function.isDeclaration()) {
      if (!function.isIntrinsic()) {
        error = "no device function " + function.getName().str();
        return false;
      }
    } else if (function.getCallingConv() != llvm::CallingConv::PTX_Kernel) {
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
    }
  }
  return true;
}

static void optimizeKernels(llvm::Module &module, llvm::TargetMachine &machine, int level) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager cgscc;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(cgscc);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, cgscc, modules);
  // Without at least O1, device functions would stay calls and values would go through local
  // memory.
  auto chosen = level <= 1   ? llvm::OptimizationLevel::O1
                : level == 2 ? llvm::OptimizationLevel::O2
                             : llvm::OptimizationLevel::O3;
  builder.buildPerModuleDefaultPipeline(chosen).run(module, modules);
}

bool nnc::gpu::emitPtx(mlir::gpu::GPUModuleOp module, const PtxOptions &options, std::string &ptx,
                       std::string &error) {
  OwningOpRef<ModuleOp> lowered = lowerKernels(module);
  if (!lowered) {
    error = "the kernels cannot be lowered to LLVM";
    return false;
  }
  llvm::LLVMContext context;
  auto llvmModule = translateKernels(*lowered, context);
  if (!llvmModule) {
    error = "the kernels cannot be translated to LLVM IR";
    return false;
  }
  auto machine = createGpuMachine(options, error);
  if (!machine)
    return false;
  llvmModule->setDataLayout(machine->createDataLayout());
  llvmModule->setTargetTriple(machine->getTargetTriple());
  if (!linkDeviceMath(*llvmModule, error))
    return false;
  optimizeKernels(*llvmModule, *machine, options.optLevel);
  llvm::SmallVector<char, 0> buffer;
  llvm::raw_svector_ostream out(buffer);
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, out, nullptr, llvm::CodeGenFileType::AssemblyFile)) {
    error = "LLVM cannot write PTX";
    return false;
  }
  codegen.run(*llvmModule);
  ptx.assign(buffer.begin(), buffer.end());
  return true;
}
