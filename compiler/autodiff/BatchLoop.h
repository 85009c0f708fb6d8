// Loops with independent turns, as one batch.
#pragma once

#include "dialects/nn/NNDialect.h"

namespace nn {

/// Marks an nn.for whose turns depend on each other by random streams only: that of a `vmap`.
inline constexpr llvm::StringLiteral kBatchAttr = "nn.batch";

/// Replaces a marked loop by what its body computes for all rows at once. Without the mark it stays
/// a loop: where its turns depend on each other, or sizes differ from turn to turn.
void batchLoop(ForOp loop);

} // namespace nn
