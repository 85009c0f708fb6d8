#include "compiler/lowering/cpu/Contraction.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace nnc::cpu;

// Note [Micro-kernel]
// A tile of MR rows and NV vectors of the product is held in MR * NV accumulators, carried by the
// loop over k as SSA values: one k step loads NV vectors of b and broadcasts MR elements of a. 6 x
// 4 vectors use 24 of the 32 zmm registers and feed both FMA ports (10 loads for 24 FMAs). Narrow
// products take more rows, since a chain of FMAs needs at least eight accumulators to hide its
// latency.
//
// b is read in place where its rows are contiguous along n and it fits the second-level cache, else
// each panel of columns is packed on the stack of the thread that works on it. A long k is cut into
// blocks of KC, and the accumulators then rest in a buffer between blocks: the sum is the same
// chain of FMAs.

namespace {

constexpr int64_t KC = 512; // k steps of a packed panel
constexpr int64_t maxTileRows = 12;
constexpr int64_t blockRows = 192;       // rows that share a packed panel
constexpr int64_t chunkWork = 400'000;   // multiply-adds worth a task of its own: some 4 us
constexpr int64_t blockWork = 2'000'000; // of a block of rows whose b is read in place
constexpr int64_t inPlaceBytes = 1'100'000;

struct Shape {
  int64_t rows, vectors; // MR, NV
};

class Emitter {
public:
  Emitter(LoopNest &nest, const Contraction &c, Epilogue epilogue)
      : nest(nest), b(nest.b), c(c), epilogue(epilogue),
        lanes(c.element.getIntOrFloatBitWidth() == 64 ? 8 : 16),
        vector(VectorType::get(lanes, c.element)) {}
  void emit();

private:
  /// A tile of all its columns but for the last vector, of which `lastLanes` exist.
  void emitTile(Value batch, Value rowLo, Value rowHi, Value column, int64_t vectors,
                int64_t lastLanes);
  void emitRows(Value rowLo, Value rowHi, int64_t vectors,
                llvm::function_ref<void(Value row, int64_t rows)> body);
  SmallVector<Value> multiply(Value row, Value kLo, Value kSize, Shape shape,
                              SmallVector<Value> sums);
  SmallVector<Value> multiplyStep(Value row, Value kLo, Value k, int64_t offset, Shape shape,
                                  ArrayRef<Value> sums);
  void finish(Value row, Shape shape, ArrayRef<Value> sums);
  void pack(Value kLo, Value kSize, int64_t vectors);
  void packTransposed(Value kLo, Value kSize, int64_t vectors);
  Value loadVector(Value memref, ValueRange at, Value mask);
  Value zero() {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(vector, b.getFloatAttr(c.element, 0.0)));
  }
  static int64_t staticOr(Value size, int64_t otherwise) {
    return getConstantIntValue(size).value_or(otherwise);
  }
  int64_t rowsFor(int64_t vectors) const;

  LoopNest &nest;
  ImplicitLocOpBuilder &b;
  const Contraction &c;
  Epilogue epilogue;
  int64_t lanes;
  VectorType vector;
  bool packed = false, blocked = false;
  Value panel, partial, finished;    // [KC, columns], [blockRows, columns], [rows, columns]
  Value batch, column, rowOfPartial; // of the current tile
  SmallVector<Value> columns, masks; // per vector of the tile
};

int64_t Emitter::rowsFor(int64_t vectors) const {
  int64_t rows = vectors == 4 ? 6 : vectors == 3 ? 8 : maxTileRows;
  return std::max<int64_t>(1, std::min(rows, staticOr(c.m, rows)));
}

Value Emitter::loadVector(Value memref, ValueRange at, Value mask) {
  if (mask)
    return vector::MaskedLoadOp::create(b, vector, memref, at, mask, zero());
  return vector::LoadOp::create(b, vector, memref, at);
}

