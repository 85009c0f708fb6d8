#include "compiler/lowering/gpu/Elements.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/Element.h"

using namespace mlir;
using namespace nnc::gpu;

static Type elementOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementType();
}

Elements::Elements(KernelFunction &kernel) : kernel(kernel), b(kernel.b) { known.emplace_back(); }

Value Elements::memrefOf(Value tensor) const {
  auto argument = dyn_cast<BlockArgument>(tensor);
  if (!argument || argument.getOwner() != kernel.op.getKernelBody())
    return {};
  return kernel.op.getKernelIns()[argument.getArgNumber()];
}

// --- sizes and indices

Elements::Values Elements::sizes(Value tensor) {
  auto found = sizeValues.find(tensor);
  if (found != sizeValues.end())
    return found->second;
  Values result;
  Value memref = memrefOf(tensor);
  // Sizes are written as ops into the body, which goes away with the kernel op, and read from
  // there.
  OpBuilder body = OpBuilder::atBlockTerminator(kernel.op.getKernelBody());
  for (int64_t axis = 0; axis < cast<RankedTensorType>(tensor.getType()).getRank(); ++axis)
    result.push_back(memref ? kernel.size(memref, axis)
                            : indexValue(nn::dimOf(body, b.getLoc(), tensor, axis)));
  return sizeValues[tensor] = result;
}

Value Elements::indexValue(Value value) {
  if (auto constant = getConstantIntValue(value))
    return kernel.index(*constant);
  if (!kernel.op.getKernelBody()->getParent()->isAncestor(value.getParentRegion()))
    return kernel.parameter(value);
  if (Value found = indexValues.lookup(value))
    return found;
  Operation *op = value.getDefiningOp();
  Value result;
  if (auto dim = dyn_cast<nn::DimOp>(op)) {
    result = sizes(dim.getX())[dim.getAxis()];
  } else {
    SmallVector<Value> operands;
    if (!isa<nn::ToIndexOp>(op))
      for (Value operand : op->getOperands())
        operands.push_back(operand.getType().isIndex() ? indexValue(operand) : operand);
    result = kernel.atEntry([&]() -> Value {
      if (auto cast = dyn_cast<nn::ToIndexOp>(op))
        return scoped([&] { return toIndex(at(cast.getX(), Place::of({}))); });
      IRMapping mapping;
      mapping.map(op->getOperands(), operands);
      return b.clone(*op, mapping)->getResult(cast<OpResult>(value).getResultNumber());
    });
  }
  return indexValues[value] = result;
}

Elements::Values Elements::axesOf(Value tensor, const Place &place) {
  if (place.hasAxes)
    return Values(place.axes.begin(), place.axes.end());
  return kernel.delinearize(place.linear, sizes(tensor));
}

Value Elements::linearOf(Value tensor, const Place &place) {
  return place.linear ? place.linear : kernel.linearize(place.axes, sizes(tensor));
}

Value Elements::fromIndex(Value value, Type element) {
  Type type = kernel.computeType(element);
  Value integer = arith::IndexCastOp::create(b, b.getI64Type(), value);
  if (isa<FloatType>(type))
    return arith::SIToFPOp::create(b, type, integer);
  if (type.getIntOrFloatBitWidth() == 64)
    return integer;
  return arith::TruncIOp::create(b, type, integer);
}

Value Elements::toIndex(Value value) {
  return arith::IndexCastOp::create(b, b.getIndexType(), value);
}

Value Elements::whenElse(Value condition, Type element, KernelFunction::Bodies then,
                         KernelFunction::Bodies otherwise) {
  return kernel.ifElse(
      condition, kernel.computeType(element), [&] { return scoped([&] { return then(); }); },
      [&] { return scoped([&] { return otherwise(); }); })[0];
}

// --- elements

Value Elements::at(Value tensor, const Place &place) {
  Key key(tensor.getAsOpaquePointer(), {});
  if (place.hasAxes)
    for (Value axis : place.axes)
      key.second.push_back(axis.getAsOpaquePointer());
  else
    key.second.push_back(place.linear.getAsOpaquePointer());
  for (auto scope = known.rbegin(); scope != known.rend(); ++scope) {
    auto found = scope->find(key);
    if (found != scope->end())
      return found->second;
  }
  auto binding = bound.find(tensor);
  if (binding != bound.end())
    return remember(key, binding->second(place));
  if (Value memref = memrefOf(tensor))
    return remember(key, kernel.load(memref, linearOf(tensor, place)));
  return remember(key, compute(cast<OpResult>(tensor), place));
}

