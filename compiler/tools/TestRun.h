// The tests of one file in a process of their own, which is begun again behind a test that ended
// it.
#pragma once
#include "compiler/tools/Flags.h"
#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <sys/types.h>

namespace nnc {

struct TestCounts {
  int passed = 0, failed = 0, broken = 0; // broken: files that do not compile
  bool internalError = false;
};

/// Which tests of a file are run, and how.
struct TestChoice {
  std::string filter;         // a part of their names
  std::set<std::string> done; // not these; by place
  bool named = false;         // print the file before its tests
};

/// Runs them in this process. What becomes of them goes to the file descriptor `results`: for each
/// test of the file `t`, place and name; `b` and its place when it begins; `.` or `F` when it has
/// passed or failed. Places and names end with a zero byte.
int runTests(const Flags &flags, TestChoice choice, int results);

class TestRun {
public:
  /// A test may run for `seconds`; 0: for ever. `alone`: what it prints goes out at once, else when
  /// it is shown.
  TestRun(Flags flags, TestChoice choice, double seconds, bool alone);

  bool isDone() const { return child <= 0; }
  /// Readable when there is something to listen to.
  int results() const { return ends[0]; }
  /// Milliseconds until the test that runs now must be stopped; -1: never.
  int patience() const;
  /// Hears what the child has to say, without waiting for it.
  void listen();
  /// Shows what was printed, and counts.
  void show(TestCounts &counts);

private:
  using Clock = std::chrono::steady_clock;
  Flags flags;
  TestChoice choice;
  double seconds;
  TestCounts counts;
  std::map<std::string, std::string> names; // of the tests that were found, by place
  std::string running;                      // the place of the test at hand
  Clock::time_point since;                  // when it began
  bool isStopped = false;                   // because it takes too long
  std::string heard;                        // of a message that is not whole yet
  pid_t child = -1;
  int ends[2] = {-1, -1};                     // of the pipe for results
  std::FILE *printed[2] = {nullptr, nullptr}; // standard output and error, where they wait

  void start();
  void understand();
  void ended();
  bool testEnded(int status);
};

} // namespace nnc
