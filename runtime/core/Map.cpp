#include "runtime/core/Map.h"
#include "runtime/core/List.h"

using namespace nnrt;

static nnrt_str *keyText(const nnrt_map::Entry &entry) {
  return static_cast<nnrt_str *>(entry.key.handle);
}

static void releaseEntry(const nnrt_map &map, const nnrt_map::Entry &entry) {
  if (map.keyElem == NNRT_ELEM_HANDLE)
    nnrt_release(entry.key.handle);
  if (map.valueElem == NNRT_ELEM_HANDLE)
    nnrt_release(entry.value.handle);
}

void nnrt_map::clear() {
  index.clear();
  for (const Entry &entry : entries)
    releaseEntry(*this, entry);
  entries.clear();
}

// Neighbouring numbers are spread over all bits.
static uint64_t hashOf(int64_t key) {
  uint64_t bits = uint64_t(key) * 0x9e3779b97f4a7c15u;
  return bits ^ bits >> 32;
}
static uint64_t hashOf(const nnrt_str &key) { return std::hash<std::string_view>()(key.text); }

static bool isKey(const nnrt_map::Entry &entry, int64_t key) { return entry.key.i64 == key; }
static bool isKey(const nnrt_map::Entry &entry, const nnrt_str &key) {
  return keyText(entry)->text == key.text;
}

int64_t nnrt_map::find(int64_t key) const {
  return index.find(hashOf(key), [&](int64_t entry) { return isKey(entries[entry], key); });
}

int64_t nnrt_map::find(const nnrt_str &key) const {
  return index.find(hashOf(key), [&](int64_t entry) { return isKey(entries[entry], key); });
}

void nnrt_map::rebuildIndex() {
  index.clear();
  for (int64_t i = 0; i < size(); ++i)
    index.add(keyElem == NNRT_ELEM_I64 ? hashOf(entries[i].key.i64) : hashOf(*keyText(entries[i])),
              i);
}

static nnrt_map *own(nnrt_context *ctx, nnrt_map *map) {
  if (map->refs == 1)
    return map;
  auto *copy = new nnrt_map(ctx, map->keyElem, map->valueElem);
  copy->entries = map->entries;
  copy->index = map->index;
  for (const auto &entry : copy->entries) {
    if (copy->keyElem == NNRT_ELEM_HANDLE)
      nnrt_retain(entry.key.handle);
    if (copy->valueElem == NNRT_ELEM_HANDLE)
      nnrt_retain(entry.value.handle);
  }
  nnrt_release(map);
  return copy;
}

nnrt_map *nnrt_map_new(nnrt_context *ctx, int32_t keyElem, int32_t valueElem) {
  return new nnrt_map(ctx, keyElem, valueElem);
}

int64_t nnrt_map_len(nnrt_map *map) { return map->size(); }

// ---- changes

static void replaceValue(nnrt_map &map, int64_t entry, Slot value) {
  if (map.valueElem == NNRT_ELEM_HANDLE)
    nnrt_retain(value.handle);
  std::swap(map.entries[entry].value, value);
  if (map.valueElem == NNRT_ELEM_HANDLE)
    nnrt_release(value.handle);
}

// The entry of a key, which is hashed once; `keep` gives the slot of a new one.
template <class Key, class Keep>
static nnrt_map *set(nnrt_context *ctx, nnrt_map *map, const Key &key, Keep keep, Slot value) {
  map = own(ctx, map);
  int64_t entry = map->index.findOrAdd(hashOf(key), map->size(),
                                       [&](int64_t at) { return isKey(map->entries[at], key); });
  if (entry == map->size())
    map->entries.push_back({keep(), Slot()});
  replaceValue(*map, entry, value);
  return map;
}
static nnrt_map *set(nnrt_context *ctx, nnrt_map *map, nnrt_str *key, Slot value) {
  return set(ctx, map, *key, [&] { return Slot(static_cast<void *>(retained(key))); }, value);
}
static nnrt_map *set(nnrt_context *ctx, nnrt_map *map, int64_t key, Slot value) {
  return set(ctx, map, key, [&] { return Slot(key); }, value);
}

