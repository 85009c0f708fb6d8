#include "runtime/core/Str.h"
#include "runtime/data/Dataset.h"
#include <cstdlib>
#include <unistd.h>

namespace nnrt {

static constexpr const char *packageFolder = "/usr/share/datasets/fashion-mnist";

// `folder/name` or `folder/name.gz`, whichever is there; "" when neither is.
static std::string findIn(const std::string &folder, const std::string &name) {
  for (const char *ending : {"", ".gz"})
    if (std::string path = folder + "/" + name + ending; access(path.c_str(), F_OK) == 0)
      return path;
  return "";
}

static std::string findFile(nnrt_context *ctx, const std::vector<std::string> &folders,
                            const std::string &name) {
  for (const std::string &folder : folders)
    if (std::string path = findIn(folder, name); !path.empty())
      return path;
  std::string places = cat("`", folders[0], "`");
  for (size_t i = 1; i < folders.size(); ++i)
    places += cat(" or `", folders[i], "`");
  throw Error(
      ctx, cat("the dataset fashion_mnist is missing: there is no `", name, ".gz` in ", places),
      "`apt install dataset-fashion-mnist`, or set NNC_DATA to the folder of its four files");
}

std::vector<std::string> fashionMnistFolders() {
  // A folder that was named is the only one: other files in its place would go unnoticed.
  if (const char *data = std::getenv("NNC_DATA"); data && *data)
    return {data, cat(data, "/fashion-mnist")};
  return {packageFolder};
}

Ref<nnrt_dataset> readFashionMnist(nnrt_context *ctx, const std::string &part,
                                   const std::vector<std::string> &folders) {
  if (part != "train" && part != "test")
    fail(ctx, "fashion_mnist has the parts \"train\" and \"test\", not \"", part, "\"");
  std::string stem = part == "train" ? "train" : "t10k";
  std::string images = findFile(ctx, folders, stem + "-images-idx3-ubyte");
  std::string labels = findFile(ctx, folders, stem + "-labels-idx1-ubyte");
  auto dataset = readLabelledIdx(ctx, images, labels, 10);
  const Member &image = dataset->sourceMembers[0];
  if (image.dtype != NNRT_U8 || image.rank != 2 || image.shape[0] != 28 || image.shape[1] != 28)
    fail(ctx, "`", images, "` has images ", typeText(image.dtype, image.rank, image.shape),
         ", not u8[28, 28]");
  return dataset;
}

} // namespace nnrt

nnrt_dataset *nnrt_dataset_fashion_mnist(nnrt_context *ctx, nnrt_str *part) {
  return nnrt::readFashionMnist(ctx, part->text, nnrt::fashionMnistFolders()).take();
}
