#include "runtime/cpu/Pool.h"
#include "runtime/core/Context.h"
#include "runtime/core/Flags.h"
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace nnrt {

static constexpr uint32_t countMask = 0xfffff, maxThreads = 1024;
static constexpr int spinsBeforeSleep = 4000; // some tens of microseconds
static thread_local bool insideRegion = false;

static inline void pauseCpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Note [Busy machine]
// A region ends when its last chunk does. Where other processes want the CPUs, a worker may be
// stopped in the middle of a chunk, for milliseconds that the caller waits for, which small regions
// one after another make the rule. So a caller that has waited much longer than it has worked does
// the next regions alone, for some times as long as it has waited. Results do not depend on it:
// who runs a chunk is not seen.
static constexpr int64_t shortWait = 60'000;         // ticks: some 20 us
static constexpr int64_t longestAlone = 300'000'000; // some 100 ms
static constexpr int64_t waitsAlone = 8;

/// A clock that costs nothing: processor cycles where there is a counter, else nanoseconds.
static int64_t ticks() {
#if defined(__x86_64__)
  return int64_t(__builtin_ia32_rdtsc());
#else
  return std::chrono::steady_clock::now().time_since_epoch().count();
#endif
}

static void futex(std::atomic<uint32_t> &word, int operation, uint32_t value) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), operation, value, nullptr, nullptr, 0);
}

static std::vector<int> usableCpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &set))
        cpus.push_back(cpu);
  if (cpus.empty())
    cpus.push_back(0);
  return cpus;
}

// NNRT_THREADS, 0 when unset or empty, -1 when wrong.
static int wishedThreads() {
  const char *text = std::getenv("NNRT_THREADS");
  if (!text || !*text)
    return 0;
  char *end;
  long threads = std::strtol(text, &end, 10);
  return *end || threads < 1 || threads > long(maxThreads) ? -1 : int(threads);
}

void Pool::checkEnvironment() {
  if (wishedThreads() < 0)
    throw UsageError(cat("NNRT_THREADS must be a number from 1 to ", maxThreads, ", not `",
                         std::getenv("NNRT_THREADS"), "`"));
}

Pool &Pool::get() {
  // Never destroyed: its workers live as long as the process.
  static Pool *pool = [] {
    int wished = wishedThreads();
    return new Pool(wished > 0 ? wished : int(std::min<size_t>(usableCpus().size(), maxThreads)));
  }();
  return *pool;
}

Pool::Pool(int threads) : threadCount(threads) {}

void Pool::stayOnThisThread() { insideRegion = true; }

void Pool::startWorkers() {
  started = true;
  auto cpus = usableCpus();
  freeCpu = cpus[0];
  for (int i = 1; i < threadCount; ++i) {
    // Pinned only when there is one worker per CPU: fewer should move to where there is room.
    int cpu = threadCount == int(cpus.size()) ? cpus[size_t(i)] : -1;
    try {
      std::thread([this, cpu] { work(cpu); }).detach();
    } catch (const std::system_error &) {
      return; // no more threads to be had: the caller does all that nobody claims
    }
  }
}

static void pinTo(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

void Pool::work(int cpu) {
  insideRegion = true;
  if (cpu >= 0)
    pinTo(cpu);
  auto hasChunk = [&] {
    uint64_t now = ticket.load();
    return (now & countMask) < (now >> 20 & countMask);
  };
  for (int spins = 0;;) {
    // Not beside the caller, which runs where the system puts it.
    if (cpu >= 0 && callerCpu.load(std::memory_order_relaxed) == cpu) {
      cpu = freeCpu.exchange(cpu);
      pinTo(cpu);
    }
    if (hasChunk()) {
      claimChunks();
      spins = 0;
    } else if (++spins < spinsBeforeSleep) {
      pauseCpu();
    } else {
      uint32_t seen = wake.load();
      sleeping.fetch_add(1);
      if (!hasChunk()) // a caller that stores its ticket after this sees us sleeping and changes
                       // `wake`
        futex(wake, FUTEX_WAIT_PRIVATE, seen);
      sleeping.fetch_sub(1);
      spins = 0;
    }
  }
}

void Pool::runChunk(uint32_t chunk) {
  int64_t index = jobBase + chunk;
  if (index > failedChunk.load(std::memory_order_relaxed))
    return;
  try {
    job(jobEnv, index);
  } catch (...) {
    std::lock_guard<std::mutex> lock(failureLock);
    if (index < failedChunk.load()) {
      failedChunk = index;
      failure = std::current_exception();
    }
  }
}

void Pool::claimChunks() {
  uint64_t seen = ticket.load(std::memory_order_acquire);
  for (;;) {
    uint32_t next = seen & countMask, chunks = seen >> 20 & countMask;
    if (next >= chunks)
      return;
    if (ticket.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel)) {
      runChunk(next);
      done.fetch_add(1, std::memory_order_release);
      seen = ticket.load(std::memory_order_acquire);
    }
  }
}

void Pool::runPart(Fn fn, void *env, int64_t base, uint32_t chunks) {
  job = fn;
  jobEnv = env;
  jobBase = base;
  done.store(0, std::memory_order_relaxed);
  callerCpu.store(sched_getcpu(), std::memory_order_relaxed);
  uint64_t epoch = (ticket.load(std::memory_order_relaxed) >> 40) + 1;
  ticket.store(epoch << 40 | uint64_t(chunks) << 20);
  if (sleeping.load() > 0) {
    wake.fetch_add(1);
    futex(wake, FUTEX_WAKE_PRIVATE, chunks - 1);
  }
  int64_t start = ticks();
  claimChunks();
  int64_t end = ticks();
  for (int spins = 0; done.load(std::memory_order_acquire) != chunks;) {
    pauseCpu();
    if (++spins > 2000) {
      spins = 0;
      sched_yield();
    }
  }
  judgeWait(end - start, ticks() - end);
}

void Pool::judgeWait(int64_t worked, int64_t waited) {
  if (waited > shortWait + 2 * worked)
    aloneUntil = ticks() + std::min(waitsAlone * waited, longestAlone);
}

void Pool::run(Fn fn, void *env, int64_t chunks) {
  bool alone = chunks <= 1 || threadCount == 1 || insideRegion ||
               ticks() < aloneUntil.load(std::memory_order_relaxed);
  if (alone || busy.exchange(true)) {
    for (int64_t chunk = 0; chunk < chunks; ++chunk)
      fn(env, chunk);
    return;
  }
  if (!started)
    startWorkers();
  insideRegion = true;
  failedChunk = INT64_MAX;
  for (int64_t base = 0; base < chunks && failedChunk == INT64_MAX; base += countMask)
    runPart(fn, env, base, uint32_t(std::min<int64_t>(chunks - base, countMask)));
  insideRegion = false;
  std::exception_ptr error = std::move(failure);
  failure = nullptr;
  busy = false;
  if (error)
    std::rethrow_exception(error);
}

} // namespace nnrt

void nnrt_parallel_for(nnrt_context *ctx, void (*fn)(void *env, int64_t chunk), void *env,
                       int64_t chunks) {
  if (ctx && nnrt::contextOf(ctx).serial) {
    for (int64_t chunk = 0; chunk < chunks; ++chunk)
      fn(env, chunk);
    return;
  }
  nnrt::Pool::get().run(fn, env, chunks);
}
