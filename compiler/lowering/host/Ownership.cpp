// Reference counts of the host part. Every value of a managed type is owned by the block that
// defines it: its last use takes the reference over if it consumes (a launch, a yield, a return),
// else it is released after it. So a tensor that is used for the last time by a launch arrives
// there with count 1 and is updated in place.
#include "compiler/lowering/host/Passes.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace nnc {
namespace {

bool consumes(OpOperand &use) {
  Operation *op = use.getOwner();
  if (op->hasTrait<OpTrait::IsTerminator>() ||
      isa<scf::ForOp, scf::WhileOp, host::LaunchOp, host::ShapedOp, host::TryOp, func::CallOp>(op))
    return true;
  if (auto call = dyn_cast<host::CallOp>(op))
    return call.getConsumes() && llvm::is_contained(*call.getConsumes(), use.getOperandNumber());
  return false;
}

struct HostOwnership : PassWrapper<HostOwnership, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(HostOwnership)
  StringRef getArgument() const final { return "host-ownership"; }
  StringRef getDescription() const final { return "make reference counts of host values explicit"; }

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func->hasAttr("nn.graph") || func.isExternal())
      return;
    SmallVector<Value> values;
    func.walk([&](Block *block) {
      for (Value arg : block->getArguments())
        if (host::isManaged(arg.getType()))
          values.push_back(arg);
      for (Operation &op : *block)
        for (Value result : op.getResults())
          if (host::isManaged(result.getType()))
            values.push_back(result);
    });
    for (Value value : values)
      place(value);
    // A choice between two values is a reference of its own, taken before either is given back.
    func.walk([&](arith::SelectOp op) {
      OpBuilder b(op.getContext());
      b.setInsertionPointAfter(op);
      if (host::isManaged(op.getType()))
        host::RetainOp::create(b, op.getLoc(), op.getResult());
    });
  }

  void retain(Value value, Operation *before, unsigned count) {
    OpBuilder b(before);
    for (unsigned i = 0; i < count; ++i)
      host::RetainOp::create(b, before->getLoc(), value);
  }

  void place(Value value) { place(value, *value.getParentBlock()); }

  /// `block` owns the value: gives it up at the last of its uses there.
  void place(Value value, Block &block) {
    struct Uses {
      unsigned consuming = 0;
      bool other = false;
      SmallVector<OpOperand *> nested; // consuming ones in regions of the user
    };
    llvm::MapVector<Operation *, Uses> users;
    for (OpOperand &use : value.getUses()) {
      Operation *user = block.findAncestorOpInBlock(*use.getOwner());
      if (!user)
        continue;
      Uses &uses = users[user];
      bool direct = user == use.getOwner();
      if (direct && consumes(use))
        ++uses.consuming;
      else
        uses.other = true;
      if (!direct && consumes(use))
        uses.nested.push_back(&use);
    }
    OpBuilder b(value.getContext());
    if (users.empty()) {
      if (value.getParentBlock() == &block)
        b.setInsertionPointAfterValue(value);
      else
        b.setInsertionPointToStart(&block);
      host::ReleaseOp::create(b, value.getLoc(), value);
      return;
    }
    Operation *last = nullptr;
    for (auto &[user, uses] : users)
      if (!last || last->isBeforeInBlock(user))
        last = user;
    for (auto &[user, uses] : users) {
      if (user == last && !uses.nested.empty() && isa<scf::IfOp, scf::IndexSwitchOp>(user)) {
        giveToBranches(value, user);
        continue;
      }
      for (OpOperand *use : uses.nested)
        retain(value, use->getOwner(), 1);
      if (user != last) {
        retain(value, user, uses.consuming);
      } else if (uses.consuming && (!uses.other || user->hasTrait<OpTrait::IsTerminator>())) {
        retain(value, user, uses.consuming - 1);
      } else {
        retain(value, user, uses.consuming);
        if (user->hasTrait<OpTrait::IsTerminator>())
          b.setInsertionPoint(user);
        else
          b.setInsertionPointAfter(user);
        host::ReleaseOp::create(b, user->getLoc(), value);
      }
    }
  }

  /// One of the branches runs, and owns the value: so it can update it in place.
  void giveToBranches(Value value, Operation *choice) {
    for (Region &region : choice->getRegions()) {
      if (region.empty()) { // an `if` without `else`
        OpBuilder b(value.getContext());
        b.createBlock(&region);
        scf::YieldOp::create(b, choice->getLoc());
      }
      place(value, region.front());
    }
  }
};

} // namespace

std::unique_ptr<Pass> createHostOwnershipPass() { return std::make_unique<HostOwnership>(); }
void registerHostPasses() {
  PassRegistration<HostOwnership>();
  registerPass([] { return createHostToLLVMPass(); });
}

} // namespace nnc
