// RUN: nn-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @transposes
// CHECK-SAME: %[[X:.*]]: tensor<2x3x4xf32>
// CHECK: %[[T:.*]] = nn.transpose %[[X]] perm = [1, 2, 0]
// CHECK: return %[[T]], %[[X]]
func.func @transposes(%x: tensor<2x3x4xf32>) -> (tensor<3x4x2xf32>, tensor<2x3x4xf32>) {
  %a = nn.transpose %x perm = [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %b = nn.transpose %a perm = [2, 0, 1] : tensor<4x2x3xf32> -> tensor<3x4x2xf32>
  %c = nn.transpose %a perm = [1, 2, 0] : tensor<4x2x3xf32> -> tensor<2x3x4xf32>
  return %b, %c : tensor<3x4x2xf32>, tensor<2x3x4xf32>
}

// CHECK-LABEL: @reshapes
// CHECK-SAME: %[[X:.*]]: tensor<6xf32>
// CHECK: return %[[X]]
func.func @reshapes(%x: tensor<6xf32>) -> tensor<6xf32> {
  %a = nn.reshape %x : tensor<6xf32> -> tensor<2x3xf32>
  %b = nn.reshape %a : tensor<2x3xf32> -> tensor<6xf32>
  return %b : tensor<6xf32>
}

// CHECK-LABEL: @broadcasts
// CHECK: nn.constant dense<2.000000e+00> : tensor<2x3xf32>
// CHECK: nn.broadcast %{{.*}} map = [2] : tensor<3xf32> -> tensor<5x2x3xf32>
func.func @broadcasts(%x: tensor<3xf32>) -> (tensor<2x3xf32>, tensor<5x2x3xf32>) {
  %c = nn.constant dense<2.0> : tensor<3xf32>
  %0 = nn.broadcast %c map = [1] : tensor<3xf32> -> tensor<2x3xf32>
  %a = nn.broadcast %x map = [1] : tensor<3xf32> -> tensor<2x3xf32>
  %1 = nn.broadcast %a map = [1, 2] : tensor<2x3xf32> -> tensor<5x2x3xf32>
  return %0, %1 : tensor<2x3xf32>, tensor<5x2x3xf32>
}

// CHECK-LABEL: @whole
// CHECK-NEXT: return %arg0
func.func @whole(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = nn.slice %x start = [0, 0] limit = [-1, 3] stride = [1, 1] : tensor<?x3xf32> -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
