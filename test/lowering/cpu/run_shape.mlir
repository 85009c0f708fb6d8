// RUN: %bin/graph-run %s 5,37 8,16 20,64 | FileCheck %s
// Ops that move elements, and indexing by tensors.

// CHECK: transpose: ok
func.func private @transpose(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.transpose %x perm = [1, 0] : tensor<?x?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: transpose3: ok
func.func private @transpose3(%m: index, %n: index, %x: tensor<?x4x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<4x?x?xf32>) attributes {nn.graph} {
  %r = nn.transpose %x perm = [1, 0, 2] : tensor<?x4x?xf32> -> tensor<4x?x?xf32>
  return %r : tensor<4x?x?xf32>
}

// CHECK: reverse: ok
func.func private @reverse(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.reverse %x axes = [1] : tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: slice: ok
func.func private @slice(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.slice %x start = [1, 2] limit = [-1, -1] stride = [1, 1] : tensor<?x?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: slice_steps: ok
func.func private @slice_steps(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.slice %x start = [1, 2] limit = [-1, -1] stride = [2, 3] : tensor<?x?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: pad: ok
func.func private @pad(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.pad %x lo = [1, 0] hi = [2, 3] interior = [0, 1] fill = 2.0 : tensor<?x?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: cut: ok
func.func private @cut(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.pad %x lo = [-1, 0] hi = [0, -2] interior = [0, 0] fill = 0.0 : tensor<?x?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: concat: ok
func.func private @concat(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %y: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.concat 1, %x, %y : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: reshape: ok
func.func private @reshape(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %k = arith.muli %m, %n : index
  %e = nn.exp %x : tensor<?x?xf32>
  %y = nn.reshape %e [%k] : tensor<?x?xf32> -> tensor<?xf32>
  %r = nn.neg %y : tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: take: ok
func.func private @take(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %i: tensor<?xi32> {nn.dims = array<i64: 0>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.take %x, %i axis = 0 : tensor<?x?xf32>, tensor<?xi32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: take_columns: ok
func.func private @take_columns(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %i: tensor<?xi64> {nn.dims = array<i64: 0>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.take %x, %i axis = 1 : tensor<?x?xf32>, tensor<?xi64> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: take_along_columns: ok
func.func private @take_along_columns(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %i: tensor<?xi64> {nn.dims = array<i64: 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.take_along %x, %i axis = 0 : tensor<?x?xf32>, tensor<?xi64> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: scatter_add: ok
func.func private @scatter_add(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %i: tensor<?xi32> {nn.dims = array<i64: 0>}, %u: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.scatter_add %x, %i, %u axis = 0 : tensor<?x?xf32>, tensor<?xi32>, tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: scatter_add_along_columns: ok
func.func private @scatter_add_along_columns(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %i: tensor<?xi64> {nn.dims = array<i64: 1>}, %u: tensor<?xf32> {nn.dims = array<i64: 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.scatter_add_along %x, %i, %u axis = 0 : tensor<?x?xf32>, tensor<?xi64>, tensor<?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: dynamic_slice: ok
func.func private @dynamic_slice(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<2x3xf32>) attributes {nn.graph} {
  %i = arith.constant 1 : index
  %r = nn.dynamic_slice %x at [%i, %n] : tensor<?x?xf32> -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// CHECK: dynamic_update: ok
func.func private @dynamic_update(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %u: tensor<2x3xf32>)
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %i = arith.constant 1 : index
  %r = nn.dynamic_update %x, %u at [%i, %n] : tensor<?x?xf32>, tensor<2x3xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: tree: ok
func.func private @tree(%m: index, %n: index, %p: tensor<48xf32>)
    -> (tensor<48xf32>, tensor<3x4xf32>) attributes {nn.graph} {
  %a, %b = nn.unpack %p : tensor<48xf32> -> tensor<3x4xf32>, tensor<20xf32>
  %e = nn.exp %a : tensor<3x4xf32>
  %r = nn.pack %e, %b : tensor<3x4xf32>, tensor<20xf32> -> tensor<48xf32>
  return %r, %e : tensor<48xf32>, tensor<3x4xf32>
}

// CHECK: same_twice: ok
func.func private @same_twice(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>) attributes {nn.graph} {
  %e = nn.exp %x : tensor<?x?xf32>
  return %e, %e, %x : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}

// CHECK: random: ok
func.func private @random(%m: index, %n: index, %rng: tensor<2xi64>)
    -> (tensor<?x?xui32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) attributes {nn.graph} {
  %r = nn.rng_bits %rng [%m, %n] : tensor<?x?xui32>
  %next = nn.rng_advance %rng, %m
  %child, %parent = nn.rng_split %rng
  return %r, %next, %child, %parent : tensor<?x?xui32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>
}