SmallVector<Value> Emitter::multiplyStep(Value row, Value kLo, Value k, int64_t offset, Shape shape,
                                         ArrayRef<Value> sums) {
  Value kHere = nest.add(k, nest.index(offset));
  Value kInA = nest.add(kLo, kHere);
  SmallVector<Value> right, next(sums);
  for (int64_t v = 0; v < shape.vectors; ++v)
    right.push_back(packed ? loadVector(panel, {kHere, nest.index(v * lanes)}, {})
                           : loadVector(c.b, {batch, kInA, columns[v]}, masks[v]));
  for (int64_t r = 0; r < shape.rows; ++r) {
    Value i = nest.add(row, nest.index(r));
    Value left = memref::LoadOp::create(
        b, c.a, c.aKMajor ? ValueRange{batch, kInA, i} : ValueRange{batch, i, kInA});
    left = vector::BroadcastOp::create(b, vector, left);
    for (int64_t v = 0; v < shape.vectors; ++v) {
      Value &sum = next[r * shape.vectors + v];
      // Not vector.fma, which may be lowered to a product and a sum.
      sum = math::FmaOp::create(b, left, right[v], sum);
    }
  }
  return next;
}

/// Adds the products of k in [kLo, kLo + kSize) to the sums of one tile.
SmallVector<Value> Emitter::multiply(Value row, Value kLo, Value kSize, Shape shape,
                                     SmallVector<Value> sums) {
  auto loop = [&](Value lo, Value hi, int64_t unroll) {
    auto op = nest.openFor(lo, hi, unroll, sums);
    SmallVector<Value> inner(op.getRegionIterArgs());
    for (int64_t u = 0; u < unroll; ++u)
      inner = multiplyStep(row, kLo, op.getInductionVar(), u, shape, inner);
    nest.close(inner);
    sums = SmallVector<Value>(op.getResults());
  };
  // The last rows run once per block: short code there is compiled sooner.
  const int64_t unroll = shape.rows == rowsFor(shape.vectors) ? 4 : 1;
  Value main = nest.floorTo(kSize, unroll);
  if (getConstantIntValue(main) != 0)
    loop(nest.index(0), main, unroll);
  if (auto size = getConstantIntValue(kSize))
    for (int64_t k = *size / unroll * unroll; k < *size; ++k)
      sums = multiplyStep(row, kLo, nest.index(k), 0, shape, sums);
  else if (unroll > 1)
    loop(main, kSize, 1);
  return sums;
}

void Emitter::finish(Value row, Shape shape, ArrayRef<Value> sums) {
  if (c.longEpilogue) {
    for (auto [i, sum] : llvm::enumerate(sums)) {
      int64_t r = i / shape.vectors, v = i % shape.vectors;
      vector::StoreOp::create(b, sum, finished, {nest.index(r), nest.index(v * lanes)});
    }
    Value r = nest.openFor(nest.index(0), nest.index(shape.rows), 1).getInductionVar();
    for (int64_t v = 0; v < shape.vectors; ++v)
      epilogue(nest, {batch, nest.add(row, r), columns[v], column, v,
                      loadVector(finished, {r, nest.index(v * lanes)}, {}), masks[v]});
    nest.close();
    return;
  }
  for (int64_t r = 0; r < shape.rows; ++r)
    for (int64_t v = 0; v < shape.vectors; ++v)
      epilogue(nest, {batch, nest.add(row, nest.index(r)), columns[v], column, v,
                      sums[r * shape.vectors + v], masks[v]});
}

