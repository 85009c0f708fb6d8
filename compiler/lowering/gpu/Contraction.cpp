#include "compiler/lowering/gpu/Emitters.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::gpu;
using mlir::gpu::Dimension;

// A block of 16 x 16 threads makes 64 x 64 results, each thread 4 x 4 of them in registers, from
// slices of 16 along k that go through shared memory. k is summed in order with one rounding a
// step.
static constexpr int64_t tileSize = 64, tileDepth = 16, threadTile = 4, threadsPerSide = 16;
static constexpr int64_t tileStride =
    tileSize + 4; // off by a bank group, still aligned to 16 bytes

namespace {
struct Side {
  Value tensor;
  StringRef letters;
  std::string own; // the letters that only this operand and the result have
};

class ContractionEmitter {
public:
  ContractionEmitter(KernelFunction &kernel, Elements &elements)
      : kernel(kernel), elements(elements), b(kernel.b) {}
  bool match();
  LaunchShape emit();

private:
  SmallVector<Value> sizesOf(StringRef letters);
  /// The index of every letter of one operand or of the result.
  using Indices = std::map<char, Value>;
  void setIndices(Indices &indices, StringRef letters, Value flat);
  Place placeIn(StringRef letters, const Indices &indices);
  void loadTile(const Side &side, Value shared, Value first, Value count, Value depth);
  SmallVector<Value> multiply(ValueRange sums);
  void store(ArrayRef<Value> sums);
  void storeRow(Value row, ArrayRef<Value> sums);
  bool storesWide();

  KernelFunction &kernel;
  Elements &elements;
  ImplicitLocOpBuilder &b;
  nn::EinsumOp einsum;
  Side m, n; // rows and columns of the tile; n has the result's last letter
  std::string batch, summed;
  std::map<char, Value> letterSizes;
  Indices batchIndices;
  Type type; // of products and sums
  Value countM, countN, countK, firstM, firstN, sharedM, sharedN, threadX, threadY;
};
} // namespace

bool ContractionEmitter::match() {
  for (Operation &op : *kernel.op.getKernelBody())
    if (auto found = dyn_cast<nn::EinsumOp>(op)) {
      if (einsum)
        return false;
      einsum = found;
    }
  if (!einsum)
    return false;
  m = {einsum.getLhs(), einsum.lhsLetters(), {}};
  n = {einsum.getRhs(), einsum.rhsLetters(), {}};
  StringRef out = einsum.resultLetters();
  if (!out.empty() && !n.letters.contains(out.back()))
    std::swap(m, n);
  for (char letter : out) {
    bool inM = m.letters.contains(letter), inN = n.letters.contains(letter);
    (inM && inN ? batch : inM ? m.own : n.own) += letter;
  }
  for (char letter : m.letters)
    if (!out.contains(letter)) {
      if (!n.letters.contains(letter))
        return false;
      summed += letter;
    }
  for (char letter : n.letters)
    if (!out.contains(letter) && !m.letters.contains(letter))
      return false;
  for (Side *side : {&m, &n})
    for (auto [axis, letter] : llvm::enumerate(side->letters))
      letterSizes[letter] = elements.sizes(side->tensor)[axis];
  for (char letter : out)
    if (!kernel.exprOf(letterSizes[letter]))
      return false; // the grid could not be told
  // Results lie at the places of the product.
  auto shape = cast<RankedTensorType>(einsum.getType()).getShape();
  for (Value value : kernel.op.getKernelBody()->getTerminator()->getOperands())
    if (failed(verifyCompatibleShape(cast<RankedTensorType>(value.getType()).getShape(), shape)))
      return false;
  return true;
}

SmallVector<Value> ContractionEmitter::sizesOf(StringRef letters) {
  return llvm::map_to_vector(letters, [&](char letter) { return letterSizes[letter]; });
}

void ContractionEmitter::setIndices(Indices &indices, StringRef letters, Value flat) {
  for (auto [letter, index] : llvm::zip_equal(letters, kernel.delinearize(flat, sizesOf(letters))))
    indices[letter] = index;
}

