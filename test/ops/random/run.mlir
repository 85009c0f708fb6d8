// RUN: %bin/nn-run %s | FileCheck %s

// The known answer of Philox4x32-10 for key 0 and counter 0 (Random123's kat_vectors).
// CHECK: known.0: 1713891541 3781805453 3159862348 2600524760
func.func @known() -> tensor<4xui32> {
  %rng = nn.constant dense<[0, 0]> : tensor<2xi64>
  %b = nn.rng_bits %rng : tensor<4xui32>
  return %b : tensor<4xui32>
}

// Six words take two blocks of the counter; the words after them are the next ones.
// CHECK: blocks.0: {{[0-9]+ [0-9]+ [0-9]+ [0-9]+}} [[SECOND:[0-9]+ [0-9]+ [0-9]+ [0-9]+]]
// CHECK: blocks.1: 5 9
// CHECK: blocks.2: [[SECOND]]
func.func @blocks() -> (tensor<8xui32>, tensor<2xi64>, tensor<4xui32>) {
  %rng = nn.constant dense<[5, 7]> : tensor<2xi64>
  %b = nn.rng_bits %rng : tensor<8xui32>
  %c6 = arith.constant 6 : index
  %c3 = arith.constant 3 : index
  %n = nn.rng_advance %rng, %c6
  %m = nn.rng_advance %rng, %c3
  %t = nn.rng_bits %m : tensor<4xui32>
  return %b, %n, %t : tensor<8xui32>, tensor<2xi64>, tensor<4xui32>
}

// The child's key is made of the words of the parent's block.
// CHECK: split.0: -2204013331526194987 0
// CHECK: split.1: 0 1
func.func @split() -> (tensor<2xi64>, tensor<2xi64>) {
  %rng = nn.constant dense<[0, 0]> : tensor<2xi64>
  %child, %next = nn.rng_split %rng
  return %child, %next : tensor<2xi64>, tensor<2xi64>
}
