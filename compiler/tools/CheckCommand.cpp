// nnc check: errors only, once or after each change of the program's files.
#include "compiler/tools/Commands.h"
#include "compiler/tools/FrontEnd.h"
#include <chrono>
#include <iostream>
#include <thread>

namespace nnc {

namespace fs = std::filesystem;

namespace {
/// The files that a check has read, and what they were like.
class Watched {
public:
  void add(const std::string &path) { files.push_back({path, look(path)}); }
  bool changed() const {
    for (const auto &[path, state] : files)
      if (look(path) != state)
        return true;
    return false;
  }

private:
  using State = std::pair<fs::file_time_type, uintmax_t>;
  std::vector<std::pair<std::string, State>> files;

  static State look(const std::string &path) {
    std::error_code ignored;
    return {fs::last_write_time(path, ignored), fs::file_size(path, ignored)};
  }
};
} // namespace

static int checkOnce(const Flags &flags, Watched *watched) {
  if (watched) // before it is read: a change while checking counts
    watched->add(flags.file);
  FrontEnd frontEnd(flags);
  bool found = frontEnd.analyse(frontEnd.parse()).has_value();
  frontEnd.report();
  for (size_t i = 0; watched && i < frontEnd.sources.size(); ++i)
    if (frontEnd.sources.file(uint32_t(i)).name() != flags.file)
      watched->add(frontEnd.sources.file(uint32_t(i)).name());
  return found && !frontEnd.diags.hasErrors() ? 0 : 1;
}

static int watch(const Flags &flags) {
  if (flags.file == "-")
    return fail("--watch needs a file, not standard input", 2);
  for (;;) {
    Watched watched;
    int code = checkOnce(flags, &watched);
    std::cerr << flags.file << (code ? ": has errors" : ": no errors")
              << "; waiting for a change, end with Ctrl-C\n";
    while (!watched.changed())
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

int checkCommand(const Flags &flags) {
  return flags.watch ? watch(flags) : checkOnce(flags, nullptr);
}

} // namespace nnc
