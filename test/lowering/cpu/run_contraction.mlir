// RUN: %bin/graph-run %s 1,1,1 5,37,3 13,64,100 97,130,530 | FileCheck %s
// Products of every layout, of sizes known and unknown, against naive loops.

// CHECK: nn_static: ok
func.func private @nn_static(%m: index, %n: index, %k: index, %a: tensor<?x30xf32> {nn.dims = array<i64: 0>}, %b: tensor<30x100xf32>)
    -> (tensor<?x100xf32>) attributes {nn.graph} {
  %r = nn.einsum "mk,kn->mn" %a, %b : tensor<?x30xf32>, tensor<30x100xf32> -> tensor<?x100xf32>
  return %r : tensor<?x100xf32>
}

// CHECK: nn_narrow: ok
func.func private @nn_narrow(%m: index, %n: index, %k: index, %a: tensor<?x30xf32> {nn.dims = array<i64: 0>}, %b: tensor<30x10xf32>)
    -> (tensor<?x10xf32>) attributes {nn.graph} {
  %r = nn.einsum "mk,kn->mn" %a, %b : tensor<?x30xf32>, tensor<30x10xf32> -> tensor<?x10xf32>
  return %r : tensor<?x10xf32>
}

// CHECK: tn_static: ok
func.func private @tn_static(%m: index, %n: index, %k: index, %a: tensor<?x20xf32> {nn.dims = array<i64: 0>}, %b: tensor<?x48xf32> {nn.dims = array<i64: 0>})
    -> (tensor<20x48xf32>) attributes {nn.graph} {
  %r = nn.einsum "km,kn->mn" %a, %b : tensor<?x20xf32>, tensor<?x48xf32> -> tensor<20x48xf32>
  return %r : tensor<20x48xf32>
}

// The second factor is packed where k is large only.
// CHECK: tn_wide: ok
func.func private @tn_wide(%m: index, %n: index, %k: index, %a: tensor<?x20xf32> {nn.dims = array<i64: 2>}, %b: tensor<?x600xf32> {nn.dims = array<i64: 2>})
    -> (tensor<20x600xf32>) attributes {nn.graph} {
  %r = nn.einsum "km,kn->mn" %a, %b : tensor<?x20xf32>, tensor<?x600xf32> -> tensor<20x600xf32>
  return %r : tensor<20x600xf32>
}

// CHECK: nt_static: ok
func.func private @nt_static(%m: index, %n: index, %k: index, %a: tensor<?x33xf32> {nn.dims = array<i64: 0>}, %b: tensor<100x33xf32>)
    -> (tensor<?x100xf32>) attributes {nn.graph} {
  %r = nn.einsum "mk,nk->mn" %a, %b : tensor<?x33xf32>, tensor<100x33xf32> -> tensor<?x100xf32>
  return %r : tensor<?x100xf32>
}

// CHECK: tt_static: ok
func.func private @tt_static(%m: index, %n: index, %k: index, %a: tensor<33x?xf32> {nn.dims = array<i64: 0>}, %b: tensor<20x33xf32>)
    -> (tensor<?x20xf32>) attributes {nn.graph} {
  %r = nn.einsum "km,nk->mn" %a, %b : tensor<33x?xf32>, tensor<20x33xf32> -> tensor<?x20xf32>
  return %r : tensor<?x20xf32>
}

