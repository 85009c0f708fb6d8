// RUN: nn-opt %s --split-input-file --verify-diagnostics

func.func @carry(%n: index, %a: tensor<f32>) {
  // expected-error @+1 {{body yields ('tensor<2xf32>'), but should be ('tensor<f32>')}}
  %r = nn.for %n to %n carry(%a : tensor<f32>) -> (tensor<f32>) {
  ^bb0(%i: index, %s: tensor<f32>):
    %t = nn.full %s : tensor<f32> -> tensor<2xf32>
    nn.yield %t : tensor<2xf32>
  }
  return
}

// -----

func.func @arguments(%n: index, %a: tensor<f32>) {
  // expected-error @+1 {{body takes (), but should be ('index', 'tensor<f32>')}}
  %r = nn.for %n to %n carry(%a : tensor<f32>) -> (tensor<f32>) {
    nn.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @condition(%a: tensor<f32>) {
  // expected-error @+1 {{condition yields ('tensor<f32>'), but should be ('tensor<i1>')}}
  %r = nn.while (%a : tensor<f32>) {
  ^bb0(%s: tensor<f32>):
    nn.yield %s : tensor<f32>
  } do {
  ^bb0(%s: tensor<f32>):
    nn.yield %s : tensor<f32>
  }
  return
}

// -----

func.func @branches(%p: tensor<i1>, %a: tensor<f32>) {
  // expected-error @+1 {{region yields (), but should be ('tensor<f32>')}}
  %r = nn.if %p -> (tensor<f32>) {
    nn.yield %a : tensor<f32>
  } else {
  }
  return
}
