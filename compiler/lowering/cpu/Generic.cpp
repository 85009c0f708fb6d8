// Kernels of one nn op as plain loops over single elements: what has no better form, and all of
// -O0.
#include "compiler/lowering/cpu/Elements.h"
#include "compiler/lowering/cpu/Emitters.h"
#include "compiler/lowering/cpu/Frame.h"
#include "compiler/optimize/Reduction.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::cpu;

namespace {

class GenericEmitter {
public:
  GenericEmitter(ImplicitLocOpBuilder &builder, kernel::ComputeInterface kernel)
      : nest(builder), b(nest.b), kernel(kernel), elements(nest, kernel, 1, /*flat=*/false) {}
  LogicalResult emit(Operation *op);

private:
  /// Opens a loop per size; returns the indices.
  SmallVector<Value> open(ArrayRef<Value> sizes, ValueRange inits = {}) {
    SmallVector<Value> indices;
    for (Value size : sizes)
      indices.push_back(nest.openFor(nest.index(0), size, 1).getInductionVar());
    return indices;
  }
  void close(size_t count) {
    for (size_t i = 0; i < count; ++i)
      nest.close();
  }
  SmallVector<Value> outSizes(unsigned out = 0) {
    return elements.sizes(kernel.getKernelOuts()[out]);
  }
  Value at(Value tensor, ArrayRef<Value> index) {
    return elements.at(tensor, Place{SmallVector<Value>(index)});
  }
  void store(ArrayRef<Value> index, Value element, unsigned out = 0) {
    elements.store(out, Place{SmallVector<Value>(index)}, element);
  }
  Value loadOut(ArrayRef<Value> index) {
    return elements.loadOut(0, Place{SmallVector<Value>(index)});
  }
  /// Runs `body` over all indices below `sizes`, with one value carried through all loops.
  Value fold(ArrayRef<Value> sizes, Value init,
             llvm::function_ref<Value(ArrayRef<Value>, Value)> body);
  Value zeroOf(Type element) { return elements.constant(computeType(element), 0); }
  Value plus(Value x, Value y) {
    return isa<FloatType>(x.getType()) ? Value(arith::AddFOp::create(b, x, y))
                                       : Value(arith::AddIOp::create(b, x, y));
  }
  void copyOf(Value tensor);

  void emitElements(Operation *op);
  void emitReduction(Operation *op);
  void emitArgExtremum(Operation *op, int64_t axis, bool greatest);
  void emitCumSum(nn::CumSumOp op);
  void emitArgSort(nn::ArgSortOp op);
  void emitEinsum(nn::EinsumOp op);
  void emitPad(nn::PadOp op);
  void emitConcat(nn::ConcatOp op);
  void emitScatterAdd(nn::ScatterAddOp op);
  void emitScatterAddAlong(nn::ScatterAddAlongOp op);
  void emitDynamicUpdate(nn::DynamicUpdateOp op);

