// Calls of functions whose derivatives the program gives.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;

namespace nnc::irgen {

/// An nn.custom: the call, and what its rules make of it.
Val Generator::callCustom(const sema::Call &expr, std::vector<Val> &given, const DimScope &scope) {
  const sema::CustomRule &rule = *expr.rule;
  std::vector<Val> args;
  Values floats;
  for (size_t i = 0; i < given.size(); ++i) {
    args.push_back(carriedForm(given[i], expr.args[i].value->type, frame->scope));
    Values values;
    collect(args.back(), values);
    for (Value value : values)
      if (isa<RankedTensorType>(value.getType()) && isa<FloatType>(elementOf(value)))
        floats.push_back(value);
  }
  // The arguments with a block's values for the floats.
  auto withFloats = [&](llvm::ArrayRef<Value> inner) {
    std::vector<Val> out;
    for (const Val &arg : args) {
      Values values;
      collect(arg, values);
      for (Value &value : values)
        if (llvm::is_contained(floats, value)) {
          value = inner.front();
          inner = inner.drop_front();
        }
      llvm::ArrayRef<Value> rest(values);
      out.push_back(rebuild(arg, rest));
    }
    return out;
  };
  auto addArguments = [&](Block *block, const Values &like) {
    Values added;
    for (Value value : like) {
      added.push_back(block->addArgument(value.getType(), loc));
      noteSizes(added.back(), shapeOf(value));
    }
    return added;
  };
  Location here = loc;
  Region primal;
  Val result;
  Values results;
  {
    OpBuilder::InsertionGuard guard(b);
    Block *block = b.createBlock(&primal);
    std::vector<Val> inner = withFloats(addArguments(block, floats));
    result = carriedForm(call(*expr.fn, inner, scope, expr.loc), expr.type, frame->scope);
    collect(result, results);
    nn::YieldOp::create(b, here, results);
  }
  // A rule's region: `more` are what it takes besides the arguments, `types` what it gives.
  std::vector<std::unique_ptr<Region>> regions;
  auto addRule = [&](const Values &more, const Values &like, auto make) {
    regions.push_back(std::make_unique<Region>());
    OpBuilder::InsertionGuard guard(b);
    Block *block = b.createBlock(regions.back().get());
    auto inner = std::make_shared<Frame>();
    inner->parent = frame;
    std::swap(frame, inner);
    std::vector<Val> values = withFloats(addArguments(block, floats));
    for (size_t i = 0; i < values.size(); ++i)
      define(rule.params[i], values[i]);
    Values added = addArguments(block, more), yields;
    collect(make(llvm::ArrayRef<Value>(added)), yields);
    std::swap(frame, inner);
    nn::YieldOp::create(b, here, conformTo(yields, ValueRange(like).getTypes()));
  };
  if (rule.vjp)
    addRule(results, floats, [&](llvm::ArrayRef<Value> adjoints) {
      Val both = eval(*rule.vjp);
      std::vector<Val> cotangent{rebuild(result, adjoints)};
      return callValue(both.parts[1], cotangent, expr.loc);
    });
  if (rule.jvp)
    addRule(floats, results, [&](llvm::ArrayRef<Value> tangents) {
      for (const sema::Var *var : rule.tangents)
        define(var, rebuild(defaultOf(var->type), tangents));
      return carriedForm(eval(*rule.jvp).parts[1], expr.type, frame->scope);
    });
  loc = here;
  SmallVector<Type> types;
  std::vector<Sizes> shapes;
  for (Value value : results) {
    types.push_back(value.getType());
    shapes.push_back(shapeOutside(value, primal));
  }
  auto unit = [&](bool is) { return is ? b.getUnitAttr() : UnitAttr(); };
  auto op = nn::CustomOp::create(b, loc, types, floats, branchSizes(types, shapes), unit(rule.vjp),
                                 unit(rule.jvp), unsigned(regions.size()));
  op.getPrimal().takeBody(primal);
  for (size_t i = 0; i < regions.size(); ++i)
    op.getRules()[i].takeBody(*regions[i]);
  op->walk([&](Operation *inner) {
    if (isa<host::HostDialect>(inner->getDialect()))
      unsupported(expr.loc,
                  "inside a function with rules for its derivative, printing, text, lists "
                  "and files are not compiled");
  });
  Values all(op->result_begin(), op->result_end());
  for (size_t i = 0; i < all.size(); ++i)
    noteSizes(all[i], shapes[i]);
  llvm::ArrayRef<Value> rest(all);
  return rebuild(result, rest);
}

} // namespace nnc::irgen
