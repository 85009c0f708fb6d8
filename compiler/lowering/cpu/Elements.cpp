#include "compiler/lowering/cpu/Elements.h"
#include "compiler/lowering/cpu/HalfFloat.h"
#include "dialects/nn/Element.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::cpu;

Type nnc::cpu::computeType(Type element) {
  if (element.isF16() || element.isBF16())
    return Float32Type::get(element.getContext());
  if (auto integer = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), integer.getWidth());
  return element;
}

int64_t nnc::cpu::lanesFor(Type element) {
  return isa<FloatType>(element) && element.getIntOrFloatBitWidth() == 64 ? 8 : 16;
}

/// What a buffer's elements are as bytes: bools take one, signs are not in types, bf16 is bits.
static Type storageType(Type element) {
  if (auto integer = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), std::max(8u, integer.getWidth()));
  return element.isBF16() ? Type(IntegerType::get(element.getContext(), 16)) : element;
}

static bool isVector(Value value) { return isa<VectorType>(value.getType()); }

Elements::Elements(LoopNest &nest, kernel::ComputeInterface kernel, int64_t lanes, bool flat)
    : nest(nest), b(nest.b), kernel(kernel), lanes(lanes), flat(flat) {}

SmallVector<Value> Elements::sizes(Value memref) {
  SmallVector<Value> result;
  auto type = cast<MemRefType>(memref.getType());
  for (auto [axis, size] : llvm::enumerate(type.getShape()))
    result.push_back(nest.at(0, [&, axis = axis, size = size]() -> Value {
      return ShapedType::isDynamic(size) ? Value(memref::DimOp::create(b, memref, axis))
                                         : nest.index(size);
    }));
  return result;
}

SmallVector<Value> Elements::sizesOf(Value tensor) {
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    if (argument.getOwner() == kernel.getKernelBody())
      return sizes(kernel.getKernelIns()[argument.getArgNumber()]);
  auto yielded = kernel.getKernelBody()->getTerminator()->getOperands();
  if (auto it = llvm::find(yielded, tensor); it != yielded.end())
    return sizes(kernel.getKernelOuts()[it - yielded.begin()]);
  auto type = cast<RankedTensorType>(tensor.getType());
  Operation *op = tensor.getDefiningOp();
  SmallVector<Value> result;
  if (type.hasStaticShape()) {
    for (int64_t size : type.getShape())
      result.push_back(nest.at(0, [&] { return nest.index(size); }));
    return result;
  }
  // Ops that make new dynamic sizes list them; the others keep those of their first operand.
  auto listed = [&](ValueRange dims) {
    for (int64_t size : type.getShape()) {
      if (!ShapedType::isDynamic(size)) {
        result.push_back(nest.at(0, [&] { return nest.index(size); }));
        continue;
      }
      result.push_back(dims.front());
      dims = dims.drop_front();
    }
    return result;
  };
  return llvm::TypeSwitch<Operation *, SmallVector<Value>>(op)
      .Case<nn::BroadcastOp, nn::ReshapeOp, nn::FullOp, nn::IotaOp, nn::RngBitsOp,
            nn::DynamicSliceOp>([&](auto sized) { return listed(sized.getDims()); })
      .Case([&](nn::TransposeOp transpose) {
        SmallVector<Value> from = sizesOf(transpose.getX());
        for (int64_t axis : transpose.getPerm())
          result.push_back(from[axis]);
        return result;
      })
      .Default([&](Operation *other) { return sizesOf(other->getOperands().back()); });
}

Value Elements::splat(Value scalar) {
  return vector::BroadcastOp::create(b, VectorType::get(lanes, scalar.getType()), scalar);
}

Value Elements::laneNumbers(Type element) {
  auto type = VectorType::get(lanes, element);
  SmallVector<Attribute> attributes;
  for (int64_t number = 0; number < lanes; ++number)
    attributes.push_back(isa<FloatType>(element)
                             ? Attribute(b.getFloatAttr(element, static_cast<double>(number)))
                             : Attribute(b.getIntegerAttr(element, number)));
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, attributes));
}

Value Elements::constant(Type element, double value) {
  if (isa<FloatType>(element))
    return arith::ConstantOp::create(b, b.getFloatAttr(element, value));
  return arith::ConstantOp::create(b, b.getIntegerAttr(element, static_cast<int64_t>(value)));
}

