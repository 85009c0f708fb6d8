#include "compiler/lowering/cpu/Frame.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace nnc::cpu;

Value nnc::cpu::toInteger(ImplicitLocOpBuilder &b, Value index) {
  return arith::IndexCastOp::create(b, b.getI64Type(), index);
}

Value nnc::cpu::toIndex(ImplicitLocOpBuilder &b, Value integer) {
  return arith::IndexCastOp::create(b, b.getIndexType(), integer);
}

Value nnc::cpu::advance(ImplicitLocOpBuilder &b, Value pointer, Value bytes) {
  return LLVM::GEPOp::create(b, pointer.getType(), b.getI8Type(), pointer, ValueRange{bytes});
}

Value nnc::cpu::memrefAt(ImplicitLocOpBuilder &b, Value pointer, MemRefType type, ValueRange dims) {
  LLVMTypeConverter converter(b.getContext());
  Type structType = converter.convertType(type);
  auto descriptor = MemRefDescriptor::poison(b, b.getLoc(), structType);
  auto number = [&](int64_t value) {
    return LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(value));
  };
  descriptor.setAllocatedPtr(b, b.getLoc(), pointer);
  descriptor.setAlignedPtr(b, b.getLoc(), pointer);
  descriptor.setOffset(b, b.getLoc(), number(0));
  SmallVector<Value> sizes;
  for (int64_t size : type.getShape()) {
    if (ShapedType::isDynamic(size)) {
      sizes.push_back(toInteger(b, dims.front()));
      dims = dims.drop_front();
    } else {
      sizes.push_back(number(size));
    }
  }
  Value stride = number(1);
  for (size_t axis = sizes.size(); axis-- > 0;) {
    descriptor.setSize(b, b.getLoc(), axis, sizes[axis]);
    descriptor.setStride(b, b.getLoc(), axis, stride);
    if (axis)
      stride = LLVM::MulOp::create(b, stride, sizes[axis]);
  }
  return UnrealizedConversionCastOp::create(b, type, Value(descriptor)).getResult(0);
}

Value nnc::cpu::pointerOf(ImplicitLocOpBuilder &b, Value memref) {
  LLVMTypeConverter converter(b.getContext());
  Type structType = converter.convertType(memref.getType());
  Value descriptor = UnrealizedConversionCastOp::create(b, structType, memref).getResult(0);
  return LLVM::ExtractValueOp::create(b, descriptor, ArrayRef<int64_t>{1});
}

void nnc::cpu::setUnwindTable(LLVM::LLVMFuncOp function) {
  function.setUwtableKindAttr(
      LLVM::UWTableKindAttr::get(function.getContext(), LLVM::uwtable::UWTableKind::Async));
}
