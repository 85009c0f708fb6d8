// RUN: %bin/nn-run %s | FileCheck %s

// CHECK: product.0: 5 6 7 8 17 20 23 26
// CHECK: product.1: 7
// CHECK: product.2: 10 12 20 24
func.func @product() -> (tensor<2x4xf32>, tensor<f32>, tensor<2x2xf32>) {
  %a = nn.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %b = nn.constant dense<[[1.0, 1.0, 1.0, 1.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32>
  %0 = nn.einsum "mk,kn->mn" %a, %b : tensor<2x2xf32>, tensor<2x4xf32> -> tensor<2x4xf32>
  %x = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %y = nn.constant dense<[3.0, 2.0]> : tensor<2xf32>
  %1 = nn.einsum "i,i->" %x, %y : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  %z = nn.constant dense<[10.0, 12.0]> : tensor<2xf32>
  %2 = nn.einsum "i,j->ij" %x, %z : tensor<2xf32>, tensor<2xf32> -> tensor<2x2xf32>
  return %0, %1, %2 : tensor<2x4xf32>, tensor<f32>, tensor<2x2xf32>
}

// f32 sums of bf16 products: 256 + 256 * 1 / 256 steps would be lost in bf16.
// CHECK: narrow.0: 512
// CHECK: narrow.1: 513
func.func @narrow() -> (tensor<bf16>, tensor<f32>) {
  %a = nn.constant dense<1.0> : tensor<513xbf16>
  %b = nn.barrier %a : tensor<513xbf16>
  %0 = nn.einsum "i,i->" %a, %b : tensor<513xbf16>, tensor<513xbf16> -> tensor<bf16>
  %1 = nn.einsum "i,i->" %a, %b : tensor<513xbf16>, tensor<513xbf16> -> tensor<f32>
  return %0, %1 : tensor<bf16>, tensor<f32>
}
