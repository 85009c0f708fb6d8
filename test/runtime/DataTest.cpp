// Datasets: IDX files good and bad, maps, augmentation, shuffled and prefetched batches.
#include "runtime/core/Str.h"
#include "runtime/data/Dataset.h"
#include "test/runtime/Check.h"
#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <unistd.h>
#include <zlib.h>

using namespace nnrt;

static nnrt_context *ctx;
static nnrt_str *S(const std::string &text) { return newStr(ctx, text); }

// ---- files

static void writeFile(const char *path, const std::string &bytes, bool compress = false) {
  gzFile file = gzopen(path, compress ? "wb6" : "wbT");
  gzwrite(file, bytes.data(), unsigned(bytes.size()));
  gzclose(file);
}

static std::string idx(std::vector<int> shape, const std::string &data, char type = 8) {
  std::string out = {0, 0, type, char(shape.size())};
  for (int size : shape)
    for (int shift = 24; shift >= 0; shift -= 8)
      out += char(size >> shift);
  return out + data;
}

static std::string load(const std::string &images, const std::string &labels, bool compress = false,
                        size_t cut = 0) {
  writeFile("images.tmp", images, compress);
  writeFile("labels.tmp", labels, compress);
  if (cut && truncate("images.tmp", off_t(cut)) != 0)
    return "cannot truncate";
  return errorOf([] { nnrt_release(nnrt_dataset_idx(ctx, S("images.tmp"), S("labels.tmp"), 10)); });
}

#define CHECK_LOAD(load, ...) checkError(__FILE__, __LINE__, load, {__VA_ARGS__})

static void idxFiles() {
  std::string pixels(2 * 3 * 3, 'x'), images = idx({2, 3, 3}, pixels), labels = idx({2}, "\1\2");
  for (bool compress : {false, true}) {
    CHECK_TEXT(load(images, labels, compress), "no error");
    CHECK_LOAD(load(images.substr(0, 20), labels, compress), "images.tmp", "truncated",
               "u8[2, 3, 3], 18 bytes, but only 4");
    CHECK_LOAD(load(images.substr(0, 9), labels, compress), "images.tmp", "within its header");
    CHECK_LOAD(load(images + "y", labels, compress), "images.tmp", "goes on behind");
    CHECK_LOAD(load("", labels, compress), "images.tmp", "is empty");
    CHECK_LOAD(load("PK\3\4 some other file", labels, compress), "images.tmp", "not an IDX file");
    CHECK_LOAD(load(idx({2, 3, 3}, pixels, 7), labels, compress), "magic number");
    CHECK_LOAD(load(images, idx({2}, "\1\12"), compress), "labels.tmp", "label 10 at 1", "0 to 9");
    CHECK_LOAD(load(images, idx({3}, "\1\2\3"), compress), "2 images", "3 labels");
    CHECK_LOAD(load(images, idx({2, 1}, "\1\2"), compress), "labels.tmp", "u8[2, 1]");
    CHECK_LOAD(load(idx({2}, "ab"), labels, compress), "images.tmp", "u8[2], not images");
    CHECK_LOAD(load(idx({0x7fffffff, 0x7fffffff, 0x7fffffff}, ""), labels, compress), "truncated");
    CHECK_LOAD(load(idx({1, 1, 1, 1, 1, 1, 1, 1, 1}, "x"), labels, compress), "9 axes");
  }
  std::string noise;
  for (unsigned i = 0, state = 1; i < 3000; ++i)
    noise += char((state = state * 1103515245 + 12345) >> 16);
  CHECK_LOAD(load(idx({1, 3000}, noise), idx({1}, "\1"), true, 2000), "images.tmp",
             "damaged: its gzip data end too early");
  CHECK_TEXT(load(images, labels), "no error");
  CHECK_ERROR(nnrt_dataset_idx(ctx, S("none.tmp"), S("labels.tmp"), 10),
              "cannot read `none.tmp`: no such file");
  CHECK_ERROR(nnrt_dataset_idx(ctx, S("."), S("labels.tmp"), 10), "`.`: not a regular file");
  std::mt19937 random(7); // mutants, compressed and plain: loaded or refused, never a crash
  for (int round = 0; round < 2000; ++round) {
    writeFile("images.tmp", images, round % 2);
    FILE *file = fopen("images.tmp", "r+b");
    fseek(file, long(random() % 40), SEEK_SET);
    fputc(int(random() % 256), file);
    fclose(file);
    std::string error =
        errorOf([] { nnrt_release(nnrt_dataset_idx(ctx, S("images.tmp"), S("labels.tmp"), 10)); });
    CHECK(error == "no error" || error.find("images.tmp`") != error.npos);
  }
  remove("images.tmp");
  remove("labels.tmp");
}

