// test-gpu-agrees FILE [DIM...]: runs each graph of nn ops in FILE on the CPU and on the emulated
// GPU, with the same random arguments, and compares the results. The dims are the index arguments
// of every graph.
#include "compiler/backend/ObjectFile.h"
#include "compiler/lowering/cpu/Passes.h"
#include "compiler/lowering/gpu/Passes.h"
#include "compiler/optimize/Passes.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "runtime/include/nnrt.h"
#include <cmath>
#include <dlfcn.h>
#include <fstream>
#include <random>

using namespace mlir;

namespace {
struct Argument {
  Type element;
  SmallVector<int64_t> shape;
  std::string bytes;
};
struct Graph {
  std::string name;
  std::vector<Argument> arguments;
};

int32_t dtypeOf(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type)) {
    if (integer.getWidth() == 1)
      return NNRT_BOOL;
    int32_t size = integer.getWidth() == 8    ? 0
                   : integer.getWidth() == 16 ? 1
                   : integer.getWidth() == 32 ? 2
                                              : 3;
    return (integer.isUnsigned() ? NNRT_U8 : NNRT_I8) + size;
  }
  return type.isF16() ? NNRT_F16 : type.isBF16() ? NNRT_BF16 : type.isF32() ? NNRT_F32 : NNRT_F64;
}

// Small numbers, all kinds of them exact in every type; integers serve as indices, too.
std::string randomBytes(Type element, int64_t count) {
  static std::mt19937 random(11);
  std::string bytes;
  auto put = [&](const void *value, size_t size) {
    bytes.append(static_cast<const char *>(value), size);
  };
  for (int64_t i = 0; i < count; ++i) {
    float number = float(int(random() % 256) - 128) / 64;
    uint32_t bits;
    std::memcpy(&bits, &number, 4);
    uint16_t half = uint16_t(bits >> 16);
    _Float16 f16 = _Float16(number);
    double wide = number;
    int64_t integer = int64_t(random() % 7);
    if (element.isF32())
      put(&number, 4);
    else if (element.isF64())
      put(&wide, 8);
    else if (element.isBF16())
      put(&half, 2);
    else if (element.isF16())
      put(&f16, 2);
    else if (element.isInteger(1))
      bytes += char(integer & 1);
    else
      put(&integer, element.getIntOrFloatBitWidth() / 8);
  }
  return bytes;
}

std::vector<Graph> graphsOf(ModuleOp module, ArrayRef<int64_t> dims) {
  std::vector<Graph> graphs;
  for (auto function : module.getOps<func::FuncOp>()) {
    graphs.push_back({function.getName().str(), {}});
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor)
        continue;
      SmallVector<int64_t> shape(tensor.getShape());
      auto bound = function.getArgAttrOfType<DenseI64ArrayAttr>(i, "nn.dims");
      unsigned next = 0;
      int64_t count = 1;
      for (int64_t &size : shape) {
        if (ShapedType::isDynamic(size))
          size = dims[bound[next++]];
        count *= size;
      }
      graphs.back().arguments.push_back(
          {tensor.getElementType(), shape, randomBytes(tensor.getElementType(), count)});
    }
  }
  return graphs;
}

/// The module with one of its functions alone.
OwningOpRef<ModuleOp> alone(ModuleOp module, llvm::StringRef name) {
  OwningOpRef<ModuleOp> copy = module.clone();
  for (auto function : llvm::to_vector(copy->getOps<func::FuncOp>()))
    if (function.getName() != name)
      function.erase();
  return copy;
}

/// Compiles the module into a shared library and loads it. Null on failure.
void *build(ModuleOp source, bool gpu, unsigned level) {
  OwningOpRef<ModuleOp> module = source.clone();
  PassManager passes(module->getContext());
  nnc::buildOptimizePipeline(passes, level);
  nnc::buildKernelPipeline(passes, level);
  if (gpu) {
    nnc::gpu::buildGpuKernelPipeline(passes);
    nnc::gpu::buildGpuFunctionPipeline(passes, "cuda-emu");
  } else {
    nnc::buildCPULoopPipeline(passes, level);
    nnc::buildCPUFunctionPipeline(passes);
  }
  nnc::buildCPULLVMPipeline(passes, level);
  if (failed(passes.run(*module)))
    return nullptr;
  std::string object, error;
  nnc::ObjectOptions options;
  options.optLevel = 1;
  if (!nnc::emitObject(*module, options, object, error)) {
    std::printf("error: %s\n", error.c_str());
    return nullptr;
  }
  char folder[] = "/tmp/nnc-agree-XXXXXX";
  if (!mkdtemp(folder))
    return nullptr;
  std::string base = std::string(folder) + "/graph";
  std::ofstream(base + ".o", std::ios::binary) << object;
  bool linked = std::system(("cc -shared -o " + base + ".so " + base + ".o -lm").c_str()) == 0;
  void *library = linked ? dlopen((base + ".so").c_str(), RTLD_NOW | RTLD_LOCAL) : nullptr;
  if (!library)
    std::printf("error: %s\n", dlerror());
  std::system(("rm -r " + std::string(folder)).c_str());
  return library;
}

