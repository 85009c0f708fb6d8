// Maps that keep the order of insertion: an array of entries and a hash index into it.
#pragma once
#include "runtime/core/Context.h"
#include "runtime/core/Slot.h"
#include "runtime/core/Str.h"
#include <unordered_map>
#include <vector>

struct nnrt_map : nnrt::Object {
  nnrt_map(nnrt_context *ctx, int32_t keyElem, int32_t valueElem)
      : Object(ctx, nnrt::Kind::Map), keyElem(keyElem), valueElem(valueElem) {}
  ~nnrt_map() override { nnrt_map::clear(); }
  void clear() override;
  struct Entry {
    nnrt::Slot key, value; // handles are owned
  };
  int64_t size() const { return int64_t(entries.size()); }
  int64_t find(int64_t key) const;
  int64_t find(const nnrt_str &key) const;
  void rebuildIndex();

  int32_t keyElem, valueElem;
  std::vector<Entry> entries;
  std::unordered_map<int64_t, int64_t> byInt;
  std::unordered_map<std::string_view, int64_t> byText; // views of the keys in `entries`
};
