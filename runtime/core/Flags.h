// Command-line flags of a program, from the table that its `arg`s make.
#pragma once
#include "runtime/include/nnrt.h"
#include <stdexcept>
#include <string>
#include <vector>

namespace nnrt {

/// The command line is wrong: reported with exit code 2.
struct UsageError : std::runtime_error {
  UsageError(const std::string &reason, std::string help = "")
      : std::runtime_error(reason), help(std::move(help)) {}
  std::string help;
};

struct FlagValue {
  bool given = false; // on the command line or by its default text
  int64_t i64 = 0;    // integers and bools; u64 as the same bits
  double f64 = 0;
  std::string text;
};

struct FlagValues {
  std::vector<FlagValue> values; // one per nnrt_arg_spec
  bool help = false;             // --help was asked for
};

/// Throws UsageError for unknown flags, values of the wrong type and missing flags.
FlagValues parseFlags(int argc, char **argv, const nnrt_program &program);

/// What --help prints.
std::string helpText(const nnrt_program &program);

} // namespace nnrt
