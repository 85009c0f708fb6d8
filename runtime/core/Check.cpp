// Checks that generated code asks for, and the integer arithmetic that can fail.
#include "runtime/core/Error.h"
#include "runtime/core/Signals.h"
#include <algorithm>

using namespace nnrt;

int64_t nnrt_check_index(nnrt_context *ctx, int64_t index, int64_t size) {
  int64_t position = index < 0 ? index + size : index;
  if (position < 0 || position >= size)
    fail(ctx, "index ", index, " is out of range: there ",
         size == 1 ? "is 1 element" : cat("are ", size, " elements"));
  return position;
}

void nnrt_check_slice(nnrt_context *ctx, int64_t lo, int64_t hi, int64_t size) {
  if (lo < 0 || hi < lo || hi > size)
    fail(ctx, "the slice ", lo, ":", hi, " is out of range: there ",
         size == 1 ? "is 1 element" : cat("are ", size, " elements"));
}

// The lowest address that this thread's stack may grow to, with room for the runtime's own calls.
static const char *stackLimit() {
  static thread_local const char *limit = [] {
    StackBounds stack = stackBounds();
    return stack.low ? stack.low + std::min<size_t>(stack.size / 4, 512 << 10) : nullptr;
  }();
  return limit;
}

void nnrt_check_stack(nnrt_context *ctx) {
  if (static_cast<const char *>(__builtin_frame_address(0)) < stackLimit())
    fail(ctx, "the calls are nested too deeply: a function calls itself without end, or too often");
}

void nnrt_check_fact(nnrt_context *ctx, int32_t ok, const char *fact, int64_t lhs, int64_t rhs,
                     const char *call) {
  if (!ok)
    fail(ctx, "`", fact, "` does not hold: the sides are ", lhs, " and ", rhs, " here",
         *call ? ", in the call at " : "", call);
}

void nnrt_check_size(nnrt_context *ctx, const char *what, int64_t size) {
  if (size < 0 && !*what)
    fail(ctx, "a size cannot be ", size);
  if (size < 0)
    fail(ctx, "`", what, "` is a size and cannot be ", size);
}

int64_t nnrt_int_div(nnrt_context *ctx, int64_t lhs, int64_t rhs) {
  if (rhs == 0)
    fail(ctx, "division of ", lhs, " by zero");
  if (rhs == -1)
    return int64_t(0 - uint64_t(lhs));
  int64_t quotient = lhs / rhs;
  return quotient - (lhs % rhs != 0 && (lhs < 0) != (rhs < 0));
}

int64_t nnrt_int_rem(nnrt_context *ctx, int64_t lhs, int64_t rhs) {
  if (rhs == 0)
    fail(ctx, "remainder of ", lhs, " divided by zero");
  if (rhs == -1)
    return 0;
  int64_t remainder = lhs % rhs;
  return remainder != 0 && (remainder < 0) != (rhs < 0) ? remainder + rhs : remainder;
}

int64_t nnrt_int_pow(nnrt_context *ctx, int64_t base, int64_t exponent) {
  if (exponent < 0)
    fail(ctx, "an `int` cannot be raised to the negative power ", exponent);
  uint64_t result = 1, power = uint64_t(base);
  for (; exponent; exponent >>= 1, power *= power)
    if (exponent & 1)
      result *= power;
  return int64_t(result);
}
