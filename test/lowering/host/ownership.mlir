// RUN: nn-opt %s --host-ownership | FileCheck %s
// Every value is released once, or handed over at its last use.

// CHECK-LABEL: @last_use_is_handed_over
func.func @last_use_is_handed_over(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NOT: host.retain
  // CHECK: host.launch
  // CHECK-NOT: host.release
  %y = host.launch @g[](%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @earlier_use_is_retained
func.func @earlier_use_is_retained(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: host.retain %[[X:.*]] : tensor<4xf32>
  // CHECK-NEXT: host.launch @g[] (%[[X]])
  // CHECK-NEXT: host.release
  %y = host.launch @g[](%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %x : tensor<4xf32>
}

// CHECK-LABEL: @borrowed_is_released_after
func.func @borrowed_is_released_after(%s: !host.handle) {
  // CHECK: host.call "nnrt_print"
  // CHECK-NEXT: host.release
  host.call "nnrt_print"(%s, %s) : (!host.handle, !host.handle) -> ()
  return
}

// CHECK-LABEL: @a_choice_is_a_reference
func.func @a_choice_is_a_reference(%p: i1, %x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
  // CHECK: %[[Z:.*]] = arith.select
  // CHECK-NEXT: host.retain %[[Z]]
  // CHECK-COUNT-2: host.release
  %z = arith.select %p, %x, %y : tensor<f32>
  return %z : tensor<f32>
}

// CHECK-LABEL: @outer_value_in_a_loop
func.func @outer_value_in_a_loop(%x: tensor<4xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for
  // CHECK: host.retain
  // CHECK-NEXT: host.launch
  // CHECK: host.release
  scf.for %i = %c0 to %n step %c1 {
    %y = host.launch @g[](%x) : (tensor<4xf32>) -> tensor<4xf32>
  }
  // CHECK: host.release %arg0
  return
}

// A branch owns what is used for the last time in it, and updates it in place.
// CHECK-LABEL: @branch_takes_over
func.func @branch_takes_over(%p: i1, %x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: scf.if
  // CHECK-NEXT: host.launch @g[] (%arg1)
  // CHECK: else
  // CHECK-NEXT: host.release %arg1
  // CHECK-NOT: host.re{{tain|lease}}
  // CHECK: return
  %r = scf.if %p -> (tensor<4xf32>) {
    %y = host.launch @g[](%x) : (tensor<4xf32>) -> tensor<4xf32>
    scf.yield %y : tensor<4xf32>
  } else {
    %y = host.launch @zero[]() : () -> tensor<4xf32>
    scf.yield %y : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}
