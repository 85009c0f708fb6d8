// Elements of reductions, contractions, gathers, scatters, constants and random numbers.
#include "compiler/lowering/gpu/Elements.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/Element.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nnc::gpu;

static Type elementOfTensor(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementType();
}
static bool isUnsignedTensor(Value tensor) {
  Type type = elementOfTensor(tensor);
  return type.isUnsignedInteger() || type.isInteger(1);
}

// --- reductions

static bool takesGreatest(Operation *op) { return isa<nn::ReduceMaxOp, nn::ArgMaxOp>(op); }

Value nnc::gpu::reductionStart(KernelFunction &kernel, Operation *op) {
  Type element = elementOfTensor(op->getOperand(0)), type = kernel.computeType(element);
  if (isa<nn::SumOp>(op))
    return kernel.constant(type, 0);
  bool greatest = takesGreatest(op);
  if (auto floating = dyn_cast<FloatType>(type)) {
    APFloat end = APFloat::getInf(floating.getFloatSemantics(), /*Negative=*/greatest);
    return arith::ConstantOp::create(kernel.b, kernel.b.getFloatAttr(floating, end));
  }
  unsigned bits = type.getIntOrFloatBitWidth();
  bool isUnsigned = isUnsignedTensor(op->getOperand(0));
  APInt least = isUnsigned ? APInt::getMinValue(bits) : APInt::getSignedMinValue(bits);
  APInt most = isUnsigned ? APInt::getMaxValue(bits) : APInt::getSignedMaxValue(bits);
  return arith::ConstantOp::create(kernel.b,
                                   kernel.b.getIntegerAttr(type, greatest ? least : most));
}

Value nnc::gpu::reductionStep(KernelFunction &kernel, Operation *op, Value x, Value y) {
  bool isUnsigned = isUnsignedTensor(op->getOperand(0));
  nn::Element a{&kernel.b, kernel.b.getLoc(), x, isUnsigned}, b = a.with(y);
  if (isa<nn::SumOp>(op))
    return (a + b).value;
  return (takesGreatest(op) ? nn::max(a, b) : nn::min(a, b)).value;
}

Value nnc::gpu::multiplyAdd(KernelFunction &kernel, Value a, Value b, Value c) {
  if (isa<FloatType>(a.getType()))
    return math::FmaOp::create(kernel.b, a, b, c);
  Value product = arith::MulIOp::create(kernel.b, a, b);
  return arith::AddIOp::create(kernel.b, product, c);
}

Elements::Values Elements::loops(ArrayRef<Value> extents, Values start,
                                 function_ref<Values(ArrayRef<Value>, ValueRange)> step) {
  Values indices;
  std::function<Values(ValueRange)> open = [&](ValueRange carried) -> Values {
    if (indices.size() == extents.size())
      return scoped([&] { return step(indices, carried); });
    Value extent = extents[indices.size()];
    return kernel.loop(kernel.index(0), extent, kernel.index(1), carried,
                       [&](Value i, ValueRange inner) {
                         indices.push_back(i);
                         Values next = open(inner);
                         indices.pop_back();
                         return next;
                       });
  };
  return open(start);
}