  LoopNest nest;
  ImplicitLocOpBuilder &b;
  kernel::ComputeInterface kernel;
  Elements elements;
};

Value GenericEmitter::fold(ArrayRef<Value> sizes, Value init,
                           llvm::function_ref<Value(ArrayRef<Value>, Value)> body) {
  SmallVector<scf::ForOp> loops;
  SmallVector<Value> indices;
  Value carried = init;
  for (Value size : sizes) {
    loops.push_back(nest.openFor(nest.index(0), size, 1, carried));
    indices.push_back(loops.back().getInductionVar());
    carried = loops.back().getRegionIterArgs()[0];
  }
  carried = body(indices, carried);
  for (scf::ForOp loop : llvm::reverse(loops)) {
    nest.close(carried);
    carried = loop.getResult(0);
  }
  return carried;
}

void GenericEmitter::emitElements(Operation *op) {
  // A result that nobody reads has no buffer.
  for (auto [out, yielded] : llvm::enumerate(op->getNextNode()->getOperands())) {
    SmallVector<Value> index = open(outSizes(out));
    store(index, at(yielded, index), out);
    close(index.size());
  }
}

void GenericEmitter::emitReduction(Operation *op) {
  Value x = op->getOperand(0);
  ArrayRef<int64_t> axes = reducedAxesOf(op);
  SmallVector<Value> kept, reduced;
  for (auto [axis, size] : llvm::enumerate(elements.sizesOf(x)))
    (llvm::is_contained(axes, axis) ? reduced : kept).push_back(size);
  SmallVector<Value> outer = open(kept);
  Type element = computeType(getElementTypeOrSelf(x));
  Value init = arith::ConstantOp::create(b, reductionIdentity(op, element));
  Value result = fold(reduced, init, [&](ArrayRef<Value> inner, Value sum) {
    SmallVector<Value> index;
    size_t nextKept = 0, nextReduced = 0;
    for (size_t axis = 0; axis < outer.size() + inner.size(); ++axis)
      index.push_back(llvm::is_contained(axes, axis) ? inner[nextReduced++] : outer[nextKept++]);
    return combineReduced(b, op, sum, at(x, index));
  });
  store(outer, result);
  close(outer.size());
}

void GenericEmitter::emitArgExtremum(Operation *op, int64_t axis, bool greatest) {
  Value x = op->getOperand(0);
  SmallVector<Value> sizes = elements.sizesOf(x);
  Value length = sizes[axis];
  sizes.erase(sizes.begin() + axis);
  SmallVector<Value> outer = open(sizes);
  auto place = [&](Value i) {
    SmallVector<Value> index = outer;
    index.insert(index.begin() + axis, i);
    return index;
  };
  Value zero = nest.index(0);
  auto loop = nest.openFor(nest.index(1), length, 1, {at(x, place(zero)), zero});
  Value best = loop.getRegionIterArgs()[0], bestIndex = loop.getRegionIterArgs()[1];
  Value i = loop.getInductionVar(), here = at(x, place(i));
  Type element = getElementTypeOrSelf(x);
  Value better;
  if (isa<FloatType>(element)) {
    // NaN is beyond all numbers, as in maxima and minima; the first one wins.
    Value beats = arith::CmpFOp::create(
        b, greatest ? arith::CmpFPredicate::UGT : arith::CmpFPredicate::ULT, here, best);
    Value isNumber = arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, best, best);
    better = arith::AndIOp::create(b, beats, isNumber);
  } else {
    bool sign = !element.isUnsignedInteger();
    auto predicate = greatest ? (sign ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::ugt)
                              : (sign ? arith::CmpIPredicate::slt : arith::CmpIPredicate::ult);
    better = arith::CmpIOp::create(b, predicate, here, best);
  }
  nest.close({arith::SelectOp::create(b, better, here, best),
              arith::SelectOp::create(b, better, i, bestIndex)});
  Type to = computeType(getElementTypeOrSelf(op->getResult(0)));
  store(outer, arith::IndexCastOp::create(b, to, loop.getResult(1)));
  close(outer.size());
}

void GenericEmitter::emitCumSum(nn::CumSumOp op) {
  int64_t axis = op.getAxis();
  SmallVector<Value> sizes = elements.sizesOf(op.getX());
  Value length = sizes[axis];
  sizes.erase(sizes.begin() + axis);
  SmallVector<Value> outer = open(sizes);
  fold(length, zeroOf(getElementTypeOrSelf(op.getX())), [&](ArrayRef<Value> i, Value sum) {
    Value here = op.getReverse() ? nest.sub(nest.sub(length, nest.index(1)), i[0]) : i[0];
    SmallVector<Value> index = outer;
    index.insert(index.begin() + axis, here);
    sum = plus(sum, at(op.getX(), index));
    store(index, sum);
    return sum;
  });
  close(outer.size());
}

/// A call of the runtime, which sorts each row.
void GenericEmitter::emitArgSort(nn::ArgSortOp op) {
  auto from = cast<RankedTensorType>(op.getX().getType());
  SmallVector<Value> sizes = elements.sizesOf(op.getX());
  Value length = sizes.pop_back_val(), rows = nest.index(1);
  for (Value size : sizes)
    rows = nest.mul(rows, size);
  auto number = [&](int64_t value) {
    return LLVM::ConstantOp::create(b, b.getI32Type(), b.getI32IntegerAttr(value));
  };
  auto input = cast<BlockArgument>(op.getX());
  int32_t wide = op.getType().getElementType().isInteger(64);
  Value operands[] = {pointerOf(b, kernel.getKernelIns()[input.getArgNumber()]),
                      number(dtypeCode(from.getElementType())),
                      toInteger(b, rows),
                      toInteger(b, length),
                      toInteger(b, outSizes().back()),
                      number(op.getDescending()),
                      pointerOf(b, kernel.getKernelOuts()[0]),
                      number(wide)};
  auto module = kernel->getParentOfType<ModuleOp>();
  constexpr StringLiteral name = "nnrt_argsort";
  if (!module.lookupSymbol(name)) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    SmallVector<Type> types(ValueRange(operands).getTypes());
    LLVM::LLVMFuncOp::create(
        b, name, LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), types));
  }
  LLVM::CallOp::create(b, TypeRange(), name, operands);
}

