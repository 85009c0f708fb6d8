// An einsum seen as a batch of matrix products.
#pragma once
#include "dialects/nn/NNDialect.h"
#include <optional>
#include <string>

namespace nnc {

/// The letters of an einsum by role. The result is [batch, m, n], a is [batch, m, k] or, if
/// aKMajor, [batch, k, m], and b is [batch, k, n] if bKMajor, else [batch, n, k]. a is the left
/// operand unless `swapped`. n is never empty; the other groups may be.
struct EinsumLayout {
  std::string batch, m, n, k;
  bool swapped = false, aKMajor = false, bKMajor = true;

  /// Nothing where no order of the operands has this form.
  static std::optional<EinsumLayout> of(nn::EinsumOp einsum);
};

} // namespace nnc
