#include "runtime/core/Struct.h"

using namespace nnrt;

void nnrt_struct::clear() {
  for (size_t i = 0; i < slots.size(); ++i)
    if (elems[i] == NNRT_ELEM_HANDLE)
      nnrt_release(slots[i].handle);
  slots.clear();
}

nnrt_struct *nnrt_struct_new(nnrt_context *ctx, const uint8_t *elems, int32_t count) {
  return new nnrt_struct(ctx, elems, count);
}

static Slot &slotAt(nnrt_context *ctx, nnrt_struct *object, int32_t slot) {
  if (!object)
    fail(ctx, "a value that is `none` has no fields");
  return object->slots[size_t(slot)];
}

int64_t nnrt_struct_get_i64(nnrt_context *ctx, nnrt_struct *object, int32_t slot) {
  return slotAt(ctx, object, slot).i64;
}
double nnrt_struct_get_f64(nnrt_context *ctx, nnrt_struct *object, int32_t slot) {
  return slotAt(ctx, object, slot).f64;
}
void *nnrt_struct_get_handle(nnrt_context *ctx, nnrt_struct *object, int32_t slot) {
  return retained(slotAt(ctx, object, slot).handle);
}
void *nnrt_struct_take_handle(nnrt_context *ctx, nnrt_struct *object, int32_t slot) {
  return takeHandle(slotAt(ctx, object, slot), object->refs > 1);
}

static nnrt_struct *set(nnrt_context *ctx, nnrt_struct *object, int32_t slot, Slot value) {
  slotAt(ctx, object, slot);
  if (object->refs > 1) {
    auto *copy = new nnrt_struct(ctx, object->elems.data(), int32_t(object->elems.size()));
    copy->slots = object->slots;
    for (size_t i = 0; i < copy->slots.size(); ++i)
      if (copy->elems[i] == NNRT_ELEM_HANDLE)
        nnrt_retain(copy->slots[i].handle);
    nnrt_release(object);
    object = copy;
  }
  bool isHandle = object->elems[size_t(slot)] == NNRT_ELEM_HANDLE;
  if (isHandle)
    nnrt_retain(value.handle);
  std::swap(object->slots[size_t(slot)], value);
  if (isHandle)
    nnrt_release(value.handle);
  return object;
}

nnrt_struct *nnrt_struct_set_i64(nnrt_context *ctx, nnrt_struct *object, int32_t slot,
                                 int64_t value) {
  return set(ctx, object, slot, Slot(value));
}
nnrt_struct *nnrt_struct_set_f64(nnrt_context *ctx, nnrt_struct *object, int32_t slot,
                                 double value) {
  return set(ctx, object, slot, Slot(value));
}
nnrt_struct *nnrt_struct_set_handle(nnrt_context *ctx, nnrt_struct *object, int32_t slot,
                                    void *value) {
  return set(ctx, object, slot, Slot(value));
}