void GenericEmitter::emitEinsum(nn::EinsumOp op) {
  StringRef a = op.lhsLetters(), c = op.rhsLetters(), result = op.resultLetters();
  SmallVector<Value> aSizes = elements.sizesOf(op.getLhs()), bSizes = elements.sizesOf(op.getRhs());
  std::string summed;
  SmallVector<Value> outerSizes, innerSizes;
  auto sizeOf = [&](char letter) {
    size_t inA = a.find(letter);
    return inA != StringRef::npos ? aSizes[inA] : bSizes[c.find(letter)];
  };
  for (char letter : result)
    outerSizes.push_back(sizeOf(letter));
  for (char letter : (a + c).str())
    if (!result.contains(letter) && !StringRef(summed).contains(letter)) {
      summed += letter;
      innerSizes.push_back(sizeOf(letter));
    }
  SmallVector<Value> outer = open(outerSizes);
  Type element = computeType(getElementTypeOrSelf(op.getLhs()));
  Value sum = fold(innerSizes, zeroOf(element), [&](ArrayRef<Value> inner, Value sum) -> Value {
    auto place = [&](StringRef letters) {
      SmallVector<Value> index;
      for (char letter : letters) {
        size_t inResult = result.find(letter);
        index.push_back(inResult != StringRef::npos ? outer[inResult]
                                                    : inner[StringRef(summed).find(letter)]);
      }
      return index;
    };
    Value x = at(op.getLhs(), place(a)), y = at(op.getRhs(), place(c));
    if (isa<FloatType>(element))
      return math::FmaOp::create(b, x, y, sum);
    return arith::AddIOp::create(b, sum, arith::MulIOp::create(b, x, y));
  });
  store(outer, sum);
  close(outer.size());
}

/// Begins with the elements of an operand, which may lie there already.
void GenericEmitter::copyOf(Value tensor) {
  auto in = dyn_cast<BlockArgument>(tensor);
  if (in && kernel.getKernelIns()[in.getArgNumber()] == kernel.getKernelOuts()[0])
    return;
  SmallVector<Value> index = open(outSizes());
  store(index, at(tensor, index));
  close(index.size());
}

void GenericEmitter::emitPad(nn::PadOp op) {
  SmallVector<Value> sizes = outSizes(), index = open(sizes);
  store(index, elements.constant(computeType(getElementTypeOrSelf(op.getType())),
                                 op.getFill().convertToDouble()));
  close(index.size());
  index = open(elements.sizesOf(op.getX()));
  Value inside = arith::ConstantOp::create(b, b.getBoolAttr(true));
  SmallVector<Value> target;
  for (auto [axis, i] : llvm::enumerate(index)) {
    Value at =
        nest.add(nest.mul(i, nest.index(op.getInterior()[axis] + 1)), nest.index(op.getLo()[axis]));
    // As unsigned numbers, what lies before the start is beyond the end.
    Value fits = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, at, sizes[axis]);
    inside = arith::AndIOp::create(b, inside, fits);
    target.push_back(at);
  }
  Value value = at(op.getX(), index);
  auto branch = scf::IfOp::create(b, inside, /*withElseRegion=*/false);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    store(target, value);
  }
  close(index.size());
}

void GenericEmitter::emitConcat(nn::ConcatOp op) {
  Value offset = nest.index(0);
  for (Value part : op.getParts()) {
    SmallVector<Value> sizes = elements.sizesOf(part), index = open(sizes), target = index;
    target[op.getAxis()] = nest.add(index[op.getAxis()], offset);
    store(target, at(part, index));
    close(index.size());
    offset = nest.add(offset, sizes[op.getAxis()]);
  }
}

