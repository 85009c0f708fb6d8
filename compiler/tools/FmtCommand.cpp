// nnc fmt: files in the one style, in place; `-` from standard input to standard output.
#include "compiler/diagnostics/Emitter.h"
#include "compiler/fmt/Format.h"
#include "compiler/frontend/parse/Parse.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/FrontEnd.h"
#include <cstdlib>
#include <iostream>
#include <sys/stat.h>
#include <unistd.h>

namespace nnc {

namespace fs = std::filesystem;

// The file has its old text or the new one, never a part: a new file takes its name.
static int replaceFile(const std::string &path, const std::string &text) {
  std::error_code code;
  std::string target = fs::canonical(path, code).string(); // a link stays a link
  std::string made = target + ".XXXXXX";
  int file = code ? -1 : mkstemp(made.data());
  if (file < 0)
    return fail("cannot write `" + path + "`");
  struct stat status;
  bool written = stat(target.c_str(), &status) == 0 && fchmod(file, status.st_mode & 07777) == 0;
  for (size_t at = 0; written && at < text.size();) {
    ssize_t count = write(file, text.data() + at, text.size() - at);
    written = count > 0;
    at += written ? size_t(count) : 0;
  }
  written = fsync(file) == 0 && written;
  written = close(file) == 0 && written;
  if (written && rename(made.c_str(), target.c_str()) == 0)
    return 0;
  unlink(made.c_str());
  return fail("cannot write `" + path + "`");
}

static int formatOne(const std::string &path, bool check) {
  Flags flags;
  flags.file = path;
  FrontEnd frontEnd(flags);
  std::shared_ptr<ast::File> file = frontEnd.parseWhole();
  if (!file)
    return 1;
  std::string text = fmt::format(frontEnd.sources, *file);
  if (!fmt::sameProgram(frontEnd.sources, *file, text))
    return fail("internal error: formatting `" + path +
                    "` would change the program; please report this file",
                70);
  bool same = text == frontEnd.sources.file(file->id).text();
  if (check) {
    if (!same)
      std::cout << path << "\n";
    return same ? 0 : 1;
  }
  if (path == "-")
    return writeOut("-", text);
  return same ? 0 : replaceFile(path, text);
}

int fmtCommand(const std::vector<std::string> &files, bool check) {
  int worst = 0;
  for (const std::string &path : files)
    worst = std::max(worst, formatOne(path, check));
  return worst;
}

} // namespace nnc
