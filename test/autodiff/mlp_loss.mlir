// RUN: nn-opt %s --nn-expand-grad --canonicalize --cse | FileCheck %s

// The gradient of cross entropy over logits: softmax - onehot, with the sizes taken from arguments.
// CHECK-LABEL: @loss
// CHECK-SAME: %[[N:[^:]*]]: index, %[[X:[^:]*]]: tensor<?x4xf32>
func.func private @loss(%n: index, %x: tensor<?x4xf32> {nn.dims = array<i64: 0>}, %t: tensor<48xf32>,
                        %y: tensor<?xi32> {nn.dims = array<i64: 0>}) -> (tensor<f32>, tensor<48xf32>) {
  // CHECK: %[[E:.*]] = nn.exp
  // CHECK: %[[D:.*]] = nn.scatter_add_along
  // CHECK: nn.mul %{{.*}}, %[[E]]
  // CHECK: %[[DL:.*]] = nn.add %[[D]]
  // CHECK: %[[DB:.*]] = nn.sum %[[DL]] axes = [0]
  // CHECK: %[[DW:.*]] = nn.einsum "mk,mn->kn" %[[X]], %[[DL]]
  // CHECK: %[[DT:.*]] = nn.pack %[[DW]], %[[DB]]
  // CHECK: return %{{.*}}, %[[DT]]
  // CHECK-NOT: nn.dim
  %l, %dt = nn.grad (%t) : (tensor<48xf32>) -> (tensor<f32>, tensor<48xf32>) {
  ^bb0(%p: tensor<48xf32>):
    %w, %b = nn.unpack %p : tensor<48xf32> -> tensor<4x8xf32>, tensor<8xf32>
    %h = nn.einsum "mk,kn->mn" %x, %w : tensor<?x4xf32>, tensor<4x8xf32> -> tensor<?x8xf32>
    %bb = nn.broadcast %b [%n] map = [1] : tensor<8xf32> -> tensor<?x8xf32>
    %a = nn.add %h, %bb : tensor<?x8xf32>
    %m = nn.reduce_max %a axes = [1] : tensor<?x8xf32> -> tensor<?xf32>
    %ms = nn.stop_gradient %m : tensor<?xf32>
    %mb = nn.broadcast %ms [%n] map = [0] : tensor<?xf32> -> tensor<?x8xf32>
    %s = nn.sub %a, %mb : tensor<?x8xf32>
    %e = nn.exp %s : tensor<?x8xf32>
    %z = nn.sum %e axes = [1] : tensor<?x8xf32> -> tensor<?xf32>
    %lz = nn.log %z : tensor<?xf32>
    %lse = nn.add %lz, %ms : tensor<?xf32>
    %pick = nn.take_along %a, %y axis = 1 : tensor<?x8xf32>, tensor<?xi32> -> tensor<?xf32>
    %nll = nn.sub %lse, %pick : tensor<?xf32>
    %tot = nn.sum %nll axes = [0] : tensor<?xf32> -> tensor<f32>
    nn.yield %tot : tensor<f32>
  }
  return %l, %dt : tensor<f32>, tensor<48xf32>
}
