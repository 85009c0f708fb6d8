// Kernels on the CPU, one block after another. Every GPU thread is a fibre; barriers and shuffles
// let the others run until all have come. Threads take turns in an order that changes, so that a
// missing barrier shows itself.
#include "runtime/core/Buffers.h"
#include "runtime/cuda/Device.h"
#include <cstring>
#include <mutex>
#include <vector>

#if !defined(__x86_64__)
namespace nnrt::cuda {
std::unique_ptr<Device> openEmulatedDevice() { return nullptr; }
} // namespace nnrt::cuda
#else

// Saves the callee-saved registers and the stack pointer of one fibre and takes up those of
// another.
extern "C" void nnrt_fibre_switch(void **from, void *to);
asm(R"(
.text
.globl nnrt_fibre_switch
.hidden nnrt_fibre_switch
.type nnrt_fibre_switch, @function
nnrt_fibre_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size nnrt_fibre_switch, . - nnrt_fibre_switch
)");

namespace nnrt::cuda {
namespace {
constexpr size_t stackBytes = 64 << 10;
constexpr unsigned warpSize = 32;

struct Fibre {
  void *stack = nullptr; // its stack pointer while it waits
  unsigned place[3] = {0, 0, 0};
  bool done = false;
};

/// Threads of a warp that exchange values: everyone brings one, then everyone takes one.
struct Exchange {
  int64_t values[warpSize];
  unsigned arrived = 0, generation = 0;
};

class Emulator {
public:
  void run(void (*body)(void **), const GridAndBlock &shape, void **arguments);
  int place(int which) const;
  void barrier();
  int64_t shuffle(int64_t bits, int mask);

private:
  static void enter();
  void runBlock();
  void yield() {
    Fibre *self = current;
    nnrt_fibre_switch(&self->stack, scheduler);
  }
  [[noreturn]] void stuck();

  GridAndBlock shape{};
  unsigned block[3] = {0, 0, 0};
  void (*body)(void **) = nullptr;
  void **arguments = nullptr;
  std::vector<Fibre> fibres;
  std::vector<char> stacks;
  std::vector<Exchange> warps;
  Fibre *current = nullptr;
  void *scheduler = nullptr;
  unsigned arrived = 0, barrierGeneration = 0, turn = 0;
  uint64_t progress = 0; // grows whenever a fibre got further
};

Emulator emulator;
std::mutex oneKernelAtATime; // shared memory of kernels is static

void Emulator::enter() {
  emulator.body(emulator.arguments);
  emulator.current->done = true;
  ++emulator.progress;
  for (;;)
    emulator.yield();
}

void Emulator::stuck() {
  std::fprintf(stderr, "error: threads of a kernel wait for others that never come\n");
  std::abort();
}

void Emulator::runBlock() {
  unsigned threads = unsigned(fibres.size());
  arrived = 0;
  for (Exchange &warp : warps)
    warp.arrived = 0;
  for (unsigned i = 0; i < threads; ++i) {
    Fibre &fibre = fibres[i];
    fibre.place[0] = i % shape.block[0];
    fibre.place[1] = i / shape.block[0] % shape.block[1];
    fibre.place[2] = i / shape.block[0] / shape.block[1];
    fibre.done = false;
    auto top = reinterpret_cast<uintptr_t>(stacks.data() + (i + 1) * stackBytes) & ~uintptr_t(63);
    auto **stack = reinterpret_cast<void **>(top);
    *--stack = nullptr; // enter() never returns; this aligns its frame
    *--stack = reinterpret_cast<void *>(&Emulator::enter);
    for (int r = 0; r < 6; ++r)
      *--stack = nullptr;
    fibre.stack = stack;
  }
  for (unsigned left = threads; left;) {
    uint64_t before = progress;
    left = 0;
    turn = turn * 1664525u + 1013904223u;
    unsigned first = (turn >> 8) % threads;
    for (unsigned i = 0; i < threads; ++i) {
      current = &fibres[(first + i) % threads];
      if (!current->done)
        nnrt_fibre_switch(&scheduler, current->stack);
      left += !current->done;
    }
    if (left && progress == before)
      stuck();
  }
}

void Emulator::run(void (*kernel)(void **), const GridAndBlock &launch, void **values) {
  std::lock_guard<std::mutex> lock(oneKernelAtATime);
  body = kernel;
  shape = launch;
  arguments = values;
  size_t threads = size_t(shape.block[0]) * shape.block[1] * shape.block[2];
  fibres.assign(threads, Fibre());
  warps.assign((threads + warpSize - 1) / warpSize, Exchange());
  if (stacks.size() < threads * stackBytes)
    stacks.resize(threads * stackBytes);
  for (block[2] = 0; block[2] < shape.grid[2]; ++block[2])
    for (block[1] = 0; block[1] < shape.grid[1]; ++block[1])
      for (block[0] = 0; block[0] < shape.grid[0]; ++block[0])
        runBlock();
}

int Emulator::place(int which) const {
  const unsigned *values[] = {current->place, block, shape.block, shape.grid};
  return int(values[which / 3][which % 3]);
}

void Emulator::barrier() {
  ++progress;
  unsigned generation = barrierGeneration;
  if (++arrived == fibres.size()) {
    arrived = 0;
    ++barrierGeneration;
    return;
  }
  while (barrierGeneration == generation)
    yield();
}

int64_t Emulator::shuffle(int64_t bits, int mask) {
  size_t thread = size_t(current - fibres.data()), lane = thread % warpSize;
  Exchange &warp = warps[thread / warpSize];
  auto meet = [&] {
    ++progress;
    unsigned generation = warp.generation;
    if (++warp.arrived == warpSize) {
      warp.arrived = 0;
      ++warp.generation;
      return;
    }
    while (warp.generation == generation)
      yield();
  };
  warp.values[lane] = bits;
  meet();
  int64_t result = warp.values[lane ^ size_t(mask)];
  meet(); // nobody overwrites a value before all have read
  return result;
}

class EmulatedDevice final : public Device {
public:
  void *allocate(size_t bytes) override {
    size_t size = (bytes + 511) / 256 * 256;
    void *memory = std::aligned_alloc(256, size);
    if (memory)
      std::memset(memory, 0x7f, size); // reading what was not written gives 3e38
    return memory;
  }
  void release(void *memory) override { std::free(memory); }
  void upload(void *to, const void *from, size_t bytes) override { copy(to, from, bytes); }
  void download(void *to, const void *from, size_t bytes) override { copy(to, from, bytes); }
  void copy(void *to, const void *from, size_t bytes) override {
    if (bytes)
      std::memmove(to, from, bytes);
  }
  void clear(void *to, size_t bytes) override { std::memset(to, 0, bytes); }
  void synchronize() override {}
  void launch(const nnrt_gpu_module &module, int kernel, const GridAndBlock &shape,
              void **arguments) override {
    emulator.run(module.emulated[kernel], shape, arguments);
  }
};
} // namespace

std::unique_ptr<Device> openEmulatedDevice() { return std::make_unique<EmulatedDevice>(); }
} // namespace nnrt::cuda

using nnrt::cuda::emulator;
int32_t nnrt_emulated_place(int32_t which) { return emulator.place(which); }
void nnrt_emulated_barrier(void) { emulator.barrier(); }
int64_t nnrt_emulated_shuffle(int64_t bits, int32_t mask) { return emulator.shuffle(bits, mask); }
#endif