// CHECK: nn_dynamic: ok
func.func private @nn_dynamic(%m: index, %n: index, %k: index, %a: tensor<?x?xf32> {nn.dims = array<i64: 0, 2>}, %b: tensor<?x?xf32> {nn.dims = array<i64: 2, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.einsum "mk,kn->mn" %a, %b : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: tn_dynamic: ok
func.func private @tn_dynamic(%m: index, %n: index, %k: index, %a: tensor<?x?xf32> {nn.dims = array<i64: 2, 0>}, %b: tensor<?x?xf32> {nn.dims = array<i64: 2, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.einsum "km,kn->mn" %a, %b : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: nt_dynamic: ok
func.func private @nt_dynamic(%m: index, %n: index, %k: index, %a: tensor<?x?xf32> {nn.dims = array<i64: 0, 2>}, %b: tensor<?x?xf32> {nn.dims = array<i64: 1, 2>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.einsum "mk,nk->mn" %a, %b : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: swapped: ok
func.func private @swapped(%m: index, %n: index, %k: index, %a: tensor<?x?xf32> {nn.dims = array<i64: 2, 1>}, %b: tensor<?x?xf32> {nn.dims = array<i64: 0, 2>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.einsum "kn,mk->mn" %a, %b : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: batched: ok
func.func private @batched(%m: index, %n: index, %k: index, %a: tensor<3x?x?xf32> {nn.dims = array<i64: 0, 2>}, %b: tensor<3x?x?xf32> {nn.dims = array<i64: 2, 1>})
    -> (tensor<3x?x?xf32>) attributes {nn.graph} {
  %r = nn.einsum "bmk,bkn->bmn" %a, %b : tensor<3x?x?xf32>, tensor<3x?x?xf32> -> tensor<3x?x?xf32>
  return %r : tensor<3x?x?xf32>
}

// CHECK: rows_of_rows: ok
func.func private @rows_of_rows(%m: index, %n: index, %k: index, %a: tensor<?x2x20xf32> {nn.dims = array<i64: 0>}, %b: tensor<20x24xf32>)
    -> (tensor<?x2x24xf32>) attributes {nn.graph} {
  %r = nn.einsum "btk,kn->btn" %a, %b : tensor<?x2x20xf32>, tensor<20x24xf32> -> tensor<?x2x24xf32>
  return %r : tensor<?x2x24xf32>
}

// CHECK: columns_of_columns: ok
func.func private @columns_of_columns(%m: index, %n: index, %k: index, %a: tensor<?x20xf32> {nn.dims = array<i64: 0>}, %b: tensor<20x3x5xf32>)
    -> (tensor<?x3x5xf32>) attributes {nn.graph} {
  %r = nn.einsum "mk,knp->mnp" %a, %b : tensor<?x20xf32>, tensor<20x3x5xf32> -> tensor<?x3x5xf32>
  return %r : tensor<?x3x5xf32>
}

// CHECK: vector_last: ok
func.func private @vector_last(%m: index, %n: index, %k: index, %a: tensor<?x?xf32> {nn.dims = array<i64: 0, 2>}, %b: tensor<?xf32> {nn.dims = array<i64: 2>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.einsum "mk,k->m" %a, %b : tensor<?x?xf32>, tensor<?xf32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: vector_first: ok
func.func private @vector_first(%m: index, %n: index, %k: index, %a: tensor<?xf32> {nn.dims = array<i64: 2>}, %b: tensor<?x?xf32> {nn.dims = array<i64: 2, 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.einsum "k,kn->n" %a, %b : tensor<?xf32>, tensor<?x?xf32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: outer: ok
func.func private @outer(%m: index, %n: index, %k: index, %a: tensor<?xf32> {nn.dims = array<i64: 0>}, %b: tensor<?xf32> {nn.dims = array<i64: 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.einsum "m,n->mn" %a, %b : tensor<?xf32>, tensor<?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: dot: ok
func.func private @dot(%m: index, %n: index, %k: index, %a: tensor<?xf32> {nn.dims = array<i64: 2>}, %b: tensor<?xf32> {nn.dims = array<i64: 2>})
    -> (tensor<f32>) attributes {nn.graph} {
  %r = nn.einsum "k,k->" %a, %b : tensor<?xf32>, tensor<?xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK: row_sums: ok
func.func private @row_sums(%m: index, %n: index, %k: index, %a: tensor<?x?xf32> {nn.dims = array<i64: 0, 2>}, %b: tensor<?xf32> {nn.dims = array<i64: 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.einsum "mk,n->mn" %a, %b : tensor<?x?xf32>, tensor<?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: long_k: ok
func.func private @long_k(%m: index, %n: index, %k: index, %a: tensor<?x1300xf32> {nn.dims = array<i64: 0>}, %b: tensor<1300x20xf32>)
    -> (tensor<?x20xf32>) attributes {nn.graph} {
  %r = nn.einsum "mk,kn->mn" %a, %b : tensor<?x1300xf32>, tensor<1300x20xf32> -> tensor<?x20xf32>
  return %r : tensor<?x20xf32>
}

// CHECK: wide_static: ok
func.func private @wide_static(%m: index, %n: index, %k: index, %a: tensor<?x600xf32> {nn.dims = array<i64: 0>}, %b: tensor<600x600xf32>)
    -> (tensor<?x600xf32>) attributes {nn.graph} {
  %r = nn.einsum "mk,kn->mn" %a, %b : tensor<?x600xf32>, tensor<600x600xf32> -> tensor<?x600xf32>
  return %r : tensor<?x600xf32>
}

// CHECK: doubles: ok
func.func private @doubles(%m: index, %n: index, %k: index, %a: tensor<?x30xf64> {nn.dims = array<i64: 0>}, %b: tensor<30x21xf64>)
    -> (tensor<?x21xf64>) attributes {nn.graph} {
  %r = nn.einsum "mk,kn->mn" %a, %b : tensor<?x30xf64>, tensor<30x21xf64> -> tensor<?x21xf64>
  return %r : tensor<?x21xf64>
}

// CHECK: doubles_nt: ok
func.func private @doubles_nt(%m: index, %n: index, %k: index, %a: tensor<?x?xf64> {nn.dims = array<i64: 0, 2>}, %b: tensor<?x?xf64> {nn.dims = array<i64: 1, 2>})
    -> (tensor<?x?xf64>) attributes {nn.graph} {
  %r = nn.einsum "mk,nk->mn" %a, %b : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  return %r : tensor<?x?xf64>
}

// CHECK: halves: ok
func.func private @halves(%m: index, %n: index, %k: index, %a: tensor<?x30xbf16> {nn.dims = array<i64: 0>}, %b: tensor<30x21xbf16>)
    -> (tensor<?x21xbf16>) attributes {nn.graph} {
  %r = nn.einsum "mk,kn->mn" %a, %b : tensor<?x30xbf16>, tensor<30x21xbf16> -> tensor<?x21xbf16>
  return %r : tensor<?x21xbf16>
}

// CHECK: integers: ok
func.func private @integers(%m: index, %n: index, %k: index, %a: tensor<?x30xi32> {nn.dims = array<i64: 0>}, %b: tensor<30x21xi32>)
    -> (tensor<?x21xi32>) attributes {nn.graph} {
  %r = nn.einsum "mk,kn->mn" %a, %b : tensor<?x30xi32>, tensor<30x21xi32> -> tensor<?x21xi32>
  return %r : tensor<?x21xi32>
}
