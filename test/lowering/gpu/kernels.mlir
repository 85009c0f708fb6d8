// One kernel of each kind, with static and dynamic sizes, becomes one PTX function each. No device
// function stays a call, nothing lives in local memory.
// RUN: %bin/test-ptx %s sm_80 | FileCheck %s
// RUN: %bin/test-ptx %s sm_80 | FileCheck %s --check-prefix=NONE
// NONE-NOT: {{\.local|\.extern|call}}

// CHECK: .version 8.0
// CHECK: .target sm_80

// 16 bytes at a time; a tail of single elements is not needed for 256 columns.
// CHECK-LABEL: .visible .entry g_0_tanh_mul(
// CHECK: .reqntid 256, 1, 1
// CHECK-DAG: ld.global.v4.b32
// CHECK-DAG: st.global.v4.b32

// Random bits are made where they are used, four elements from one Philox block.
// CHECK-LABEL: .visible .entry g_1_dropout(
// CHECK-DAG: ld.global.v4.b32
// CHECK-DAG: st.global.v4.b32
// CHECK: ret;

// CHECK-LABEL: .visible .entry g_2_linear_relu(
// CHECK-DAG: .shared .align 16 .b8 {{.*}}[4352]
// CHECK: bar.sync
// CHECK: ld.shared.v4.b32
// CHECK-COUNT-256: fma.rn.f32
// CHECK: bar.sync
// CHECK: max.NaN.f32
// CHECK: st.global.v4.b32

// CHECK-LABEL: .visible .entry g_3_dw(
// CHECK-COUNT-256: fma.rn.f32

// A warp per row: shuffles, no barrier. The maximum, the sum, and argmax's value and place.
// CHECK-LABEL: .visible .entry g_4_cross_entropy(
// CHECK: .reqntid 32, 8, 1
// CHECK-NOT: bar.sync
// CHECK-COUNT-20: shfl.sync.bfly.b32
// CHECK-NOT: bar.sync
// CHECK: ret;

// Columns: neighbouring threads read neighbouring columns; 16 partial sums meet in shared memory.
// CHECK-LABEL: .visible .entry g_5_bias_gradient(
// CHECK: .reqntid 32, 16, 1
// CHECK: bar.sync
// CHECK: ret;

// CHECK-LABEL: .visible .entry g_6_mean(
// CHECK: .reqntid 1024, 1, 1

func.func @g(%d0: index, %x: memref<?x256xf32>, %w: memref<256x784xf32>, %bias: memref<256xf32>,
             %y: memref<?x256xf32>, %in: memref<?x784xf32>, %rows: memref<?xf32>,
             %labels: memref<?xi32>, %columns: memref<256xf32>, %dw: memref<256x784xf32>,
             %rng: memref<2xi64>, %best: memref<?xi64>, %total: memref<f32>) {
  kernel.pointwise "tanh_mul" ins(%x, %x : memref<?x256xf32>, memref<?x256xf32>)
      outs(%y : memref<?x256xf32>) dims(%d0) {
  ^bb0(%a: tensor<?x256xf32>, %b: tensor<?x256xf32>):
    %t = nn.tanh %a : tensor<?x256xf32>
    %m = nn.mul %t, %b : tensor<?x256xf32>
    kernel.yield %m : tensor<?x256xf32>
  }
  kernel.pointwise "dropout" ins(%x, %rng : memref<?x256xf32>, memref<2xi64>)
      outs(%y : memref<?x256xf32>) dims(%d0) {
  ^bb0(%a: tensor<?x256xf32>, %r: tensor<2xi64>):
    %bits = nn.rng_bits %r [%d0] : tensor<?x256xui32>
    %f = nn.cast %bits : tensor<?x256xui32> to tensor<?x256xf32>
    %m = nn.mul %f, %a : tensor<?x256xf32>
    kernel.yield %m : tensor<?x256xf32>
  }
  kernel.contraction "linear_relu" ins(%in, %w, %bias : memref<?x784xf32>, memref<256x784xf32>, memref<256xf32>)
      outs(%y : memref<?x256xf32>) dims(%d0) {
  ^bb0(%a: tensor<?x784xf32>, %b: tensor<256x784xf32>, %c: tensor<256xf32>):
    %p = nn.einsum "mk,nk->mn" %a, %b : tensor<?x784xf32>, tensor<256x784xf32> -> tensor<?x256xf32>
    %q = nn.broadcast %c [%d0] map = [1] : tensor<256xf32> -> tensor<?x256xf32>
    %s = nn.add %p, %q : tensor<?x256xf32>
    %zero = nn.constant dense<0.0> : tensor<f32>
    %z = nn.full %zero [%d0] : tensor<f32> -> tensor<?x256xf32>
    %r = nn.max %s, %z : tensor<?x256xf32>
    kernel.yield %r : tensor<?x256xf32>
  }
  kernel.contraction "dw" ins(%y, %in : memref<?x256xf32>, memref<?x784xf32>) outs(%dw : memref<256x784xf32>) {
  ^bb0(%a: tensor<?x256xf32>, %b: tensor<?x784xf32>):
    %p = nn.einsum "bn,bk->nk" %a, %b : tensor<?x256xf32>, tensor<?x784xf32> -> tensor<256x784xf32>
    kernel.yield %p : tensor<256x784xf32>
  }
  kernel.row "cross_entropy" ins(%x, %labels : memref<?x256xf32>, memref<?xi32>)
      outs(%rows, %best, %y : memref<?xf32>, memref<?xi64>, memref<?x256xf32>) dims(%d0) {
  ^bb0(%a: tensor<?x256xf32>, %l: tensor<?xi32>):
    %m = nn.reduce_max %a axes = [1] : tensor<?x256xf32> -> tensor<?xf32>
    %mb = nn.broadcast %m [%d0] map = [0] : tensor<?xf32> -> tensor<?x256xf32>
    %c = nn.sub %a, %mb : tensor<?x256xf32>
    %e = nn.exp %c : tensor<?x256xf32>
    %s = nn.sum %e axes = [1] : tensor<?x256xf32> -> tensor<?xf32>
    %ls = nn.log %s : tensor<?xf32>
    %t = nn.take_along %c, %l axis = 1 : tensor<?x256xf32>, tensor<?xi32> -> tensor<?xf32>
    %loss = nn.sub %ls, %t : tensor<?xf32>
    %k = nn.argmax %a axis = 1 : tensor<?x256xf32> -> tensor<?xi64>
    %sb = nn.broadcast %s [%d0] map = [0] : tensor<?xf32> -> tensor<?x256xf32>
    %p = nn.div %e, %sb : tensor<?x256xf32>
    kernel.yield %loss, %k, %p : tensor<?xf32>, tensor<?xi64>, tensor<?x256xf32>
  }
  kernel.row "bias_gradient" ins(%y : memref<?x256xf32>) outs(%columns : memref<256xf32>) {
  ^bb0(%a: tensor<?x256xf32>):
    %s = nn.sum %a axes = [0] : tensor<?x256xf32> -> tensor<256xf32>
    kernel.yield %s : tensor<256xf32>
  }
  kernel.row "mean" ins(%rows : memref<?xf32>) outs(%total : memref<f32>) {
  ^bb0(%a: tensor<?xf32>):
    %s = nn.sum %a axes = [0] : tensor<?xf32> -> tensor<f32>
    %n = nn.from_index %d0 : tensor<f32>
    %q = nn.div %s, %n : tensor<f32>
    kernel.yield %q : tensor<f32>
  }
  return
}
