#include "compiler/optimize/BufferLives.h"
#include "dialects/kernel/KernelDialect.h"

using namespace mlir;
using namespace nnc;

void nnc::numberSteps(func::FuncOp graph) {
  Block &entry = graph.getBody().front();
  Builder b(graph.getContext());
  SmallVector<Attribute> names;
  llvm::DenseMap<Operation *, std::pair<int64_t, int64_t>> steps;
  graph.walk<WalkOrder::PreOrder>([&](kernel::ComputeInterface op) {
    int64_t step = names.size();
    names.push_back(b.getStringAttr(op.getKernelName()));
    Operation *top = entry.findAncestorOpInBlock(*op.getOperation());
    auto [it, isNew] = steps.try_emplace(top, step, step);
    it->second.second = step;
  });
  // What stands between kernels, such as the reading of a branch's condition, belongs to the last
  // kernel before it: what that one and earlier ones wrote must still be there.
  int64_t before = 0;
  for (Operation &op : entry) {
    if (auto it = steps.find(&op); it != steps.end())
      before = it->second.second;
    else
      steps[&op] = {before, before};
  }
  graph->setAttr("kernel.names", b.getArrayAttr(names));
  int64_t id = 0;
  SmallVector<kernel::BufferOp> dead;
  graph.walk([&](kernel::BufferOp buffer) {
    int64_t first = INT64_MAX, last = -1;
    SmallVector<Value> names{buffer.getBuffer()};
    while (!names.empty()) {
      Value value = names.pop_back_val();
      for (Operation *user : value.getUsers()) {
        if (isa<kernel::ViewOp>(user)) { // a place, not a use
          names.push_back(user->getResult(0));
          continue;
        }
        auto [from, to] = steps.lookup(entry.findAncestorOpInBlock(*user));
        first = std::min(first, from);
        last = std::max(last, to);
      }
    }
    if (last < 0) {
      if (buffer->use_empty()) {
        dead.push_back(buffer);
        return;
      }
      first = last = 0;
    }
    buffer.setId(id++);
    buffer.setFirst(first);
    buffer.setLast(last);
  });
  for (kernel::BufferOp buffer : dead)
    buffer.erase();
}
