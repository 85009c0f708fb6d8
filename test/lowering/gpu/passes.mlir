// RUN: nn-opt %s --graph-kernels --kernel-to-gpu | FileCheck %s
// RUN: nn-opt %s --graph-kernels --kernel-to-gpu -o %t.mlir
// RUN: nn-opt %t.mlir --pass-pipeline="builtin.module(gpu.module(gpu-device-math))" | FileCheck %s --check-prefix=MATH
// RUN: nn-opt %t.mlir --kernel-to-cpu --graph-to-llvm --gpu-to-runtime | FileCheck %s --check-prefix=RUNTIME
// A kernel becomes a function of a GPU module and a launch, its functions need no library, and its
// PTX comes to lie in the program.

// CHECK-LABEL: func.func private @g0
// CHECK: gpu.launch_func @kernels::@g0_0_pointwise_sin blocks in
// CHECK: gpu.module @kernels
// CHECK: llvm.func @g0_0_pointwise_sin(
// CHECK-SAME: nvvm.kernel
// CHECK: math.sin

// MATH-NOT: math.sin
// MATH: llvm.call @nn_sin_f32

// RUNTIME-NOT: gpu.launch_func
// RUNTIME: .visible .entry g0_0_pointwise_sin(
// RUNTIME: llvm.call @nnrt_gpu_launch
func.func private @g0(%n: index, %x: tensor<?x8xf32> {nn.dims = array<i64: 0>}) -> tensor<?x8xf32> attributes {nn.graph} {
  %e = nn.sin %x : tensor<?x8xf32>
  return %e : tensor<?x8xf32>
}
