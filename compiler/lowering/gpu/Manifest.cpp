#include "compiler/lowering/gpu/Manifest.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/JSON.h"

using namespace mlir;

// Expressions are kept in MLIR's notation of affine maps, where sizes are symbols s0, s1, ...
static llvm::json::Value sizeJson(Attribute text) {
  std::string expr = cast<StringAttr>(text).getValue().str();
  int64_t number;
  if (!llvm::StringRef(expr).getAsInteger(10, number))
    return number;
  for (size_t i = 0; i < expr.size(); ++i)
    if (expr[i] == 's' && i + 1 < expr.size() && llvm::isDigit(expr[i + 1]))
      expr[i] = 'd';
  return expr;
}

static llvm::json::Array sizesJson(Attribute list) {
  llvm::json::Array result;
  for (Attribute text : cast<ArrayAttr>(list))
    result.push_back(sizeJson(text));
  return result;
}

static std::string dtypeName(Type type) {
  std::string bits = std::to_string(type.getIntOrFloatBitWidth());
  if (type.isInteger(1))
    return "bool";
  if (type.isBF16())
    return "bf16";
  if (isa<FloatType>(type))
    return "f" + bits;
  return (type.isUnsignedInteger() ? "u" : "i") + bits;
}

static llvm::json::Object kernelJson(LLVM::LLVMFuncOp function, DictionaryAttr description) {
  llvm::json::Array parameters;
  for (Attribute entry : description.getAs<ArrayAttr>("buffers")) {
    auto buffer = cast<DictionaryAttr>(entry);
    parameters.push_back(llvm::json::Object{
        {"kind", "buffer"},
        {"dtype", dtypeName(buffer.getAs<TypeAttr>("type").getValue())},
        {"shape", sizesJson(buffer.get("shape"))},
        {"access", buffer.getAs<StringAttr>("access").getValue()},
    });
  }
  int64_t sizes = description.getAs<IntegerAttr>("sizes").getInt();
  for (int64_t i = 0; i < sizes; ++i)
    parameters.push_back(
        llvm::json::Object{{"kind", "size"}, {"dtype", "i64"}, {"name", "d" + std::to_string(i)}});
  llvm::json::Array block;
  for (int64_t threads : description.getAs<DenseI64ArrayAttr>("block").asArrayRef())
    block.push_back(threads);
  auto graph = function->getAttrOfType<StringAttr>("kernel.graph");
  return llvm::json::Object{
      {"symbol", function.getName()},
      {"graph", graph ? graph.getValue() : llvm::StringRef()},
      {"kind", description.getAs<StringAttr>("kind").getValue()},
      {"name", description.getAs<StringAttr>("name").getValue()},
      {"parameters", std::move(parameters)},
      {"grid", sizesJson(description.get("grid"))},
      {"block", std::move(block)},
      {"shared_bytes", description.getAs<IntegerAttr>("shared_bytes").getInt()},
      {"dynamic_shared_bytes", 0},
  };
}

std::string nnc::gpu::manifestOf(mlir::gpu::GPUModuleOp module, const PtxOptions &options) {
  llvm::json::Array kernels;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (auto description = function->getAttrOfType<DictionaryAttr>("kernel.description"))
      kernels.push_back(kernelJson(function, description));
  std::string text;
  llvm::raw_string_ostream out(text);
  out << llvm::formatv("{0:2}", llvm::json::Value(llvm::json::Object{
                                    {"target", options.chip},
                                    {"kernels", std::move(kernels)},
                                }))
      << "\n";
  return text;
}
