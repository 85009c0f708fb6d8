// Contraction kernels: the einsum's letters are sorted into batch, m, n and k, and the elementwise
// ops on its result become the epilogue.
#include "compiler/lowering/cpu/Contraction.h"
#include "compiler/lowering/cpu/Elements.h"
#include "compiler/lowering/cpu/Emitters.h"
#include "compiler/optimize/EinsumLayout.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::cpu;

/// The sizes of a group of letters, read off the operand that has them.
static SmallVector<Value> sizesOf(StringRef group, StringRef letters, ArrayRef<Value> sizes) {
  SmallVector<Value> result;
  for (char letter : group)
    result.push_back(sizes[letters.find(letter)]);
  return result;
}

static Value collapse(LoopNest &nest, Value memref, ArrayRef<Value> sizes) {
  SmallVector<int64_t> shape;
  SmallVector<Value> dims;
  for (Value size : sizes) {
    std::optional<int64_t> known = getConstantIntValue(size);
    shape.push_back(known.value_or(ShapedType::kDynamic));
    if (!known)
      dims.push_back(size);
  }
  auto type = MemRefType::get(shape, cast<MemRefType>(memref.getType()).getElementType());
  return kernel::ViewOp::create(nest.b, type, memref, Value(), dims);
}

/// Random bits and functions that are polynomials of some 20 instructions.
static bool hasLongEpilogue(Block &body) {
  auto isLong = [](Operation &op) {
    return isa<nn::RngBitsOp, nn::ExpOp, nn::Expm1Op, nn::LogOp, nn::Log1pOp, nn::SinOp, nn::CosOp,
               nn::TanhOp, nn::LogisticOp, nn::ErfOp, nn::PowOp, nn::Atan2Op, nn::RemOp>(op);
  };
  return llvm::any_of(body, isLong) || llvm::range_size(body) > 16;
}

namespace {
/// The sizes of each letter of a product's three groups.
struct LetterSizes {
  ArrayRef<Value> batch, m, n;
};
} // namespace

static void emitNest(ImplicitLocOpBuilder &builder, kernel::ComputeInterface kernel,
                     nn::EinsumOp einsum, const Contraction &product, const LetterSizes &sizes) {
  auto yielded = kernel.getKernelBody()->getTerminator()->getOperands();
  // Groups of four vectors begin at multiples of four elements of the result.
  std::optional<int64_t> columns = getConstantIntValue(product.n);
  bool grouped = columns && *columns % 4 == 0;
  LoopNest nest(builder);
  Elements elements(nest, kernel, lanesFor(product.element), /*flat=*/false);
  emitContraction(nest, product, [&](LoopNest &nest, const ProductVector &vector) {
    Place place{nest.delinearize(vector.batch, sizes.batch)};
    place.index.append(nest.delinearize(vector.row, sizes.m));
    place.index.append(nest.delinearize(vector.column, sizes.n));
    place.lane = static_cast<int>(place.index.size()) - 1;
    nest.hoisting = false;
    elements.setMask(vector.mask);
    if (grouped)
      elements.setGroup(vector.start, vector.vector);
    elements.bind(einsum.getResult(), vector.value);
    SmallVector<Value> values;
    for (Value value : yielded)
      values.push_back(elements.vectorAt(value, place));
    for (auto [out, value] : llvm::enumerate(values))
      elements.store(out, place, value);
    elements.unbind(einsum.getResult());
    elements.setMask({});
    elements.setGroup({}, 0);
    nest.hoisting = true;
  });
}

LogicalResult nnc::cpu::emitMatrixProduct(ImplicitLocOpBuilder &builder,
                                          kernel::ComputeInterface kernel) {
  auto einsums = kernel.getKernelBody()->getOps<nn::EinsumOp>();
  if (!llvm::hasSingleElement(einsums))
    return failure();
  nn::EinsumOp einsum = *einsums.begin();
  auto element = dyn_cast<FloatType>(getElementTypeOrSelf(einsum.getType()));
  std::optional<EinsumLayout> layout = EinsumLayout::of(einsum);
  auto a = dyn_cast<BlockArgument>(einsum.getLhs()), b = dyn_cast<BlockArgument>(einsum.getRhs());
  if (!layout || !a || !b || !element || !(element.isF32() || element.isF64()) ||
      getElementTypeOrSelf(a) != element)
    return failure();
  LoopNest nest(builder);
  StringRef aLetters = einsum.lhsLetters(), bLetters = einsum.rhsLetters();
  Value aBuffer = kernel.getKernelIns()[a.getArgNumber()];
  Value bBuffer = kernel.getKernelIns()[b.getArgNumber()];
  if (layout->swapped) {
    std::swap(aLetters, bLetters);
    std::swap(aBuffer, bBuffer);
  }
  Elements elements(nest, kernel, lanesFor(element), /*flat=*/false);
  SmallVector<Value> aSizes = elements.sizes(aBuffer), bSizes = elements.sizes(bBuffer);
  SmallVector<Value> batch = sizesOf(layout->batch, aLetters, aSizes),
                     m = sizesOf(layout->m, aLetters, aSizes),
                     n = sizesOf(layout->n, bLetters, bSizes),
                     k = sizesOf(layout->k, aLetters, aSizes);
  Contraction product;
  product.batch = nest.product(batch);
  product.m = nest.product(m);
  product.n = nest.product(n);
  product.k = nest.product(k);
  product.aKMajor = layout->aKMajor;
  product.bKMajor = layout->bKMajor;
  product.element = element;
  product.longEpilogue = hasLongEpilogue(*kernel.getKernelBody());
  using Sizes = SmallVector<Value, 3>;
  product.a = collapse(nest, aBuffer,
                       layout->aKMajor ? Sizes{product.batch, product.k, product.m}
                                       : Sizes{product.batch, product.m, product.k});
  product.b = collapse(nest, bBuffer,
                       layout->bKMajor ? Sizes{product.batch, product.k, product.n}
                                       : Sizes{product.batch, product.n, product.k});
  Value packed = mustPack(nest, product);
  auto emit = [&](bool pack) {
    product.packed = pack;
    emitNest(builder, kernel, einsum, product, {batch, m, n});
  };
  if (std::optional<int64_t> known = getConstantIntValue(packed)) {
    emit(*known != 0);
    return success();
  }
  auto branch = scf::IfOp::create(builder, packed, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  emit(true);
  builder.setInsertionPointToStart(branch.elseBlock());
  emit(false);
  return success();
}
