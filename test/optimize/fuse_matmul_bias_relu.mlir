// RUN: nn-opt %s --nn-fuse | FileCheck %s
// Product, bias and relu are one kernel; each operand of the body stands for one operand of the kernel.

// CHECK-LABEL: func.func private @g0
// CHECK: %[[R:.*]] = kernel.contraction "contraction_bias_relu_mk_kn" ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x784xf32>, tensor<784x256xf32>, tensor<256xf32>) dims(%{{.*}})
// CHECK: nn.einsum
// CHECK: nn.add
// CHECK: nn.select
// CHECK-NOT: kernel.{{pointwise|contraction|generic}}
// CHECK: return %[[R]]
func.func private @g0(%n: index, %x: tensor<?x784xf32> {nn.dims = array<i64: 0>},
    %w: tensor<784x256xf32>, %bias: tensor<256xf32>) -> tensor<?x256xf32> attributes {nn.graph} {
  %h0 = nn.einsum "mk,kn->mn" %x, %w : tensor<?x784xf32>, tensor<784x256xf32> -> tensor<?x256xf32>
  %b = nn.broadcast %bias [%n] map = [1] : tensor<256xf32> -> tensor<?x256xf32>
  %h1 = nn.add %h0, %b : tensor<?x256xf32>
  %z0 = nn.constant dense<0.0> : tensor<f32>
  %z = nn.full %z0 [%n] : tensor<f32> -> tensor<?x256xf32>
  %p = nn.compare gt %h1, %z : tensor<?x256xf32>
  %h = nn.select %p, %h1, %z : tensor<?x256xi1>, tensor<?x256xf32>
  return %h : tensor<?x256xf32>
}
