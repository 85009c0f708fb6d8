// RUN: nn-opt %s --graph-kernels --graph-loops | FileCheck %s
// RUN: nn-opt %s --graph-kernels --graph-loops --graph-llvm | FileCheck %s --check-prefix=LLVM
// A tile of 6 x 64 in SSA accumulators; the last columns are masked; rows left over go in 4, 2 and 1.

// CHECK: scf.parallel
// CHECK: scf.for
// CHECK: %{{.*}}:24 = scf.for
// CHECK-COUNT-4: vector.load
// CHECK-COUNT-24: math.fma
// CHECK: vector.maskedstore

// LLVM-DAG: llvm.mlir.global external constant @g0.graph
// LLVM-DAG: llvm.func internal @g0.shape
// LLVM-DAG: llvm.func internal @g0.0.contraction_mk_kn(%{{.*}}: !llvm.ptr, %{{.*}}: i64)
// LLVM-DAG: llvm.func internal @g0(%{{.*}}: !llvm.ptr)
// LLVM-DAG: llvm.call @nnrt_parallel_for
func.func private @g0(%n: index, %x: tensor<?x30xf32> {nn.dims = array<i64: 0>}, %w: tensor<30x100xf32>)
    -> tensor<?x100xf32> attributes {nn.graph} {
  %y = nn.einsum "mk,kn->mn" %x, %w : tensor<?x30xf32>, tensor<30x100xf32> -> tensor<?x100xf32>
  return %y : tensor<?x100xf32>
}

// A k that is known only when running decides then whether the second factor is packed.
// CHECK-LABEL: @weights
// CHECK: %[[LARGE:.*]] = arith.cmpi ugt, %{{.*}}, %{{.*}} : index
// CHECK: scf.if %[[LARGE]]
// CHECK: scf.parallel
// CHECK: memref.alloca() {{.*}} : memref<512x64xf32>
// CHECK: else
// CHECK: scf.parallel
// CHECK-NOT: memref<512x64xf32>
// CHECK: return
func.func private @weights(%k: index, %x: tensor<?x48xf32> {nn.dims = array<i64: 0>}, %y: tensor<?x64xf32> {nn.dims = array<i64: 0>})
    -> tensor<48x64xf32> attributes {nn.graph} {
  %w = nn.einsum "km,kn->mn" %x, %y : tensor<?x48xf32>, tensor<?x64xf32> -> tensor<48x64xf32>
  return %w : tensor<48x64xf32>
}
