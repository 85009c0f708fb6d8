// RUN: nn-opt %s --pass-pipeline="builtin.module(func.func(nn-unify-sizes))" | FileCheck %s
// RUN: nn-opt %s --graph-opt --nn-fuse | FileCheck %s --check-prefix=KERNEL

// The rows of x are as many as the program's %b and %t say, since the two are added.
// CHECK-LABEL: @normalised
// CHECK-SAME: %[[B:[a-z0-9]+]]: index, %[[T:[a-z0-9]+]]: index, %{{[a-z0-9]+}}: index
// CHECK-SAME: nn.dims = array<i64: 0, 1>
// KERNEL-LABEL: @normalised
// KERNEL: kernel.row
// KERNEL-NOT: kernel.{{row|pointwise}}
// KERNEL: return
func.func private @normalised(%b: index, %t: index, %b2: index, %t2: index, %x: tensor<?x?x8xf32> {nn.dims = array<i64: 2, 3>}) -> tensor<?x?x8xf32> attributes {nn.graph} {
  %sum = nn.sum %x axes = [2] : tensor<?x?x8xf32> -> tensor<?x?xf32>
  %kept = nn.reshape %sum[%b, %t] : tensor<?x?xf32> -> tensor<?x?x1xf32>
  %wide = nn.broadcast %kept[%b, %t] map = [0, 1, 2] : tensor<?x?x1xf32> -> tensor<?x?x8xf32>
  %y = nn.sub %x, %wide : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// A letter of a product is one size; what a branch does tells nothing.
// CHECK-LABEL: @product
// CHECK: nn.dims = array<i64: 0>
// CHECK: nn.dims = array<i64: 0, 2>
// CHECK: nn.dims = array<i64: 3>
func.func private @product(%k: index, %k2: index, %n: index, %l: index, %c: tensor<i1>, %x: tensor<4x?xf32> {nn.dims = array<i64: 0>}, %y: tensor<?x?xf32> {nn.dims = array<i64: 1, 2>}, %z: tensor<4x?xf32> {nn.dims = array<i64: 3>}) -> (tensor<4x?xf32>, tensor<4x?xf32>) attributes {nn.graph} {
  %p = nn.einsum "mk,kn->mn" %x, %y : tensor<4x?xf32>, tensor<?x?xf32> -> tensor<4x?xf32>
  %q = nn.if %c dims [%k] -> (tensor<4x?xf32>) {
    %s = nn.add %x, %z : tensor<4x?xf32>
    nn.yield %s : tensor<4x?xf32>
  } else {
    nn.yield %x : tensor<4x?xf32>
  }
  return %p, %q : tensor<4x?xf32>, tensor<4x?xf32>
}
