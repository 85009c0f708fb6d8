#include "runtime/cpu/Launch.h"
#include "runtime/cpu/Pool.h"
#include "runtime/cuda/Device.h"
#include "runtime/cuda/GraphLaunch.h"
#include <algorithm>

namespace nnrt {

LaunchPlan::LaunchPlan(nnrt_context *ctx, const nnrt_graph &graph, const int64_t *dims) {
  size_t shapeCount = 0;
  for (int k = 0; k < graph.n_results; ++k) {
    shapeStart.push_back(shapeCount);
    shapeCount += size_t(graph.results[k].rank);
  }
  std::vector<int64_t> out(shapeCount + size_t(graph.n_buffers));
  graph.shape(dims, out.data());
  std::vector<Lifetime> buffers;
  for (int i = 0; i < graph.n_buffers; ++i) {
    int64_t bytes = out[shapeCount + size_t(i)];
    if (bytes < 0 || bytes > INT64_MAX >> 10)
      fail(ctx, "this computation needs more memory than there can be");
    buffers.push_back({bytes, graph.live[2 * i], graph.live[2 * i + 1]});
  }
  arena = planArena(buffers);
  out.resize(shapeCount);
  shapes = std::move(out);
  for (int k = 0; k < graph.n_results; ++k) {
    const nnrt_spec &spec = graph.results[k];
    resultBytes.push_back(checkedNumel(ctx, spec.dtype, spec.rank, shape(k)) *
                          dtypeSize(spec.dtype));
  }
}

char *Arena::atLeast(nnrt_context *ctx, int64_t bytes) {
  if (bytes <= size && data)
    return data;
  freeAligned(data);
  size = 0;
  data = static_cast<char *>(allocateAligned(bytes));
  if (!data)
    fail(ctx, "out of memory: this computation needs ", bytes, " bytes");
  size = bytes;
  return data;
}

LaunchPlan &Launcher::planFor(nnrt_context *ctx, const nnrt_graph &graph, const int64_t *dims) {
  auto [found, isNew] = graphs.try_emplace(&graph);
  if (isNew)
    order.push_back(&graph);
  GraphState &state = found->second;
  ++state.launches;
  if (state.last && std::equal(state.lastDims.begin(), state.lastDims.end(), dims)) {
    ++state.last->launches;
    return *state.last;
  }
  std::vector<int64_t> key(dims, dims + graph.n_dims);
  std::unique_ptr<LaunchPlan> &plan = state.plans[key];
  if (!plan)
    plan = std::make_unique<LaunchPlan>(ctx, graph, dims);
  state.arenaPeak = std::max(state.arenaPeak, plan->arena.bytes);
  state.lastDims = std::move(key);
  state.last = plan.get();
  ++plan->launches;
  return *plan;
}

static constexpr size_t maxListedShapes = 16;

std::string Launcher::statsText() const {
  std::string out = cat("stats: ", order.size(), " graphs, ", Pool::get().threads(), " threads\n");
  for (const nnrt_graph *graph : order) {
    const GraphState &state = graphs.at(graph);
    out += cat("graph ", graph->name, ": ", state.launches, " launches, ", state.plans.size(),
               " shape tuples, arena peak ", state.arenaPeak, " bytes, ", graph->n_kernels,
               " kernels\n");
    std::vector<std::pair<std::string, int>> kernels; // in order of first use
    for (int i = 0; i < graph->n_kernels; ++i) {
      std::string name = graph->kernel_names[i];
      auto same =
          std::find_if(kernels.begin(), kernels.end(), [&](auto &k) { return k.first == name; });
      if (same == kernels.end())
        kernels.push_back({name, 1});
      else
        ++same->second;
    }
    for (const auto &[name, count] : kernels)
      out += cat("  kernel ", name, " x ", count, "\n");
    size_t left = state.plans.size();
    for (const auto &[dims, plan] : state.plans) {
      if (state.plans.size() - left == maxListedShapes) {
        out += cat("  and ", left, " more\n");
        break;
      }
      --left;
      out += "  shape (";
      for (size_t i = 0; i < dims.size(); ++i)
        out += cat(i ? ", " : "", dims[i]);
      out += cat(") x ", plan->launches, "\n");
    }
  }
  return out;
}

namespace {
// One launch: the pointers of the frame, on the stack for graphs of usual size.
template <class T, size_t N> class SmallArray {
public:
  explicit SmallArray(size_t count)
      : heap(count > N ? count : 0), data(count > N ? heap.data() : local) {}
  T &operator[](size_t i) { return data[i]; }
  T *begin() { return data; }

private:
  T local[N];
  std::vector<T> heap;
  T *data;
};
} // namespace

// Whether a result may live in the buffer of the argument that it updates.
static bool canDonate(const nnrt_tensor *arg, int32_t dtype, int64_t bytes) {
  return arg && arg->refs == 1 && !arg->owner && arg->bytes == bytes && arg->dtype == dtype;
}

static void launch(nnrt_context *ctx, const nnrt_graph &graph, const int64_t *dims,
                   nnrt_tensor *const *args, nnrt_tensor **results) {
  LaunchPlan &plan = contextOf(ctx).launcher->planFor(ctx, graph, dims);
  SmallArray<nnrt_tensor *, 64> live(size_t(graph.n_args)); // null once donated
  SmallArray<void *, 64> argData(size_t(graph.n_args)), resultData(size_t(graph.n_results));
  for (int j = 0; j < graph.n_args; ++j) {
    live[size_t(j)] = args[j];
    argData[size_t(j)] = args[j]->host();
  }
  for (int k = 0; k < graph.n_results; ++k) {
    const nnrt_spec &spec = graph.results[k];
    nnrt_tensor *source = spec.alias >= 0 ? live[size_t(spec.alias)] : nullptr;
    if (canDonate(source, spec.dtype, plan.resultBytes[size_t(k)])) {
      source->setShape(spec.rank, plan.shape(k));
      delete source->device;
      source->device = nullptr;
      results[k] = source;
      live[size_t(spec.alias)] = nullptr;
    } else {
      results[k] = newTensor(ctx, spec.dtype, spec.rank, plan.shape(k)).take();
      if (spec.alias >= 0 && args[spec.alias]->bytes == results[k]->bytes) {
        // Shared: the update works on a copy. (A second result that updates one argument, too.)
        std::memcpy(results[k]->data, args[spec.alias]->data, size_t(results[k]->bytes));
        argData[size_t(spec.alias)] = results[k]->data;
      }
    }
    resultData[size_t(k)] = results[k]->data;
  }
  char *arena = contextOf(ctx).launcher->arena.atLeast(ctx, plan.arena.bytes);
  nnrt_frame frame{dims,  argData.begin(),           resultData.begin(),
                   arena, plan.arena.offsets.data(), ctx};
  graph.run(&frame);
  for (int j = 0; j < graph.n_args; ++j)
    nnrt_release(live[size_t(j)]);
}

static void run(nnrt_context *ctx, const nnrt_graph &graph, const int64_t *dims,
                nnrt_tensor *const *args, nnrt_tensor **results) {
  if (graph.gpu)
    cuda::launchGraph(ctx, graph, dims, args, results);
  else
    launch(ctx, graph, dims, args, results);
}

} // namespace nnrt

void nnrt_launch(nnrt_context *ctx, const nnrt_graph *graph, const int64_t *dims,
                 nnrt_tensor *const *args, nnrt_tensor **results) {
  auto &profiles = nnrt::contextOf(ctx).profiles;
  if (profiles.empty())
    return nnrt::run(ctx, *graph, dims, args, results);
  auto start = nnrt::Profile::Clock::now();
  nnrt::run(ctx, *graph, dims, args, results);
  if (graph->gpu) // which goes on by itself
    nnrt::contextOf(ctx).gpu->synchronize();
  for (nnrt::Profile &profile : profiles)
    profile.add(*graph, nnrt::Profile::Clock::now() - start);
}
