// One function per rule to check: check_gradients.py draws the arguments and derives each function by
// its f64 tensors. `low` and `high` bound what is drawn (default -2 and 2); dynamic sizes are 2.

//--- elementwise
func.func private @add(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.add %x, %y : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @sub(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.sub %x, %y : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @mul(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.mul %x, %y : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @mul_same(%x: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.mul %x, %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @div(%x: tensor<3xf64>, %y: tensor<3xf64> {low = 0.5}) -> tensor<3xf64> {
  %z = nn.div %x, %y : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @rem(%x: tensor<3xf64> {low = 2.1, high = 2.9}, %y: tensor<3xf64> {low = 0.95, high = 1.04}) -> tensor<3xf64> {
  %z = nn.rem %x, %y : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @pow(%x: tensor<3xf64> {low = 0.5}, %y: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.pow %x, %y : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @max(%x: tensor<5xf64>, %y: tensor<5xf64>) -> tensor<5xf64> {
  %z = nn.max %x, %y : tensor<5xf64>
  return %z : tensor<5xf64>
}
func.func private @min(%x: tensor<5xf64>, %y: tensor<5xf64>) -> tensor<5xf64> {
  %z = nn.min %x, %y : tensor<5xf64>
  return %z : tensor<5xf64>
}
func.func private @atan2(%x: tensor<5xf64>, %y: tensor<5xf64>) -> tensor<5xf64> {
  %z = nn.atan2 %x, %y : tensor<5xf64>
  return %z : tensor<5xf64>
}
func.func private @neg(%x: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.neg %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @abs(%x: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.abs %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @exp(%x: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.exp %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @expm1(%x: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.expm1 %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @log(%x: tensor<3xf64> {low = 0.5}) -> tensor<3xf64> {
  %z = nn.log %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @log1p(%x: tensor<3xf64> {low = -0.5}) -> tensor<3xf64> {
  %z = nn.log1p %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @sin(%x: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.sin %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @cos(%x: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.cos %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @tanh(%x: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.tanh %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @logistic(%x: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.logistic %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @sqrt(%x: tensor<3xf64> {low = 0.5}) -> tensor<3xf64> {
  %z = nn.sqrt %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @rsqrt(%x: tensor<3xf64> {low = 0.5}) -> tensor<3xf64> {
  %z = nn.rsqrt %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @erf(%x: tensor<3xf64>) -> tensor<3xf64> {
  %z = nn.erf %x : tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @select(%x: tensor<5xf64>, %y: tensor<5xf64>) -> tensor<5xf64> {
  %p = nn.compare gt %x, %y : tensor<5xf64>
  %xx = nn.mul %x, %x : tensor<5xf64>
  %z = nn.select %p, %xx, %y : tensor<5xi1>, tensor<5xf64>
  return %z : tensor<5xf64>
}
func.func private @cast(%x: tensor<3xf64>) -> tensor<3xf64> {
  %i = nn.floor %x : tensor<3xf64>
  %n = nn.cast %i : tensor<3xf64> to tensor<3xi32>
  %f = nn.cast %n : tensor<3xi32> to tensor<3xf64>
  %s = nn.sub %x, %f : tensor<3xf64>
  %z = nn.mul %s, %s : tensor<3xf64>
  %same = nn.cast %z : tensor<3xf64> to tensor<3xf64>
  return %same : tensor<3xf64>
}

//--- constants and shapes
func.func private @full(%x: tensor<f64>) -> tensor<2x3xf64> {
  %z = nn.full %x : tensor<f64> -> tensor<2x3xf64>
  %y = nn.mul %z, %z : tensor<2x3xf64>
  return %y : tensor<2x3xf64>
}
func.func private @broadcast(%x: tensor<3xf64>) -> tensor<2x3xf64> {
  %z = nn.broadcast %x map = [1] : tensor<3xf64> -> tensor<2x3xf64>
  return %z : tensor<2x3xf64>
}
func.func private @broadcast_ones(%x: tensor<2x1xf64>) -> tensor<4x2x3xf64> {
  %z = nn.broadcast %x map = [1, 2] : tensor<2x1xf64> -> tensor<4x2x3xf64>
  return %z : tensor<4x2x3xf64>
}
func.func private @broadcast_dynamic(%n: index, %x: tensor<3xf64>) -> tensor<?x3xf64> {
  %z = nn.broadcast %x [%n] map = [1] : tensor<3xf64> -> tensor<?x3xf64>
  return %z : tensor<?x3xf64>
}
func.func private @reshape(%x: tensor<2x3xf64>) -> tensor<3x2xf64> {
  %z = nn.reshape %x : tensor<2x3xf64> -> tensor<3x2xf64>
  return %z : tensor<3x2xf64>
}
func.func private @reshape_dynamic(%n: index, %x: tensor<?x6xf64>) -> tensor<?x2x3xf64> {
  %z = nn.reshape %x [%n] : tensor<?x6xf64> -> tensor<?x2x3xf64>
  return %z : tensor<?x2x3xf64>
}
func.func private @transpose(%x: tensor<2x3x4xf64>) -> tensor<4x2x3xf64> {
  %z = nn.transpose %x perm = [2, 0, 1] : tensor<2x3x4xf64> -> tensor<4x2x3xf64>
  return %z : tensor<4x2x3xf64>
}
func.func private @reverse(%x: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %z = nn.reverse %x axes = [1] : tensor<2x3xf64>
  return %z : tensor<2x3xf64>
}
func.func private @slice(%x: tensor<7x3xf64>) -> tensor<2x2xf64> {
  %z = nn.slice %x start = [1, 0] limit = [6, 2] stride = [3, 1] : tensor<7x3xf64> -> tensor<2x2xf64>
  return %z : tensor<2x2xf64>
}
func.func private @slice_dynamic(%n: index, %x: tensor<?x3xf64>) -> tensor<?x2xf64> {
  %z = nn.slice %x start = [1, 0] limit = [-1, 2] stride = [1, 1] : tensor<?x3xf64> -> tensor<?x2xf64>
  return %z : tensor<?x2xf64>
}
func.func private @slice_dynamic_stride(%n: index, %x: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %z = nn.slice %x start = [0, 0] limit = [-1, 3] stride = [2, 1] : tensor<?x3xf64> -> tensor<?x3xf64>
  return %z : tensor<?x3xf64>
}
func.func private @dynamic_slice(%n: index, %x: tensor<5x3xf64>) -> tensor<2x3xf64> {
  %c0 = arith.constant 0 : index
  %z = nn.dynamic_slice %x at [%n, %c0] : tensor<5x3xf64> -> tensor<2x3xf64>
  return %z : tensor<2x3xf64>
}
func.func private @dynamic_slice_clamped(%n: index, %x: tensor<3x3xf64>) -> tensor<2x3xf64> {
  %c9 = arith.constant 9 : index
  %z = nn.dynamic_slice %x at [%n, %c9] : tensor<3x3xf64> -> tensor<2x3xf64>
  return %z : tensor<2x3xf64>
}
func.func private @dynamic_update(%n: index, %x: tensor<5xf64>, %u: tensor<2xf64>) -> tensor<5xf64> {
  %xx = nn.mul %x, %x : tensor<5xf64>
  %uu = nn.mul %u, %u : tensor<2xf64>
  %z = nn.dynamic_update %xx, %uu at [%n] : tensor<5xf64>, tensor<2xf64>
  return %z : tensor<5xf64>
}
func.func private @pad(%x: tensor<3xf64>) -> tensor<8xf64> {
  %z = nn.pad %x lo = [1] hi = [2] interior = [1] fill = 3.0 : tensor<3xf64> -> tensor<8xf64>
  return %z : tensor<8xf64>
}
func.func private @pad_negative(%x: tensor<4x3xf64>) -> tensor<2x3xf64> {
  %z = nn.pad %x lo = [-1, 1] hi = [-1, -1] interior = [0, 0] fill = 0.0 : tensor<4x3xf64> -> tensor<2x3xf64>
  return %z : tensor<2x3xf64>
}
func.func private @concat(%x: tensor<2x2xf64>, %y: tensor<2x3xf64>) -> tensor<2x5xf64> {
  %z = nn.concat 1, %x, %y : tensor<2x2xf64>, tensor<2x3xf64> -> tensor<2x5xf64>
  return %z : tensor<2x5xf64>
}
func.func private @concat_dynamic(%n: index, %x: tensor<?xf64>, %y: tensor<3xf64>) -> tensor<?xf64> {
  %z = nn.concat 0, %x, %y : tensor<?xf64>, tensor<3xf64> -> tensor<?xf64>
  return %z : tensor<?xf64>
}

//--- reductions and contractions
func.func private @sum(%x: tensor<2x3x2xf64>) -> tensor<3xf64> {
  %z = nn.sum %x axes = [0, 2] : tensor<2x3x2xf64> -> tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @reduce_max(%x: tensor<2x3x2xf64>) -> tensor<3xf64> {
  %z = nn.reduce_max %x axes = [0, 2] : tensor<2x3x2xf64> -> tensor<3xf64>
  return %z : tensor<3xf64>
}
func.func private @reduce_min(%x: tensor<2x3xf64>) -> tensor<2xf64> {
  %xx = nn.mul %x, %x : tensor<2x3xf64>
  %z = nn.reduce_min %xx axes = [1] : tensor<2x3xf64> -> tensor<2xf64>
  return %z : tensor<2xf64>
}
func.func private @cumsum(%x: tensor<4x2xf64>) -> tensor<4x2xf64> {
  %z = nn.cumsum %x axis = 0 : tensor<4x2xf64>
  return %z : tensor<4x2xf64>
}
func.func private @cumsum_reverse(%x: tensor<4x2xf64>) -> tensor<4x2xf64> {
  %z = nn.cumsum %x axis = 0 reverse : tensor<4x2xf64>
  return %z : tensor<4x2xf64>
}
func.func private @einsum(%x: tensor<2x3xf64>, %y: tensor<3x4xf64>) -> tensor<2x4xf64> {
  %z = nn.einsum "mk,kn->mn" %x, %y : tensor<2x3xf64>, tensor<3x4xf64> -> tensor<2x4xf64>
  return %z : tensor<2x4xf64>
}
func.func private @einsum_batched(%x: tensor<2x3x2xf64>, %y: tensor<2x4x2xf64>) -> tensor<3x2x4xf64> {
  %z = nn.einsum "bik,bjk->ibj" %x, %y : tensor<2x3x2xf64>, tensor<2x4x2xf64> -> tensor<3x2x4xf64>
  return %z : tensor<3x2x4xf64>
}
func.func private @einsum_private_letters(%x: tensor<2x3xf64>, %y: tensor<2x2xf64>) -> tensor<2xf64> {
  %z = nn.einsum "ij,ik->i" %x, %y : tensor<2x3xf64>, tensor<2x2xf64> -> tensor<2xf64>
  return %z : tensor<2xf64>
}
func.func private @einsum_outer(%x: tensor<2xf64>, %y: tensor<3xf64>) -> tensor<3x2xf64> {
  %z = nn.einsum "i,j->ji" %x, %y : tensor<2xf64>, tensor<3xf64> -> tensor<3x2xf64>
  return %z : tensor<3x2xf64>
}

//--- indexing
func.func private @take(%x: tensor<5x2xf64>, %i: tensor<2x2xi32> {low = -1, high = 6}) -> tensor<2x2x2xf64> {
  %z = nn.take %x, %i axis = 0 : tensor<5x2xf64>, tensor<2x2xi32> -> tensor<2x2x2xf64>
  return %z : tensor<2x2x2xf64>
}
func.func private @scatter_add(%x: tensor<2x4xf64>, %i: tensor<6xi64> {low = 0, high = 3}, %u: tensor<2x6xf64>) -> tensor<2x4xf64> {
  %uu = nn.mul %u, %u : tensor<2x6xf64>
  %z = nn.scatter_add %x, %i, %uu axis = 1 : tensor<2x4xf64>, tensor<6xi64>, tensor<2x6xf64>
  return %z : tensor<2x4xf64>
}
func.func private @take_along(%x: tensor<4x5xf64>, %i: tensor<4xi32> {low = -1, high = 6}) -> tensor<4xf64> {
  %xx = nn.mul %x, %x : tensor<4x5xf64>
  %z = nn.take_along %xx, %i axis = 1 : tensor<4x5xf64>, tensor<4xi32> -> tensor<4xf64>
  return %z : tensor<4xf64>
}
func.func private @scatter_add_along(%x: tensor<4x5xf64>, %i: tensor<4xi32> {low = 0, high = 4}, %u: tensor<4xf64>) -> tensor<4x5xf64> {
  %uu = nn.mul %u, %u : tensor<4xf64>
  %z = nn.scatter_add_along %x, %i, %uu axis = 1 : tensor<4x5xf64>, tensor<4xi32>, tensor<4xf64>
  return %z : tensor<4x5xf64>
}

//--- trees
func.func private @unpack(%t: tensor<24xf64>) -> (tensor<3xf64>, tensor<2x5xf64>) {
  %tt = nn.mul %t, %t : tensor<24xf64>
  %a, %b = nn.unpack %tt : tensor<24xf64> -> tensor<3xf64>, tensor<2x5xf64>
  return %a, %b : tensor<3xf64>, tensor<2x5xf64>
}
func.func private @unpack_part(%t: tensor<24xf64>) -> tensor<2x5xf64> {
  %a, %b = nn.unpack %t : tensor<24xf64> -> tensor<3xf64>, tensor<2x5xf64>
  return %b : tensor<2x5xf64>
}
func.func private @pack(%a: tensor<3xf64>, %b: tensor<2x5xf64>) -> tensor<24xf64> {
  %t = nn.pack %a, %b : tensor<3xf64>, tensor<2x5xf64> -> tensor<24xf64>
  %tt = nn.mul %t, %t : tensor<24xf64>
  return %tt : tensor<24xf64>
}
func.func private @pack_dynamic(%n: index, %a: tensor<?x3xf64>, %b: tensor<5xf64>) -> tensor<?xf64> {
  %t = nn.pack %a, %b : tensor<?x3xf64>, tensor<5xf64> -> tensor<?xf64>
  return %t : tensor<?xf64>
}

//--- regions
func.func private @barrier(%x: tensor<3xf64>, %y: tensor<2xf64>) -> (tensor<3xf64>, tensor<2xf64>) {
  %a, %b = nn.barrier %x, %y : tensor<3xf64>, tensor<2xf64>
  %c = nn.exp %a : tensor<3xf64>
  return %c, %b : tensor<3xf64>, tensor<2xf64>
}
func.func private @recurrent(%n: index, %w: tensor<2x2xf64>, %h0: tensor<2xf64>, %xs: tensor<?x2xf64>) -> (tensor<2xf64>, tensor<?x2xf64>) {
  %c0 = arith.constant 0 : index
  %h, %ys = nn.for %c0 to %n carry(%h0 : tensor<2xf64>) slice(%xs : tensor<?x2xf64>) -> (tensor<2xf64>, tensor<?x2xf64>) {
  ^bb0(%i: index, %s: tensor<2xf64>, %x: tensor<2xf64>):
    %q = nn.einsum "k,kn->n" %s, %w : tensor<2xf64>, tensor<2x2xf64> -> tensor<2xf64>
    %r = nn.add %q, %x : tensor<2xf64>
    %t = nn.tanh %r : tensor<2xf64>
    %y = nn.mul %t, %x : tensor<2xf64>
    nn.yield %t, %y : tensor<2xf64>, tensor<2xf64>
  }
  return %h, %ys : tensor<2xf64>, tensor<?x2xf64>
}
func.func private @loop_by_index(%x: tensor<4xf64>) -> tensor<f64> {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = nn.constant dense<1.0> : tensor<f64>
  %p = nn.for %c1 to %c4 reverse carry(%one : tensor<f64>) -> (tensor<f64>) {
  ^bb0(%i: index, %s: tensor<f64>):
    %e = nn.dynamic_slice %x at [%i] : tensor<4xf64> -> tensor<1xf64>
    %r = nn.reshape %e : tensor<1xf64> -> tensor<f64>
    %t = nn.mul %s, %r : tensor<f64>
    nn.yield %t : tensor<f64>
  }
  return %p : tensor<f64>
}
func.func private @nested_loops(%n: index, %x: tensor<2xf64>, %w: tensor<2xf64>) -> tensor<2xf64> {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %a = nn.for %c0 to %c3 carry(%x : tensor<2xf64>) -> (tensor<2xf64>) {
  ^bb0(%i: index, %s: tensor<2xf64>):
    %b = nn.for %c0 to %n carry(%s : tensor<2xf64>) -> (tensor<2xf64>) {
    ^bb1(%j: index, %u: tensor<2xf64>):
      %v = nn.mul %u, %w : tensor<2xf64>
      %t = nn.sin %v : tensor<2xf64>
      nn.yield %t : tensor<2xf64>
    }
    %d = nn.add %b, %s : tensor<2xf64>
    nn.yield %d : tensor<2xf64>
  }
  return %a : tensor<2xf64>
}
func.func private @swapped_carries(%x: tensor<2xf64>, %y: tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>) {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %a, %b = nn.for %c0 to %c3 carry(%x, %y : tensor<2xf64>, tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>) {
  ^bb0(%i: index, %s: tensor<2xf64>, %t: tensor<2xf64>):
    %u = nn.mul %s, %t : tensor<2xf64>
    nn.yield %t, %u : tensor<2xf64>, tensor<2xf64>
  }
  return %a, %b : tensor<2xf64>, tensor<2xf64>
}
func.func private @branch(%x: tensor<2xf64>, %y: tensor<2xf64>, %k: tensor<i32> {low = 0, high = 1}) -> tensor<2xf64> {
  %p = nn.cast %k : tensor<i32> to tensor<i1>
  %z = nn.if %p -> (tensor<2xf64>) {
    %a = nn.mul %x, %y : tensor<2xf64>
    nn.yield %a : tensor<2xf64>
  } else {
    %b = nn.exp %x : tensor<2xf64>
    nn.yield %b : tensor<2xf64>
  }
  return %z : tensor<2xf64>
}
func.func private @branch_of_captures(%x: tensor<2xf64>, %y: tensor<2xf64>) -> tensor<2xf64> {
  %s = nn.sum %x axes = [0] : tensor<2xf64> -> tensor<f64>
  %zero = nn.constant dense<0.0> : tensor<f64>
  %p = nn.compare gt %s, %zero : tensor<f64>
  %xx = nn.mul %x, %x : tensor<2xf64>
  %z = nn.if %p -> (tensor<2xf64>) {
    nn.yield %xx : tensor<2xf64>
  } else {
    nn.yield %y : tensor<2xf64>
  }
  return %z : tensor<2xf64>
}
func.func private @branch_in_loop(%n: index, %x: tensor<2xf64>, %ks: tensor<?xi32> {low = 0, high = 1}) -> tensor<2xf64> {
  %c0 = arith.constant 0 : index
  %h = nn.for %c0 to %n carry(%x : tensor<2xf64>) slice(%ks : tensor<?xi32>) -> (tensor<2xf64>) {
  ^bb0(%i: index, %s: tensor<2xf64>, %k: tensor<i32>):
    %p = nn.cast %k : tensor<i32> to tensor<i1>
    %z = nn.if %p -> (tensor<2xf64>) {
      %a = nn.mul %s, %x : tensor<2xf64>
      nn.yield %a : tensor<2xf64>
    } else {
      %b = nn.tanh %s : tensor<2xf64>
      nn.yield %b : tensor<2xf64>
    }
    nn.yield %z : tensor<2xf64>
  }
  return %h : tensor<2xf64>
}
func.func private @checkpoint(%x: tensor<2xf64>, %y: tensor<2xf64>) -> tensor<2xf64> {
  %z = nn.checkpoint -> (tensor<2xf64>) {
    %a = nn.tanh %x : tensor<2xf64>
    %b = nn.mul %a, %y : tensor<2xf64>
    %c = nn.exp %b : tensor<2xf64>
    nn.yield %c : tensor<2xf64>
  }
  %w = nn.mul %z, %x : tensor<2xf64>
  return %w : tensor<2xf64>
}
func.func private @checkpointed_loop(%n: index, %x: tensor<2xf64>, %w: tensor<2xf64>) -> tensor<2xf64> {
  %c0 = arith.constant 0 : index
  %h = nn.for %c0 to %n carry(%x : tensor<2xf64>) -> (tensor<2xf64>) {
  ^bb0(%i: index, %s: tensor<2xf64>):
    %z = nn.checkpoint -> (tensor<2xf64>) {
      %a = nn.mul %s, %w : tensor<2xf64>
      %b = nn.sin %a : tensor<2xf64>
      nn.yield %b : tensor<2xf64>
    }
    nn.yield %z : tensor<2xf64>
  }
  return %h : tensor<2xf64>
}
func.func private @while(%x: tensor<2xf64>, %w: tensor<2xf64>, %k: tensor<i64> {low = 1, high = 4}) -> tensor<2xf64> {
  %one = nn.constant dense<1> : tensor<i64>
  %zero = nn.constant dense<0> : tensor<i64>
  %h, %left = nn.while (%x, %k : tensor<2xf64>, tensor<i64>) {
  ^bb0(%s: tensor<2xf64>, %n: tensor<i64>):
    %p = nn.compare gt %n, %zero : tensor<i64>
    nn.yield %p : tensor<i1>
  } do {
  ^bb0(%s: tensor<2xf64>, %n: tensor<i64>):
    %a = nn.mul %s, %w : tensor<2xf64>
    %b = nn.tanh %a : tensor<2xf64>
    %m = nn.sub %n, %one : tensor<i64>
    nn.yield %b, %m : tensor<2xf64>, tensor<i64>
  }
  return %h : tensor<2xf64>
}
func.func private @while_beyond_its_slots(%x: tensor<2xf64>, %w: tensor<2xf64>, %k: tensor<i64> {low = 130, high = 140}) -> tensor<2xf64> {
  %one = nn.constant dense<1> : tensor<i64>
  %zero = nn.constant dense<0> : tensor<i64>
  %h, %left = nn.while (%x, %k : tensor<2xf64>, tensor<i64>) {
  ^bb0(%s: tensor<2xf64>, %n: tensor<i64>):
    %p = nn.compare gt %n, %zero : tensor<i64>
    nn.yield %p : tensor<i1>
  } do {
  ^bb0(%s: tensor<2xf64>, %n: tensor<i64>):
    %a = nn.mul %s, %w : tensor<2xf64>
    %b = nn.sin %a : tensor<2xf64>
    %m = nn.sub %n, %one : tensor<i64>
    nn.yield %b, %m : tensor<2xf64>, tensor<i64>
  }
  return %h : tensor<2xf64>
}
func.func private @for_with_a_computed_end(%x: tensor<2xf64>, %w: tensor<2xf64>, %k: tensor<i64> {low = 1, high = 4}) -> tensor<2xf64> {
  %c0 = arith.constant 0 : index
  %n = nn.to_index %k : tensor<i64>
  %h = nn.for %c0 to %n reverse carry(%x : tensor<2xf64>) -> (tensor<2xf64>) {
  ^bb0(%i: index, %s: tensor<2xf64>):
    %j = nn.from_index %i : tensor<f64>
    %b = nn.full %j : tensor<f64> -> tensor<2xf64>
    %a = nn.mul %s, %w : tensor<2xf64>
    %c = nn.add %a, %b : tensor<2xf64>
    %d = nn.sin %c : tensor<2xf64>
    nn.yield %d : tensor<2xf64>
  }
  return %h : tensor<2xf64>
}

func.func private @dropout_in_loop(%n: index, %x: tensor<4xf64>, %w: tensor<4xf64>) -> tensor<4xf64> {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %rng = nn.constant dense<[3, 0]> : tensor<2xi64>
  %limit = nn.constant dense<2147483648> : tensor<4xui32>
  %zero = nn.constant dense<0.0> : tensor<4xf64>
  %h, %r = nn.for %c0 to %n carry(%x, %rng : tensor<4xf64>, tensor<2xi64>) -> (tensor<4xf64>, tensor<2xi64>) {
  ^bb0(%i: index, %s: tensor<4xf64>, %g: tensor<2xi64>):
    %bits = nn.rng_bits %g : tensor<4xui32>
    %next = nn.rng_advance %g, %c4
    %p = nn.compare lt %bits, %limit : tensor<4xui32>
    %a = nn.mul %s, %w : tensor<4xf64>
    %e = nn.exp %a : tensor<4xf64>
    %d = nn.select %p, %e, %s : tensor<4xi1>, tensor<4xf64>
    nn.yield %d, %next : tensor<4xf64>, tensor<2xi64>
  }
  return %h : tensor<4xf64>
}

//--- models
func.func private @mlp_cross_entropy(%n: index, %x: tensor<?x3xf64>, %t: tensor<32xf64>, %y: tensor<?xi32> {low = 0, high = 1}) -> tensor<f64> {
  %w1, %b1, %w2 = nn.unpack %t : tensor<32xf64> -> tensor<3x4xf64>, tensor<4xf64>, tensor<4x2xf64>
  %h = nn.einsum "mk,kn->mn" %x, %w1 : tensor<?x3xf64>, tensor<3x4xf64> -> tensor<?x4xf64>
  %bb = nn.broadcast %b1 [%n] map = [1] : tensor<4xf64> -> tensor<?x4xf64>
  %hb = nn.add %h, %bb : tensor<?x4xf64>
  %a = nn.tanh %hb : tensor<?x4xf64>
  %l = nn.einsum "mk,kn->mn" %a, %w2 : tensor<?x4xf64>, tensor<4x2xf64> -> tensor<?x2xf64>
  %m = nn.reduce_max %l axes = [1] : tensor<?x2xf64> -> tensor<?xf64>
  %ms = nn.stop_gradient %m : tensor<?xf64>
  %mb = nn.broadcast %ms [%n] map = [0] : tensor<?xf64> -> tensor<?x2xf64>
  %s = nn.sub %l, %mb : tensor<?x2xf64>
  %e = nn.exp %s : tensor<?x2xf64>
  %z = nn.sum %e axes = [1] : tensor<?x2xf64> -> tensor<?xf64>
  %lz = nn.log %z : tensor<?xf64>
  %lse = nn.add %lz, %ms : tensor<?xf64>
  %pick = nn.take_along %l, %y axis = 1 : tensor<?x2xf64>, tensor<?xi32> -> tensor<?xf64>
  %nll = nn.sub %lse, %pick : tensor<?xf64>
  %tot = nn.sum %nll axes = [0] : tensor<?xf64> -> tensor<f64>
  return %tot : tensor<f64>
}
func.func private @layers_as_loop(%x: tensor<3xf64>, %ws: tensor<2x3x3xf64>, %bs: tensor<2x3xf64>) -> tensor<3xf64> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %h = nn.for %c0 to %c2 carry(%x : tensor<3xf64>) slice(%ws, %bs : tensor<2x3x3xf64>, tensor<2x3xf64>) -> (tensor<3xf64>) {
  ^bb0(%i: index, %s: tensor<3xf64>, %w: tensor<3x3xf64>, %b: tensor<3xf64>):
    %q = nn.einsum "k,kn->n" %s, %w : tensor<3xf64>, tensor<3x3xf64> -> tensor<3xf64>
    %r = nn.add %q, %b : tensor<3xf64>
    %t = nn.logistic %r : tensor<3xf64>
    nn.yield %t : tensor<3xf64>
  }
  return %h : tensor<3xf64>
}

// Rules that are the derivative, so that differences agree; each mode is also got from the other.
func.func private @custom_vjp(%x: tensor<2xf64>, %w: tensor<f64>) -> tensor<2xf64> {
  %y = nn.custom (%x, %w) vjp : (tensor<2xf64>, tensor<f64>) -> (tensor<2xf64>) {
  ^bb0(%v: tensor<2xf64>, %u: tensor<f64>):
    %s = nn.full %u : tensor<f64> -> tensor<2xf64>
    %r = nn.mul %v, %s : tensor<2xf64>
    nn.yield %r : tensor<2xf64>
  } rules {
  ^bb0(%v: tensor<2xf64>, %u: tensor<f64>, %d: tensor<2xf64>):
    %s = nn.full %u : tensor<f64> -> tensor<2xf64>
    %dv = nn.mul %d, %s : tensor<2xf64>
    %p = nn.mul %d, %v : tensor<2xf64>
    %du = nn.sum %p axes = [0] : tensor<2xf64> -> tensor<f64>
    nn.yield %dv, %du : tensor<2xf64>, tensor<f64>
  }
  return %y : tensor<2xf64>
}
func.func private @custom_jvp(%x: tensor<?xf64>) -> tensor<?xf64> {
  %n = nn.dim %x, 0 : tensor<?xf64>
  %y = nn.custom (%x) dims [%n] jvp : (tensor<?xf64>) -> (tensor<?xf64>) {
  ^bb0(%v: tensor<?xf64>):
    %r = nn.sin %v : tensor<?xf64>
    nn.yield %r : tensor<?xf64>
  } rules {
  ^bb0(%v: tensor<?xf64>, %d: tensor<?xf64>):
    %c = nn.cos %v : tensor<?xf64>
    %t = nn.mul %c, %d : tensor<?xf64>
    nn.yield %t : tensor<?xf64>
  }
  return %y : tensor<?xf64>
}