Value Elements::computeReduction(Operation *op, OpResult tensor, const Place &place) {
  if (auto einsum = dyn_cast<nn::EinsumOp>(op))
    return computeEinsum(einsum, place);
  if (auto arg = dyn_cast<nn::ArgMaxOp>(op))
    return computeArgExtremum(op, arg.getAxis(), place);
  if (auto arg = dyn_cast<nn::ArgMinOp>(op))
    return computeArgExtremum(op, arg.getAxis(), place);
  if (auto cumsum = dyn_cast<nn::CumSumOp>(op)) {
    Value x = cumsum.getX();
    int64_t axis = cumsum.getAxis();
    Values axes = axesOf(tensor, place), extents = sizes(x);
    Value count = cumsum.getReverse() ? kernel.sub(extents[axis], axes[axis])
                                      : kernel.add(axes[axis], kernel.index(1));
    Type type = kernel.computeType(elementOfTensor(x));
    return loops({count}, {kernel.constant(type, 0)}, [&](ArrayRef<Value> i, ValueRange sum) {
      Values source = axes;
      source[axis] =
          cumsum.getReverse() ? kernel.sub(kernel.sub(extents[axis], kernel.index(1)), i[0]) : i[0];
      nn::Element total{&b, b.getLoc(), sum[0], false};
      return Values{(total + total.with(at(x, Place::of(source)))).value};
    })[0];
  }
  if (!isa<nn::SumOp, nn::ReduceMaxOp, nn::ReduceMinOp>(op))
    return {};
  Value x = op->getOperand(0);
  auto reduced = op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef();
  Values extents = sizes(x), inner, kept = axesOf(tensor, place);
  for (int64_t axis : reduced)
    inner.push_back(extents[axis]);
  return loops(inner, {reductionStart(kernel, op)}, [&](ArrayRef<Value> indices, ValueRange sum) {
    Values source(extents.size());
    for (auto [axis, i] : llvm::zip_equal(reduced, indices))
      source[axis] = i;
    auto next = kept.begin();
    for (Value &axis : source)
      if (!axis)
        axis = *next++;
    return Values{reductionStep(kernel, op, sum[0], at(x, Place::of(source)))};
  })[0];
}

Value Elements::computeArgExtremum(Operation *op, int64_t axis, const Place &place) {
  Value x = op->getOperand(0), result = op->getResult(0);
  Values axes = axesOf(result, place);
  axes.insert(axes.begin() + axis, Value());
  nn::CompareKind better = takesGreatest(op) ? nn::CompareKind::gt : nn::CompareKind::lt;
  Values start = {reductionStart(kernel, op), kernel.index(0)};
  Value found = loops({sizes(x)[axis]}, start, [&](ArrayRef<Value> i, ValueRange best) {
    Values source = axes;
    source[axis] = i[0];
    nn::Element value{&b, b.getLoc(), at(x, Place::of(source)), isUnsignedTensor(x)};
    Value wins = nn::compare(better, value, value.with(best[0])).value;
    return Values{arith::SelectOp::create(b, wins, value.value, best[0]),
                  arith::SelectOp::create(b, wins, i[0], best[1])};
  })[1];
  return fromIndex(found, elementOfTensor(result));
}

Value Elements::computeEinsum(nn::EinsumOp op, const Place &place) {
  Values axes = axesOf(op.getResult(), place), leftSizes = sizes(op.getLhs()),
         rightSizes = sizes(op.getRhs()), extents;
  StringRef left = op.lhsLetters(), right = op.rhsLetters(), out = op.resultLetters();
  std::string summed;
  for (auto [letters, extent] : {std::pair(left, &leftSizes), {right, &rightSizes}})
    for (auto [axis, letter] : llvm::enumerate(letters))
      if (!out.contains(letter) && !StringRef(summed).contains(letter)) {
        summed += letter;
        extents.push_back((*extent)[axis]);
      }
  Type type = kernel.computeType(elementOfTensor(op.getResult()));
  return loops(extents, {kernel.constant(type, 0)}, [&](ArrayRef<Value> indices, ValueRange sum) {
    auto operand = [&](Value tensor, StringRef letters) {
      Values source;
      for (char letter : letters)
        source.push_back(out.contains(letter) ? axes[out.find(letter)]
                                              : indices[StringRef(summed).find(letter)]);
      return at(tensor, Place::of(source));
    };
    Value x = operand(op.getLhs(), left), y = operand(op.getRhs(), right);
    return Values{multiplyAdd(kernel, x, y, sum[0])};
  })[0];
}

// --- indexing by tensors

