// RUN: %bin/graph-run %s 1,3 5,37 64,64 | FileCheck %s
// Every elementwise op on every kind of element, together and in chains.

// CHECK: functions_f32: ok
func.func private @functions_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xi1>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>) attributes {nn.graph} {
  %p = nn.abs %x : tensor<?x?xf32>
  %r0 = nn.exp %x : tensor<?x?xf32>
  %r1 = nn.expm1 %x : tensor<?x?xf32>
  %r2 = nn.sin %x : tensor<?x?xf32>
  %r3 = nn.cos %x : tensor<?x?xf32>
  %r4 = nn.tanh %x : tensor<?x?xf32>
  %r5 = nn.logistic %x : tensor<?x?xf32>
  %r6 = nn.erf %x : tensor<?x?xf32>
  %r7 = nn.floor %x : tensor<?x?xf32>
  %r8 = nn.ceil %x : tensor<?x?xf32>
  %r9 = nn.round %x : tensor<?x?xf32>
  %r10 = nn.sign %x : tensor<?x?xf32>
  %r11 = nn.neg %x : tensor<?x?xf32>
  %r12 = nn.abs %x : tensor<?x?xf32>
  %r13 = nn.is_finite %x : tensor<?x?xf32>
  %r14 = nn.log %p : tensor<?x?xf32>
  %r15 = nn.sqrt %p : tensor<?x?xf32>
  %r16 = nn.rsqrt %p : tensor<?x?xf32>
  %r17 = nn.log1p %p : tensor<?x?xf32>
  return %r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8, %r9, %r10, %r11, %r12, %r13, %r14, %r15, %r16, %r17
      : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xi1>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}

// CHECK: arithmetic_f32: ok
func.func private @arithmetic_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>) attributes {nn.graph} {
  %p = nn.abs %x : tensor<?x?xf32>
  %r0 = nn.add %x, %y : tensor<?x?xf32>
  %r1 = nn.sub %x, %y : tensor<?x?xf32>
  %r2 = nn.mul %x, %y : tensor<?x?xf32>
  %r3 = nn.div %x, %y : tensor<?x?xf32>
  %r4 = nn.rem %x, %y : tensor<?x?xf32>
  %r5 = nn.max %x, %y : tensor<?x?xf32>
  %r6 = nn.min %x, %y : tensor<?x?xf32>
  %r7 = nn.atan2 %x, %y : tensor<?x?xf32>
  %r8 = nn.pow %p, %y : tensor<?x?xf32>
  return %r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8
      : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}

// CHECK: functions_f64: ok
func.func private @functions_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xi1>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>) attributes {nn.graph} {
  %p = nn.abs %x : tensor<?x?xf64>
  %r0 = nn.exp %x : tensor<?x?xf64>
  %r1 = nn.expm1 %x : tensor<?x?xf64>
  %r2 = nn.sin %x : tensor<?x?xf64>
  %r3 = nn.cos %x : tensor<?x?xf64>
  %r4 = nn.tanh %x : tensor<?x?xf64>
  %r5 = nn.logistic %x : tensor<?x?xf64>
  %r6 = nn.erf %x : tensor<?x?xf64>
  %r7 = nn.floor %x : tensor<?x?xf64>
  %r8 = nn.ceil %x : tensor<?x?xf64>
  %r9 = nn.round %x : tensor<?x?xf64>
  %r10 = nn.sign %x : tensor<?x?xf64>
  %r11 = nn.neg %x : tensor<?x?xf64>
  %r12 = nn.abs %x : tensor<?x?xf64>
  %r13 = nn.is_finite %x : tensor<?x?xf64>
  %r14 = nn.log %p : tensor<?x?xf64>
  %r15 = nn.sqrt %p : tensor<?x?xf64>
  %r16 = nn.rsqrt %p : tensor<?x?xf64>
  %r17 = nn.log1p %p : tensor<?x?xf64>
  return %r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8, %r9, %r10, %r11, %r12, %r13, %r14, %r15, %r16, %r17
      : tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xi1>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>
}

