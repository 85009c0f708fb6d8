// RUN: nn-opt %s --nn-fuse --kernel-bufferize --canonicalize | FileCheck %s
// The leaves of a tree are views, the value between the kernels lies in the arena from the first to the second,
// and the last value is written into the caller's buffer.

// CHECK-LABEL: func.func private @g0
// CHECK-SAME: kernel.aliases = array<i64: -1>
// CHECK-DAG: %[[R:.*]] = kernel.result 0[%[[N:.*]]] : memref<?x2xf32>
// CHECK-DAG: %[[H:.*]] = kernel.buffer[%[[N]]] {first = 0 : i64, id = 0 : i64, last = 1 : i64} : memref<?x4xf32>
// CHECK-DAG: %[[W:.*]] = kernel.view %{{.*}}[%{{.*}}] [] : memref<32xf32> to memref<3x4xf32>
// CHECK-DAG: %[[V:.*]] = kernel.view %{{.*}}[%{{.*}}] [] : memref<32xf32> to memref<4x2xf32>
// CHECK: kernel.contraction {{.*}}ins(%{{.*}}, %[[W]] : {{.*}}) outs(%[[H]] : memref<?x4xf32>)
// CHECK: kernel.contraction {{.*}}ins(%[[H]], %[[V]] : {{.*}}) outs(%[[R]] : memref<?x2xf32>)
func.func private @g0(%n: index, %x: tensor<?x3xf32> {nn.dims = array<i64: 0>}, %p: tensor<32xf32>)
    -> tensor<?x2xf32> attributes {nn.graph} {
  %w, %v = nn.unpack %p : tensor<32xf32> -> tensor<3x4xf32>, tensor<4x2xf32>
  %h = nn.einsum "mk,kn->mn" %x, %w : tensor<?x3xf32>, tensor<3x4xf32> -> tensor<?x4xf32>
  %y = nn.einsum "mk,kn->mn" %h, %v : tensor<?x4xf32>, tensor<4x2xf32> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// A flat argument that nothing reads later is updated in place.
// CHECK-LABEL: func.func private @step
// CHECK-SAME: %[[P:.*]]: memref<48xf32>, %[[G:.*]]: memref<48xf32>
// CHECK-SAME: kernel.aliases = array<i64: 0>
// CHECK: kernel.pointwise {{.*}}ins(%[[P]], %[[G]] : {{.*}}) outs(%[[P]] : memref<48xf32>)
func.func private @step(%p: tensor<48xf32>, %g: tensor<48xf32>) -> tensor<48xf32> attributes {nn.graph} {
  %q = nn.sub %p, %g : tensor<48xf32>
  return %q : tensor<48xf32>
}

// A loop that changes one row per turn changes its carried value in place, and the argument with it.
// CHECK-LABEL: func.func private @rows
// CHECK-SAME: %[[N:.*]]: index, %[[T:.*]]: memref<8x4xf32>, %[[X:.*]]: memref<1x4xf32>
// CHECK-SAME: kernel.aliases = array<i64: 1>
// CHECK: scf.for
// CHECK-NOT: "copy"
// CHECK: kernel.generic "generic_dynamic_update" ins(%[[T]], %{{.*}}) outs(%[[T]] : memref<8x4xf32>)
// CHECK-NOT: "copy"
// CHECK: return
func.func private @rows(%n: index, %t: tensor<8x4xf32>, %x: tensor<1x4xf32>) -> tensor<8x4xf32>
    attributes {nn.graph} {
  %c0 = arith.constant 0 : index
  %r = nn.for %c0 to %n carry (%t : tensor<8x4xf32>) -> (tensor<8x4xf32>) {
  ^bb0(%i: index, %c: tensor<8x4xf32>):
    %s = nn.dynamic_slice %c at[%i, %c0] : tensor<8x4xf32> -> tensor<1x4xf32>
    %u = nn.add %s, %x : tensor<1x4xf32>
    %d = nn.dynamic_update %c, %u at[%i, %c0] : tensor<8x4xf32>, tensor<1x4xf32>
    nn.yield %d : tensor<8x4xf32>
  }
  return %r : tensor<8x4xf32>
}

// What reads the old value afterwards keeps it: the tree of the last turn is read while the next one is made.
// CHECK-LABEL: func.func private @late
// CHECK: scf.for
// CHECK: kernel.pointwise "pointwise_exp" ins(%[[C:[a-z0-9]+]] : memref<4xf32>) outs(%[[NEW:[a-z0-9]+]] : memref<4xf32>)
// CHECK: kernel.row "row_sum_mul" ins(%[[NEW]], %[[C]], 
// CHECK: kernel.pointwise "copy" ins(%[[NEW]] : memref<4xf32>) outs(%[[C]] : memref<4xf32>)
func.func private @late(%n: index, %t: tensor<4xf32>, %x: tensor<4xf32>) -> (tensor<4xf32>, tensor<f32>)
    attributes {nn.graph} {
  %c0 = arith.constant 0 : index
  %zero = nn.constant dense<0.0> : tensor<f32>
  %r:2 = nn.for %c0 to %n carry (%t, %zero : tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<f32>) {
  ^bb0(%i: index, %c: tensor<4xf32>, %a: tensor<f32>):
    %e = nn.exp %c : tensor<4xf32>
    %m = nn.sum %e axes = [0] : tensor<4xf32> -> tensor<f32>
    %f = nn.full %m : tensor<f32> -> tensor<4xf32>
    %g = nn.mul %c, %f : tensor<4xf32>
    %s = nn.sum %g axes = [0] : tensor<4xf32> -> tensor<f32>
    %b = nn.add %a, %s : tensor<f32>
    nn.yield %e, %b : tensor<4xf32>, tensor<f32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<f32>
}
