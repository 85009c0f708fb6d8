#include "test/lowering/cpu/GraphCode.h"
#include "compiler/autodiff/Passes.h"
#include "compiler/lowering/cpu/Passes.h"
#include "compiler/optimize/Passes.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include <chrono>
#include <cmath>

using namespace mlir;

bool chunksBackwards = false;

static void parallelFor(nnrt_context *, void (*body)(void *, int64_t), void *env, int64_t chunks) {
  for (int64_t i = 0; i < chunks; ++i)
    body(env, chunksBackwards ? chunks - 1 - i : i);
}

static int64_t bytesOf(int32_t dtype) {
  static const int64_t sizes[] = {2, 2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 1};
  return sizes[dtype];
}

Buffer::Buffer(int32_t dtype, int64_t count)
    : dtype(dtype), count(count), storage(count * bytesOf(dtype) / sizeof(std::max_align_t) + 12) {}

char *Buffer::data() {
  auto address = reinterpret_cast<uintptr_t>(storage.data());
  return reinterpret_cast<char *>((address + 63) / 64 * 64);
}

int64_t Buffer::bytes() const { return count * bytesOf(dtype); }

double Buffer::at(int64_t i) {
  char *p = data() + i * bytesOf(dtype);
  auto read = [&](auto like) {
    std::memcpy(&like, p, sizeof like);
    return like;
  };
  switch (dtype) {
  case NNRT_F16:
  case NNRT_BF16: {
    llvm::APFloat value(dtype == NNRT_F16 ? llvm::APFloat::IEEEhalf() : llvm::APFloat::BFloat(),
                        llvm::APInt(16, read(uint16_t())));
    bool lost;
    value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &lost);
    return value.convertToDouble();
  }
  case NNRT_F32:
    return read(float());
  case NNRT_F64:
    return read(double());
  case NNRT_I8:
    return read(int8_t());
  case NNRT_I16:
    return read(int16_t());
  case NNRT_I32:
    return read(int32_t());
  case NNRT_I64:
    return static_cast<double>(read(int64_t()));
  case NNRT_U16:
    return read(uint16_t());
  case NNRT_U32:
    return read(uint32_t());
  case NNRT_U64:
    return static_cast<double>(read(uint64_t()));
  default:
    return read(uint8_t());
  }
}

void Buffer::set(int64_t i, double value) {
  char *p = data() + i * bytesOf(dtype);
  auto write = [&](auto typed) { std::memcpy(p, &typed, sizeof typed); };
  int64_t whole = static_cast<int64_t>(std::fabs(value) * 1000) % 7;
  switch (dtype) {
  case NNRT_F16:
  case NNRT_BF16: {
    llvm::APFloat half(value);
    bool lost;
    half.convert(dtype == NNRT_F16 ? llvm::APFloat::IEEEhalf() : llvm::APFloat::BFloat(),
                 llvm::APFloat::rmNearestTiesToEven, &lost);
    return write(static_cast<uint16_t>(half.bitcastToAPInt().getZExtValue()));
  }
  case NNRT_F32:
    return write(static_cast<float>(value));
  case NNRT_F64:
    return write(value);
  case NNRT_BOOL:
    return write(static_cast<uint8_t>(whole & 1));
  default:
    std::memset(p, 0, bytesOf(dtype));
    *p = static_cast<char>(whole);
  }
}

Compiled compile(ModuleOp source, unsigned level, StringRef cpu) {
  OwningOpRef<ModuleOp> module(source.clone());
  PassManager pm(source.getContext());
  if (failed(parsePassPipeline("nn-expand-grad", pm)))
    return {};
  nnc::buildOptimizePipeline(pm, level);
  nnc::buildKernelPipeline(pm, level);
  nnc::buildCPULoopPipeline(pm, level);
  nnc::buildCPUFunctionPipeline(pm);
  nnc::buildCPULLVMPipeline(pm, level);
  if (failed(pm.run(*module)))
    return {};
  std::string error, triple = llvm::sys::getDefaultTargetTriple();
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(llvm::Triple(triple), error);
  std::string name = cpu == "native" ? llvm::sys::getHostCPUName().str() : cpu.str();
  auto machine = [&] {
    return std::unique_ptr<llvm::TargetMachine>(
        target->createTargetMachine(llvm::Triple(triple), name, "", {}, llvm::Reloc::PIC_));
  };
  auto forPasses = machine();
  ExecutionEngineOptions options;
  auto optimize = makeOptimizingTransformer(level ? 2 : 1, 0, forPasses.get());
  options.transformer = optimize;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Default;
  auto engine = ExecutionEngine::create(*module, options, machine());
  if (!engine) {
    llvm::errs() << llvm::toString(engine.takeError()) << '\n';
    return {};
  }
  (*engine)->registerSymbols([](llvm::orc::MangleAndInterner interner) {
    llvm::orc::SymbolMap map;
    map[interner("nnrt_parallel_for")] = {llvm::orc::ExecutorAddr::fromPtr(&parallelFor),
                                          llvm::JITSymbolFlags::Exported};
    return map;
  });
  return {std::move(*engine)};
}

