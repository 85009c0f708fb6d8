#include "compiler/lowering/gpu/Emitters.h"
#include "compiler/lowering/gpu/Passes.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::gpu;

static constexpr llvm::StringLiteral kernelModuleName = "kernels";

// PTX identifiers: letters, digits, _ and $.
static std::string kernelSymbol(StringRef graph, StringRef name, unsigned number) {
  std::string text = (graph + "_" + Twine(number) + "_" + name).str();
  for (char &c : text)
    if (!llvm::isAlnum(c))
      c = '_';
  return llvm::isDigit(text[0]) ? "k" + text : text;
}

static LogicalResult emitKernel(KernelFunction &kernel, LaunchShape &shape) {
  Operation *op = kernel.op;
  Elements elements(kernel);
  bool done = false;
  if (isa<kernel::RowOp>(op))
    done = emitRow(kernel, elements, shape);
  else if (isa<kernel::ContractionOp>(op))
    done = emitContraction(kernel, elements, shape);
  if (!done)
    shape = emitElementwise(kernel, elements, /*wide=*/isa<kernel::PointwiseOp>(op));
  if (Operation *failed = elements.failed()) {
    if (!isa<nn::ArgSortOp>(failed))
      return failed->emitOpError("has no GPU code");
    InFlightDiagnostic error = emitError(failed->getLoc(), "sorting is not compiled for GPUs yet");
    error.getUnderlyingDiagnostic()->getMetadata().emplace_back("not-compiled"); // the kind
    return error;
  }
  kernel.finish(shape);
  return success();
}

static void replaceByLaunch(KernelFunction &kernel, const LaunchShape &shape) {
  Operation *op = kernel.op;
  ImplicitLocOpBuilder b(op->getLoc(), op);
  SmallVector<Value> grid;
  for (AffineExpr expr : shape.grid)
    grid.push_back(affine::expandAffineExpr(b, b.getLoc(), expr, {}, kernel.hostIndices()));
  auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, value); };
  mlir::gpu::KernelDim3 gridSize{grid[0], grid[1], grid[2]};
  mlir::gpu::KernelDim3 blockSize{constant(shape.block[0]), constant(shape.block[1]),
                                  constant(shape.block[2])};
  SmallVector<Value> operands(kernel.memrefs());
  llvm::append_range(operands, kernel.hostIndices());
  auto symbol =
      SymbolRefAttr::get(b.getContext(), kernelModuleName, {SymbolRefAttr::get(kernel.function)});
  mlir::gpu::LaunchFuncOp::create(b, symbol, gridSize, blockSize,
                                  /*dynamicSharedMemorySize=*/Value(), operands);
  op->erase();
}

// Graphs that prepare samples of data sets: the runtime's workers run them, on the CPU.
static llvm::SetVector<StringRef> sampleGraphs(ModuleOp program) {
  llvm::SetVector<StringRef> graphs;
  program.walk([&](host::DatasetMapOp op) { graphs.insert(op.getGraph()); });
  return graphs;
}

namespace {
struct KernelToGPUPass : PassWrapper<KernelToGPUPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(KernelToGPUPass)
  StringRef getArgument() const override { return "kernel-to-gpu"; }
  StringRef getDescription() const override {
    return "bufferized kernels to functions of a gpu.module and launches of them";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<affine::AffineDialect, arith::ArithDialect, mlir::gpu::GPUDialect,
                    LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect>();
  }

  void runOnOperation() override {
    ModuleOp program = getOperation();
    OpBuilder attributes(&getContext());
    llvm::SetVector<StringRef> onHost = sampleGraphs(program);
    if (!onHost.empty())
      program->setAttr(hostGraphsAttr, attributes.getStrArrayAttr(onHost.getArrayRef()));
    SmallVector<kernel::ComputeInterface> kernels;
    program.walk([&](kernel::ComputeInterface op) {
      auto graph = op->getParentOfType<FunctionOpInterface>();
      if (!graph || !onHost.contains(graph.getName()))
        kernels.push_back(op);
    });
    if (kernels.empty())
      return;
    OpBuilder builder = OpBuilder::atBlockEnd(program.getBody());
    auto module = mlir::gpu::GPUModuleOp::create(builder, program.getLoc(), kernelModuleName);
    program->setAttr(mlir::gpu::GPUDialect::getContainerModuleAttrName(), builder.getUnitAttr());
    llvm::StringMap<unsigned> numbers;
    for (kernel::ComputeInterface op : kernels) {
      if (!op.isBufferized()) {
        op->emitOpError("is not bufferized");
        return signalPassFailure();
      }
      auto graph = op->getParentOfType<FunctionOpInterface>();
      StringRef graphName = graph ? graph.getName() : "kernel";
      KernelFunction kernel(module,
                            kernelSymbol(graphName, op.getKernelName(), numbers[graphName]++), op);
      kernel.function->setAttr("kernel.graph", builder.getStringAttr(graphName));
      LaunchShape shape;
      if (failed(emitKernel(kernel, shape)))
        return signalPassFailure();
      replaceByLaunch(kernel, shape);
    }
  }
};
} // namespace

std::unique_ptr<Pass> nnc::gpu::createKernelToGPUPass() {
  return std::make_unique<KernelToGPUPass>();
}
