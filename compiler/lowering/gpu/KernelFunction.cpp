#include "compiler/lowering/gpu/KernelFunction.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::gpu;

static constexpr unsigned pointerSpace = 1; // as in PTX

KernelFunction::KernelFunction(mlir::gpu::GPUModuleOp module, StringRef name,
                               kernel::ComputeInterface op)
    : b(op->getLoc(), op->getContext()), op(op), module(module) {
  b.setInsertionPointToEnd(module.getBody());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), {});
  function = LLVM::LLVMFuncOp::create(b, name, type);
  function->setAttr(mlir::gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  function->setAttr("nvvm.kernel", b.getUnitAttr());
  Block *entry = function.addEntryBlock(b);
  b.setInsertionPointToEnd(entry);
  entryEnd = LLVM::ReturnOp::create(b, ValueRange{});
  b.setInsertionPoint(entryEnd);
  for (auto operands : {op.getKernelIns(), op.getKernelOuts()})
    for (Value memref : operands)
      if (!pointers.count(memref)) {
        memrefOrder.push_back(memref);
        pointers[memref] = addParameter(LLVM::LLVMPointerType::get(b.getContext(), pointerSpace));
      }
  // Marks the end of the entry's own code; erased in finish().
  entryEnd = arith::ConstantIndexOp::create(b, 0);
}

Value KernelFunction::addParameter(Type type) {
  return function.getBody().front().addArgument(type, op->getLoc());
}

Value KernelFunction::parameter(Value hostIndex) {
  Value &value = indices[hostIndex];
  if (value)
    return value;
  if (auto constant = getConstantIntValue(hostIndex))
    return value = index(*constant);
  indexOrder.push_back(hostIndex);
  Value argument = addParameter(b.getI64Type());
  return value = atEntry([&] { return arith::IndexCastOp::create(b, b.getIndexType(), argument); });
}

OpFoldResult KernelFunction::hostSize(Value memref, int64_t axis) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.isDynamicDim(axis))
    return b.getIndexAttr(type.getDimSize(axis));
  unsigned place = type.getDynamicDimIndex(axis);
  if (auto buffer = memref.getDefiningOp<kernel::BufferOp>())
    return buffer.getDims()[place];
  if (auto view = memref.getDefiningOp<kernel::ViewOp>())
    return view.getDims()[place];
  if (auto result = memref.getDefiningOp<kernel::ResultOp>())
    return result.getDims()[place];
  if (auto argument = dyn_cast<BlockArgument>(memref))
    if (auto graph = dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp()))
      if (auto dims = graph.getArgAttrOfType<DenseI64ArrayAttr>(argument.getArgNumber(), "nn.dims"))
        return graph.getArgument(dims[place]);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfterValue(memref);
  for (Operation *user : memref.getUsers())
    if (auto dim = dyn_cast<memref::DimOp>(user))
      if (dim.getConstantIndex() == axis && dim->getBlock() == b.getInsertionBlock())
        return dim.getResult();
  return memref::DimOp::create(b, memref, axis).getResult();
}

Value KernelFunction::size(Value memref, int64_t axis) {
  OpFoldResult size = hostSize(memref, axis);
  if (auto constant = getConstantIntValue(size))
    return index(*constant);
  return parameter(cast<Value>(size));
}

AffineExpr KernelFunction::sizeExpr(Value memref, int64_t axis) {
  OpFoldResult size = hostSize(memref, axis);
  if (auto constant = getConstantIntValue(size))
    return b.getAffineConstantExpr(*constant);
  parameter(cast<Value>(size));
  return b.getAffineSymbolExpr(llvm::find(indexOrder, cast<Value>(size)) - indexOrder.begin());
}

AffineExpr KernelFunction::exprOf(Value value) {
  if (auto constant = getConstantIntValue(value))
    return b.getAffineConstantExpr(*constant);
  for (auto [place, host] : llvm::enumerate(indexOrder))
    if (indices.lookup(host) == value)
      return b.getAffineSymbolExpr(place);
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumOperands() != 2)
    return {};
  AffineExpr x = exprOf(op->getOperand(0)), y = exprOf(op->getOperand(1));
  if (!x || !y)
    return {};
  if (isa<arith::AddIOp>(op))
    return x + y;
  if (isa<arith::SubIOp>(op))
    return x - y;
  if (isa<arith::MulIOp>(op))
    return x * y;
  if (isa<arith::DivUIOp, arith::DivSIOp>(op))
    return x.floorDiv(y);
  return {};
}

bool KernelFunction::isAligned(Value memref) {
  auto view = memref.getDefiningOp<kernel::ViewOp>();
  if (!view) // a buffer of the arena, an argument or a result of the graph: 64 bytes each
    return !memref.getDefiningOp() || memref.getDefiningOp<kernel::BufferOp>() ||
           memref.getDefiningOp<kernel::ResultOp>();
  if (!isAligned(view.getSource()))
    return false;
  if (!view.getOffset())
    return true;
  auto offset = getConstantIntValue(view.getOffset());
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  return offset && *offset * std::max(1u, element.getIntOrFloatBitWidth() / 8) % 16 == 0;
}

// --- index arithmetic

