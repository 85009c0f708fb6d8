// The nnrt_graph of a graph: names, types, live intervals and the shape function.
#include "compiler/lowering/DTypeCode.h"
#include "compiler/lowering/cpu/Frame.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/Dims.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::cpu;

namespace {

class DescriptorBuilder {
public:
  explicit DescriptorBuilder(func::FuncOp graph)
      : graph(graph), b(graph.getLoc(), graph.getContext()), context(graph.getContext()),
        pointer(LLVM::LLVMPointerType::get(context)) {
    b.setInsertionPoint(graph);
  }
  void build();

private:
  std::string name(StringRef suffix) { return (graph.getName() + "." + suffix).str(); }
  Value address(StringRef symbol) { return LLVM::AddressOfOp::create(b, pointer, symbol); }
  Value null() { return LLVM::ZeroOp::create(b, pointer); }
  LLVM::GlobalOp global(Type type, StringRef symbol, Attribute value, bool isPublic = false) {
    return LLVM::GlobalOp::create(b, type, /*isConstant=*/true,
                                  isPublic ? LLVM::Linkage::External : LLVM::Linkage::Private,
                                  symbol, value);
  }
  void text(StringRef symbol, StringRef value) {
    std::string bytes = value.str() + '\0';
    global(LLVM::LLVMArrayType::get(b.getI8Type(), bytes.size()), symbol, b.getStringAttr(bytes));
  }
  /// Numbers in a constant array; false if there are none.
  bool numbers(StringRef symbol, ArrayRef<int32_t> values) {
    if (values.empty())
      return false;
    global(LLVM::LLVMArrayType::get(b.getI32Type(), values.size()), symbol,
           b.getI32TensorAttr(values));
    return true;
  }
  template <typename Fill> void structure(LLVM::GlobalOp op, Fill fill) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&op.getInitializerRegion());
    Value value = LLVM::PoisonOp::create(b, op.getType());
    int64_t field = 0;
    fill([&](Value part) { value = LLVM::InsertValueOp::create(b, value, part, field++); });
    LLVM::ReturnOp::create(b, value);
  }
  Value i32(int64_t value) {
    return LLVM::ConstantOp::create(b, b.getI32Type(), b.getI32IntegerAttr(value));
  }
  void shapeFunction();

  func::FuncOp graph;
  ImplicitLocOpBuilder b;
  MLIRContext *context;
  Type pointer;
  SmallVector<kernel::ResultOp> results;
  SmallVector<kernel::BufferOp> buffers;
};

/// void name.shape(const int64_t *dims, int64_t *out)
void DescriptorBuilder::shapeFunction() {
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {pointer, pointer});
  auto function = LLVM::LLVMFuncOp::create(b, name("shape"), type, LLVM::Linkage::Internal);
  setUnwindTable(function);
  OpBuilder::InsertionGuard guard(b);
  Block *entry = function.addEntryBlock(b);
  b.setInsertionPointToStart(entry);
  IRMapping mapping;
  int64_t dims = 0;
  auto slot = [&](Value base, int64_t i) {
    return LLVM::GEPOp::create(b, pointer, b.getI64Type(), base, ArrayRef<LLVM::GEPArg>{i});
  };
  for (BlockArgument argument : graph.getArguments())
    if (argument.getType().isIndex()) {
      Value dim = LLVM::LoadOp::create(b, b.getI64Type(), slot(entry->getArgument(0), dims++));
      mapping.map(argument, toIndex(b, dim));
    }
  // Buffers are made before the first kernel, from sizes alone.
  std::function<Value(Value)> copy = [&](Value index) -> Value {
    if (Value known = mapping.lookupOrNull(index))
      return known;
    Operation *op = index.getDefiningOp();
    for (Value operand : op->getOperands())
      copy(operand);
    b.clone(*op, mapping);
    return mapping.lookup(index);
  };
  int64_t place = 0;
  auto put = [&](Value index) {
    LLVM::StoreOp::create(b, toInteger(b, index), slot(entry->getArgument(1), place++));
  };
  auto sizes = [&](MemRefType type, ValueRange dims) {
    SmallVector<Value> result;
    for (int64_t size : type.getShape()) {
      if (ShapedType::isDynamic(size)) {
        result.push_back(copy(dims.front()));
        dims = dims.drop_front();
      } else {
        result.push_back(arith::ConstantIndexOp::create(b, size));
      }
    }
    return result;
  };
  for (auto [k, resultType] : llvm::enumerate(graph->getAttrOfType<ArrayAttr>("kernel.results"))) {
    auto type = cast<RankedTensorType>(cast<TypeAttr>(resultType).getValue());
    auto memref = MemRefType::get(type.getShape(), type.getElementType());
    SmallVector<Value> dims;
    int64_t alias = graph->getAttrOfType<DenseI64ArrayAttr>("kernel.aliases")[k];
    for (kernel::ResultOp result : results)
      if (result.getNumber() == k)
        dims = result.getDims();
    if (alias >= 0)
      for (int64_t dim :
           graph.getArgAttrOfType<DenseI64ArrayAttr>(alias, "nn.dims")
               ? graph.getArgAttrOfType<DenseI64ArrayAttr>(alias, "nn.dims").asArrayRef()
               : ArrayRef<int64_t>())
        dims.push_back(graph.getArgument(dim));
    for (Value size : sizes(memref, dims))
      put(size);
  }
  for (kernel::BufferOp buffer : buffers) {
    auto type = cast<MemRefType>(buffer.getType());
    Value bytes = arith::ConstantIndexOp::create(b, nn::storageBytes(type.getElementType()));
    for (Value size : sizes(type, buffer.getDims()))
      bytes = arith::MulIOp::create(b, bytes, size);
    put(bytes);
  }
  LLVM::ReturnOp::create(b, ValueRange());
}

