#include "runtime/core/FormatTensor.h"
#include "runtime/core/Str.h"
#include <algorithm>
#include <cmath>

namespace nnrt {

static constexpr int64_t showAll = 1000, showEdge = 3;
static constexpr size_t lineWidth = 96;

namespace {
// Prints one tensor: the texts of the elements that are shown come first, for their common width.
class TensorPrinter {
public:
  TensorPrinter(const FormatSpec &spec, nnrt_tensor &tensor)
      : spec(spec), tensor(tensor), data(tensor.host()), shorten(tensor.numel > showAll) {
    if (isFloat(tensor.dtype) && spec.precision < 0 && !spec.type)
      chooseDecimals();
  }

  std::string print() {
    std::string out = tensor.typeText() + " ";
    if (tensor.numel == 0)
      return out + "[]";
    measure(0, 0);
    appendAxis(out, 0, 0, 0);
    return out;
  }

private:
  // The positions of an axis that are shown; -1 stands for the gap.
  std::vector<int64_t> shown(int axis) const {
    std::vector<int64_t> positions;
    int64_t size = tensor.shape[axis];
    for (int64_t i = 0; i < size; ++i) {
      if (shorten && size > 2 * showEdge && i == showEdge) {
        positions.push_back(-1);
        i = size - showEdge;
      }
      positions.push_back(i);
    }
    return positions;
  }

  // Calls visit with the address of every element that is shown.
  template <class Visit> void forShown(int axis, int64_t at, Visit visit) const {
    if (axis == tensor.rank)
      return visit(data + at * dtypeSize(tensor.dtype));
    for (int64_t i : shown(axis))
      if (i >= 0)
        forShown(axis + 1, at * tensor.shape[axis] + i, visit);
  }

  // Whole numbers keep `.0`, others get 4 decimals, and an exponent where these would hide digits.
  void chooseDecimals() {
    double largest = 0, smallest = INFINITY;
    bool whole = true;
    forShown(0, 0, [&](const char *element) {
      double size = std::fabs(loadF64(tensor.dtype, element));
      if (!std::isfinite(size) || size == 0)
        return;
      whole &= size == std::floor(size);
      largest = std::max(largest, size);
      smallest = std::min(smallest, size);
    });
    if (largest >= 1e6 || (largest > 0 && (largest < 1e-2 || largest / smallest > 1e6)))
      spec.type = largest >= 1e6 && whole && largest < 1e9 ? 0 : 'e';
    spec.precision = spec.type == 'e' || !whole ? 4 : 1;
  }

  void measure(int axis, int64_t at) {
    forShown(axis, at, [&](const char *element) {
      width = std::max(width, size_t(countChars(text(element))));
    });
  }

  std::string text(const char *element) const { return elementText(spec, tensor.dtype, element); }

  void appendElement(std::string &out, int64_t at) const {
    FormatSpec cell = spec;
    cell.width = int(std::max<size_t>(width, size_t(spec.width)));
    out += padded(cell, text(data + at * dtypeSize(tensor.dtype)), true);
  }

  void appendRow(std::string &out, int64_t at, size_t indent) const {
    out += "[";
    bool first = true;
    size_t lineStart = out.rfind('\n') == std::string::npos ? 0 : out.rfind('\n') + 1;
    for (int64_t i : shown(tensor.rank - 1)) {
      out += first ? "" : ", ";
      if (!first && out.size() - lineStart + width > lineWidth) {
        out.back() = '\n';
        lineStart = out.size();
        out.append(indent + 1, ' ');
      }
      first = false;
      if (i < 0)
        out += "...";
      else
        appendElement(out, at * tensor.shape[tensor.rank - 1] + i);
    }
    out += "]";
  }

  void appendAxis(std::string &out, int axis, int64_t at, size_t indent) const {
    if (axis == tensor.rank - 1)
      return appendRow(out, at, indent);
    out += "[\n";
    for (int64_t i : shown(axis)) {
      out.append(indent + 2, ' ');
      if (i < 0)
        out += "...";
      else
        appendAxis(out, axis + 1, at * tensor.shape[axis] + i, indent + 2);
      out += "\n";
    }
    out.append(indent, ' ');
    out += "]";
  }

  FormatSpec spec;
  nnrt_tensor &tensor;
  const char *data;
  bool shorten;
  size_t width = 0;
};
} // namespace

std::string tensorText(const FormatSpec &spec, nnrt_tensor &tensor) {
  if (tensor.rank == 0)
    return padded(spec, elementText(spec, tensor.dtype, tensor.host()), tensor.dtype != NNRT_BOOL);
  return TensorPrinter(spec, tensor).print();
}

} // namespace nnrt
