// RUN: nn-opt %s --split-input-file --verify-diagnostics

func.func @axes(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'nn.sum' reduces axis 2 of 'tensor<2x3xf32>': axes must increase and exist}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.sum %x axes = [2] : tensor<2x3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @argmax(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{makes 'tensor<3xi64>' of 'tensor<2x3xf32>' by axis 1}}
  %0 = nn.argmax %x axis = 1 : tensor<2x3xf32> -> tensor<3xi64>
  return
}
