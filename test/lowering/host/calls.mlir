// RUN: nn-opt %s --host-to-llvm | FileCheck %s
// Every host op becomes calls of the runtime; the context is the first argument of every host function.

// Constant texts are bytes that end in 0; positions are stored before calls that can fail.
// CHECK-LABEL: llvm.func @texts(%arg0: !llvm.ptr)
func.func @texts() {
  // CHECK: llvm.mlir.addressof
  // CHECK: llvm.call @nnrt_print(%arg0, {{.*}})
  %0 = host.text "hello"
  host.call "nnrt_print"(%0, %0) : (!host.ptr, !host.ptr) -> ()
  return
}

// CHECK-LABEL: llvm.func @numbers
func.func @numbers(%t: tensor<?xf32>, %s: tensor<i64>, %f: tensor<f32>, %p: tensor<i1>) -> (index, index, f64, i1) {
  // CHECK: llvm.call @nnrt_tensor_dim(%arg1, %{{.*}}) : (!llvm.ptr, i32) -> i64
  %0 = host.dim %t, 0 : tensor<?xf32>
  // CHECK: llvm.call @nnrt_tensor_item_i64(%arg0, %arg2)
  %1 = host.item %s : tensor<i64> -> index
  // CHECK: llvm.call @nnrt_tensor_item_f64(%arg0, %arg3)
  %2 = host.item %f : tensor<f32> -> f64
  // CHECK: %[[FLAG:.*]] = llvm.call @nnrt_tensor_item_bool(%arg0, %arg4) : (!llvm.ptr, !llvm.ptr) -> i32
  // CHECK: llvm.icmp "ne" %[[FLAG]]
  %3 = host.item %p : tensor<i1> -> i1
  return %0, %1, %2, %3 : index, index, f64, i1
}

// What is known about sizes costs nothing.
// CHECK-LABEL: llvm.func @known_sizes
func.func @known_sizes(%t: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  // CHECK-NEXT: llvm.return %arg1
  %0 = host.shaped %t[%n] : tensor<?xf32>
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: llvm.func @absent
func.func @absent() -> i1 {
  // CHECK: %[[NONE:.*]] = llvm.mlir.zero : !llvm.ptr
  %0 = host.null
  // CHECK: llvm.icmp "eq" %[[NONE]], %{{.*}} : !llvm.ptr
  %1 = host.is_null %0
  return %1 : i1
}

// CHECK-LABEL: llvm.func @parsed
func.func @parsed(%s: !host.handle) -> (i1, f64) {
  // CHECK: llvm.call @nnrt_str_parse_f64(%arg1, %[[OUT:.*]]) :
  // CHECK: llvm.load %[[OUT]] : !llvm.ptr -> f64
  %ok, %x = host.parse %s : f64
  return %ok, %x : i1, f64
}

// The table is a constant; the sizes that it does not know lie on the stack.
// CHECK-LABEL: llvm.func @tables
func.func @tables(%file: !host.handle, %flat: tensor<?xf32>, %n: index) {
  // CHECK-DAG: llvm.alloca
  // CHECK-DAG: llvm.store %arg3
  // CHECK: llvm.call @nnrt_archive_add_tree
  %0 = host.text "net"
  %1 = host.tree ["w", "b"] [tensor<?x4xf32>, tensor<4xf32>]
  %2 = host.sizes %n
  host.call "nnrt_archive_add_tree"(%file, %0, %1, %2, %flat)
    : (!host.handle, !host.ptr, !host.ptr, !host.ptr, tensor<?xf32>) -> ()
  return
}

// CHECK-LABEL: llvm.func @batches
func.func @batches(%it: !host.handle) -> i1 {
  // CHECK: llvm.call @nnrt_iter_next(%arg0, %arg1, %[[MEMBERS:.*]]) :
  // CHECK: llvm.load
  %ok, %x, %y = host.iter_next %it : tensor<?x4xf32>, tensor<?xi32>
  return %ok : i1
}

// CHECK-LABEL: llvm.func @mapped
func.func @mapped(%data: !host.handle, %scale: tensor<f32>) -> !host.handle {
  // CHECK: llvm.mlir.addressof @sample.graph
  // CHECK: llvm.call @nnrt_dataset_map
  %0 = host.dataset_map %data, @sample[](%scale) : (!host.handle, tensor<f32>) -> !host.handle
  return %0 : !host.handle
}
llvm.mlir.global external @sample.graph() : !llvm.ptr

func.func private @attempt(%path: !host.handle) -> index {
  %c0 = arith.constant 0 : index
  return %c0 : index
}
// The function is called through one that the runtime can call; results pass through memory.
// CHECK-LABEL: llvm.func @tried
func.func @tried(%path: !host.handle) -> index {
  // CHECK: llvm.mlir.addressof @attempt.body
  // CHECK: llvm.call @nnrt_try(%arg0,
  // CHECK: llvm.load {{.*}} -> i64
  %reason, %n = host.try @attempt(%path) : (!host.handle) -> (!host.handle, index)
  return %n : index
}

// A loop that does nothing stays.
// CHECK-LABEL: llvm.func @without_end
func.func @without_end(%go: i1) {
  // CHECK: llvm.cond_br
  scf.while : () -> () {
    scf.condition(%go)
  } do {
    host.turn
    scf.yield
  }
  return
}
