// RUN: nn-opt %s --canonicalize | FileCheck %s

// Neutral operands disappear.
// CHECK-LABEL: @neutral
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>
// CHECK-NEXT: return %[[X]], %[[X]], %[[X]]
func.func @neutral(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %zero = nn.constant dense<0.0> : tensor<4xf32>
  %one = nn.constant dense<1.0> : tensor<4xf32>
  %0 = nn.add %zero, %x : tensor<4xf32>
  %1 = nn.mul %x, %one : tensor<4xf32>
  %n = nn.neg %x : tensor<4xf32>
  %2 = nn.neg %n : tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// Constants are computed by the row's own element.
// CHECK-LABEL: @constants
// CHECK-DAG: nn.constant dense<3.000000e+00> : tensor<4xf32>
// CHECK-DAG: nn.constant dense<true> : tensor<i1>
// CHECK-DAG: nn.constant dense<200> : tensor<ui8>
// CHECK-NOT: nn.{{sub|compare|cast}}
func.func @constants() -> (tensor<4xf32>, tensor<i1>, tensor<ui8>) {
  %5 = nn.constant dense<5.0> : tensor<4xf32>
  %2 = nn.constant dense<2.0> : tensor<4xf32>
  %d = nn.sub %5, %2 : tensor<4xf32>
  %a = nn.constant dense<200> : tensor<ui8>
  %b = nn.constant dense<100> : tensor<ui8>
  %p = nn.compare gt %a, %b : tensor<ui8>
  %f = nn.constant dense<200.0> : tensor<f32>
  %c = nn.cast %f : tensor<f32> to tensor<ui8>
  return %d, %p, %c : tensor<4xf32>, tensor<i1>, tensor<ui8>
}

// What is one number everywhere is computed once.
// CHECK-LABEL: @uniform
// CHECK-SAME: %[[S:.*]]: tensor<f32>, %[[N:.*]]: index
// CHECK: %[[E:.*]] = nn.exp %[[S]] : tensor<f32>
// CHECK: nn.full %[[E]][%[[N]]]
func.func @uniform(%s: tensor<f32>, %n: index) -> tensor<?xf32> {
  %f = nn.full %s [%n] : tensor<f32> -> tensor<?xf32>
  %e = nn.exp %f : tensor<?xf32>
  return %e : tensor<?xf32>
}

// Constant exponents are products and roots.
// CHECK-LABEL: @powers
// CHECK: nn.mul %[[X:.*]], %[[X]]
// CHECK: nn.rsqrt
// CHECK-NOT: nn.pow
func.func @powers(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %2 = nn.constant dense<2.0> : tensor<4xf32>
  %h = nn.constant dense<-0.5> : tensor<4xf32>
  %0 = nn.pow %x, %2 : tensor<4xf32>
  %1 = nn.pow %x, %h : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}
