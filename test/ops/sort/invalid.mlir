// RUN: nn-opt %s -split-input-file -verify-diagnostics

func.func @rows(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{orders the last axis of 'tensor<2x3xf32>', which cannot give 'tensor<3x2xi32>'}}
  %0 = nn.argsort %x : tensor<2x3xf32> -> tensor<3x2xi32>
  return
}

// -----

func.func @too_many(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{takes the first 4 of 3 elements}}
  %0 = nn.argsort %x : tensor<2x3xf32> -> tensor<2x4xi32>
  return
}
