#include "compiler/lowering/cpu/LoopNest.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace nnc::cpu;

Value LoopNest::ceilDiv(Value x, Value y) {
  return getConstantIntValue(y) == 1 ? x : div(add(x, sub(y, index(1))), y);
}

Value LoopNest::floorTo(Value x, int64_t y) { return y == 1 ? x : mul(div(x, index(y)), index(y)); }

Value LoopNest::product(ValueRange values) {
  Value result = index(1);
  for (Value value : values)
    result = mul(result, value);
  return result;
}

SmallVector<Value> LoopNest::delinearize(Value flat, ValueRange sizes) {
  SmallVector<Value> result(sizes.size());
  for (size_t i = sizes.size(); i-- > 1;) {
    result[i] = rem(flat, sizes[i]);
    flat = div(flat, sizes[i]);
  }
  if (!sizes.empty())
    result[0] = flat;
  return result;
}

Value LoopNest::linearize(ValueRange position, ValueRange sizes) {
  Value result = index(0);
  for (auto [i, size] : llvm::zip_equal(position, sizes))
    result = add(mul(result, size), i);
  return result;
}

scf::ForOp LoopNest::openFor(Value lo, Value hi, int64_t step, ValueRange inits) {
  // The builder adds a terminator only where nothing is carried; close() makes it in all cases.
  auto loop = scf::ForOp::create(b, lo, hi, index(step), inits);
  Block *body = loop.getBody();
  if (!body->empty())
    body->getTerminator()->erase();
  scopes.push_back({body, loop});
  b.setInsertionPointToEnd(body);
  return loop;
}

Value LoopNest::openParallel(Value chunks) {
  auto loop =
      scf::ParallelOp::create(b, ValueRange{index(0)}, ValueRange{chunks}, ValueRange{index(1)});
  scopes.push_back({loop.getBody(), loop});
  floor = depth();
  b.setInsertionPoint(loop.getBody()->getTerminator());
  return loop.getInductionVars()[0];
}

void LoopNest::close(ValueRange carried) {
  Scope scope = scopes.pop_back_val();
  if (isa<scf::ForOp>(scope.loop))
    scf::YieldOp::create(b, carried);
  else
    floor = 0;
  b.setInsertionPointAfter(scope.loop);
}

unsigned LoopNest::depthOf(Value value) const {
  Block *block = value.getParentBlock();
  for (unsigned i = scopes.size(); i-- > 1;)
    if (scopes[i].block == block)
      return i;
  // Outside of all loops, or in a branch inside of the innermost one.
  Region *region = scopes.front().block->getParent();
  return block->getParent()->isAncestor(region) ? 0 : depth();
}

unsigned LoopNest::depthOf(ValueRange values) const {
  if (!hoisting)
    return depth();
  unsigned result = std::min(floor, depth());
  for (Value value : values)
    result = std::max(result, depthOf(value));
  return result;
}