// CHECK: arithmetic_f64: ok
func.func private @arithmetic_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>) attributes {nn.graph} {
  %p = nn.abs %x : tensor<?x?xf64>
  %r0 = nn.add %x, %y : tensor<?x?xf64>
  %r1 = nn.sub %x, %y : tensor<?x?xf64>
  %r2 = nn.mul %x, %y : tensor<?x?xf64>
  %r3 = nn.div %x, %y : tensor<?x?xf64>
  %r4 = nn.rem %x, %y : tensor<?x?xf64>
  %r5 = nn.max %x, %y : tensor<?x?xf64>
  %r6 = nn.min %x, %y : tensor<?x?xf64>
  %r7 = nn.atan2 %x, %y : tensor<?x?xf64>
  %r8 = nn.pow %p, %y : tensor<?x?xf64>
  return %r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8
      : tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>
}

// CHECK: halves_bf16: ok
func.func private @halves_bf16(%m: index, %n: index, %x: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?x?xbf16>) attributes {nn.graph} {
  %r0 = nn.exp %x : tensor<?x?xbf16>
  %r1 = nn.neg %x : tensor<?x?xbf16>
  %r2 = nn.tanh %x : tensor<?x?xbf16>
  %r3 = nn.add %x, %y : tensor<?x?xbf16>
  %r4 = nn.mul %x, %y : tensor<?x?xbf16>
  %r5 = nn.max %x, %y : tensor<?x?xbf16>
  return %r0, %r1, %r2, %r3, %r4, %r5
      : tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?x?xbf16>
}

// CHECK: halves_f16: ok
func.func private @halves_f16(%m: index, %n: index, %x: tensor<?x?xf16> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf16>, tensor<?x?xf16>, tensor<?x?xf16>, tensor<?x?xf16>, tensor<?x?xf16>, tensor<?x?xf16>) attributes {nn.graph} {
  %r0 = nn.exp %x : tensor<?x?xf16>
  %r1 = nn.neg %x : tensor<?x?xf16>
  %r2 = nn.tanh %x : tensor<?x?xf16>
  %r3 = nn.add %x, %y : tensor<?x?xf16>
  %r4 = nn.mul %x, %y : tensor<?x?xf16>
  %r5 = nn.max %x, %y : tensor<?x?xf16>
  return %r0, %r1, %r2, %r3, %r4, %r5
      : tensor<?x?xf16>, tensor<?x?xf16>, tensor<?x?xf16>, tensor<?x?xf16>, tensor<?x?xf16>, tensor<?x?xf16>
}

// CHECK: integers_i32: ok
func.func private @integers_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>) attributes {nn.graph} {
  %r0 = nn.add %x, %y : tensor<?x?xi32>
  %r1 = nn.sub %x, %y : tensor<?x?xi32>
  %r2 = nn.mul %x, %y : tensor<?x?xi32>
  %r3 = nn.div %x, %y : tensor<?x?xi32>
  %r4 = nn.rem %x, %y : tensor<?x?xi32>
  %r5 = nn.max %x, %y : tensor<?x?xi32>
  %r6 = nn.min %x, %y : tensor<?x?xi32>
  %r7 = nn.and %x, %y : tensor<?x?xi32>
  %r8 = nn.or %x, %y : tensor<?x?xi32>
  %r9 = nn.xor %x, %y : tensor<?x?xi32>
  %r10 = nn.shl %x, %y : tensor<?x?xi32>
  %r11 = nn.shr %x, %y : tensor<?x?xi32>
  %r12 = nn.not %x : tensor<?x?xi32>
  return %r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8, %r9, %r10, %r11, %r12
      : tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xi32>
}

