// The subcommands of nnc, one file each. Each returns the exit code.
#pragma once
#include "compiler/driver/Compile.h"
#include "compiler/tools/Flags.h"

namespace nnc {

int checkCommand(const Flags &flags);
/// run, build and emit-ptx: as far as `stage`, or to the end of the program's run.
int compileCommand(const Flags &flags, bool run, Stage stage);
/// With `check` nothing is written, and 1 says that a file would change.
int fmtCommand(const std::vector<std::string> &files, bool check);
/// Without files: the standard library. To standard output where `output` is empty.
int docCommand(const std::vector<std::string> &files, bool asHtml, const std::string &output);
/// Without paths: the tests below the folder that nnc was started in. A test may run for `seconds`;
/// 0: for ever.
int testCommand(const Flags &flags, std::vector<std::string> paths, const std::string &filter,
                double seconds);
int explainCommand(const std::string &kind);

} // namespace nnc
