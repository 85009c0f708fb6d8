#include "runtime/core/Buffers.h"
#include <cstdlib>
#include <sys/mman.h>

namespace nnrt {

static constexpr int64_t cacheLine = 64, hugePage = int64_t(2) << 20;
static constexpr int64_t keepAtMost = int64_t(256) << 20;
static constexpr int64_t mostBytes = int64_t(1) << 39; // more than any machine has: not even tried

void *allocateAligned(int64_t bytes) {
  if (bytes > mostBytes)
    return nullptr;
  bytes = roundUp(bytes < cacheLine ? cacheLine : bytes, cacheLine);
  if (bytes < 2 * hugePage)
    return std::aligned_alloc(cacheLine, bytes);
  bytes = roundUp(bytes, hugePage);
  void *data = std::aligned_alloc(hugePage, bytes);
  if (data)
    madvise(data, bytes, MADV_HUGEPAGE);
  return data;
}

void freeAligned(void *data) { std::free(data); }

// Class sizes: multiples of 64 up to 1 KiB, then eight steps per doubling.
struct SizeClass {
  size_t index;
  int64_t bytes;
};

static SizeClass sizeClass(int64_t bytes) {
  int64_t lines = bytes <= cacheLine ? 1 : (bytes - 1) / cacheLine + 1;
  if (lines <= 16)
    return {size_t(lines), lines * cacheLine};
  int shift = 60 - __builtin_clzll(uint64_t(lines - 1)); // lines - 1 in [8, 16) << shift
  int64_t steps = ((lines - 1) >> shift) + 1;
  return {size_t(shift * 8 + steps), (steps << shift) * cacheLine};
}

void *Buffers::take(int64_t bytes) {
  if (bytes > mostBytes)
    return nullptr;
  SizeClass wanted = sizeClass(bytes);
  if (wanted.index < freeLists.size() && !freeLists[wanted.index].empty()) {
    void *data = freeLists[wanted.index].back();
    freeLists[wanted.index].pop_back();
    kept -= wanted.bytes;
    return data;
  }
  return allocateAligned(wanted.bytes);
}

void Buffers::give(void *data, int64_t bytes) {
  SizeClass from = sizeClass(bytes);
  if (kept + from.bytes > keepAtMost)
    return freeAligned(data);
  if (from.index >= freeLists.size())
    freeLists.resize(from.index + 1);
  freeLists[from.index].push_back(data);
  kept += from.bytes;
}

Buffers::~Buffers() {
  for (auto &list : freeLists)
    for (void *data : list)
      freeAligned(data);
}

} // namespace nnrt
