// RUN: %bin/nn-run %s | FileCheck %s

// Indices out of range are clamped.
// CHECK: taken.0: 3 4 5 6 1 2
// CHECK: taken.1: 1 6
func.func @taken() -> (tensor<3x2xf32>, tensor<2xf32>) {
  %x = nn.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %i = nn.constant dense<[1, 9, -4]> : tensor<3xi32>
  %0 = nn.take %x, %i axis = 0 : tensor<3x2xf32>, tensor<3xi32> -> tensor<3x2xf32>
  %j = nn.constant dense<[0, 2]> : tensor<2xi64>
  %1 = nn.take_along %x, %j axis = 0 : tensor<3x2xf32>, tensor<2xi64> -> tensor<2xf32>
  return %0, %1 : tensor<3x2xf32>, tensor<2xf32>
}

// Equal indices add up.
// CHECK: added.0: 10 21 5
// CHECK: added.1: 0 7 8 0
func.func @added() -> (tensor<3xf32>, tensor<2x2xf32>) {
  %x = nn.constant dense<[10.0, 20.0, 0.0]> : tensor<3xf32>
  %i = nn.constant dense<[2, 1, 2]> : tensor<3xi32>
  %u = nn.constant dense<[2.0, 1.0, 3.0]> : tensor<3xf32>
  %0 = nn.scatter_add %x, %i, %u axis = 0 : tensor<3xf32>, tensor<3xi32>, tensor<3xf32>
  %z = nn.constant dense<0.0> : tensor<2x2xf32>
  %j = nn.constant dense<[1, 0]> : tensor<2xi32>
  %v = nn.constant dense<[7.0, 8.0]> : tensor<2xf32>
  %1 = nn.scatter_add_along %z, %j, %v axis = 1 : tensor<2x2xf32>, tensor<2xi32>, tensor<2xf32>
  return %0, %1 : tensor<3xf32>, tensor<2x2xf32>
}
