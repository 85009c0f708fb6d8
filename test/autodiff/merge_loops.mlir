// RUN: nn-opt %s --nn-expand-grad --canonicalize --cse --nn-merge-loops | FileCheck %s

// A function's loop is the taped one of its gradient, which carries the sum %q for its sake.
// CHECK-LABEL: @value_and_gradient
func.func @value_and_gradient(%w: tensor<4x4xf32>, %h0: tensor<4xf32>)
    -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  // CHECK: %[[F:.*]]:3 = nn.for {{.*}} carry(%arg1, %arg1 : {{.*}}) -> (tensor<4xf32>, tensor<4xf32>, tensor<5x4xf32>)
  // CHECK: nn.for {{.*}} reverse carry({{.*}} : tensor<4xf32>) slice(%[[F]]#2 : tensor<5x4xf32>)
  // CHECK-NOT: nn.for
  // CHECK: return %[[F]]#0, %[[F]]#1
  %y:2 = nn.for %c0 to %c5 carry(%h0, %h0 : tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%i: index, %h: tensor<4xf32>, %p: tensor<4xf32>):
    %m = nn.einsum "k,kn->n" %h, %w : tensor<4xf32>, tensor<4x4xf32> -> tensor<4xf32>
    %t = nn.tanh %m : tensor<4xf32>
    %q = nn.add %p, %t : tensor<4xf32>
    nn.yield %t, %q : tensor<4xf32>, tensor<4xf32>
  }
  %l, %dh = nn.grad (%h0) : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%g: tensor<4xf32>):
    %z:2 = nn.for %c0 to %c5 carry(%g, %g : tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
    ^bb0(%i: index, %h: tensor<4xf32>, %p: tensor<4xf32>):
      %m = nn.einsum "k,kn->n" %h, %w : tensor<4xf32>, tensor<4x4xf32> -> tensor<4xf32>
      %t = nn.tanh %m : tensor<4xf32>
      %q = nn.add %p, %t : tensor<4xf32>
      nn.yield %t, %q : tensor<4xf32>, tensor<4xf32>
    }
    %a = nn.add %z#0, %z#1 : tensor<4xf32>
    %s = nn.sum %a axes = [0] : tensor<4xf32> -> tensor<f32>
    nn.yield %s : tensor<f32>
  }
  return %y#0, %y#1, %dh : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// The same for loops that end by what they compute, here the later one the narrower.
// CHECK-LABEL: @endless
func.func @endless(%x: tensor<f32>, %end: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %l, %dx = nn.grad (%x) : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%g: tensor<f32>):
    %z = nn.while (%g : tensor<f32>) {
    ^bb0(%v: tensor<f32>):
      %p = nn.compare lt %v, %end : tensor<f32>
      nn.yield %p : tensor<i1>
    } do {
    ^bb0(%v: tensor<f32>):
      %e = nn.exp %v : tensor<f32>
      nn.yield %e : tensor<f32>
    }
    nn.yield %z : tensor<f32>
  }
  %y = nn.while (%x : tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %p = nn.compare lt %v, %end : tensor<f32>
    nn.yield %p : tensor<i1>
  } do {
  ^bb0(%v: tensor<f32>):
    %e = nn.exp %v : tensor<f32>
    nn.yield %e : tensor<f32>
  }
  // CHECK: %[[F:.*]]:{{.*}} = nn.while(%arg0,
  // CHECK-NOT: nn.while(%arg0 :
  // CHECK: return %[[F]]#0
  return %y, %dx : tensor<f32>, tensor<f32>
}

// Loops that only begin alike stay two.
// CHECK-LABEL: @others
func.func @others(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  // CHECK-COUNT-2: nn.for
  %y = nn.for %c0 to %c5 carry(%x : tensor<4xf32>) -> (tensor<4xf32>) {
  ^bb0(%i: index, %h: tensor<4xf32>):
    %t = nn.tanh %h : tensor<4xf32>
    nn.yield %t : tensor<4xf32>
  }
  %z = nn.for %c0 to %c5 carry(%x : tensor<4xf32>) -> (tensor<4xf32>) {
  ^bb0(%i: index, %h: tensor<4xf32>):
    %t = nn.tanh %h : tensor<4xf32>
    %e = nn.exp %t : tensor<4xf32>
    nn.yield %e : tensor<4xf32>
  }
  return %y, %z : tensor<4xf32>, tensor<4xf32>
}
