// Every family of ops: the emulated GPU computes what the CPU does.
// RUN: %bin/test-gpu-agrees %s 7 3 | FileCheck %s
// RUN: %bin/test-gpu-agrees %s 1 1 | FileCheck %s
// CHECK-NOT: {{differs|cannot}}
// CHECK: tree at -O0: the same

func.func private @functions(%n: index, %m: index, %x: tensor<?x9xf32> {nn.dims = array<i64: 0>}, %y: tensor<?x9xf32> {nn.dims = array<i64: 0>})
    -> (tensor<?x9xf32>, tensor<?x9xf32>, tensor<?x9xf32>, tensor<?x9xf32>, tensor<?x9xi1>) attributes {nn.graph} {
  %a = nn.abs %x : tensor<?x9xf32>
  %b = nn.exp %x : tensor<?x9xf32>
  %c = nn.log1p %a : tensor<?x9xf32>
  %d = nn.tanh %y : tensor<?x9xf32>
  %e = nn.erf %x : tensor<?x9xf32>
  %f = nn.logistic %x : tensor<?x9xf32>
  %g = nn.sin %x : tensor<?x9xf32>
  %h = nn.cos %y : tensor<?x9xf32>
  %i = nn.pow %a, %y : tensor<?x9xf32>
  %j = nn.expm1 %x : tensor<?x9xf32>
  %k = nn.add %b, %c : tensor<?x9xf32>
  %l = nn.mul %d, %e : tensor<?x9xf32>
  %o = nn.sub %f, %g : tensor<?x9xf32>
  %p = nn.add %h, %j : tensor<?x9xf32>
  %q = nn.rem %x, %y : tensor<?x9xf32>
  %r = nn.round %x : tensor<?x9xf32>
  %s = nn.floor %y : tensor<?x9xf32>
  %t = nn.max %r, %s : tensor<?x9xf32>
  %u = nn.add %o, %p : tensor<?x9xf32>
  %v = nn.add %k, %l : tensor<?x9xf32>
  %w = nn.compare lt %x, %y : tensor<?x9xf32>
  %z = nn.add %t, %u : tensor<?x9xf32>
  return %v, %i, %z, %e, %w : tensor<?x9xf32>, tensor<?x9xf32>, tensor<?x9xf32>, tensor<?x9xf32>, tensor<?x9xi1>
}
func.func private @integers(%n: index, %m: index, %x: tensor<?x3xi32> {nn.dims = array<i64: 0>}, %y: tensor<?x3xi32> {nn.dims = array<i64: 0>}, %u: tensor<?x3xui8> {nn.dims = array<i64: 0>})
    -> (tensor<?x3xi32>, tensor<?x3xi32>, tensor<?x3xui8>, tensor<?x3xf32>, tensor<?xi64>) attributes {nn.graph} {
  %d = nn.div %x, %y : tensor<?x3xi32>
  %r = nn.rem %x, %y : tensor<?x3xi32>
  %s = nn.shl %u, %u : tensor<?x3xui8>
  %f = nn.cast %u : tensor<?x3xui8> to tensor<?x3xf32>
  %a = nn.argmax %x axis = 1 : tensor<?x3xi32> -> tensor<?xi64>
  return %d, %r, %s, %f, %a : tensor<?x3xi32>, tensor<?x3xi32>, tensor<?x3xui8>, tensor<?x3xf32>, tensor<?xi64>
}
func.func private @shapes(%n: index, %m: index, %x: tensor<?x4x6xf32> {nn.dims = array<i64: 0>})
    -> (tensor<6x?x4xf32>, tensor<?x24xf32>, tensor<?x2x6xf32>, tensor<?x5x16xf32>, tensor<?x8x6xf32>, tensor<?x4x6xf32>) attributes {nn.graph} {
  %a = nn.transpose %x perm = [2, 0, 1] : tensor<?x4x6xf32> -> tensor<6x?x4xf32>
  %b = nn.reshape %x [%n] : tensor<?x4x6xf32> -> tensor<?x24xf32>
  %c = nn.slice %x start = [0, 1, 0] limit = [-1, 4, 6] stride = [1, 2, 1] : tensor<?x4x6xf32> -> tensor<?x2x6xf32>
  %d = nn.pad %x lo = [0, 1, -1] hi = [0, 0, 1] interior = [0, 0, 2] fill = 2.5 : tensor<?x4x6xf32> -> tensor<?x5x16xf32>
  %e = nn.concat 1, %x, %x : tensor<?x4x6xf32>, tensor<?x4x6xf32> -> tensor<?x8x6xf32>
  %f = nn.reverse %x axes = [1, 2] : tensor<?x4x6xf32>
  return %a, %b, %c, %d, %e, %f : tensor<6x?x4xf32>, tensor<?x24xf32>, tensor<?x2x6xf32>, tensor<?x5x16xf32>, tensor<?x8x6xf32>, tensor<?x4x6xf32>
}
func.func private @reductions(%n: index, %m: index, %x: tensor<?x5x70xf32> {nn.dims = array<i64: 0>})
    -> (tensor<?x5xf32>, tensor<5x70xf32>, tensor<?x70xf32>, tensor<f32>, tensor<?x5xi32>, tensor<?x70xi64>, tensor<?x5x70xf32>) attributes {nn.graph} {
  %a = nn.sum %x axes = [2] : tensor<?x5x70xf32> -> tensor<?x5xf32>
  %b = nn.reduce_max %x axes = [0] : tensor<?x5x70xf32> -> tensor<5x70xf32>
  %c = nn.reduce_min %x axes = [1] : tensor<?x5x70xf32> -> tensor<?x70xf32>
  %d = nn.sum %x axes = [0, 1, 2] : tensor<?x5x70xf32> -> tensor<f32>
  %e = nn.argmax %x axis = 2 : tensor<?x5x70xf32> -> tensor<?x5xi32>
  %f = nn.argmin %x axis = 1 : tensor<?x5x70xf32> -> tensor<?x70xi64>
  %g = nn.cumsum %x axis = 1 reverse : tensor<?x5x70xf32>
  return %a, %b, %c, %d, %e, %f, %g : tensor<?x5xf32>, tensor<5x70xf32>, tensor<?x70xf32>, tensor<f32>, tensor<?x5xi32>, tensor<?x70xi64>, tensor<?x5x70xf32>
}
func.func private @long_rows(%n: index, %m: index, %x: tensor<?x1500xf32> {nn.dims = array<i64: 0>}) -> tensor<?x1500xf32> attributes {nn.graph} {
  %a = nn.reduce_max %x axes = [1] : tensor<?x1500xf32> -> tensor<?xf32>
  %b = nn.broadcast %a [%n] map = [0] : tensor<?xf32> -> tensor<?x1500xf32>
  %c = nn.sub %x, %b : tensor<?x1500xf32>
  %d = nn.exp %c : tensor<?x1500xf32>
  %e = nn.sum %d axes = [1] : tensor<?x1500xf32> -> tensor<?xf32>
  %f = nn.broadcast %e [%n] map = [0] : tensor<?xf32> -> tensor<?x1500xf32>
  %g = nn.div %d, %f : tensor<?x1500xf32>
  return %g : tensor<?x1500xf32>
}
func.func private @products(%n: index, %m: index, %a: tensor<?x67xf32> {nn.dims = array<i64: 0>}, %b: tensor<67x?xf32> {nn.dims = array<i64: 1>}, %q: tensor<2x?x3x8xf32> {nn.dims = array<i64: 0>}, %k: tensor<2x?x3x8xf32> {nn.dims = array<i64: 1>}, %h: tensor<4x8xbf16>, %d: tensor<?x67xf64> {nn.dims = array<i64: 0>})
    -> (tensor<?x?xf32>, tensor<2x3x?x?xf32>, tensor<67x67xf32>, tensor<4x4xf32>, tensor<67xf64>) attributes {nn.graph} {
  %x = nn.einsum "mk,kn->mn" %a, %b : tensor<?x67xf32>, tensor<67x?xf32> -> tensor<?x?xf32>
  %y = nn.einsum "bihd,bjhd->bhij" %q, %k : tensor<2x?x3x8xf32>, tensor<2x?x3x8xf32> -> tensor<2x3x?x?xf32>
  %z = nn.einsum "mk,ml->lk" %a, %a : tensor<?x67xf32>, tensor<?x67xf32> -> tensor<67x67xf32>
  %v = nn.einsum "ik,jk->ij" %h, %h : tensor<4x8xbf16>, tensor<4x8xbf16> -> tensor<4x4xf32>
  %w = nn.einsum "mk,mk->k" %d, %d : tensor<?x67xf64>, tensor<?x67xf64> -> tensor<67xf64>
  return %x, %y, %z, %v, %w : tensor<?x?xf32>, tensor<2x3x?x?xf32>, tensor<67x67xf32>, tensor<4x4xf32>, tensor<67xf64>
}
func.func private @gathers(%n: index, %m: index, %x: tensor<6x4xf32>, %i: tensor<?x2xi32> {nn.dims = array<i64: 0>}, %u: tensor<?x2x4xf32> {nn.dims = array<i64: 0>}, %r: tensor<?x5xf32> {nn.dims = array<i64: 0>}, %j: tensor<?xi64> {nn.dims = array<i64: 0>}, %s: tensor<?xf32> {nn.dims = array<i64: 0>})
    -> (tensor<?x2x4xf32>, tensor<6x4xf32>, tensor<?x5xf32>) attributes {nn.graph} {
  %a = nn.take %x, %i axis = 0 : tensor<6x4xf32>, tensor<?x2xi32> -> tensor<?x2x4xf32>
  %b = nn.scatter_add %x, %i, %u axis = 0 : tensor<6x4xf32>, tensor<?x2xi32>, tensor<?x2x4xf32>
  %d = nn.scatter_add_along %r, %j, %s axis = 1 : tensor<?x5xf32>, tensor<?xi64>, tensor<?xf32>
  return %a, %b, %d : tensor<?x2x4xf32>, tensor<6x4xf32>, tensor<?x5xf32>
}
func.func private @blocks(%n: index, %m: index, %x: tensor<8x6xf32>, %u: tensor<2x6xf32>, %p: tensor<i64>) -> (tensor<3x6xf32>, tensor<8x6xf32>) attributes {nn.graph} {
  %zero = arith.constant 0 : index
  %a = nn.dynamic_slice %x at [%n, %zero] : tensor<8x6xf32> -> tensor<3x6xf32>
  %b = nn.dynamic_update %x, %u at [%m, %zero] : tensor<8x6xf32>, tensor<2x6xf32>
  return %a, %b : tensor<3x6xf32>, tensor<8x6xf32>
}
func.func private @random(%n: index, %m: index, %rng: tensor<2xi64>) -> (tensor<?x6xui32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) attributes {nn.graph} {
  %a = nn.rng_bits %rng [%n] : tensor<?x6xui32>
  %b = nn.rng_advance %rng, %n
  %c, %d = nn.rng_split %rng
  return %a, %b, %c, %d : tensor<?x6xui32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>
}
func.func private @loop(%n: index, %m: index, %x: tensor<4xf32>, %w: tensor<3x4xf32>, %p: tensor<i1>) -> (tensor<4xf32>, tensor<3x4xf32>, tensor<4xf32>) attributes {nn.graph} {
  %zero = arith.constant 0 : index
  %three = arith.constant 3 : index
  %s, %ys = nn.for %zero to %three carry (%x : tensor<4xf32>) slice (%w : tensor<3x4xf32>) -> (tensor<4xf32>, tensor<3x4xf32>) {
  ^bb0(%i: index, %c: tensor<4xf32>, %row: tensor<4xf32>):
    %t = nn.mul %c, %row : tensor<4xf32>
    %v = nn.tanh %t : tensor<4xf32>
    nn.yield %v, %t : tensor<4xf32>, tensor<4xf32>
  }
  %b = nn.if %p -> (tensor<4xf32>) { nn.yield %x : tensor<4xf32> } else { nn.yield %s : tensor<4xf32> }
  return %s, %ys, %b : tensor<4xf32>, tensor<3x4xf32>, tensor<4xf32>
}
func.func private @halves(%n: index, %m: index, %x: tensor<?x8xbf16> {nn.dims = array<i64: 0>}, %y: tensor<?x8xf16> {nn.dims = array<i64: 0>}) -> (tensor<?x8xbf16>, tensor<?x8xf16>, tensor<?xf32>) attributes {nn.graph} {
  %a = nn.exp %x : tensor<?x8xbf16>
  %b = nn.mul %y, %y : tensor<?x8xf16>
  %c = nn.cast %x : tensor<?x8xbf16> to tensor<?x8xf32>
  %d = nn.sum %c axes = [1] : tensor<?x8xf32> -> tensor<?xf32>
  return %a, %b, %d : tensor<?x8xbf16>, tensor<?x8xf16>, tensor<?xf32>
}
func.func private @tree(%n: index, %m: index, %t: tensor<48xf32>) -> tensor<48xf32> attributes {nn.graph} {
  %w, %b = nn.unpack %t : tensor<48xf32> -> tensor<3x7xf32>, tensor<5xf32>
  %v = nn.exp %w : tensor<3x7xf32>
  %c = nn.neg %b : tensor<5xf32>
  %u = nn.pack %v, %c : tensor<3x7xf32>, tensor<5xf32> -> tensor<48xf32>
  return %u : tensor<48xf32>
}
