// RUN: nn-opt %s --nn-expand-grad --canonicalize --cse | FileCheck %s

// The tape of a loop has what elementwise ops made of its products: none is computed again.
// CHECK-LABEL: @recurrent
func.func @recurrent(%n: index, %b: index, %w: tensor<32x32xf32>, %xs: tensor<?x?x32xf32> {nn.dims = array<i64: 0, 1>},
                     %h0: tensor<?x32xf32> {nn.dims = array<i64: 1>}) -> tensor<32x32xf32> {
  %c0 = arith.constant 0 : index
  // CHECK: nn.for {{.*}} dims[%arg1, %arg1] -> (tensor<?x32xf32>, tensor<?x?x32xf32>, tensor<?x?x32xf32>)
  // CHECK: nn.einsum "mk,kn->mn"
  // CHECK: %[[SUM:.*]] = nn.add
  // CHECK: nn.yield %{{.*}}, %{{.*}}, %[[SUM]]
  // CHECK: nn.for {{.*}} reverse
  // CHECK-NOT: nn.einsum "mk,kn->mn"
  // CHECK: return
  %l, %dw = nn.grad (%w) : (tensor<32x32xf32>) -> (tensor<f32>, tensor<32x32xf32>) {
  ^bb0(%v: tensor<32x32xf32>):
    %hn = nn.for %c0 to %n carry(%h0 : tensor<?x32xf32>) slice(%xs : tensor<?x?x32xf32>) -> (tensor<?x32xf32>) {
    ^bb0(%i: index, %h: tensor<?x32xf32>, %x: tensor<?x32xf32>):
      %q = nn.einsum "mk,kn->mn" %h, %v : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
      %r = nn.add %q, %x : tensor<?x32xf32>
      %s = nn.sin %r : tensor<?x32xf32>
      %t = nn.mul %s, %r : tensor<?x32xf32>
      nn.yield %t : tensor<?x32xf32>
    }
    %s = nn.sum %hn axes = [0, 1] : tensor<?x32xf32> -> tensor<f32>
    nn.yield %s : tensor<f32>
  }
  return %dw : tensor<32x32xf32>
}
