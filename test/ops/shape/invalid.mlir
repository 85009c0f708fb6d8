// RUN: nn-opt %s --split-input-file --verify-diagnostics

func.func @broadcast(%x: tensor<2xf32>) {
  // expected-error @+1 {{maps axis 0 of size 2 to axis 1 of size 3}}
  %0 = nn.broadcast %x map = [1] : tensor<2xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @broadcast_order(%x: tensor<2x2xf32>) {
  // expected-error @+1 {{maps axis 1 to 0: axes must increase and be below 2}}
  %0 = nn.broadcast %x map = [1, 0] : tensor<2x2xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @reshape(%x: tensor<6xf32>) {
  // expected-error @+1 {{makes 8 elements of 6}}
  %0 = nn.reshape %x : tensor<6xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @dims(%x: tensor<6xf32>) {
  // expected-error @+1 {{has 0 dims, but its results have 1 dynamic axes}}
  %0 = nn.reshape %x : tensor<6xf32> -> tensor<?x3xf32>
  return
}

// -----

func.func @transpose(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{perm is no permutation of the 2 axes}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.transpose %x perm = [1, 1] : tensor<2x3xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @slice(%x: tensor<5xf32>) {
  // expected-error @+2 {{takes 2 to 6 by 1 on axis 0}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.slice %x start = [2] limit = [6] stride = [1] : tensor<5xf32> -> tensor<4xf32>
  return
}

// -----

func.func @pad(%x: tensor<2xf32>) {
  // expected-error @+2 {{leaves size -1 on axis 0}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.pad %x lo = [-3] hi = [0] interior = [0] fill = 0.0 : tensor<2xf32> -> tensor<1xf32>
  return
}

// -----

func.func @concat(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) {
  // expected-error @+2 {{joins 'tensor<2x3xf32>' with 'tensor<2x4xf32>' on axis 0}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.concat 0, %x, %y : tensor<2x3xf32>, tensor<2x4xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @update(%x: tensor<2xf32>, %u: tensor<3xf32>, %i: index) {
  // expected-error @+1 {{has a block of type 'tensor<3xf32>' in the smaller 'tensor<2xf32>'}}
  %0 = nn.dynamic_update %x, %u at [%i] : tensor<2xf32>, tensor<3xf32>
  return
}
