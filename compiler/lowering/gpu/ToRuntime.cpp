// gpu-to-runtime: kernels become data of the program, launches calls of nnrt.
#include "compiler/lowering/gpu/Emulate.h"
#include "compiler/lowering/gpu/PTX.h"
#include "compiler/lowering/gpu/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;

namespace {
constexpr llvm::StringLiteral moduleSymbol = "kernels.module";
constexpr int64_t frameContext = 5; // nnrt_frame's field ctx
constexpr int64_t graphGpu = 12;    // nnrt_graph's field gpu

/// Constant data about the kernels: the global of type nnrt_gpu_module.
class ModuleData {
public:
  ModuleData(ModuleOp program, Location loc)
      : b(loc, program.getContext()), pointer(LLVM::LLVMPointerType::get(program.getContext())) {
    b.setInsertionPointToStart(program.getBody());
  }
  void add(llvm::StringRef ptx, ArrayRef<std::string> kernels, ArrayRef<std::string> emulated);

private:
  LLVM::GlobalOp global(Type type, llvm::StringRef symbol, Attribute value) {
    return LLVM::GlobalOp::create(b, type, /*isConstant=*/true, LLVM::Linkage::Internal, symbol,
                                  value);
  }
  void text(llvm::StringRef symbol, llvm::StringRef content) {
    std::string bytes = content.str() + '\0';
    global(LLVM::LLVMArrayType::get(b.getI8Type(), bytes.size()), symbol, b.getStringAttr(bytes));
  }
  void structure(LLVM::GlobalOp op, llvm::function_ref<SmallVector<Value>()> parts) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&op.getInitializerRegion());
    Value value = LLVM::PoisonOp::create(b, op.getType());
    for (auto [i, part] : llvm::enumerate(parts()))
      value = LLVM::InsertValueOp::create(b, value, part, int64_t(i));
    LLVM::ReturnOp::create(b, value);
  }
  Value address(llvm::StringRef symbol) { return LLVM::AddressOfOp::create(b, pointer, symbol); }
  Value null() { return LLVM::ZeroOp::create(b, pointer); }
  void addresses(llvm::StringRef symbol, ArrayRef<std::string> targets) {
    structure(global(LLVM::LLVMArrayType::get(pointer, targets.size()), symbol, {}), [&] {
      return llvm::map_to_vector(targets,
                                 [&](const std::string &target) { return address(target); });
    });
  }

  ImplicitLocOpBuilder b;
  Type pointer;
};

void ModuleData::add(llvm::StringRef ptx, ArrayRef<std::string> kernels,
                     ArrayRef<std::string> emulated) {
  SmallVector<std::string> names;
  for (const std::string &kernel : kernels) {
    names.push_back("kernels." + kernel + ".name");
    text(names.back(), kernel);
  }
  addresses("kernels.names", names);
  if (emulated.empty())
    text("kernels.ptx", ptx);
  else
    addresses("kernels.emulated", emulated);
  auto type =
      LLVM::LLVMStructType::getLiteral(b.getContext(), {pointer, b.getI32Type(), pointer, pointer});
  structure(global(type, moduleSymbol, {}), [&] {
    Value count = LLVM::ConstantOp::create(b, b.getI32Type(), b.getI32IntegerAttr(kernels.size()));
    return SmallVector<Value>{emulated.empty() ? address("kernels.ptx") : null(), count,
                              address("kernels.names"),
                              emulated.empty() ? null() : address("kernels.emulated")};
  });
}

/// The code of one graph: `void name(const nnrt_frame *)`.
class GraphCode {
public:
  GraphCode(ModuleOp program, LLVM::LLVMFuncOp function, const llvm::StringMap<int64_t> &kernelIds)
      : program(program), function(function), kernelIds(kernelIds),
        b(function.getLoc(), function.getContext()),
        pointer(LLVM::LLVMPointerType::get(function.getContext())) {}
  LogicalResult lower();

private:
  void prepare(size_t mostArguments, bool launches);
  void lowerLaunch(mlir::gpu::LaunchFuncOp op);
  void lowerLoad(memref::LoadOp op);
  void lowerCopy(memref::CopyOp op);
  void call(llvm::StringRef name, ValueRange operands);
  Value number(int64_t value) {
    return LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(value));
  }
  Value integer(Value index) { return arith::IndexCastOp::create(b, b.getI64Type(), index); }
  Value addressOf(Value memref) {
    Value start = memref::ExtractAlignedPointerAsIndexOp::create(b, memref);
    return LLVM::IntToPtrOp::create(b, pointer, integer(start));
  }
  Value slot(Value array, int64_t i, Type type) {
    return LLVM::GEPOp::create(b, pointer, type, array, ArrayRef<LLVM::GEPArg>{int32_t(i)});
  }
  Value bytesOf(Value memref) {
    auto type = cast<MemRefType>(memref.getType());
    Value bytes = number(std::max(1u, type.getElementTypeBitWidth() / 8));
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      bytes = LLVM::MulOp::create(b, bytes, integer(memref::DimOp::create(b, memref, axis)));
    return bytes;
  }

  ModuleOp program;
  LLVM::LLVMFuncOp function;
  const llvm::StringMap<int64_t> &kernelIds;
  ImplicitLocOpBuilder b;
  Type pointer;
  Value context;
  // The arguments of the launch at hand, the addresses of these, and its shape. One of each serves
  // all launches: the runtime is done with them when it returns.
  Value values, arguments, shape;
};

