// Keeps freed device memory for the next caller: cuMemAlloc takes longer than most kernels.
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <unordered_map>

namespace nnrt::cuda {
/// Safe without waiting, because one stream runs everything: a block's next user comes later in the
/// stream than its last one.
class MemoryPool {
public:
  using Allocate = std::function<void *(size_t)>; // nullptr when memory is short
  using Free = std::function<void(void *)>;

  MemoryPool(Allocate allocate, Free free) : allocate(allocate), free(free) {}
  ~MemoryPool() { trim(); }
  /// nullptr when there is no memory even after the unused blocks went back.
  void *take(size_t bytes);
  void give(void *block);
  /// Gives all unused blocks back to the driver.
  void trim();
  size_t bytesInUse() const { return inUse; }

private:
  Allocate allocate;
  Free free;
  std::multimap<size_t, void *> unused;     // by size
  std::unordered_map<void *, size_t> sizes; // of every block, used or not
  size_t inUse = 0;
};
} // namespace nnrt::cuda
