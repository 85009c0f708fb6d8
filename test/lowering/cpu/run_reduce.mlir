// RUN: %bin/graph-run %s 1,3 5,37 40,130 300,16 | FileCheck %s
// Sums and what is built on them, along rows, columns and all axes.

// CHECK: sum_rows_f32: ok
func.func private @sum_rows_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [1] : tensor<?x?xf32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: sum_columns_f32: ok
func.func private @sum_columns_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [0] : tensor<?x?xf32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: sum_all_f32: ok
func.func private @sum_all_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<f32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [0, 1] : tensor<?x?xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK: reduce_max_rows_f32: ok
func.func private @reduce_max_rows_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [1] : tensor<?x?xf32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: reduce_max_columns_f32: ok
func.func private @reduce_max_columns_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [0] : tensor<?x?xf32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: reduce_max_all_f32: ok
func.func private @reduce_max_all_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<f32>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [0, 1] : tensor<?x?xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK: reduce_min_rows_f32: ok
func.func private @reduce_min_rows_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [1] : tensor<?x?xf32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: reduce_min_columns_f32: ok
func.func private @reduce_min_columns_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [0] : tensor<?x?xf32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: reduce_min_all_f32: ok
func.func private @reduce_min_all_f32(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<f32>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [0, 1] : tensor<?x?xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK: sum_rows_f64: ok
func.func private @sum_rows_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf64>) attributes {nn.graph} {
  %r = nn.sum %x axes = [1] : tensor<?x?xf64> -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// CHECK: sum_columns_f64: ok
func.func private @sum_columns_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf64>) attributes {nn.graph} {
  %r = nn.sum %x axes = [0] : tensor<?x?xf64> -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// CHECK: sum_all_f64: ok
func.func private @sum_all_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<f64>) attributes {nn.graph} {
  %r = nn.sum %x axes = [0, 1] : tensor<?x?xf64> -> tensor<f64>
  return %r : tensor<f64>
}

// CHECK: reduce_max_rows_f64: ok
func.func private @reduce_max_rows_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf64>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [1] : tensor<?x?xf64> -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// CHECK: reduce_max_columns_f64: ok
func.func private @reduce_max_columns_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf64>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [0] : tensor<?x?xf64> -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// CHECK: reduce_max_all_f64: ok
func.func private @reduce_max_all_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<f64>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [0, 1] : tensor<?x?xf64> -> tensor<f64>
  return %r : tensor<f64>
}

// CHECK: reduce_min_rows_f64: ok
func.func private @reduce_min_rows_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf64>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [1] : tensor<?x?xf64> -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// CHECK: reduce_min_columns_f64: ok
func.func private @reduce_min_columns_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf64>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [0] : tensor<?x?xf64> -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// CHECK: reduce_min_all_f64: ok
func.func private @reduce_min_all_f64(%m: index, %n: index, %x: tensor<?x?xf64> {nn.dims = array<i64: 0, 1>})
    -> (tensor<f64>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [0, 1] : tensor<?x?xf64> -> tensor<f64>
  return %r : tensor<f64>
}

// CHECK: sum_rows_i32: ok
func.func private @sum_rows_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xi32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [1] : tensor<?x?xi32> -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// CHECK: sum_columns_i32: ok
func.func private @sum_columns_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xi32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [0] : tensor<?x?xi32> -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// CHECK: sum_all_i32: ok
func.func private @sum_all_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<i32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [0, 1] : tensor<?x?xi32> -> tensor<i32>
  return %r : tensor<i32>
}

// CHECK: reduce_max_rows_i32: ok
func.func private @reduce_max_rows_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xi32>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [1] : tensor<?x?xi32> -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// CHECK: reduce_max_columns_i32: ok
func.func private @reduce_max_columns_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xi32>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [0] : tensor<?x?xi32> -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// CHECK: reduce_max_all_i32: ok
func.func private @reduce_max_all_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<i32>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [0, 1] : tensor<?x?xi32> -> tensor<i32>
  return %r : tensor<i32>
}

// CHECK: reduce_min_rows_i32: ok
func.func private @reduce_min_rows_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xi32>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [1] : tensor<?x?xi32> -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// CHECK: reduce_min_columns_i32: ok
func.func private @reduce_min_columns_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xi32>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [0] : tensor<?x?xi32> -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// CHECK: reduce_min_all_i32: ok
func.func private @reduce_min_all_i32(%m: index, %n: index, %x: tensor<?x?xi32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<i32>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [0, 1] : tensor<?x?xi32> -> tensor<i32>
  return %r : tensor<i32>
}

