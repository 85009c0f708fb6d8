// RUN: nn-opt %s --canonicalize | FileCheck %s

// Transposes of matrices go into the letters, on either side.
// CHECK-LABEL: @transposed
// CHECK-SAME: %[[A:.*]]: tensor<3x2xf32>, %[[B:.*]]: tensor<4x3xf32>
// CHECK-NEXT: nn.einsum "km,nk->nm" %[[A]], %[[B]] : {{.*}} -> tensor<4x2xf32>
// CHECK-NEXT: return
func.func @transposed(%a: tensor<3x2xf32>, %b: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %0 = nn.transpose %a perm = [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
  %1 = nn.transpose %b perm = [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
  %2 = nn.einsum "mk,kn->mn" %0, %1 : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  %3 = nn.transpose %2 perm = [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
  return %3 : tensor<4x2xf32>
}

// A square one read as its transpose is no neutral transpose.
// CHECK-LABEL: @square
// CHECK: nn.einsum "km,kn->mn"
func.func @square(%a: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %0 = nn.transpose %a perm = [1, 0] : tensor<2x2xf32> -> tensor<2x2xf32>
  %1 = nn.einsum "mk,kn->mn" %0, %a : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}
