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
