// Running graphs that are built for a GPU.
#pragma once
#include "runtime/include/nnrt.h"

namespace nnrt::cuda {
/// nnrt_launch for a graph with `gpu`. Arguments are uploaded where the host has the newer data;
/// results stay on the device until the host asks for them.
void launchGraph(nnrt_context *ctx, const nnrt_graph &graph, const int64_t *dims,
                 nnrt_tensor *const *args, nnrt_tensor **results);
} // namespace nnrt::cuda