void GraphCode::prepare(size_t mostArguments, bool launches) {
  b.setInsertionPointToStart(&function.getBody().front());
  context = LLVM::LoadOp::create(b, pointer, slot(function.getArgument(0), frameContext, pointer));
  if (!launches)
    return;
  auto array = [&](Type type, size_t count) {
    return LLVM::AllocaOp::create(b, pointer, type, number(int64_t(count)), 8);
  };
  values = array(b.getI64Type(), std::max<size_t>(mostArguments, 1));
  arguments = array(pointer, std::max<size_t>(mostArguments, 1));
  shape = array(b.getI64Type(), 6);
  for (size_t i = 0; i < mostArguments; ++i)
    LLVM::StoreOp::create(b, slot(values, i, b.getI64Type()), slot(arguments, i, pointer));
}

void GraphCode::call(llvm::StringRef name, ValueRange operands) {
  auto callee = program.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!callee) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(program.getBody());
    SmallVector<Type> types(operands.getTypes());
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), types);
    callee = LLVM::LLVMFuncOp::create(b, name, type);
  }
  LLVM::CallOp::create(b, callee, operands);
}

void GraphCode::lowerLaunch(mlir::gpu::LaunchFuncOp op) {
  for (auto [i, operand] : llvm::enumerate(op.getKernelOperands())) {
    Value value = isa<MemRefType>(operand.getType()) ? addressOf(operand) : integer(operand);
    LLVM::StoreOp::create(b, value, slot(values, i, b.getI64Type()));
  }
  auto grid = op.getGridSizeOperandValues(), block = op.getBlockSizeOperandValues();
  const Value sizes[] = {grid.x, grid.y, grid.z, block.x, block.y, block.z};
  for (auto [i, size] : llvm::enumerate(sizes))
    LLVM::StoreOp::create(b, integer(size), slot(shape, i, b.getI64Type()));
  Value module = LLVM::AddressOfOp::create(b, pointer, moduleSymbol);
  int64_t id = kernelIds.lookup(op.getKernelName().getValue());
  Value kernel = LLVM::ConstantOp::create(b, b.getI32Type(), b.getI32IntegerAttr(id));
  call("nnrt_gpu_launch", {context, module, kernel, shape, arguments});
}

void GraphCode::lowerLoad(memref::LoadOp op) {
  auto type = op.getMemRefType();
  Type element = type.getElementType();
  Type stored = element.isInteger(1) ? b.getI8Type() : element;
  Value offset = number(0);
  for (auto [axis, index] : llvm::enumerate(op.getIndices())) {
    Value size = integer(memref::DimOp::create(b, op.getMemRef(), int64_t(axis)));
    offset = LLVM::AddOp::create(b, LLVM::MulOp::create(b, offset, size), integer(index));
  }
  Value from =
      LLVM::GEPOp::create(b, pointer, stored, addressOf(op.getMemRef()), ValueRange{offset});
  Value to;
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&function.getBody().front());
    to = LLVM::AllocaOp::create(b, pointer, stored, number(1), 8);
  }
  call("nnrt_gpu_read", {context, to, from, number(stored.getIntOrFloatBitWidth() / 8)});
  Value value = LLVM::LoadOp::create(b, stored, to);
  if (stored != element)
    value = LLVM::TruncOp::create(b, element, value);
  op.replaceAllUsesWith(value);
}

void GraphCode::lowerCopy(memref::CopyOp op) {
  call("nnrt_gpu_copy",
       {context, addressOf(op.getTarget()), addressOf(op.getSource()), bytesOf(op.getSource())});
}

