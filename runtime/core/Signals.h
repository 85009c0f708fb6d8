// Ctrl-C and write limits.
#pragma once

namespace nnrt {

/// Ctrl-C and SIGTERM end the program at once, after removing a half-written file and ending a
/// progress line; a file size limit becomes an error of write().
void handleSignals();

/// Ignores SIGXFSZ, so that write() past the limit fails with EFBIG.
void ignoreFileLimitSignal();

/// The file to remove when a signal ends the program; null for none. The text must stay valid.
void setHalfWrittenFile(const char *path);

/// Whether the terminal's line holds a progress bar.
void setBarShown(bool shown);

} // namespace nnrt
