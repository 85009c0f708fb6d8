// Where the buffers of a graph lie in its arena.
#pragma once
#include <cstdint>
#include <vector>

namespace nnrt {

/// A buffer in use from kernel step `first` to `last`, both inclusive.
struct Lifetime {
  int64_t bytes;
  int32_t first, last;
};

struct ArenaPlan {
  std::vector<int64_t> offsets; // multiples of 64
  int64_t bytes = 0;            // of the whole arena
};

/// Greedy by size: large buffers first, each at the lowest offset free during its lifetime. Every
/// buffer has its last 64-byte line to itself.
ArenaPlan planArena(const std::vector<Lifetime> &buffers);

} // namespace nnrt
