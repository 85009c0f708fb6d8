// RUN: %bin/nn-run %s | FileCheck %s

// Leaves start at multiples of 64 bytes: 16 elements of f32. The padding is zero.
// CHECK: packed.0: 1 2 3 0 0 0 0 0 0 0 0 0 0 0 0 0 4 5 0 0 0 0 0 0 0 0 0 0 0 0 0 0
// CHECK: packed.1: 1 2 3
// CHECK: packed.2: 4 5
func.func @packed() -> (tensor<32xf32>, tensor<3xf32>, tensor<1x2xf32>) {
  %a = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %b = nn.constant dense<[[4.0, 5.0]]> : tensor<1x2xf32>
  %t = nn.pack %a, %b : tensor<3xf32>, tensor<1x2xf32> -> tensor<32xf32>
  %h = nn.barrier %t : tensor<32xf32>
  %c, %d = nn.unpack %h : tensor<32xf32> -> tensor<3xf32>, tensor<1x2xf32>
  return %t, %c, %d : tensor<32xf32>, tensor<3xf32>, tensor<1x2xf32>
}
