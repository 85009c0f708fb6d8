// RUN: nn-opt %s --split-input-file --verify-diagnostics

func.func @size(%t: tensor<5xf32>) {
  // expected-error @+1 {{has leaves of 32 elements with padding in 'tensor<5xf32>'}}
  %a, %b = nn.unpack %t : tensor<5xf32> -> tensor<3xf32>, tensor<2xf32>
  return
}

// -----

func.func @element(%t: tensor<16xf32>) {
  // expected-error @+1 {{has a leaf 'tensor<3xf64>' in 'tensor<16xf32>'}}
  %a = nn.unpack %t : tensor<16xf32> -> tensor<3xf64>
  return
}
