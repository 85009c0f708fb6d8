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
