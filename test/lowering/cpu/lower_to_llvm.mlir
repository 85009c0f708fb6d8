// RUN: nn-opt %s --lower-to-llvm --reconcile-unrealized-casts | FileCheck %s
// Indices, arithmetic, memory and branches in one walk; quotients are rounded down by other ops.

// CHECK-LABEL: llvm.func @mixed
// CHECK-NOT: {{arith|math|memref|cf|index|builtin}}.
// CHECK: llvm.sdiv
// CHECK: llvm.intr.fma
// CHECK: llvm.return
llvm.func @mixed(%n: i64, %p: !llvm.ptr, %x: vector<16xf32>) -> vector<16xf32> {
  %i = builtin.unrealized_conversion_cast %n : i64 to index
  %c3 = arith.constant 3 : index
  %q = arith.floordivsi %i, %c3 : index
  %zero = arith.constant 0 : index
  %is = arith.cmpi sgt, %q, %zero : index
  cf.cond_br %is, ^bb1(%q : index), ^bb2
^bb1(%k: index):
  %buffer = memref.alloca() : memref<4xf32>
  %s = memref.load %buffer[%k] : memref<4xf32>
  memref.store %s, %buffer[%zero] : memref<4xf32>
  cf.br ^bb2
^bb2:
  %y = math.fma %x, %x, %x : vector<16xf32>
  llvm.return %y : vector<16xf32>
}