Value Elements::vectorAt(Value tensor, const Place &place) {
  Value value = at(tensor, place);
  if (isVector(value))
    return value;
  return nest.at(nest.depthOf(value), [&] { return splat(value); });
}

Elements::Key Elements::keyOf(Value tensor, const Place &place) {
  Key key{tensor.getAsOpaquePointer(), reinterpret_cast<void *>(static_cast<intptr_t>(place.lane)),
          place.lane < 0 ? nullptr : mask.getAsOpaquePointer()};
  for (Value index : place.index)
    key.push_back(index.getAsOpaquePointer());
  return key;
}

Value Elements::at(Value tensor, const Place &place) {
  if (Value value = bound.lookup(tensor))
    return value;
  Key key = keyOf(tensor, place);
  if (auto it = known.find(key); it != known.end() && isVisible(it->second))
    return it->second;
  Value value = compute(tensor, place);
  known[key] = value;
  return value;
}

Value Elements::compute(Value tensor, const Place &place) {
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return load(kernel.getKernelIns()[argument.getArgNumber()], place);
  return computeOp(tensor.getDefiningOp(), tensor, place);
}

/// The buffer with elements as they are in memory.
Value Elements::storage(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  Type element = storageType(type.getElementType());
  bool flatten = flat && type.getRank() > 1;
  if (element == type.getElementType() && !flatten)
    return memref;
  Value &known = storages[memref];
  if (known)
    return known;
  return known = nest.at(0, [&]() -> Value {
    SmallVector<Value> dims;
    SmallVector<int64_t> shape(type.getShape());
    if (flatten) {
      int64_t count = type.hasStaticShape() ? type.getNumElements() : ShapedType::kDynamic;
      if (!type.hasStaticShape())
        dims.push_back(nest.product(sizes(memref)));
      shape = {count};
    } else {
      for (auto [size, value] : llvm::zip(shape, sizes(memref)))
        if (ShapedType::isDynamic(size))
          dims.push_back(value);
    }
    return kernel::ViewOp::create(b, MemRefType::get(shape, element), memref, Value(), dims);
  });
}

Value Elements::load(Value memref, const Place &place) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  Value source = storage(memref);
  Type stored = cast<MemRefType>(source.getType()).getElementType();
  SmallVector<Value> needs(place.index);
  if (place.lane >= 0 && mask)
    needs.push_back(mask);
  return nest.at(nest.depthOf(needs), [&]() -> Value {
    Value value;
    if (place.lane < 0) {
      value = memref::LoadOp::create(b, source, place.index);
    } else if (mask) {
      // Lanes that are not there hold one, which no integer division minds.
      Value one = splat(constant(stored, 1));
      value = vector::MaskedLoadOp::create(b, VectorType::get(lanes, stored), source, place.index,
                                           mask, one);
    } else {
      value = vector::LoadOp::create(b, VectorType::get(lanes, stored), source, place.index);
    }
    Type shape = value.getType();
    auto shaped = [&](Type to) -> Type {
      return isa<VectorType>(shape) ? VectorType::get(lanes, to) : to;
    };
    if (element.isInteger(1)) {
      Value zero = constant(stored, 0);
      return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, value,
                                   isVector(value) ? splat(zero) : zero);
    }
    if (element.isBF16())
      return floatOfBFloatBits(b, value);
    if (computeType(element) != stored)
      return arith::ExtFOp::create(b, shaped(computeType(element)), value);
    return value;
  });
}

void Elements::store(unsigned out, const Place &place, Value element) {
  Value memref = kernel.getKernelOuts()[out];
  Value target = storage(memref);
  Type stored = cast<MemRefType>(target.getType()).getElementType();
  if (place.lane >= 0 && !isVector(element))
    element = splat(element);
  Type to = isVector(element) ? Type(VectorType::get(lanes, stored)) : stored;
  if (cast<MemRefType>(memref.getType()).getElementType().isBF16())
    element = bfloatBitsOf(b, element);
  else if (element.getType() != to)
    element = isa<FloatType>(stored) ? Value(arith::TruncFOp::create(b, to, element))
                                     : Value(arith::ExtUIOp::create(b, to, element));
  if (place.lane < 0)
    memref::StoreOp::create(b, element, target, place.index);
  else if (mask)
    vector::MaskedStoreOp::create(b, target, place.index, mask, element);
  else
    vector::StoreOp::create(b, element, target, place.index);
}

