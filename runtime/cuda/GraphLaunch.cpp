#include "runtime/cuda/GraphLaunch.h"
#include "runtime/core/Tensor.h"
#include "runtime/cpu/Launch.h"
#include "runtime/cuda/Device.h"

namespace nnrt::cuda {
namespace {
/// A tensor's elements on the device. The device outlives it.
struct OnDevice final : DeviceCopy {
  OnDevice(std::shared_ptr<Device> device, int64_t bytes)
      : device(std::move(device)), memory(this->device->allocate(size_t(bytes))) {}
  ~OnDevice() override { device->release(memory); }
  void download(nnrt_tensor &tensor) override {
    device->download(tensor.data, memory, size_t(tensor.bytes));
  }
  std::shared_ptr<Device> device;
  void *memory;
};

/// Memory for one run: the arena of a graph. Given back at the end, which is safe because later
/// users come later in the stream.
struct Scratch {
  Scratch(Device &device, int64_t bytes) : device(device), memory(device.allocate(size_t(bytes))) {}
  ~Scratch() { device.release(memory); }
  Device &device;
  void *memory;
};

const std::shared_ptr<Device> &deviceFor(nnrt_context *ctx, const nnrt_gpu_module &module) {
  std::shared_ptr<Device> &device = contextOf(ctx).gpu;
  if (!device)
    device = module.ptx ? openDriverDevice(ctx) : openEmulatedDevice();
  return device;
}

void *memoryOf(nnrt_tensor &tensor) { return static_cast<OnDevice *>(tensor.device)->memory; }

// Host data that generated code changes is only ever reached through host(), and results on the
// host are new tensors: a device copy, once made, stays right.
void *uploaded(nnrt_tensor &tensor, const std::shared_ptr<Device> &device) {
  if (!tensor.device) {
    tensor.device = new OnDevice(device, tensor.bytes);
    device->upload(memoryOf(tensor), tensor.data, size_t(tensor.bytes));
  }
  return memoryOf(tensor);
}

bool canDonate(const nnrt_tensor *arg, const nnrt_spec &spec, int64_t bytes) {
  return arg && arg->refs == 1 && !arg->owner && arg->bytes == bytes && arg->dtype == spec.dtype;
}
} // namespace

void launchGraph(nnrt_context *ctx, const nnrt_graph &graph, const int64_t *dims,
                 nnrt_tensor *const *args, nnrt_tensor **results) {
  LaunchPlan &plan = contextOf(ctx).launcher->planFor(ctx, graph, dims);
  const std::shared_ptr<Device> &device = deviceFor(ctx, *graph.gpu);
  std::vector<nnrt_tensor *> live(args, args + graph.n_args); // null once donated
  std::vector<void *> argData, resultData;
  for (nnrt_tensor *arg : live)
    argData.push_back(uploaded(*arg, device));
  for (int k = 0; k < graph.n_results; ++k) {
    const nnrt_spec &spec = graph.results[k];
    int64_t bytes = plan.resultBytes[size_t(k)];
    nnrt_tensor *source = spec.alias >= 0 ? live[size_t(spec.alias)] : nullptr;
    if (canDonate(source, spec, bytes)) {
      source->setShape(spec.rank, plan.shape(k));
      results[k] = source;
      live[size_t(spec.alias)] = nullptr;
    } else {
      Ref<nnrt_tensor> result = newTensor(ctx, spec.dtype, spec.rank, plan.shape(k));
      result->device = new OnDevice(device, bytes);
      results[k] = result.take();
      if (spec.alias >= 0 && args[spec.alias]->bytes == bytes) {
        // Shared: the update works on a copy.
        device->copy(memoryOf(*results[k]), argData[size_t(spec.alias)], size_t(bytes));
        argData[size_t(spec.alias)] = memoryOf(*results[k]);
      }
    }
    results[k]->hostStale = true;
    resultData.push_back(memoryOf(*results[k]));
  }
  Scratch arena(*device, plan.arena.bytes);
  nnrt_frame frame{dims,
                   argData.data(),
                   resultData.data(),
                   static_cast<char *>(arena.memory),
                   plan.arena.offsets.data(),
                   ctx};
  graph.run(&frame);
  for (nnrt_tensor *arg : live)
    nnrt_release(arg);
}
} // namespace nnrt::cuda

using namespace nnrt;

void nnrt_gpu_launch(nnrt_context *ctx, const nnrt_gpu_module *module, int32_t kernel,
                     const int64_t *shape, void **arguments) {
  const int64_t most[6] = {INT32_MAX, 65535, 65535, 1024, 1024, 64};
  cuda::GridAndBlock launch;
  for (int i = 0; i < 6; ++i) {
    if (shape[i] <= 0)
      return;
    if (shape[i] > most[i])
      fail(ctx, "kernel ", module->kernel_names[kernel],
           " needs a grid larger than a GPU has: ", shape[i], " of at most ", most[i]);
    (i < 3 ? launch.grid[i] : launch.block[i - 3]) = unsigned(shape[i]);
  }
  contextOf(ctx).gpu->launch(*module, kernel, launch, arguments);
}

void nnrt_gpu_read(nnrt_context *ctx, void *host, const void *device, int64_t bytes) {
  contextOf(ctx).gpu->download(host, device, size_t(bytes));
}

void nnrt_gpu_copy(nnrt_context *ctx, void *to, const void *from, int64_t bytes) {
  contextOf(ctx).gpu->copy(to, from, size_t(bytes));
}
