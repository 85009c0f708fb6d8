#include "runtime/core/List.h"
#include "runtime/core/Tensor.h"
#include <algorithm>

using namespace nnrt;

void nnrt_list::clear() {
  if (elem == NNRT_ELEM_HANDLE)
    for (Slot slot : slots)
      nnrt_release(slot.handle);
  slots.clear();
}

Span nnrt::checkSlice(nnrt_context *ctx, int64_t lo, int64_t hi, int64_t size) {
  Span span{lo < 0 ? lo + size : lo, hi == INT64_MAX ? size : hi < 0 ? hi + size : hi};
  if (span.lo < 0 || span.hi > size || span.lo > span.hi)
    fail(ctx, "the slice ", lo, ":", hi == INT64_MAX ? "" : std::to_string(hi),
         " is out of range: there ", size == 1 ? "is 1 element" : cat("are ", size, " elements"));
  return span;
}

static Slot kept(int32_t elem, Slot slot) {
  if (elem == NNRT_ELEM_HANDLE)
    nnrt_retain(slot.handle);
  return slot;
}

static nnrt_list *copyRange(nnrt_context *ctx, const nnrt_list &from, Span span) {
  ListBuilder copy(ctx, from.elem);
  for (int64_t i = span.lo; i < span.hi; ++i)
    copy.add(kept(from.elem, from.slots[i]));
  return copy.take();
}

// The list to change: itself when this is the last reference, else a copy.
static nnrt_list *own(nnrt_context *ctx, nnrt_list *list) {
  if (list->refs == 1)
    return list;
  nnrt_list *copy = copyRange(ctx, *list, {0, list->size()});
  nnrt_release(list);
  return copy;
}

nnrt_list *nnrt_list_new(nnrt_context *ctx, int32_t elem, int64_t capacity) {
  auto *list = new nnrt_list(ctx, elem);
  list->slots.reserve(size_t(std::clamp<int64_t>(capacity, 0, 1 << 20)));
  return list;
}

int64_t nnrt_list_len(nnrt_list *list) { return list->size(); }

// ---- changes

static nnrt_list *push(nnrt_context *ctx, nnrt_list *list, Slot slot) {
  list = own(ctx, list);
  list->slots.push_back(kept(list->elem, slot));
  return list;
}

static nnrt_list *set(nnrt_context *ctx, nnrt_list *list, int64_t index, Slot slot) {
  index = nnrt_check_index(ctx, index, list->size());
  list = own(ctx, list);
  kept(list->elem, slot);
  std::swap(list->slots[index], slot);
  if (list->elem == NNRT_ELEM_HANDLE)
    nnrt_release(slot.handle);
  return list;
}

static nnrt_list *insert(nnrt_context *ctx, nnrt_list *list, int64_t index, Slot slot) {
  index = nnrt_check_index(ctx, index, list->size() + 1);
  list = own(ctx, list);
  list->slots.insert(list->slots.begin() + index, kept(list->elem, slot));
  return list;
}

nnrt_list *nnrt_list_push_i64(nnrt_context *ctx, nnrt_list *list, int64_t value) {
  return push(ctx, list, Slot(value));
}
nnrt_list *nnrt_list_push_f64(nnrt_context *ctx, nnrt_list *list, double value) {
  return push(ctx, list, Slot(value));
}
nnrt_list *nnrt_list_push_handle(nnrt_context *ctx, nnrt_list *list, void *value) {
  return push(ctx, list, Slot(value));
}
nnrt_list *nnrt_list_set_i64(nnrt_context *ctx, nnrt_list *list, int64_t index, int64_t value) {
  return set(ctx, list, index, Slot(value));
}
nnrt_list *nnrt_list_set_f64(nnrt_context *ctx, nnrt_list *list, int64_t index, double value) {
  return set(ctx, list, index, Slot(value));
}
nnrt_list *nnrt_list_set_handle(nnrt_context *ctx, nnrt_list *list, int64_t index, void *value) {
  return set(ctx, list, index, Slot(value));
}
nnrt_list *nnrt_list_insert_i64(nnrt_context *ctx, nnrt_list *list, int64_t index, int64_t value) {
  return insert(ctx, list, index, Slot(value));
}
nnrt_list *nnrt_list_insert_f64(nnrt_context *ctx, nnrt_list *list, int64_t index, double value) {
  return insert(ctx, list, index, Slot(value));
}
nnrt_list *nnrt_list_insert_handle(nnrt_context *ctx, nnrt_list *list, int64_t index, void *value) {
  return insert(ctx, list, index, Slot(value));
}

nnrt_list *nnrt_list_extend(nnrt_context *ctx, nnrt_list *list, nnrt_list *more) {
  int64_t count = more->size();
  list = own(ctx, list); // `more` may be the same list: then both are read through `list`
  for (int64_t i = 0; i < count; ++i)
    list->slots.push_back(kept(list->elem, more->slots[i]));
  return list;
}

