// RUN: nn-opt %s --split-input-file --verify-diagnostics

func.func @shapes(%x: tensor<4xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "nn.add"(%x, %y) : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @no_floats(%x: tensor<4xi32>) {
  // expected-error @+1 {{must be tensor of floats}}
  %0 = nn.exp %x : tensor<4xi32>
  return
}

// -----

func.func @vector(%x: vector<4xf32>) {
  // expected-error @+1 {{invalid kind of type specified: expected builtin.tensor}}
  %0 = nn.exp %x : vector<4xf32>
  return
}

// -----

func.func @condition(%p: tensor<3xi1>, %x: tensor<4xf32>) {
  // expected-error @+1 {{requires the same shape for all operands and results}}
  %0 = nn.select %p, %x, %x : tensor<3xi1>, tensor<4xf32>
  return
}
