// Deep equality of handles.
#include "runtime/core/List.h"
#include "runtime/core/Map.h"
#include "runtime/core/Struct.h"
#include "runtime/core/Tensor.h"

namespace nnrt {

bool equalSlots(int32_t elem, Slot lhs, Slot rhs, int depth) {
  if (elem == NNRT_ELEM_F64)
    return lhs.f64 == rhs.f64;
  return elem == NNRT_ELEM_I64 ? lhs.i64 == rhs.i64 : equalHandles(lhs.handle, rhs.handle, depth);
}

static bool equalTensors(nnrt_tensor &lhs, nnrt_tensor &rhs) {
  if (lhs.typeText() != rhs.typeText())
    return false;
  const char *a = lhs.host(), *b = rhs.host();
  if (!isFloat(lhs.dtype))
    return std::memcmp(a, b, size_t(lhs.bytes)) == 0;
  for (int64_t at = 0; at < lhs.bytes; at += dtypeSize(lhs.dtype))
    if (loadF64(lhs.dtype, a + at) != loadF64(lhs.dtype, b + at))
      return false;
  return true;
}

static bool equalLists(const nnrt_list &lhs, const nnrt_list &rhs, int depth) {
  bool equal = lhs.elem == rhs.elem && lhs.size() == rhs.size();
  for (int64_t i = 0; equal && i < lhs.size(); ++i)
    equal = equalSlots(lhs.elem, lhs.slots[i], rhs.slots[i], depth);
  return equal;
}

// Maps are equal whatever the order of their entries.
static bool equalMaps(const nnrt_map &lhs, const nnrt_map &rhs, int depth) {
  if (lhs.keyElem != rhs.keyElem || lhs.valueElem != rhs.valueElem || lhs.size() != rhs.size())
    return false;
  for (const auto &entry : lhs.entries) {
    int64_t other = lhs.keyElem == NNRT_ELEM_I64
                        ? rhs.find(entry.key.i64)
                        : rhs.find(*static_cast<nnrt_str *>(entry.key.handle));
    if (other < 0 || !equalSlots(lhs.valueElem, entry.value, rhs.entries[other].value, depth))
      return false;
  }
  return true;
}

static bool equalStructs(const nnrt_struct &lhs, const nnrt_struct &rhs, int depth) {
  bool equal = lhs.elems == rhs.elems;
  for (size_t i = 0; equal && i < lhs.slots.size(); ++i)
    equal = equalSlots(lhs.elems[i], lhs.slots[i], rhs.slots[i], depth);
  return equal;
}

bool equalHandles(Object *lhs, Object *rhs, int depth) {
  if (!lhs || !rhs || lhs->kind != rhs->kind)
    return lhs == rhs;
  if (++depth > maxNesting)
    fail(lhs->ctx, "the values are nested too deeply to be compared");
  switch (lhs->kind) {
  case Kind::Str:
    return static_cast<nnrt_str *>(lhs)->text == static_cast<nnrt_str *>(rhs)->text;
  case Kind::Tensor:
    return equalTensors(*static_cast<nnrt_tensor *>(lhs), *static_cast<nnrt_tensor *>(rhs));
  case Kind::List:
    return equalLists(*static_cast<nnrt_list *>(lhs), *static_cast<nnrt_list *>(rhs), depth);
  case Kind::Map:
    return equalMaps(*static_cast<nnrt_map *>(lhs), *static_cast<nnrt_map *>(rhs), depth);
  case Kind::Struct:
    return equalStructs(*static_cast<nnrt_struct *>(lhs), *static_cast<nnrt_struct *>(rhs), depth);
  default:
    return lhs == rhs;
  }
}

} // namespace nnrt

int32_t nnrt_equal(nnrt_context *ctx, void *lhs, void *rhs) {
  return nnrt::equalHandles(static_cast<nnrt::Object *>(lhs), static_cast<nnrt::Object *>(rhs));
}
