// RUN: nn-opt %s --split-input-file --verify-diagnostics

func.func @inner(%a: tensor<2x3xf32>, %b: tensor<4x5xf32>) {
  // expected-error @+1 {{letter k is 3 in lhs and 4 in rhs}}
  %0 = nn.einsum "mk,kn->mn" %a, %b : tensor<2x3xf32>, tensor<4x5xf32> -> tensor<2x5xf32>
  return
}

// -----

func.func @spec(%a: tensor<2x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{does not name the axes}}
  %0 = nn.einsum "mk,kn->mn" %a, %b : tensor<2x3xf32>, tensor<3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @garbage(%a: tensor<2x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{does not name the axes}}
  %0 = nn.einsum "" %a, %b : tensor<2x3xf32>, tensor<3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @result(%a: tensor<2x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{letter z of the result is in no operand}}
  %0 = nn.einsum "mk,k->z" %a, %b : tensor<2x3xf32>, tensor<3xf32> -> tensor<2xf32>
  return
}
