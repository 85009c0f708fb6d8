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
