// A fixed number of slots of mixed kinds.
#pragma once
#include "runtime/core/Context.h"
#include "runtime/core/Slot.h"

struct nnrt_struct : nnrt::Object {
  nnrt_struct(nnrt_context *ctx, const uint8_t *kinds, int32_t count)
      : Object(ctx, nnrt::Kind::Struct), elems(kinds, kinds + count), slots(size_t(count)) {}
  ~nnrt_struct() override { nnrt_struct::clear(); }
  void clear() override;
  std::vector<uint8_t> elems;    // nnrt_elem of each slot
  std::vector<nnrt::Slot> slots; // handles are owned
};
