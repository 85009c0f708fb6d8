// RUN: %bin/nn-run %s | FileCheck %s

// Equal elements by index, NaN above all.
// CHECK: rows.0: 2 0 1 1 2 0
// CHECK: rows.1: 1 0 0 2
func.func @rows() -> (tensor<2x3xi32>, tensor<2x2xi64>) {
  %x = nn.constant dense<[[4.0, 5.0, -1.0], [0x7FC00000, 2.0, 2.0]]> : tensor<2x3xf32>
  %0 = nn.argsort %x : tensor<2x3xf32> -> tensor<2x3xi32>
  %y = nn.constant dense<[[4.0, 5.0, -1.0], [0x7FC00000, 1.0, 2.0]]> : tensor<2x3xf32>
  %1 = nn.argsort %y descending : tensor<2x3xf32> -> tensor<2x2xi64>
  return %0, %1 : tensor<2x3xi32>, tensor<2x2xi64>
}

// CHECK: unsigned.0: 1 0 2
func.func @unsigned() -> tensor<3xi32> {
  %x = nn.constant dense<[200, 7, 201]> : tensor<3xui8>
  %0 = nn.argsort %x : tensor<3xui8> -> tensor<3xi32>
  return %0 : tensor<3xi32>
}

// CHECK: dynamic.0: 1 0
func.func @dynamic() -> tensor<?xi32> {
  %x = nn.constant dense<[3, 1, 7]> : tensor<3xi64>
  %n = arith.constant 2 : index
  %0 = nn.argsort %x [%n] : tensor<3xi64> -> tensor<?xi32>
  return %0 : tensor<?xi32>
}