/// `index` as elements of a tensor, growing by one per lane if `lanesRun`.
Value Elements::iota(Value index, bool lanesRun, Type element) {
  Value number = arith::IndexCastOp::create(b, b.getI64Type(), index);
  Type type = computeType(element);
  if (lanesRun)
    number = arith::AddIOp::create(b, splat(number), laneNumbers(b.getI64Type()));
  Type to = lanesRun ? Type(VectorType::get(lanes, type)) : type;
  if (isa<FloatType>(type))
    return arith::SIToFPOp::create(b, to, number);
  if (type.getIntOrFloatBitWidth() < 64)
    return arith::TruncIOp::create(b, to, number);
  return number;
}

/// An element of an index tensor as an index, moved into [0, size).
Value Elements::clampedIndex(Value value, Value size) {
  Value index = arith::IndexCastOp::create(b, b.getIndexType(), value);
  index = arith::MaxSIOp::create(b, index, nest.index(0));
  return arith::MinSIOp::create(b, index, nest.sub(size, nest.index(1)));
}

Value Elements::constantElement(nn::ConstantOp op, const Place &place) {
  auto values = cast<DenseElementsAttr>(op.getValue());
  Type type = computeType(values.getElementType());
  auto scalar = [&](Attribute attribute) -> Value {
    if (auto value = dyn_cast<FloatAttr>(attribute))
      return constant(type, value.getValueAsDouble());
    APInt bits = cast<IntegerAttr>(attribute).getValue();
    return arith::ConstantOp::create(b, b.getIntegerAttr(type, bits));
  };
  if (values.isSplat())
    return nest.at(0, [&] { return scalar(values.getSplatValue<Attribute>()); });
  // A table in the module, found again by its contents.
  auto tensorType = cast<RankedTensorType>(op.getType());
  auto signless =
      RankedTensorType::get(tensorType.getShape(), storageType(values.getElementType()));
  SmallVector<Attribute> attributes;
  for (Attribute attribute : values.getValues<Attribute>()) {
    auto number = dyn_cast<FloatAttr>(attribute);
    bool asBits = !number || signless.getElementType().isInteger(16);
    llvm::APInt bits =
        number ? number.getValue().bitcastToAPInt() : cast<IntegerAttr>(attribute).getValue();
    unsigned width = signless.getElementTypeBitWidth();
    attributes.push_back(
        asBits ? b.getIntegerAttr(signless.getElementType(), bits.zextOrTrunc(width)) : attribute);
  }
  auto data = DenseElementsAttr::get(signless, attributes);
  auto function = op->getParentOfType<func::FuncOp>();
  auto module = function->getParentOfType<ModuleOp>();
  auto memrefType = MemRefType::get(signless.getShape(), signless.getElementType());
  memref::GlobalOp global;
  for (auto other : module.getOps<memref::GlobalOp>())
    if (other.getInitialValueAttr() == data && other.getType() == memrefType)
      global = other;
  if (!global) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(function);
    std::string name = (function.getName() + ".constant").str();
    unsigned number = 0;
    while (module.lookupSymbol(name + std::to_string(number)))
      ++number;
    global = memref::GlobalOp::create(b, name + std::to_string(number), b.getStringAttr("private"),
                                      memrefType, data, /*constant=*/true, b.getI64IntegerAttr(64));
  }
  Value table =
      nest.at(0, [&] { return memref::GetGlobalOp::create(b, memrefType, global.getName()); });
  auto view = [&](Type element) {
    return nest.at(0, [&] {
      return kernel::ViewOp::create(b, MemRefType::get(memrefType.getShape(), element), table,
                                    Value(), ValueRange());
    });
  };
  if (signless.getElementType() != values.getElementType())
    table = view(values.getElementType());
  return load(table, place);
}

