// Elements in registers and in memory, and the control flow of a kernel.
#include "compiler/lowering/gpu/KernelFunction.h"

using namespace mlir;
using namespace nnc::gpu;

static constexpr unsigned globalSpace = 1, sharedSpace = 3; // as in PTX

// --- types

Type KernelFunction::computeType(Type element) const {
  if (element.isF16() || element.isBF16())
    return Float32Type::get(element.getContext());
  if (auto integer = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), integer.getWidth());
  return element;
}
Type KernelFunction::storageType(Type element) const {
  if (auto integer = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), std::max(8u, integer.getWidth()));
  return element;
}
Value KernelFunction::widen(Value stored, Type element) {
  if (element.isInteger(1))
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, stored,
                                 arith::ConstantIntOp::create(b, stored.getType(), 0));
  if (isa<FloatType>(stored.getType()) && stored.getType() != computeType(element))
    return arith::ExtFOp::create(b, computeType(element), stored);
  return stored;
}
Value KernelFunction::narrow(Value value, Type element) {
  if (element.isInteger(1))
    return arith::ExtUIOp::create(b, storageType(element), value);
  if (isa<FloatType>(element) && value.getType() != element)
    return arith::TruncFOp::create(b, element, value);
  return value;
}
Value KernelFunction::constant(Type type, double value) {
  if (isa<FloatType>(type))
    return arith::ConstantOp::create(b, b.getFloatAttr(type, value));
  return arith::ConstantOp::create(b, b.getIntegerAttr(type, int64_t(value)));
}
Value KernelFunction::constant(Attribute element, Type elementType) {
  Type type = computeType(elementType);
  if (auto number = dyn_cast<FloatAttr>(element)) {
    APFloat value = number.getValue();
    bool exact;
    value.convert(cast<FloatType>(type).getFloatSemantics(), APFloat::rmNearestTiesToEven, &exact);
    return arith::ConstantOp::create(b, b.getFloatAttr(type, value));
  }
  return arith::ConstantOp::create(b,
                                   b.getIntegerAttr(type, cast<IntegerAttr>(element).getValue()));
}

// --- memory

Value KernelFunction::elementAddress(Value base, Type element, Value linear) {
  Value offset = arith::IndexCastOp::create(b, b.getI64Type(), linear);
  return LLVM::GEPOp::create(b, base.getType(), element, base, ValueRange{offset});
}

Value KernelFunction::load(Value memref, Value linear) {
  Type element = cast<MemRefType>(memref.getType()).getElementType(), stored = storageType(element);
  return widen(LLVM::LoadOp::create(b, stored, elementAddress(pointer(memref), stored, linear)),
               element);
}

void KernelFunction::store(Value value, Value memref, Value linear) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  LLVM::StoreOp::create(b, narrow(value, element),
                        elementAddress(pointer(memref), storageType(element), linear));
}

SmallVector<Value> KernelFunction::loadWide(Value memref, Value linear, int64_t count) {
  Type element = cast<MemRefType>(memref.getType()).getElementType(), stored = storageType(element);
  auto type = VectorType::get(count, stored);
  unsigned bytes = count * stored.getIntOrFloatBitWidth() / 8;
  Value vector = LLVM::LoadOp::create(b, type, elementAddress(pointer(memref), stored, linear),
                                      std::min(bytes, 16u));
  SmallVector<Value> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(widen(LLVM::ExtractElementOp::create(b, vector, i32(i)), element));
  return values;
}

void KernelFunction::storeWide(ValueRange values, Value memref, Value linear) {
  Type element = cast<MemRefType>(memref.getType()).getElementType(), stored = storageType(element);
  int64_t count = values.size();
  unsigned bytes = count * stored.getIntOrFloatBitWidth() / 8;
  Value vector = LLVM::PoisonOp::create(b, VectorType::get(count, stored));
  for (int64_t i = 0; i < count; ++i)
    vector = LLVM::InsertElementOp::create(b, vector, narrow(values[i], element), i32(i));
  LLVM::StoreOp::create(b, vector, elementAddress(pointer(memref), stored, linear),
                        std::min(bytes, 16u));
}

Value KernelFunction::shared(Type element, int64_t count) {
  Type stored = storageType(element);
  auto type = LLVM::LLVMArrayType::get(stored, count);
  std::string name = (function.getName() + ".shared" + Twine(globals++)).str();
  sharedBytes += count * stored.getIntOrFloatBitWidth() / 8;
  LLVM::GlobalOp global;
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(function);
    global = LLVM::GlobalOp::create(b, type, /*isConstant=*/false, LLVM::Linkage::Internal, name,
                                    Attribute(), /*alignment=*/16, sharedSpace);
    // Not initialised: shared memory cannot be.
    b.createBlock(&global.getInitializerRegion());
    LLVM::ReturnOp::create(b, ValueRange{LLVM::PoisonOp::create(b, type)});
  }
  return atEntry([&] { return LLVM::AddressOfOp::create(b, global); });
}

Value KernelFunction::constantArray(DenseElementsAttr elements) {
  Type stored = storageType(elements.getElementType());
  SmallVector<Attribute> values;
  for (Attribute value : elements.getValues<Attribute>()) {
    auto integer = dyn_cast<IntegerAttr>(value);
    values.push_back(integer ? b.getIntegerAttr(stored, integer.getValue().zext(std::max(
                                                            8u, integer.getValue().getBitWidth())))
                             : value);
  }
  auto shape = RankedTensorType::get({int64_t(values.size())}, stored);
  std::string name = (function.getName() + ".constant" + Twine(globals++)).str();
  LLVM::GlobalOp global;
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(function);
    global = LLVM::GlobalOp::create(b, LLVM::LLVMArrayType::get(stored, values.size()),
                                    /*isConstant=*/true, LLVM::Linkage::Internal, name,
                                    DenseElementsAttr::get(shape, values), /*alignment=*/16,
                                    globalSpace);
  }
  return atEntry([&] { return LLVM::AddressOfOp::create(b, global); });
}

// --- control flow

SmallVector<Value> KernelFunction::ifElse(Value condition, TypeRange types, Bodies then,
                                          Bodies otherwise) {
  auto branch = scf::IfOp::create(b, types, condition, /*withElse=*/true);
  for (auto [block, body] :
       {std::pair(branch.thenBlock(), then), {branch.elseBlock(), otherwise}}) {
    OpBuilder::InsertionGuard guard(b);
    if (!block->empty())
      block->getTerminator()->erase();
    b.setInsertionPointToEnd(block);
    SmallVector<Value> values = body();
    scf::YieldOp::create(b, values);
  }
  return SmallVector<Value>(branch.getResults());
}

void KernelFunction::ifThen(Value condition, llvm::function_ref<void()> body) {
  auto branch = scf::IfOp::create(b, condition, /*withElse=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(branch.thenBlock()->getTerminator());
  body();
}

SmallVector<Value> KernelFunction::loop(Value from, Value to, Value step, ValueRange inits,
                                        LoopBody body) {
  auto loop = scf::ForOp::create(b, from, to, step, inits);
  OpBuilder::InsertionGuard guard(b);
  if (!loop.getBody()->empty())
    loop.getBody()->getTerminator()->erase();
  b.setInsertionPointToEnd(loop.getBody());
  SmallVector<Value> next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, next);
  return SmallVector<Value>(loop.getResults());
}
