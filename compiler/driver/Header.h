// The C header of a library.
#pragma once
#include "compiler/frontend/sema/TypedTree.h"

namespace nnc {

/// `library` is the prefix of its functions, `source` what it is made from.
std::string headerOf(const sema::Program &program, const std::string &library,
                     const std::string &source);

} // namespace nnc
