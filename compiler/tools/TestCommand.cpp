// nnc test: the tests of files and folders. Each file is compiled and run in a process of its own,
// so that nothing it does stops those after it. As many run at a time as there are cores; what they
// print comes in the order of the files.
#include "compiler/tools/Commands.h"
#include "compiler/tools/FrontEnd.h"
#include "compiler/tools/TestRun.h"
#include <algorithm>
#include <deque>
#include <fstream>
#include <iostream>
#include <poll.h>
#include <set>
#include <thread>

namespace nnc {

namespace fs = std::filesystem;

namespace {
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

int testCommand(const Flags &flags, std::vector<std::string> paths, const std::string &filter,
                double seconds) {
  if (paths.empty())
    paths = {"."};
  TestFiles files;
  for (const std::string &path : paths)
    files.add(path);
  TestCounts counts;
  counts.broken = files.missing;
  constexpr size_t kMostWaiting = 64; // for those before them, with what they printed
  size_t atATime = std::max(1u, std::thread::hardware_concurrency());
  std::deque<TestRun> runs;
  for (size_t next = 0; next < files.list.size() || !runs.empty();) {
    size_t active =
        std::count_if(runs.begin(), runs.end(), [](auto &run) { return !run.isDone(); });
    while (next < files.list.size() && active++ < atATime && runs.size() < kMostWaiting) {
      Flags own = flags;
      own.file = files.list[next++];
      runs.emplace_back(std::move(own), TestChoice{filter, {}, false}, seconds,
                        /*alone=*/files.list.size() == 1);
    }
    std::vector<pollfd> heard;
    int patience = -1;
    for (TestRun &run : runs) {
      if (run.isDone())
        continue;
      heard.push_back({run.results(), POLLIN, 0});
      int left = run.patience();
      patience = patience < 0 ? left : left < 0 ? patience : std::min(patience, left);
    }
    if (!heard.empty())
      poll(heard.data(), heard.size(), patience);
    for (TestRun &run : runs)
      run.listen();
    while (!runs.empty() && runs.front().isDone()) {
      runs.front().show(counts);
      runs.pop_front();
    }
  }
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