/// Where each buffer lies: the lowest place free of all buffers that are in use at the same time.
static std::vector<int64_t> planOffsets(const nnrt_graph &graph, const int64_t *sizes,
                                        int64_t &total) {
  std::vector<int64_t> offsets(graph.n_buffers);
  total = 64;
  for (int i = 0; i < graph.n_buffers; ++i) {
    bool moved = true;
    while (moved) {
      moved = false;
      for (int j = 0; j < i; ++j) {
        bool together = graph.live[2 * i] <= graph.live[2 * j + 1] &&
                        graph.live[2 * j] <= graph.live[2 * i + 1];
        bool overlap = offsets[i] < offsets[j] + sizes[j] && offsets[j] < offsets[i] + sizes[i];
        if (together && overlap) {
          offsets[i] = (offsets[j] + sizes[j] + 63) / 64 * 64;
          moved = true;
        }
      }
    }
    total = std::max(total, offsets[i] + sizes[i] + 64);
  }
  return offsets;
}

std::vector<Buffer> run(const Compiled &code, const Graph &graph, ArrayRef<int64_t> dims,
                        llvm::function_ref<void(std::vector<Buffer> &)> fill, double *seconds) {
  auto symbol = code.engine->lookup(graph.name + ".graph");
  if (!symbol) {
    llvm::errs() << llvm::toString(symbol.takeError()) << '\n';
    exit(1);
  }
  const auto &description = *static_cast<const nnrt_graph *>(*symbol);
  std::vector<Buffer> args, results;
  std::vector<void *> argPointers, resultPointers;
  int next = 0;
  for (auto [i, type] : llvm::enumerate(graph.arguments)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      continue;
    int64_t count = 1;
    ArrayRef<int64_t> bound = graph.bound[i];
    for (int64_t size : tensor.getShape()) {
      count *= ShapedType::isDynamic(size) ? dims[bound.front()] : size;
      bound = bound.drop_front(ShapedType::isDynamic(size));
    }
    args.emplace_back(description.args[next++].dtype, count);
  }
  fill(args);
  for (Buffer &arg : args)
    argPointers.push_back(arg.data());
  std::vector<int64_t> shapes(8 * description.n_results + description.n_buffers + 1);
  description.shape(dims.data(), shapes.data());
  const int64_t *shape = shapes.data();
  for (int k = 0; k < description.n_results; ++k) {
    int64_t count = 1;
    for (int axis = 0; axis < description.results[k].rank; ++axis)
      count *= *shape++;
    results.emplace_back(description.results[k].dtype, count);
    std::memset(results.back().data(), 0x7f, results.back().bytes());
  }
  for (int k = 0; k < description.n_results; ++k) {
    int32_t alias = description.results[k].alias;
    resultPointers.push_back(alias < 0 ? results[k].data() : argPointers[alias]);
  }
  int64_t total;
  std::vector<int64_t> offsets = planOffsets(description, shape, total);
  Buffer arena(NNRT_U8, total);
  std::memset(arena.data(), 0x7f, total);
  nnrt_frame frame{dims.data(),  argPointers.data(), resultPointers.data(),
                   arena.data(), offsets.data(),     nullptr};
  description.run(&frame);
  if (seconds) {
    *seconds = 1e9;
    for (int i = 0; i < 200; ++i) {
      auto start = std::chrono::steady_clock::now();
      description.run(&frame);
      std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
      *seconds = std::min(*seconds, taken.count());
    }
  }
  for (int k = 0; k < description.n_results; ++k)
    if (description.results[k].alias >= 0)
      std::memcpy(results[k].data(), resultPointers[k], results[k].bytes());
  return results;
}

void registerGraphDialects(DialectRegistry &registry) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  registerAllPasses();
  nn::registerAutodiffPasses();
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registry.insert<nn::NNDialect, nnc::kernel::KernelDialect>();
}

std::vector<Graph> graphsOf(ModuleOp module) {
  std::vector<Graph> graphs;
  for (auto function : module.getOps<func::FuncOp>()) {
    Graph graph{function.getName().str(), SmallVector<Type>(function.getArgumentTypes()), {}};
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto bound = function.getArgAttrOfType<DenseI64ArrayAttr>(i, "nn.dims");
      graph.bound.emplace_back(bound ? bound.asArrayRef() : ArrayRef<int64_t>());
    }
    graphs.push_back(graph);
  }
  return graphs;
}
