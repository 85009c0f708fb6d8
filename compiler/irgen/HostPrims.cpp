// Primitives that act on the world: printing, metrics, files, data sets.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace nnc::irgen {

using Prim = sema::Prim;
using Role = sema::FieldInfo::Role;
using TypeKind = sema::Type::Kind;

/// print(values..): strs[0] is the end; values stand apart by one space.
Val Generator::primPrint(const Prim &prim) {
  std::vector<Val> values;
  for (const sema::Arg &arg : prim.args) {
    values.push_back(eval(*arg.value));
    values.back().type = arg.value->type;
  }
  std::string end = prim.strs.empty() ? "\n" : prim.strs[0];
  effect(values, [this, end](std::vector<Val> shown) {
    Value line;
    for (const Val &value : shown) {
      Value piece = textHandle(value);
      line = line ? concat(concat(line, constantText(" ")), piece) : piece;
    }
    hostCall("nnrt_print", {line ? line : constantText(""), constantText(end)}, {});
  });
  return {};
}

Value Generator::constantText(const std::string &value) {
  Val constant;
  constant.kind = Val::Kind::Text;
  constant.text = value;
  return toHandle(constant, {});
}

/// record(values..): strs are the names, ints[0] is `every`.
Val Generator::primRecord(const Prim &prim) {
  std::vector<Val> values;
  for (const sema::Arg &arg : prim.args)
    values.push_back(Val::tensor(toTensor(eval(*arg.value), {}, prim.loc)));
  Size every = prim.ints.empty() ? 1 : prim.ints[0];
  effect(values, [this, names = prim.strs, every](std::vector<Val> shown) {
    for (size_t i = 0; i < shown.size(); ++i)
      hostCall("nnrt_record", {text(names[i]), shown[i].v, materialize(every)}, {});
  });
  return {};
}

/// profile { .. }: its end is reached in every way out, since those are branches.
Val Generator::evalProfile(const sema::Profile &expr) {
  if (inGraph)
    unsupported(expr.loc, "`profile` stands outside of `grad`, `remat` and `vmap`: it tells how "
                          "long whole computations take");
  eval(*expr.body);
  hostCall("nnrt_profile_end", {}, {});
  return {};
}
Val Generator::primProfileReady(const Prim &prim) {
  return Val::boolean(hostCall("nnrt_profile_ready", {}, b.getI1Type()));
}
Val Generator::primProfileBegin(const Prim &prim) {
  auto where = llvm::cast<FileLineColLoc>(at(prim.loc));
  std::string place = where.getFilename().str() + ":" + std::to_string(where.getLine());
  hostCall("nnrt_profile_begin", {text(place)}, {});
  return {};
}

/// fail(reason)
Val Generator::primFail(const Prim &prim) {
  hostCall("nnrt_fail", {toHandle(eval(*prim.args[0].value), {})}, {});
  return {};
}

/// What `main` gives.
Val Generator::primExitCode(const Prim &prim) {
  Value code = materialize(eval(*prim.args[0].value).size);
  hostCall("nnrt_set_exit_code", {code}, {});
  return {};
}

// ---- data

Val Generator::primFashionMnist(const Prim &prim) {
  return Val::handle(hostCall("nnrt_dataset_fashion_mnist",
                              {toHandle(eval(*prim.args[0].value), {})}, handleType()));
}

/// dataset.map(closure): the closure becomes a graph of one sample; what it captures is passed
/// along.
Val Generator::primDatasetMap(const Prim &prim) {
  Val dataset = eval(*prim.args[0].value);
  Val function = evalArgument(*prim.args[1].value);
  const sema::Type &type = *prim.args[0].value->type;

  auto graph = func::FuncOp::create(b.getUnknownLoc(), "sample", b.getFunctionType({}, {}));
  graph.setPrivate();
  graph->setAttr("nn.graph", b.getUnitAttr());
  SymbolTable(module).insert(graph);
  Block *entry = graph.addEntryBlock();
  std::vector<Value> outputs;
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(entry);
    std::vector<Val> members;
    for (const sema::Type *member : type.elems) {
      std::vector<Size> shape = shapeOf(member->shape);
      members.push_back(
          Val::tensor(entry->addArgument(tensorType(elementType(member->dtype), shape), loc)));
      noteSizes(members.back().v, shape);
    }
    std::vector<Val> args{members.size() == 1 ? members[0] : Val::aggregate(members)};
    if (function.closure && function.closure->params.size() == members.size())
      args = members;
    bool outer = std::exchange(inGraph, true);
    Val result = asTensors(carriedForm(callValue(function, args, prim.loc), nullptr, frame->scope));
    collect(result, outputs);
    inGraph = outer;
    func::ReturnOp::create(b, loc, outputs);
  }
  // Values from outside become arguments.
  llvm::SetVector<Value> outside;
  graph.walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (operand.getParentRegion() && !graph.getBody().isAncestor(operand.getParentRegion()))
        outside.insert(operand);
  });
  std::vector<Value> dims, captures;
  for (Value v : outside) {
    if (Operation *constant = v.getDefiningOp();
        constant && constant->hasTrait<OpTrait::ConstantLike>()) {
      OpBuilder start = OpBuilder::atBlockBegin(entry);
      Value copy = start.clone(*constant)->getResult(0);
      v.replaceUsesWithIf(copy, [&](OpOperand &use) {
        return graph->isAncestor(use.getOwner()) && use.getOwner() != copy.getDefiningOp();
      });
    } else if (isa<RankedTensorType>(v.getType())) {
      captures.push_back(v);
      Value arg = entry->addArgument(v.getType(), loc);
      v.replaceUsesWithIf(arg, [&](OpOperand &use) { return graph->isAncestor(use.getOwner()); });
    } else {
      Value arg = entry->insertArgument(static_cast<unsigned>(dims.size()), v.getType(), loc);
      dims.push_back(v);
      v.replaceUsesWithIf(arg, [&](OpOperand &use) { return graph->isAncestor(use.getOwner()); });
    }
  }
  SmallVector<Type> results;
  for (Value v : outputs)
    results.push_back(v.getType());
  graph.setFunctionType(b.getFunctionType(entry->getArgumentTypes(), results));
  return Val::handle(host::DatasetMapOp::create(b, loc, handleType(), dataset.v, graph.getSymName(),
                                                dims, captures, false));
}

