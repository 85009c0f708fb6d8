#include "runtime/core/Signals.h"
#include <atomic>
#include <csignal>
#include <unistd.h>

namespace nnrt {

static std::atomic<const char *> halfWritten{nullptr};
static std::atomic<bool> barShown{false};

void setHalfWrittenFile(const char *path) { halfWritten = path; }
void setBarShown(bool shown) { barShown = shown; }

static void endBySignal(int number) {
  if (const char *path = halfWritten.load())
    unlink(path);
  if (barShown.load())
    (void)!write(STDERR_FILENO, "\n", 1);
  std::signal(number, SIG_DFL);
  std::raise(number);
}

static void handle(int number) {
  struct sigaction old {};
  if (sigaction(number, nullptr, &old) != 0 || old.sa_handler != SIG_DFL)
    return; // ignored by the shell, or handled by the host of this library
  struct sigaction action {};
  action.sa_handler = endBySignal;
  sigaction(number, &action, nullptr);
}

void handleSignals() {
  handle(SIGINT);
  handle(SIGTERM);
  ignoreFileLimitSignal();
}

void ignoreFileLimitSignal() {
#ifdef SIGXFSZ
  std::signal(SIGXFSZ, SIG_IGN);
#endif
}

} // namespace nnrt
