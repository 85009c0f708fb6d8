// RUN: nn-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @there_and_back
// CHECK-SAME: %[[T:.*]]: tensor<32xf32>, %[[A:.*]]: tensor<3xf32>
// CHECK-NEXT: return %[[T]], %[[A]]
func.func @there_and_back(%t: tensor<32xf32>, %a: tensor<3xf32>) -> (tensor<32xf32>, tensor<3xf32>) {
  %x, %y = nn.unpack %t : tensor<32xf32> -> tensor<3xf32>, tensor<2xf32>
  %0 = nn.pack %x, %y : tensor<3xf32>, tensor<2xf32> -> tensor<32xf32>
  %p = nn.pack %a, %y : tensor<3xf32>, tensor<2xf32> -> tensor<32xf32>
  %b, %z = nn.unpack %p : tensor<32xf32> -> tensor<3xf32>, tensor<2xf32>
  return %0, %b : tensor<32xf32>, tensor<3xf32>
}
