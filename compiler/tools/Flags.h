// What stands on the command line of nnc.
#pragma once
#include <string>
#include <vector>

namespace nnc {

struct Flags {
  std::string file, output, emit, target = "cpu", diagnostics = "text", cpu = "native", kind;
  std::vector<std::string> importDirs, programArgs, settings;
  int optLevel = 2, threads = 0;
  bool f64 = false, werror = false, stats = false, timing = false, manifest = false, cache = true,
       watch = false, library = false;
};

} // namespace nnc
