// Runs a program's object code in this process.
#pragma once
#include <string>
#include <vector>

namespace nnc {

/// Loads the object and the runtime library, runs the program's `main` with these arguments
/// (arguments[0] is its name) and returns its exit code. Failures to load are reported in `error`
/// with code 70.
int runObject(const std::string &object, const std::string &runtimeLibrary,
              const std::vector<std::string> &arguments, std::string &error);

} // namespace nnc
