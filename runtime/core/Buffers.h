// Aligned memory for tensors, recycled through free lists by size class: a steady loop never calls
// malloc.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nnrt {

constexpr int64_t roundUp(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

/// 64-byte aligned memory (2 MiB aligned, on huge pages where there are any, when large); null when
/// there is none left.
void *allocateAligned(int64_t bytes);
void freeAligned(void *data);

class Buffers {
public:
  Buffers() = default;
  Buffers(const Buffers &) = delete;
  Buffers &operator=(const Buffers &) = delete;
  ~Buffers();
  /// At least `bytes` up to the end of a 64-byte line, contents undefined. Null when memory is out.
  void *take(int64_t bytes);
  /// Returns what take(bytes) gave.
  void give(void *data, int64_t bytes);

private:
  std::vector<std::vector<void *>> freeLists; // by size class
  int64_t kept = 0;                           // bytes in the free lists
};

} // namespace nnrt
