// RUN: nn-opt %s --graph-kernels --graph-loops --expand-math --graph-to-llvm | FileCheck %s
// A graph becomes a function of a frame, its parallel loop a function of one chunk.

// CHECK-DAG: llvm.func @nnrt_parallel_for(!llvm.ptr, !llvm.ptr, !llvm.ptr, i64)
// CHECK-DAG: llvm.mlir.global {{.*}}@g0.graph
// CHECK-DAG: llvm.func internal @g0.0.pointwise_abs(%{{.*}}: !llvm.ptr, %{{.*}}: i64)
// CHECK-DAG: llvm.func internal @g0(%{{.*}}: !llvm.ptr)
// CHECK-NOT: scf.parallel
func.func private @g0(%n: index, %x: tensor<?xf32> {nn.dims = array<i64: 0>}) -> tensor<?xf32> attributes {nn.graph} {
  %a = nn.abs %x : tensor<?xf32>
  return %a : tensor<?xf32>
}

// Equal kernels of a layer that repeats are one function.
// CHECK-LABEL: llvm.func internal @repeats.0.contraction_mk_kn
// CHECK-NOT: llvm.func internal @repeats.1.contraction_mk_kn
// CHECK: llvm.func internal @repeats(
// CHECK-COUNT-2: llvm.mlir.addressof @repeats.0.contraction_mk_kn
func.func private @repeats(%n: index, %x: tensor<?x64xf32> {nn.dims = array<i64: 0>}, %v: tensor<64x64xf32>, %w: tensor<64x64xf32>)
    -> tensor<?x64xf32> attributes {nn.graph} {
  %a = nn.einsum "mk,kn->mn" %x, %v : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %b = nn.einsum "mk,kn->mn" %a, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  return %b : tensor<?x64xf32>
}
