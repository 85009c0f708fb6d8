// graph-run FILE [DIMS...]: runs every graph of a file of nn functions on random arguments, naive
// (-O0) and optimised, and compares: the numbers within rounding; and bit by bit the optimised code
// for this machine and for x86-64-v3, with parallel chunks in order and backwards. DIMS such as 5,3
// are values of the graphs' index arguments, each run in turn. --time prints the time of one run
// instead of comparing.
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "test/lowering/cpu/GraphCode.h"
#include <cmath>
#include <random>

using namespace mlir;

static void fillRandomly(std::vector<Buffer> &args) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  for (Buffer &arg : args)
    for (int64_t i = 0; i < arg.count; ++i)
      arg.set(i, normal(random));
}

static double tolerance(int32_t dtype) {
  switch (dtype) {
  case NNRT_F16:
  case NNRT_BF16:
    return 2e-2;
  case NNRT_F32:
    return 1e-5;
  case NNRT_F64:
    return 1e-13;
  default:
    return 0;
  }
}

static bool areClose(std::vector<Buffer> &expected, std::vector<Buffer> &actual, StringRef name) {
  for (size_t k = 0; k < expected.size(); ++k) {
    double scale = 10; // of the terms that results are sums of
    for (int64_t i = 0; i < expected[k].count; ++i)
      if (std::isfinite(expected[k].at(i)))
        scale = std::max(scale, std::fabs(expected[k].at(i)));
    for (int64_t i = 0; i < expected[k].count; ++i) {
      double x = expected[k].at(i), y = actual[k].at(i);
      if (x == y || (std::isnan(x) && std::isnan(y)) ||
          std::fabs(x - y) <= tolerance(expected[k].dtype) * scale)
        continue;
      llvm::outs() << name << ": result " << k << " differs at " << i << ": "
                   << llvm::format("%.9g, naive %.9g\n", y, x);
      return false;
    }
  }
  return true;
}

static bool areSame(std::vector<Buffer> &expected, std::vector<Buffer> &actual, StringRef name,
                    StringRef variant) {
  for (size_t k = 0; k < expected.size(); ++k)
    if (std::memcmp(expected[k].data(), actual[k].data(), expected[k].bytes()) != 0) {
      llvm::outs() << name << ": result " << k << " has other bits " << variant << '\n';
      return false;
    }
  return true;
}

int main(int argc, char **argv) {
  DialectRegistry registry;
  registerGraphDialects(registry);
  MLIRContext context(registry);
  std::vector<std::vector<int64_t>> dimsList;
  bool time = false;
  for (int i = 2; i < argc; ++i) {
    if (StringRef(argv[i]) == "--time") {
      time = true;
      continue;
    }
    SmallVector<StringRef> parts;
    StringRef(argv[i]).split(parts, ',');
    dimsList.emplace_back();
    for (StringRef part : parts)
      dimsList.back().push_back(std::stoll(part.str()));
  }
  if (dimsList.empty())
    dimsList.emplace_back();
  auto module = argc > 1 ? parseSourceFile<ModuleOp>(argv[1], &context) : nullptr;
  if (!module)
    return 2;
  std::vector<Graph> graphs = graphsOf(*module);
  Compiled fast = compile(*module, 2, "native");
  if (!fast.ok())
    return 1;
  if (time) {
    for (const Graph &graph : graphs)
      for (auto &dims : dimsList) {
        double seconds;
        run(fast, graph, dims, fillRandomly, &seconds);
        llvm::outs() << graph.name << ": " << llvm::format("%.1f us\n", seconds * 1e6);
      }
    return 0;
  }
  Compiled naive = compile(*module, 0, "native"), narrow = compile(*module, 2, "x86-64-v3");
  if (!naive.ok() || !narrow.ok())
    return 1;
  bool good = true;
  for (const Graph &graph : graphs) {
    bool same = true;
    for (auto &dims : dimsList) {
      auto expected = run(naive, graph, dims, fillRandomly),
           actual = run(fast, graph, dims, fillRandomly);
      same &= areClose(expected, actual, graph.name);
      auto onNarrow = run(narrow, graph, dims, fillRandomly);
      same &= areSame(actual, onNarrow, graph.name, "on x86-64-v3");
      chunksBackwards = true;
      auto backwards = run(fast, graph, dims, fillRandomly);
      same &= areSame(actual, backwards, graph.name, "with chunks backwards");
      chunksBackwards = false;
    }
    if (same)
      llvm::outs() << graph.name << ": ok\n";
    good &= same;
  }
  return good ? 0 : 1;
}
