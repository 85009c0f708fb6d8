// math-accuracy: computes elementary functions in kernels at many points and compares them with
// long doubles.
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "test/lowering/cpu/GraphCode.h"
#include "llvm/Support/Format.h"
#include <cmath>

using namespace mlir;

struct Function {
  const char *name;
  long double (*exact)(long double);
  double lo, hi;
  double ulpF32, ulpF64; // how many units in the last place the error may be
};

static long double logistic(long double x) { return 1 / (1 + std::exp(-x)); }
static long double rsqrt(long double x) { return 1 / std::sqrt(x); }

static const Function functions[] = {
    {"exp", std::exp, -80, 80, 3, 4},   {"expm1", std::expm1, -3, 3, 6, 6},
    {"log", std::log, 1e-6, 1e6, 4, 4}, {"log1p", std::log1p, -0.9, 50, 6, 6},
    {"tanh", std::tanh, -6, 6, 8, 8},   {"logistic", logistic, -20, 20, 6, 6},
    {"sin", std::sin, -30, 30, 0, 0},   {"cos", std::cos, -30, 30, 0, 0},
    {"erf", std::erf, -4, 4, 8, 8},     {"sqrt", std::sqrt, 0, 100, 1, 1},
    {"rsqrt", rsqrt, 1e-3, 100, 2, 2},
};

/// Infinities, NaN, zeros and numbers at the ends of the range: the kind of result must be right.
static bool checkSpecial(const Compiled &code, const Graph &graph, const Function &f,
                         int64_t points) {
  const double inf = std::numeric_limits<double>::infinity();
  const double special[] = {0.0, -0.0, inf, -inf, std::nan(""), 1e30, -1e30, 1e-36, -1e-36, -1.0};
  std::vector<double> x(points);
  auto results = run(code, graph, {}, [&](std::vector<Buffer> &args) {
    for (int64_t i = 0; i < points; ++i) {
      args[0].set(i, special[i % std::size(special)]);
      x[i] = args[0].at(i);
    }
  });
  bool isTrigonometric = f.ulpF64 == 0;
  for (size_t i = 0; i < std::size(special); ++i) {
    double exact = f.exact(x[i]), actual = results[0].at(i);
    if (isTrigonometric && std::fabs(x[i]) > 1e6)
      continue;
    bool overflows = std::fabs(exact) > 3e38 && results[0].dtype == NNRT_F32;
    bool same = std::isnan(exact)   ? std::isnan(actual)
                : overflows         ? std::isinf(actual) && (actual > 0) == (exact > 0)
                : std::isinf(exact) ? actual == exact
                                    : std::fabs(actual - exact) <= 1e-5 * std::fabs(exact) + 1e-37;
    if (!same) {
      llvm::outs() << f.name << llvm::format("(%g) is %g, not %g\n", x[i], actual, exact);
      return false;
    }
  }
  return true;
}

int main() {
  DialectRegistry registry;
  registerGraphDialects(registry);
  MLIRContext context(registry);
  constexpr int64_t points = 20001;
  bool good = true;
  for (const char *type : {"f32", "f64"}) {
    std::string tensor = "tensor<" + std::to_string(points) + "x" + type + ">", text;
    for (const Function &f : functions)
      text += std::string("func.func private @") + f.name + "(%x: " + tensor + ") -> " + tensor +
              " attributes {nn.graph} { %y = nn." + f.name + " %x : " + tensor +
              " return %y : " + tensor + " }\n";
    auto module = parseSourceString<ModuleOp>(text, &context);
    Compiled code = compile(*module, 2, "native");
    if (!code.ok())
      return 1;
    std::vector<Graph> graphs = graphsOf(*module);
    bool single = type == std::string("f32");
    for (size_t k = 0; k < graphs.size(); ++k) {
      const Function &f = functions[k];
      std::vector<double> x(points);
      auto results = run(code, graphs[k], {}, [&](std::vector<Buffer> &args) {
        for (int64_t i = 0; i < points; ++i) {
          args[0].set(i, f.lo + (f.hi - f.lo) * i / (points - 1));
          x[i] = args[0].at(i);
        }
      });
      double worst = 0, where = 0, epsilon = single ? 0x1p-23 : 0x1p-52;
      double allowed = single ? f.ulpF32 : f.ulpF64;
      for (int64_t i = 0; i < points; ++i) {
        long double exact = f.exact(x[i]);
        // Functions with many zeros are measured absolutely.
        long double unit = (allowed ? std::fabs(exact) : 1.0L) * epsilon;
        double error = std::fabs((results[0].at(i) - exact) / std::max(unit, 1e-320L));
        if (!(error <= worst)) {
          worst = error;
          where = x[i];
        }
      }
      bool fine = worst <= (allowed ? allowed : 2);
      good &= fine & checkSpecial(code, graphs[k], f, points);
      llvm::outs() << f.name << ' ' << type << ": "
                   << llvm::format("%.2f units at %.9g%s\n", worst, where, fine ? "" : " TOO MUCH");
    }
  }
  return good ? 0 : 1;
}
