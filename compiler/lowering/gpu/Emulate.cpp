// Kernels as host functions that the runtime's emulator calls: the same code that becomes PTX, with
// the few ops that ask the GPU replaced by calls.
#include "compiler/lowering/gpu/Emulate.h"
#include "compiler/lowering/gpu/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace {
class Emulation {
public:
  explicit Emulation(ModuleOp program)
      : program(program), b(program.getLoc(), program.getContext()),
        pointer(LLVM::LLVMPointerType::get(program.getContext())) {}
  void replaceQueries(Operation *root);
  std::string addEntry(LLVM::LLVMFuncOp kernel);

private:
  Value call(StringRef name, Type result, ValueRange operands);
  Value place(int64_t which);

  ModuleOp program;
  ImplicitLocOpBuilder b;
  Type pointer;
};
} // namespace

Value Emulation::call(StringRef name, Type result, ValueRange operands) {
  auto function = program.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!function) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(program.getBody());
    SmallVector<Type> types(operands.getTypes());
    Type type = result ? result : LLVM::LLVMVoidType::get(b.getContext());
    function = LLVM::LLVMFuncOp::create(b, name, LLVM::LLVMFunctionType::get(type, types));
  }
  auto op = LLVM::CallOp::create(b, function, operands);
  return result ? op.getResult() : Value();
}

Value Emulation::place(int64_t which) {
  Value number = LLVM::ConstantOp::create(b, b.getI32Type(), b.getI32IntegerAttr(which));
  Value value = call("nnrt_emulated_place", b.getI32Type(), number);
  return arith::IndexCastOp::create(b, b.getIndexType(), value);
}

void Emulation::replaceQueries(Operation *root) {
  SmallVector<Operation *> ops;
  root->walk([&](Operation *op) {
    if (isa<mlir::gpu::GPUDialect>(op->getDialect()))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    b.setInsertionPoint(op);
    b.setLoc(op->getLoc());
    SmallVector<Value> results;
    auto axis = [](auto query) { return static_cast<int64_t>(query.getDimension()); };
    if (auto id = dyn_cast<mlir::gpu::ThreadIdOp>(op)) {
      results = {place(axis(id))};
    } else if (auto id = dyn_cast<mlir::gpu::BlockIdOp>(op)) {
      results = {place(3 + axis(id))};
    } else if (auto size = dyn_cast<mlir::gpu::GridDimOp>(op)) {
      results = {place(9 + axis(size))};
    } else if (isa<mlir::gpu::BarrierOp>(op)) {
      call("nnrt_emulated_barrier", {}, {});
    } else if (auto shuffle = dyn_cast<mlir::gpu::ShuffleOp>(op)) {
      Type type = shuffle.getValue().getType();
      Type integer = b.getIntegerType(type.getIntOrFloatBitWidth());
      Value bits = shuffle.getValue();
      if (type != integer)
        bits = LLVM::BitcastOp::create(b, integer, bits);
      if (integer != b.getI64Type())
        bits = arith::ExtUIOp::create(b, b.getI64Type(), bits);
      bits = call("nnrt_emulated_shuffle", b.getI64Type(), {bits, shuffle.getOffset()});
      if (integer != b.getI64Type())
        bits = arith::TruncIOp::create(b, integer, bits);
      if (type != integer)
        bits = LLVM::BitcastOp::create(b, type, bits);
      results = {bits, arith::ConstantIntOp::create(b, 1, 1)};
    } else {
      continue;
    }
    op->replaceAllUsesWith(results);
    op->erase();
  }
}

/// void name.emulated(void **arguments): loads the parameters and calls the kernel.
std::string Emulation::addEntry(LLVM::LLVMFuncOp kernel) {
  std::string name = (kernel.getName() + ".emulated").str();
  b.setInsertionPointAfter(kernel);
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), {pointer});
  auto entry = LLVM::LLVMFuncOp::create(b, name, type, LLVM::Linkage::Internal);
  Block *block = entry.addEntryBlock(b);
  b.setInsertionPointToStart(block);
  SmallVector<Value> values;
  for (auto [i, parameter] : llvm::enumerate(kernel.getArgumentTypes())) {
    Value slot = LLVM::GEPOp::create(b, pointer, pointer, block->getArgument(0),
                                     ArrayRef<LLVM::GEPArg>{int32_t(i)});
    slot = LLVM::LoadOp::create(b, pointer, slot);
    values.push_back(LLVM::LoadOp::create(b, parameter, slot));
  }
  LLVM::CallOp::create(b, kernel, values);
  LLVM::ReturnOp::create(b, ValueRange());
  return name;
}

FailureOr<SmallVector<std::string>> nnc::gpu::emulateKernels(mlir::gpu::GPUModuleOp module) {
  auto program = module->getParentOfType<ModuleOp>();
  PassManager passes(module.getContext(), mlir::gpu::GPUModuleOp::getOperationName());
  passes.addPass(createDeviceMathPass());
  if (failed(passes.run(module)))
    return failure();
  Emulation emulation(program);
  emulation.replaceQueries(module);
  SmallVector<std::string> entries;
  SmallVector<Operation *> symbols;
  for (Operation &op : *module.getBody())
    symbols.push_back(&op);
  for (Operation *op : symbols) {
    op->moveBefore(module);
    auto function = dyn_cast<LLVM::LLVMFuncOp>(op);
    if (!function || function.isExternal())
      continue;
    for (StringRef attribute : {"nvvm.kernel", "nvvm.reqntid", "gpu.kernel"})
      function->removeAttr(attribute);
    function.setLinkage(LLVM::Linkage::Internal);
    entries.push_back(emulation.addEntry(function));
  }
  return entries;
}
