// RUN: nn-opt %s --canonicalize | FileCheck %s

// Results that no one reads are not carried, stacked or sliced; what a loop does not change is its
// initial value.
// CHECK-LABEL: @loop
// CHECK-SAME: %[[N:.*]]: index, %[[X:.*]]: tensor<?xf32>, %[[A:.*]]: tensor<f32>
// CHECK: %[[R:.*]] = nn.for %{{.*}} to %[[N]] carry(%[[A]] : tensor<f32>) -> (tensor<f32>) {
// CHECK: nn.add %{{.*}}, %[[A]]
func.func @loop(%n: index, %x: tensor<?xf32>, %a: tensor<f32>) -> tensor<f32> {
  %c0 = arith.constant 0 : index
  %r, %unread, %same, %ys = nn.for %c0 to %n carry(%a, %a, %a : tensor<f32>, tensor<f32>, tensor<f32>) slice(%x : tensor<?xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<?xf32>) {
  ^bb0(%i: index, %s: tensor<f32>, %u: tensor<f32>, %v: tensor<f32>, %e: tensor<f32>):
    %t = nn.add %s, %v : tensor<f32>
    %w = nn.mul %u, %e : tensor<f32>
    nn.yield %t, %w, %v, %w : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
  }
  return %r : tensor<f32>
}

// CHECK-LABEL: @branch
// CHECK-NOT: nn.if
// CHECK: nn.exp
func.func @branch(%x: tensor<f32>) -> tensor<f32> {
  %p = nn.constant dense<true> : tensor<i1>
  %0 = nn.if %p -> (tensor<f32>) {
    %e = nn.exp %x : tensor<f32>
    nn.yield %e : tensor<f32>
  } else {
    nn.yield %x : tensor<f32>
  }
  return %0 : tensor<f32>
}

// CHECK-LABEL: @turns
// CHECK-SAME: %[[X:.*]]: tensor<f32>, %[[A:.*]]: tensor<f32>
// CHECK: nn.while(%[[X]] : tensor<f32>)
// CHECK: nn.compare lt %{{.*}}, %[[A]]
// CHECK: nn.mul %{{.*}}, %[[A]]
func.func @turns(%x: tensor<f32>, %a: tensor<f32>) -> tensor<f32> {
  %r, %same, %unread = nn.while (%x, %a, %x : tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%s: tensor<f32>, %v: tensor<f32>, %u: tensor<f32>):
    %p = nn.compare lt %s, %v : tensor<f32>
    nn.yield %p : tensor<i1>
  } do {
  ^bb0(%s: tensor<f32>, %v: tensor<f32>, %u: tensor<f32>):
    %t = nn.mul %s, %v : tensor<f32>
    %w = nn.add %u, %s : tensor<f32>
    nn.yield %t, %v, %w : tensor<f32>, tensor<f32>, tensor<f32>
  }
  return %r : tensor<f32>
}
