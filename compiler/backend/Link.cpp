#include "compiler/backend/Link.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

namespace nnc {

using namespace llvm;

/// The C++ compiler driver that links: the runtime is C++.
static std::string findDriver() {
  for (StringRef name : {"c++", "g++", "clang++", "clang++-22"})
    if (auto path = sys::findProgramByName(name))
      return *path;
  return {};
}

/// Runs `words` with `-o FILE OBJECT` and `rest` behind them; FILE becomes `output` when it is
/// whole.
static bool link(std::vector<std::string> words, const std::string &object,
                 const std::vector<std::string> &rest, const std::string &output,
                 std::string &error) {
  SmallString<128> objectPath, exePath, log;
  if (sys::fs::createTemporaryFile("nnc", "o", objectPath) ||
      sys::fs::createTemporaryFile("nnc", "log", log)) {
    error = "no temporary file can be made";
    return false;
  }
  std::error_code code;
  {
    raw_fd_ostream file(objectPath, code);
    file << object;
  }
  int fd;
  if ((code = sys::fs::createUniqueFile(output + ".%%%%%%", fd, exePath))) {
    error = "cannot write `" + output + "`: " + code.message();
    sys::fs::remove(objectPath);
    sys::fs::remove(log);
    return false;
  }
  sys::Process::SafelyCloseFileDescriptor(fd);
  std::string exe(exePath), obj(objectPath);
  words.insert(words.end(), {"-o", exe, obj});
  words.insert(words.end(), rest.begin(), rest.end());
  std::vector<StringRef> args(words.begin(), words.end());
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(log), StringRef(log)};
  std::string reason;
  int result = sys::ExecuteAndWait(words[0], args, std::nullopt, redirects, 0, 0, &reason);
  if (result == 0)
    code = sys::fs::rename(exe, output);
  if (result != 0 || code) {
    auto text = MemoryBuffer::getFile(log);
    error = result == 0 ? "cannot write `" + output + "`: " + code.message()
                        : "linking failed: " + (text ? (*text)->getBuffer().str() : reason);
    sys::fs::remove(exe);
  }
  sys::fs::remove(obj);
  sys::fs::remove(log);
  return error.empty();
}

static const char *const kNoLinker = "no linker found: install g++ or clang";

bool linkExecutable(const std::string &object, const std::string &runtimeArchive,
                    const std::string &output, std::string &error) {
  std::string driver = findDriver();
  if (!driver.empty())
    return link({driver}, object,
                {runtimeArchive, "-lz", "-lpthread", "-ldl", "-Wl,--gc-sections", "-s"}, output,
                error);
  error = kNoLinker;
  return false;
}

bool linkLibrary(const std::string &object, const std::string &runtimeArchive,
                 const std::vector<std::string> &names, const std::string &output,
                 std::string &error) {
  std::string driver = findDriver();
  if (driver.empty()) {
    error = kNoLinker;
    return false;
  }
  SmallString<128> script;
  int fd;
  if (sys::fs::createTemporaryFile("nnc", "map", fd, script)) {
    error = "no temporary file can be made";
    return false;
  }
  {
    // The runtime inside is this library's own, whatever else the process has loaded.
    raw_fd_ostream file(fd, /*shouldClose=*/true);
    file << "{ global:";
    for (const std::string &name : names)
      file << " " << name << ";";
    file << " local: *; };\n";
  }
  // Its threads stay for the life of the process, so its code must, too.
  std::vector<std::string> rest{runtimeArchive,
                                "-lz",
                                "-lpthread",
                                "-ldl",
                                "-Wl,--gc-sections",
                                "-Wl,-z,nodelete",
                                "-Wl,-soname," + sys::path::filename(output).str(),
                                "-Wl,--version-script=" + script.str().str(),
                                "-s"};
  bool linked = link({driver, "-shared"}, object, rest, output, error);
  sys::fs::remove(script);
  return linked;
}

bool linkForCache(const std::string &object, const std::string &output, std::string &error) {
  for (StringRef name : {"ld.lld", "ld.lld-22", "ld"})
    if (auto linker = sys::findProgramByName(name))
      return link({*linker, "-shared", "-s", "--eh-frame-hdr"}, object, {}, output, error);
  error = "no linker found";
  return false;
}

} // namespace nnc
