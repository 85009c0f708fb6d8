// RUN: %bin/graph-run %s 1,3 5,37 40,130 7,1 | FileCheck %s
// Elements taken from rows and put back, with and without sums beside them.

// CHECK: take_along_f32: ok
func.func private @take_along_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>},
    %i: tensor<?xi32> {nn.dims = array<i64: 0>}) -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.take_along %x, %i axis = 1 : tensor<?x?xf32>, tensor<?xi32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: take_along_f64: ok
func.func private @take_along_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>},
    %i: tensor<?xi64> {nn.dims = array<i64: 0>}) -> (tensor<?xf64>) attributes {nn.graph} {
  %e = nn.exp %x : tensor<?x?xf64>
  %t = nn.take_along %e, %i axis = 1 : tensor<?x?xf64>, tensor<?xi64> -> tensor<?xf64>
  %r = nn.neg %t : tensor<?xf64>
  return %r : tensor<?xf64>
}

// CHECK: take_one_bf16: ok
func.func private @take_one_bf16(%m: index, %n: index, %x: tensor<?xbf16> {nn.dims = array<i64: 1>},
    %i: tensor<i32>) -> (tensor<bf16>) attributes {nn.graph} {
  %r = nn.take_along %x, %i axis = 0 : tensor<?xbf16>, tensor<i32> -> tensor<bf16>
  return %r : tensor<bf16>
}

// What is taken depends on sums of the same rows.
// CHECK: take_of_shares_f64: ok
func.func private @take_of_shares_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>},
    %i: tensor<?xi32> {nn.dims = array<i64: 0>}) -> (tensor<?xf64>, tensor<?x?xf64>) attributes {nn.graph} {
  %e = nn.exp %x : tensor<?x?xf64>
  %s = nn.sum %e axes = [1] : tensor<?x?xf64> -> tensor<?xf64>
  %b = nn.broadcast %s [%m, %n] map = [0] : tensor<?xf64> -> tensor<?x?xf64>
  %p = nn.div %e, %b : tensor<?x?xf64>
  %t = nn.take_along %p, %i axis = 1 : tensor<?x?xf64>, tensor<?xi32> -> tensor<?xf64>
  return %t, %p : tensor<?xf64>, tensor<?x?xf64>
}

// CHECK: take_along_first_f32: ok
func.func private @take_along_first_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>},
    %i: tensor<?xi32> {nn.dims = array<i64: 1>}) -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.take_along %x, %i axis = 0 : tensor<?x?xf32>, tensor<?xi32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: scatter_add_along_f32: ok
func.func private @scatter_add_along_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>},
    %i: tensor<?xi32> {nn.dims = array<i64: 0>}, %u: tensor<?xf32> {nn.dims = array<i64: 0>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.scatter_add_along %x, %i, %u axis = 1 : tensor<?x?xf32>, tensor<?xi32>, tensor<?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: scatter_add_along_first_f32: ok
func.func private @scatter_add_along_first_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>},
    %i: tensor<?xi32> {nn.dims = array<i64: 1>}, %u: tensor<?xf32> {nn.dims = array<i64: 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.scatter_add_along %x, %i, %u axis = 0 : tensor<?x?xf32>, tensor<?xi32>, tensor<?xf32>
  return %r : tensor<?x?xf32>
}

// A loss and its gradient: the row's sum, the element taken, and minus one put back there.
// CHECK: loss_and_gradient_f64: ok
func.func private @loss_and_gradient_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>},
    %i: tensor<?xi32> {nn.dims = array<i64: 0>}) -> (tensor<f64>, tensor<?x?xf64>, tensor<?xf64>)
    attributes {nn.graph} {
  %e = nn.exp %x : tensor<?x?xf64>
  %s = nn.sum %e axes = [1] : tensor<?x?xf64> -> tensor<?xf64>
  %l = nn.log %s : tensor<?xf64>
  %t = nn.take_along %x, %i axis = 1 : tensor<?x?xf64>, tensor<?xi32> -> tensor<?xf64>
  %d = nn.sub %l, %t : tensor<?xf64>
  %loss = nn.sum %d axes = [0] : tensor<?xf64> -> tensor<f64>
  %b = nn.broadcast %s [%m, %n] map = [0] : tensor<?xf64> -> tensor<?x?xf64>
  %p = nn.div %e, %b : tensor<?x?xf64>
  %minus = nn.neg %t : tensor<?xf64>
  %g = nn.scatter_add_along %p, %i, %minus axis = 1 : tensor<?x?xf64>, tensor<?xi32>, tensor<?xf64>
  %sg = nn.sum %g axes = [0] : tensor<?x?xf64> -> tensor<?xf64>
  return %loss, %g, %sg : tensor<f64>, tensor<?x?xf64>, tensor<?xf64>
}

// Only what is put back: no reduction reads the row.
// CHECK: put_and_take_f32: ok
func.func private @put_and_take_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>},
    %i: tensor<?xi32> {nn.dims = array<i64: 0>}, %u: tensor<?xf32> {nn.dims = array<i64: 0>})
    -> (tensor<?x?xf32>, tensor<?xf32>) attributes {nn.graph} {
  %t = nn.take_along %x, %i axis = 1 : tensor<?x?xf32>, tensor<?xi32> -> tensor<?xf32>
  %v = nn.mul %t, %u : tensor<?xf32>
  %z0 = nn.constant dense<0.0> : tensor<f32>
  %z = nn.full %z0 [%m, %n] : tensor<f32> -> tensor<?x?xf32>
  %g = nn.scatter_add_along %z, %i, %v axis = 1 : tensor<?x?xf32>, tensor<?xi32>, tensor<?xf32>
  %q = nn.take_along %g, %i axis = 1 : tensor<?x?xf32>, tensor<?xi32> -> tensor<?xf32>
  return %g, %q : tensor<?x?xf32>, tensor<?xf32>
}
