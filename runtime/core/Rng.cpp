#include "runtime/core/Philox.h"
#include "runtime/core/Tensor.h"

using namespace nnrt;

static nnrt_tensor *newStream(nnrt_context *ctx, uint64_t key, uint64_t counter) {
  int64_t shape[] = {2};
  auto stream = newTensor(ctx, NNRT_I64, 1, shape);
  uint64_t words[] = {key, counter};
  std::memcpy(stream->data, words, sizeof words);
  return stream.take();
}

nnrt_tensor *nnrt_rng_new(nnrt_context *ctx, uint64_t seed) { return newStream(ctx, seed, 0); }

nnrt_tensor *nnrt_rng_split(nnrt_context *ctx, nnrt_tensor *rng, nnrt_tensor **child) {
  uint64_t words[2];
  std::memcpy(words, rng->host(), sizeof words);
  *child = newStream(ctx, splitKey(words[0], words[1]), 0);
  return newStream(ctx, words[0], words[1] + 1);
}
