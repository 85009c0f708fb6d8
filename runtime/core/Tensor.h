// Tensors: row-major contiguous elements with room up to the end of the last 64-byte line.
#pragma once
#include "runtime/core/Context.h"
#include "runtime/core/DType.h"

namespace nnrt {
/// Data that also lives, or only lives, on a device. Owned by the tensor.
struct DeviceCopy {
  virtual ~DeviceCopy() = default;
  /// Brings the host copy up to date (called when `hostStale`).
  virtual void download(nnrt_tensor &tensor) = 0;
  /// Whether download would not wait.
  virtual bool ready() { return true; }
};
} // namespace nnrt

struct nnrt_tensor : nnrt::Object {
  nnrt_tensor(nnrt_context *ctx, int32_t dtype, int32_t rank, const int64_t *shape);
  ~nnrt_tensor() override;
  void clear() override;
  void setShape(int32_t newRank, const int64_t *newShape);
  /// The host data, fetched from the device when it is newer there.
  char *host() {
    if (hostStale) {
      device->download(*this);
      hostStale = false;
    }
    return data;
  }
  std::string typeText() const { return nnrt::typeText(dtype, rank, shape); }

  int32_t dtype, rank;
  int64_t shape[NNRT_MAX_RANK];
  int64_t numel = 0, bytes = 0;
  char *data = nullptr;
  nnrt_tensor *owner = nullptr; // this is a view of its data (retained): never updated in place
  nnrt::DeviceCopy *device = nullptr;
  bool hostStale = false;
};

namespace nnrt {

/// The number of elements; an error for negative sizes and for what memory cannot hold.
int64_t checkedNumel(nnrt_context *ctx, int32_t dtype, int32_t rank, const int64_t *shape);

/// A tensor of undefined contents (the padding of its last line is zero).
Ref<nnrt_tensor> newTensor(nnrt_context *ctx, int32_t dtype, int32_t rank, const int64_t *shape);

/// Shares the data of `owner` from a byte offset on.
Ref<nnrt_tensor> viewTensor(nnrt_tensor &owner, int64_t offset, int32_t rank, const int64_t *shape);

} // namespace nnrt
