// Values of a program's flags that are known when it is compiled.
#pragma once
#include "compiler/frontend/sema/TypedTree.h"
#include "compiler/tools/Flags.h"

namespace nnc {

/// `--set NAME=VALUE`: the program has this value for good. 0, or 2 after saying what is wrong.
int applySettings(const Flags &flags, sema::Program &program);

/// Of a program that runs right away: the flags that sizes of models are made of get the values of
/// this run, so that these sizes are constants in the code.
void settleSizes(const Flags &flags, sema::Program &program);

} // namespace nnc
