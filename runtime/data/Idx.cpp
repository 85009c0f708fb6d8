// IDX files (http://yann.lecun.com/exdb/mnist): two zero bytes, a type byte, the rank, big-endian
// sizes, data.
#include "runtime/data/Dataset.h"
#include <algorithm>
#include <cerrno>
#include <climits>
#include <sys/stat.h>
#include <zlib.h>

namespace nnrt {

namespace {
// A file that may be compressed.
class GzipFile {
public:
  GzipFile(nnrt_context *ctx, const std::string &path) : ctx(ctx), path(path) {
    struct stat info{};
    if (stat(path.c_str(), &info) != 0)
      fail(ctx, "cannot read `", path, "`: ", errnoText(errno));
    if (!S_ISREG(info.st_mode))
      fail(ctx, "cannot read `", path, "`: not a regular file");
    stored = info.st_size;
    errno = 0;
    file = gzopen(path.c_str(), "rbe");
    if (!file)
      fail(ctx, "cannot read `", path, "`: ", errno ? errnoText(errno) : "out of memory");
    gzbuffer(file, 1 << 18);
  }
  ~GzipFile() { gzclose(file); }
  GzipFile(const GzipFile &) = delete;
  GzipFile &operator=(const GzipFile &) = delete;

  /// Up to size bytes; fewer only at the end.
  int64_t read(void *out, int64_t size) {
    auto *data = static_cast<char *>(out);
    int64_t done = 0;
    while (done < size) {
      int count = gzread(file, data + done, unsigned(std::min<int64_t>(size - done, INT_MAX)));
      if (count < 0)
        failDamaged();
      if (count == 0)
        break;
      done += count;
    }
    // zlib tells of a truncated or corrupt stream only here.
    int error = Z_OK;
    gzerror(file, &error);
    if (error != Z_OK && error != Z_STREAM_END)
      failDamaged();
    return done;
  }
  /// The most that the file can hold when unpacked (deflate shrinks by 1032 at best).
  int64_t mostBytes() const {
    return gzdirect(file) ? stored : stored > INT64_MAX / 1040 ? INT64_MAX : stored * 1040;
  }

private:
  [[noreturn]] void failDamaged() {
    int error = Z_OK;
    gzerror(file, &error);
    if (error == Z_ERRNO)
      fail(ctx, "cannot read `", path, "`: ", errnoText(errno));
    fail(ctx, "`", path, "` is damaged: ",
         error == Z_BUF_ERROR ? "its gzip data end too early" : "its gzip data are corrupt");
  }

  nnrt_context *ctx;
  std::string path;
  gzFile file = nullptr;
  int64_t stored = 0;
};
} // namespace

static int32_t idxDType(unsigned char code) {
  switch (code) {
  case 0x08:
    return NNRT_U8;
  case 0x09:
    return NNRT_I8;
  case 0x0b:
    return NNRT_I16;
  case 0x0c:
    return NNRT_I32;
  case 0x0d:
    return NNRT_F32;
  case 0x0e:
    return NNRT_F64;
  default:
    return -1;
  }
}

// Elements are big-endian in the file.
static void swapBytes(nnrt_tensor &tensor) {
  int64_t size = dtypeSize(tensor.dtype);
  if (size > 1)
    for (int64_t at = 0; at < tensor.bytes; at += size)
      std::reverse(tensor.data + at, tensor.data + at + size);
}

Ref<nnrt_tensor> readIdx(nnrt_context *ctx, const std::string &path) {
  GzipFile file(ctx, path);
  unsigned char head[4 + 4 * NNRT_MAX_RANK];
  int64_t count = file.read(head, 4);
  if (count == 0)
    fail(ctx, "`", path, "` is empty");
  if (count < 4 || head[0] || head[1] || idxDType(head[2]) < 0 || head[3] == 0)
    fail(ctx, "`", path, "` is not an IDX file: it does not begin with the magic number of one");
  int rank = head[3];
  if (rank > NNRT_MAX_RANK)
    fail(ctx, "`", path, "` has ", rank, " axes: at most ", int(NNRT_MAX_RANK), " are possible");
  if (file.read(head + 4, 4 * rank) < 4 * rank)
    fail(ctx, "`", path, "` is truncated: it ends within its header");
  int64_t shape[NNRT_MAX_RANK], bytes = dtypeSize(idxDType(head[2]));
  bool tooLarge = false;
  for (int axis = 0; axis < rank; ++axis) {
    const unsigned char *size = head + 4 + 4 * axis;
    shape[axis] = int64_t(size[0]) << 24 | size[1] << 16 | size[2] << 8 | size[3];
    tooLarge |= __builtin_mul_overflow(bytes, shape[axis], &bytes);
  }
  std::string type = typeText(idxDType(head[2]), rank, shape);
  // Checked before anything of that size is allocated.
  if (tooLarge || bytes > file.mostBytes())
    fail(ctx, "`", path, "` is truncated: its header promises ", type, ", more than it can hold");
  auto tensor = newTensor(ctx, idxDType(head[2]), rank, shape);
  count = file.read(tensor->data, bytes);
  if (count < bytes)
    fail(ctx, "`", path, "` is truncated: its header promises ", type, ", ", bytes,
         " bytes, but only ", count, " follow");
  char more;
  if (file.read(&more, 1) != 0)
    fail(ctx, "`", path, "` goes on behind the ", type, " that its header promises");
  swapBytes(*tensor);
  return tensor;
}

Ref<nnrt_dataset> readLabelledIdx(nnrt_context *ctx, const std::string &images,
                                  const std::string &labels, int64_t classes) {
  std::vector<Ref<nnrt_tensor>> members;
  members.push_back(readIdx(ctx, images));
  members.push_back(readIdx(ctx, labels));
  nnrt_tensor &x = *members[0], &y = *members[1];
  if (y.rank != 1 || y.dtype != NNRT_U8)
    fail(ctx, "`", labels, "` holds ", y.typeText(), ", not one u8 label per sample");
  if (x.rank < 2)
    fail(ctx, "`", images, "` holds ", x.typeText(), ", not images");
  if (x.shape[0] != y.shape[0])
    fail(ctx, "`", images, "` has ", x.shape[0], " images, but `", labels, "` has ", y.shape[0],
         " labels");
  for (int64_t i = 0; i < y.numel; ++i)
    if (int64_t label = (unsigned char)y.data[i]; label >= classes)
      fail(ctx, "`", labels, "` has the label ", label, " at ", i, ", but there are only ", classes,
           " classes: 0 to ", classes - 1);
  return newDataset(ctx, std::move(members));
}

} // namespace nnrt