// CHECK: integers_i64: ok
func.func private @integers_i64(%m: index, %n: index, %x: tensor<?x?xi64> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xi64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>) attributes {nn.graph} {
  %r0 = nn.add %x, %y : tensor<?x?xi64>
  %r1 = nn.sub %x, %y : tensor<?x?xi64>
  %r2 = nn.mul %x, %y : tensor<?x?xi64>
  %r3 = nn.div %x, %y : tensor<?x?xi64>
  %r4 = nn.rem %x, %y : tensor<?x?xi64>
  %r5 = nn.max %x, %y : tensor<?x?xi64>
  %r6 = nn.min %x, %y : tensor<?x?xi64>
  %r7 = nn.and %x, %y : tensor<?x?xi64>
  %r8 = nn.or %x, %y : tensor<?x?xi64>
  %r9 = nn.xor %x, %y : tensor<?x?xi64>
  %r10 = nn.shl %x, %y : tensor<?x?xi64>
  %r11 = nn.shr %x, %y : tensor<?x?xi64>
  %r12 = nn.not %x : tensor<?x?xi64>
  return %r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8, %r9, %r10, %r11, %r12
      : tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>, tensor<?x?xi64>
}

// CHECK: integers_ui8: ok
func.func private @integers_ui8(%m: index, %n: index, %x: tensor<?x?xui8> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xui8> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>) attributes {nn.graph} {
  %r0 = nn.add %x, %y : tensor<?x?xui8>
  %r1 = nn.sub %x, %y : tensor<?x?xui8>
  %r2 = nn.mul %x, %y : tensor<?x?xui8>
  %r3 = nn.div %x, %y : tensor<?x?xui8>
  %r4 = nn.rem %x, %y : tensor<?x?xui8>
  %r5 = nn.max %x, %y : tensor<?x?xui8>
  %r6 = nn.min %x, %y : tensor<?x?xui8>
  %r7 = nn.and %x, %y : tensor<?x?xui8>
  %r8 = nn.or %x, %y : tensor<?x?xui8>
  %r9 = nn.xor %x, %y : tensor<?x?xui8>
  %r10 = nn.shl %x, %y : tensor<?x?xui8>
  %r11 = nn.shr %x, %y : tensor<?x?xui8>
  %r12 = nn.not %x : tensor<?x?xui8>
  return %r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8, %r9, %r10, %r11, %r12
      : tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>, tensor<?x?xui8>
}

// CHECK: integers_i8: ok
func.func private @integers_i8(%m: index, %n: index, %x: tensor<?x?xi8> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xi8> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>) attributes {nn.graph} {
  %r0 = nn.add %x, %y : tensor<?x?xi8>
  %r1 = nn.sub %x, %y : tensor<?x?xi8>
  %r2 = nn.mul %x, %y : tensor<?x?xi8>
  %r3 = nn.div %x, %y : tensor<?x?xi8>
  %r4 = nn.rem %x, %y : tensor<?x?xi8>
  %r5 = nn.max %x, %y : tensor<?x?xi8>
  %r6 = nn.min %x, %y : tensor<?x?xi8>
  %r7 = nn.and %x, %y : tensor<?x?xi8>
  %r8 = nn.or %x, %y : tensor<?x?xi8>
  %r9 = nn.xor %x, %y : tensor<?x?xi8>
  %r10 = nn.shl %x, %y : tensor<?x?xi8>
  %r11 = nn.shr %x, %y : tensor<?x?xi8>
  %r12 = nn.not %x : tensor<?x?xi8>
  return %r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8, %r9, %r10, %r11, %r12
      : tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>, tensor<?x?xi8>
}

// CHECK: truth: ok
func.func private @truth(%m: index, %n: index, %x: tensor<?x?xi1> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xi1> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>) attributes {nn.graph} {
  %r0 = nn.and %x, %y : tensor<?x?xi1>
  %r1 = nn.or %x, %y : tensor<?x?xi1>
  %r2 = nn.xor %x, %y : tensor<?x?xi1>
  %r3 = nn.not %x : tensor<?x?xi1>
  return %r0, %r1, %r2, %r3
      : tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>
}

// CHECK: compare_f32: ok
func.func private @compare_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>) attributes {nn.graph} {
  %r0 = nn.compare eq %x, %y : tensor<?x?xf32>
  %r1 = nn.compare ne %x, %y : tensor<?x?xf32>
  %r2 = nn.compare lt %x, %y : tensor<?x?xf32>
  %r3 = nn.compare le %x, %y : tensor<?x?xf32>
  %r4 = nn.compare gt %x, %y : tensor<?x?xf32>
  %r5 = nn.compare ge %x, %y : tensor<?x?xf32>
  return %r0, %r1, %r2, %r3, %r4, %r5
      : tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>
}

