// RUN: nn-opt %s --nn-expand-grad --graph-opt --graph-kernels | FileCheck %s
// A whole training step (784-256-10, dropout, cross entropy, AdamW) is twelve kernels, and the step's tensors
// of parameters are updated in place.

// CHECK-LABEL: func.func private @g0
// CHECK-SAME: kernel.aliases = array<i64: -1, 2, 3, 1, -1>
// CHECK-SAME: kernel.names = ["contraction_bias_relu_rng_bits_mul_select_mk_kn", "contraction_bias_mk_kn",
// CHECK-SAME: "row_reduce_max_sub_exp_sum_log", "row_sum", "column_sum", "contraction_km_kn",
// CHECK-SAME: "contraction_select_mul_mk_nk", "column_sum", "contraction_km_kn", "zero_padding",
// CHECK-SAME: "pointwise_mul_add_div_sqrt_sub", "pointwise_rng_advance"]
func.func private @g0(%n: index, %p0: tensor<203536xf32>, %m0: tensor<203536xf32>, %v0: tensor<203536xf32>, %x: tensor<?x784xf32> {nn.dims = array<i64: 0>}, %y: tensor<?xi32> {nn.dims = array<i64: 0>}, %rng: tensor<2xi64>, %lr: tensor<f32>, %t: tensor<f32>) -> (tensor<f32>, tensor<203536xf32>, tensor<203536xf32>, tensor<203536xf32>, tensor<2xi64>) attributes {nn.graph} {
  %loss, %g = nn.grad (%p0) : (tensor<203536xf32>) -> (tensor<f32>, tensor<203536xf32>) {
  ^bb0(%p: tensor<203536xf32>):
    %w1, %b1, %w2, %b2 = nn.unpack %p : tensor<203536xf32> -> tensor<784x256xf32>, tensor<256xf32>, tensor<256x10xf32>, tensor<10xf32>
    %h0 = nn.einsum "mk,kn->mn" %x, %w1 : tensor<?x784xf32>, tensor<784x256xf32> -> tensor<?x256xf32>
    %bb = nn.broadcast %b1 [%n] map = [1] : tensor<256xf32> -> tensor<?x256xf32>
    %h1 = nn.add %h0, %bb : tensor<?x256xf32>
    %z0 = nn.constant dense<0.0> : tensor<f32>
    %z = nn.full %z0 [%n] : tensor<f32> -> tensor<?x256xf32>
    %c = nn.compare gt %h1, %z : tensor<?x256xf32>
    %h2 = nn.select %c, %h1, %z : tensor<?x256xi1>, tensor<?x256xf32>
    %bits = nn.rng_bits %rng [%n] : tensor<?x256xui32>
    %thr0 = nn.constant dense<429496729> : tensor<ui32>
    %thr = nn.full %thr0 [%n] : tensor<ui32> -> tensor<?x256xui32>
    %keep = nn.compare ge %bits, %thr : tensor<?x256xui32>
    %sc0 = nn.constant dense<1.1111112> : tensor<f32>
    %sc = nn.full %sc0 [%n] : tensor<f32> -> tensor<?x256xf32>
    %h3 = nn.mul %h2, %sc : tensor<?x256xf32>
    %h = nn.select %keep, %h3, %z : tensor<?x256xi1>, tensor<?x256xf32>
    %o0 = nn.einsum "mk,kn->mn" %h, %w2 : tensor<?x256xf32>, tensor<256x10xf32> -> tensor<?x10xf32>
    %bb2 = nn.broadcast %b2 [%n] map = [1] : tensor<10xf32> -> tensor<?x10xf32>
    %o = nn.add %o0, %bb2 : tensor<?x10xf32>
    %mx0 = nn.reduce_max %o axes = [1] : tensor<?x10xf32> -> tensor<?xf32>
    %mx = nn.stop_gradient %mx0 : tensor<?xf32>
    %mxb = nn.broadcast %mx [%n] map = [0] : tensor<?xf32> -> tensor<?x10xf32>
    %s = nn.sub %o, %mxb : tensor<?x10xf32>
    %ex = nn.exp %s : tensor<?x10xf32>
    %sum = nn.sum %ex axes = [1] : tensor<?x10xf32> -> tensor<?xf32>
    %lg = nn.log %sum : tensor<?xf32>
    %lse = nn.add %lg, %mx : tensor<?xf32>
    %xy = nn.take_along %o, %y axis = 1 : tensor<?x10xf32>, tensor<?xi32> -> tensor<?xf32>
    %li = nn.sub %lse, %xy : tensor<?xf32>
    %ls = nn.sum %li axes = [0] : tensor<?xf32> -> tensor<f32>
    %nf = nn.from_index %n : tensor<f32>
    %l = nn.div %ls, %nf : tensor<f32>
    nn.yield %l : tensor<f32>
  }
  %be10 = nn.constant dense<0.9> : tensor<f32>
  %be1 = nn.full %be10 : tensor<f32> -> tensor<203536xf32>
  %ob10 = nn.constant dense<0.1> : tensor<f32>
  %ob1 = nn.full %ob10 : tensor<f32> -> tensor<203536xf32>
  %be20 = nn.constant dense<0.999> : tensor<f32>
  %be2 = nn.full %be20 : tensor<f32> -> tensor<203536xf32>
  %ob20 = nn.constant dense<0.001> : tensor<f32>
  %ob2 = nn.full %ob20 : tensor<f32> -> tensor<203536xf32>
  %eps0 = nn.constant dense<1.0e-8> : tensor<f32>
  %eps = nn.full %eps0 : tensor<f32> -> tensor<203536xf32>
  %wd0 = nn.constant dense<0.01> : tensor<f32>
  %wd = nn.full %wd0 : tensor<f32> -> tensor<203536xf32>
  %lrb = nn.full %lr : tensor<f32> -> tensor<203536xf32>
  %m1 = nn.mul %m0, %be1 : tensor<203536xf32>
  %m2 = nn.mul %g, %ob1 : tensor<203536xf32>
  %m = nn.add %m1, %m2 : tensor<203536xf32>
  %g2 = nn.mul %g, %g : tensor<203536xf32>
  %v1 = nn.mul %v0, %be2 : tensor<203536xf32>
  %v2 = nn.mul %g2, %ob2 : tensor<203536xf32>
  %v = nn.add %v1, %v2 : tensor<203536xf32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %p1a = nn.pow %be10, %t : tensor<f32>
  %p1b = nn.sub %one, %p1a : tensor<f32>
  %cor1 = nn.full %p1b : tensor<f32> -> tensor<203536xf32>
  %p2a = nn.pow %be20, %t : tensor<f32>
  %p2b = nn.sub %one, %p2a : tensor<f32>
  %cor2 = nn.full %p2b : tensor<f32> -> tensor<203536xf32>
  %mh = nn.div %m, %cor1 : tensor<203536xf32>
  %vh = nn.div %v, %cor2 : tensor<203536xf32>
  %sq = nn.sqrt %vh : tensor<203536xf32>
  %den = nn.add %sq, %eps : tensor<203536xf32>
  %q = nn.div %mh, %den : tensor<203536xf32>
  %dw = nn.mul %p0, %wd : tensor<203536xf32>
  %u = nn.add %q, %dw : tensor<203536xf32>
  %ul = nn.mul %u, %lrb : tensor<203536xf32>
  %pn = nn.sub %p0, %ul : tensor<203536xf32>
  %cnt = arith.constant 256 : index
  %words = arith.muli %n, %cnt : index
  %rng1 = nn.rng_advance %rng, %words
  return %loss, %pn, %m, %v, %rng1 : tensor<f32>, tensor<203536xf32>, tensor<203536xf32>, tensor<203536xf32>, tensor<2xi64>
}
