// RUN: nn-opt %s --nn-split-reductions | FileCheck %s
// A tensor is summed row by row, and the rows' sums then.
// CHECK-LABEL: @large
// CHECK: %[[R:.*]] = nn.sum %{{.*}} axes = [1, 2] : tensor<?x8x16xf32> -> tensor<?xf32>
// CHECK: nn.sum %[[R]] axes = [0] : tensor<?xf32> -> tensor<f32>
func.func private @large(%n: index, %x: tensor<?x8x16xf32> {nn.dims = array<i64: 0>}) -> tensor<f32> attributes {nn.graph} {
  %s = nn.sum %x axes = [0, 1, 2] : tensor<?x8x16xf32> -> tensor<f32>
  return %s : tensor<f32>
}
// CHECK-LABEL: @vector
// CHECK: %[[M:.*]] = nn.reshape %{{.*}} : tensor<92736xf32> -> tensor<6x15456xf32>
// CHECK: %[[R:.*]] = nn.reduce_max %[[M]] axes = [1]
// CHECK: nn.reduce_max %[[R]] axes = [0]
func.func private @vector(%x: tensor<92736xf32>) -> tensor<f32> attributes {nn.graph} {
  %s = nn.reduce_max %x axes = [0] : tensor<92736xf32> -> tensor<f32>
  return %s : tensor<f32>
}
// CHECK-LABEL: @small
// CHECK: nn.sum %{{.*}} axes = [0] : tensor<100xf32> -> tensor<f32>
func.func private @small(%x: tensor<100xf32>) -> tensor<f32> attributes {nn.graph} {
  %s = nn.sum %x axes = [0] : tensor<100xf32> -> tensor<f32>
  return %s : tensor<f32>
}
