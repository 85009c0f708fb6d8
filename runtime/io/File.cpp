// Text and bytes of whole files.
#include "runtime/core/List.h"
#include "runtime/core/Tensor.h"
#include "runtime/io/AtomicFile.h"
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nnrt {

[[noreturn]] static void failReading(nnrt_context *ctx, const std::string &path, int error) {
  fail(ctx, "cannot read `", path, "`: ", errnoText(error));
}

// Reads to the end, so pipes and /dev/stdin work as well.
static std::string readWhole(nnrt_context *ctx, const std::string &path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    failReading(ctx, path, errno);
  std::string text;
  struct stat info{};
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0)
    text.reserve(size_t(info.st_size));
  int error = 0;
  for (char part[1 << 16];;) {
    ssize_t count = read(fd, part, sizeof part);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      error = errno;
    if (count <= 0)
      break;
    text.append(part, size_t(count));
  }
  close(fd);
  if (error)
    failReading(ctx, path, error);
  return text;
}

static std::string readUtf8(nnrt_context *ctx, const std::string &path) {
  std::string text = readWhole(ctx, path);
  if (int64_t at = findInvalidUtf8(text); at >= 0)
    fail(ctx, "`", path, "` is not UTF-8 text: byte ", at, " does not belong there");
  return text;
}

} // namespace nnrt

using namespace nnrt;

nnrt_str *nnrt_file_read_text(nnrt_context *ctx, nnrt_str *path) {
  return newStr(ctx, readUtf8(ctx, path->text));
}

nnrt_tensor *nnrt_file_read_bytes(nnrt_context *ctx, nnrt_str *path) {
  std::string bytes = readWhole(ctx, path->text);
  int64_t shape[] = {int64_t(bytes.size())};
  return nnrt_tensor_from_data(ctx, NNRT_U8, 1, shape, bytes.data());
}

nnrt_tensor *nnrt_file_read_array(nnrt_context *ctx, nnrt_str *path, int32_t dtype) {
  std::string bytes = readWhole(ctx, path->text);
  int64_t size = dtypeSize(dtype), count = int64_t(bytes.size()) / size;
  if (count * size != int64_t(bytes.size()))
    fail(ctx, "`", path->text, "` has ", bytes.size(), " bytes: not a whole number of ",
         dtypeName(dtype));
  return nnrt_tensor_from_data(ctx, dtype, 1, &count, bytes.data());
}

nnrt_list *nnrt_file_lines(nnrt_context *ctx, nnrt_str *path) {
  Ref<nnrt_str> text(nnrt_file_read_text(ctx, path));
  return nnrt_str_lines(ctx, text.get());
}

void nnrt_file_write(nnrt_context *ctx, nnrt_str *path, nnrt_str *text) {
  AtomicFile file(ctx, path->text);
  file.write(text->text.data(), int64_t(text->text.size()));
  file.commit();
}

void nnrt_file_append(nnrt_context *ctx, nnrt_str *path, nnrt_str *text) {
  int fd = open(path->text.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  const char *data = text->text.data();
  int error = fd < 0 ? errno : 0;
  for (size_t left = text->text.size(); !error && left > 0;) {
    ssize_t written = write(fd, data, left);
    if (written < 0 && errno != EINTR)
      error = errno;
    data += std::max<ssize_t>(written, 0);
    left -= size_t(std::max<ssize_t>(written, 0));
  }
  if (fd >= 0 && close(fd) != 0 && !error)
    error = errno;
  if (error)
    fail(ctx, "cannot write `", path->text, "`: ", errnoText(error));
}

int32_t nnrt_file_exists(nnrt_str *path) { return access(path->text.c_str(), F_OK) == 0; }
