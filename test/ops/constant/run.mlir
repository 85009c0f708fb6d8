// RUN: %bin/nn-run %s | FileCheck %s

// CHECK: full.0: 7 7 7 7
func.func @full() -> tensor<2x2xi32> {
  %c = nn.constant dense<[7, 8]> : tensor<2xi32>
  %s = nn.slice %c start = [0] limit = [1] stride = [1] : tensor<2xi32> -> tensor<1xi32>
  %v = nn.reshape %s : tensor<1xi32> -> tensor<i32>
  %f = nn.full %v : tensor<i32> -> tensor<2x2xi32>
  return %f : tensor<2x2xi32>
}

// CHECK: iota.0: 0 1 2 0 1 2
// CHECK: iota.1: 0 0 0 1 1 1
func.func @iota() -> (tensor<2x3xf32>, tensor<?x3xui8>) {
  %c2 = arith.constant 2 : index
  %0 = nn.iota 1 : tensor<2x3xf32>
  %1 = nn.iota 0 [%c2] : tensor<?x3xui8>
  return %0, %1 : tensor<2x3xf32>, tensor<?x3xui8>
}

// CHECK: sizes.0: 3
func.func @sizes() -> tensor<f32> {
  %n = nn.constant dense<[3, 4]> : tensor<2xi64>
  %s = nn.slice %n start = [0] limit = [1] stride = [1] : tensor<2xi64> -> tensor<1xi64>
  %v = nn.reshape %s : tensor<1xi64> -> tensor<i64>
  %i = nn.to_index %v : tensor<i64>
  %x = nn.iota 0 [%i] : tensor<?xf32>
  %b = nn.barrier %x : tensor<?xf32>
  %d = nn.dim %b, 0 : tensor<?xf32>
  %f = nn.from_index %d : tensor<f32>
  return %f : tensor<f32>
}
