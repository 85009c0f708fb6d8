// RUN: %bin/graph-run %s 1,3 5,37 | FileCheck %s
// Loops and branches in graphs.

// CHECK: loop: ok
func.func private @loop(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %s: tensor<?xf32> {nn.dims = array<i64: 1>})
    -> (tensor<?xf32>, tensor<?x?xf32>) attributes {nn.graph} {
  %c0 = arith.constant 0 : index
  %last, %all = nn.for %c0 to %m carry (%s : tensor<?xf32>) slice (%x : tensor<?x?xf32>) dims [%n] -> (tensor<?xf32>, tensor<?x?xf32>) {
  ^bb0(%i: index, %c: tensor<?xf32>, %row: tensor<?xf32>):
    %a = nn.add %c, %row : tensor<?xf32>
    %e = nn.tanh %a : tensor<?xf32>
    nn.yield %e, %a : tensor<?xf32>, tensor<?xf32>
  }
  return %last, %all : tensor<?xf32>, tensor<?x?xf32>
}

// CHECK: loop_reverse: ok
func.func private @loop_reverse(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %s: tensor<?xf32> {nn.dims = array<i64: 1>})
    -> (tensor<?xf32>, tensor<?x?xf32>) attributes {nn.graph} {
  %c0 = arith.constant 0 : index
  %last, %all = nn.for %c0 to %m reverse carry (%s : tensor<?xf32>) slice (%x : tensor<?x?xf32>) dims [%n] -> (tensor<?xf32>, tensor<?x?xf32>) {
  ^bb0(%i: index, %c: tensor<?xf32>, %row: tensor<?xf32>):
    %a = nn.add %c, %row : tensor<?xf32>
    %e = nn.tanh %a : tensor<?xf32>
    nn.yield %e, %e : tensor<?xf32>, tensor<?xf32>
  }
  return %last, %all : tensor<?xf32>, tensor<?x?xf32>
}

// CHECK: loop_swaps: ok
func.func private @loop_swaps(%m: index, %n: index, %x: tensor<?xf32> {nn.dims = array<i64: 1>}, %s: tensor<?xf32> {nn.dims = array<i64: 1>})
    -> (tensor<?xf32>, tensor<?xf32>) attributes {nn.graph} {
  %c0 = arith.constant 0 : index
  %a, %b = nn.for %c0 to %m carry (%x, %s : tensor<?xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  ^bb0(%i: index, %p: tensor<?xf32>, %q: tensor<?xf32>):
    nn.yield %q, %p : tensor<?xf32>, tensor<?xf32>
  }
  return %a, %b : tensor<?xf32>, tensor<?xf32>
}

// CHECK: loop_products: ok
func.func private @loop_products(%m: index, %n: index, %w: tensor<4x8x8xf32>, %x: tensor<?x8xf32> {nn.dims = array<i64: 0>})
    -> (tensor<?x8xf32>) attributes {nn.graph} {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %r = nn.for %c0 to %c4 carry (%x : tensor<?x8xf32>) slice (%w : tensor<4x8x8xf32>) -> (tensor<?x8xf32>) {
  ^bb0(%i: index, %h: tensor<?x8xf32>, %u: tensor<8x8xf32>):
    %p = nn.einsum "mk,kn->mn" %h, %u : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
    %t = nn.tanh %p : tensor<?x8xf32>
    nn.yield %t : tensor<?x8xf32>
  }
  return %r : tensor<?x8xf32>
}

// CHECK: branch: ok
func.func private @branch(%m: index, %n: index, %x: tensor<?xf32> {nn.dims = array<i64: 1>}, %p: tensor<i1>)
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.if %p dims [%n] -> (tensor<?xf32>) {
    %e = nn.exp %x : tensor<?xf32>
    nn.yield %e : tensor<?xf32>
  } else {
    nn.yield %x : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// CHECK: repeat: ok
func.func private @repeat(%m: index, %n: index, %x: tensor<?xf32> {nn.dims = array<i64: 1>})
    -> (tensor<i64>, tensor<?xf32>) attributes {nn.graph} {
  %zero = nn.constant dense<0> : tensor<i64>
  %one = nn.constant dense<1> : tensor<i64>
  %limit = nn.constant dense<5> : tensor<i64>
  %k, %r = nn.while (%zero, %x : tensor<i64>, tensor<?xf32>) {
  ^bb0(%i: tensor<i64>, %v: tensor<?xf32>):
    %go = nn.compare lt %i, %limit : tensor<i64>
    nn.yield %go : tensor<i1>
  } do {
  ^bb0(%i: tensor<i64>, %v: tensor<?xf32>):
    %j = nn.add %i, %one : tensor<i64>
    %w = nn.add %v, %v : tensor<?xf32>
    nn.yield %j, %w : tensor<i64>, tensor<?xf32>
  }
  return %k, %r : tensor<i64>, tensor<?xf32>
}
