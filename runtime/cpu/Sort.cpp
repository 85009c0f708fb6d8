// nnrt_argsort: the order of the elements of rows.
#include "runtime/core/DType.h"
#include <algorithm>
#include <cmath>
#include <vector>

using namespace nnrt;

namespace {

/// A row's element as something to sort: compared by key, equal ones by index, so that the order is
/// total and sorting is stable. Key and index are packed into one number where they fit.
struct Wide {
  uint64_t key;
  int64_t index;
  bool operator<(const Wide &other) const {
    return key != other.key ? key < other.key : index < other.index;
  }
  static Wide of(uint64_t key, int64_t index) { return {key, index}; }
};
struct Narrow {
  uint64_t both;
  bool operator<(const Narrow &other) const { return both < other.both; }
  static Narrow of(uint64_t key, int64_t index) { return {key << 32 | uint64_t(index)}; }
};
int64_t indexOf(Wide entry) { return entry.index; }
int64_t indexOf(Narrow entry) { return int64_t(entry.both & UINT32_MAX); }

/// Numbers that are ordered as the elements are: NaN above all, -0 as 0.
template <class Bits> Bits orderedBits(Bits bits) { // of a float that is no NaN
  constexpr Bits top = Bits(1) << (8 * sizeof(Bits) - 1);
  return bits & top ? Bits(~bits) : Bits(bits | top); // the larger negative bits, the less
}
uint64_t keyOf(double value) {
  uint64_t bits;
  value += 0.0;
  std::memcpy(&bits, &value, sizeof bits);
  return std::isnan(value) ? UINT64_MAX : orderedBits(bits);
}
uint32_t keyOf(float value) {
  uint32_t bits;
  value += 0.0f;
  std::memcpy(&bits, &value, sizeof bits);
  return std::isnan(value) ? UINT32_MAX : orderedBits(bits);
}
uint32_t keyOf(Half value) { return keyOf(float(toDouble(value))); }
uint32_t keyOf(BFloat value) { return keyOf(float(toDouble(value))); }
template <class T> auto keyOf(T value) {
  using Key = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
  using Signed = std::make_signed_t<Key>;
  constexpr Key top = std::is_signed<T>::value ? Key(1) << (8 * sizeof(Key) - 1) : 0;
  return Key(std::is_signed<T>::value ? Key(Signed(value)) : Key(value)) ^ top;
}

/// The first `count` of a row, in order. What cannot be among them is passed over: `limit` is the
/// last of the best `count` that were seen so far.
template <class Entry, class T>
void firstOf(const T *row, int64_t length, int64_t count, bool descending,
             std::vector<Entry> &entries) {
  using Key = decltype(keyOf(*row));
  size_t wanted = static_cast<size_t>(count);
  size_t room = std::max<size_t>(4 * wanted, 32);
  bool isLimited = false;
  Entry limit{};
  entries.clear();
  for (int64_t i = 0; i < length; ++i) {
    Key key = keyOf(row[i]);
    Entry entry = Entry::of(descending ? Key(~key) : key, i);
    if (isLimited && !(entry < limit))
      continue;
    entries.push_back(entry);
    if (entries.size() == room && wanted) {
      std::nth_element(entries.begin(), entries.begin() + (wanted - 1), entries.end());
      entries.resize(wanted);
      limit = entries[wanted - 1];
      isLimited = true;
    }
  }
  if (entries.size() > wanted) {
    std::nth_element(entries.begin(), entries.begin() + wanted, entries.end());
    entries.resize(wanted);
  }
  std::sort(entries.begin(), entries.end());
}

template <class Entry, class T, class Index>
void sortRows(const T *x, int64_t rows, int64_t length, int64_t count, bool descending,
              Index *out) {
  std::vector<Entry> entries;
  for (int64_t row = 0; row < rows; ++row) {
    firstOf(x + row * length, length, count, descending, entries);
    for (const Entry &entry : entries)
      *out++ = static_cast<Index>(indexOf(entry));
  }
}

} // namespace

void nnrt_argsort(const void *x, int32_t dtype, int64_t rows, int64_t length, int64_t count,
                  int32_t descending, void *out, int32_t wide) {
  visitDType(dtype, [&](auto element) {
    using T = decltype(element);
    auto sorted = [&](auto *to) {
      const T *from = static_cast<const T *>(x);
      if (sizeof(T) < 8 && length <= UINT32_MAX)
        sortRows<Narrow>(from, rows, length, count, descending, to);
      else
        sortRows<Wide>(from, rows, length, count, descending, to);
    };
    wide ? sorted(static_cast<int64_t *>(out)) : sorted(static_cast<int32_t *>(out));
  });
}
