// RUN: nn-opt %s --nn-expand-grad --split-input-file --verify-diagnostics

// An op without a derivative is an error where it stands, not a silent zero.
func.func @reverse(%x: tensor<f32>) -> tensor<f32> {
  %l, %dx = nn.grad (%x) : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %e = tensor.extract %v[] : tensor<f32>
    // expected-error @+1 {{'tensor.from_elements' has no derivative, but one would flow through it}}
    %y = tensor.from_elements %e : tensor<f32>
    nn.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func @forward(%x: tensor<f32>) -> tensor<f32> {
  %l, %dx = nn.jvp (%x) (%x) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    // expected-error @+1 {{'math.exp' has no derivative, but one would flow through it}}
    %y = math.exp %v : tensor<f32>
    nn.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

// A stopped gradient and a comparison carry none.
func.func @stopped(%x: tensor<f32>) -> tensor<f32> {
  %l, %dx = nn.grad (%x) : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %y = nn.stop_gradient %v : tensor<f32>
    nn.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}
