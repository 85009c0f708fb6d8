// RUN: %bin/nn-run %s | FileCheck %s

// Division rounds down, the rest has the divisor's sign, and nothing traps.
// CHECK: signed.0: -4 3 0 -2147483648
// CHECK: signed.1: 1 1 0 0
func.func @signed() -> (tensor<4xi32>, tensor<4xi32>) {
  %x = nn.constant dense<[-7, 7, 5, -2147483648]> : tensor<4xi32>
  %y = nn.constant dense<[2, 2, 0, -1]> : tensor<4xi32>
  %q = nn.div %x, %y : tensor<4xi32>
  %r = nn.rem %x, %y : tensor<4xi32>
  return %q, %r : tensor<4xi32>, tensor<4xi32>
}

// CHECK: unsigned.0: 127 0
// CHECK: unsigned.1: 255 7
// CHECK: unsigned.2: 1 0
// CHECK: unsigned.3: 255 7
func.func @unsigned() -> (tensor<2xui8>, tensor<2xui8>, tensor<2xi1>, tensor<2xf32>) {
  %x = nn.constant dense<[255, 7]> : tensor<2xui8>
  %y = nn.constant dense<[2, 0]> : tensor<2xui8>
  %q = nn.div %x, %y : tensor<2xui8>
  %m = nn.max %x, %y : tensor<2xui8>
  %t = nn.constant dense<[2, 9]> : tensor<2xui8>
  %p = nn.compare gt %x, %t : tensor<2xui8>
  %f = nn.cast %x : tensor<2xui8> to tensor<2xf32>
  return %q, %m, %p, %f : tensor<2xui8>, tensor<2xui8>, tensor<2xi1>, tensor<2xf32>
}

// CHECK: bits.0: 8 -8
// CHECK: bits.1: 14 -1
// CHECK: bits.2: 6 7
// CHECK: bits.3: -13 7
// CHECK: bits.4: 192 0
// CHECK: bits.5: 3 -1
func.func @bits() -> (tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) {
  %x = nn.constant dense<[12, -8]> : tensor<2xi32>
  %y = nn.constant dense<[10, -1]> : tensor<2xi32>
  %n = nn.constant dense<[4, 99]> : tensor<2xi32>
  %m = nn.constant dense<[2, 99]> : tensor<2xi32>
  %0 = nn.and %x, %y : tensor<2xi32>
  %1 = nn.or %x, %y : tensor<2xi32>
  %2 = nn.xor %x, %y : tensor<2xi32>
  %3 = nn.not %x : tensor<2xi32>
  %4 = nn.shl %x, %n : tensor<2xi32>
  %5 = nn.shr %x, %m : tensor<2xi32>
  return %0, %1, %2, %3, %4, %5 : tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>
}

// Through f32, as f16 and bf16 hold each other only partly.
// CHECK: casts.0: 1 -2
// CHECK: casts.1: 1.5 -2.75
// CHECK: casts.2: 1 1
func.func @casts() -> (tensor<2xi8>, tensor<2xf16>, tensor<2xi1>) {
  %x = nn.constant dense<[1.5, -2.75]> : tensor<2xbf16>
  %0 = nn.cast %x : tensor<2xbf16> to tensor<2xi8>
  %1 = nn.cast %x : tensor<2xbf16> to tensor<2xf16>
  %2 = nn.cast %x : tensor<2xbf16> to tensor<2xi1>
  return %0, %1, %2 : tensor<2xi8>, tensor<2xf16>, tensor<2xi1>
}
