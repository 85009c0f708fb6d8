#include "runtime/cuda/MemoryPool.h"

namespace nnrt::cuda {
// Sizes in steps of 1/8 of their power of two (at least 512 bytes), so that batches of nearly one
// size share blocks and at most 12.5 % is lost.
static size_t roundSize(size_t bytes) {
  size_t step = 512;
  while (step * 16 <= bytes)
    step *= 2;
  return bytes == 0 ? step : (bytes + step - 1) / step * step;
}

void *MemoryPool::take(size_t bytes) {
  size_t size = roundSize(bytes);
  auto found = unused.find(size);
  void *block = nullptr;
  if (found != unused.end()) {
    block = found->second;
    unused.erase(found);
  } else {
    block = allocate(size);
    if (!block) {
      trim();
      block = allocate(size);
    }
    if (!block)
      return nullptr;
    sizes[block] = size;
  }
  inUse += size;
  return block;
}

void MemoryPool::give(void *block) {
  auto found = sizes.find(block);
  if (found == sizes.end())
    return;
  inUse -= found->second;
  unused.emplace(found->second, block);
}

void MemoryPool::trim() {
  for (auto &entry : unused) {
    sizes.erase(entry.second);
    free(entry.second);
  }
  unused.clear();
}
} // namespace nnrt::cuda
