// Computes single samples: the source's row through all stages.
#pragma once
#include "runtime/cpu/Launch.h"
#include "runtime/data/Dataset.h"

namespace nnrt {

/// Used by one thread at a time, which may be a helper thread: it touches raw data only, with a
/// serial context of its own. Needs the dataset to outlive it.
class Sampler {
public:
  /// key: of the streams that augmentations draw from.
  Sampler(const nnrt_dataset &dataset, uint64_t key);
  /// Writes the members of sample `index` to the given places, which need no alignment.
  void fill(int64_t index, char *const *members);

private:
  // A member on its way between stages: 64-byte aligned.
  struct Cell {
    explicit Cell(int64_t bytes) : data(static_cast<char *>(allocateAligned(bytes))) {}
    Cell(Cell &&other) noexcept : data(other.data) { other.data = nullptr; }
    ~Cell() { freeAligned(data); }
    char *data;
  };
  struct StageState {
    const Stage *stage;
    LaunchPlan plan;
    std::vector<Cell> results; // of all results, dropped ones included
    std::vector<void *> args, resultData;
  };
  void runStage(StageState &state, size_t number, int64_t index, const std::vector<char *> &in,
                char *const *out);

  const nnrt_dataset &dataset;
  uint64_t key;
  Context ctx;
  Arena arena;
  std::vector<Cell> inputs;
  std::vector<StageState> states;
  alignas(64) int64_t stream[8]; // the Rng argument
};

} // namespace nnrt
