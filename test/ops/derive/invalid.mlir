// RUN: nn-opt %s --split-input-file --verify-diagnostics

func.func @loss(%a: tensor<2xf32>) {
  // expected-error @+1 {{body yields no rank-0 float first}}
  %l, %d = nn.grad (%a) : (tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  ^bb0(%v: tensor<2xf32>):
    nn.yield %v : tensor<2xf32>
  }
  return
}

// -----

func.func @results(%a: tensor<2xf32>, %l: tensor<f32>) {
  // expected-error @+1 {{results are ('tensor<f32>'), but should be ('tensor<f32>', 'tensor<2xf32>')}}
  %r = nn.grad (%a) : (tensor<2xf32>) -> tensor<f32> {
  ^bb0(%v: tensor<2xf32>):
    nn.yield %l : tensor<f32>
  }
  return
}

// -----

func.func @tangents(%a: tensor<2xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{has tangents ('tensor<3xf32>') for ('tensor<2xf32>')}}
  %r, %t = nn.jvp (%a) (%b) : (tensor<2xf32>, tensor<3xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  ^bb0(%v: tensor<2xf32>):
    nn.yield %v : tensor<2xf32>
  }
  return
}

// -----

func.func @rule(%a: tensor<f32>) {
  // expected-error @+1 {{rule vjp does not lead from adjoints to adjoints}}
  %r = nn.custom (%a) vjp : (tensor<f32>) -> (tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    nn.yield %v : tensor<f32>
  } rules {
  ^bb0(%v: tensor<f32>):
    nn.yield %v : tensor<f32>
  }
  return
}
