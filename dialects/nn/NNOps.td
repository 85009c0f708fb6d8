// All ops of the dialect, family by family.
#ifndef NN_OPS_TD
#define NN_OPS_TD

include "dialects/nn/ops/elementwise/Elementwise.td"
include "dialects/nn/ops/constant/Constant.td"
include "dialects/nn/ops/shape/Shape.td"
include "dialects/nn/ops/sort/Sort.td"
include "dialects/nn/ops/reduce/Reduce.td"
include "dialects/nn/ops/einsum/Einsum.td"
include "dialects/nn/ops/gather/Gather.td"
include "dialects/nn/ops/tree/Tree.td"
include "dialects/nn/ops/random/Random.td"
include "dialects/nn/ops/control/Control.td"
include "dialects/nn/ops/derive/Derive.td"

#endif
