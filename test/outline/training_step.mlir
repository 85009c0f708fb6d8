// RUN: nn-opt %s --outline-graphs | FileCheck %s
// What stands between prints is one graph; the print runs after it.

// CHECK-LABEL: func.func @program
// CHECK: %[[R:.*]]:2 = host.launch @graph
// CHECK-NEXT: host.call "nnrt_record"
// CHECK-NOT: host.launch
func.func @program(%x: tensor<4xf32>, %name: !host.ptr, %one: index) -> tensor<4xf32> {
  %s = nn.sum %x axes = [0] : tensor<4xf32> -> tensor<f32>
  host.call "nnrt_record"(%name, %s, %one) : (!host.ptr, tensor<f32>, index) -> ()
  %y = nn.mul %x, %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// A count is a tensor of the graph, a size an index.
// CHECK-LABEL: func.func @numbers_and_sizes
// CHECK: %[[S:.*]] = host.scalar %arg0
// CHECK: host.launch @{{.*}}[%arg1]
func.func @numbers_and_sizes(%steps: index, %n: index) -> tensor<?xf32> {
  %t = nn.from_index %steps : tensor<f32>
  %y = nn.full %t [%n] : tensor<f32> -> tensor<?xf32>
  return %y : tensor<?xf32>
}
