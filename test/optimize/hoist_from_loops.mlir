// RUN: nn-opt %s --pass-pipeline="builtin.module(func.func(nn-hoist-from-loops))" | FileCheck %s
// RUN: nn-opt %s --graph-opt | FileCheck %s

// All turns read one factor, whose axes are turned round once; generators stay with their readers.
// CHECK-LABEL: @shared
// CHECK: %[[W:.*]]:2 = nn.unpack
// CHECK: %[[T:.*]] = nn.transpose %[[W]]#0 perm = [1, 0]
// CHECK: nn.for
// CHECK: nn.broadcast %[[W]]#1
// CHECK: nn.einsum "mk,kn->mn" %{{.*}}, %[[T]]
func.func private @shared(%n: index, %flat: tensor<144xf32>, %h: tensor<4x8xf32>) -> tensor<4x16xf32> attributes {nn.graph} {
  %c0 = arith.constant 0 : index
  %x = nn.constant dense<1.0> : tensor<4x16xf32>
  %r = nn.for %c0 to %n carry(%x : tensor<4x16xf32>) -> (tensor<4x16xf32>) {
  ^bb0(%t: index, %y: tensor<4x16xf32>):
    %w:2 = nn.unpack %flat : tensor<144xf32> -> tensor<8x16xf32>, tensor<16xf32>
    %b = nn.broadcast %w#1 map = [1] : tensor<16xf32> -> tensor<4x16xf32>
    %z = nn.mul %y, %b : tensor<4x16xf32>
    %u = nn.einsum "mk,nk->mn" %z, %w#0 : tensor<4x16xf32>, tensor<8x16xf32> -> tensor<4x8xf32>
    %p = nn.einsum "mn,nk->mk" %u, %w#0 : tensor<4x8xf32>, tensor<8x16xf32> -> tensor<4x16xf32>
    nn.yield %p : tensor<4x16xf32>
  }
  return %r : tensor<4x16xf32>
}
