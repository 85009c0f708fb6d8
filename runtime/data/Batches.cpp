// One pass over a dataset in batches, made ahead by a helper thread.
#include "runtime/core/Philox.h"
#include "runtime/core/Progress.h"
#include "runtime/cpu/Pool.h"
#include "runtime/data/Sampler.h"
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <system_error>
#include <thread>

using namespace nnrt;

static constexpr int64_t defaultPrefetch = 2, maxPrefetch = 1024;

struct nnrt_iter : Object {
  nnrt_iter(nnrt_context *ctx, nnrt_dataset *dataset, int64_t batch, bool fullOnly);
  ~nnrt_iter() override { nnrt_iter::clear(); }
  void clear() override;

  void shuffle(uint64_t key, uint64_t counter);
  void startHelper(int64_t prefetch);
  int64_t batchSize(int64_t b) const { return std::min(batch, dataset->size() - b * batch); }
  Ref<nnrt_tensor> newMember(nnrt_context *ctx, size_t m, int64_t count);
  bool next(nnrt_context *ctx, nnrt_tensor **members);

  // A batch being made: its tensors are allocated and taken by the consumer's thread, filled by the
  // helper.
  struct Slot {
    std::vector<Ref<nnrt_tensor>> members;
    std::vector<char *> data;
    std::exception_ptr error;
    bool ready = false;
  };
  void prepare(nnrt_context *ctx, Slot &slot, int64_t b);
  void fill(Slot &slot, int64_t b);
  void help();
  bool nextView(nnrt_context *ctx, nnrt_tensor **members);

  nnrt_dataset *dataset; // retained
  int64_t batch, batches, taken = 0;
  std::vector<int64_t> order; // of the samples; empty: as they are
  uint64_t key = 0;
  std::unique_ptr<Sampler> sampler;
  std::vector<Slot> slots; // batch b is in slot b % size
  std::thread helper;
  std::mutex lock;
  std::condition_variable changed;
  int64_t prepared = 0; // batches that the helper may fill
  bool stopping = false;
};

nnrt_iter::nnrt_iter(nnrt_context *ctx, nnrt_dataset *dataset, int64_t batch, bool fullOnly)
    : Object(ctx, Kind::Iter), dataset(retained(dataset)), batch(batch),
      batches(dataset->size() / batch + (!fullOnly && dataset->size() % batch != 0)) {}

void nnrt_iter::clear() {
  if (helper.joinable()) {
    {
      std::lock_guard<std::mutex> guard(lock);
      stopping = true;
    }
    changed.notify_all();
    helper.join();
  }
  ctx->progress->end(this);
  slots.clear();
  nnrt_release(dataset);
  dataset = nullptr;
}

// Fisher-Yates with 64-bit draws from the stream; the bias of the product is below 2^-32.
void nnrt_iter::shuffle(uint64_t streamKey, uint64_t counter) {
  order.resize(size_t(dataset->size()));
  std::iota(order.begin(), order.end(), 0);
  PhiloxBlock words{};
  for (size_t i = order.size(), drawn = 0; i > 1; --i, ++drawn) {
    if (drawn % 2 == 0)
      words = philox(streamKey, counter + drawn / 2, 0, UseBits);
    uint64_t bits = words[drawn % 2 * 2] | uint64_t(words[drawn % 2 * 2 + 1]) << 32;
    auto other = size_t((unsigned __int128)bits * i >> 64);
    std::swap(order[i - 1], order[other]);
  }
}

Ref<nnrt_tensor> nnrt_iter::newMember(nnrt_context *ctx, size_t m, int64_t count) {
  const Member &member = dataset->members()[m];
  int64_t shape[NNRT_MAX_RANK] = {count};
  std::copy_n(member.shape, member.rank, shape + 1);
  return newTensor(ctx, member.dtype, member.rank + 1, shape);
}

void nnrt_iter::prepare(nnrt_context *ctx, Slot &slot, int64_t b) {
  slot.members.clear();
  slot.data.clear();
  slot.error = nullptr;
  slot.ready = false;
  for (size_t m = 0; m < dataset->members().size(); ++m) {
    slot.members.push_back(newMember(ctx, m, batchSize(b)));
    slot.data.push_back(slot.members[m]->data);
  }
}

void nnrt_iter::fill(Slot &slot, int64_t b) {
  try {
    std::vector<char *> rows = slot.data;
    for (int64_t i = 0, count = batchSize(b); i < count; ++i) {
      int64_t position = b * batch + i;
      sampler->fill(order.empty() ? position : order[size_t(position)], rows.data());
      for (size_t m = 0; m < rows.size(); ++m)
        rows[m] += dataset->members()[m].bytes;
    }
  } catch (...) {
    slot.error = std::current_exception();
  }
}