// CHECK: compare_i32: ok
func.func private @compare_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>) attributes {nn.graph} {
  %r0 = nn.compare eq %x, %y : tensor<?x?xi32>
  %r1 = nn.compare ne %x, %y : tensor<?x?xi32>
  %r2 = nn.compare lt %x, %y : tensor<?x?xi32>
  %r3 = nn.compare le %x, %y : tensor<?x?xi32>
  %r4 = nn.compare gt %x, %y : tensor<?x?xi32>
  %r5 = nn.compare ge %x, %y : tensor<?x?xi32>
  return %r0, %r1, %r2, %r3, %r4, %r5
      : tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>
}

// CHECK: compare_ui8: ok
func.func private @compare_ui8(%m: index, %n: index, %x: tensor<?x?xui8> {nn.dims = array<i64: 0, 1>},
    %y: tensor<?x?xui8> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>) attributes {nn.graph} {
  %r0 = nn.compare eq %x, %y : tensor<?x?xui8>
  %r1 = nn.compare ne %x, %y : tensor<?x?xui8>
  %r2 = nn.compare lt %x, %y : tensor<?x?xui8>
  %r3 = nn.compare le %x, %y : tensor<?x?xui8>
  %r4 = nn.compare gt %x, %y : tensor<?x?xui8>
  %r5 = nn.compare ge %x, %y : tensor<?x?xui8>
  return %r0, %r1, %r2, %r3, %r4, %r5
      : tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xi1>
}

// CHECK: casts_f32: ok
func.func private @casts_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf64>, tensor<?x?xi32>, tensor<?x?xi1>, tensor<?x?xbf16>, tensor<?x?xf16>) attributes {nn.graph} {
  %r0 = nn.cast %x : tensor<?x?xf32> to tensor<?x?xf64>
  %r1 = nn.cast %x : tensor<?x?xf32> to tensor<?x?xi32>
  %r2 = nn.cast %x : tensor<?x?xf32> to tensor<?x?xi1>
  %r3 = nn.cast %x : tensor<?x?xf32> to tensor<?x?xbf16>
  %r4 = nn.cast %x : tensor<?x?xf32> to tensor<?x?xf16>
  return %r0, %r1, %r2, %r3, %r4 : tensor<?x?xf64>, tensor<?x?xi32>, tensor<?x?xi1>, tensor<?x?xbf16>, tensor<?x?xf16>
}

// CHECK: casts_f64: ok
func.func private @casts_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>, tensor<?x?xi64>) attributes {nn.graph} {
  %r0 = nn.cast %x : tensor<?x?xf64> to tensor<?x?xf32>
  %r1 = nn.cast %x : tensor<?x?xf64> to tensor<?x?xi64>
  return %r0, %r1 : tensor<?x?xf32>, tensor<?x?xi64>
}

// CHECK: casts_i32: ok
func.func private @casts_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>, tensor<?x?xi8>, tensor<?x?xi64>) attributes {nn.graph} {
  %r0 = nn.cast %x : tensor<?x?xi32> to tensor<?x?xf32>
  %r1 = nn.cast %x : tensor<?x?xi32> to tensor<?x?xi8>
  %r2 = nn.cast %x : tensor<?x?xi32> to tensor<?x?xi64>
  return %r0, %r1, %r2 : tensor<?x?xf32>, tensor<?x?xi8>, tensor<?x?xi64>
}

// CHECK: casts_ui8: ok
func.func private @casts_ui8(%m: index, %n: index, %x: tensor<?x?xui8> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>, tensor<?x?xi32>, tensor<?x?xbf16>) attributes {nn.graph} {
  %r0 = nn.cast %x : tensor<?x?xui8> to tensor<?x?xf32>
  %r1 = nn.cast %x : tensor<?x?xui8> to tensor<?x?xi32>
  %r2 = nn.cast %x : tensor<?x?xui8> to tensor<?x?xbf16>
  return %r0, %r1, %r2 : tensor<?x?xf32>, tensor<?x?xi32>, tensor<?x?xbf16>
}

