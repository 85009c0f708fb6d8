// Matrix products as register-blocked loop nests.
#pragma once
#include "compiler/lowering/cpu/LoopNest.h"

namespace nnc::cpu {

/// c[batch, m, n] = sum over k of a[batch, m, k] * b[batch, k, n], k in order with one rounding a
/// step, so that any blocking gives the same bits.
struct Contraction {
  mlir::Value a, b;      // memrefs, rank 3
  bool aKMajor, bKMajor; // a is [batch, k, m]; b is [batch, k, n] (else [batch, n, k])
  mlir::Value batch, m, n, k;
  mlir::FloatType element;
  bool packed = false;       // panels of b are copied, as mustPack says
  bool longEpilogue = false; // much code: to be written once per row, not once per accumulator
};

/// One vector of the product, final: its place, its lanes that count (null: all), and that it is
/// number `vector` of those side by side from column `start`.
struct ProductVector {
  mlir::Value batch, row, column, start;
  int64_t vector;
  mlir::Value value, mask;
};
using Epilogue = llvm::function_ref<void(LoopNest &nest, const ProductVector &product)>;

/// Whether b is better packed: an i1, constant where the sizes that matter are.
mlir::Value mustPack(LoopNest &nest, const Contraction &contraction);
/// Emits the whole nest, with a parallel loop over tiles around it.
void emitContraction(LoopNest &nest, const Contraction &contraction, Epilogue epilogue);

} // namespace nnc::cpu