/// The index tensor's element as an index in [0, size).
static Value clamped(LoopNest &nest, Value element, Value size) {
  Value index = arith::IndexCastOp::create(nest.b, nest.b.getIndexType(), element);
  index = arith::MaxSIOp::create(nest.b, index, nest.index(0));
  return arith::MinSIOp::create(nest.b, index, nest.sub(size, nest.index(1)));
}

void GenericEmitter::emitScatterAdd(nn::ScatterAddOp op) {
  copyOf(op.getX());
  int64_t axis = op.getAxis();
  int64_t indexRank = cast<RankedTensorType>(op.getIndex().getType()).getRank();
  SmallVector<Value> place = open(elements.sizesOf(op.getUpdate()));
  ArrayRef<Value> which = ArrayRef<Value>(place).slice(axis, indexRank);
  Value row = clamped(nest, at(op.getIndex(), which), outSizes()[axis]);
  SmallVector<Value> target(place.begin(), place.begin() + axis);
  target.push_back(row);
  target.append(place.begin() + axis + indexRank, place.end());
  store(target, plus(loadOut(target), at(op.getUpdate(), place)));
  close(place.size());
}

void GenericEmitter::emitScatterAddAlong(nn::ScatterAddAlongOp op) {
  copyOf(op.getX());
  SmallVector<Value> place = open(elements.sizesOf(op.getUpdate())), target = place;
  Value row = clamped(nest, at(op.getIndex(), place), outSizes()[op.getAxis()]);
  target.insert(target.begin() + op.getAxis(), row);
  store(target, plus(loadOut(target), at(op.getUpdate(), place)));
  close(place.size());
}

void GenericEmitter::emitDynamicUpdate(nn::DynamicUpdateOp op) {
  copyOf(op.getX());
  SmallVector<Value> outer = outSizes(), block = elements.sizesOf(op.getUpdate());
  SmallVector<Value> place = open(block), target;
  for (auto [i, start, size, room] : llvm::zip(place, op.getStart(), block, outer)) {
    Value at = arith::MaxSIOp::create(b, start, nest.index(0));
    at = arith::MinSIOp::create(b, at, nest.sub(room, size));
    target.push_back(nest.add(i, at));
  }
  store(target, at(op.getUpdate(), place));
  close(place.size());
}

LogicalResult GenericEmitter::emit(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<nn::ElementwiseOpInterface, nn::ConstantOp, nn::FullOp, nn::IotaOp, nn::FromIndexOp,
            nn::BroadcastOp, nn::TransposeOp, nn::ReverseOp, nn::SliceOp, nn::DynamicSliceOp,
            nn::ReshapeOp, nn::TakeOp, nn::TakeAlongOp, nn::StopGradientOp, nn::RngBitsOp,
            nn::RngAdvanceOp, nn::RngSplitOp>([&](Operation *same) {
        emitElements(same);
        return success();
      })
      .Case<nn::SumOp, nn::ReduceMaxOp, nn::ReduceMinOp>([&](Operation *reduction) {
        emitReduction(reduction);
        return success();
      })
      .Case([&](nn::ArgMaxOp arg) { return emitArgExtremum(arg, arg.getAxis(), true), success(); })
      .Case([&](nn::ArgMinOp arg) { return emitArgExtremum(arg, arg.getAxis(), false), success(); })
      .Case([&](nn::CumSumOp sum) { return emitCumSum(sum), success(); })
      .Case([&](nn::ArgSortOp sort) { return emitArgSort(sort), success(); })
      .Case([&](nn::EinsumOp einsum) { return emitEinsum(einsum), success(); })
      .Case([&](nn::PadOp pad) { return emitPad(pad), success(); })
      .Case([&](nn::ConcatOp concat) { return emitConcat(concat), success(); })
      .Case([&](nn::ScatterAddOp scatter) { return emitScatterAdd(scatter), success(); })
      .Case([&](nn::ScatterAddAlongOp scatter) { return emitScatterAddAlong(scatter), success(); })
      .Case([&](nn::DynamicUpdateOp update) { return emitDynamicUpdate(update), success(); })
      .Default(failure());
}

} // namespace

LogicalResult nnc::cpu::emitGeneric(ImplicitLocOpBuilder &builder,
                                    kernel::ComputeInterface kernel) {
  Block *body = kernel.getKernelBody();
  if (!llvm::hasNItems(*body, 2))
    return failure();
  return GenericEmitter(builder, kernel).emit(&body->front());
}
