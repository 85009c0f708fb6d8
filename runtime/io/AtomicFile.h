// A file that appears whole or not at all.
#pragma once
#include "runtime/core/Error.h"
#include <string>

namespace nnrt {

/// Written beside its target under a unique name, synced, and renamed over it by commit(); removed
/// when the object ends before that. Devices and pipes are written directly. All errors name the
/// target.
class AtomicFile {
public:
  AtomicFile(nnrt_context *ctx, const std::string &target);
  ~AtomicFile();
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;
  void write(const void *data, int64_t size);
  void commit();

private:
  [[noreturn]] void failWriting(int error);
  void flush();

  nnrt_context *ctx;
  std::string target;    // as the program named it
  std::string path;      // with symbolic links resolved
  std::string temporary; // empty when written directly
  std::string buffer;
  int fd = -1;
};

} // namespace nnrt
