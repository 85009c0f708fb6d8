// RUN: nn-opt %s --nn-expand-grad --canonicalize --cse | FileCheck %s

// Adjoints of bf16 values are summed in f32, over uses and over iterations.
// CHECK-LABEL: @uses
// CHECK: nn.add %{{.*}}, %{{.*}} : tensor<4xf32>
// CHECK: nn.cast %{{.*}} : tensor<4xf32> to tensor<4xbf16>
func.func @uses(%x: tensor<4xbf16>) -> tensor<4xbf16> {
  %l, %dx = nn.grad (%x) : (tensor<4xbf16>) -> (tensor<bf16>, tensor<4xbf16>) {
  ^bb0(%v: tensor<4xbf16>):
    %e = nn.exp %v : tensor<4xbf16>
    %m = nn.mul %e, %v : tensor<4xbf16>
    %s = nn.sum %m axes = [0] : tensor<4xbf16> -> tensor<bf16>
    nn.yield %s : tensor<bf16>
  }
  return %dx : tensor<4xbf16>
}

// CHECK-LABEL: @iterations
// CHECK: nn.for {{.*}} reverse carry({{.*}} : tensor<bf16>, tensor<f32>)
func.func @iterations(%n: index, %w: tensor<bf16>, %x: tensor<bf16>) -> tensor<bf16> {
  %c0 = arith.constant 0 : index
  %l, %dw = nn.grad (%w) : (tensor<bf16>) -> (tensor<bf16>, tensor<bf16>) {
  ^bb0(%v: tensor<bf16>):
    %h = nn.for %c0 to %n carry(%x : tensor<bf16>) -> (tensor<bf16>) {
    ^bb0(%i: index, %s: tensor<bf16>):
      %m = nn.mul %s, %v : tensor<bf16>
      nn.yield %m : tensor<bf16>
    }
    nn.yield %h : tensor<bf16>
  }
  return %dw : tensor<bf16>
}

// Weights in f32, products of their bf16 copies: the gradient never is bf16.
// CHECK-LABEL: @product
// CHECK: %[[DW:.*]] = nn.einsum "mk,mn->kn" %{{.*}} : tensor<2x3xbf16>, tensor<2x4xbf16> -> tensor<3x4xf32>
// CHECK-NEXT: return %[[DW]]
func.func @product(%x: tensor<2x3xbf16>, %w: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %l, %dw = nn.grad (%w) : (tensor<3x4xf32>) -> (tensor<f32>, tensor<3x4xf32>) {
  ^bb0(%v: tensor<3x4xf32>):
    %b = nn.cast %v : tensor<3x4xf32> to tensor<3x4xbf16>
    %y = nn.einsum "mk,kn->mn" %x, %b : tensor<2x3xbf16>, tensor<3x4xbf16> -> tensor<2x4xf32>
    %q = nn.mul %y, %y : tensor<2x4xf32>
    %s = nn.sum %q axes = [0, 1] : tensor<2x4xf32> -> tensor<f32>
    nn.yield %s : tensor<f32>
  }
  return %dw : tensor<3x4xf32>
}
