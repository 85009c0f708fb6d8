#include "runtime/data/Dataset.h"
#include "runtime/core/List.h"
#include "runtime/core/Philox.h"
#include "runtime/core/Str.h"
#include "runtime/cpu/Launch.h"
#include "runtime/data/Sampler.h"
#include <algorithm>

using namespace nnrt;

Member nnrt::makeMember(nnrt_context *ctx, int32_t dtype, int32_t rank, const int64_t *shape) {
  Member member{dtype, rank, {}, checkedNumel(ctx, dtype, rank, shape) * dtypeSize(dtype)};
  std::copy_n(shape, rank, member.shape);
  return member;
}

Stage::~Stage() {
  for (nnrt_tensor *capture : captures)
    nnrt_release(capture);
}

void nnrt_dataset::clear() {
  for (nnrt_tensor *source : sources)
    nnrt_release(source);
  sources.clear();
  stages.clear();
}

Ref<nnrt_dataset> nnrt::newDataset(nnrt_context *ctx, std::vector<Ref<nnrt_tensor>> sources) {
  Ref<nnrt_dataset> dataset(new nnrt_dataset(ctx));
  for (auto &source : sources) {
    if (source->rank == 0)
      fail(ctx, "a dataset is made of tensors with a first axis for the samples, not of scalars");
    if (!dataset->sources.empty() && source->shape[0] != dataset->end)
      fail(ctx, "the members of a dataset have different numbers of samples: ", dataset->end,
           " and ", source->shape[0]);
    dataset->end = source->shape[0];
    dataset->sourceMembers.push_back(
        makeMember(ctx, source->dtype, source->rank - 1, source->shape + 1));
    source->host();
    dataset->sources.push_back(source.take());
  }
  return dataset;
}

nnrt_dataset *nnrt_dataset_tensors(nnrt_context *ctx, nnrt_tensor *const *members, int32_t count) {
  std::vector<Ref<nnrt_tensor>> sources;
  for (int i = 0; i < count; ++i)
    sources.emplace_back(retained(members[i]));
  return newDataset(ctx, std::move(sources)).take();
}

nnrt_dataset *nnrt_dataset_windows(nnrt_context *ctx, nnrt_tensor *tokens, int64_t size,
                                   int64_t count, nnrt_tensor *rng) {
  if (tokens->rank != 1)
    fail(ctx, "windows are taken of a tensor with one axis, not of ", tokens->typeText());
  if (size < 1 || count < 0)
    fail(ctx, "windows have at least 1 token and there are at least 0 of them, not ", size, " and ",
         count);
  int64_t places = tokens->numel - size; // the target is one token later
  if (places < 1)
    fail(ctx, "a text of ", tokens->numel, " tokens has no room for a window of ", size,
         " and its next token");
  Ref<nnrt_dataset> dataset(new nnrt_dataset(ctx));
  tokens->host();
  for (int m = 0; m < 2; ++m) {
    dataset->sources.push_back(retained(tokens));
    dataset->sourceMembers.push_back(makeMember(ctx, tokens->dtype, 1, &size));
  }
  uint64_t words[2] = {0, 0};
  if (rng)
    std::memcpy(words, rng->host(), sizeof words);
  for (int64_t i = 0; i < count && (rng || i <= (places - 1) / size); ++i) {
    uint64_t bits = keyOf(philox(words[0], words[1] + uint64_t(i), 0, UseBits));
    int64_t start = rng ? int64_t((unsigned __int128)bits * uint64_t(places) >> 64) : i * size;
    dataset->windows.push_back(start);
  }
  dataset->end = int64_t(dataset->windows.size());
  return dataset.take();
}

static Ref<nnrt_dataset> derive(nnrt_context *ctx, const nnrt_dataset &from) {
  Ref<nnrt_dataset> dataset(new nnrt_dataset(ctx));
  for (nnrt_tensor *source : from.sources)
    dataset->sources.push_back(retained(source));
  dataset->sourceMembers = from.sourceMembers;
  dataset->windows = from.windows;
  dataset->stages = from.stages;
  dataset->begin = from.begin;
  dataset->end = from.end;
  return dataset;
}

