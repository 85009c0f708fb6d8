// RUN: %bin/nn-run %s | FileCheck %s

// CHECK: rows.0: 6 15
func.func @rows() -> tensor<2xf32> {
  %x = nn.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %s = nn.sum %x axes = [1] : tensor<2x3xf32> -> tensor<2xf32>
  return %s : tensor<2xf32>
}

// bf16 is summed in f32: 256 ones and more do not get stuck at 256.
// CHECK: narrow.0: 512
func.func @narrow() -> tensor<bf16> {
  %x = nn.constant dense<1.0> : tensor<512xbf16>
  %s = nn.sum %x axes = [0] : tensor<512xbf16> -> tensor<bf16>
  return %s : tensor<bf16>
}

// CHECK: extremes.0: 3 9
// CHECK: extremes.1: -1 7
// CHECK: extremes.2: 1 1
// CHECK: extremes.3: 0 2
// CHECK: extremes.4: 250
func.func @extremes() -> (tensor<2xf32>, tensor<2xf32>, tensor<2xi64>, tensor<2xi32>, tensor<ui8>) {
  %x = nn.constant dense<[[-1.0, 3.0, 3.0], [8.0, 9.0, 7.0]]> : tensor<2x3xf32>
  %0 = nn.reduce_max %x axes = [1] : tensor<2x3xf32> -> tensor<2xf32>
  %1 = nn.reduce_min %x axes = [1] : tensor<2x3xf32> -> tensor<2xf32>
  %2 = nn.argmax %x axis = 1 : tensor<2x3xf32> -> tensor<2xi64>
  %3 = nn.argmin %x axis = 1 : tensor<2x3xf32> -> tensor<2xi32>
  %u = nn.constant dense<[5, 250]> : tensor<2xui8>
  %4 = nn.reduce_max %u axes = [0] : tensor<2xui8> -> tensor<ui8>
  return %0, %1, %2, %3, %4 : tensor<2xf32>, tensor<2xf32>, tensor<2xi64>, tensor<2xi32>, tensor<ui8>
}

// CHECK: running.0: 1 3 6
// CHECK: running.1: 6 5 3
func.func @running() -> (tensor<3xf32>, tensor<3xf32>) {
  %x = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %0 = nn.cumsum %x axis = 0 : tensor<3xf32>
  %1 = nn.cumsum %x axis = 0 reverse : tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}
