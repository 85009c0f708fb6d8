#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/InliningUtils.h"

using namespace mlir;

#include "dialects/nn/NNDialect.cpp.inc"
#include "dialects/nn/NNEnums.cpp.inc"

// Calls may be inlined among nn ops and into their regions: all are pure.
namespace {
struct NNInliner : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Operation *, bool) const override { return true; }
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const override { return true; }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const override { return true; }
};
} // namespace

void nn::NNDialect::initialize() {
  addInterfaces<NNInliner>();
  addOperations<
#define GET_OP_LIST
#include "dialects/nn/NNOps.cpp.inc"
      >();
}

Operation *nn::NNDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                              Location loc) {
  if (type.isIndex())
    return arith::ConstantOp::materialize(builder, value, type, loc);
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, elements);
}

Value nn::createElementwise(OpBuilder &builder, Location loc, StringRef name, ValueRange operands) {
  auto info = RegisteredOperationName::lookup(name, builder.getContext());
  if (!info || !info->hasInterface<ElementwiseOpInterface>())
    return {};
  auto *inference = info->getInterface<InferTypeOpInterface>();
  if (!inference)
    return {};
  SmallVector<Type> types;
  if (failed(
          inference->inferReturnTypes(builder.getContext(), loc, operands, {}, nullptr, {}, types)))
    return {};
  OperationState state(loc, *info, operands, types);
  return builder.create(state)->getResult(0);
}

RankedTensorType nn::rowType(Type stacked) {
  auto type = cast<RankedTensorType>(stacked);
  return RankedTensorType::get(type.getShape().drop_front(), type.getElementType());
}

RankedTensorType nn::stackedType(Type row, int64_t size) {
  auto type = cast<RankedTensorType>(row);
  SmallVector<int64_t> shape = {size};
  llvm::append_range(shape, type.getShape());
  return RankedTensorType::get(shape, type.getElementType());
}
