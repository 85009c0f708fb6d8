// RUN: %bin/nn-run %s | FileCheck %s

// The table's rows on floats.

// CHECK: arithmetic.0: -1 0 1 3
// CHECK: arithmetic.1: -2 -1 0 2
// CHECK: arithmetic.2: -0.75 -0.25 0.25 1.25
// CHECK: arithmetic.3: -3 -1 1 5
// CHECK: arithmetic.4: 0.5 0.5 0.5 2.5
// CHECK: arithmetic.5: -1.5 -0.5 0.5 0.5
func.func @arithmetic() -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %x = nn.constant dense<[-1.5, -0.5, 0.5, 2.5]> : tensor<4xf64>
  %h = nn.constant dense<0.5> : tensor<4xf64>
  %0 = nn.add %x, %h : tensor<4xf64>
  %1 = nn.sub %x, %h : tensor<4xf64>
  %2 = nn.mul %x, %h : tensor<4xf64>
  %3 = nn.div %x, %h : tensor<4xf64>
  %4 = nn.max %x, %h : tensor<4xf64>
  %5 = nn.min %x, %h : tensor<4xf64>
  return %0, %1, %2, %3, %4, %5 : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}

// Ties round to even; the rest has the divisor's sign.
// CHECK: rounding.0: -2 -1 0 2
// CHECK: rounding.1: -1 -0 1 3
// CHECK: rounding.2: -2 -0 0 2
// CHECK: rounding.3: 1 2 0.5 2.5
// CHECK: rounding.4: 1.5 0.5 -0.5 -2.5
// CHECK: rounding.5: 1.5 0.5 0.5 2.5
// CHECK: rounding.6: -1 -1 1 1
func.func @rounding() -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %x = nn.constant dense<[-1.5, -0.5, 0.5, 2.5]> : tensor<4xf64>
  %d = nn.constant dense<[2.5, 2.5, 2.0, 3.0]> : tensor<4xf64>
  %0 = nn.floor %x : tensor<4xf64>
  %1 = nn.ceil %x : tensor<4xf64>
  %2 = nn.round %x : tensor<4xf64>
  %3 = nn.rem %x, %d : tensor<4xf64>
  %4 = nn.neg %x : tensor<4xf64>
  %5 = nn.abs %x : tensor<4xf64>
  %6 = nn.sign %x : tensor<4xf64>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}

// CHECK: functions.0: 1 1.6487{{.*}}
// CHECK: functions.1: 0 0.6487{{.*}}
// CHECK: functions.2: 0 0.4054{{.*}}
// CHECK: functions.3: -0.6931{{.*}} 0
// CHECK: functions.4: 0 0.4794{{.*}}
// CHECK: functions.5: 1 0.8775{{.*}}
// CHECK: functions.6: 0 0.4621{{.*}}
// CHECK: functions.7: 0.5 0.6224{{.*}}
// CHECK: functions.8: 0 0.5204{{.*}}
func.func @functions() -> (tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) {
  %x = nn.constant dense<[0.0, 0.5]> : tensor<2xf64>
  %h = nn.constant dense<0.5> : tensor<2xf64>
  %s = nn.add %x, %h : tensor<2xf64>
  %0 = nn.exp %x : tensor<2xf64>
  %1 = nn.expm1 %x : tensor<2xf64>
  %2 = nn.log1p %x : tensor<2xf64>
  %3 = nn.log %s : tensor<2xf64>
  %4 = nn.sin %x : tensor<2xf64>
  %5 = nn.cos %x : tensor<2xf64>
  %6 = nn.tanh %x : tensor<2xf64>
  %7 = nn.logistic %x : tensor<2xf64>
  %8 = nn.erf %x : tensor<2xf64>
  return %0, %1, %2, %3, %4, %5, %6, %7, %8 : tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>
}

// CHECK: powers.0: 8 0.25
// CHECK: powers.1: 2 4
// CHECK: powers.2: 0.5 0.25
// CHECK: powers.3: 0.9272{{.*}} 1.695{{.*}}
func.func @powers() -> (tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) {
  %x = nn.constant dense<[4.0, 16.0]> : tensor<2xf64>
  %y = nn.constant dense<[1.5, -0.5]> : tensor<2xf64>
  %z = nn.constant dense<[3.0, -2.0]> : tensor<2xf64>
  %0 = nn.pow %x, %y : tensor<2xf64>
  %1 = nn.sqrt %x : tensor<2xf64>
  %2 = nn.rsqrt %x : tensor<2xf64>
  %3 = nn.atan2 %x, %z : tensor<2xf64>
  return %0, %1, %2, %3 : tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>
}

// CHECK: truth.0: 0 1 0
// CHECK: truth.1: 1 0 1
// CHECK: truth.2: 1 0 0
// CHECK: truth.3: 1 1 0
// CHECK: truth.4: 0 0 1
// CHECK: truth.5: 0 1 1
// CHECK: truth.6: 1 9 9
// CHECK: truth.7: 1 1 0
func.func @truth() -> (tensor<3xi1>, tensor<3xi1>, tensor<3xi1>, tensor<3xi1>, tensor<3xi1>, tensor<3xi1>, tensor<3xf32>, tensor<3xi1>) {
  %x = nn.constant dense<[1.0, 2.0, 0x7FC00000]> : tensor<3xf32>
  %y = nn.constant dense<[3.0, 2.0, 1.0]> : tensor<3xf32>
  %z = nn.constant dense<[9.0, 9.0, 9.0]> : tensor<3xf32>
  %w = nn.constant dense<[0.0, 1.0, 4.0]> : tensor<3xf32>
  %0 = nn.compare eq %x, %y : tensor<3xf32>
  %1 = nn.compare ne %x, %y : tensor<3xf32>
  %2 = nn.compare lt %x, %y : tensor<3xf32>
  %3 = nn.compare le %x, %y : tensor<3xf32>
  %4 = nn.compare gt %w, %y : tensor<3xf32>
  %v = nn.constant dense<[0.0, 2.0, 4.0]> : tensor<3xf32>
  %p = nn.compare ge %v, %y : tensor<3xf32>
  %q = nn.compare lt %x, %y : tensor<3xf32>
  %6 = nn.select %q, %x, %z : tensor<3xi1>, tensor<3xf32>
  %7 = nn.is_finite %x : tensor<3xf32>
  return %0, %1, %2, %3, %4, %p, %6, %7 : tensor<3xi1>, tensor<3xi1>, tensor<3xi1>, tensor<3xi1>, tensor<3xi1>, tensor<3xi1>, tensor<3xf32>, tensor<3xi1>
}
