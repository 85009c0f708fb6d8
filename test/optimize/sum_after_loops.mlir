// RUN: nn-opt %s --pass-pipeline="builtin.module(func.func(nn-sum-after-loops),canonicalize)" | FileCheck %s

// Gradients of weights are products over turns and rows, those of biases are sums of what the
// products stack, and that of a table is one scatter; what is none of these is carried alone.
// CHECK-LABEL: @walk_back
// CHECK: %[[L:.*]]:5 = nn.for {{.*}} reverse carry(%{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<8xf32>)
// CHECK-SAME: -> (tensor<?x8xf32>, tensor<8xf32>, tensor<?x?xi32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
// CHECK-NOT: nn.einsum "mk,mn->kn"
// CHECK: nn.yield
// CHECK: }
// CHECK-DAG: %[[DW:.*]] = nn.einsum "amk,amn->kn" %arg4, %[[L]]#4
// CHECK-DAG: %[[DB:.*]] = nn.sum %[[L]]#4 axes = [0, 1]
// CHECK-DAG: %[[DT:.*]] = nn.scatter_add %{{.*}}, %{{.*}}, %{{.*}} axis = 0
// CHECK: nn.pack %[[DT]], %[[DW]], %[[DB]], %[[L]]#1
func.func private @walk_back(%n: index, %b: index, %w: tensor<16x8xf32>, %i: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>},
    %xs: tensor<?x?x16xf32> {nn.dims = array<i64: 0, 1>}, %d0: tensor<?x8xf32> {nn.dims = array<i64: 1>}, %m: tensor<8x8xf32>)
    -> (tensor<?x8xf32>, tensor<240xf32>) attributes {nn.graph} {
  %c0 = arith.constant 0 : index
  %zero = nn.constant dense<0.0> : tensor<240xf32>
  %none = nn.constant dense<0.0> : tensor<10x8xf32>
  %r:2 = nn.for %c0 to %n reverse carry(%d0, %zero : tensor<?x8xf32>, tensor<240xf32>) slice(%xs, %i : tensor<?x?x16xf32>, tensor<?x?xi32>) -> (tensor<?x8xf32>, tensor<240xf32>) {
  ^bb0(%t: index, %d: tensor<?x8xf32>, %total: tensor<240xf32>, %x: tensor<?x16xf32>, %id: tensor<?xi32>):
    %two = nn.add %id, %id : tensor<?xi32>
    %e = nn.tanh %d : tensor<?x8xf32>
    %next = nn.einsum "mn,kn->mk" %e, %m : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
    %dw = nn.einsum "mk,mn->kn" %x, %e : tensor<?x16xf32>, tensor<?x8xf32> -> tensor<16x8xf32>
    %db = nn.sum %e axes = [0] : tensor<?x8xf32> -> tensor<8xf32>
    %dt = nn.scatter_add %none, %two, %d axis = 0 : tensor<10x8xf32>, tensor<?xi32>, tensor<?x8xf32>
    %dc = nn.reduce_max %next axes = [0] : tensor<?x8xf32> -> tensor<8xf32>
    %g = nn.pack %dt, %dw, %db, %dc : tensor<10x8xf32>, tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32> -> tensor<240xf32>
    %s = nn.add %total, %g : tensor<240xf32>
    nn.yield %next, %s : tensor<?x8xf32>, tensor<240xf32>
  }
  return %r#0, %r#1 : tensor<?x8xf32>, tensor<240xf32>
}

// A loop of the program, forward: its turns may be parts of a batch, and their values too many.
// CHECK-LABEL: @forward
// CHECK: nn.for
// CHECK: nn.einsum "mk,mn->kn"
// CHECK: return
func.func private @forward(%n: index, %xs: tensor<?x4x16xf32> {nn.dims = array<i64: 0>}) -> tensor<16x16xf32> attributes {nn.graph} {
  %c0 = arith.constant 0 : index
  %zero = nn.constant dense<0.0> : tensor<16x16xf32>
  %r = nn.for %c0 to %n carry(%zero : tensor<16x16xf32>) slice(%xs : tensor<?x4x16xf32>) -> (tensor<16x16xf32>) {
  ^bb0(%t: index, %total: tensor<16x16xf32>, %x: tensor<4x16xf32>):
    %p = nn.einsum "mk,mn->kn" %x, %x : tensor<4x16xf32>, tensor<4x16xf32> -> tensor<16x16xf32>
    %s = nn.add %total, %p : tensor<16x16xf32>
    nn.yield %s : tensor<16x16xf32>
  }
  return %r : tensor<16x16xf32>
}
