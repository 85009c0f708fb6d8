// Growing lists of numbers or handles.
#pragma once
#include "runtime/core/Context.h"
#include "runtime/core/Slot.h"
#include "runtime/core/Str.h"
#include <vector>

struct nnrt_list : nnrt::Object {
  nnrt_list(nnrt_context *ctx, int32_t elem) : Object(ctx, nnrt::Kind::List), elem(elem) {}
  ~nnrt_list() override { nnrt_list::clear(); }
  void clear() override;
  int64_t size() const { return int64_t(slots.size()); }
  int32_t elem;
  std::vector<nnrt::Slot> slots; // handles are owned
};

namespace nnrt {

struct Span {
  int64_t lo, hi;
};
/// lo and hi of a slice of `size` elements made positive; an error when out of range or reversed.
Span checkSlice(nnrt_context *ctx, int64_t lo, int64_t hi, int64_t size);

/// Makes a list inside the runtime.
class ListBuilder {
public:
  ListBuilder(nnrt_context *ctx, int32_t elem) : ctx(ctx), list(new nnrt_list(ctx, elem)) {}
  void add(Slot slot) { list->slots.push_back(slot); } // a handle is taken over
  void addText(std::string text) { add(Slot(static_cast<void *>(newStr(ctx, std::move(text))))); }
  nnrt_list *take() { return list.take(); }

private:
  nnrt_context *ctx;
  Ref<nnrt_list> list;
};

} // namespace nnrt