static void fashionMnistIsMissing() {
  CHECK_ERROR(nnrt_dataset_fashion_mnist(ctx, S("valid")), "\"train\" and \"test\"", "valid");
  CHECK_ERROR(readFashionMnist(ctx, "test", {"nowhere", "elsewhere"}),
              "no `t10k-images-idx3-ubyte.gz` in `nowhere` or `elsewhere`",
              "apt install dataset-fashion-mnist", "NNC_DATA");
  setenv("NNC_DATA", ".", 1); // then only there
  writeFile("train-images-idx3-ubyte", idx({2, 3, 3}, std::string(18, 'x')));
  writeFile("train-labels-idx1-ubyte.gz", idx({2}, "\1\2"), true);
  CHECK_ERROR(nnrt_dataset_fashion_mnist(ctx, S("train")),
              "`./train-images-idx3-ubyte` has images u8[3, 3], not u8[28, 28]");
  unsetenv("NNC_DATA");
}

static void fashionMnist() {
  nnrt_dataset *test = nnrt_dataset_fashion_mnist(ctx, S("test"));
  CHECK(nnrt_dataset_len(test) == 10000 && nnrt_dataset_members(test) == 2);
  nnrt_tensor *sample[2];
  nnrt_dataset_get(ctx, test, 0, sample);
  CHECK_TEXT(sample[0]->typeText(), "u8[28, 28]");
  CHECK_TEXT(sample[1]->typeText(), "u8");
  CHECK(nnrt_tensor_item_i64(ctx, sample[1]) == 9); // an ankle boot
  nnrt_release(test);
}

// ---- stages: (x: i32[], y: u8[]) -> (2x + capture: f32[3], x: i32[])

static void mapRun(const nnrt_frame *frame) {
  int32_t x = *static_cast<int32_t *>(frame->args[0]);
  float add = *static_cast<float *>(frame->args[2]);
  for (int i = 0; i < 3; ++i)
    static_cast<float *>(frame->results[0])[i] = 2 * float(x) + add;
  *static_cast<int32_t *>(frame->results[1]) = x;
  for (void *result : {frame->results[0], frame->results[1]})
    CHECK(reinterpret_cast<uintptr_t>(result) % 64 == 0);
  if (x == 1000)
    nnrt_fail_text(frame->ctx, "sample 1000 is refused");
}
static void mapShape(const int64_t *, int64_t *out) { out[0] = 3; }
static const nnrt_spec mapArgs[] = {{NNRT_I32, 0, -1}, {NNRT_U8, 0, -1}, {NNRT_F32, 0, -1}};
static const nnrt_spec mapResults[] = {{NNRT_F32, 1, -1}, {NNRT_I32, 0, 0}};
static const nnrt_graph mapGraph = {"map", mapRun,  mapShape,   0,       3,       2,       0,
                                    1,     mapArgs, mapResults, nullptr, nullptr, nullptr, nullptr};