/// dataset.take(n): the first n samples, or all where there are fewer.
Val Generator::primDatasetTake(const Prim &prim) {
  Val dataset = eval(*prim.args[0].value);
  Size count = asSize(eval(*prim.args[1].value));
  Size length(hostCall("nnrt_dataset_len", {dataset.v}, b.getIndexType(), false));
  Size end = arith(sema::BinaryOp::Range, arith(sema::BinaryOp::RangeIncl, count, 0), length);
  return Val::handle(
      hostCall("nnrt_dataset_slice", {dataset.v, materialize(0), materialize(end)}, handleType()));
}

/// dataset.batches(n, shuffle: &rng, prefetch: k): args are dataset, n, shuffle (place or none),
/// prefetch.
Val Generator::primBatches(const Prim &prim) {
  Val dataset = eval(*prim.args[0].value);
  Value size = materialize(eval(*prim.args[1].value).size);
  bool full = prim.name == "data.full_batches"; // leaves a last smaller batch out
  Value prefetch = materialize(
      prim.args.size() > 3 && prim.args[3].value ? eval(*prim.args[3].value).size : Size(-1));
  Value fullOnly = i32(full);
  const sema::Expr *place = prim.args.size() > 2 ? prim.args[2].value : nullptr;
  Val rng = place ? eval(*place) : Val::none();
  if (!rng.v) {
    Value none = host::NullOp::create(b, loc, handleType());
    return Val::handle(hostCall("nnrt_dataset_batches", {dataset.v, size, none, prefetch, fullOnly},
                                handleType()));
  }
  auto split = nn::RngSplitOp::create(b, loc, rng.v.getType(), rng.v.getType(), rng.v);
  assign(*place, Val::tensor(split.getParent()));
  return Val::handle(hostCall("nnrt_dataset_batches",
                              {dataset.v, size, split.getChild(), prefetch, fullOnly},
                              handleType()));
}

/// batches.mean { .. }: the mean of a scalar per batch, weighted by the batches' sizes.
Val Generator::primBatchesMean(const Prim &prim) {
  Val batches = eval(*prim.args[0].value);
  Val function = evalArgument(*prim.args[1].value);
  const sema::Type &type = *prim.args[0].value->type;
  Type element = elementType(prim.type->dtype);
  sema::Var sum, count;
  sum.name = "sum";
  count.name = "count";
  frame->vars[&sum] = Val::tensor(constantTensor(0, element));
  frame->vars[&count] = Val::integer(0);
  std::vector<Slot> slots =
      function.closure ? assignedIn({function.closure->body}) : std::vector<Slot>();
  slots.push_back({&sum, &frame->vars[&sum]});
  slots.push_back({&count, &frame->vars[&count]});
  batchLoop(batches.v, type, slots, false, [&](std::vector<Val> members) {
    Size n = shapeOf(members[0].v)[0];
    std::vector<Val> args{members.size() == 1 ? members[0] : Val::aggregate(members)};
    if (function.closure && function.closure->params.size() == members.size())
      args = members;
    Value value = cast(toTensor(callValue(function, args, prim.loc), element, prim.loc), element);
    Value weighted = elementwise("nn.mul", {value, toTensor(Val::integer(n), element, prim.loc)});
    frame->vars[&sum] = Val::tensor(elementwise("nn.add", {frame->vars[&sum].v, weighted}));
    frame->vars[&count] = Val::integer(arith(sema::BinaryOp::Add, frame->vars[&count].size, n));
  });
  Value total = frame->vars[&sum].v, n = toTensor(frame->vars[&count], element, prim.loc);
  frame->vars.erase(&sum);
  frame->vars.erase(&count);
  return Val::tensor(elementwise("nn.div", {total, n}));
}

} // namespace nnc::irgen
