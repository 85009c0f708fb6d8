// RUN: nn-opt %s --nn-to-linalg | FileCheck %s
// The reference: one loop nest per op, sizes from the graph's index arguments.

// CHECK: #[[SAME:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[ROWS:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-LABEL: @row_sums
// CHECK-SAME: %[[N:.*]]: index
// CHECK: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<?x8xf32>
// CHECK: linalg.generic {indexing_maps = [#[[SAME]], #[[SAME]]]{{.*}} outs(%[[E]]
// CHECK: math.tanh
// CHECK: linalg.generic {indexing_maps = [#[[SAME]], #[[ROWS]]], iterator_types = ["parallel", "reduction"]}
// CHECK: arith.addf
// CHECK-NOT: nn.
// CHECK: return
func.func @row_sums(%n: index, %x: tensor<?x8xf32> {nn.dims = array<i64: 0>}) -> tensor<?xf32> {
  %t = nn.tanh %x : tensor<?x8xf32>
  %s = nn.sum %t axes = [1] : tensor<?x8xf32> -> tensor<?xf32>
  return %s : tensor<?xf32>
}
