// RUN: nn-opt %s --graph-kernels --kernel-to-cpu --canonicalize | FileCheck %s
// A row of eight stays in one masked vector between its sum and what reads the sum.

// CHECK-LABEL: @g0
// CHECK: scf.parallel
// CHECK: scf.for
// CHECK: %[[X:.*]] = vector.maskedload
// CHECK: %[[E:.*]] = math.exp %[[X]]
// CHECK: arith.select %{{.*}}, %[[E]]
// CHECK-COUNT-4: arith.addf
// CHECK-NOT: vector.maskedload
// CHECK: arith.divf %[[E]]
// CHECK-NEXT: vector.maskedstore
// CHECK: {kernel.name = "row_
// CHECK-NOT: kernel.row
func.func private @g0(%n: index, %x: tensor<?x8xf32> {nn.dims = array<i64: 0>}) -> tensor<?x8xf32> attributes {nn.graph} {
  %e = nn.exp %x : tensor<?x8xf32>
  %s = nn.sum %e axes = [1] : tensor<?x8xf32> -> tensor<?xf32>
  %b = nn.broadcast %s [%n] map = [0] : tensor<?xf32> -> tensor<?x8xf32>
  %p = nn.div %e, %b : tensor<?x8xf32>
  return %p : tensor<?x8xf32>
}
