// Where the kernels of a CUDA program run: a GPU through its driver, or the emulator in its place.
#pragma once
#include "runtime/include/nnrt.h"
#include <cstddef>
#include <memory>

namespace nnrt::cuda {
/// How many blocks, and threads in each.
struct GridAndBlock {
  unsigned grid[3], block[3];
};

/// One device with one stream: everything happens in the order of the calls. Addresses are the
/// device's own. Every function throws nnrt::Error with the driver's words when it fails.
class Device {
public:
  virtual ~Device() = default;
  /// At least `bytes` bytes, aligned to 256; they come from a pool and return to it.
  virtual void *allocate(size_t bytes) = 0;
  virtual void release(void *memory) = 0;
  /// The source may be changed as soon as this returns.
  virtual void upload(void *to, const void *from, size_t bytes) = 0;
  /// Waits for everything asked before.
  virtual void download(void *to, const void *from, size_t bytes) = 0;
  virtual void copy(void *to, const void *from, size_t bytes) = 0;
  virtual void clear(void *to, size_t bytes) = 0;
  virtual void synchronize() = 0;
  /// Starts kernel `kernel` of `module`; `arguments` holds one pointer per kernel parameter.
  virtual void launch(const nnrt_gpu_module &module, int kernel, const GridAndBlock &shape,
                      void **arguments) = 0;
};

/// The first CUDA device. Throws where the driver or a device is missing. Errors report the place
/// that `ctx` says.
std::unique_ptr<Device> openDriverDevice(nnrt_context *ctx);
/// Runs kernels on the CPU, one block at a time: for tests, not for speed.
std::unique_ptr<Device> openEmulatedDevice();
} // namespace nnrt::cuda