Value Elements::computeGather(Operation *op, OpResult tensor, const Place &place) {
  auto integer = [&](Value index, const Place &where) { return toIndex(at(index, where)); };
  if (auto take = dyn_cast<nn::TakeOp>(op)) {
    int64_t axis = take.getAxis(),
            rank = cast<RankedTensorType>(take.getIndex().getType()).getRank();
    Values axes = axesOf(tensor, place);
    ArrayRef<Value> inner = ArrayRef(axes).slice(axis, rank);
    Value row = kernel.clamp(integer(take.getIndex(), Place::of(inner)), sizes(take.getX())[axis]);
    Values source(axes.begin(), axes.begin() + axis);
    source.push_back(row);
    source.append(axes.begin() + axis + rank, axes.end());
    return at(take.getX(), Place::of(source));
  }
  if (auto take = dyn_cast<nn::TakeAlongOp>(op)) {
    int64_t axis = take.getAxis();
    Values source = axesOf(tensor, place);
    Value row = kernel.clamp(integer(take.getIndex(), place), sizes(take.getX())[axis]);
    source.insert(source.begin() + axis, row);
    return at(take.getX(), Place::of(source));
  }
  if (auto scatter = dyn_cast<nn::ScatterAddAlongOp>(op)) {
    int64_t axis = scatter.getAxis();
    Values axes = axesOf(tensor, place), outer = axes;
    Value size = sizes(tensor)[axis];
    outer.erase(outer.begin() + axis);
    Value row = kernel.clamp(integer(scatter.getIndex(), Place::of(outer)), size);
    nn::Element x{&b, b.getLoc(), at(scatter.getX(), place), false};
    nn::Element update = x.with(at(scatter.getUpdate(), Place::of(outer)));
    Value here = kernel.equal(row, axes[axis]);
    return arith::SelectOp::create(b, here, (x + update).value, x.value);
  }
  if (auto scatter = dyn_cast<nn::ScatterAddOp>(op)) {
    // Every element looks for its updates among all indices, in their order.
    int64_t axis = scatter.getAxis();
    Values axes = axesOf(tensor, place), indexSizes = sizes(scatter.getIndex());
    Value size = sizes(tensor)[axis], x = at(scatter.getX(), place);
    return loops(indexSizes, {x}, [&](ArrayRef<Value> indices, ValueRange sum) {
      Value row = kernel.clamp(integer(scatter.getIndex(), Place::of(indices)), size);
      Type element = elementOfTensor(scatter.getX());
      return Values{whenElse(
          kernel.equal(row, axes[axis]), element,
          [&] {
            Values source(axes.begin(), axes.begin() + axis);
            source.append(indices.begin(), indices.end());
            source.append(axes.begin() + axis + 1, axes.end());
            nn::Element total{&b, b.getLoc(), sum[0], false};
            return Values{(total + total.with(at(scatter.getUpdate(), Place::of(source)))).value};
          },
          [&] { return Values{sum[0]}; })};
    })[0];
  }
  return {};
}

// --- elements that come from no tensor of the same shape

Value Elements::computeConstant(nn::ConstantOp op, const Place &place) {
  auto elements = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!elements)
    return {};
  Type element = elements.getElementType();
  if (elements.isSplat())
    return kernel.constant(elements.getSplatValue<Attribute>(), element);
  Type stored = kernel.storageType(element);
  Value array = kernel.constantArray(elements);
  Value address = kernel.elementAddress(array, stored, linearOf(op.getResult(), place));
  return kernel.widen(LLVM::LoadOp::create(b, stored, address), element);
}