Elements::Values Elements::wide(Value tensor, Value linear, int64_t count) {
  auto lanes = [&](function_ref<Value(int64_t)> lane) {
    Values values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(lane(i));
    return values;
  };
  auto key = Key(tensor.getAsOpaquePointer(), {linear.getAsOpaquePointer()});
  auto found = knownWide.find(key);
  if (found != knownWide.end())
    return found->second;
  Operation *op = tensor.getDefiningOp();
  Values values;
  if (Value memref = memrefOf(tensor); memref && KernelFunction::isAligned(memref)) {
    values = kernel.loadWide(memref, linear, count);
  } else if (auto elementwise = dyn_cast_or_null<nn::ElementwiseOpInterface>(op)) {
    SmallVector<Values> operands;
    for (Value operand : op->getOperands())
      operands.push_back(wide(operand, linear, count));
    values = lanes([&](int64_t i) {
      Values lane = llvm::map_to_vector(operands, [&](Values &all) { return all[i]; });
      return kernel.widen(elementwise.emitElement(b, b.getLoc(), lane), elementOf(tensor));
    });
  } else if (isa_and_nonnull<nn::ReshapeOp, nn::StopGradientOp>(op)) {
    values = wide(op->getOperand(0), linear, count);
  } else if (auto bits = dyn_cast_or_null<nn::RngBitsOp>(op); bits && count % 4 == 0) {
    values = randomWide(bits, linear, count);
  } else {
    values = lanes(
        [&](int64_t i) { return at(tensor, Place::flat(kernel.add(linear, kernel.index(i)))); });
  }
  return knownWide[key] = values;
}

Value Elements::compute(OpResult tensor, const Place &place) {
  Operation *op = tensor.getOwner();
  if (auto elementwise = dyn_cast<nn::ElementwiseOpInterface>(op)) {
    Values operands;
    for (Value operand : op->getOperands())
      operands.push_back(at(operand, place));
    // A cast to a narrow float gives that type; everything else computes in the wide one.
    return kernel.widen(elementwise.emitElement(b, b.getLoc(), operands), elementOf(tensor));
  }
  if (isa<nn::ReshapeOp>(op))
    return at(op->getOperand(0), Place::flat(linearOf(tensor, place)));
  if (isa<nn::StopGradientOp, nn::BarrierOp>(op))
    return at(op->getOperand(tensor.getResultNumber()), place);
  for (auto family : {&Elements::computeShape, &Elements::computeReduction,
                      &Elements::computeGather, &Elements::computeSource})
    if (Value value = (this->*family)(op, tensor, place))
      return value;
  if (!failure)
    failure = op;
  return kernel.constant(kernel.computeType(elementOf(tensor)), 0);
}

// --- ops that move elements

