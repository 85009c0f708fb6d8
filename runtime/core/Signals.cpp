#include "runtime/core/Signals.h"
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
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
  struct sigaction old{};
  if (sigaction(number, nullptr, &old) != 0 || old.sa_handler != SIG_DFL)
    return; // ignored by the shell, or handled by the host of this library
  struct sigaction action{};
  action.sa_handler = endBySignal;
  sigaction(number, &action, nullptr);
}

void handleSignals() {
  handle(SIGINT);
  handle(SIGTERM);
  ignoreFileLimitSignal();
}

// ---- recursion without end

static const nnrt_context *overflowContext = nullptr;
static char *stackLow = nullptr; // the lowest address of the thread's stack

static void writeText(const char *text) { (void)!write(STDERR_FILENO, text, std::strlen(text)); }

static void writeNumber(int32_t number) {
  char digits[12], *at = digits + sizeof digits;
  *--at = 0;
  do
    *--at = char('0' + number % 10);
  while ((number /= 10) > 0);
  writeText(at);
}

// Only what a signal handler may do: write() and _exit().
static void endBySegv(int number, siginfo_t *info, void *) {
  auto *address = static_cast<char *>(info->si_addr);
  if (address < stackLow - (1 << 20) || address > stackLow + (1 << 20)) {
    std::signal(number, SIG_DFL); // some other fault: it happens again on return
    return;
  }
  writeText(barShown.load() ? "\nerror: " : "error: ");
  writeText("the recursion is too deep: the stack is full\n");
  if (const nnrt_context *ctx = overflowContext; ctx && ctx->file) {
    writeText("  --> ");
    writeText(ctx->file);
    writeText(":");
    writeNumber(ctx->line);
    writeText(":");
    writeNumber(ctx->col);
    writeText("\n");
  }
  _exit(1);
}

StackBounds stackBounds() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0)
    return {};
  void *low = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  return {static_cast<char *>(low), size};
}

void catchStackOverflow(const nnrt_context *ctx) {
  overflowContext = ctx;
  struct sigaction action{};
  if (sigaction(SIGSEGV, nullptr, &action) != 0 || action.sa_handler != SIG_DFL)
    return;
  stackLow = stackBounds().low;
  if (!stackLow)
    return;
  static char otherStack[16384];
  stack_t stack{};
  stack.ss_sp = otherStack;
  stack.ss_size = sizeof otherStack;
  if (sigaltstack(&stack, nullptr) != 0)
    return;
  action = {};
  action.sa_sigaction = endBySegv;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, nullptr);
}

void ignoreFileLimitSignal() {
#ifdef SIGXFSZ
  std::signal(SIGXFSZ, SIG_IGN);
#endif
}

} // namespace nnrt
