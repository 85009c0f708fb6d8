// A training step of a small network: the emulated GPU computes what the CPU does, for any batch size.
// RUN: nn-opt %s --nn-expand-grad > %t.mlir
// RUN: %bin/test-gpu-agrees %t.mlir 33 | FileCheck %s
// RUN: %bin/test-gpu-agrees %t.mlir 1 | FileCheck %s
// CHECK: step at -O2: the same
// CHECK: step at -O0: the same

func.func private @step(%n: index, %flat: tensor<9040xf32>, %x: tensor<?x25xui8> {nn.dims = array<i64: 0>}, %labels: tensor<?xui8> {nn.dims = array<i64: 0>}, %lr: tensor<f32>)
    -> (tensor<9040xf32> {nn.alias = 1 : i64}, tensor<f32>) attributes {nn.graph} {
  %xf = nn.cast %x : tensor<?x25xui8> to tensor<?x25xf32>
  %li = nn.cast %labels : tensor<?xui8> to tensor<?xi32>
  %loss, %g = nn.grad (%flat) : (tensor<9040xf32>) -> (tensor<f32>, tensor<9040xf32>) {
  ^bb0(%p: tensor<9040xf32>):
    %w1, %b1, %w2, %b2 = nn.unpack %p : tensor<9040xf32> -> tensor<25x250xf32>, tensor<250xf32>, tensor<250x10xf32>, tensor<10xf32>
    %h0 = nn.einsum "mk,kn->mn" %xf, %w1 : tensor<?x25xf32>, tensor<25x250xf32> -> tensor<?x250xf32>
    %b1b = nn.broadcast %b1 [%n] map = [1] : tensor<250xf32> -> tensor<?x250xf32>
    %h1 = nn.add %h0, %b1b : tensor<?x250xf32>
    %zero = nn.constant dense<0.0> : tensor<f32>
    %z = nn.full %zero [%n] : tensor<f32> -> tensor<?x250xf32>
    %h = nn.max %h1, %z : tensor<?x250xf32>
    %o0 = nn.einsum "mk,kn->mn" %h, %w2 : tensor<?x250xf32>, tensor<250x10xf32> -> tensor<?x10xf32>
    %b2b = nn.broadcast %b2 [%n] map = [1] : tensor<10xf32> -> tensor<?x10xf32>
    %o = nn.add %o0, %b2b : tensor<?x10xf32>
    %m = nn.reduce_max %o axes = [1] : tensor<?x10xf32> -> tensor<?xf32>
    %ms = nn.stop_gradient %m : tensor<?xf32>
    %mb = nn.broadcast %ms [%n] map = [0] : tensor<?xf32> -> tensor<?x10xf32>
    %c = nn.sub %o, %mb : tensor<?x10xf32>
    %e = nn.exp %c : tensor<?x10xf32>
    %s = nn.sum %e axes = [1] : tensor<?x10xf32> -> tensor<?xf32>
    %ls = nn.log %s : tensor<?xf32>
    %t = nn.take_along %c, %li axis = 1 : tensor<?x10xf32>, tensor<?xi32> -> tensor<?xf32>
    %l = nn.sub %ls, %t : tensor<?xf32>
    %total = nn.sum %l axes = [0] : tensor<?xf32> -> tensor<f32>
    %count = nn.from_index %n : tensor<f32>
    %mean = nn.div %total, %count : tensor<f32>
    nn.yield %mean : tensor<f32>
  }
  %lrb = nn.full %lr : tensor<f32> -> tensor<9040xf32>
  %d = nn.mul %g, %lrb : tensor<9040xf32>
  %new = nn.sub %flat, %d : tensor<9040xf32>
  return %new, %loss : tensor<9040xf32>, tensor<f32>
}
