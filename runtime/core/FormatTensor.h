#pragma once
#include "runtime/core/FormatSpec.h"
#include "runtime/core/Tensor.h"

namespace nnrt {

/// Rank 0: the number. Else type and elements, `f32[2, 2] [` and one indented line per row, `]`;
/// rank 1 stands on one line where it fits. Elements share one width and, without a given format,
/// one number of decimals. Of tensors with more than 1000 elements each axis shows its first and
/// last three.
std::string tensorText(const FormatSpec &spec, nnrt_tensor &tensor);

} // namespace nnrt