// CHECK: sum_rows_bf16: ok
func.func private @sum_rows_bf16(%m: index, %n: index, %x: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xbf16>) attributes {nn.graph} {
  %r = nn.sum %x axes = [1] : tensor<?x?xbf16> -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// CHECK: sum_columns_bf16: ok
func.func private @sum_columns_bf16(%m: index, %n: index, %x: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xbf16>) attributes {nn.graph} {
  %r = nn.sum %x axes = [0] : tensor<?x?xbf16> -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// CHECK: sum_all_bf16: ok
func.func private @sum_all_bf16(%m: index, %n: index, %x: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<bf16>) attributes {nn.graph} {
  %r = nn.sum %x axes = [0, 1] : tensor<?x?xbf16> -> tensor<bf16>
  return %r : tensor<bf16>
}

// CHECK: reduce_max_rows_bf16: ok
func.func private @reduce_max_rows_bf16(%m: index, %n: index, %x: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xbf16>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [1] : tensor<?x?xbf16> -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// CHECK: reduce_max_columns_bf16: ok
func.func private @reduce_max_columns_bf16(%m: index, %n: index, %x: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xbf16>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [0] : tensor<?x?xbf16> -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// CHECK: reduce_max_all_bf16: ok
func.func private @reduce_max_all_bf16(%m: index, %n: index, %x: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<bf16>) attributes {nn.graph} {
  %r = nn.reduce_max %x axes = [0, 1] : tensor<?x?xbf16> -> tensor<bf16>
  return %r : tensor<bf16>
}

// CHECK: reduce_min_rows_bf16: ok
func.func private @reduce_min_rows_bf16(%m: index, %n: index, %x: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xbf16>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [1] : tensor<?x?xbf16> -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// CHECK: reduce_min_columns_bf16: ok
func.func private @reduce_min_columns_bf16(%m: index, %n: index, %x: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xbf16>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [0] : tensor<?x?xbf16> -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// CHECK: reduce_min_all_bf16: ok
func.func private @reduce_min_all_bf16(%m: index, %n: index, %x: tensor<?x?xbf16> {nn.dims = array<i64: 0, 1>})
    -> (tensor<bf16>) attributes {nn.graph} {
  %r = nn.reduce_min %x axes = [0, 1] : tensor<?x?xbf16> -> tensor<bf16>
  return %r : tensor<bf16>
}

// CHECK: sum3_1: ok
func.func private @sum3_1(%m: index, %n: index, %x: tensor<?x4x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [1] : tensor<?x4x?xf32> -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: sum3_0_2: ok
func.func private @sum3_0_2(%m: index, %n: index, %x: tensor<?x4x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<4xf32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [0, 2] : tensor<?x4x?xf32> -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK: sum3_1_2: ok
func.func private @sum3_1_2(%m: index, %n: index, %x: tensor<?x4x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [1, 2] : tensor<?x4x?xf32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: sum3_0_1: ok
func.func private @sum3_0_1(%m: index, %n: index, %x: tensor<?x4x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [0, 1] : tensor<?x4x?xf32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK: sum3_2: ok
func.func private @sum3_2(%m: index, %n: index, %x: tensor<?x4x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x4xf32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [2] : tensor<?x4x?xf32> -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// CHECK: sum3_0: ok
func.func private @sum3_0(%m: index, %n: index, %x: tensor<?x4x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<4x?xf32>) attributes {nn.graph} {
  %r = nn.sum %x axes = [0] : tensor<?x4x?xf32> -> tensor<4x?xf32>
  return %r : tensor<4x?xf32>
}

// CHECK: argmax_rows: ok
func.func private @argmax_rows(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xi64>) attributes {nn.graph} {
  %r = nn.argmax %x axis = 1 : tensor<?x?xf32> -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// CHECK: argmax_columns: ok
func.func private @argmax_columns(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xi64>) attributes {nn.graph} {
  %r = nn.argmax %x axis = 0 : tensor<?x?xf32> -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// CHECK: argmin_rows: ok
func.func private @argmin_rows(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xi64>) attributes {nn.graph} {
  %r = nn.argmin %x axis = 1 : tensor<?x?xf32> -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// CHECK: argmin_columns: ok
func.func private @argmin_columns(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?xi64>) attributes {nn.graph} {
  %r = nn.argmin %x axis = 0 : tensor<?x?xf32> -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// CHECK: cumsum_0: ok
func.func private @cumsum_0(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.cumsum %x axis = 0 : tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: cumsum_reverse_0: ok
func.func private @cumsum_reverse_0(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.cumsum %x axis = 0 reverse : tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: cumsum_1: ok
func.func private @cumsum_1(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.cumsum %x axis = 1 : tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: cumsum_reverse_1: ok
func.func private @cumsum_reverse_1(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %r = nn.cumsum %x axis = 1 reverse : tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: softmax: ok
func.func private @softmax(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %mx = nn.reduce_max %x axes = [1] : tensor<?x?xf32> -> tensor<?xf32>
  %mb = nn.broadcast %mx [%m, %n] map = [0] : tensor<?xf32> -> tensor<?x?xf32>
  %s = nn.sub %x, %mb : tensor<?x?xf32>
  %e = nn.exp %s : tensor<?x?xf32>
  %sum = nn.sum %e axes = [1] : tensor<?x?xf32> -> tensor<?xf32>
  %sb = nn.broadcast %sum [%m, %n] map = [0] : tensor<?xf32> -> tensor<?x?xf32>
  %p = nn.div %e, %sb : tensor<?x?xf32>
  return %p : tensor<?x?xf32>
}

// CHECK: cross_entropy: ok
func.func private @cross_entropy(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %y: tensor<?xi32> {nn.dims = array<i64: 0>})
    -> (tensor<?xf32>, tensor<?x?xf32>) attributes {nn.graph} {
  %mx = nn.reduce_max %x axes = [1] : tensor<?x?xf32> -> tensor<?xf32>
  %mb = nn.broadcast %mx [%m, %n] map = [0] : tensor<?xf32> -> tensor<?x?xf32>
  %s = nn.sub %x, %mb : tensor<?x?xf32>
  %e = nn.exp %s : tensor<?x?xf32>
  %sum = nn.sum %e axes = [1] : tensor<?x?xf32> -> tensor<?xf32>
  %sb = nn.broadcast %sum [%m, %n] map = [0] : tensor<?xf32> -> tensor<?x?xf32>
  %p = nn.div %e, %sb : tensor<?x?xf32>
  %l = nn.log %sum : tensor<?xf32>
  %lse = nn.add %l, %mx : tensor<?xf32>
  %at = nn.take_along %x, %y axis = 1 : tensor<?x?xf32>, tensor<?xi32> -> tensor<?xf32>
  %loss = nn.sub %lse, %at : tensor<?xf32>
  %minus = nn.constant dense<-1.0> : tensor<f32>
  %u = nn.full %minus [%m] : tensor<f32> -> tensor<?xf32>
  %d = nn.scatter_add_along %p, %y, %u axis = 1 : tensor<?x?xf32>, tensor<?xi32>, tensor<?xf32>
  return %loss, %d : tensor<?xf32>, tensor<?x?xf32>
}

// CHECK: layer_norm: ok
func.func private @layer_norm(%m: index, %n: index, %x: tensor<?x?xf32> {nn.dims = array<i64: 0, 1>}, %gain: tensor<?xf32> {nn.dims = array<i64: 1>})
    -> (tensor<?x?xf32>) attributes {nn.graph} {
  %sum = nn.sum %x axes = [1] : tensor<?x?xf32> -> tensor<?xf32>
  %count0 = nn.from_index %n : tensor<f32>
  %count = nn.full %count0 [%m] : tensor<f32> -> tensor<?xf32>
  %mean = nn.div %sum, %count : tensor<?xf32>
  %mb = nn.broadcast %mean [%m, %n] map = [0] : tensor<?xf32> -> tensor<?x?xf32>
  %c = nn.sub %x, %mb : tensor<?x?xf32>
  %c2 = nn.mul %c, %c : tensor<?x?xf32>
  %var0 = nn.sum %c2 axes = [1] : tensor<?x?xf32> -> tensor<?xf32>
  %var = nn.div %var0, %count : tensor<?xf32>
  %eps0 = nn.constant dense<1.0e-5> : tensor<f32>
  %eps = nn.full %eps0 [%m] : tensor<f32> -> tensor<?xf32>
  %v = nn.add %var, %eps : tensor<?xf32>
  %rs = nn.rsqrt %v : tensor<?xf32>
  %rb = nn.broadcast %rs [%m, %n] map = [0] : tensor<?xf32> -> tensor<?x?xf32>
  %y = nn.mul %c, %rb : tensor<?x?xf32>
  %gb = nn.broadcast %gain [%m, %n] map = [1] : tensor<?xf32> -> tensor<?x?xf32>
  %r = nn.mul %y, %gb : tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK: norm_scales: ok
func.func private @norm_scales(%m: index, %n: index, %x: tensor<?xf32> {nn.dims = array<i64: 1>})
    -> (tensor<?xf32>) attributes {nn.graph} {
  %q = nn.mul %x, %x : tensor<?xf32>
  %s = nn.sum %q axes = [0] : tensor<?xf32> -> tensor<f32>
  %norm = nn.sqrt %s : tensor<f32>
  %nb = nn.full %norm [%n] : tensor<f32> -> tensor<?xf32>
  %r = nn.div %x, %nb : tensor<?xf32>
  return %r : tensor<?xf32>
}
