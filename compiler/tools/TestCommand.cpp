// nnc test: the tests of files and folders. Each file is compiled and run in a process of its own,
// so that nothing it does stops those after it. As many run at a time as there are cores; what they
// print comes in the order of the files.
#include "compiler/tools/Commands.h"
#include "compiler/tools/FrontEnd.h"
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <iostream>
#include <set>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace nnc {

namespace fs = std::filesystem;

namespace {
struct Counts {
  int passed = 0, failed = 0, broken = 0; // broken: files that do not compile
  bool internalError = false;
};

/// The files to test, in order, each once.
class TestFiles {
public:
  std::vector<std::string> list;
  int missing = 0;

  void add(const std::string &path) {
    std::error_code code;
    fs::file_status status = fs::status(path, code);
    if (path != "-" && !fs::exists(status)) {
      fail("cannot read `" + path + "`: no such file or folder");
      ++missing;
    } else if (fs::is_directory(status)) {
      addFolder(path);
    } else {
      addFile(path);
    }
  }

private:
  std::set<std::string> seen;

  void addFile(const std::string &path) {
    std::error_code code;
    fs::path whole = fs::weakly_canonical(path, code);
    if (seen.insert(code ? path : whole.string()).second)
      list.push_back(path);
  }

  /// Of a folder only what has a line that begins a test: other programs may be anything.
  static bool mayHoldTests(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    for (std::string line; std::getline(file, line);) {
      size_t at = line.find_first_not_of(" \t");
      if (at == std::string::npos || line.compare(at, 4, "test") != 0)
        continue;
      at = line.find_first_not_of(" \t", at + 4);
      if (at != std::string::npos && line[at] == '"')
        return true;
    }
    return false;
  }

  void addFolder(const std::string &folder) {
    std::vector<std::string> found;
    std::error_code code;
    auto options = fs::directory_options::skip_permission_denied;
    fs::recursive_directory_iterator entry(folder, options, code), end;
    for (; !code && entry != end; entry.increment(code)) {
      std::string name = entry->path().filename().string();
      std::error_code ignored;
      if (entry->is_directory(ignored) && name[0] == '.')
        entry.disable_recursion_pending();
      else if (entry->path().extension() == ".nn" && entry->is_regular_file(ignored) &&
               mayHoldTests(entry->path()))
        found.push_back(entry->path().lexically_normal().string());
    }
    std::sort(found.begin(), found.end());
    for (const std::string &path : found)
      addFile(path);
  }
};
} // namespace

namespace {
/// The tests of one file in a child.
class TestRun {
public:
  /// `alone`: what it prints goes out at once, else when it is finished.
  TestRun(Flags flags, const std::string &filter, bool alone) : flags(std::move(flags)) {
    if (pipe(ends) != 0)
      return;
    if (!alone)
      for (std::FILE *&file : printed)
        file = std::tmpfile();
    std::cout.flush();
    pid_t parent = getpid();
    child = fork();
    if (child != 0) {
      close(ends[1]);
      return;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) // it ended in between
      _exit(128 + SIGTERM);
    close(ends[0]);
    for (int i = 0; i < 2; ++i)
      if (printed[i])
        dup2(fileno(printed[i]), i + 1);
    int code = runTests(this->flags, filter, !alone, ends[1]);
    std::cout.flush();
    std::fflush(nullptr);
    _exit(code);
  }

  /// Waits for its end.
  void finish(Counts &counts) {
    int waiting = 0, found = 0, status = 0;
    char result;
    for (ssize_t got; child > 0 && (got = read(ends[0], &result, 1)) != 0;)
      if (got == 1 && result == 't')
        waiting = ++found;
      else if (got == 1)
        ++(--waiting, result == '.' ? counts.passed : counts.failed);
      else if (errno != EINTR)
        break;
    if (child < 0 || waitpid(child, &status, 0) != child) {
      fail(std::string("cannot start a process: ") + std::strerror(errno));
      ++counts.broken;
      return;
    }
    close(ends[0]);
    for (int i = 0; i < 2; ++i)
      show(printed[i], i + 1);
    if (int by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        by == SIGINT || by == SIGTERM || by == SIGPIPE) {
      _exit(128 + by); // meant for all of it
    } else if (by) {
      fail("the tests of `" + flags.file + "` were ended by signal " + std::to_string(by));
      ++counts.broken;
    } else if (int code = WEXITSTATUS(status)) {
      counts.internalError |= code == 70;
      counts.broken += found == 0 || waiting > 0;
    }
  }

private:
  Flags flags;
  pid_t child = -1;
  int ends[2];                                // of the pipe with a byte per test
  std::FILE *printed[2] = {nullptr, nullptr}; // standard output and error, where they wait

  static void show(std::FILE *file, int to) {
    if (!file)
      return;
    std::rewind(file);
    char block[1 << 14];
    for (size_t size; (size = std::fread(block, 1, sizeof block, file)) > 0;)
      for (size_t at = 0; at < size;) {
        ssize_t done = write(to, block + at, size - at);
        if (done < 0 && errno != EINTR)
          break;
        at += done > 0 ? size_t(done) : 0;
      }
    std::fclose(file);
  }
};
} // namespace

int testCommand(const Flags &flags, std::vector<std::string> paths, const std::string &filter) {
  if (paths.empty())
    paths = {"."};
  TestFiles files;
  for (const std::string &path : paths)
    files.add(path);
  Counts counts;
  counts.broken = files.missing;
  size_t atATime = std::max(1u, std::thread::hardware_concurrency());
  std::deque<TestRun> running;
  for (const std::string &path : files.list) {
    if (running.size() == atATime) {
      running.front().finish(counts);
      running.pop_front();
    }
    Flags own = flags;
    own.file = path;
    running.emplace_back(std::move(own), filter, files.list.size() == 1);
  }
  for (TestRun &run : running)
    run.finish(counts);
  if (!counts.passed && !counts.failed && !counts.broken)
    return fail(filter.empty() ? "no tests found" : "no test has `" + filter + "` in its name");
  std::cout << counts.passed << " passed, " << counts.failed << " failed";
  if (counts.broken)
    std::cout << ", " << counts.broken << (counts.broken == 1 ? " file" : " files")
              << " not compiled";
  std::cout << "\n";
  std::cout.flush();
  if (counts.internalError)
    return 70;
  return counts.failed || counts.broken || !std::cout ? 1 : 0;
}

} // namespace nnc
