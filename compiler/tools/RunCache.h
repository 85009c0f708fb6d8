// Programs that `nnc run` has compiled before: shared libraries under the user's cache folder.
#pragma once
#include "compiler/driver/Compile.h"
#include <optional>
#include <string>

namespace nnc {

class RunCache {
public:
  /// `compiler` is the path of the compiler's library: another build of it compiles anew.
  RunCache(const CompileRequest &request, const std::string &compiler);

  /// The library of this program, or the file to be made; empty where nothing can be kept.
  const std::string &file() const { return path; }
  /// Runs the program if it is there: its exit code.
  std::optional<int> run() const;

private:
  const CompileRequest &request;
  std::string path;
};

} // namespace nnc
