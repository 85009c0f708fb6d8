// Datasets: tensors whose rows are samples, and stages (compiled graphs) that change a sample when
// asked for.
#pragma once
#include "runtime/core/Tensor.h"
#include <memory>
#include <string>
#include <vector>

namespace nnrt {

/// What a member of each sample is.
struct Member {
  int32_t dtype, rank;
  int64_t shape[NNRT_MAX_RANK];
  int64_t bytes;
};
Member makeMember(nnrt_context *ctx, int32_t dtype, int32_t rank, const int64_t *shape);

/// One map or augment. Shared by the datasets derived from the one that has it.
struct Stage {
  ~Stage();
  const nnrt_graph *graph;
  std::vector<int64_t> dims;
  std::vector<nnrt_tensor *> captures; // retained
  bool drawsRandom;                    // takes an Rng behind the members
  std::vector<Member> members;         // of its results
  const char *file;                    // where the program made it: the place of its errors
  int32_t line, col;
};

} // namespace nnrt

struct nnrt_dataset : nnrt::Object {
  explicit nnrt_dataset(nnrt_context *ctx) : Object(ctx, nnrt::Kind::Dataset) {}
  ~nnrt_dataset() override { nnrt_dataset::clear(); }
  void clear() override;
  int64_t size() const { return end - begin; }
  const std::vector<nnrt::Member> &members() const {
    return stages.empty() ? sourceMembers : stages.back()->members;
  }

  /// Where member m of a sample begins in its source, in bytes.
  int64_t offset(size_t m, int64_t row) const {
    int64_t size = nnrt::dtypeSize(sourceMembers[m].dtype);
    return windows.empty() ? row * sourceMembers[m].bytes
                           : (windows[size_t(row)] + int64_t(m)) * size;
  }

  std::vector<nnrt_tensor *> sources; // retained; rows [begin, end) are the samples
  std::vector<int64_t> windows;       // or: where samples begin, each member one element later
  std::vector<nnrt::Member> sourceMembers;
  std::vector<std::shared_ptr<nnrt::Stage>> stages;
  int64_t begin = 0, end = 0;
  uint64_t passes = 0; // iterators made so far: unshuffled ones seed their samples' streams with it
};

namespace nnrt {

/// A dataset of the rows of tensors, which are taken over.
Ref<nnrt_dataset> newDataset(nnrt_context *ctx, std::vector<Ref<nnrt_tensor>> sources);

/// The content of an IDX file, gzip or plain. A damaged or foreign file is an error that names it.
Ref<nnrt_tensor> readIdx(nnrt_context *ctx, const std::string &path);

/// Images and labels as a dataset; checks that they fit each other and that labels are below
/// `classes`.
Ref<nnrt_dataset> readLabelledIdx(nnrt_context *ctx, const std::string &images,
                                  const std::string &labels, int64_t classes);

/// Where Fashion-MNIST may be: $NNC_DATA where it is set, else the folder of the Debian package.
std::vector<std::string> fashionMnistFolders();
Ref<nnrt_dataset> readFashionMnist(nnrt_context *ctx, const std::string &part,
                                   const std::vector<std::string> &folders);

} // namespace nnrt
