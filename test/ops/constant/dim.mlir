// RUN: nn-opt %s --canonicalize --split-input-file | FileCheck %s

// Sizes are found through producers: down to the sizes that ops take, and the index arguments that a
// graph's tensors name. No tensor is kept for its shape.
// CHECK-LABEL: @through
// CHECK-SAME: %[[N:.*]]: index,
// CHECK-NEXT: return %[[N]], %[[N]], %[[N]]
func.func @through(%n: index, %x: tensor<?x4xf32> {nn.dims = array<i64: 0>}, %w: tensor<4x8xf32>) -> (index, index, index) {
  %h = nn.einsum "mk,kn->mn" %x, %w : tensor<?x4xf32>, tensor<4x8xf32> -> tensor<?x8xf32>
  %t = nn.transpose %h perm = [1, 0] : tensor<?x8xf32> -> tensor<8x?xf32>
  %d0 = nn.dim %t, 1 : tensor<8x?xf32>
  %s = nn.sum %h axes = [1] : tensor<?x8xf32> -> tensor<?xf32>
  %d1 = nn.dim %s, 0 : tensor<?xf32>
  %c0 = arith.constant 0 : index
  %r, %ys = nn.for %c0 to %n carry(%s : tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  ^bb0(%i: index, %a: tensor<?xf32>):
    %e = nn.sum %a axes = [0] : tensor<?xf32> -> tensor<f32>
    nn.yield %a, %e : tensor<?xf32>, tensor<f32>
  }
  %d2 = nn.dim %ys, 0 : tensor<?xf32>
  return %d0, %d1, %d2 : index, index, index
}

// -----

// CHECK-LABEL: @computed
// CHECK-SAME: %[[N:.*]]: index
// CHECK-DAG: %[[C3:.*]] = arith.constant 3
// CHECK: %[[S:.*]] = arith.addi %[[N]], %[[C3]]
// CHECK: return %[[S]]
func.func @computed(%n: index, %x: tensor<?xf32> {nn.dims = array<i64: 0>}, %y: tensor<3xf32>) -> index {
  %c = nn.concat 0, %x, %y : tensor<?xf32>, tensor<3xf32> -> tensor<?xf32>
  %d = nn.dim %c, 0 : tensor<?xf32>
  return %d : index
}