// CHECK: casts_i1: ok
func.func private @casts_i1(%m: index, %n: index, %x: tensor<?x?xi1> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>, tensor<?x?xi32>) attributes {nn.graph} {
  %r0 = nn.cast %x : tensor<?x?xi1> to tensor<?x?xf32>
  %r1 = nn.cast %x : tensor<?x?xi1> to tensor<?x?xi32>
  return %r0, %r1 : tensor<?x?xf32>, tensor<?x?xi32>
}

// CHECK: casts_bf16: ok
func.func private @casts_bf16(%m: index, %n: index, %x: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>, tensor<?x?xf64>) attributes {nn.graph} {
  %r0 = nn.cast %x : tensor<?x?xbf16> to tensor<?x?xf32>
  %r1 = nn.cast %x : tensor<?x?xbf16> to tensor<?x?xf64>
  return %r0, %r1 : tensor<?x?xf32>, tensor<?x?xf64>
}

// CHECK: casts_i8: ok
func.func private @casts_i8(%m: index, %n: index, %x: tensor<?x?xi8> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xi64>, tensor<?x?xf32>) attributes {nn.graph} {
  %r0 = nn.cast %x : tensor<?x?xi8> to tensor<?x?xi64>
  %r1 = nn.cast %x : tensor<?x?xi8> to tensor<?x?xf32>
  return %r0, %r1 : tensor<?x?xi64>, tensor<?x?xf32>
}

// CHECK: chain: ok
func.func private @chain(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %b: tensor<?xf32> {nn.dims = array<i64: 1>}, %s: tensor<f32>)
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %bb = nn.broadcast %b [%m, %n] map = [1] : tensor<?xf32> -> tensor<?x?xf32>
  %a = nn.add %x, %bb : tensor<?x?xf32>
  %e = nn.exp %a : tensor<?x?xf32>
  %ss = nn.full %s [%m, %n] : tensor<f32> -> tensor<?x?xf32>
  %r = nn.mul %e, %ss : tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: column_values: ok
func.func private @column_values(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %c: tensor<?xf32> {nn.dims = array<i64: 0>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %cb = nn.broadcast %c [%m, %n] map = [0] : tensor<?xf32> -> tensor<?x?xf32>
  %r = nn.sub %x, %cb : tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: axis_of_one: ok
func.func private @axis_of_one(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %c: tensor<?x1xf32> {nn.dims = array<i64: 0>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %cb = nn.broadcast %c [%m, %n] map = [0, 1] : tensor<?x1xf32> -> tensor<?x?xf32>
  %r = nn.sub %x, %cb : tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: numbers: ok
func.func private @numbers(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>, tensor<?x?xi32>) attributes {nn.graph} {
  %i = nn.iota 1 [%m, %n] : tensor<?x?xf32>
  %j = nn.iota 0 [%m, %n] : tensor<?x?xi32>
  %r = nn.mul %i, %x : tensor<?x?xf32>
  return %r, %j : tensor<?x?xf32>, tensor<?x?xi32>
}

// CHECK: table: ok
func.func private @table(%m: index, %n: index, %x: tensor<?x3xf32> {nn.dims = array<i64: 0>})
    -> (tensor<?x3xf32>) attributes {nn.graph} {
  %c = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %b = nn.broadcast %c [%m] map = [1] : tensor<3xf32> -> tensor<?x3xf32>
  %r = nn.mul %x, %b : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// CHECK: scalars: ok
func.func private @scalars(%m: index, %n: index, %x: tensor<f32>, %y: tensor<f32>)
    -> (tensor<f32>, tensor<f32>) attributes {nn.graph} {
  %a = nn.add %x, %y : tensor<f32>
  %b = nn.exp %a : tensor<f32>
  return %a, %b : tensor<f32>, tensor<f32>
}
