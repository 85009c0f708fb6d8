// Flat buffers: the leaves of a model, a gradient or an optimizer slot one after another.
#pragma once
#include "runtime/core/Tensor.h"
#include <functional>
#include <string>
#include <vector>

namespace nnrt {

/// One stored array of a leaf. A leaf whose name has `{}`s is several: one per index of its leading
/// axes.
struct TreeEntry {
  std::string name;
  int32_t dtype;
  std::vector<int64_t> shape;
  int64_t offset, bytes; // in the flat buffer
};

/// The shape of a leaf, entries -1-k taken from dims; sizes checked.
std::vector<int64_t> leafShape(nnrt_context *ctx, const nnrt_leaf &leaf, const int64_t *dims);

/// All entries, in order; names begin with `prefix.` when that is not empty.
std::vector<TreeEntry> treeEntries(nnrt_context *ctx, const nnrt_tree &tree, const int64_t *dims,
                                   const std::string &prefix);

/// An error unless flat is the buffer of such a tree.
void checkFlat(nnrt_context *ctx, const nnrt_tree &tree, const int64_t *dims,
               const nnrt_tensor &flat);

} // namespace nnrt