Place ContractionEmitter::placeIn(StringRef letters, const Indices &indices) {
  SmallVector<Value> axes;
  for (char letter : letters)
    axes.push_back(indices.at(letter));
  return Place::of(axes);
}

// shared[k][i] = operand at (first + i, depth + k), zero outside. Neighbouring threads read
// neighbouring elements.
void ContractionEmitter::loadTile(const Side &side, Value shared, Value first, Value count,
                                  Value depth) {
  bool depthIsFast = !side.letters.empty() && StringRef(summed).contains(side.letters.back());
  Value thread = kernel.add(kernel.mul(threadY, kernel.index(threadsPerSide)), threadX);
  for (int64_t part = 0; part < tileSize * tileDepth / (threadsPerSide * threadsPerSide); ++part) {
    Value number = kernel.add(thread, kernel.index(part * threadsPerSide * threadsPerSide));
    Value fast = kernel.index(depthIsFast ? tileDepth : tileSize);
    Value low = kernel.rem(number, fast), high = kernel.div(number, fast);
    Value k = depthIsFast ? low : high, i = depthIsFast ? high : low;
    Value row = kernel.add(first, i), step = kernel.add(depth, k);
    Value inside = kernel.both(kernel.less(row, count), kernel.less(step, countK));
    Value element = kernel.ifElse(
        inside, type,
        [&] {
          return elements.scoped([&] {
            Indices indices = batchIndices;
            setIndices(indices, side.own, row);
            setIndices(indices, summed, step);
            return SmallVector<Value>{elements.at(side.tensor, placeIn(side.letters, indices))};
          });
        },
        [&] { return SmallVector<Value>{kernel.constant(type, 0)}; })[0];
    Value place = kernel.add(kernel.mul(k, kernel.index(tileStride)), i);
    LLVM::StoreOp::create(b, element, kernel.elementAddress(shared, type, place));
  }
}

SmallVector<Value> ContractionEmitter::multiply(ValueRange carried) {
  SmallVector<Value> sums(carried);
  auto vector = VectorType::get(threadTile, type);
  unsigned alignment = std::min<int64_t>(16, threadTile * type.getIntOrFloatBitWidth() / 8);
  auto four = [&](Value shared, Value thread, int64_t k) {
    Value place =
        kernel.add(kernel.mul(thread, kernel.index(threadTile)), kernel.index(k * tileStride));
    return LLVM::LoadOp::create(b, vector, kernel.elementAddress(shared, type, place), alignment);
  };
  auto lane = [&](Value values, int64_t i) {
    return LLVM::ExtractElementOp::create(b, values, kernel.i32(i));
  };
  for (int64_t k = 0; k < tileDepth; ++k) {
    Value rows = four(sharedM, threadY, k), columns = four(sharedN, threadX, k);
    for (int64_t i = 0; i < threadTile; ++i)
      for (int64_t j = 0; j < threadTile; ++j) {
        Value &sum = sums[i * threadTile + j];
        sum = multiplyAdd(kernel, lane(rows, i), lane(columns, j), sum);
      }
  }
  return sums;
}

// Whether a thread's four columns are one aligned store in every result.
bool ContractionEmitter::storesWide() {
  auto size = getConstantIntValue(countN);
  if (n.own.size() != 1 || einsum.resultLetters().back() != n.own[0] || !size || *size % threadTile)
    return false;
  return llvm::all_of(kernel.op.getKernelOuts(), [](Value memref) {
    return KernelFunction::isAligned(memref) &&
           cast<MemRefType>(memref.getType()).getElementType().getIntOrFloatBitWidth() == 32;
  });
}

