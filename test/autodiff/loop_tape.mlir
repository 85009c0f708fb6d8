// RUN: nn-opt %s --nn-expand-grad --canonicalize --cse | FileCheck %s

// The tape of a loop is the carries that its adjoint reads, stacked; the adjoint is a loop as well.
// CHECK-LABEL: @recurrent
func.func @recurrent(%n: index, %w: tensor<4x4xf32>, %xs: tensor<?x4xf32>, %h0: tensor<4xf32>)
    -> (tensor<4x4xf32>, tensor<4xf32>) {
  %c0 = arith.constant 0 : index
  // CHECK: %[[F:.*]]:2 = nn.for {{.*}} -> (tensor<4xf32>, tensor<?x4xf32>)
  // CHECK: nn.for {{.*}} reverse carry({{.*}} : tensor<4xf32>, tensor<4x4xf32>) slice(%[[F]]#1, %{{.*}})
  // CHECK: nn.einsum "n,kn->k"
  // CHECK: nn.einsum "k,n->kn"
  %l, %dw, %dh = nn.grad (%w, %h0) : (tensor<4x4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4x4xf32>, tensor<4xf32>) {
  ^bb0(%v: tensor<4x4xf32>, %h: tensor<4xf32>):
    %hn = nn.for %c0 to %n carry(%h : tensor<4xf32>) slice(%xs : tensor<?x4xf32>) -> (tensor<4xf32>) {
    ^bb0(%i: index, %hh: tensor<4xf32>, %x: tensor<4xf32>):
      %q = nn.einsum "k,kn->n" %hh, %v : tensor<4xf32>, tensor<4x4xf32> -> tensor<4xf32>
      %r = nn.add %q, %x : tensor<4xf32>
      %t = nn.tanh %r : tensor<4xf32>
      nn.yield %t : tensor<4xf32>
    }
    %s = nn.sum %hn axes = [0] : tensor<4xf32> -> tensor<f32>
    nn.yield %s : tensor<f32>
  }
  return %dw, %dh : tensor<4x4xf32>, tensor<4xf32>
}

// The tape of a loop over checkpoints is what they begin with; their inner values are computed
// again behind a barrier that CSE does not look through.
// CHECK-LABEL: @checkpointed
func.func @checkpointed(%n: index, %w: tensor<4x8xf32>, %v: tensor<8x4xf32>, %h0: tensor<4xf32>)
    -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  // CHECK: %[[F:.*]]:2 = nn.for {{.*}} -> (tensor<4xf32>, tensor<?x4xf32>)
  // CHECK: nn.for {{.*}} reverse carry({{.*}} : tensor<4xf32>) slice(%[[F]]#1 : tensor<?x4xf32>)
  // CHECK: ^bb0(%{{.*}}: index, %[[D:.*]]: tensor<4xf32>, %[[H:.*]]: tensor<4xf32>)
  // CHECK-NOT: nn.tanh
  // CHECK: %[[B:.*]]:{{.*}} = nn.barrier {{.*}}%[[H]]
  // CHECK: nn.tanh
  %l, %dh = nn.grad (%h0) : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%h: tensor<4xf32>):
    %hn = nn.for %c0 to %n carry(%h : tensor<4xf32>) -> (tensor<4xf32>) {
    ^bb0(%i: index, %hh: tensor<4xf32>):
      %k = nn.checkpoint -> (tensor<4xf32>) {
        %q = nn.einsum "k,kn->n" %hh, %w : tensor<4xf32>, tensor<4x8xf32> -> tensor<8xf32>
        %t = nn.tanh %q : tensor<8xf32>
        %r = nn.einsum "k,kn->n" %t, %v : tensor<8xf32>, tensor<8x4xf32> -> tensor<4xf32>
        nn.yield %r : tensor<4xf32>
      }
      nn.yield %k : tensor<4xf32>
    }
    %s = nn.sum %hn axes = [0] : tensor<4xf32> -> tensor<f32>
    nn.yield %s : tensor<f32>
  }
  return %dh : tensor<4xf32>
}
