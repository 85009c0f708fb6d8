// nn.toml: where the libraries of a project are.
#pragma once
#include "compiler/diagnostics/Diagnostic.h"
#include "compiler/diagnostics/Source.h"
#include <string>
#include <utility>
#include <vector>

namespace nnc {

/// Paths are seen from the working directory.
struct Project {
  std::vector<std::string> include;                           // folders to look for modules in
  std::vector<std::pair<std::string, std::string>> libraries; // the name in `import`, and its place
};

/// What the nearest nn.toml says, in the program's folder or above; nothing where there is none.
/// The file becomes one of `sources`, so the program's cache entry depends on it.
Project readProject(SourceManager &sources, const std::string &program, Diagnostics &diags);

} // namespace nnc
