// The arena planner's promises, and what nnrt_launch does with buffers.
#include "runtime/cpu/Launch.h"
#include "test/runtime/Check.h"
#include <random>
#include <set>

using namespace nnrt;

// ---- planner

static void checkPlan(const std::vector<Lifetime> &buffers) {
  ArenaPlan plan = planArena(buffers);
  int64_t sum = 0;
  for (size_t a = 0; a < buffers.size(); ++a) {
    CHECK(plan.offsets[a] % 64 == 0 && plan.offsets[a] >= 0);
    CHECK(plan.offsets[a] + roundUp(buffers[a].bytes, 64) <= plan.bytes);
    sum += roundUp(buffers[a].bytes, 64);
    for (size_t b = 0; b < a; ++b) {
      bool together = buffers[a].first <= buffers[b].last && buffers[b].first <= buffers[a].last;
      bool apart = plan.offsets[a] + roundUp(buffers[a].bytes, 64) <= plan.offsets[b] ||
                   plan.offsets[b] + roundUp(buffers[b].bytes, 64) <= plan.offsets[a];
      CHECK(!together || apart);
    }
  }
  CHECK(plan.bytes <= sum);
}

static void planner() {
  checkPlan({});
  CHECK(planArena({{100, 0, 1}, {100, 2, 3}}).bytes == 128); // not alive together: shared
  CHECK(planArena({{100, 0, 2}, {100, 2, 3}}).bytes == 256); // step 2 has both
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> buffers(random() % 40);
    for (auto &buffer : buffers) {
      buffer.bytes = random() % 3 ? random() % 5000 : 0;
      buffer.first = int32_t(random() % 20);
      buffer.last = buffer.first + int32_t(random() % 6);
    }
    checkPlan(buffers);
  }
}

// ---- launch: y = x + 1 in place (alias), and z = sum of both args through an arena buffer

static void *seenArg, *seenResult;

static void incrementRun(const nnrt_frame *frame) {
  seenArg = frame->args[0];
  seenResult = frame->results[0];
  auto *x = static_cast<float *>(frame->args[0]);
  for (int64_t i = 0; i < frame->dims[0]; ++i)
    static_cast<float *>(frame->results[0])[i] = x[i] + 1;
}
static void vectorShape(const int64_t *dims, int64_t *out) { out[0] = dims[0]; }
static const nnrt_spec vectorArgs[] = {{NNRT_F32, 1, -1}, {NNRT_F32, 1, -1}};
static const nnrt_spec inPlace[] = {{NNRT_F32, 1, 0}};
static const char *const names[] = {"pointwise", "pointwise"};
static const nnrt_graph increment = {
    "increment", incrementRun, vectorShape, 1,       1,     1,       0,
    1,           vectorArgs,   inPlace,     nullptr, names, nullptr, nullptr};

static void sumRun(const nnrt_frame *frame) {
  auto *a = static_cast<float *>(frame->args[0]), *b = static_cast<float *>(frame->args[1]);
  auto *scratch = reinterpret_cast<float *>(frame->arena + frame->offsets[0]);
  CHECK(reinterpret_cast<uintptr_t>(scratch) % 64 == 0);
  for (int64_t i = 0; i < frame->dims[0]; ++i)
    scratch[i] = a[i] + b[i];
  for (int64_t i = 0; i < frame->dims[0]; ++i)
    static_cast<float *>(frame->results[0])[i] = scratch[i];
  if (frame->dims[0] == 13)
    nnrt_fail_text(frame->ctx, "13 is refused");
}
static void sumShape(const int64_t *dims, int64_t *out) {
  out[0] = dims[0];
  out[1] = dims[0] * 4;
}
static const nnrt_spec fresh[] = {{NNRT_F32, 1, -1}};
static const int32_t live[] = {0, 1};
static const nnrt_graph sum = {"sum", sumRun,     sumShape, 1,    2,     1,       1,
                               2,     vectorArgs, fresh,    live, names, nullptr, nullptr};