struct Run {
  const nnrt_graph *code;
  const Graph *graph;
  const int64_t *dims;
  std::vector<nnrt_tensor *> results;
};

void launch(nnrt_context *ctx, void *env) {
  auto *run = static_cast<Run *>(env);
  std::vector<nnrt_tensor *> arguments;
  for (const Argument &argument : run->graph->arguments)
    arguments.push_back(nnrt_tensor_from_data(ctx, dtypeOf(argument.element),
                                              int32_t(argument.shape.size()), argument.shape.data(),
                                              argument.bytes.data()));
  run->results.resize(size_t(run->code->n_results));
  nnrt_launch(ctx, run->code, run->dims, arguments.data(), run->results.data());
  for (nnrt_tensor *result : run->results)
    nnrt_tensor_data(result);
}

// The largest difference, relative to values above 1.
double difference(nnrt_context *ctx, nnrt_tensor *x, nnrt_tensor *y) {
  if (nnrt_tensor_numel(x) != nnrt_tensor_numel(y))
    return INFINITY;
  double worst = 0;
  for (int64_t i = 0; i < nnrt_tensor_numel(x); ++i) {
    double a = nnrt_tensor_at_f64(ctx, x, i), b = nnrt_tensor_at_f64(ctx, y, i);
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    double error = std::fabs(a - b) / std::max(1.0, std::fabs(a));
    worst = std::isnan(error) ? INFINITY : std::max(worst, error);
  }
  return worst;
}

double toleranceOf(nnrt_tensor *tensor) {
  switch (nnrt_tensor_dtype(tensor)) {
  case NNRT_F64:
    return 1e-12;
  case NNRT_F32:
    return 2e-6;
  case NNRT_F16:
    return 2e-3;
  case NNRT_BF16:
    return 2e-2;
  default:
    return 0;
  }
}

bool agrees(ModuleOp module, const Graph &graph, ArrayRef<int64_t> dims, unsigned level) {
  auto say = [&](const char *what) {
    std::printf("%s at -O%u: %s\n", graph.name.c_str(), level, what);
    std::fflush(stdout);
  };
  OwningOpRef<ModuleOp> source = alone(module, graph.name);
  void *cpu = build(*source, false, level), *gpu = build(*source, true, level);
  if (!cpu || !gpu) {
    say(cpu ? "the GPU cannot" : "the CPU cannot");
    return false;
  }
  std::string symbol = graph.name + ".graph";
  nnrt_context *ctx = nnrt_context_new();
  Run runs[2] = {{static_cast<nnrt_graph *>(dlsym(cpu, symbol.c_str())), &graph, dims.data(), {}},
                 {static_cast<nnrt_graph *>(dlsym(gpu, symbol.c_str())), &graph, dims.data(), {}}};
  for (Run &run : runs)
    if (nnrt_str *error = nnrt_try(ctx, launch, &run)) {
      say(nnrt_str_data(error));
      return false;
    }
  bool same = true;
  for (auto [x, y] : llvm::zip(runs[0].results, runs[1].results)) {
    double error = difference(ctx, x, y);
    if (error <= toleranceOf(x))
      continue;
    same = false;
    say(("a result differs by " + std::to_string(error)).c_str());
    std::printf("  CPU %s\n  GPU %s\n", nnrt_str_data(nnrt_format_tensor(ctx, x, "")),
                nnrt_str_data(nnrt_format_tensor(ctx, y, "")));
  }
  if (same)
    say("the same");
  nnrt_context_free(ctx);
  return same;
}
} // namespace

int main(int argc, char **argv) {
  registerAllPasses();
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<nn::NNDialect, nnc::kernel::KernelDialect>();
  MLIRContext context(registry);
  auto module = parseSourceFile<ModuleOp>(argv[1], &context);
  if (!module)
    return 1;
  SmallVector<int64_t> dims;
  for (int i = 2; i < argc; ++i)
    dims.push_back(std::atoll(argv[i]));
  dims.resize(8, 5);
  int failures = 0;
  for (const Graph &graph : graphsOf(*module, dims))
    for (unsigned level : {2u, 0u})
      failures += !agrees(*module, graph, dims, level);
  return failures != 0;
}
