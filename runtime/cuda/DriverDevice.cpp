#include "runtime/core/Error.h"
#include "runtime/cuda/Device.h"
#include "runtime/cuda/Driver.h"
#include "runtime/cuda/MemoryPool.h"
#include <unordered_map>
#include <vector>

namespace nnrt::cuda {
namespace {
// Values of cuda.h's enumerations that are used here.
constexpr Status outOfMemory = 2;
constexpr unsigned streamNonBlocking = 1;
constexpr int jitErrorLog = 5, jitErrorLogBytes = 6;

class DriverDevice final : public Device {
public:
  explicit DriverDevice(nnrt_context *ctx)
      : ctx(ctx), pool([this](size_t bytes) { return allocateBlock(bytes); },
                       [this](void *block) { driver.memoryFree(addressOf(block)); }) {
    std::string missing = driver.open();
    if (!missing.empty())
      missingDriver(missing);
    int count = 0;
    Status status = driver.init(0);
    if (status == 0)
      status = driver.deviceCount(&count);
    if (status != 0)
      missingDriver("libcuda.so.1: " + driver.explain(status));
    if (count == 0)
      missingDriver("libcuda.so.1 finds no device");
    check(driver.deviceGet(&device, 0), "choosing the device");
    check(driver.contextRetain(&context, device), "opening the device");
    makeCurrent();
    check(driver.streamCreate(&stream, streamNonBlocking), "opening the device");
  }

  ~DriverDevice() override {
    if (!stream)
      return;
    driver.streamSynchronize(stream);
    for (auto &entry : modules)
      driver.moduleUnload(entry.second.module);
    pool.trim();
    driver.streamDestroy(stream);
    driver.contextRelease(device);
  }

  void *allocate(size_t bytes) override {
    makeCurrent();
    void *block = pool.take(bytes);
    if (!block)
      fail(ctx, "the GPU is out of memory: ", bytes, " bytes asked, ", pool.bytesInUse(),
           " in use");
    return block;
  }
  void release(void *memory) override { pool.give(memory); }

  void upload(void *to, const void *from, size_t bytes) override {
    makeCurrent();
    if (bytes)
      check(driver.copyToDevice(addressOf(to), from, bytes, stream), "copying to the GPU");
  }
  void download(void *to, const void *from, size_t bytes) override {
    makeCurrent();
    if (bytes)
      check(driver.copyToHost(to, addressOf(from), bytes, stream), "copying from the GPU");
    synchronize();
  }
  void copy(void *to, const void *from, size_t bytes) override {
    makeCurrent();
    if (bytes)
      check(driver.copyOnDevice(addressOf(to), addressOf(from), bytes, stream),
            "copying on the GPU");
  }
  void clear(void *to, size_t bytes) override {
    makeCurrent();
    if (bytes)
      check(driver.clearBytes(addressOf(to), 0, bytes, stream), "clearing memory on the GPU");
  }
  void synchronize() override { check(driver.streamSynchronize(stream), "running on the GPU"); }

  void launch(const nnrt_gpu_module &module, int kernel, const GridAndBlock &shape,
              void **arguments) override {
    makeCurrent();
    const char *name = module.kernel_names[kernel];
    Function function = load(module).functions[kernel];
    check(driver.launch(function, shape.grid[0], shape.grid[1], shape.grid[2], shape.block[0],
                        shape.block[1], shape.block[2], /*sharedBytes=*/0, stream, arguments,
                        nullptr),
          name);
  }

private:
  struct Loaded {
    Module module = nullptr;
    std::vector<Function> functions;
  };

  static Address addressOf(const void *memory) { return reinterpret_cast<Address>(memory); }

  void check(Status status, const char *doing) {
    if (status != 0)
      fail(ctx, doing, ": ", driver.explain(status));
  }

  [[noreturn]] void missingDriver(const std::string &what) {
    fail(ctx, "this program was built for CUDA, but no CUDA driver is here (", what, ")");
  }

  // The driver's current context belongs to the thread; a nnrt context may move between threads.
  void makeCurrent() {
    static thread_local Context current = nullptr;
    if (current == context)
      return;
    check(driver.contextSetCurrent(context), "choosing the device");
    current = context;
  }

  void *allocateBlock(size_t bytes) {
    Address address = 0;
    Status status = driver.memoryAllocate(&address, bytes);
    if (status != outOfMemory)
      check(status, "allocating memory on the GPU");
    return status == 0 ? reinterpret_cast<void *>(address) : nullptr;
  }

  // The driver translates the PTX for the device at hand and keeps the result in its own cache.
  const Loaded &load(const nnrt_gpu_module &source) {
    auto found = modules.find(&source);
    if (found != modules.end())
      return found->second;
    Loaded loaded;
    char log[4096] = "";
    int options[] = {jitErrorLog, jitErrorLogBytes};
    void *values[] = {log, reinterpret_cast<void *>(sizeof log)};
    Status status = driver.moduleLoad(&loaded.module, source.ptx, 2, options, values);
    if (status != 0)
      fail(ctx, "the driver refused this program's kernels: ", driver.explain(status),
           log[0] ? "\n" : "", log);
    for (int i = 0; i < source.n_kernels; ++i) {
      Function function = nullptr;
      check(driver.moduleFunction(&function, loaded.module, source.kernel_names[i]),
            source.kernel_names[i]);
      loaded.functions.push_back(function);
    }
    return modules.emplace(&source, std::move(loaded)).first->second;
  }

  nnrt_context *ctx;
  Driver driver;
  int device = 0;
  Context context = nullptr;
  Stream stream = nullptr;
  MemoryPool pool;
  std::unordered_map<const nnrt_gpu_module *, Loaded> modules;
};
} // namespace

std::unique_ptr<Device> openDriverDevice(nnrt_context *ctx) {
  return std::make_unique<DriverDevice>(ctx);
}
} // namespace nnrt::cuda
