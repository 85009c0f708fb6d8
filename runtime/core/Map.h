// Maps that keep the order of insertion: an array of entries and a hash index into it.
#pragma once
#include "runtime/core/Context.h"
#include "runtime/core/Slot.h"
#include "runtime/core/Str.h"
#include <vector>

namespace nnrt {

/// Numbers of entries by the hash of their key: open addressing, each cell with the hash beside it,
/// so that a search touches a key only where it is most likely the one.
class HashIndex {
public:
  /// The entry with this hash for which `isEqual(entry)` holds, or -1.
  template <class IsEqual> int64_t find(uint64_t hash, IsEqual isEqual) const {
    if (cells.empty())
      return -1;
    for (size_t at = hash & (cells.size() - 1);; at = (at + 1) & (cells.size() - 1)) {
      const Cell &cell = cells[at];
      if (cell.entry < 0 || (cell.hash == hash && isEqual(cell.entry)))
        return cell.entry;
    }
  }
  /// The entry with this hash for which `isEqual(entry)` holds, or `entry`, which is added then.
  template <class IsEqual> int64_t findOrAdd(uint64_t hash, int64_t entry, IsEqual isEqual) {
    int64_t found = find(hash, isEqual);
    if (found >= 0)
      return found;
    add(hash, entry);
    return entry;
  }
  /// An entry that is not in the index yet.
  void add(uint64_t hash, int64_t entry) {
    if (2 * (count + 1) > cells.size())
      grow();
    place({hash, entry});
    ++count;
  }
  void clear() {
    cells.clear();
    count = 0;
  }

private:
  struct Cell {
    uint64_t hash = 0;
    int64_t entry = -1; // -1: free
  };
  void place(Cell cell) {
    size_t at = cell.hash & (cells.size() - 1);
    while (cells[at].entry >= 0)
      at = (at + 1) & (cells.size() - 1);
    cells[at] = cell;
  }
  void grow() {
    std::vector<Cell> old(cells.empty() ? 8 : 2 * cells.size());
    std::swap(old, cells);
    for (Cell cell : old)
      if (cell.entry >= 0)
        place(cell);
  }

  std::vector<Cell> cells; // a power of two of them, at most half in use
  size_t count = 0;
};

} // namespace nnrt

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
  nnrt::HashIndex index;
};
