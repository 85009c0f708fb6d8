// Every chunk once, from several host threads, nested, past the ticket's 20 bits, and with errors.
#include "runtime/cpu/Pool.h"
#include "test/runtime/Check.h"
#include <atomic>
#include <thread>

using namespace nnrt;

static void countUp(void *env, int64_t chunk) { ++static_cast<std::atomic<int> *>(env)[chunk]; }

static void everyChunkOnce(nnrt_context *ctx, int64_t chunks) {
  std::vector<std::atomic<int>> counts(size_t(chunks) + 1);
  nnrt_parallel_for(ctx, countUp, counts.data(), chunks);
  bool once = counts[size_t(chunks)] == 0;
  for (int64_t i = 0; i < chunks; ++i)
    once &= counts[size_t(i)] == 1;
  CHECK(once);
}

static void nested(void *env, int64_t) {
  std::atomic<int> counts[8] = {};
  nnrt_parallel_for(nullptr, countUp, counts, 8);
  for (auto &count : counts)
    *static_cast<std::atomic<int> *>(env) += count;
}

static void failFrom7(void *, int64_t chunk) {
  if (chunk >= 7)
    fail(nullptr, "chunk ", chunk);
}

int main() {
  nnrt_context *ctx = nnrt_context_new();
  for (int64_t chunks : {0, 1, 2, 3, 100, 1000})
    for (int round = 0; round < 200; ++round)
      everyChunkOnce(ctx, chunks);
  everyChunkOnce(ctx, (1 << 20) + 12345);

  std::vector<std::thread> hosts;
  for (int i = 0; i < 4; ++i)
    hosts.emplace_back([ctx] {
      for (int round = 0; round < 300; ++round)
        everyChunkOnce(ctx, 17);
    });
  for (auto &host : hosts)
    host.join();

  std::atomic<int> total{0};
  nnrt_parallel_for(ctx, nested, &total, 50);
  CHECK(total == 400);

  for (int round = 0; round < 100; ++round)
    CHECK_ERROR(nnrt_parallel_for(ctx, failFrom7, nullptr, 64), "chunk 7");
  everyChunkOnce(ctx, 64); // usable after an error
  nnrt_context_free(ctx);
  return finish();
}
