// Tests and expectations: what is said of values that are not as they should be.
#include "runtime/core/FormatSpec.h"
#include "runtime/core/Progress.h"
#include "runtime/core/Str.h"
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

namespace nnrt {

static std::string placeText(const char *path, const nnrt_tensor &leaf, int64_t index) {
  int64_t at[NNRT_MAX_RANK] = {};
  for (int axis = leaf.rank - 1; axis >= 0; --axis) {
    int64_t size = leaf.shape[axis] ? leaf.shape[axis] : 1;
    at[axis] = index % size;
    index /= size;
  }
  std::string out;
  int axis = 0;
  for (const char *c = path; *c; ++c)
    if (c[0] == '{' && c[1] == '}' && axis < leaf.rank) {
      out += std::to_string(at[axis++]);
      ++c;
    } else {
      out += *c;
    }
  for (int i = axis; i < leaf.rank; ++i)
    out += cat(i == axis ? "[" : ", ", at[i]);
  return axis < leaf.rank ? out + "]" : out;
}

static std::string valueText(nnrt_tensor &tensor, int64_t index) {
  return elementText({}, tensor.dtype, tensor.host() + index * dtypeSize(tensor.dtype));
}

} // namespace nnrt

using namespace nnrt;

nnrt_str *nnrt_place(nnrt_context *ctx, const char *path, nnrt_tensor *leaf, int64_t index) {
  return newStr(ctx, placeText(path, *leaf, index));
}

void nnrt_expect(nnrt_context *ctx, const char *what, const char *path, nnrt_tensor *holds,
                 nnrt_tensor *lhs, nnrt_tensor *rhs) {
  const char *flags = holds->host();
  int64_t first = -1, count = 0;
  for (int64_t i = 0; i < holds->numel; ++i)
    if (!flags[i]) {
      first = first < 0 ? i : first;
      ++count;
    }
  if (first < 0)
    return;
  std::string place = placeText(path, *holds, first), message = what;
  message += cat(place.empty() ? "" : "at " + place + " ", "the sides are ", valueText(*lhs, first),
                 " and ", valueText(*rhs, first));
  if (holds->numel > 1)
    message += cat(" (", count, " of ", holds->numel, " elements)");
  fail(ctx, message);
}

// `nnc test` hears of each test.
static void tell(nnrt_context *ctx, const char *what, size_t size) {
  const char *fd = std::getenv("NNRT_TESTS");
  for (size_t at = 0; fd && at < size;) {
    ssize_t done = write(std::atoi(fd), what + at, size - at);
    if (done < 0 && errno != EINTR)
      fail(ctx, "a test's result cannot be handed on: ", errnoText(errno));
    at += done > 0 ? size_t(done) : 0;
  }
}

void nnrt_test_begin(nnrt_context *ctx, const char *place) {
  contextOf(ctx).progress->flushEach = true;
  std::string what = cat("b", place);
  tell(ctx, what.c_str(), what.size() + 1);
}

void nnrt_test_end(nnrt_context *ctx, nnrt_str *name, nnrt_str *reason) {
  Context &context = contextOf(ctx);
  context.progress->finish();
  std::string out = cat(reason ? "FAILED  " : "ok      ", name->text);
  if (reason) {
    context.exitCode = 1;
    std::string failure = context.failure;
    failure.erase(failure.find_last_not_of('\n') + 1);
    out += "\n  ";
    for (char c : failure)
      out += c == '\n' ? std::string("\n  ") : std::string(1, c);
  }
  context.progress->print(ctx, out, "\n");
  context.progress->flushOutput(ctx);
  tell(ctx, reason ? "F" : ".", 1);
}
