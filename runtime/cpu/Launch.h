// Running graphs: plans, the arena, and what --stats tells.
#pragma once
#include "runtime/core/Tensor.h"
#include "runtime/cpu/Plan.h"
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace nnrt {

/// All that a graph and its dims decide.
struct LaunchPlan {
  LaunchPlan(nnrt_context *ctx, const nnrt_graph &graph, const int64_t *dims);
  /// The shape of result k.
  const int64_t *shape(int k) const { return shapes.data() + shapeStart[size_t(k)]; }
  ArenaPlan arena;
  std::vector<int64_t> shapes;
  std::vector<size_t> shapeStart;
  std::vector<int64_t> resultBytes;
  int64_t launches = 0;
};

/// Grown on demand, contents undefined.
class Arena {
public:
  Arena() = default;
  Arena(const Arena &) = delete;
  Arena &operator=(const Arena &) = delete;
  ~Arena() { freeAligned(data); }
  char *atLeast(nnrt_context *ctx, int64_t bytes);

private:
  char *data = nullptr;
  int64_t size = 0;
};

/// The graphs a context has run.
struct Launcher {
  struct GraphState {
    std::map<std::vector<int64_t>, std::unique_ptr<LaunchPlan>> plans;
    std::vector<int64_t> lastDims;
    LaunchPlan *last = nullptr;
    int64_t launches = 0, arenaPeak = 0;
  };
  LaunchPlan &planFor(nnrt_context *ctx, const nnrt_graph &graph, const int64_t *dims);
  std::string statsText() const;

  std::unordered_map<const nnrt_graph *, GraphState> graphs;
  std::vector<const nnrt_graph *> order; // of first launch
  Arena arena;
};

} // namespace nnrt
