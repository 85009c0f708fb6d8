// RUN: nn-opt %s --pass-pipeline="builtin.module(func.func(nn-resolve-dims))" | FileCheck %s
// A size of a graph's argument is the index argument that holds it.

// CHECK-LABEL: @g0
// CHECK-SAME: %[[B:.*]]: index, %[[T:.*]]: index
// CHECK-NOT: nn.dim %
// CHECK: nn.from_index %[[T]]
func.func private @g0(%b: index, %t: index, %x: tensor<?x3x?xf32> {nn.dims = array<i64: 0, 1>}) -> tensor<i64>
    attributes {nn.graph} {
  %d = nn.dim %x, 2 : tensor<?x3x?xf32>
  %r = nn.from_index %d : tensor<i64>
  return %r : tensor<i64>
}
