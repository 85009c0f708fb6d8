#include "runtime/cpu/Plan.h"
#include "runtime/core/Buffers.h"
#include <algorithm>
#include <numeric>

namespace nnrt {

ArenaPlan planArena(const std::vector<Lifetime> &buffers) {
  ArenaPlan plan;
  plan.offsets.assign(buffers.size(), 0);
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  std::vector<size_t> placed; // by offset
  for (size_t index : order) {
    const Lifetime &buffer = buffers[index];
    int64_t size = roundUp(buffer.bytes, 64), offset = 0;
    for (size_t other : placed) {
      const Lifetime &life = buffers[other];
      if (life.last < buffer.first || buffer.last < life.first)
        continue;
      if (offset + size <= plan.offsets[other])
        break; // fits into the gap below
      offset = std::max(offset, plan.offsets[other] + roundUp(life.bytes, 64));
    }
    plan.offsets[index] = offset;
    plan.bytes = std::max(plan.bytes, offset + size);
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), offset,
                         [&](int64_t at, size_t other) { return at < plan.offsets[other]; }),
        index);
  }
  return plan;
}

} // namespace nnrt
