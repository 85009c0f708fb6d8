// Graphs on a device, by hand: y = x + 1 in place, and the sum of each row of 32 through the other
// lanes and through a barrier. The device is the emulator; with the argument `driver` it is the
// CUDA driver.
#include "runtime/include/nnrt.h"
#include <cstdio>
#include <cstring>

static void addOne(void **arguments) {
  auto *x = *static_cast<float **>(arguments[0]);
  auto *y = *static_cast<float **>(arguments[1]);
  int64_t n = *static_cast<int64_t *>(arguments[2]);
  int64_t i = int64_t(nnrt_emulated_place(3)) * nnrt_emulated_place(6) + nnrt_emulated_place(0);
  if (i < n)
    y[i] = x[i] + 1;
}

// Each thread of the second warp takes what the first one has written.
static void sumRows(void **arguments) {
  static float shared[64];
  auto *x = *static_cast<float **>(arguments[0]);
  auto *y = *static_cast<float **>(arguments[1]);
  int thread = nnrt_emulated_place(0), row = nnrt_emulated_place(3);
  float sum = thread < 32 ? x[row * 32 + thread] : 0;
  for (int mask = 16; mask; mask /= 2) {
    int32_t bits;
    std::memcpy(&bits, &sum, 4);
    bits = int32_t(nnrt_emulated_shuffle(bits, mask));
    float other;
    std::memcpy(&other, &bits, 4);
    sum += other;
  }
  if (thread < 32)
    shared[thread] = sum;
  nnrt_emulated_barrier();
  if (thread == 63)
    y[row] = shared[31];
  nnrt_emulated_barrier();
}

static const char *const names[] = {"add_one", "sum_rows"};
static void (*const emulated[])(void **) = {addOne, sumRows};
static nnrt_gpu_module gpu = {nullptr, 2, names, emulated};

static void runAdd(const nnrt_frame *frame) {
  void *x = frame->args[0], *y = frame->results[0];
  int64_t n = frame->dims[0], shape[6] = {(n + 63) / 64, 1, 1, 64, 1, 1};
  void *arguments[] = {&x, &y, &n};
  nnrt_gpu_launch(frame->ctx, &gpu, 0, shape, arguments);
}
static void runSum(const nnrt_frame *frame) {
  void *x = frame->args[0], *y = frame->results[0];
  int64_t shape[6] = {frame->dims[0], 1, 1, 64, 1, 1};
  void *arguments[] = {&x, &y};
  nnrt_gpu_launch(frame->ctx, &gpu, 1, shape, arguments);
}
static void shapeAdd(const int64_t *dims, int64_t *out) { out[0] = dims[0]; }
static void shapeSum(const int64_t *dims, int64_t *out) { out[0] = dims[0]; }

static const nnrt_spec vector = {NNRT_F32, 1, -1}, matrix = {NNRT_F32, 2, -1},
                       inPlace = {NNRT_F32, 1, 0};
static nnrt_graph add = {"add", runAdd,  shapeAdd, 1,       1,     1,    0,
                         1,     &vector, &inPlace, nullptr, names, &gpu, nullptr};
static nnrt_graph sum = {"sum", runSum,  shapeSum, 1,       1,         1,    0,
                         1,     &matrix, &vector,  nullptr, names + 1, &gpu, nullptr};

static void program(nnrt_context *ctx, void *) {
  float data[64];
  for (int i = 0; i < 64; ++i)
    data[i] = float(i);
  const int64_t three = 3, rows[] = {2, 32}, two = 2, none = 0;
  nnrt_tensor *x = nnrt_tensor_from_data(ctx, NNRT_F32, 1, &three, data), *y, *z, *e;
  nnrt_retain(x); // shared: the update must work on a copy
  nnrt_launch(ctx, &add, &three, &x, &y);
  nnrt_launch(ctx, &add, &three, &y, &z);
  auto value = [&](nnrt_tensor *tensor, int i) { return nnrt_tensor_at_f64(ctx, tensor, i); };
  std::printf("x %g %g, z %g %g %g%s\n", value(x, 0), value(x, 2), value(z, 0), value(z, 1),
              value(z, 2), y == z ? ", in place" : "");
  nnrt_tensor *m = nnrt_tensor_from_data(ctx, NNRT_F32, 2, rows, data), *s;
  nnrt_launch(ctx, &sum, &two, &m, &s);
  std::printf("sums %g %g\n", value(s, 0), value(s, 1));
  nnrt_tensor *empty = nnrt_tensor_zeros(ctx, NNRT_F32, 1, &none);
  nnrt_launch(ctx, &add, &none, &empty, &e);
  std::printf("empty %d\n", int(nnrt_tensor_numel(e)));
}

int main(int argc, char **argv) {
  if (argc > 1)
    gpu.ptx = ".version 8.0\n.target sm_80\n.address_size 64\n";
  nnrt_context *ctx = nnrt_context_new();
  nnrt_str *error = nnrt_try(ctx, program, nullptr);
  if (error)
    std::printf("error: %s\n", nnrt_str_data(error));
  nnrt_context_free(ctx);
  return error != nullptr;
}
