// Loops of pointwise kernels: rows of vectors, or one long vector where no op looks at axes.
#include "compiler/lowering/cpu/Elements.h"
#include "compiler/lowering/cpu/Emitters.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::cpu;

namespace {
constexpr int64_t chunkElements = 16384; // some 4 us of memory traffic, or 10 us of arithmetic
}

/// Whether every op works on elements in row-major order, so that the shape does not matter.
static bool worksFlat(kernel::ComputeInterface kernel) {
  auto isScalar = [](Type type) { return cast<RankedTensorType>(type).getRank() == 0; };
  auto yielded = kernel.getKernelBody()->getTerminator()->getOperandTypes();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(yielded[0]).getShape();
  auto hasShape = [&](Type type) { return cast<RankedTensorType>(type).getShape() == shape; };
  // Two dynamic shapes that print alike may differ: only rank 1 and one dynamic axis are sure.
  for (BlockArgument argument : kernel.getKernelBody()->getArguments())
    if (!isScalar(argument.getType()) && !hasShape(argument.getType()))
      return false;
  return llvm::all_of(*kernel.getKernelBody(), [&](Operation &op) {
    if (isa<kernel::YieldOp>(op))
      return llvm::all_of(op.getOperandTypes(), hasShape);
    Type type = op.getResult(0).getType();
    if (auto constant = dyn_cast<nn::ConstantOp>(op))
      return isScalar(type) || cast<DenseElementsAttr>(constant.getValue()).isSplat();
    if (auto broadcast = dyn_cast<nn::BroadcastOp>(op))
      return isScalar(broadcast.getX().getType());
    return isa<nn::ElementwiseOpInterface, nn::FullOp, nn::FromIndexOp, nn::StopGradientOp,
               nn::RngBitsOp>(op);
  });
}

/// The type that sets the vector length: f64 if any value is f64.
static int64_t lanesOf(kernel::ComputeInterface kernel) {
  int64_t lanes = 16;
  auto look = [&](Type type) { lanes = std::min(lanes, lanesFor(getElementTypeOrSelf(type))); };
  for (BlockArgument argument : kernel.getKernelBody()->getArguments())
    look(argument.getType());
  for (Operation &op : *kernel.getKernelBody())
    for (Type type : op.getResultTypes())
      look(type);
  return lanes;
}

static void storeAll(LoopNest &nest, Elements &elements, kernel::ComputeInterface kernel,
                     const Place &place) {
  // Everything is read before anything is written: outs may be ins.
  SmallVector<Value> values;
  auto yielded = kernel.getKernelBody()->getTerminator()->getOperands();
  for (Value value : yielded)
    values.push_back(place.lane < 0 ? elements.at(value, place) : elements.vectorAt(value, place));
  for (auto [out, value] : llvm::enumerate(values))
    elements.store(out, place, value);
}

/// The lane axis runs over [lo, hi) in vectors, the last one masked. `grouped`: four at a time
/// first; rows and `lo` are multiples of four elements then.
static void vectorLoop(LoopNest &nest, Elements &elements, kernel::ComputeInterface kernel,
                       Value lo, Value hi, Place place, bool grouped) {
  ImplicitLocOpBuilder &b = nest.b;
  int64_t lanes = elements.laneCount();
  place.index.push_back({});
  place.lane = static_cast<int>(place.index.size()) - 1;
  Value count = nest.sub(hi, lo);
  if (grouped) {
    Value groups = nest.add(lo, nest.floorTo(count, 4 * lanes));
    Value start = nest.openFor(lo, groups, 4 * lanes).getInductionVar();
    for (int64_t v = 0; v < 4; ++v) {
      elements.setGroup(start, v);
      place.index.back() = nest.add(start, nest.index(v * lanes));
      storeAll(nest, elements, kernel, place);
    }
    elements.setGroup({}, 0);
    nest.close();
    lo = groups;
    count = nest.sub(hi, lo);
  }
  Value full = nest.add(lo, nest.floorTo(count, lanes));
  place.index.back() = nest.openFor(lo, full, lanes).getInductionVar();
  storeAll(nest, elements, kernel, place);
  nest.close();
  Value rest = nest.sub(hi, full);
  if (getConstantIntValue(rest) == 0)
    return;
  place.index.back() = nest.openFor(full, hi, lanes).getInductionVar(); // at most once
  elements.setMask(
      vector::CreateMaskOp::create(b, VectorType::get(lanes, b.getI1Type()), ValueRange{rest}));
  storeAll(nest, elements, kernel, place);
  elements.setMask({});
  nest.close();
}

void nnc::cpu::emitPointwise(ImplicitLocOpBuilder &builder, kernel::ComputeInterface kernel) {
  LoopNest nest(builder);
  bool flat = worksFlat(kernel);
  Elements elements(nest, kernel, lanesOf(kernel), flat);
  bool drawsBits = !kernel.getKernelBody()->getOps<nn::RngBitsOp>().empty();
  SmallVector<Value> sizes = elements.sizes(kernel.getKernelOuts()[0]);
  if (sizes.empty())
    return storeAll(nest, elements, kernel, {});
  if (flat) {
    Value count = nest.product(sizes);
    Value chunk = nest.openParallel(nest.ceilDiv(count, chunkElements));
    Value lo = nest.mul(chunk, nest.index(chunkElements));
    vectorLoop(nest, elements, kernel, lo, nest.min(count, nest.add(lo, nest.index(chunkElements))),
               {}, drawsBits);
    return nest.close();
  }
  int lane = static_cast<int>(sizes.size()) - 1;
  bool vectors = llvm::all_of(*kernel.getKernelBody(),
                              [&](Operation &op) { return Elements::hasVectorForm(&op, lane); });
  Value inner = sizes.back();
  SmallVector<Value> outer(ArrayRef<Value>(sizes).drop_back());
  Value rows = nest.product(outer);
  Value rowsPerChunk =
      nest.max(nest.index(1), nest.div(nest.index(chunkElements), nest.max(inner, nest.index(1))));
  Value chunks = nest.ceilDiv(rows, rowsPerChunk);
  Value lo = nest.mul(nest.openParallel(chunks), rowsPerChunk);
  Value hi = nest.min(rows, nest.add(lo, rowsPerChunk));
  Value row = nest.openFor(lo, hi, 1).getInductionVar();
  Place place{nest.delinearize(row, outer)};
  if (vectors) {
    std::optional<int64_t> width = getConstantIntValue(inner);
    vectorLoop(nest, elements, kernel, nest.index(0), inner, place,
               drawsBits && width && *width % 4 == 0);
  } else {
    place.index.push_back(nest.openFor(nest.index(0), inner, 1).getInductionVar());
    storeAll(nest, elements, kernel, place);
    nest.close();
  }
  nest.close();
  nest.close();
}
