#include "compiler/lowering/gpu/Emitters.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::gpu;

static constexpr int64_t elementwiseThreads = 256;

namespace {
/// Results of one shape: they are computed together, before any of them is stored, because a result
/// may lie in the buffer of an operand.
struct ResultGroup {
  SmallVector<Value> sizes, tensors, memrefs;
};
} // namespace

static SmallVector<ResultGroup> groupResults(KernelFunction &kernel, Elements &elements) {
  SmallVector<ResultGroup> groups;
  ValueRange yielded = kernel.op.getKernelBody()->getTerminator()->getOperands();
  for (auto [tensor, memref] : llvm::zip_equal(yielded, kernel.op.getKernelOuts())) {
    SmallVector<Value> sizes;
    for (int64_t axis = 0; axis < cast<MemRefType>(memref.getType()).getRank(); ++axis)
      sizes.push_back(kernel.size(memref, axis));
    auto group = llvm::find_if(groups, [&](ResultGroup &g) { return g.sizes == sizes; });
    if (group == groups.end()) {
      groups.push_back({sizes, {}, {}});
      group = std::prev(groups.end());
    }
    group->tensors.push_back(tensor);
    group->memrefs.push_back(memref);
  }
  return groups;
}

// Elements per thread: 16 bytes of the widest result, at most 8.
static int64_t widthOf(const ResultGroup &group) {
  int64_t width = 8;
  for (Value memref : group.memrefs) {
    if (!KernelFunction::isAligned(memref))
      return 1;
    int64_t bits = cast<MemRefType>(memref.getType()).getElementType().getIntOrFloatBitWidth();
    width = std::min(width, 128 / std::max<int64_t>(bits, 8));
  }
  return width;
}

static void emitGroup(KernelFunction &kernel, Elements &elements, const ResultGroup &group,
                      int64_t width, Value first, Value stride) {
  Value count = kernel.product(group.sizes);
  Value vectors = kernel.div(count, kernel.index(width));
  kernel.loop(first, vectors, stride, {}, [&](Value i, ValueRange) {
    elements.scoped([&] {
      Value linear = kernel.mul(i, kernel.index(width));
      SmallVector<SmallVector<Value>> values;
      for (Value tensor : group.tensors)
        values.push_back(width > 1 ? elements.wide(tensor, linear, width)
                                   : SmallVector<Value>{elements.at(tensor, Place::flat(linear))});
      for (auto [lanes, memref] : llvm::zip_equal(values, group.memrefs))
        width > 1 ? kernel.storeWide(lanes, memref, linear)
                  : kernel.store(lanes[0], memref, linear);
    });
    return SmallVector<Value>();
  });
  int64_t knownFactor = 1;
  for (Value size : group.sizes)
    if (auto known = getConstantIntValue(size))
      knownFactor = knownFactor * (*known % width) % width;
  if (knownFactor == 0 || width == 1)
    return;
  Value done = kernel.mul(vectors, kernel.index(width));
  kernel.loop(kernel.add(done, first), count, stride, {}, [&](Value i, ValueRange) {
    elements.scoped([&] {
      SmallVector<Value> values;
      for (Value tensor : group.tensors)
        values.push_back(elements.at(tensor, Place::flat(i)));
      for (auto [value, memref] : llvm::zip_equal(values, group.memrefs))
        kernel.store(value, memref, i);
    });
    return SmallVector<Value>();
  });
}

LaunchShape nnc::gpu::emitElementwise(KernelFunction &kernel, Elements &elements, bool wide) {
  auto groups = groupResults(kernel, elements);
  // The grid follows the first result; others are walked with the same threads.
  int64_t width = 1;
  AffineExpr count = kernel.b.getAffineConstantExpr(1);
  if (!groups.empty()) {
    width = wide ? widthOf(groups[0]) : 1;
    Value memref = groups[0].memrefs[0];
    for (int64_t axis = 0; axis < cast<MemRefType>(memref.getType()).getRank(); ++axis)
      count = count * kernel.sizeExpr(memref, axis);
  }
  Value stride =
      kernel.mul(kernel.gridSize(mlir::gpu::Dimension::x), kernel.index(elementwiseThreads));
  Value first = kernel.add(
      kernel.mul(kernel.blockId(mlir::gpu::Dimension::x), kernel.index(elementwiseThreads)),
      kernel.threadId(mlir::gpu::Dimension::x));
  for (const ResultGroup &group : groups)
    emitGroup(kernel, elements, group, wide ? widthOf(group) : 1, first, stride);
  LaunchShape shape;
  shape.grid = {count.ceilDiv(elementwiseThreads * width), kernel.b.getAffineConstantExpr(1),
                kernel.b.getAffineConstantExpr(1)};
  shape.block = {elementwiseThreads, 1, 1};
  return shape;
}