nnrt_list *nnrt_list_truncate(nnrt_context *ctx, nnrt_list *list, int64_t len) {
  if (len < 0 || len > list->size())
    fail(ctx, "cannot shorten a list of ", list->size(), " elements to ", len);
  list = own(ctx, list);
  while (list->size() > len) {
    Slot last = list->slots.back();
    list->slots.pop_back();
    if (list->elem == NNRT_ELEM_HANDLE)
      nnrt_release(last.handle);
  }
  return list;
}

nnrt_list *nnrt_list_remove(nnrt_context *ctx, nnrt_list *list, int64_t index) {
  index = nnrt_check_index(ctx, index, list->size());
  list = own(ctx, list);
  Slot gone = list->slots[index];
  list->slots.erase(list->slots.begin() + index);
  if (list->elem == NNRT_ELEM_HANDLE)
    nnrt_release(gone.handle);
  return list;
}

nnrt_list *nnrt_list_sort(nnrt_context *ctx, nnrt_list *list) {
  list = own(ctx, list);
  int32_t elem = list->elem;
  // nan sorts last, so that the order is a strict one.
  auto less = [elem](Slot a, Slot b) {
    if (elem == NNRT_ELEM_F64)
      return a.f64 < b.f64 || (a.f64 == a.f64 && b.f64 != b.f64);
    if (elem == NNRT_ELEM_I64)
      return a.i64 < b.i64;
    return nnrt_str_compare(static_cast<nnrt_str *>(a.handle), static_cast<nnrt_str *>(b.handle)) <
           0;
  };
  for (Slot slot : list->slots)
    if (elem == NNRT_ELEM_HANDLE && (!slot.handle || slot.handle->kind != Kind::Str))
      fail(ctx, "only lists of numbers and strings can be sorted");
  std::stable_sort(list->slots.begin(), list->slots.end(), less);
  return list;
}

nnrt_list *nnrt_list_reverse(nnrt_context *ctx, nnrt_list *list) {
  list = own(ctx, list);
  std::reverse(list->slots.begin(), list->slots.end());
  return list;
}

// ---- reading

int64_t nnrt_list_get_i64(nnrt_context *ctx, nnrt_list *list, int64_t index) {
  return list->slots[nnrt_check_index(ctx, index, list->size())].i64;
}

double nnrt_list_get_f64(nnrt_context *ctx, nnrt_list *list, int64_t index) {
  return list->slots[nnrt_check_index(ctx, index, list->size())].f64;
}

void *nnrt_list_get_handle(nnrt_context *ctx, nnrt_list *list, int64_t index) {
  return retained(list->slots[nnrt_check_index(ctx, index, list->size())].handle);
}

void *nnrt_list_take_handle(nnrt_context *ctx, nnrt_list *list, int64_t index) {
  return takeHandle(list->slots[nnrt_check_index(ctx, index, list->size())], list->refs > 1);
}

nnrt_list *nnrt_list_slice(nnrt_context *ctx, nnrt_list *list, int64_t lo, int64_t hi) {
  return copyRange(ctx, *list, checkSlice(ctx, lo, hi, list->size()));
}

nnrt_list *nnrt_list_concat(nnrt_context *ctx, nnrt_list *lhs, nnrt_list *rhs) {
  nnrt_list *all = copyRange(ctx, *lhs, {0, lhs->size()});
  return nnrt_list_extend(ctx, all, rhs);
}

static int64_t findSlot(nnrt_list &list, Slot wanted) {
  for (int64_t i = 0; i < list.size(); ++i)
    if (equalSlots(list.elem, list.slots[i], wanted))
      return i;
  return -1;
}

int64_t nnrt_list_find_i64(nnrt_list *list, int64_t value) { return findSlot(*list, Slot(value)); }
int64_t nnrt_list_find_f64(nnrt_list *list, double value) { return findSlot(*list, Slot(value)); }
int64_t nnrt_list_find_handle(nnrt_context *ctx, nnrt_list *list, void *value) {
  return findSlot(*list, Slot(value));
}

nnrt_list *nnrt_list_from_tensor(nnrt_context *ctx, nnrt_tensor *tensor) {
  if (tensor->rank != 1)
    fail(ctx, "a tensor ", tensor->typeText(), " is not a list: it must have one axis");
  bool floats = isFloat(tensor->dtype);
  ListBuilder list(ctx, floats ? NNRT_ELEM_F64 : NNRT_ELEM_I64);
  const char *element = tensor->host();
  for (int64_t i = 0; i < tensor->numel; ++i, element += dtypeSize(tensor->dtype))
    list.add(floats ? Slot(loadF64(tensor->dtype, element))
                    : Slot(loadI64(tensor->dtype, element)));
  return list.take();
}