/// Runs `body` over all rows: full groups of MR, then ever smaller powers of two.
void Emitter::emitRows(Value rowLo, Value rowHi, int64_t vectors,
                       llvm::function_ref<void(Value, int64_t)> body) {
  int64_t rows = rowsFor(vectors);
  Value count = nest.sub(rowHi, rowLo);
  Value full = nest.add(rowLo, nest.floorTo(count, rows));
  if (full != rowLo) {
    auto loop = nest.openFor(rowLo, full, rows);
    body(loop.getInductionVar(), rows);
    nest.close();
  }
  for (int64_t part = llvm::bit_floor<uint64_t>(rows); part > 0; part /= 2) {
    if (part == rows || getConstantIntValue(nest.sub(rowHi, full)) == 0)
      continue;
    Value end = nest.add(full, nest.floorTo(nest.sub(rowHi, full), part));
    auto loop = nest.openFor(full, end, part); // runs at most once
    body(loop.getInductionVar(), part);
    nest.close();
    full = end;
  }
}

/// panel[k, n] = b[kLo + k, column + n], zero past the last column.
void Emitter::pack(Value kLo, Value kSize, int64_t vectors) {
  if (!c.bKMajor)
    return packTransposed(kLo, kSize, vectors);
  Value k = nest.openFor(nest.index(0), kSize, 1).getInductionVar();
  for (int64_t v = 0; v < vectors; ++v) {
    Value x = loadVector(c.b, {batch, nest.add(kLo, k), columns[v]}, masks[v]);
    vector::StoreOp::create(b, x, panel, ValueRange{k, nest.index(v * lanes)});
  }
  nest.close();
}

void Emitter::packTransposed(Value kLo, Value kSize, int64_t vectors) {
  Value width = nest.index(vectors * lanes);
  Value present = nest.min(width, nest.sub(c.n, column));
  // 16 x 16 blocks are transposed in registers, what is left moves one by one.
  Value kBlocks = nest.index(0), nBlocks = nest.index(0);
  if (c.element.isF32()) {
    kBlocks = nest.floorTo(kSize, lanes);
    nBlocks = nest.floorTo(present, lanes);
    auto block = VectorType::get({lanes, lanes}, c.element);
    Value n = nest.openFor(nest.index(0), nBlocks, lanes).getInductionVar();
    Value k = nest.openFor(nest.index(0), kBlocks, lanes).getInductionVar();
    Value rows =
        arith::ConstantOp::create(b, DenseElementsAttr::get(block, b.getFloatAttr(c.element, 0.0)));
    for (int64_t r = 0; r < lanes; ++r) {
      Value at = nest.add(nest.add(column, n), nest.index(r));
      Value x = vector::LoadOp::create(b, vector, c.b, ValueRange{batch, at, nest.add(kLo, k)});
      rows = vector::InsertOp::create(b, x, rows, r);
    }
    Value turned = vector::TransposeOp::create(b, rows, ArrayRef<int64_t>{1, 0});
    for (int64_t r = 0; r < lanes; ++r)
      vector::StoreOp::create(b, vector::ExtractOp::create(b, turned, r), panel,
                              ValueRange{nest.add(k, nest.index(r)), n});
    nest.close();
    nest.close();
  }
  auto single = [&](Value n, Value k) {
    Value x =
        memref::LoadOp::create(b, c.b, ValueRange{batch, nest.add(column, n), nest.add(kLo, k)});
    memref::StoreOp::create(b, x, panel, ValueRange{k, n});
  };
  Value n = nest.openFor(nest.index(0), nBlocks, 1).getInductionVar();
  single(n, nest.openFor(kBlocks, kSize, 1).getInductionVar());
  nest.close();
  nest.close();
  n = nest.openFor(nBlocks, present, 1).getInductionVar();
  single(n, nest.openFor(nest.index(0), kSize, 1).getInductionVar());
  nest.close();
  nest.close();
  if (getConstantIntValue(present) == vectors * lanes)
    return;
  Value nothing = arith::ConstantOp::create(b, b.getFloatAttr(c.element, 0.0));
  n = nest.openFor(present, width, 1).getInductionVar();
  Value k = nest.openFor(nest.index(0), kSize, 1).getInductionVar();
  memref::StoreOp::create(b, nothing, panel, ValueRange{k, n});
  nest.close();
  nest.close();
}

