// The long text about a kind of diagnostic, with an example that shows it and a mended one.
#pragma once
#include "compiler/diagnostics/Diagnostic.h"

namespace nnc {

/// The text of explain/KIND.md for a terminal: code is indented, without its fences.
std::string explanation(DiagKind kind);

} // namespace nnc
