// RUN: nn-opt %s --graph-opt --nn-fuse | FileCheck %s
// RUN: nn-opt %s --pass-pipeline="builtin.module(func.func(nn-simplify-shapes))" | FileCheck %s --check-prefix=SHAPES

// A softmax with kept axes of size 1, as the standard library writes it, is one kernel.
// CHECK-LABEL: @softmax
// SHAPES-LABEL: @softmax
// SHAPES-NOT: nn.reshape
// SHAPES: nn.broadcast %{{.*}} map = [0] : tensor<?xf32> -> tensor<?x10xf32>
// CHECK: kernel.row
// CHECK-NOT: kernel.{{pointwise|row|generic}}
// CHECK: return
func.func private @softmax(%n: index, %x: tensor<?x10xf32> {nn.dims = array<i64: 0>}) -> tensor<?x10xf32> attributes {nn.graph} {
  %m = nn.reduce_max %x axes = [1] : tensor<?x10xf32> -> tensor<?xf32>
  %m1 = nn.reshape %m [%n] : tensor<?xf32> -> tensor<?x1xf32>
  %mb = nn.broadcast %m1 [%n] map = [0, 1] : tensor<?x1xf32> -> tensor<?x10xf32>
  %s = nn.sub %x, %mb : tensor<?x10xf32>
  %e = nn.exp %s : tensor<?x10xf32>
  %sum = nn.sum %e axes = [1] : tensor<?x10xf32> -> tensor<?xf32>
  %sum1 = nn.reshape %sum [%n] : tensor<?xf32> -> tensor<?x1xf32>
  %sb = nn.broadcast %sum1 [%n] map = [0, 1] : tensor<?x1xf32> -> tensor<?x10xf32>
  %p = nn.div %e, %sb : tensor<?x10xf32>
  return %p : tensor<?x10xf32>
}

// Reshapes move behind elementwise ops.
// CHECK-LABEL: @image
// CHECK: kernel.pointwise "pointwise_div"
// CHECK-NOT: kernel.pointwise
// CHECK: nn.reshape
func.func private @image(%x: tensor<28x28xui8>) -> tensor<784xf32> attributes {nn.graph} {
  %f = nn.cast %x : tensor<28x28xui8> to tensor<28x28xf32>
  %v = nn.reshape %f : tensor<28x28xf32> -> tensor<784xf32>
  %c = nn.constant dense<255.0> : tensor<784xf32>
  %r = nn.div %v, %c : tensor<784xf32>
  return %r : tensor<784xf32>
}

// Transposes become other letters.
// CHECK-LABEL: @transposed
// CHECK-NOT: nn.transpose
// CHECK: nn.einsum "nk,mk->mn"
func.func private @transposed(%a: tensor<3x4xf32>, %b: tensor<5x4xf32>) -> tensor<5x3xf32> attributes {nn.graph} {
  %t = nn.transpose %b perm = [1, 0] : tensor<5x4xf32> -> tensor<4x5xf32>
  %c = nn.einsum "nk,km->nm" %a, %t : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<3x5xf32>
  %r = nn.transpose %c perm = [1, 0] : tensor<3x5xf32> -> tensor<5x3xf32>
  return %r : tensor<5x3xf32>
}

// A dot product is a row kernel.
// CHECK-LABEL: @dot
// CHECK: kernel.row
// CHECK-NOT: nn.einsum
func.func private @dot(%a: tensor<40xf32>, %b: tensor<40xf32>) -> tensor<f32> attributes {nn.graph} {
  %r = nn.einsum "k,k->" %a, %b : tensor<40xf32>, tensor<40xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// What is zero but for blocks of its own is written block by block; blocks that meet are added.
// SHAPES-LABEL: @parts
// SHAPES: %[[A:.*]] = nn.dynamic_update %{{.*}}, %arg1 at[%{{.*}}, %c8]
// SHAPES: %[[C:.*]] = nn.dynamic_update %{{.*}}, %arg2 at[%{{.*}}, %c4]
// SHAPES: %[[B:.*]] = nn.dynamic_update %[[A]], %arg2 at[%{{.*}}, %c0]
// SHAPES: nn.add %[[B]], %[[C]]
func.func private @parts(%n: index, %x: tensor<?x8xf32> {nn.dims = array<i64: 0>}, %y: tensor<?x8xf32> {nn.dims = array<i64: 0>})
    -> tensor<?x16xf32> attributes {nn.graph} {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %zero = nn.constant dense<0.0> : tensor<f32>
  %z = nn.full %zero[%n] : tensor<f32> -> tensor<?x16xf32>
  %a = nn.dynamic_update %z, %x at[%c0, %c8] : tensor<?x16xf32>, tensor<?x8xf32>
  %b = nn.dynamic_update %z, %y at[%c0, %c0] : tensor<?x16xf32>, tensor<?x8xf32>
  %c = nn.dynamic_update %z, %y at[%c0, %c4] : tensor<?x16xf32>, tensor<?x8xf32>
  %ab = nn.add %a, %b : tensor<?x16xf32>
  %s = nn.add %ab, %c : tensor<?x16xf32>
  return %s : tensor<?x16xf32>
}