// (v: f32[3], x: i32[], rng) -> (v with the stream's key in it, x, rng)
static void augmentRun(const nnrt_frame *frame) {
  auto *rng = static_cast<int64_t *>(frame->args[2]);
  CHECK(rng[1] == 0);
  for (int i = 0; i < 3; ++i)
    static_cast<float *>(frame->results[0])[i] = float(rng[0] >> 40);
  *static_cast<int32_t *>(frame->results[1]) = *static_cast<int32_t *>(frame->args[1]);
  static_cast<int64_t *>(frame->results[2])[1] = 1;
}
static void augmentShape(const int64_t *, int64_t *out) {
  out[0] = 3;
  out[1] = 2;
}
static const nnrt_spec augmentArgs[] = {{NNRT_F32, 1, -1}, {NNRT_I32, 0, -1}, {NNRT_I64, 1, -1}};
static const nnrt_spec augmentResults[] = {{NNRT_F32, 1, -1}, {NNRT_I32, 0, -1}, {NNRT_I64, 1, 2}};
static const nnrt_graph augmentGraph = {
    "augment", augmentRun,  augmentShape,   0,       3,       3,       0,
    1,         augmentArgs, augmentResults, nullptr, nullptr, nullptr, nullptr};

static nnrt_dataset *numbers(int64_t count) {
  Ref<nnrt_tensor> x(nnrt_tensor_range(ctx, NNRT_I32, 0, count));
  Ref<nnrt_tensor> y(nnrt_tensor_zeros(ctx, NNRT_U8, 1, &count));
  nnrt_tensor *members[] = {x.get(), y.get()};
  return nnrt_dataset_tensors(ctx, members, 2);
}

static nnrt_dataset *mapped(int64_t count) {
  Ref<nnrt_dataset> source(numbers(count));
  Ref<nnrt_tensor> capture(nnrt_tensor_scalar_f64(ctx, NNRT_F32, 0.5));
  nnrt_tensor *captures[] = {capture.get()};
  ctx->line = 42;
  nnrt_dataset *result = nnrt_dataset_map(ctx, source.get(), &mapGraph, nullptr, captures, 1);
  ctx->line = 77;
  return result;
}

struct Pass {
  std::vector<int64_t> sizes;
  std::vector<int> xs;
  std::vector<float> values;
};

// Walks one pass of a mapped dataset; checks each sample against its number.
static Pass walk(nnrt_dataset *dataset, int64_t batch, nnrt_tensor *shuffle, int64_t prefetch,
                 bool full = false, bool augmented = false) {
  Pass pass;
  Ref<nnrt_iter> iter(nnrt_dataset_batches(ctx, dataset, batch, shuffle, prefetch, full));
  nnrt_tensor *members[2];
  while (nnrt_iter_next(ctx, iter.get(), members)) {
    Ref<nnrt_tensor> v(members[0]), x(members[1]);
    CHECK(v->rank == 2 && v->shape[1] == 3 && x->rank == 1 && x->shape[0] == v->shape[0]);
    pass.sizes.push_back(x->shape[0]);
    for (int64_t i = 0; i < x->shape[0]; ++i) {
      pass.xs.push_back(int(nnrt_tensor_at_i64(ctx, x.get(), i)));
      pass.values.push_back(float(nnrt_tensor_at_f64(ctx, v.get(), 3 * i + 2)));
      CHECK(augmented || pass.values.back() == 2 * float(pass.xs.back()) + 0.5f);
    }
  }
  CHECK(int64_t(pass.sizes.size()) == nnrt_iter_len(iter.get()));
  CHECK(!nnrt_iter_next(ctx, iter.get(), members)); // stays at its end
  return pass;
}

static void batches() {
  nnrt_dataset *dataset = mapped(100);
  for (int64_t batch : {1, 7, 32, 50, 100, 1000})
    for (int64_t prefetch : {0, 1, 2, 5, -1}) {
      Pass pass = walk(dataset, batch, nullptr, prefetch);
      CHECK(pass.sizes.size() == size_t((99 + batch) / batch));
      CHECK(pass.sizes.back() == (100 % batch ? 100 % batch : batch));
      CHECK(pass.xs.size() == 100 && std::is_sorted(pass.xs.begin(), pass.xs.end()));
      Pass full = walk(dataset, batch, nullptr, prefetch, true);
      CHECK(full.xs.size() == size_t(100 / batch * batch));
    }
  Pass empty = walk(mapped(0), 16, nullptr, 2);
  CHECK(empty.sizes.empty());
  CHECK_ERROR(nnrt_dataset_batches(ctx, dataset, 0, nullptr, 2, 0), "at least 1 sample, not 0");
  nnrt_dataset *part = nnrt_dataset_slice(ctx, dataset, -10, INT64_MAX);
  CHECK(walk(part, 4, nullptr, 2).xs == std::vector<int>({90, 91, 92, 93, 94, 95, 96, 97, 98, 99}));
  CHECK_ERROR(nnrt_dataset_slice(ctx, dataset, 5, 200), "slice 5:200");
}