static nnrt_tensor *vectorOf(nnrt_context *ctx, int64_t size, float value) {
  nnrt_tensor *tensor = nnrt_tensor_new(ctx, NNRT_F32, 1, &size);
  for (int64_t i = 0; i < size; ++i)
    reinterpret_cast<float *>(tensor->data)[i] = value;
  return tensor;
}

static void donation(nnrt_context *ctx) {
  int64_t n = 5;
  nnrt_tensor *x = vectorOf(ctx, n, 1), *y;
  void *buffer = x->data;
  nnrt_launch(ctx, &increment, &n, &x, &y);
  CHECK(y == x && y->data == buffer && seenArg == seenResult); // the last reference: in place
  CHECK(nnrt_tensor_at_f64(ctx, y, 4) == 2);

  nnrt_retain(y); // shared: copied once, the other holder's value stays
  nnrt_tensor *z;
  nnrt_launch(ctx, &increment, &n, &y, &z);
  CHECK(z != y && seenArg == seenResult && seenArg == z->data && y->refs == 1);
  CHECK(nnrt_tensor_at_f64(ctx, y, 0) == 2 && nnrt_tensor_at_f64(ctx, z, 0) == 3);

  nnrt_tensor *view = viewTensor(*y, 0, 1, &n).take(), *w; // a view is never written through
  nnrt_launch(ctx, &increment, &n, &view, &w);
  CHECK(nnrt_tensor_at_f64(ctx, y, 0) == 2 && nnrt_tensor_at_f64(ctx, w, 0) == 3);
  for (auto *tensor : {y, z, w})
    nnrt_release(tensor);
  CHECK(nnrt::contextOf(ctx).objects == nullptr); // everything consumed
}

static void plansAndBuffers(nnrt_context *ctx) {
  nnrt_tensor *result;
  std::set<void *> buffers;
  for (int64_t round = 0; round < 6; ++round) {
    int64_t n = 100 - round % 2;
    nnrt_tensor *args[] = {vectorOf(ctx, n, 1), vectorOf(ctx, n, float(round))};
    nnrt_launch(ctx, &sum, &n, args, &result);
    CHECK(result->numel == n && nnrt_tensor_at_f64(ctx, result, -1) == 1 + double(round));
    buffers.insert(result->data);
    nnrt_release(result);
  }
  CHECK(buffers.size() <= 3); // recycled, not allocated anew
  std::string stats = contextOf(ctx).launcher->statsText();
  CHECK(stats.find("graph sum: 6 launches, 2 shape tuples, arena peak 448 bytes, 2 kernels") !=
        stats.npos);
  CHECK(stats.find("kernel pointwise x 2") != stats.npos);
  CHECK(stats.find("shape (99) x 3") != stats.npos);

  nnrt_tensor *same = vectorOf(ctx, 4, 3); // one tensor for both arguments
  nnrt_retain(same);
  nnrt_tensor *twice[] = {same, same};
  int64_t four = 4;
  nnrt_launch(ctx, &sum, &four, twice, &result);
  CHECK(nnrt_tensor_at_f64(ctx, result, 0) == 6);
  nnrt_release(result);

  int64_t n = 13;
  nnrt_tensor *args[] = {vectorOf(ctx, n, 1), vectorOf(ctx, n, 1)};
  CHECK_ERROR(nnrt_launch(ctx, &sum, &n, args, &result), "13 is refused");
  n = 0;
  nnrt_tensor *empty[] = {vectorOf(ctx, n, 1), vectorOf(ctx, n, 1)};
  nnrt_launch(ctx, &sum, &n, empty, &result);
  CHECK(result->numel == 0);
}

int main() {
  planner();
  nnrt_context *ctx = nnrt_context_new();
  donation(ctx);
  plansAndBuffers(ctx);
  nnrt_context_free(ctx);
  return finish();
}