void Emitter::emitTile(Value inBatch, Value rowLo, Value rowHi, Value atColumn, int64_t vectors,
                       int64_t lastLanes) {
  batch = inBatch;
  column = atColumn;
  columns.clear();
  masks.assign(vectors, {});
  auto maskType = VectorType::get(lanes, b.getI1Type());
  for (int64_t v = 0; v < vectors; ++v) {
    columns.push_back(nest.add(column, nest.index(v * lanes)));
    if (!getConstantIntValue(c.n))
      masks[v] = vector::CreateMaskOp::create(
          b, maskType, ValueRange{nest.sub(nest.max(c.n, columns[v]), columns[v])});
    else if (v == vectors - 1 && lastLanes < lanes)
      masks[v] = vector::ConstantMaskOp::create(b, maskType, ArrayRef<int64_t>{lastLanes});
  }
  if (!blocked) {
    if (packed)
      pack(nest.index(0), c.k, vectors);
    emitRows(rowLo, rowHi, vectors, [&](Value row, int64_t rows) {
      Shape shape{rows, vectors};
      SmallVector<Value> sums(rows * vectors, zero());
      finish(row, shape, multiply(row, nest.index(0), c.k, shape, sums));
    });
    return;
  }
  // A block of k at a time: the sums rest in `partial` in between.
  // Once where k is 0, too: the product is written then as well.
  Value kHi = nest.max(c.k, nest.index(1));
  Value kLo = nest.openFor(nest.index(0), kHi, KC).getInductionVar();
  Value kSize = nest.min(nest.index(KC), nest.sub(c.k, kLo));
  if (packed)
    pack(kLo, kSize, vectors);
  emitRows(rowLo, rowHi, vectors, [&](Value row, int64_t rows) {
    Shape shape{rows, vectors};
    SmallVector<Type> types(rows * vectors, vector);
    auto place = [&](int64_t i) {
      Value at = nest.sub(nest.add(row, nest.index(i / vectors)), rowLo);
      return SmallVector<Value>{at, nest.index(i % vectors * lanes)};
    };
    Value isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, kLo, nest.index(0));
    auto start = scf::IfOp::create(b, types, isFirst, /*withElseRegion=*/true);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(start.thenBlock());
      scf::YieldOp::create(b, SmallVector<Value>(rows * vectors, zero()));
      b.setInsertionPointToStart(start.elseBlock());
      SmallVector<Value> sums;
      for (int64_t i = 0; i < rows * vectors; ++i)
        sums.push_back(loadVector(partial, place(i), {}));
      scf::YieldOp::create(b, sums);
    }
    SmallVector<Value> sums =
        multiply(row, kLo, kSize, shape, SmallVector<Value>(start.getResults()));
    Value isLast = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, nest.add(kLo, kSize), c.k);
    auto end = scf::IfOp::create(b, isLast, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(end.thenBlock());
    finish(row, shape, sums);
    b.setInsertionPointToStart(end.elseBlock());
    for (int64_t i = 0; i < rows * vectors; ++i)
      vector::StoreOp::create(b, sums[i], partial, place(i));
  });
  nest.close();
}

