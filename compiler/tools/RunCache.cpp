#include "compiler/tools/RunCache.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace nnc {

namespace fs = std::filesystem;

// Older ones go first when there are more.
static constexpr size_t maxFiles = 200;

namespace {
/// Two FNV-1a sums of 64 bits with different starts. What goes in decides which program this is.
class Key {
public:
  void add(std::string_view text) {
    addBytes(text);
    addBytes(std::to_string(text.size()) + "\n"); // where one part ends
  }
  /// A file stands for its contents by its size and the time of its last change.
  void addFile(const std::string &path) {
    std::error_code ignored;
    add(path + " " + std::to_string(fs::file_size(path, ignored)) + " " +
        std::to_string(fs::last_write_time(path, ignored).time_since_epoch().count()));
  }
  std::string text() const {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%016lx%016lx", a, b);
    return buffer;
  }

private:
  void addBytes(std::string_view text) {
    for (unsigned char c : text) {
      a = (a ^ c) * prime;
      b = (b ^ c) * prime;
    }
  }
  static constexpr unsigned long prime = 0x100000001b3;
  unsigned long a = 0xcbf29ce484222325, b = 0x9e3779b97f4a7c15;
};
} // namespace

/// What `--cpu=native` means: the model and what it can do.
static std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  std::string line, text;
  while (std::getline(info, line) && !line.empty())
    if (line.rfind("model name", 0) == 0 || line.rfind("flags", 0) == 0)
      text += line;
  return text;
}

static fs::path folder() {
  const char *base = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  if (base && *base == '/')
    return fs::path(base) / "nnc";
  return home && *home == '/' ? fs::path(home) / ".cache" / "nnc" : fs::path();
}

/// Only what this user alone can write may be loaded.
static bool makePrivate(const fs::path &path) {
  std::error_code code;
  fs::create_directories(path.parent_path(), code);
  struct stat status;
  mkdir(path.c_str(), 0700);
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == geteuid() && !(status.st_mode & (S_IWGRP | S_IWOTH));
}

static void removeOldest(const fs::path &folder) {
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  std::error_code code;
  for (auto &entry : fs::directory_iterator(folder, code))
    files.push_back({entry.last_write_time(code), entry.path()});
  if (files.size() < maxFiles)
    return;
  std::sort(files.begin(), files.end());
  for (size_t i = 0; i <= files.size() - maxFiles; ++i)
    fs::remove(files[i].second, code);
}

RunCache::RunCache(const CompileRequest &request, const std::string &compiler) : request(request) {
  fs::path where = folder();
  if (where.empty() || !makePrivate(where))
    return;
  Key key;
  key.addFile(compiler);
  key.addFile(request.runtimeDir + "/libnnrt.so");
  for (const std::string &part :
       {request.programName, std::to_string(request.optLevel), std::to_string(request.f64),
        request.target, request.cpu, request.cpu == "native" ? processor() : std::string()})
    key.add(part);
  for (const sema::ArgDecl &arg : request.program->args)
    if (arg.fixed)
      key.add(arg.var->name + "=" + *arg.fixed);
  if (request.tests)
    for (const sema::TestDecl &test : request.program->tests)
      key.add("test " + test.name);
  for (size_t i = 0; i < request.sources->size(); ++i) {
    key.add(request.sources->file(i).name());
    key.add(request.sources->file(i).text());
  }
  path = (where / (key.text() + ".so")).string();
  std::error_code code;
  if (!fs::exists(path, code))
    removeOldest(where);
}

std::optional<int> RunCache::run() const {
  if (path.empty() || access(path.c_str(), R_OK) != 0)
    return std::nullopt;
  if (!dlopen((request.runtimeDir + "/libnnrt.so").c_str(), RTLD_NOW | RTLD_GLOBAL))
    return std::nullopt;
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  auto main = library ? reinterpret_cast<int (*)(int, char **)>(dlsym(library, "main")) : nullptr;
  if (!main)
    return std::nullopt;
  std::error_code ignored; // used now, so it is not among the oldest
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  std::vector<char *> arguments;
  for (const std::string &argument : request.arguments)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);
  int code = main(static_cast<int>(request.arguments.size()), arguments.data());
  std::fflush(stdout);
  return code;
}

} // namespace nnc
