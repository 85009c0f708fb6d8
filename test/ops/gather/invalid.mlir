// RUN: nn-opt %s --split-input-file --verify-diagnostics

func.func @along(%x: tensor<2x3xf32>, %i: tensor<3xi32>) {
  // expected-error @+2 {{'nn.take_along' takes at 'tensor<3xi32>' on axis 1 of 'tensor<2x3xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.take_along %x, %i axis = 1 : tensor<2x3xf32>, tensor<3xi32> -> tensor<2xf32>
  return
}

// -----

func.func @update(%x: tensor<2x3xf32>, %i: tensor<4xi32>, %u: tensor<4x2xf32>) {
  // expected-error @+1 {{adds 'tensor<4x2xf32>' to 'tensor<2x3xf32>' at indices 'tensor<4xi32>'}}
  %0 = nn.scatter_add %x, %i, %u axis = 0 : tensor<2x3xf32>, tensor<4xi32>, tensor<4x2xf32>
  return
}
