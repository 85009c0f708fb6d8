// More functions for check_batches.py: what differs from row to row is an index, a stream of random
// numbers, or decides about a branch or a loop.

func.func private @slice_at_own_places(%x: tensor<5x4xf64>, %i: tensor<i64> {low = -1, high = 5}, %j: tensor<i64> {low = 0, high = 3}) -> tensor<2x1xf64> {
  %a = nn.to_index %i : tensor<i64>
  %b = nn.to_index %j : tensor<i64>
  %z = nn.dynamic_slice %x at [%a, %b] : tensor<5x4xf64> -> tensor<2x1xf64>
  return %z : tensor<2x1xf64>
}
func.func private @slice_of_dynamic_size(%n: index, %x: tensor<?x4xf64>, %i: tensor<i64> {low = 0, high = 4}) -> tensor<?x2xf64> {
  %a = nn.to_index %i : tensor<i64>
  %z = nn.dynamic_slice %x at [%n, %a] [%n] : tensor<?x4xf64> -> tensor<?x2xf64>
  return %z : tensor<?x2xf64>
}
func.func private @update_at_own_places(%x: tensor<5x4xf64>, %u: tensor<2x1xf64>, %i: tensor<i64> {low = -1, high = 5}, %j: tensor<i64> {low = 0, high = 3}) -> tensor<5x4xf64> {
  %a = nn.to_index %i : tensor<i64>
  %b = nn.to_index %j : tensor<i64>
  %z = nn.dynamic_update %x, %u at [%a, %b] : tensor<5x4xf64>, tensor<2x1xf64>
  return %z : tensor<5x4xf64>
}
func.func private @update_on_one_axis(%n: index, %x: tensor<5x4xf64>, %u: tensor<2x2xf64>, %i: tensor<i64> {low = 0, high = 3}) -> tensor<5x4xf64> {
  %a = nn.to_index %i : tensor<i64>
  %z = nn.dynamic_update %x, %u at [%a, %n] : tensor<5x4xf64>, tensor<2x2xf64>
  return %z : tensor<5x4xf64>
}
func.func private @index_arithmetic(%n: index, %x: tensor<9xf64>, %i: tensor<i64> {low = 0, high = 2}, %j: tensor<i64> {low = 0, high = 2}) -> (tensor<1xf64>, tensor<f64>) {
  %a = nn.to_index %i : tensor<i64>
  %b = nn.to_index %j : tensor<i64>
  %c = arith.muli %a, %n : index
  %d = arith.addi %c, %b : index
  %e = arith.subi %d, %a : index
  %f = arith.maxsi %e, %n : index
  %z = nn.dynamic_slice %x at [%f] : tensor<9xf64> -> tensor<1xf64>
  %t = nn.from_index %e : tensor<f64>
  return %z, %t : tensor<1xf64>, tensor<f64>
}
func.func private @take_on_axis_1(%x: tensor<2x4x3xf64>, %i: tensor<2x2xi32> {low = -1, high = 5}) -> tensor<2x2x2x3xf64> {
  %z = nn.take %x, %i axis = 1 : tensor<2x4x3xf64>, tensor<2x2xi32> -> tensor<2x2x2x3xf64>
  return %z : tensor<2x2x2x3xf64>
}
func.func private @take_dynamic(%n: index, %x: tensor<?x3xf64>, %i: tensor<?xi64> {low = 0, high = 1}) -> tensor<?x3xf64> {
  %z = nn.take %x, %i axis = 0 : tensor<?x3xf64>, tensor<?xi64> -> tensor<?x3xf64>
  return %z : tensor<?x3xf64>
}
func.func private @scatter_on_axis_1(%x: tensor<2x4x3xf64>, %i: tensor<2xi32> {low = -1, high = 5}, %u: tensor<2x2x3xf64>) -> tensor<2x4x3xf64> {
  %z = nn.scatter_add %x, %i, %u axis = 1 : tensor<2x4x3xf64>, tensor<2xi32>, tensor<2x2x3xf64>
  return %z : tensor<2x4x3xf64>
}
func.func private @orders(%x: tensor<3x5xf64>) -> (tensor<3x5xf64>, tensor<3xf64>, tensor<5xf64>, tensor<3xf64>) {
  %o = nn.argsort %x descending : tensor<3x5xf64> -> tensor<3x5xi32>
  %p = nn.argsort %x : tensor<3x5xf64> -> tensor<3x1xi32>
  %a = nn.argmax %x axis = 0 : tensor<3x5xf64> -> tensor<5xi64>
  %b = nn.argmin %x axis = 1 : tensor<3x5xf64> -> tensor<3xi32>
  %q = nn.reshape %p : tensor<3x1xi32> -> tensor<3xi32>
  %s = nn.take_along %x, %q axis = 1 : tensor<3x5xf64>, tensor<3xi32> -> tensor<3xf64>
  %f = nn.cast %o : tensor<3x5xi32> to tensor<3x5xf64>
  %t = nn.take_along %x, %a axis = 0 : tensor<3x5xf64>, tensor<5xi64> -> tensor<5xf64>
  %c = nn.cast %b : tensor<3xi32> to tensor<3xf64>
  return %f, %s, %t, %c : tensor<3x5xf64>, tensor<3xf64>, tensor<5xf64>, tensor<3xf64>
}
func.func private @draws(%x: tensor<6xf64>, %rng: tensor<2xi64> {low = 1, high = 99}) -> (tensor<6xf64>, tensor<6xf64>) {
  %c6 = arith.constant 6 : index
  %b = nn.rng_bits %rng : tensor<6xui32>
  %next = nn.rng_advance %rng, %c6
  %child, %after = nn.rng_split %next
  %d = nn.rng_bits %child : tensor<6xui32>
  %e = nn.rng_bits %after : tensor<6xui32>
  %scale = nn.constant dense<1.0e-9> : tensor<6xf64>
  %f = nn.cast %b : tensor<6xui32> to tensor<6xf64>
  %g = nn.cast %d : tensor<6xui32> to tensor<6xf64>
  %h = nn.cast %e : tensor<6xui32> to tensor<6xf64>
  %s = nn.mul %f, %scale : tensor<6xf64>
  %t = nn.mul %g, %scale : tensor<6xf64>
  %u = nn.mul %h, %scale : tensor<6xf64>
  %v = nn.mul %s, %x : tensor<6xf64>
  %w = nn.add %t, %u : tensor<6xf64>
  return %v, %w : tensor<6xf64>, tensor<6xf64>
}
// The root's derivative is infinite at 0, in the branch that is not taken there.
func.func private @safe_root(%x: tensor<2xf64>, %k: tensor<f64> {low = -1, high = 1}) -> tensor<2xf64> {
  %zero = nn.constant dense<0.0> : tensor<f64>
  %m = nn.max %k, %zero : tensor<f64>
  %p = nn.compare gt %k, %zero : tensor<f64>
  %y = nn.if %p -> (tensor<2xf64>) {
    %r = nn.sqrt %m : tensor<f64>
    %f = nn.full %r : tensor<f64> -> tensor<2xf64>
    %q = nn.mul %f, %x : tensor<2xf64>
    nn.yield %q : tensor<2xf64>
  } else {
    nn.yield %x : tensor<2xf64>
  }
  return %y : tensor<2xf64>
}
// Only one branch ends.
func.func private @endless_branch(%x: tensor<f64> {low = -2, high = 2}) -> tensor<f64> {
  %zero = nn.constant dense<0.0> : tensor<f64>
  %limit = nn.constant dense<9.0> : tensor<f64>
  %p = nn.compare gt %x, %zero : tensor<f64>
  %y = nn.if %p -> (tensor<f64>) {
    %w = nn.while (%x : tensor<f64>) {
    ^bb0(%v: tensor<f64>):
      %q = nn.compare lt %v, %limit : tensor<f64>
      nn.yield %q : tensor<i1>
    } do {
    ^bb0(%v: tensor<f64>):
      %e = nn.add %v, %x : tensor<f64>
      nn.yield %e : tensor<f64>
    }
    nn.yield %w : tensor<f64>
  } else {
    nn.yield %x : tensor<f64>
  }
  return %y : tensor<f64>
}
func.func private @counted_while(%x: tensor<3xf64>, %n: tensor<i64> {low = 2, high = 4}) -> tensor<3xf64> {
  %c0 = nn.constant dense<0> : tensor<i64>
  %c1 = nn.constant dense<1> : tensor<i64>
  %k, %y = nn.while (%c0, %x : tensor<i64>, tensor<3xf64>) {
  ^bb0(%i: tensor<i64>, %v: tensor<3xf64>):
    %q = nn.compare lt %i, %n : tensor<i64>
    nn.yield %q : tensor<i1>
  } do {
  ^bb0(%i: tensor<i64>, %v: tensor<3xf64>):
    %j = nn.add %i, %c1 : tensor<i64>
    %s = nn.sin %v : tensor<3xf64>
    nn.yield %j, %s : tensor<i64>, tensor<3xf64>
  }
  return %y : tensor<3xf64>
}
func.func private @own_number_of_turns(%x: tensor<3xf64>, %n: tensor<i64> {low = 0, high = 4}) -> tensor<3xf64> {
  %c0 = arith.constant 0 : index
  %e = nn.to_index %n : tensor<i64>
  %y = nn.for %c0 to %e carry(%x : tensor<3xf64>) -> (tensor<3xf64>) {
  ^bb0(%i: index, %v: tensor<3xf64>):
    %s = nn.sin %v : tensor<3xf64>
    nn.yield %s : tensor<3xf64>
  }
  return %y : tensor<3xf64>
}
// A size of its own for each row: no batch at all.
func.func private @own_size(%x: tensor<4xf64>, %n: tensor<i64> {low = 0, high = 4}) -> tensor<f64> {
  %c0 = arith.constant 0 : index
  %e = nn.to_index %n : tensor<i64>
  %y = nn.dynamic_slice %x at [%c0] [%e] : tensor<4xf64> -> tensor<?xf64>
  %s = nn.sum %y axes = [0] : tensor<?xf64> -> tensor<f64>
  return %s : tensor<f64>
}
func.func private @scans(%n: index, %h: tensor<2xf64>, %xs: tensor<?x2xf64>, %w: tensor<2xf64>) -> (tensor<2xf64>, tensor<?x2xf64>, tensor<?x2xf64>) {
  %c0 = arith.constant 0 : index
  %y, %zs, %us = nn.for %c0 to %n carry(%h : tensor<2xf64>) slice(%xs : tensor<?x2xf64>) -> (tensor<2xf64>, tensor<?x2xf64>, tensor<?x2xf64>) {
  ^bb0(%i: index, %v: tensor<2xf64>, %x: tensor<2xf64>):
    %p = nn.mul %v, %w : tensor<2xf64>
    %q = nn.add %p, %x : tensor<2xf64>
    %s = nn.sin %q : tensor<2xf64>
    %f = nn.from_index %i : tensor<f64>
    %g = nn.full %f : tensor<f64> -> tensor<2xf64>
    %u = nn.mul %g, %x : tensor<2xf64>
    nn.yield %s, %q, %u : tensor<2xf64>, tensor<2xf64>, tensor<2xf64>
  }
  return %y, %zs, %us : tensor<2xf64>, tensor<?x2xf64>, tensor<?x2xf64>
}
func.func private @batch_in_batch(%xs: tensor<4x2xf64>, %w: tensor<2x2xf64>) -> tensor<4x2xf64> {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %zs = nn.for %c0 to %c4 slice(%xs : tensor<4x2xf64>) attributes {nn.batch} -> (tensor<4x2xf64>) {
  ^bb0(%i: index, %x: tensor<2xf64>):
    %q = nn.einsum "k,kn->n" %x, %w : tensor<2xf64>, tensor<2x2xf64> -> tensor<2xf64>
    %s = nn.tanh %q : tensor<2xf64>
    %f = nn.from_index %i : tensor<f64>
    %g = nn.full %f : tensor<f64> -> tensor<2xf64>
    %u = nn.mul %g, %s : tensor<2xf64>
    nn.yield %u : tensor<2xf64>
  }
  return %zs : tensor<4x2xf64>
}
func.func private @stopped_and_barred(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %a, %b = nn.barrier %x, %y : tensor<3xf64>, tensor<3xf64>
  %s = nn.stop_gradient %a : tensor<3xf64>
  %p = nn.mul %a, %s : tensor<3xf64>
  %q = nn.mul %p, %b : tensor<3xf64>
  return %q : tensor<3xf64>
}
