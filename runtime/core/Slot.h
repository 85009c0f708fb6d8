// One value in a list, map or struct.
#pragma once
#include "runtime/core/Object.h"

namespace nnrt {

union Slot {
  int64_t i64;
  double f64;
  Object *handle;
  Slot() : i64(0) {}
  explicit Slot(int64_t value) : i64(value) {}
  explicit Slot(double value) : f64(value) {}
  explicit Slot(void *value) : handle(static_cast<Object *>(value)) {}
};

/// Takes the handle out of a container's slot: moved when nobody shares the container.
inline void *takeHandle(Slot &slot, bool shared) {
  Object *handle = slot.handle;
  if (shared)
    nnrt_retain(handle);
  else
    slot.handle = nullptr;
  return handle;
}

constexpr int maxNesting = 2000; // of values that are compared or printed

bool equalHandles(Object *lhs, Object *rhs, int depth = 0);
bool equalSlots(int32_t elem, Slot lhs, Slot rhs, int depth = 0);

} // namespace nnrt
