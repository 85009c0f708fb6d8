// nn-run FILE [PIPELINE]: lowers a module of nn functions by the reference (or another pipeline
// that ends in the llvm dialect), runs each public function without arguments and prints its
// results: one line per result, `name.k:` and the elements in row-major order.
#include "compiler/autodiff/Passes.h"
#include "compiler/lowering/linalg/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;

struct Function {
  std::string name;
  SmallVector<RankedTensorType> results;
};

static SmallVector<Function> findFunctions(ModuleOp module) {
  SmallVector<Function> functions;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isPrivate() || function.getNumArguments() != 0)
      continue;
    Function found{function.getName().str(), {}};
    for (Type type : function.getResultTypes())
      found.results.push_back(cast<RankedTensorType>(type));
    functions.push_back(found);
  }
  return functions;
}

static float halfToFloat(uint16_t bits, bool isBFloat) {
  const llvm::fltSemantics &kind = isBFloat ? APFloat::BFloat() : APFloat::IEEEhalf();
  APFloat value(kind, APInt(16, bits));
  bool lost;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &lost);
  return value.convertToFloat();
}

static void printElement(const char *at, Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (type.isF64())
    llvm::outs() << llvm::format("%.17g", *reinterpret_cast<const double *>(at));
  else if (type.isF32())
    llvm::outs() << llvm::format("%.9g", *reinterpret_cast<const float *>(at));
  else if (isa<FloatType>(type))
    llvm::outs() << llvm::format(
        "%.6g", halfToFloat(*reinterpret_cast<const uint16_t *>(at), type.isBF16()));
  else {
    uint64_t bits = 0;
    std::memcpy(&bits, at, (width + 7) / 8);
    APInt integer(64, bits);
    integer = integer.trunc(width);
    integer.print(llvm::outs(), !type.isUnsignedInteger() && width > 1);
  }
}

// A memref descriptor: allocated, aligned, offset, sizes, strides. Returns what follows it.
static const int64_t *printResult(const int64_t *descriptor, RankedTensorType type) {
  int64_t rank = type.getRank();
  const char *data = reinterpret_cast<const char *>(descriptor[1]);
  const int64_t *sizes = descriptor + 3, *strides = sizes + rank;
  int64_t bytes = (type.getElementTypeBitWidth() + 7) / 8, count = 1;
  for (int64_t axis = 0; axis < rank; ++axis)
    count *= sizes[axis];
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, at = descriptor[2];
    for (int64_t axis = rank - 1; axis >= 0; --axis) {
      at += rest % sizes[axis] * strides[axis];
      rest /= sizes[axis];
    }
    llvm::outs() << ' ';
    printElement(data + at * bytes, type.getElementType());
  }
  llvm::outs() << '\n';
  return strides + rank;
}

// What memref.copy between strided buffers is lowered to: a rank and a descriptor for each side.
struct AnyBuffer {
  int64_t rank;
  const int64_t *descriptor;
};
static void copyBuffer(int64_t bytes, const AnyBuffer *from, const AnyBuffer *to) {
  const int64_t *sizes = from->descriptor + 3;
  int64_t count = 1;
  for (int64_t axis = 0; axis < from->rank; ++axis)
    count *= sizes[axis];
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, source = from->descriptor[2], target = to->descriptor[2];
    for (int64_t axis = from->rank - 1; axis >= 0; --axis) {
      int64_t index = rest % sizes[axis];
      rest /= sizes[axis];
      source += index * from->descriptor[3 + from->rank + axis];
      target += index * to->descriptor[3 + from->rank + axis];
    }
    std::memcpy(reinterpret_cast<char *>(to->descriptor[1]) + target * bytes,
                reinterpret_cast<const char *>(from->descriptor[1]) + source * bytes, bytes);
  }
}

int main(int argc, char **argv) {
  if (argc < 2) {
    llvm::errs() << "usage: nn-run FILE [PIPELINE]\n";
    return 2;
  }
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  registerAllPasses();
  nn::registerAutodiffPasses();
  nn::registerLinalgPasses();
  nn::registerReferencePipeline();
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registry.insert<nn::NNDialect>();
  MLIRContext context(registry);
  auto module = parseSourceFile<ModuleOp>(argv[1], &context);
  if (!module)
    return 1;
  SmallVector<Function> functions = findFunctions(*module);
  PassManager manager(&context);
  if (failed(parsePassPipeline(argc > 2 ? argv[2] : "nn-reference-pipeline", manager)) ||
      failed(manager.run(*module)))
    return 1;
  auto engine = ExecutionEngine::create(*module);
  if (!engine) {
    llvm::errs() << llvm::toString(engine.takeError()) << '\n';
    return 1;
  }
  (*engine)->registerSymbols([](llvm::orc::MangleAndInterner intern) {
    llvm::orc::SymbolMap symbols;
    symbols[intern("memrefCopy")] = {llvm::orc::ExecutorAddr::fromPtr(copyBuffer),
                                     llvm::JITSymbolFlags::Exported};
    return symbols;
  });
  for (const Function &function : functions) {
    std::vector<int64_t> results(64 * function.results.size() + 1);
    void *address = results.data(), *argument = &address;
    if (auto error = (*engine)->invokePacked("_mlir_ciface_" + function.name, argument)) {
      llvm::errs() << llvm::toString(std::move(error)) << '\n';
      return 1;
    }
    const int64_t *next = results.data();
    for (auto [k, type] : llvm::enumerate(function.results)) {
      llvm::outs() << function.name << '.' << k << ':';
      next = printResult(next, type);
    }
  }
  return 0;
}