void ContractionEmitter::storeRow(Value row, ArrayRef<Value> sums) {
  ValueRange yielded = kernel.op.getKernelBody()->getTerminator()->getOperands();
  Value column = kernel.add(firstN, kernel.mul(threadX, kernel.index(threadTile)));
  StringRef out = einsum.resultLetters();
  auto place = [&](int64_t j) {
    Indices indices = batchIndices;
    setIndices(indices, m.own, row);
    setIndices(indices, n.own, kernel.add(column, kernel.index(j)));
    return placeIn(out, indices);
  };
  // All results of a place are computed before any is stored: they may lie in operands' buffers.
  auto compute = [&](int64_t j, const Place &where) {
    elements.bind(einsum.getResult(), [sum = sums[j]](const Place &) { return sum; });
    return llvm::map_to_vector(yielded, [&](Value tensor) { return elements.at(tensor, where); });
  };
  if (storesWide()) {
    kernel.ifThen(kernel.less(column, countN), [&] {
      SmallVector<SmallVector<Value>> columns(yielded.size());
      for (int64_t j = 0; j < threadTile; ++j)
        elements.scoped([&] {
          for (auto [values, value] : llvm::zip_equal(columns, compute(j, place(j))))
            values.push_back(value);
        });
      Value linear = kernel.linearize(place(0).axes, sizesOf(out));
      for (auto [values, memref] : llvm::zip_equal(columns, kernel.op.getKernelOuts()))
        kernel.storeWide(values, memref, linear);
    });
    return;
  }
  for (int64_t j = 0; j < threadTile; ++j)
    kernel.ifThen(kernel.less(kernel.add(column, kernel.index(j)), countN), [&] {
      elements.scoped([&] {
        Place where = place(j);
        SmallVector<Value> values = compute(j, where);
        Value linear = kernel.linearize(where.axes, sizesOf(out));
        for (auto [value, memref] : llvm::zip_equal(values, kernel.op.getKernelOuts()))
          kernel.store(value, memref, linear);
      });
    });
}

LaunchShape ContractionEmitter::emit() {
  type = kernel.computeType(cast<RankedTensorType>(einsum.getType()).getElementType());
  threadX = kernel.threadId(Dimension::x);
  threadY = kernel.threadId(Dimension::y);
  countM = kernel.product(sizesOf(m.own));
  countN = kernel.product(sizesOf(n.own));
  countK = kernel.product(sizesOf(summed));
  firstM = kernel.mul(kernel.blockId(Dimension::x), kernel.index(tileSize));
  firstN = kernel.mul(kernel.blockId(Dimension::y), kernel.index(tileSize));
  if (!batch.empty())
    setIndices(batchIndices, batch, kernel.blockId(Dimension::z));
  sharedM = kernel.shared(type, tileDepth * tileStride);
  sharedN = kernel.shared(type, tileDepth * tileStride);

  SmallVector<Value> sums(threadTile * threadTile, kernel.constant(type, 0));
  sums = kernel.loop(kernel.index(0), countK, kernel.index(tileDepth), sums,
                     [&](Value depth, ValueRange carried) {
                       loadTile(m, sharedM, firstM, countM, depth);
                       loadTile(n, sharedN, firstN, countN, depth);
                       kernel.barrier();
                       SmallVector<Value> next = multiply(carried);
                       kernel.barrier();
                       return next;
                     });
  for (int64_t i = 0; i < threadTile; ++i) {
    Value row = kernel.add(
        firstM, kernel.add(kernel.mul(threadY, kernel.index(threadTile)), kernel.index(i)));
    kernel.ifThen(kernel.less(row, countM),
                  [&] { storeRow(row, ArrayRef(sums).slice(i * threadTile, threadTile)); });
  }
  auto count = [&](StringRef letters) {
    AffineExpr product = b.getAffineConstantExpr(1);
    for (Value size : sizesOf(letters))
      product = product * kernel.exprOf(size);
    return product;
  };
  LaunchShape shape;
  shape.grid = {count(m.own).ceilDiv(tileSize), count(n.own).ceilDiv(tileSize), count(batch)};
  shape.block = {threadsPerSide, threadsPerSide, 1};
  return shape;
}

bool nnc::gpu::emitContraction(KernelFunction &kernel, Elements &elements, LaunchShape &shape) {
  ContractionEmitter emitter(kernel, elements);
  if (!emitter.match())
    return false;
  shape = emitter.emit();
  return true;
}