static void shuffling() {
  nnrt_dataset *dataset = mapped(100);
  nnrt_tensor *rng = nnrt_rng_new(ctx, 1), *other = nnrt_rng_new(ctx, 2);
  Pass one = walk(dataset, 8, rng, 2);
  for (int64_t prefetch : {0, 3})
    CHECK(walk(dataset, 30, rng, prefetch).xs == one.xs); // whatever the batch and the thread
  CHECK(walk(dataset, 8, other, 2).xs != one.xs);
  std::vector<int> sorted = one.xs;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == walk(dataset, 8, nullptr, 2).xs && sorted != one.xs);
  // Every place is taken by every sample about equally often.
  std::map<int, int> firsts;
  nnrt_dataset *small = mapped(4);
  for (uint64_t seed = 0; seed < 4000; ++seed)
    ++firsts[walk(small, 4, Ref<nnrt_tensor>(nnrt_rng_new(ctx, seed)).get(), 0).xs[0]];
  for (auto [x, count] : firsts)
    CHECK(count > 850 && count < 1150);
}

static void augmenting() {
  nnrt_dataset *dataset = nnrt_dataset_augment(ctx, mapped(50), &augmentGraph, nullptr, nullptr, 0);
  CHECK(nnrt_dataset_members(dataset) == 2); // the Rng that comes back is dropped
  nnrt_tensor *rng = nnrt_rng_new(ctx, 1);
  Pass one = walk(dataset, 8, rng, 2, false, true), two = walk(dataset, 16, rng, 0, false, true);
  CHECK(one.xs == two.xs && one.values == two.values);
  CHECK(std::set<float>(one.values.begin(), one.values.end()).size() == 50);
  // Unshuffled passes differ from each other, each sample having a new stream.
  CHECK(walk(dataset, 8, nullptr, 2, false, true).values !=
        walk(dataset, 8, nullptr, 2, false, true).values);
}

static void errorsOfTheHelper() {
  nnrt_dataset *dataset = mapped(3000);
  for (int64_t prefetch : {0, 2}) {
    Ref<nnrt_iter> iter(nnrt_dataset_batches(ctx, dataset, 10, nullptr, prefetch, 0));
    nnrt_tensor *members[2];
    int good = 0;
    std::string error = errorOf([&] {
      while (nnrt_iter_next(ctx, iter.get(), members)) {
        ++good;
        nnrt_release(members[0]);
        nnrt_release(members[1]);
      }
    });
    CHECK(good == 100); // all batches before the bad one
    CHECK_TEXT(error, "sample 1000 is refused");
    CHECK(!nnrt_iter_next(ctx, iter.get(), members));
  }
  nnrt_iter *left = nnrt_dataset_batches(ctx, dataset, 10, nullptr, 4, 0); // left early
  nnrt_tensor *members[2];
  nnrt_iter_next(ctx, left, members);
  nnrt_release(left);
  nnrt_dataset_batches(ctx, dataset, 10, nullptr, 4, 0); // left to the context
  nnrt_tensor *capture = nnrt_tensor_scalar_f64(ctx, NNRT_F32, 1);
  nnrt_tensor *two[] = {capture, capture};
  CHECK_ERROR(nnrt_dataset_map(ctx, dataset, &mapGraph, nullptr, two, 2), "takes 3", "gets 4");
}