Value Elements::computeSource(Operation *op, OpResult tensor, const Place &place) {
  Type element = elementOfTensor(tensor);
  if (auto constant = dyn_cast<nn::ConstantOp>(op))
    return computeConstant(constant, place);
  if (auto full = dyn_cast<nn::FullOp>(op))
    return at(full.getValue(), Place::of({}));
  if (auto iota = dyn_cast<nn::IotaOp>(op))
    return fromIndex(axesOf(tensor, place)[iota.getAxis()], element);
  if (auto from = dyn_cast<nn::FromIndexOp>(op))
    return fromIndex(indexValue(from.getIndex()), element);
  auto word = [&](Value rng, int64_t i) { return at(rng, Place::of({kernel.index(i)})); };
  if (auto bits = dyn_cast<nn::RngBitsOp>(op)) {
    Value linear = linearOf(tensor, place), four = kernel.index(4);
    Value block = arith::IndexCastOp::create(b, b.getI64Type(), kernel.div(linear, four));
    Value counter = arith::AddIOp::create(b, word(bits.getRng(), 1), block);
    auto words = nn::emitPhilox(b, b.getLoc(), counter, word(bits.getRng(), 0));
    Value which = kernel.rem(linear, four), result = words[3];
    for (int64_t i = 2; i >= 0; --i)
      result = arith::SelectOp::create(b, kernel.equal(which, kernel.index(i)), words[i], result);
    return result;
  }
  if (auto advance = dyn_cast<nn::RngAdvanceOp>(op)) {
    Value count = kernel.add(indexValue(advance.getCount()), kernel.index(3));
    Value blocks =
        arith::IndexCastOp::create(b, b.getI64Type(), kernel.div(count, kernel.index(4)));
    Value next = arith::AddIOp::create(b, word(advance.getRng(), 1), blocks);
    Value isKey = kernel.equal(axesOf(tensor, place)[0], kernel.index(0));
    return arith::SelectOp::create(b, isKey, word(advance.getRng(), 0), next);
  }
  if (auto split = dyn_cast<nn::RngSplitOp>(op)) {
    // Of (key, counter): the child is (philox, 0), the parent (key, counter + 1).
    Value key = word(split.getRng(), 0), counter = word(split.getRng(), 1);
    Value isKey = kernel.equal(axesOf(tensor, place)[0], kernel.index(0));
    Type i64 = b.getI64Type();
    auto number = [&](int64_t value) { return arith::ConstantIntOp::create(b, i64, value); };
    if (tensor == split.getParent()) {
      Value next = arith::AddIOp::create(b, counter, number(1));
      return arith::SelectOp::create(b, isKey, key, next);
    }
    auto words = nn::emitPhilox(b, b.getLoc(), counter, key);
    Value high = arith::ShLIOp::create(b, arith::ExtUIOp::create(b, i64, words[1]), number(32));
    Value child = arith::OrIOp::create(b, arith::ExtUIOp::create(b, i64, words[0]), high);
    return arith::SelectOp::create(b, isKey, child, number(0));
  }
  if (auto unpack = dyn_cast<nn::UnpackOp>(op)) {
    OpBuilder body = OpBuilder::atBlockTerminator(kernel.op.getKernelBody());
    auto layout = nn::treeLayout(body, b.getLoc(), op->getResultTypes(), unpack.getDims());
    Value offset = indexValue(layout.offsets[tensor.getResultNumber()]);
    return at(unpack.getFlat(), Place::flat(kernel.add(offset, linearOf(tensor, place))));
  }
  if (auto pack = dyn_cast<nn::PackOp>(op)) {
    int64_t line = 64 / nn::storageBytes(element);
    Value linear = linearOf(tensor, place);
    return oneOf(
        pack.getLeaves(), element, linear,
        [&](Value leaf) {
          Value lines =
              kernel.div(kernel.add(count(leaf), kernel.index(line - 1)), kernel.index(line));
          return kernel.mul(lines, kernel.index(line));
        },
        [&](Value leaf, Value inner) {
          return whenElse(
              kernel.less(inner, count(leaf)), element,
              [&] { return Values{at(leaf, Place::flat(inner))}; },
              [&] { return Values{kernel.constant(kernel.computeType(element), 0)}; });
        });
  }
  return {};
}

Elements::Values Elements::randomWide(nn::RngBitsOp op, Value linear, int64_t count) {
  auto word = [&](int64_t i) { return at(op.getRng(), Place::of({kernel.index(i)})); };
  Values values;
  for (int64_t first = 0; first < count; first += 4) {
    Value block = kernel.add(kernel.div(linear, kernel.index(4)), kernel.index(first / 4));
    Value counter =
        arith::AddIOp::create(b, word(1), arith::IndexCastOp::create(b, b.getI64Type(), block));
    auto words = nn::emitPhilox(b, b.getLoc(), counter, word(0));
    values.append(words.begin(), words.end());
  }
  return values;
}
