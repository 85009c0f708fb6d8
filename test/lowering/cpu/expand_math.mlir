// RUN: nn-opt %s --expand-math | FileCheck %s
// No function is left that the C library would have to give. Powers of f32 are computed in f64.

// CHECK-NOT: math.{{exp|tanh|powf|log}}
// CHECK-LABEL: @vectors
// CHECK: math.fma {{.*}} : vector<16xf32>
func.func @vectors(%x: vector<16xf32>) -> vector<16xf32> {
  %e = math.exp %x : vector<16xf32>
  %t = math.tanh %e : vector<16xf32>
  return %t : vector<16xf32>
}

// CHECK-LABEL: @power
// CHECK: arith.extf %{{.*}} : f32 to f64
// CHECK: arith.truncf %{{.*}} : f64 to f32
func.func @power(%x: f32, %y: f32) -> f32 {
  %p = math.powf %x, %y : f32
  return %p : f32
}

// CHECK-LABEL: @wide
// CHECK: math.fma {{.*}} : vector<8xf64>
func.func @wide(%x: vector<8xf64>) -> vector<8xf64> {
  %l = math.log %x : vector<8xf64>
  return %l : vector<8xf64>
}
