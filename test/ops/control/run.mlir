// RUN: %bin/nn-run %s | FileCheck %s

// CHECK: loops.0: 6
// CHECK: loops.1: 1 3 6
// CHECK: loops.2: 6 5 3
func.func @loops() -> (tensor<f32>, tensor<3xf32>, tensor<3xf32>) {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %x = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %z = nn.constant dense<0.0> : tensor<f32>
  %s, %ys = nn.for %c0 to %c3 carry(%z : tensor<f32>) slice(%x : tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>) {
  ^bb0(%i: index, %a: tensor<f32>, %e: tensor<f32>):
    %t = nn.add %a, %e : tensor<f32>
    nn.yield %t, %t : tensor<f32>, tensor<f32>
  }
  %r, %zs = nn.for %c0 to %c3 reverse carry(%z : tensor<f32>) slice(%x : tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>) {
  ^bb0(%i: index, %a: tensor<f32>, %e: tensor<f32>):
    %t = nn.add %a, %e : tensor<f32>
    nn.yield %t, %t : tensor<f32>, tensor<f32>
  }
  return %s, %ys, %zs : tensor<f32>, tensor<3xf32>, tensor<3xf32>
}

// CHECK: unsigned_rows.0: 7
func.func @unsigned_rows() -> tensor<ui32> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %x = nn.constant dense<[3, 4]> : tensor<2xui32>
  %z = nn.constant dense<0> : tensor<ui32>
  %s = nn.for %c0 to %c2 carry(%z : tensor<ui32>) slice(%x : tensor<2xui32>) -> (tensor<ui32>) {
  ^bb0(%i: index, %a: tensor<ui32>, %e: tensor<ui32>):
    %t = nn.add %a, %e : tensor<ui32>
    nn.yield %t : tensor<ui32>
  }
  return %s : tensor<ui32>
}

// CHECK: branches.0: 1
// CHECK: branches.1: 128
// CHECK: branches.2: 2.5
func.func @branches() -> (tensor<f32>, tensor<i64>, tensor<f32>) {
  %x = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %s = nn.sum %x axes = [0] : tensor<2xf32> -> tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %p = nn.compare gt %s, %one : tensor<f32>
  %0 = nn.if %p -> (tensor<f32>) {
    nn.yield %one : tensor<f32>
  } else {
    nn.yield %s : tensor<f32>
  }
  %n1 = nn.constant dense<1> : tensor<i64>
  %lim = nn.constant dense<100> : tensor<i64>
  %1 = nn.while (%n1 : tensor<i64>) {
  ^bb0(%n: tensor<i64>):
    %q = nn.compare lt %n, %lim : tensor<i64>
    nn.yield %q : tensor<i1>
  } do {
  ^bb0(%n: tensor<i64>):
    %m = nn.add %n, %n : tensor<i64>
    nn.yield %m : tensor<i64>
  }
  %h = nn.constant dense<0.5> : tensor<f32>
  %2 = nn.checkpoint -> (tensor<f32>) {
    %c = nn.stop_gradient %s : tensor<f32>
    %d = nn.sub %c, %h : tensor<f32>
    nn.yield %d : tensor<f32>
  }
  return %0, %1, %2 : tensor<f32>, tensor<i64>, tensor<f32>
}
