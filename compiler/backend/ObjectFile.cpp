#include "compiler/backend/ObjectFile.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

namespace nnc {

static const llvm::Target *hostTarget(const llvm::Triple &triple, std::string &error) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  return llvm::TargetRegistry::lookupTarget(triple, error);
}

bool isProcessor(const std::string &cpu) {
  llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
  std::string error;
  const llvm::Target *target = hostTarget(triple, error);
  auto subtarget = [&](const std::string &name) {
    return std::unique_ptr<llvm::MCSubtargetInfo>(target->createMCSubtargetInfo(triple, name, ""));
  };
  return cpu == "native" || !target ||
         (subtarget("")->isCPUStringValid(cpu) &&
          (!triple.isX86() || subtarget(cpu)->checkFeatures("+64bit")));
}

static std::unique_ptr<llvm::TargetMachine> createMachine(const ObjectOptions &options,
                                                          std::string &error) {
  llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
  const llvm::Target *target = hostTarget(triple, error);
  if (!target)
    return nullptr;
  std::string cpu = options.cpu, features;
  if (cpu == "native") {
    cpu = llvm::sys::getHostCPUName().str();
    llvm::SubtargetFeatures list;
    for (auto &entry : llvm::sys::getHostCPUFeatures())
      list.AddFeature(entry.getKey(), entry.getValue());
    features = list.getString();
  }
  llvm::TargetOptions codegen;
  // The IR says where a product and a sum are one operation; nothing else may be contracted.
  codegen.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  auto level = options.optLevel == 0 ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, cpu, features, codegen, llvm::Reloc::PIC_, std::nullopt, level));
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine, int level) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager cgscc;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(cgscc);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, cgscc, modules);
  llvm::OptimizationLevel levels[] = {llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1,
                                      llvm::OptimizationLevel::O2, llvm::OptimizationLevel::O3};
  llvm::OptimizationLevel chosen = levels[std::clamp(level, 0, 3)];
  auto passes = level == 0 ? builder.buildO0DefaultPipeline(chosen)
                           : builder.buildPerModuleDefaultPipeline(chosen);
  passes.run(module, modules);
}

bool emitObject(mlir::ModuleOp module, const ObjectOptions &options, std::string &object,
                std::string &error, std::string *llvmText) {
  mlir::registerBuiltinDialectTranslation(*module.getContext());
  mlir::registerLLVMDialectTranslation(*module.getContext());
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule = mlir::translateModuleToLLVMIR(module, context);
  if (!llvmModule) {
    error = "translation to LLVM IR failed";
    return false;
  }
  auto machine = createMachine(options, error);
  if (!machine)
    return false;
  for (llvm::Function &function : *llvmModule) // the runtime's exceptions pass through
    if (!function.isDeclaration()) {
      function.setUWTableKind(llvm::UWTableKind::Async);
      // Recursion without end shall end in an error, not go round forever.
      function.addFnAttr("disable-tail-calls", "true");
    }
  llvmModule->setDataLayout(machine->createDataLayout());
  llvmModule->setTargetTriple(machine->getTargetTriple());
  if (llvmText) {
    llvm::raw_string_ostream(*llvmText) << *llvmModule;
    return true;
  }
  optimize(*llvmModule, *machine, options.optLevel);
  llvm::SmallVector<char, 0> buffer;
  llvm::raw_svector_ostream out(buffer);
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, out, nullptr, llvm::CodeGenFileType::ObjectFile)) {
    error = "this target cannot emit object files";
    return false;
  }
  codegen.run(*llvmModule);
  object.assign(buffer.begin(), buffer.end());
  return true;
}

} // namespace nnc
