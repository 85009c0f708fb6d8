#include "runtime/optim/Tree.h"

namespace nnrt {

std::vector<int64_t> leafShape(nnrt_context *ctx, const nnrt_leaf &leaf, const int64_t *dims) {
  std::vector<int64_t> shape(leaf.shape, leaf.shape + leaf.rank);
  for (int64_t &size : shape)
    if (size < 0)
      size = dims[-1 - size];
  checkedNumel(ctx, leaf.dtype, leaf.rank, shape.data());
  return shape;
}

static int64_t paddedNumel(const std::vector<int64_t> &shape, int32_t dtype) {
  int64_t numel = 1;
  for (int64_t size : shape)
    numel *= size;
  return roundUp(numel, NNRT_ALIGN / dtypeSize(dtype));
}

// Splits off the leading axis for the first `{}` of the name, as often as there is one.
static void appendEntries(std::vector<TreeEntry> &out, TreeEntry entry) {
  size_t hole = entry.name.find("{}");
  if (hole == std::string::npos || entry.shape.empty())
    return out.push_back(std::move(entry));
  int64_t count = entry.shape.front();
  for (int64_t i = 0; i < count; ++i) {
    TreeEntry part = entry;
    part.name.replace(hole, 2, std::to_string(i));
    part.shape.erase(part.shape.begin());
    part.bytes = entry.bytes / count;
    part.offset = entry.offset + i * part.bytes;
    appendEntries(out, std::move(part));
  }
}

std::vector<TreeEntry> treeEntries(nnrt_context *ctx, const nnrt_tree &tree, const int64_t *dims,
                                   const std::string &prefix) {
  std::vector<TreeEntry> entries;
  int64_t offset = 0;
  for (int i = 0; i < tree.n_leaves; ++i) {
    const nnrt_leaf &leaf = tree.leaves[i];
    TreeEntry entry{prefix.empty() ? leaf.name : prefix + "." + leaf.name, leaf.dtype,
                    leafShape(ctx, leaf, dims), offset, dtypeSize(leaf.dtype)};
    for (int64_t size : entry.shape)
      entry.bytes *= size;
    offset += paddedNumel(entry.shape, leaf.dtype) * dtypeSize(leaf.dtype);
    appendEntries(entries, std::move(entry));
  }
  return entries;
}

void checkFlat(nnrt_context *ctx, const nnrt_tree &tree, const int64_t *dims,
               const nnrt_tensor &flat) {
  int64_t wanted = nnrt_tree_numel(&tree, dims);
  if (flat.numel != wanted || (tree.n_leaves > 0 && flat.dtype != tree.leaves[0].dtype))
    fail(ctx, "a flat buffer of ", wanted, " elements is wanted, not a tensor ", flat.typeText());
}

} // namespace nnrt

using namespace nnrt;

int64_t nnrt_tree_numel(const nnrt_tree *tree, const int64_t *dims) {
  int64_t numel = 0;
  for (int i = 0; i < tree->n_leaves; ++i)
    numel += paddedNumel(leafShape(nullptr, tree->leaves[i], dims), tree->leaves[i].dtype);
  return numel;
}

nnrt_tensor *nnrt_tree_zeros(nnrt_context *ctx, const nnrt_tree *tree, const int64_t *dims) {
  int64_t shape[] = {nnrt_tree_numel(tree, dims)};
  return nnrt_tensor_zeros(ctx, tree->n_leaves ? tree->leaves[0].dtype : int32_t(NNRT_F32), 1,
                           shape);
}
