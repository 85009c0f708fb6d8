// RUN: nn-opt %s --nn-expand-grad --canonicalize --cse | FileCheck %s

// Gradients for each row: products of matrices and of elements, and no loop.
// CHECK-LABEL: @per_example
// CHECK-SAME: %[[N:[a-z0-9]*]]: index, %[[X:[a-z0-9]*]]: tensor<?x3xf32>, %[[W:[a-z0-9]*]]: tensor<3x4xf32>
// CHECK-NOT: nn.for
// CHECK: %[[P:.*]] = nn.einsum "ak,kn->an" %[[X]], %[[W]]
// CHECK: %[[T:.*]] = nn.tanh %[[P]] : tensor<?x4xf32>
// CHECK-DAG: nn.broadcast {{.*}} map = [0, 2] : tensor<?x4xf32> -> tensor<?x3x4xf32>
// CHECK-DAG: nn.broadcast %[[X]][%[[N]]] map = [0, 1] : tensor<?x3xf32> -> tensor<?x3x4xf32>
// CHECK: nn.mul {{.*}} : tensor<?x3x4xf32>
// CHECK-NOT: nn.for
// CHECK: return
func.func @per_example(%n: index, %xs: tensor<?x3xf32>, %w: tensor<3x4xf32>) -> tensor<?x3x4xf32> {
  %c0 = arith.constant 0 : index
  %gs = nn.for %c0 to %n slice(%xs : tensor<?x3xf32>) attributes {nn.batch} -> (tensor<?x3x4xf32>) {
  ^bb0(%i: index, %x: tensor<3xf32>):
    %l, %g = nn.grad (%w) : (tensor<3x4xf32>) -> (tensor<f32>, tensor<3x4xf32>) {
    ^bb0(%v: tensor<3x4xf32>):
      %p = nn.einsum "k,kn->n" %x, %v : tensor<3xf32>, tensor<3x4xf32> -> tensor<4xf32>
      %t = nn.tanh %p : tensor<4xf32>
      %s = nn.sum %t axes = [0] : tensor<4xf32> -> tensor<f32>
      nn.yield %s : tensor<f32>
    }
    nn.yield %g : tensor<3x4xf32>
  }
  return %gs : tensor<?x3x4xf32>
}

// Where a row decides about a branch, both are computed and one is selected.
// CHECK-LABEL: @branches
// CHECK-NOT: nn.for
// CHECK-NOT: nn.if
// CHECK: nn.select
func.func @branches(%xs: tensor<5x3xf32>, %ps: tensor<5xi1>) -> tensor<5x3xf32> {
  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  %ys = nn.for %c0 to %c5 slice(%xs, %ps : tensor<5x3xf32>, tensor<5xi1>) attributes {nn.batch} -> (tensor<5x3xf32>) {
  ^bb0(%i: index, %x: tensor<3xf32>, %p: tensor<i1>):
    %y = nn.if %p -> (tensor<3xf32>) {
      %e = nn.exp %x : tensor<3xf32>
      nn.yield %e : tensor<3xf32>
    } else {
      nn.yield %x : tensor<3xf32>
    }
    nn.yield %y : tensor<3xf32>
  }
  return %ys : tensor<5x3xf32>
}

// A loop inside stays one loop, over all rows at once; what decides for each row about its length
// is done row by row, and the rest is not.
// CHECK-LABEL: @loops
// CHECK: nn.tanh {{.*}} : tensor<5x3xf32>
// CHECK: nn.for {{.*}} carry(%{{.*}} : tensor<5x3xf32>)
// CHECK: nn.sin {{.*}} : tensor<5x3xf32>
// CHECK: nn.for {{.*}} slice(
// CHECK-NEXT: ^bb0
// CHECK-NEXT: nn.while
// CHECK: nn.exp {{.*}} : tensor<5x3xf32>
func.func @loops(%xs: tensor<5x3xf32>, %end: tensor<f32>) -> tensor<5x3xf32> {
  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  %ys = nn.for %c0 to %c5 slice(%xs : tensor<5x3xf32>) attributes {nn.batch} -> (tensor<5x3xf32>) {
  ^bb0(%i: index, %x: tensor<3xf32>):
    %t = nn.tanh %x : tensor<3xf32>
    %y = nn.for %c0 to %c5 carry(%t : tensor<3xf32>) -> (tensor<3xf32>) {
    ^bb0(%j: index, %v: tensor<3xf32>):
      %s = nn.sin %v : tensor<3xf32>
      nn.yield %s : tensor<3xf32>
    }
    %z = nn.while (%y : tensor<3xf32>) {
    ^bb0(%v: tensor<3xf32>):
      %s = nn.sum %v axes = [0] : tensor<3xf32> -> tensor<f32>
      %p = nn.compare lt %s, %end : tensor<f32>
      nn.yield %p : tensor<i1>
    } do {
    ^bb0(%v: tensor<3xf32>):
      %w = nn.add %v, %v : tensor<3xf32>
      nn.yield %w : tensor<3xf32>
    }
    %e = nn.exp %z : tensor<3xf32>
    nn.yield %e : tensor<3xf32>
  }
  return %ys : tensor<5x3xf32>
}

// Turns that read what the turn before carries to them are a loop.
// CHECK-LABEL: @running_sum
// CHECK: nn.for
// CHECK-NOT: nn.batch
func.func @running_sum(%xs: tensor<5x3xf32>, %s0: tensor<3xf32>) -> tensor<5x3xf32> {
  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  %s, %ys = nn.for %c0 to %c5 carry(%s0 : tensor<3xf32>) slice(%xs : tensor<5x3xf32>) attributes {nn.batch} -> (tensor<3xf32>, tensor<5x3xf32>) {
  ^bb0(%i: index, %t: tensor<3xf32>, %x: tensor<3xf32>):
    %u = nn.add %t, %x : tensor<3xf32>
    nn.yield %u, %u : tensor<3xf32>, tensor<3xf32>
  }
  return %ys : tensor<5x3xf32>
}

// A stream of random numbers is advanced in a loop of its own.
// CHECK-LABEL: @drawing
// CHECK: %[[R:.*]]:2 = nn.for {{.*}} carry({{.*}}) -> (tensor<2xi64>, tensor<5x2xi64>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: nn.rng_advance
// CHECK-NEXT: nn.yield
// CHECK: nn.for {{.*}} slice(%[[R]]#1 : tensor<5x2xi64>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: nn.rng_bits
// CHECK-NEXT: nn.yield
// CHECK: nn.exp {{.*}} : tensor<5x3xf32>
// CHECK: return %[[R]]#0
func.func @drawing(%xs: tensor<5x3xf32>, %rng: tensor<2xi64>) -> (tensor<2xi64>, tensor<5x3xf32>) {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %after, %ys = nn.for %c0 to %c5 carry(%rng : tensor<2xi64>) slice(%xs : tensor<5x3xf32>) attributes {nn.batch} -> (tensor<2xi64>, tensor<5x3xf32>) {
  ^bb0(%i: index, %r: tensor<2xi64>, %x: tensor<3xf32>):
    %b = nn.rng_bits %r : tensor<3xui32>
    %next = nn.rng_advance %r, %c3
    %f = nn.cast %b : tensor<3xui32> to tensor<3xf32>
    %e = nn.exp %x : tensor<3xf32>
    %y = nn.mul %e, %f : tensor<3xf32>
    nn.yield %next, %y : tensor<2xi64>, tensor<3xf32>
  }
  return %after, %ys : tensor<2xi64>, tensor<5x3xf32>
}