Value Elements::computeOp(Operation *op, Value tensor, const Place &place) {
  auto operandsAt = [&](ValueRange tensors) {
    SmallVector<Value> values;
    for (Value operand : tensors)
      values.push_back(at(operand, place));
    if (llvm::any_of(values, isVector))
      for (Value &value : values)
        if (!isVector(value))
          value = nest.at(nest.depthOf(value), [&] { return splat(value); });
    return values;
  };
  if (auto elementwise = dyn_cast<nn::ElementwiseOpInterface>(op)) {
    SmallVector<Value> values = operandsAt(op->getOperands());
    Type to = getElementTypeOrSelf(tensor);
    if (isa<nn::CastOp>(op) && computeType(to) != to && isa<FloatType>(to))
      return nest.at(nest.depthOf(values), [&] {
        nn::Element x = nn::Element::list(b, op->getLoc(), op, values)[0];
        return roundToHalf(b, nn::convert(x, b.getF32Type()).value, to);
      });
    return nest.at(nest.depthOf(values),
                   [&] { return elementwise.emitElement(b, op->getLoc(), values); });
  }
  Type element = getElementTypeOrSelf(tensor);
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](nn::ConstantOp constant) { return constantElement(constant, place); })
      .Case([&](nn::StopGradientOp same) { return at(same.getX(), place); })
      .Case([&](nn::BarrierOp same) {
        return at(same->getOperand(cast<OpResult>(tensor).getResultNumber()), place);
      })
      .Case([&](nn::FullOp full) { return at(full.getValue(), Place{}); })
      .Case([&](nn::FromIndexOp from) {
        return nest.at(nest.depthOf(from.getIndex()),
                       [&] { return iota(from.getIndex(), false, element); });
      })
      .Case([&](nn::IotaOp range) {
        int axis = flat ? 0 : range.getAxis();
        return nest.at(nest.depthOf(place.index[axis]),
                       [&] { return iota(place.index[axis], place.lane == axis, element); });
      })
      .Case([&](nn::BroadcastOp broadcast) {
        auto from = cast<RankedTensorType>(broadcast.getX().getType());
        auto to = cast<RankedTensorType>(tensor.getType());
        Place inner;
        for (auto [k, axis] : llvm::enumerate(broadcast.getMap())) {
          bool repeats = from.getDimSize(k) == 1 && to.getDimSize(axis) != 1;
          inner.index.push_back(repeats ? nest.at(0, [&] { return nest.index(0); })
                                        : place.index[axis]);
          if (!repeats && axis == place.lane)
            inner.lane = k;
        }
        return at(broadcast.getX(), inner);
      })
      .Case([&](nn::TransposeOp transpose) {
        Place inner;
        inner.index.resize(place.index.size());
        for (auto [k, axis] : llvm::enumerate(transpose.getPerm())) {
          inner.index[axis] = place.index[k];
          if (static_cast<int>(k) == place.lane)
            inner.lane = axis;
        }
        return at(transpose.getX(), inner);
      })
      .Case([&](nn::ReverseOp reverse) {
        Place inner = place;
        SmallVector<Value> sizes = sizesOf(tensor);
        for (int64_t axis : reverse.getAxes())
          inner.index[axis] = nest.sub(nest.sub(sizes[axis], nest.index(1)), place.index[axis]);
        return at(reverse.getX(), inner);
      })
      .Case([&](nn::SliceOp slice) {
        Place inner = place;
        for (size_t axis = 0; axis < place.index.size(); ++axis)
          inner.index[axis] = nest.at(nest.depthOf(place.index[axis]), [&] {
            return nest.add(nest.mul(place.index[axis], nest.index(slice.getStride()[axis])),
                            nest.index(slice.getStart()[axis]));
          });
        return at(slice.getX(), inner);
      })
      .Case([&](nn::DynamicSliceOp slice) {
        Place inner = place;
        SmallVector<Value> outer = sizesOf(slice.getX()), block = sizesOf(tensor);
        for (size_t axis = 0; axis < place.index.size(); ++axis) {
          Value room = nest.sub(outer[axis], block[axis]);
          Value start = arith::MaxSIOp::create(b, slice.getStart()[axis], nest.index(0));
          start = arith::MinSIOp::create(b, start, room);
          inner.index[axis] = nest.add(place.index[axis], start);
        }
        return at(slice.getX(), inner);
      })
      .Case([&](nn::ReshapeOp reshape) {
        if (flat)
          return at(reshape.getX(), place);
        Place inner;
        SmallVector<Value> from = sizesOf(reshape.getX());
        Value number = nest.linearize(place.index, sizesOf(tensor));
        inner.index = nest.delinearize(number, from);
        if (place.lane >= 0)
          inner.lane = static_cast<int>(from.size()) - 1;
        return at(reshape.getX(), inner);
      })
      .Case([&](nn::TakeOp take) {
        int64_t axis = take.getAxis();
        int64_t indexRank = cast<RankedTensorType>(take.getIndex().getType()).getRank();
        Place which, inner;
        which.index.append(place.index.begin() + axis, place.index.begin() + axis + indexRank);
        Value index = clampedIndex(at(take.getIndex(), which), sizesOf(take.getX())[axis]);
        inner.index.append(place.index.begin(), place.index.begin() + axis);
        inner.index.push_back(index);
        inner.index.append(place.index.begin() + axis + indexRank, place.index.end());
        if (place.lane >= axis + indexRank)
          inner.lane = place.lane - indexRank + 1;
        else if (place.lane >= 0)
          inner.lane = place.lane;
        return at(take.getX(), inner);
      })
      .Case([&](nn::TakeAlongOp take) {
        Place inner = place;
        inner.lane = -1;
        Value element = at(take.getIndex(), inner);
        Value size = sizesOf(take.getX())[take.getAxis()];
        Value index = nest.at(nest.depthOf(element), [&] { return clampedIndex(element, size); });
        inner.index.insert(inner.index.begin() + take.getAxis(), index);
        return at(take.getX(), inner);
      })
      .Case([&](nn::ScatterAddAlongOp scatter) {
        int axis = scatter.getAxis();
        Place row = place;
        row.index.erase(row.index.begin() + axis);
        row.lane = place.lane == axis ? -1 : place.lane > axis ? place.lane - 1 : place.lane;
        Value x = at(scatter.getX(), place), update = at(scatter.getUpdate(), row);
        Value which = at(scatter.getIndex(), row);
        Value size = sizesOf(scatter.getX())[axis];
        Value target = nest.at(nest.depthOf(which), [&]() -> Value {
          return arith::IndexCastOp::create(b, b.getI64Type(), clampedIndex(which, size));
        });
        Value here = iota(place.index[axis], place.lane == axis, b.getI64Type());
        auto match = [&](Value value, Value other) {
          return isVector(other) && !isVector(value) ? splat(value) : value;
        };
        target = match(target, here);
        Value hit = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, here, target);
        x = match(x, hit);
        update = match(update, hit);
        Value sum = isa<FloatType>(computeType(element))
                        ? Value(arith::AddFOp::create(b, x, update))
                        : Value(arith::AddIOp::create(b, x, update));
        return Value(arith::SelectOp::create(b, hit, sum, x));
      })
      .Case([&](nn::RngBitsOp bits) { return rngBits(bits, place); })
      .Case<nn::RngAdvanceOp, nn::RngSplitOp>(
          [&](Operation *stream) { return rngStream(stream, tensor, place); })
      .Default([&](Operation *other) -> Value {
        llvm::report_fatal_error(llvm::Twine("no elements of ") + other->getName().getStringRef());
      });
}

bool Elements::hasVectorForm(Operation *op, int lane) {
  if (isa<nn::ElementwiseOpInterface, nn::StopGradientOp, nn::BarrierOp, nn::FullOp,
          nn::FromIndexOp, nn::IotaOp, nn::BroadcastOp, nn::RngBitsOp, kernel::YieldOp>(op))
    return true;
  if (isa<nn::ConstantOp>(op))
    return true;
  if (auto slice = dyn_cast<nn::SliceOp>(op))
    return slice.getStride().back() == 1;
  if (auto scatter = dyn_cast<nn::ScatterAddAlongOp>(op))
    return static_cast<int>(scatter.getAxis()) == lane;
  if (auto take = dyn_cast<nn::TakeOp>(op)) {
    int64_t indexRank = cast<RankedTensorType>(take.getIndex().getType()).getRank();
    return lane >= static_cast<int>(take.getAxis() + indexRank);
  }
  if (auto transpose = dyn_cast<nn::TransposeOp>(op))
    return transpose.getPerm().back() == static_cast<int64_t>(transpose.getPerm().size()) - 1;
  return isa<nn::DynamicSliceOp>(op);
}
