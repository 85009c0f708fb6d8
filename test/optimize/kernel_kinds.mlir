// RUN: nn-opt %s --nn-fuse | FileCheck %s
// RUN: nn-opt %s --nn-fuse=apart | FileCheck %s --check-prefix=APART
// What writes to places that are read from memory is a kernel by itself; without fusion all ops are.

// CHECK-LABEL: @add_rows
// CHECK: %[[U:.*]] = kernel.pointwise "pointwise_tanh"
// CHECK: kernel.scatter "scatter_scatter_add" ins(%{{.*}}, %{{.*}}, %[[U]]
// CHECK: nn.scatter_add
// APART-LABEL: @add_rows
// APART: kernel.generic
// APART: nn.tanh
// APART: kernel.generic
// APART: nn.scatter_add
func.func private @add_rows(%n: index, %x: tensor<9x4xf32>, %i: tensor<?xi32> {nn.dims = array<i64: 0>},
    %u: tensor<?x4xf32> {nn.dims = array<i64: 0>}) -> tensor<9x4xf32> attributes {nn.graph} {
  %v = nn.tanh %u : tensor<?x4xf32>
  %r = nn.scatter_add %x, %i, %v axis = 0 : tensor<9x4xf32>, tensor<?xi32>, tensor<?x4xf32>
  return %r : tensor<9x4xf32>
}

// CHECK-LABEL: @running_sum
// CHECK: kernel.generic "generic_cumsum"
func.func private @running_sum(%x: tensor<9xf32>) -> tensor<9xf32> attributes {nn.graph} {
  %r = nn.cumsum %x axis = 0 : tensor<9xf32>
  return %r : tensor<9xf32>
}