Value KernelFunction::index(int64_t value) {
  Value &known = constants[value];
  if (!known)
    known = atEntry([&] { return arith::ConstantIndexOp::create(b, value); });
  return known;
}
Value KernelFunction::i32(int64_t value) {
  return arith::ConstantIntOp::create(b, b.getI32Type(), value);
}
Value KernelFunction::less(Value x, Value y) {
  return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, x, y);
}
Value KernelFunction::equal(Value x, Value y) {
  return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, x, y);
}
Value KernelFunction::clamp(Value value, Value size) {
  Value last = sub(size, index(1));
  value = b.createOrFold<arith::MinSIOp>(value, last);
  return b.createOrFold<arith::MaxSIOp>(value, index(0));
}
Value KernelFunction::product(ValueRange values) {
  Value result = index(1);
  for (Value value : values)
    result = mul(result, value);
  return result;
}
SmallVector<Value> KernelFunction::delinearize(Value flat, ValueRange sizes) {
  SmallVector<Value> result(sizes.size());
  for (size_t i = sizes.size(); i-- > 1;) {
    result[i] = rem(flat, sizes[i]);
    flat = div(flat, sizes[i]);
  }
  if (!sizes.empty())
    result[0] = flat;
  return result;
}
Value KernelFunction::linearize(ValueRange indices, ValueRange sizes) {
  Value result = index(0);
  for (auto [i, size] : llvm::zip_equal(indices, sizes))
    result = add(mul(result, size), i);
  return result;
}

// --- where a thread is

Value KernelFunction::threadId(mlir::gpu::Dimension dimension) {
  return mlir::gpu::ThreadIdOp::create(b, dimension);
}
Value KernelFunction::blockId(mlir::gpu::Dimension dimension) {
  return mlir::gpu::BlockIdOp::create(b, dimension);
}
Value KernelFunction::gridSize(mlir::gpu::Dimension dimension) {
  return mlir::gpu::GridDimOp::create(b, dimension);
}
void KernelFunction::barrier() { mlir::gpu::BarrierOp::create(b); }

Value KernelFunction::shuffleXor(Value value, int64_t mask) {
  Type type = value.getType();
  // Shuffles move 32 or 64 bits.
  Type moved = type;
  if (type.isIndex())
    moved = b.getI64Type();
  else if (type.getIntOrFloatBitWidth() < 32)
    moved = b.getI32Type();
  if (type.isIndex())
    value = arith::IndexCastOp::create(b, moved, value);
  else if (moved != type)
    value = arith::ExtUIOp::create(b, moved, value);
  value = mlir::gpu::ShuffleOp::create(b, value, i32(mask), i32(32), mlir::gpu::ShuffleMode::XOR)
              .getShuffleResult();
  if (type.isIndex())
    return arith::IndexCastOp::create(b, type, value);
  return moved == type ? value : Value(arith::TruncIOp::create(b, type, value));
}

// --- the end

static ArrayAttr strings(OpBuilder &b, ArrayRef<AffineExpr> exprs) {
  SmallVector<Attribute> result;
  for (AffineExpr expr : exprs) {
    std::string text;
    llvm::raw_string_ostream(text) << expr;
    result.push_back(b.getStringAttr(text));
  }
  return b.getArrayAttr(result);
}

void KernelFunction::finish(const LaunchShape &shape) {
  // What the manifest tells; see Manifest.cpp.
  SmallVector<Attribute> buffers;
  for (Value memref : memrefOrder) {
    auto type = cast<MemRefType>(memref.getType());
    SmallVector<AffineExpr> sizes;
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      sizes.push_back(sizeExpr(memref, axis));
    bool read = llvm::is_contained(op.getKernelIns(), memref);
    bool written = llvm::is_contained(op.getKernelOuts(), memref);
    StringRef access = read && written ? "update" : written ? "write" : "read";
    buffers.push_back(b.getDictionaryAttr({
        b.getNamedAttr("access", b.getStringAttr(access)),
        b.getNamedAttr("shape", strings(b, sizes)),
        b.getNamedAttr("type", TypeAttr::get(type.getElementType())),
    }));
  }
  function->setAttr("kernel.description",
                    b.getDictionaryAttr({
                        b.getNamedAttr("kind", b.getStringAttr(op->getName().stripDialect())),
                        b.getNamedAttr("name", b.getStringAttr(op.getKernelName())),
                        b.getNamedAttr("buffers", b.getArrayAttr(buffers)),
                        b.getNamedAttr("sizes", b.getI64IntegerAttr(indexOrder.size())),
                        b.getNamedAttr("grid", strings(b, shape.grid)),
                        b.getNamedAttr("block", b.getDenseI64ArrayAttr(shape.block)),
                        b.getNamedAttr("shared_bytes", b.getI64IntegerAttr(sharedBytes)),
                    }));
  SmallVector<int32_t> threads(shape.block.begin(), shape.block.end());
  function->setAttr("nvvm.reqntid", b.getDenseI32ArrayAttr(threads));
  entryEnd->erase();
  SmallVector<Type> types(function.getBody().front().getArgumentTypes());
  function.setFunctionType(
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), types));
}