Value Elements::computeShape(Operation *op, OpResult tensor, const Place &place) {
  Type element = elementOf(tensor);
  if (auto broadcast = dyn_cast<nn::BroadcastOp>(op)) {
    auto shape = cast<RankedTensorType>(broadcast.getX().getType()).getShape();
    Values axes = axesOf(tensor, place), source;
    for (auto [axis, size] : llvm::zip_equal(broadcast.getMap(), shape))
      source.push_back(size == 1 ? kernel.index(0) : axes[axis]);
    return at(broadcast.getX(), Place::of(source));
  }
  if (auto transpose = dyn_cast<nn::TransposeOp>(op)) {
    Values axes = axesOf(tensor, place), source(axes.size());
    for (auto [axis, from] : llvm::enumerate(transpose.getPerm()))
      source[from] = axes[axis];
    return at(transpose.getX(), Place::of(source));
  }
  if (auto reverse = dyn_cast<nn::ReverseOp>(op)) {
    Values axes = axesOf(tensor, place), extents = sizes(tensor);
    for (int64_t axis : reverse.getAxes())
      axes[axis] = kernel.sub(kernel.sub(extents[axis], kernel.index(1)), axes[axis]);
    return at(reverse.getX(), Place::of(axes));
  }
  if (auto slice = dyn_cast<nn::SliceOp>(op)) {
    Values axes = axesOf(tensor, place);
    for (auto [axis, start, stride] : llvm::zip_equal(axes, slice.getStart(), slice.getStride()))
      axis = kernel.add(kernel.mul(axis, kernel.index(stride)), kernel.index(start));
    return at(slice.getX(), Place::of(axes));
  }
  if (auto slice = dyn_cast<nn::DynamicSliceOp>(op)) {
    Values axes = axesOf(tensor, place);
    Values start = blockStart(slice.getStart(), sizes(slice.getX()), sizes(tensor));
    for (auto [axis, first] : llvm::zip_equal(axes, start))
      axis = kernel.add(axis, first);
    return at(slice.getX(), Place::of(axes));
  }
  if (auto update = dyn_cast<nn::DynamicUpdateOp>(op)) {
    Values axes = axesOf(tensor, place), inner;
    Values block = sizes(update.getUpdate());
    Values start = blockStart(update.getStart(), sizes(tensor), block);
    Value inside = arith::ConstantIntOp::create(b, 1, 1);
    for (auto [axis, first, size] : llvm::zip_equal(axes, start, block)) {
      inner.push_back(kernel.sub(axis, first));
      inside = kernel.both(inside, kernel.both(kernel.less(inner.back(), size),
                                               kernel.less(kernel.index(-1), inner.back())));
    }
    return whenElse(
        inside, element, [&] { return Values{at(update.getUpdate(), Place::of(inner))}; },
        [&] { return Values{at(update.getX(), place)}; });
  }
  if (auto pad = dyn_cast<nn::PadOp>(op))
    return computePad(pad, place);
  if (auto concat = dyn_cast<nn::ConcatOp>(op)) {
    Values axes = axesOf(tensor, place);
    int64_t axis = concat.getAxis();
    return oneOf(
        concat.getParts(), element, axes[axis], [&](Value part) { return sizes(part)[axis]; },
        [&](Value part, Value inner) {
          Values partAxes = axes;
          partAxes[axis] = inner;
          return at(part, Place::of(partAxes));
        });
  }
  return {};
}

Elements::Values Elements::blockStart(ValueRange start, ArrayRef<Value> whole,
                                      ArrayRef<Value> block) {
  Values result;
  for (auto [first, size, part] : llvm::zip_equal(start, whole, block)) {
    Value room = kernel.add(kernel.sub(size, part), kernel.index(1));
    result.push_back(kernel.clamp(indexValue(first), room));
  }
  return result;
}

Value Elements::computePad(nn::PadOp op, const Place &place) {
  Type element = elementOf(op.getX());
  Values axes = axesOf(op.getResult(), place), extents = sizes(op.getX());
  Value inside = arith::ConstantIntOp::create(b, 1, 1);
  for (auto [axis, size, lo, interior] :
       llvm::zip_equal(axes, extents, op.getLo(), op.getInterior())) {
    axis = kernel.sub(axis, kernel.index(lo));
    // As an unsigned number a place before the first element is beyond the last one.
    if (interior) {
      Value step = kernel.index(interior + 1);
      inside = kernel.both(inside, kernel.equal(kernel.rem(axis, step), kernel.index(0)));
      inside = kernel.both(inside, kernel.less(kernel.index(-1), axis));
      axis = kernel.div(axis, step);
    }
    inside =
        kernel.both(inside, b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ult, axis, size));
  }
  return whenElse(
      inside, element, [&] { return Values{at(op.getX(), Place::of(axes))}; },
      [&] {
        return Values{kernel.constant(kernel.computeType(element), op.getFill().convertToDouble())};
      });
}

Value Elements::oneOf(ValueRange parts, Type element, Value along,
                      function_ref<Value(Value)> extent, function_ref<Value(Value, Value)> part) {
  if (parts.size() == 1)
    return part(parts.front(), along);
  Value size = extent(parts.front());
  return whenElse(
      kernel.less(along, size), element, [&] { return Values{part(parts.front(), along)}; },
      [&] {
        return Values{oneOf(parts.drop_front(), element, kernel.sub(along, size), extent, part)};
      });
}