/// Where the first kernel of a graph stands in the source.
static std::string placeOf(func::FuncOp graph) {
  auto where = graph.getLoc()->findInstanceOf<FileLineColLoc>();
  if (!where)
    return {};
  return where.getFilename().str() + ":" + std::to_string(where.getLine());
}

void DescriptorBuilder::build() {
  graph.walk([&](Operation *op) {
    if (auto result = dyn_cast<kernel::ResultOp>(op))
      results.push_back(result);
    if (auto buffer = dyn_cast<kernel::BufferOp>(op))
      buffers.push_back(buffer);
  });
  llvm::sort(buffers, [](auto x, auto y) {
    return cast<kernel::BufferOp>(x).getId() < cast<kernel::BufferOp>(y).getId();
  });
  shapeFunction();
  SmallVector<int32_t> args, resultSpecs, live;
  int64_t dims = 0;
  for (Type type : graph.getArgumentTypes()) {
    if (type.isIndex()) {
      ++dims;
      continue;
    }
    auto memref = cast<MemRefType>(type);
    args.append({dtypeCode(memref.getElementType()), static_cast<int32_t>(memref.getRank()), -1});
  }
  auto resultTypes = graph->getAttrOfType<ArrayAttr>("kernel.results");
  auto aliases = graph->getAttrOfType<DenseI64ArrayAttr>("kernel.aliases").asArrayRef();
  for (auto [type, alias] : llvm::zip(resultTypes, aliases)) {
    auto tensor = cast<RankedTensorType>(cast<TypeAttr>(type).getValue());
    resultSpecs.append({dtypeCode(tensor.getElementType()), static_cast<int32_t>(tensor.getRank()),
                        static_cast<int32_t>(alias < 0 ? -1 : alias - dims)});
  }
  for (kernel::BufferOp buffer : buffers)
    live.append({static_cast<int32_t>(buffer.getFirst()), static_cast<int32_t>(buffer.getLast())});
  auto names = graph->getAttrOfType<ArrayAttr>("kernel.names");
  for (auto [i, kernelName] : llvm::enumerate(names))
    text(name("kernel" + std::to_string(i)), cast<StringAttr>(kernelName).getValue());
  bool hasArgs = numbers(name("args"), args), hasResults = numbers(name("results"), resultSpecs),
       hasLive = numbers(name("live"), live);
  text(name("name"), graph.getName());
  std::string place = placeOf(graph);
  if (!place.empty())
    text(name("place"), place);
  if (!names.empty())
    structure(global(LLVM::LLVMArrayType::get(pointer, names.size()), name("kernels"), {}),
              [&](auto put) {
                for (size_t i = 0; i < names.size(); ++i)
                  put(address(name("kernel" + std::to_string(i))));
              });
  Type word = b.getI32Type();
  auto type = LLVM::LLVMStructType::getLiteral(context, {pointer, pointer, pointer, word, word,
                                                         word, word, word, pointer, pointer,
                                                         pointer, pointer, pointer, pointer});
  structure(global(type, name("graph"), {}, /*isPublic=*/true), [&](auto put) {
    put(address(name("name")));
    put(address(graph.getName()));
    put(address(name("shape")));
    for (int64_t count :
         {dims, static_cast<int64_t>(args.size() / 3), static_cast<int64_t>(aliases.size()),
          static_cast<int64_t>(buffers.size()), static_cast<int64_t>(names.size())})
      put(i32(count));
    put(hasArgs ? address(name("args")) : null());
    put(hasResults ? address(name("results")) : null());
    put(hasLive ? address(name("live")) : null());
    put(names.empty() ? null() : address(name("kernels")));
    put(null()); // runs on the CPU, unless gpu-to-runtime names the GPU's kernels here
    put(place.empty() ? null() : address(name("place")));
  });
}

} // namespace

void nnc::cpu::emitDescriptor(func::FuncOp graph) { DescriptorBuilder(graph).build(); }
