// RUN: %bin/nn-run %s | FileCheck %s

// CHECK: broadcast.0: 1 1 1 2 2 2
// CHECK: broadcast.1: 1 2 1 2
func.func @broadcast() -> (tensor<2x3xf32>, tensor<2x2xf32>) {
  %x = nn.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %0 = nn.broadcast %x map = [0, 1] : tensor<2x1xf32> -> tensor<2x3xf32>
  %y = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = nn.broadcast %y map = [1] : tensor<2xf32> -> tensor<2x2xf32>
  return %0, %1 : tensor<2x3xf32>, tensor<2x2xf32>
}

// CHECK: moved.0: 0 3 1 4 2 5
// CHECK: moved.1: 2 1 0 5 4 3
// CHECK: moved.2: 0 1 2 3 4 5
func.func @moved() -> (tensor<3x2xi32>, tensor<2x3xi32>, tensor<6xi32>) {
  %x = nn.constant dense<[[0, 1, 2], [3, 4, 5]]> : tensor<2x3xi32>
  %0 = nn.transpose %x perm = [1, 0] : tensor<2x3xi32> -> tensor<3x2xi32>
  %1 = nn.reverse %x axes = [1] : tensor<2x3xi32>
  %2 = nn.reshape %x : tensor<2x3xi32> -> tensor<6xi32>
  return %0, %1, %2 : tensor<3x2xi32>, tensor<2x3xi32>, tensor<6xi32>
}

// An offset is clamped so that the block lies inside.
// CHECK: blocks.0: 1 3
// CHECK: blocks.1: 3 4
// CHECK: blocks.2: 0 8 9 3 4
func.func @blocks() -> (tensor<2xi32>, tensor<2xi32>, tensor<5xi32>) {
  %x = nn.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi32>
  %u = nn.constant dense<[8, 9]> : tensor<2xi32>
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %0 = nn.slice %x start = [1] limit = [-1] stride = [2] : tensor<5xi32> -> tensor<2xi32>
  %1 = nn.dynamic_slice %x at [%c7] : tensor<5xi32> -> tensor<2xi32>
  %2 = nn.dynamic_update %x, %u at [%c1] : tensor<5xi32>, tensor<2xi32>
  return %0, %1, %2 : tensor<2xi32>, tensor<2xi32>, tensor<5xi32>
}

// CHECK: padded.0: 9 1 9 2 9 3 9 9
// CHECK: padded.1: 2
// CHECK: padded.2: 9 2 9 3
// CHECK: padded.3: 1 2 3 1
func.func @padded() -> (tensor<8xi32>, tensor<1xi32>, tensor<4xi32>, tensor<4xi32>) {
  %x = nn.constant dense<[1, 2, 3]> : tensor<3xi32>
  %y = nn.constant dense<[1]> : tensor<1xi32>
  %0 = nn.pad %x lo = [1] hi = [2] interior = [1] fill = 9.0 : tensor<3xi32> -> tensor<8xi32>
  %1 = nn.pad %x lo = [-1] hi = [-1] interior = [0] fill = 9.0 : tensor<3xi32> -> tensor<1xi32>
  %2 = nn.pad %x lo = [-1] hi = [0] interior = [1] fill = 9.0 : tensor<3xi32> -> tensor<4xi32>
  %3 = nn.concat 0, %x, %y : tensor<3xi32>, tensor<1xi32> -> tensor<4xi32>
  return %0, %1, %2, %3 : tensor<8xi32>, tensor<1xi32>, tensor<4xi32>, tensor<4xi32>
}
