#include "compiler/tools/TestRun.h"
#include "compiler/tools/FrontEnd.h"
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nnc {

static void writeAll(int to, const char *text, size_t size) {
  for (size_t at = 0; at < size;) {
    ssize_t done = write(to, text + at, size - at);
    if (done < 0 && errno != EINTR)
      return;
    at += done > 0 ? size_t(done) : 0;
  }
}

TestRun::TestRun(Flags flags, TestChoice choice, double seconds, bool alone)
    : flags(std::move(flags)), choice(std::move(choice)), seconds(seconds) {
  this->choice.named = !alone;
  if (!alone)
    for (std::FILE *&file : printed)
      file = std::tmpfile();
  start();
}

void TestRun::start() {
  running.clear();
  heard.clear();
  isStopped = false;
  std::cout.flush();
  pid_t parent = getpid();
  child = pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
  if (child < 0) {
    fail(std::string("cannot start a process: ") + std::strerror(errno));
    ++counts.broken;
    return;
  }
  if (child > 0) {
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return;
  }
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) // it ended in between
    _exit(128 + SIGTERM);
  close(ends[0]);
  for (int i = 0; i < 2; ++i)
    if (printed[i])
      dup2(fileno(printed[i]), i + 1);
  int code = runTests(flags, choice, ends[1]);
  std::cout.flush();
  std::fflush(nullptr);
  _exit(code);
}

int TestRun::patience() const {
  if (isDone() || running.empty() || isStopped || seconds <= 0)
    return -1;
  double left = seconds - std::chrono::duration<double>(Clock::now() - since).count();
  return int(std::clamp(left * 1000 + 1, 0.0, 1e9));
}

void TestRun::listen() {
  if (isDone())
    return;
  char block[4096];
  ssize_t got;
  while ((got = read(ends[0], block, sizeof block)) > 0)
    heard.append(block, size_t(got));
  int error = got < 0 ? errno : 0;
  understand();
  if (got == 0 || (error && error != EINTR && error != EAGAIN))
    return ended();
  if (patience() == 0) {
    isStopped = true; // its end is heard as the end of the pipe
    kill(child, SIGKILL);
  }
}

void TestRun::understand() {
  size_t at = 0;
  while (at < heard.size()) {
    char what = heard[at];
    size_t end = at + 1;
    std::string words[2];
    for (int i = 0, count = what == 't' ? 2 : what == 'b' ? 1 : 0; i < count; ++i) {
      size_t zero = heard.find('\0', end);
      if (zero == std::string::npos) {
        heard.erase(0, at);
        return;
      }
      words[i] = heard.substr(end, zero - end);
      end = zero + 1;
    }
    if (what == 't') {
      names[words[0]] = words[1];
    } else if (what == 'b') {
      running = words[0];
      since = Clock::now();
    } else {
      ++(what == '.' ? counts.passed : counts.failed);
      choice.done.insert(running);
      running.clear();
    }
    at = end;
  }
  heard.clear();
}

// A test that ended the process; false where none was running.
bool TestRun::testEnded(int status) {
  if (running.empty())
    return false;
  std::string text = "FAILED  " + names[running] + "\n  error: the test ";
  char limit[32];
  std::snprintf(limit, sizeof limit, "%g", seconds);
  if (isStopped)
    text += std::string("was stopped after ") + limit + (seconds == 1 ? " second" : " seconds");
  else if (WIFSIGNALED(status))
    text += "crashed: it was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
            strsignal(WTERMSIG(status)) + ")";
  else
    text += "ended the program, with code " + std::to_string(WEXITSTATUS(status));
  text += "\n    --> " + running + "\n";
  writeAll(printed[0] ? fileno(printed[0]) : STDOUT_FILENO, text.data(), text.size());
  ++counts.failed;
  choice.done.insert(running);
  return true;
}

void TestRun::ended() {
  int status = 0;
  close(ends[0]);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    continue;
  child = -1;
  int by = WIFSIGNALED(status) && !isStopped ? WTERMSIG(status) : 0;
  if (by == SIGINT || by == SIGTERM || by == SIGPIPE)
    _exit(128 + by); // meant for all of it
  bool othersWait = names.size() > choice.done.size() + (running.empty() ? 0 : 1);
  if (testEnded(status)) {
    choice.named = false;
    if (othersWait && flags.file != "-") // which cannot be read again
      return start();
    counts.broken += othersWait;
  } else if (by) {
    fail("the tests of `" + flags.file + "` were ended by signal " + std::to_string(by));
    ++counts.broken;
  } else if (int code = WEXITSTATUS(status)) {
    counts.internalError |= code == 70;
    counts.broken += names.empty() || othersWait;
  }
}

void TestRun::show(TestCounts &all) {
  for (int i = 0; i < 2; ++i) {
    if (!printed[i])
      continue;
    std::rewind(printed[i]);
    char block[1 << 14];
    for (size_t size; (size = std::fread(block, 1, sizeof block, printed[i])) > 0;)
      writeAll(i + 1, block, size);
    std::fclose(printed[i]);
    printed[i] = nullptr;
  }
  all.passed += counts.passed;
  all.failed += counts.failed;
  all.broken += counts.broken;
  all.internalError |= counts.internalError;
}

} // namespace nnc
