// The loops of one kernel while they are written: which are open, and how far out a value can move.
#pragma once
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace nnc::cpu {

/// A stack of open loops. Level 0 is the place of the kernel itself. Code goes to the innermost
/// level, or with `hoist` to the outermost one where its operands exist; never out of a parallel
/// loop, whose body becomes a function.
class LoopNest {
public:
  explicit LoopNest(mlir::ImplicitLocOpBuilder &builder) : b(builder) {
    scopes.push_back({builder.getInsertionBlock(), nullptr});
  }

  mlir::ImplicitLocOpBuilder &b;

  mlir::Value index(int64_t value) { return mlir::arith::ConstantIndexOp::create(b, value); }
  mlir::Value add(mlir::Value x, mlir::Value y) { return fold<mlir::arith::AddIOp>(x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return fold<mlir::arith::SubIOp>(x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return fold<mlir::arith::MulIOp>(x, y); }
  mlir::Value min(mlir::Value x, mlir::Value y) { return fold<mlir::arith::MinUIOp>(x, y); }
  mlir::Value max(mlir::Value x, mlir::Value y) { return fold<mlir::arith::MaxUIOp>(x, y); }
  mlir::Value div(mlir::Value x, mlir::Value y) { return fold<mlir::arith::DivUIOp>(x, y); }
  mlir::Value rem(mlir::Value x, mlir::Value y) { return fold<mlir::arith::RemUIOp>(x, y); }
  mlir::Value ceilDiv(mlir::Value x, int64_t y) { return ceilDiv(x, index(y)); }
  mlir::Value ceilDiv(mlir::Value x, mlir::Value y); // y > 0
  /// x rounded down to a multiple of y.
  mlir::Value floorTo(mlir::Value x, int64_t y);
  mlir::Value roundUp(mlir::Value x, int64_t y) { return mul(ceilDiv(x, y), index(y)); }
  mlir::Value product(mlir::ValueRange values);
  /// The index per axis of the element that comes `flat`-th in row-major order.
  llvm::SmallVector<mlir::Value> delinearize(mlir::Value flat, mlir::ValueRange sizes);
  /// The inverse.
  mlir::Value linearize(mlir::ValueRange index, mlir::ValueRange sizes);

  mlir::scf::ForOp openFor(mlir::Value lo, mlir::Value hi, int64_t step,
                           mlir::ValueRange inits = {});
  /// Opens `for c in 0..chunks`, whose iterations may run on any thread. Returns c.
  mlir::Value openParallel(mlir::Value chunks);
  /// Closes the innermost loop; the values are what an scf.for carries on.
  void close(mlir::ValueRange carried = {});

  unsigned depth() const { return scopes.size() - 1; }
  unsigned depthOf(mlir::Value value) const;
  unsigned depthOf(mlir::ValueRange values) const;
  /// Runs `make` with the builder at level `depth`.
  template <typename Make> auto at(unsigned level, Make make) {
    mlir::OpBuilder::InsertionGuard guard(b);
    if (level < depth())
      b.setInsertionPoint(scopes[level + 1].loop);
    return make();
  }
  bool hoisting = true;

private:
  template <typename Op> mlir::Value fold(mlir::Value x, mlir::Value y) {
    return b.createOrFold<Op>(x, y);
  }

  struct Scope {
    mlir::Block *block;
    mlir::Operation *loop;
  };
  llvm::SmallVector<Scope> scopes;
  unsigned floor = 0;
};

} // namespace nnc::cpu
