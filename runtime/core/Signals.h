// Ctrl-C and write limits.
#pragma once
#include "runtime/include/nnrt.h"

namespace nnrt {

/// Ctrl-C and SIGTERM end the program at once, after removing a half-written file and ending a
/// progress line; a file size limit becomes an error of write().
void handleSignals();

/// Recursion without end becomes an error at the context's place, exit code 1. For the calling
/// thread.
void catchStackOverflow(const nnrt_context *ctx);

/// The calling thread's stack; low is null where it is not known.
struct StackBounds {
  char *low = nullptr;
  size_t size = 0;
};
StackBounds stackBounds();

/// Ignores SIGXFSZ, so that write() past the limit fails with EFBIG.
void ignoreFileLimitSignal();

/// The file to remove when a signal ends the program; null for none. The text must stay valid.
void setHalfWrittenFile(const char *path);

/// Whether the terminal's line holds a progress bar.
void setBarShown(bool shown);

} // namespace nnrt