// The helper thread: fills batches in order as their slots become free.
void nnrt_iter::help() {
  Pool::stayOnThisThread();
  std::unique_lock<std::mutex> guard(lock);
  for (int64_t b = 0; b < batches; ++b) {
    changed.wait(guard, [&] { return stopping || b < prepared; });
    if (stopping)
      return;
    Slot &slot = slots[size_t(b) % slots.size()];
    guard.unlock();
    fill(slot, b);
    guard.lock();
    slot.ready = true;
    changed.notify_all();
    if (slot.error)
      return; // the consumer stops there
  }
}

void nnrt_iter::startHelper(int64_t prefetch) {
  if (order.empty() && dataset->stages.empty() && dataset->windows.empty())
    return; // batches are slices of the data: see nextView
  sampler = std::make_unique<Sampler>(*dataset, key);
  slots = std::vector<Slot>(
      size_t(std::min(std::max<int64_t>(prefetch, 1), std::max<int64_t>(batches, 1))));
  if (prefetch == 0 || batches == 0)
    return;
  for (; prepared < int64_t(slots.size()) && prepared < batches; ++prepared)
    prepare(ctx, slots[size_t(prepared)], prepared);
  try {
    helper = std::thread([this] { help(); });
  } catch (const std::system_error &) {
    prepared = 0; // no thread to be had: batches are made when asked for
  }
}

// A batch that lies in the data as it is wanted: shared where aligned, else copied.
bool nnrt_iter::nextView(nnrt_context *ctx, nnrt_tensor **members) {
  int64_t count = batchSize(taken), first = dataset->begin + taken * batch;
  for (size_t m = 0; m < dataset->sources.size(); ++m) {
    nnrt_tensor &source = *dataset->sources[m];
    const Member &member = dataset->sourceMembers[m];
    int64_t offset = first * member.bytes, shape[NNRT_MAX_RANK] = {count};
    std::copy_n(member.shape, member.rank, shape + 1);
    if (offset % NNRT_ALIGN == 0) {
      members[m] = viewTensor(source, offset, member.rank + 1, shape).take();
      continue;
    }
    auto copy = newMember(ctx, m, count);
    std::memcpy(copy->data, source.host() + offset, size_t(copy->bytes));
    members[m] = copy.take();
  }
  return true;
}

bool nnrt_iter::next(nnrt_context *ctx, nnrt_tensor **members) {
  if (taken == batches)
    return false;
  if (!sampler)
    return nextView(ctx, members);
  Slot &slot = slots[size_t(taken) % slots.size()];
  if (helper.joinable()) {
    std::unique_lock<std::mutex> guard(lock);
    changed.wait(guard, [&] { return slot.ready; });
  } else {
    prepare(ctx, slot, taken);
    fill(slot, taken);
  }
  if (slot.error) {
    taken = batches;
    std::rethrow_exception(slot.error);
  }
  for (size_t m = 0; m < slot.members.size(); ++m)
    members[m] = slot.members[m].take();
  if (helper.joinable() && taken + int64_t(slots.size()) < batches) {
    prepare(ctx, slot, taken + int64_t(slots.size()));
    std::lock_guard<std::mutex> guard(lock);
    ++prepared;
    changed.notify_all();
  }
  return true;
}

nnrt_iter *nnrt_dataset_batches(nnrt_context *ctx, nnrt_dataset *dataset, int64_t batch,
                                nnrt_tensor *shuffle, int64_t prefetch, int32_t fullOnly) {
  if (batch < 1)
    fail(ctx, "a batch has at least 1 sample, not ", batch);
  for (const Member &member : dataset->members())
    if (member.rank == NNRT_MAX_RANK)
      fail(ctx, "samples ", typeText(member.dtype, member.rank, member.shape),
           " have no room for a batch axis");
  Ref<nnrt_iter> iter(new nnrt_iter(ctx, dataset, batch, fullOnly != 0));
  uint64_t pass = dataset->passes++;
  if (shuffle) {
    uint64_t words[2];
    std::memcpy(words, shuffle->host(), sizeof words);
    iter->shuffle(words[0], words[1]);
    iter->key = words[0];
  } else {
    iter->key = keyOf(philox(0, pass, 0, UsePass));
  }
  iter->startHelper(prefetch < 0 ? defaultPrefetch : std::min(prefetch, maxPrefetch));
  return iter.take();
}

int32_t nnrt_iter_next(nnrt_context *ctx, nnrt_iter *iter, nnrt_tensor **members) {
  Progress &progress = *contextOf(ctx).progress;
  if (!progress.running(iter)) {
    int64_t samples = std::min(iter->dataset->size(), iter->batches * iter->batch);
    progress.begin(iter, "", "samples", samples);
  }
  if (!iter->next(ctx, members)) {
    progress.end(iter);
    return 0;
  }
  progress.advance(iter, iter->taken * iter->batch);
  ++iter->taken;
  return 1;
}

int64_t nnrt_iter_len(nnrt_iter *iter) { return iter->batches; }
