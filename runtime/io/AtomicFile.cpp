#include "runtime/io/AtomicFile.h"
#include "runtime/core/Signals.h"
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nnrt {

static constexpr size_t bufferSize = 1 << 20;

static std::string directoryOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

AtomicFile::AtomicFile(nnrt_context *ctx, const std::string &target)
    : ctx(ctx), target(target), path(target) {
  ignoreFileLimitSignal();
  if (target.empty())
    fail(ctx, "cannot write to a file without a name");
  struct stat info{};
  bool exists = stat(target.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode))
    failWriting(EISDIR);
  if (exists && !S_ISREG(info.st_mode)) {
    fd = open(target.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0)
      failWriting(errno);
    return;
  }
  if (char *resolved = exists ? realpath(target.c_str(), nullptr) : nullptr) {
    path = resolved;
    std::free(resolved);
  }
  if (exists && access(path.c_str(), W_OK) != 0)
    failWriting(errno);
  static std::atomic<unsigned> counter{0};
  for (int attempt = 0; fd < 0 && attempt < 100; ++attempt) {
    size_t slash = path.rfind('/');
    size_t name = slash == std::string::npos ? 0 : slash + 1;
    temporary = path.substr(0, name) + "." + path.substr(name).substr(0, 200) +
                cat(".", int64_t(getpid()), ".", counter++, ".part");
    fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno != EEXIST) {
      int error = errno;
      temporary.clear();
      failWriting(error);
    }
  }
  if (fd < 0)
    failWriting(EEXIST);
  if (exists)
    (void)!fchmod(fd, info.st_mode & 07777);
  setHalfWrittenFile(temporary.c_str());
}

AtomicFile::~AtomicFile() {
  if (fd >= 0)
    close(fd);
  setHalfWrittenFile(nullptr);
  if (!temporary.empty())
    unlink(temporary.c_str());
}

void AtomicFile::failWriting(int error) {
  fail(ctx, "cannot write `", target, "`: ", errnoText(error));
}

void AtomicFile::flush() {
  const char *data = buffer.data();
  size_t left = buffer.size();
  while (left > 0) {
    ssize_t written = ::write(fd, data, left);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      failWriting(written < 0 ? errno : ENOSPC);
    data += written;
    left -= size_t(written);
  }
  buffer.clear();
}

void AtomicFile::write(const void *data, int64_t size) {
  auto *bytes = static_cast<const char *>(data);
  while (size > 0) {
    size_t part = std::min<size_t>(size_t(size), bufferSize - buffer.size());
    buffer.append(bytes, part);
    bytes += part;
    size -= int64_t(part);
    if (buffer.size() == bufferSize)
      flush();
  }
}

void AtomicFile::commit() {
  flush();
  // Devices and pipes cannot be synced.
  if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
    failWriting(errno);
  int result = close(fd);
  fd = -1;
  if (result != 0)
    failWriting(errno);
  if (temporary.empty())
    return;
  if (rename(temporary.c_str(), path.c_str()) != 0)
    failWriting(errno);
  setHalfWrittenFile(nullptr);
  temporary.clear();
  int directory = open(directoryOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    fsync(directory); // the new file is whole in any case: this only makes the name durable
    close(directory);
  }
}

} // namespace nnrt