nnrt_map *nnrt_map_set_str_i64(nnrt_context *ctx, nnrt_map *map, nnrt_str *key, int64_t value) {
  return set(ctx, map, key, Slot(value));
}
nnrt_map *nnrt_map_set_str_f64(nnrt_context *ctx, nnrt_map *map, nnrt_str *key, double value) {
  return set(ctx, map, key, Slot(value));
}
nnrt_map *nnrt_map_set_str_handle(nnrt_context *ctx, nnrt_map *map, nnrt_str *key, void *value) {
  return set(ctx, map, key, Slot(value));
}
nnrt_map *nnrt_map_set_i64_i64(nnrt_context *ctx, nnrt_map *map, int64_t key, int64_t value) {
  return set(ctx, map, key, Slot(value));
}
nnrt_map *nnrt_map_set_i64_f64(nnrt_context *ctx, nnrt_map *map, int64_t key, double value) {
  return set(ctx, map, key, Slot(value));
}
nnrt_map *nnrt_map_set_i64_handle(nnrt_context *ctx, nnrt_map *map, int64_t key, void *value) {
  return set(ctx, map, key, Slot(value));
}

static nnrt_map *removeEntry(nnrt_context *ctx, nnrt_map *map, int64_t entry) {
  map = own(ctx, map);
  nnrt_map::Entry gone = map->entries[entry];
  map->entries.erase(map->entries.begin() + entry);
  map->rebuildIndex();
  releaseEntry(*map, gone);
  return map;
}

nnrt_map *nnrt_map_remove_str(nnrt_context *ctx, nnrt_map *map, nnrt_str *key) {
  return removeEntry(ctx, map, nnrt_map_at_str(ctx, map, key));
}

nnrt_map *nnrt_map_remove_i64(nnrt_context *ctx, nnrt_map *map, int64_t key) {
  return removeEntry(ctx, map, nnrt_map_at_i64(ctx, map, key));
}

// ---- reading

int64_t nnrt_map_find_str(nnrt_map *map, nnrt_str *key) { return map->find(*key); }
int64_t nnrt_map_find_i64(nnrt_map *map, int64_t key) { return map->find(key); }

int64_t nnrt_map_at_str(nnrt_context *ctx, nnrt_map *map, nnrt_str *key) {
  int64_t entry = map->find(*key);
  if (entry < 0)
    fail(ctx, "the map has no key \"", key->text, "\"");
  return entry;
}

int64_t nnrt_map_at_i64(nnrt_context *ctx, nnrt_map *map, int64_t key) {
  int64_t entry = map->find(key);
  if (entry < 0)
    fail(ctx, "the map has no key ", key);
  return entry;
}

static nnrt_map::Entry &entryAt(nnrt_context *ctx, nnrt_map *map, int64_t entry) {
  return map->entries[nnrt_check_index(ctx, entry, map->size())];
}

nnrt_str *nnrt_map_key_str(nnrt_context *ctx, nnrt_map *map, int64_t entry) {
  return retained(keyText(entryAt(ctx, map, entry)));
}
int64_t nnrt_map_key_i64(nnrt_context *ctx, nnrt_map *map, int64_t entry) {
  return entryAt(ctx, map, entry).key.i64;
}
int64_t nnrt_map_value_i64(nnrt_context *ctx, nnrt_map *map, int64_t entry) {
  return entryAt(ctx, map, entry).value.i64;
}
double nnrt_map_value_f64(nnrt_context *ctx, nnrt_map *map, int64_t entry) {
  return entryAt(ctx, map, entry).value.f64;
}
void *nnrt_map_value_handle(nnrt_context *ctx, nnrt_map *map, int64_t entry) {
  return retained(entryAt(ctx, map, entry).value.handle);
}
void *nnrt_map_take_handle(nnrt_context *ctx, nnrt_map *map, int64_t entry) {
  return takeHandle(entryAt(ctx, map, entry).value, map->refs > 1);
}

static nnrt_list *column(nnrt_context *ctx, nnrt_map &map, int32_t elem,
                         Slot nnrt_map::Entry::*side) {
  ListBuilder list(ctx, elem);
  for (const auto &entry : map.entries) {
    if (elem == NNRT_ELEM_HANDLE)
      nnrt_retain((entry.*side).handle);
    list.add(entry.*side);
  }
  return list.take();
}

nnrt_list *nnrt_map_keys(nnrt_context *ctx, nnrt_map *map) {
  return column(ctx, *map, map->keyElem, &nnrt_map::Entry::key);
}
nnrt_list *nnrt_map_values(nnrt_context *ctx, nnrt_map *map) {
  return column(ctx, *map, map->valueElem, &nnrt_map::Entry::value);
}