void Emitter::emit() {
  std::optional<int64_t> n = getConstantIntValue(c.n), k = getConstantIntValue(c.k);
  packed = c.packed;
  blocked = packed && (!k || *k > KC);

  // Products of no columns have no tiles.
  int64_t fullVectors = n ? std::clamp<int64_t>(llvm::divideCeil(*n, lanes), 1, 4) : 4;
  int64_t width = fullVectors * lanes;
  Value work = nest.mul(nest.index(width), nest.max(c.k, nest.index(1))); // of one row
  Value maxRows = nest.index(blockRows);
  if (!packed)
    maxRows = nest.max(nest.index(48), nest.div(nest.index(blockWork), work));
  int64_t step = rowsFor(fullVectors);
  Value panels = nest.ceilDiv(c.n, width);
  Value blocks = nest.ceilDiv(c.m, maxRows);
  // Equal blocks, so that the last one is not a sliver.
  Value rowsPerBlock =
      nest.roundUp(nest.div(nest.add(c.m, nest.sub(nest.max(blocks, nest.index(1)), nest.index(1))),
                            nest.max(blocks, nest.index(1))),
                   step);
  Value tiles = nest.mul(nest.mul(c.batch, panels), blocks);
  Value tileWork = nest.mul(work, nest.max(nest.min(maxRows, c.m), nest.index(1)));
  Value perChunk = nest.max(nest.index(1), nest.div(nest.index(chunkWork), tileWork));

  Value chunk = nest.openParallel(nest.ceilDiv(tiles, perChunk));
  auto buffer = [&](int64_t rows) {
    return memref::AllocaOp::create(b, MemRefType::get({rows, width}, c.element),
                                    b.getI64IntegerAttr(64));
  };
  if (packed)
    panel = buffer(k ? std::min(*k, KC) : KC);
  if (blocked)
    partial = buffer(blockRows + step);
  if (c.longEpilogue)
    finished = buffer(maxTileRows);
  bool oneTile = getConstantIntValue(perChunk) == 1;
  Value first = nest.mul(chunk, perChunk);
  Value last = nest.min(tiles, nest.add(first, perChunk));
  Value tile = oneTile ? first : Value(nest.openFor(first, last, 1).getInductionVar());
  SmallVector<Value> at = nest.delinearize(tile, {c.batch, panels, blocks});
  Value rowLo = nest.mul(at[2], rowsPerBlock);
  Value rowHi = nest.min(c.m, nest.add(rowLo, rowsPerBlock));
  rowLo = nest.min(rowLo, rowHi);
  Value col = nest.mul(at[1], nest.index(width));
  int64_t tail = n ? *n % width : 0, tailVectors = llvm::divideCeil(tail, lanes);
  int64_t lastLanes = tail - (tailVectors - 1) * lanes;
  if (tail == 0) {
    emitTile(at[0], rowLo, rowHi, col, fullVectors, lanes);
  } else if (*n < width) {
    emitTile(at[0], rowLo, rowHi, nest.index(0), tailVectors, lastLanes);
  } else {
    Value isFull =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ult, at[1], nest.index(*n / width));
    auto branch = scf::IfOp::create(b, isFull, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    emitTile(at[0], rowLo, rowHi, col, fullVectors, lanes);
    b.setInsertionPointToStart(branch.elseBlock());
    emitTile(at[0], rowLo, rowHi, nest.index(*n - tail), tailVectors, lastLanes);
  }
  if (!oneTile)
    nest.close();
  nest.close();
}

} // namespace

Value nnc::cpu::mustPack(LoopNest &nest, const Contraction &c) {
  std::optional<int64_t> m = getConstantIntValue(c.m), n = getConstantIntValue(c.n);
  auto known = [&](bool answer) -> Value {
    return arith::ConstantOp::create(nest.b, nest.b.getBoolAttr(answer));
  };
  if (!c.bKMajor || !n)
    return known(true);
  if (m && *m <= 16) // each panel would be read once
    return known(false);
  int64_t rowBytes = *n * c.element.getIntOrFloatBitWidth() / 8;
  if (auto k = getConstantIntValue(c.k))
    return known(rowBytes * *k > inPlaceBytes);
  if (getConstantIntValue(c.batch) != 1) // many products, so small ones
    return known(false);
  return arith::CmpIOp::create(nest.b, arith::CmpIPredicate::ugt, c.k,
                               nest.index(inPlaceBytes / std::max<int64_t>(1, rowBytes)));
}

void nnc::cpu::emitContraction(LoopNest &nest, const Contraction &contraction, Epilogue epilogue) {
  Emitter(nest, contraction, epilogue).emit();
}
