// One emitter per kind of kernel. Each writes the whole function of a bufferized kernel op.
#pragma once
#include "compiler/lowering/gpu/Elements.h"

namespace nnc::gpu {

/// One thread per element of the results, or per 16 bytes of them (`wide`) where buffers are
/// aligned. Computes any body, so it is what the other emitters fall back to.
LaunchShape emitElementwise(KernelFunction &kernel, Elements &elements, bool wide);
/// Reductions: a warp or a block per row, or threads side by side for reductions of leading axes.
/// Nothing is emitted and false returned when the body has another form.
bool emitRow(KernelFunction &kernel, Elements &elements, LaunchShape &shape);
/// One einsum in tiles through shared memory. False as above.
bool emitContraction(KernelFunction &kernel, Elements &elements, LaunchShape &shape);

} // namespace nnc::gpu