static void slicesWithoutCopies() {
  int64_t count = 70, rows[] = {70, 16};
  nnrt_tensor *x = nnrt_tensor_zeros(ctx, NNRT_F32, 2, rows),
              *y = nnrt_tensor_zeros(ctx, NNRT_U8, 1, &count);
  for (int64_t i = 0; i < 70; ++i) {
    x->data[i * 64] = char(i);
    y->data[i] = char(i);
  }
  nnrt_tensor *sources[] = {x, y}, *members[2];
  nnrt_dataset *dataset = nnrt_dataset_tensors(ctx, sources, 2);
  nnrt_iter *iter = nnrt_dataset_batches(ctx, dataset, 16, nullptr, 2, 0);
  for (int64_t b = 0; nnrt_iter_next(ctx, iter, members); ++b) {
    CHECK(members[0]->data == x->data + b * 1024); // shares the data
    for (int m = 0; m < 2; ++m)
      CHECK(reinterpret_cast<uintptr_t>(members[m]->data) % 64 == 0);
    CHECK(members[1]->data[0] == char(16 * b) && members[0]->shape[0] == (b == 4 ? 6 : 16));
  }
  nnrt_tensor *uneven[] = {x, nnrt_tensor_range(ctx, NNRT_I32, 0, 3)};
  CHECK_ERROR(nnrt_dataset_tensors(ctx, uneven, 2), "70 and 3");
  nnrt_tensor *scalar[] = {nnrt_tensor_scalar_i64(ctx, NNRT_I32, 0)};
  CHECK_ERROR(nnrt_dataset_tensors(ctx, scalar, 1), "not of scalars");
}

static void windows() {
  nnrt_tensor *tokens = nnrt_tensor_range(ctx, NNRT_U16, 0, 101);
  nnrt_dataset *dataset = nnrt_dataset_windows(ctx, tokens, 10, 1000, nullptr);
  CHECK(nnrt_dataset_len(dataset) == 10); // the eleventh would have no next token
  nnrt_tensor *rng = nnrt_rng_new(ctx, 3), *members[2];
  dataset = nnrt_dataset_windows(ctx, tokens, 10, 64, rng);
  nnrt_iter *iter = nnrt_dataset_batches(ctx, dataset, 16, nullptr, 2, 0);
  std::set<int64_t> starts;
  while (nnrt_iter_next(ctx, iter, members)) {
    CHECK_TEXT(members[1]->typeText(), "u16[16, 10]");
    for (int64_t i = 0; i < 160; ++i) {
      int64_t first = nnrt_tensor_at_i64(ctx, members[0], i / 10 * 10);
      CHECK(nnrt_tensor_at_i64(ctx, members[0], i) == first + i % 10);
      CHECK(nnrt_tensor_at_i64(ctx, members[1], i) == first + i % 10 + 1);
      starts.insert(first);
    }
  }
  CHECK(starts.size() > 30 && *starts.begin() >= 0 && *starts.rbegin() <= 90);
  CHECK_ERROR(nnrt_dataset_windows(ctx, tokens, 101, 1, rng), "101 tokens", "window of 101");
  CHECK_ERROR(nnrt_dataset_windows(ctx, tokens, 0, 1, rng), "at least 1 token");
  writeFile("tokens.tmp", std::string("\1\0\2\1", 4));
  CHECK(nnrt_tensor_at_i64(ctx, nnrt_file_read_array(ctx, S("tokens.tmp"), NNRT_U16), 1) == 258);
  writeFile("tokens.tmp", "abc");
  CHECK_ERROR(nnrt_file_read_array(ctx, S("tokens.tmp"), NNRT_U16), "3 bytes",
              "whole number of u16");
}

int main(int argc, char **) {
  ctx = nnrt_context_new();
  idxFiles();
  fashionMnistIsMissing();
  if (argc > 1)
    fashionMnist();
  batches();
  shuffling();
  augmenting();
  errorsOfTheHelper();
  slicesWithoutCopies();
  windows();
  nnrt_context_free(ctx);
  return finish();
}
