// Where something stands in the user's source.
#pragma once
#include <cstdint>

namespace nnc {

// A half-open range of bytes [begin, end) of one source file. `SourceManager` turns it into lines
// and columns. A default Loc is unknown and prints nothing.
struct Loc {
  static constexpr uint32_t kNoFile = UINT32_MAX;

  uint32_t file = kNoFile;
  uint32_t begin = 0;
  uint32_t end = 0;

  bool valid() const { return file != kNoFile; }
  friend bool operator==(Loc a, Loc b) {
    return a.file == b.file && a.begin == b.begin && a.end == b.end;
  }
  friend bool operator!=(Loc a, Loc b) { return !(a == b); }
};

// From where `a` begins to where `b` ends.
inline Loc span(Loc a, Loc b) {
  return a.valid() && b.valid() ? Loc{a.file, a.begin, b.end} : (a.valid() ? a : b);
}

} // namespace nnc