static nnrt_dataset *addStage(nnrt_context *ctx, const nnrt_dataset &from, const nnrt_graph &graph,
                              const int64_t *dims, nnrt_tensor *const *captures, int32_t count,
                              bool draws) {
  int expected = int(from.members().size()) + (draws ? 1 : 0) + count;
  if (graph.n_args != expected)
    fail(ctx, "the function for the samples takes ", graph.n_args, " values, but gets ", expected);
  if (graph.gpu)
    fail(ctx, "the functions of a dataset run on the CPU, but this one was compiled for a GPU");
  auto stage = std::make_shared<Stage>();
  stage->graph = &graph;
  stage->dims.assign(dims, dims + graph.n_dims);
  stage->drawsRandom = draws;
  stage->file = ctx->file;
  stage->line = ctx->line;
  stage->col = ctx->col;
  for (int i = 0; i < count; ++i) {
    captures[i]->host();
    stage->captures.push_back(retained(captures[i]));
  }
  LaunchPlan plan(ctx, graph, dims);
  for (int k = 0; k < graph.n_results; ++k)
    stage->members.push_back(
        makeMember(ctx, graph.results[k].dtype, graph.results[k].rank, plan.shape(k)));
  // The Rng that an augmentation hands back is not a member.
  if (draws && !stage->members.empty()) {
    const Member &last = stage->members.back();
    if (last.dtype == NNRT_I64 && last.rank == 1 && last.shape[0] == 2 &&
        stage->members.size() == from.members().size() + 1)
      stage->members.pop_back();
  }
  Ref<nnrt_dataset> dataset = derive(ctx, from);
  dataset->stages.push_back(std::move(stage));
  return dataset.take();
}

nnrt_dataset *nnrt_dataset_map(nnrt_context *ctx, nnrt_dataset *dataset, const nnrt_graph *graph,
                               const int64_t *dims, nnrt_tensor *const *captures, int32_t count) {
  return addStage(ctx, *dataset, *graph, dims, captures, count, false);
}

nnrt_dataset *nnrt_dataset_augment(nnrt_context *ctx, nnrt_dataset *dataset,
                                   const nnrt_graph *graph, const int64_t *dims,
                                   nnrt_tensor *const *captures, int32_t count) {
  return addStage(ctx, *dataset, *graph, dims, captures, count, true);
}

nnrt_dataset *nnrt_dataset_slice(nnrt_context *ctx, nnrt_dataset *dataset, int64_t lo, int64_t hi) {
  Span span = checkSlice(ctx, lo, hi, dataset->size());
  Ref<nnrt_dataset> part = derive(ctx, *dataset);
  part->end = part->begin + span.hi;
  part->begin += span.lo;
  return part.take();
}

int64_t nnrt_dataset_len(nnrt_dataset *dataset) { return dataset->size(); }
int32_t nnrt_dataset_members(nnrt_dataset *dataset) { return int32_t(dataset->members().size()); }

void nnrt_dataset_get(nnrt_context *ctx, nnrt_dataset *dataset, int64_t index,
                      nnrt_tensor **members) {
  index = nnrt_check_index(ctx, index, dataset->size());
  std::vector<char *> rows;
  for (size_t m = 0; m < dataset->members().size(); ++m) {
    const Member &member = dataset->members()[m];
    members[m] = newTensor(ctx, member.dtype, member.rank, member.shape).take();
    rows.push_back(members[m]->data);
  }
  Sampler(*dataset, keyOf(philox(0, dataset->passes, 0, UsePass))).fill(index, rows.data());
}

nnrt_dataset *nnrt_dataset_idx(nnrt_context *ctx, nnrt_str *images, nnrt_str *labels,
                               int64_t classes) {
  return readLabelledIdx(ctx, images->text, labels->text, classes).take();
}
