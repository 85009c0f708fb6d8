#include "runtime/data/Sampler.h"
#include "runtime/core/Philox.h"
#include "runtime/cpu/Pool.h"

// Note [Sample streams]
// The Rng of a sample depends on nothing but the pass, the stage and the sample's place in the
// data: its key is words 0 and 1 of Philox(index lo, index hi, stage, 2; key of the pass), its
// counter 0. So neither the order of samples nor the number of threads nor the batch size changes
// what is drawn. The key of a pass is that of its shuffle Rng, or, without one, words 0 and 1 of
// Philox(pass lo, pass hi, 0, 3; 0) where `pass` counts the iterators made over that dataset.

namespace nnrt {

static bool isAligned(const void *data) {
  return reinterpret_cast<uintptr_t>(data) % NNRT_ALIGN == 0;
}

Sampler::Sampler(const nnrt_dataset &dataset, uint64_t key) : dataset(dataset), key(key), stream{} {
  ctx.serial = true;
  int64_t arenaBytes = 0;
  for (const Member &member : dataset.sourceMembers)
    inputs.emplace_back(member.bytes);
  for (const auto &stage : dataset.stages) {
    StageState state{stage.get(), LaunchPlan(&ctx, *stage->graph, stage->dims.data()), {}, {}, {}};
    for (int64_t bytes : state.plan.resultBytes)
      state.results.emplace_back(bytes);
    state.args.resize(size_t(stage->graph->n_args));
    state.resultData.resize(size_t(stage->graph->n_results));
    arenaBytes = std::max(arenaBytes, state.plan.arena.bytes);
    states.push_back(std::move(state));
  }
  arena.atLeast(&ctx, arenaBytes);
}

void Sampler::runStage(StageState &state, size_t number, int64_t index,
                       const std::vector<char *> &in, char *const *out) {
  const nnrt_graph &graph = *state.stage->graph;
  size_t at = 0;
  for (char *member : in)
    state.args[at++] = member;
  if (state.stage->drawsRandom) {
    stream[0] = int64_t(keyOf(philox(key, uint64_t(index), uint32_t(number), UseSample)));
    stream[1] = 0;
    state.args[at++] = stream;
  }
  for (nnrt_tensor *capture : state.stage->captures)
    state.args[at++] = capture->data;
  size_t kept = state.stage->members.size();
  for (size_t k = 0; k < state.resultData.size(); ++k) {
    // Straight to where it is wanted if that is aligned as graphs expect.
    bool direct = out && k < kept && isAligned(out[k]);
    state.resultData[k] = direct ? out[k] : state.results[k].data;
    if (int32_t alias = graph.results[k].alias; alias >= 0) {
      std::memcpy(state.resultData[k], state.args[size_t(alias)],
                  size_t(state.plan.resultBytes[k]));
      state.args[size_t(alias)] = state.resultData[k];
    }
  }
  ctx.file = state.stage->file;
  ctx.line = state.stage->line;
  ctx.col = state.stage->col;
  nnrt_frame frame{state.stage->dims.data(),        state.args.data(),
                   state.resultData.data(),         arena.atLeast(&ctx, 0),
                   state.plan.arena.offsets.data(), &ctx};
  graph.run(&frame);
  for (size_t k = 0; out && k < kept; ++k)
    if (state.resultData[k] != out[k])
      std::memcpy(out[k], state.resultData[k], size_t(state.plan.resultBytes[k]));
}

void Sampler::fill(int64_t index, char *const *members) {
  int64_t row = dataset.begin + index;
  std::vector<char *> in;
  for (size_t m = 0; m < dataset.sources.size(); ++m) {
    int64_t bytes = dataset.sourceMembers[m].bytes;
    char *source = dataset.sources[m]->data + dataset.offset(m, row);
    if (states.empty()) {
      std::memcpy(members[m], source, size_t(bytes));
      continue;
    }
    if (!isAligned(source)) {
      std::memcpy(inputs[m].data, source, size_t(bytes));
      source = inputs[m].data;
    }
    in.push_back(source);
  }
  for (size_t s = 0; s < states.size(); ++s) {
    runStage(states[s], s, row, in, s + 1 == states.size() ? members : nullptr);
    in.clear();
    for (size_t k = 0; k < states[s].stage->members.size(); ++k)
      in.push_back(states[s].results[k].data);
  }
}

} // namespace nnrt
