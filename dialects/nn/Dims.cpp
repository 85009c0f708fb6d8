#include "dialects/nn/Dims.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace nn;

Value nn::indexConstant(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}
Value nn::addIndex(OpBuilder &builder, Location loc, Value a, Value b) {
  return builder.createOrFold<arith::AddIOp>(loc, a, b);
}
Value nn::subIndex(OpBuilder &builder, Location loc, Value a, Value b) {
  return builder.createOrFold<arith::SubIOp>(loc, a, b);
}
Value nn::mulIndex(OpBuilder &builder, Location loc, Value a, Value b) {
  return builder.createOrFold<arith::MulIOp>(loc, a, b);
}
Value nn::ceilDivIndex(OpBuilder &builder, Location loc, Value a, int64_t b) {
  if (b == 1)
    return a;
  Value up = addIndex(builder, loc, a, indexConstant(builder, loc, b - 1));
  return builder.createOrFold<arith::DivUIOp>(loc, up, indexConstant(builder, loc, b));
}

// A graph's tensor argument says in `nn.dims` which index arguments hold its dynamic sizes.
static Value dimOfFunctionArgument(BlockArgument argument, int64_t axis) {
  auto function = dyn_cast_or_null<FunctionOpInterface>(argument.getOwner()->getParentOp());
  if (!function || !argument.getOwner()->isEntryBlock())
    return {};
  auto dims = function.getArgAttrOfType<DenseI64ArrayAttr>(argument.getArgNumber(), "nn.dims");
  if (!dims)
    return {};
  auto shape = cast<RankedTensorType>(argument.getType()).getShape();
  int64_t place = llvm::count(shape.take_front(axis), ShapedType::kDynamic);
  if (place >= dims.size() || dims[place] < 0 || dims[place] >= function.getNumArguments())
    return {};
  Value dim = function.getArgument(dims[place]);
  return dim.getType().isIndex() ? dim : Value();
}

Value nn::resolveDim(OpBuilder &builder, Location loc, Value tensor, int64_t axis) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(axis))
    return indexConstant(builder, loc, type.getDimSize(axis));
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    if (auto op = dyn_cast_or_null<DimsOpInterface>(argument.getOwner()->getParentOp()))
      return op.argumentDim(builder, argument, axis);
    return dimOfFunctionArgument(argument, axis);
  }
  auto result = cast<OpResult>(tensor);
  if (auto op = dyn_cast<DimsOpInterface>(result.getOwner()))
    return op.resultDim(builder, result.getResultNumber(), axis);
  return {};
}

Value nn::dimOf(OpBuilder &builder, Location loc, Value tensor, int64_t axis) {
  if (Value dim = resolveDim(builder, loc, tensor, axis))
    return dim;
  return DimOp::create(builder, loc, tensor, axis);
}

SmallVector<Value> nn::dynamicDims(OpBuilder &builder, Location loc, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<Value> dims;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (type.isDynamicDim(axis))
      dims.push_back(dimOf(builder, loc, tensor, axis));
  return dims;
}

// Index arithmetic inside of the loop is done again before it.
static Value outsideOf(Operation *loop, Value index) {
  if (!loop->isAncestor(index.getParentBlock()->getParentOp()))
    return index;
  Operation *op = index.getDefiningOp();
  if (!op || op == loop || op->getNumRegions() || !isPure(op) ||
      !llvm::all_of(op->getOperandTypes(), [](Type type) { return type.isIndex(); }))
    return {};
  IRMapping map;
  for (Value operand : op->getOperands()) {
    Value outside = outsideOf(loop, operand);
    if (!outside)
      return {};
    map.map(operand, outside);
  }
  return OpBuilder(loop).clone(*op, map)->getResult(cast<OpResult>(index).getResultNumber());
}

std::optional<SmallVector<Value>> nn::dynamicDimsOutside(Operation *loop, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  OpBuilder builder(tensor.getContext());
  builder.setInsertionPointAfterValue(tensor);
  SmallVector<Value> dims;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (!type.isDynamicDim(axis))
      continue;
    Value size = resolveDim(builder, tensor.getLoc(), tensor, axis);
    Value outside = size ? outsideOf(loop, size) : Value();
    if (!outside)
      return std::nullopt;
    dims.push_back(outside);
  }
  return dims;
}

Value nn::elementCount(OpBuilder &builder, Location loc, Value tensor) {
  Value count = indexConstant(builder, loc, 1);
  for (int64_t axis = 0; axis < cast<RankedTensorType>(tensor.getType()).getRank(); ++axis)
    count = mulIndex(builder, loc, count, dimOf(builder, loc, tensor, axis));
  return count;
}

unsigned nn::dynamicDimCount(TypeRange types) {
  unsigned count = 0;
  for (Type type : types)
    count += cast<RankedTensorType>(type).getNumDynamicDims();
  return count;
}

LogicalResult nn::verifyDims(Operation *op, TypeRange types, ValueRange dims) {
  if (dynamicDimCount(types) == dims.size())
    return success();
  return op->emitOpError() << "has " << dims.size() << " dims, but its results have "
                           << dynamicDimCount(types) << " dynamic axes";
}

Value nn::pickDim(Type type, ValueRange dims, int64_t axis) {
  auto shape = cast<RankedTensorType>(type).getShape();
  return dims[llvm::count(shape.take_front(axis), ShapedType::kDynamic)];
}

Value nn::pickDim(TypeRange types, ValueRange dims, unsigned index, int64_t axis) {
  return pickDim(types[index], dims.drop_front(dynamicDimCount(types.take_front(index))), axis);
}

int64_t nn::storageBytes(Type elementType) { return (elementType.getIntOrFloatBitWidth() + 7) / 8; }

static constexpr int64_t leafAlignment = 64; // bytes: a cache line, and an AVX-512 register

int64_t nn::treeLayout(TypeRange leaves, SmallVectorImpl<int64_t> &offsets) {
  int64_t total = 0;
  for (Type leaf : leaves) {
    auto type = cast<RankedTensorType>(leaf);
    if (!type.hasStaticShape())
      return ShapedType::kDynamic;
    offsets.push_back(total);
    int64_t line = leafAlignment / storageBytes(type.getElementType());
    total += (type.getNumElements() + line - 1) / line * line;
  }
  return total;
}

TreeLayout nn::treeLayout(OpBuilder &builder, Location loc, TypeRange leaves, ValueRange dims) {
  TreeLayout layout;
  layout.total = indexConstant(builder, loc, 0);
  for (Type leaf : leaves) {
    auto type = cast<RankedTensorType>(leaf);
    layout.offsets.push_back(layout.total);
    Value count = indexConstant(builder, loc, 1);
    for (int64_t size : type.getShape()) {
      Value dim = ShapedType::isDynamic(size) ? dims.front() : indexConstant(builder, loc, size);
      if (ShapedType::isDynamic(size))
        dims = dims.drop_front();
      count = mulIndex(builder, loc, count, dim);
    }
    int64_t line = leafAlignment / storageBytes(type.getElementType());
    Value lines = ceilDivIndex(builder, loc, count, line);
    Value padded = mulIndex(builder, loc, lines, indexConstant(builder, loc, line));
    layout.total = addIndex(builder, loc, layout.total, padded);
  }
  return layout;
}