LogicalResult GraphCode::lower() {
  SmallVector<Operation *> ops;
  size_t mostArguments = 0;
  bool launches = false;
  WalkResult result = function.walk([&](Operation *op) {
    if (auto launch = dyn_cast<mlir::gpu::LaunchFuncOp>(op)) {
      mostArguments = std::max<size_t>(mostArguments, launch.getNumKernelOperands());
      launches = true;
    } else if (isa<memref::StoreOp, memref::AllocOp, memref::AllocaOp>(op)) {
      op->emitOpError("touches the GPU's memory from the host");
      return WalkResult::interrupt();
    } else if (!isa<memref::LoadOp, memref::CopyOp>(op)) {
      return WalkResult::advance();
    }
    ops.push_back(op);
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  if (ops.empty())
    return success();
  prepare(mostArguments, launches);
  for (Operation *op : ops) {
    b.setInsertionPoint(op);
    b.setLoc(op->getLoc());
    if (auto launch = dyn_cast<mlir::gpu::LaunchFuncOp>(op))
      lowerLaunch(launch);
    else if (auto load = dyn_cast<memref::LoadOp>(op))
      lowerLoad(load);
    else
      lowerCopy(cast<memref::CopyOp>(op));
    op->erase();
  }
  return success();
}

/// The descriptions (nnrt_graph) of the graphs that run on the device.
SmallVector<LLVM::GlobalOp> deviceGraphs(ModuleOp program) {
  SmallVector<LLVM::GlobalOp> graphs;
  auto onHost = program->getAttrOfType<ArrayAttr>(nnc::gpu::hostGraphsAttr);
  for (auto global : program.getOps<LLVM::GlobalOp>()) {
    llvm::StringRef name = global.getName();
    if (!name.consume_back(".graph") || !isa<LLVM::LLVMStructType>(global.getType()))
      continue;
    if (!onHost || !llvm::is_contained(onHost.getAsValueRange<StringAttr>(), name))
      graphs.push_back(global);
  }
  return graphs;
}

LogicalResult setGpuField(LLVM::GlobalOp description) {
  LLVM::InsertValueOp field;
  description.walk([&](LLVM::InsertValueOp insert) {
    if (insert.getPosition() == ArrayRef<int64_t>{graphGpu})
      field = insert;
  });
  if (!field)
    return description.emitOpError("has no field for the GPU's kernels");
  OpBuilder b(field);
  field.getValueMutable().assign(
      LLVM::AddressOfOp::create(b, description.getLoc(), field.getValue().getType(), moduleSymbol));
  return success();
}

struct ToRuntimePass : PassWrapper<ToRuntimePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ToRuntimePass)
  ToRuntimePass() = default;
  ToRuntimePass(const ToRuntimePass &other) : PassWrapper(other) {}
  explicit ToRuntimePass(llvm::StringRef target) { this->target = target.str(); }
  llvm::StringRef getArgument() const override { return "gpu-to-runtime"; }
  llvm::StringRef getDescription() const override {
    return "kernels to PTX in the program, launches to calls of the runtime";
  }
  Option<std::string> target{*this, "target", llvm::cl::desc("cuda, cuda:sm_90a, cuda-emu"),
                             llvm::cl::init("cuda")};
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, LLVM::LLVMDialect, memref::MemRefDialect>();
  }

  void runOnOperation() override {
    ModuleOp program = getOperation();
    auto modules = llvm::to_vector(program.getOps<mlir::gpu::GPUModuleOp>());
    if (modules.size() > 1) {
      modules[1].emitOpError("is a second module of kernels");
      return signalPassFailure();
    }
    SmallVector<std::string> kernels, emulated;
    llvm::StringMap<int64_t> ids;
    std::string ptx;
    if (!modules.empty()) {
      for (auto kernel : modules[0].getOps<LLVM::LLVMFuncOp>())
        if (kernel->hasAttr("kernel.description")) {
          ids[kernel.getName()] = kernels.size();
          kernels.push_back(kernel.getName().str());
        }
      if (failed(compileKernels(modules[0], ptx, emulated)))
        return signalPassFailure();
    }
    ModuleData(program, program.getLoc()).add(ptx, kernels, emulated);
    program->removeAttr(mlir::gpu::GPUDialect::getContainerModuleAttrName());
    for (LLVM::GlobalOp description : deviceGraphs(program)) {
      llvm::StringRef name = description.getName().drop_back(strlen(".graph"));
      auto function = program.lookupSymbol<LLVM::LLVMFuncOp>(name);
      if (!function || failed(GraphCode(program, function, ids).lower()) ||
          failed(setGpuField(description)))
        return signalPassFailure();
    }
    if (!modules.empty())
      modules[0].erase();
  }

  LogicalResult compileKernels(mlir::gpu::GPUModuleOp module, std::string &ptx,
                               SmallVector<std::string> &emulated) {
    if (target == "cuda-emu") {
      auto entries = nnc::gpu::emulateKernels(module);
      if (failed(entries))
        return failure();
      emulated = *entries;
      return success();
    }
    nnc::gpu::PtxOptions options;
    options.chip = nnc::gpu::chipOf(target);
    if (options.chip.empty())
      return module.emitError() << "unknown target `" << target << "`";
    std::string error;
    if (!nnc::gpu::emitPtx(module, options, ptx, error))
      return module.emitError() << error;
    return success();
  }
};
} // namespace

std::unique_ptr<Pass> nnc::gpu::createToRuntimePass(llvm::StringRef target) {
  return std::make_unique<ToRuntimePass>(target);
}
