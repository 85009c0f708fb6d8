// The thread pool of the process. Chunks are claimed one by one, by the caller too, who therefore
// never waits for a worker that has not started.
#pragma once
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>

namespace nnrt {

class Pool {
public:
  using Fn = void (*)(void *env, int64_t chunk);

  /// The one pool, with as many threads as NNRT_THREADS says (default: the CPUs this process may
  /// use).
  static Pool &get();
  /// Throws UsageError when NNRT_THREADS is not a positive number.
  static void checkEnvironment();

  void run(Fn fn, void *env, int64_t chunks);
  int threads() const { return threadCount; }
  /// Marks the calling thread: its regions run serially from now on.
  static void stayOnThisThread();

private:
  explicit Pool(int threads);
  void startWorkers();
  void runPart(Fn fn, void *env, int64_t base, uint32_t chunks);
  void claimChunks();
  void judgeWait(int64_t worked, int64_t waited);
  void work(int cpu);
  void runChunk(uint32_t chunk);

  // ticket = epoch (24 bits) | chunks (20) | next chunk (20). A chunk is claimed by moving `next`
  // on; job and base are read after that, so they are of the job whose chunk was claimed.
  alignas(64) std::atomic<uint64_t> ticket{0};
  std::atomic<int> callerCpu{-1}; // where the last region was begun
  std::atomic<int> freeCpu{-1};   // the one without a worker, if workers are pinned
  alignas(64) std::atomic<uint32_t> done{0};
  alignas(64) std::atomic<uint32_t> wake{0};
  std::atomic<int32_t> sleeping{0};
  std::atomic<int64_t> failedChunk{INT64_MAX}; // the lowest one
  alignas(64) Fn job = nullptr;
  void *jobEnv = nullptr;
  int64_t jobBase = 0;
  std::mutex failureLock;
  std::exception_ptr failure;
  std::atomic<bool> busy{false};
  bool started = false;
  std::atomic<int64_t> aloneUntil{0}; // see Note [Busy machine]; ticks
  int threadCount;
};

} // namespace nnrt
