// Object file -> executable or shared library, by the system's linker.
#pragma once
#include <string>
#include <vector>

namespace nnc {

/// Writes `output` (atomically) from the object and libnnrt.a. False and a reason on failure.
bool linkExecutable(const std::string &object, const std::string &runtimeArchive,
                    const std::string &output, std::string &error);

/// Writes `output` (atomically) as a shared library that C can use, with libnnrt.a inside. Only
/// `names` are visible.
bool linkLibrary(const std::string &object, const std::string &runtimeArchive,
                 const std::vector<std::string> &names, const std::string &output,
                 std::string &error);

/// Writes `output` (atomically) as a shared library that takes the runtime from whoever loads it.
bool linkForCache(const std::string &object, const std::string &output, std::string &error);

} // namespace nnc
