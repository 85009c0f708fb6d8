// Trees: one value per parameter of a model, in a flat buffer with the layout of the params.
//
// Note [Leaves]
// A leaf is one parameter as its layer declares it. In an array of L layers it is there L times:
// map and fold go through the layers in a loop, so the code does not grow with their number. The
// path writes the array's index as `*`: `blocks.*.up.w`.
//
// Note [Scalars in a tree]
// Tree[M, f32] has the layout of Grad[M] too: each leaf is filled with its scalar. So arithmetic
// with it stays in the kernel of the arithmetic around it.
//
// Note [Padding]
// Between leaves a flat buffer has up to 63 bytes that belong to none. Arithmetic on whole buffers
// computes something there, `t + 1` gives 1. Sums read whole buffers, so Val::padding says what is
// there where it is known, and variables hold trees with zeros only.
#include "compiler/irgen/IRGen.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>
#include <limits>
#include <numeric>

using namespace mlir;

namespace nnc::irgen {

using Prim = sema::Prim;
using TypeKind = sema::Type::Kind;
using Padding = std::optional<double>;

// ---- padding

/// A number that only the running program knows; taken to be none of the exact ones.
static const double someNumber = std::numeric_limits<double>::quiet_NaN();

static bool isZero(Padding p) { return p && *p == 0; }

/// What an elementwise op makes of the padding of its operands; scalars count with their value.
static Padding paddingOf(StringRef op, llvm::ArrayRef<Padding> in) {
  auto finite = [](double x) { return std::isfinite(x) ? Padding(x) : Padding(); };
  Padding x = in[0], y = in.size() > 1 ? in[1] : Padding(0);
  bool exact = x && y && !std::isnan(*x) && !std::isnan(*y);
  if (in.size() > 2 || !x || !y)
    return std::nullopt;
  if (op == "nn.mul")
    return exact ? finite(*x * *y) : isZero(x) || isZero(y) ? Padding(0) : Padding(someNumber);
  if (op == "nn.div") {
    if (isZero(y))
      return std::nullopt;
    return isZero(x) ? Padding(0) : exact ? finite(*x / *y) : Padding(someNumber);
  }
  if (op == "nn.add" || op == "nn.sub") {
    if (exact)
      return op == "nn.add" ? *x + *y : *x - *y;
    return isZero(x) != isZero(y) ? Padding(someNumber) : Padding();
  }
  if (!exact)
    return op == "nn.neg" ? x : Padding();
  if (op == "nn.pow")
    return finite(std::pow(*x, *y));
  if (op == "nn.max")
    return std::max(*x, *y);
  if (op == "nn.min")
    return std::min(*x, *y);
  if (op == "nn.neg")
    return -*x;
  if (op == "nn.abs")
    return std::fabs(*x);
  if (op == "nn.sqrt")
    return finite(std::sqrt(*x));
  if (op == "nn.exp")
    return finite(std::exp(*x));
  static const char *const keepZero[] = {"nn.expm1", "nn.log1p", "nn.sin",  "nn.tanh", "nn.erf",
                                         "nn.floor", "nn.ceil",  "nn.sign", "nn.round"};
  return isZero(x) && llvm::is_contained(keepZero, op) ? Padding(0) : Padding();
}

/// The padding of an elementwise op's result.
Padding Generator::paddingAfter(StringRef op, llvm::ArrayRef<Val> args) {
  std::vector<Padding> in;
  for (const Val &arg : args) {
    if (arg.is(Val::Kind::Tree)) {
      in.push_back(arg.padding);
      continue;
    }
    if (arg.is(Val::Kind::Int) && arg.size.isConstant()) {
      in.push_back(static_cast<double>(arg.size.constant));
      continue;
    }
    bool isScalar = arg.v && isa<RankedTensorType>(arg.v.getType()) &&
                    mlir::cast<RankedTensorType>(arg.v.getType()).getRank() == 0;
    auto constant = arg.v ? arg.v.getDefiningOp<nn::ConstantOp>() : nn::ConstantOp();
    auto dense = constant ? dyn_cast<DenseFPElementsAttr>(constant.getValue()) : nullptr;
    if (dense && dense.isSplat())
      in.push_back(dense.getSplatValue<APFloat>().convertToDouble());
    else
      in.push_back(isScalar || arg.is(Val::Kind::Int) ? Padding(someNumber) : Padding());
  }
  return paddingOf(op, in);
}

/// Whether leaves of this layout leave no gaps, as far as is known now.
bool Generator::isTight(const std::vector<Leaf> &leaves) {
  return llvm::all_of(leaves, [&](const Leaf &leaf) {
    Size count = product(leaf.shape);
    int64_t unit = 512 / elementType(leaf.dtype).getIntOrFloatBitWidth();
    return count.isConstant() && count.constant % unit == 0;
  });
}

/// The tree with zeros between its leaves: Note [Padding].
Val Generator::cleaned(const Val &tree, const sema::Type &model, const DimScope &scope) {
  if (!tree.v || isZero(tree.padding))
    return tree;
  std::vector<Leaf> leaves = leavesOf(model, Role::Param, scope);
  Val out = tree;
  out.padding = 0;
  if (isTight(leaves))
    return out;
  Type element = elementOf(tree.v);
  Values ones;
  for (const Leaf &leaf : leaves)
    ones.push_back(full(constantTensor(1, element), leaf.shape));
  Value inside = pack(ones, leaves), zero = constantTensor(0, element);
  out.v = elementwise("nn.select",
                      {compare("gt", inside, zero), tree.v, full(zero, shapeOf(tree.v))}, element);
  return out;
}

// ---- the leaves' own properties

Val Generator::primRank(const Prim &prim) {
  return Val::integer(static_cast<int64_t>(shapeOf(tensorArg(prim, 0)).size()));
}

Val Generator::primShape(const Prim &prim) {
  Val list;
  list.kind = Val::Kind::List;
  for (const Size &size : shapeOf(tensorArg(prim, 0)))
    list.parts.push_back(Val::integer(size));
  return list;
}

Val Generator::primPath(const Prim &prim) {
  Val leaf = eval(*prim.args[0].value);
  if (leaf.text.empty())
    unsupported(prim.loc, "`.path` is known of a leaf that `map` or `fold` gives, and of nothing "
                          "that was computed");
  Val path;
  path.kind = Val::Kind::Text;
  path.text = leaf.text;
  return path;
}

// ---- map and fold

/// Whether a closure works element by element, so that it can be called once for all leaves.
bool Generator::isElementwiseCode(const sema::Expr &expr) {
  using K = sema::ExprKind;
  bool holds = true;
  auto onExpr = [&](const sema::Expr &e) {
    switch (e.kind) {
    case K::Int:
    case K::Float:
    case K::VarRef:
    case K::Field:
    case K::Unary:
    case K::Block:
      break;
    case K::Binary: {
      Op op = sema::as<sema::Binary>(e).op;
      holds &= op <= Op::Pow && op != Op::MatMul;
      break;
    }
    case K::Prim:
      holds &= !primTable().count(sema::as<sema::Prim>(e).name) &&
               StringRef(sema::as<sema::Prim>(e).name).starts_with("nn.") &&
               e.type->is(TypeKind::Tensor);
      break;
    case K::Call: {
      const sema::FnInstance *fn = sema::as<sema::Call>(e).fn;
      holds &= fn->body && !fn->isRecursive && isElementwiseCode(*fn->body);
      break;
    }
    default:
      holds = false;
    }
    holds &= e.kind == K::Block || e.type->is(TypeKind::Int) || e.type->is(TypeKind::Struct) ||
             (e.type->is(TypeKind::Tensor) && e.type->dtype != sema::DType::Bool);
  };
  sema::walkTree(expr, onExpr,
                 [&](const sema::Stmt &stmt) { holds &= stmt.kind == sema::StmtKind::Let; });
  return holds;
}

/// Leaf `i` of a tree argument, without the axes of the arrays around its layer: one, or a scalar.
Val Generator::leafArgument(Value x, const Leaf &leaf, bool scalar) {
  if (scalar) {
    Sizes starts(leaf.shape.size() - leaf.arrays, 0), ones(starts.size(), 1);
    if (llvm::is_contained(leaf.shape, Size(0))) // a leaf without elements has nothing to hold it
      x = constantTensor(0, elementOf(x));
    else if (!starts.empty())
      x = reshape(sliceAt(x, starts, ones), {});
  }
  Val value = Val::tensor(x);
  value.text = leaf.path;
  for (size_t at = value.text.find("{}"); at != std::string::npos; at = value.text.find("{}"))
    value.text.replace(at, 2, "*");
  return value;
}

/// map(trees.., values.., f) and fold(trees.., start, f).
Val Generator::primEachLeaf(const Prim &prim) {
  bool fold = prim.name == "tree.fold";
  const auto &closure = sema::as<sema::Closure>(*prim.args.back().value);
  std::vector<Val> args;
  std::vector<const sema::Type *> types;
  const sema::Type *model = nullptr;
  Value flat;
  for (size_t i = 0; i + 1 < prim.args.size(); ++i) {
    types.push_back(prim.args[i].value->type);
    args.push_back(eval(*prim.args[i].value));
    if (!model && types[i]->is(TypeKind::Tree)) {
      model = types[i]->elems[0];
      flat = args[i].v;
    }
  }
  sema::Var total; // what fold has so far
  Val sum;
  if (fold) {
    total.type = types.back();
    sum = std::move(args.back());
    args.pop_back();
    types.pop_back();
  }
  std::vector<Leaf> leaves = leavesOf(*model, Role::Param, frame->scope);
  if (leaves.empty())
    return fold ? sum : Val::tree({});
  Val function = closureValue(closure, false);
  bool scalarResult = !fold && prim.type->leafScalar;
  if (!fold && !scalarResult && isElementwiseCode(*closure.body)) {
    Val result = callValue(function, args, prim.loc);
    if (result.v && result.v.getType() == flat.getType())
      return result.is(Val::Kind::Tree) ? result : Val::tree(result.v, std::nullopt);
  }

  std::vector<Values> columns; // by argument: its leaves
  for (size_t i = 0; i < args.size(); ++i)
    columns.push_back(types[i]->is(TypeKind::Tree) ? unpack(args[i].v, leaves) : Values());
  Values results;
  for (size_t number = 0; number < leaves.size(); ++number) {
    const Leaf &leaf = leaves[number];
    Sizes arrays(leaf.shape.begin(), leaf.shape.begin() + leaf.arrays),
        own(leaf.shape.begin() + leaf.arrays, leaf.shape.end());
    Type element = elementType(leaf.dtype);
    // One call; `given` holds the leaf of each tree. The result is a tensor of the leaf's shape.
    auto turn = [&](llvm::ArrayRef<Value> given) -> Value {
      std::vector<Val> values;
      if (fold)
        values.push_back(sum);
      for (size_t i = 0; i < args.size(); ++i) {
        bool isTree = types[i]->is(TypeKind::Tree);
        Leaf one{leaf.path, leaf.dtype, own, 0};
        values.push_back(isTree ? leafArgument(given.front(), one, types[i]->leafScalar) : args[i]);
        given = given.drop_front(isTree);
      }
      Val result = callValue(function, values, prim.loc);
      if (!fold)
        return broadcast(cast(toTensor(result, element, prim.loc), element), own);
      sum = std::move(result);
      return {};
    };
    Values here;
    for (const Values &column : columns)
      if (!column.empty())
        here.push_back(column[number]);
    if (arrays.empty()) {
      results.push_back(turn(here));
      continue;
    }
    // The layers of the arrays around, one after another.
    Size count = product(arrays);
    Sizes stacked = own;
    stacked.insert(stacked.begin(), count);
    for (Value &x : here)
      x = reshape(x, stacked);
    if (!isPure(*closure.body)) {
      results.push_back(eachLayerUnrolled(here, own, count, turn, prim.loc));
    } else {
      std::vector<Slot> slots = assignedIn({&closure});
      if (fold)
        slots.push_back({&total, &sum});
      results.push_back(eachLayer(here, count, slots, turn));
    }
    if (!fold)
      results.back() = reshape(results.back(), leaf.shape);
  }
  return fold ? sum : Val::tree(pack(results, leaves));
}

/// turn(the layer's slice of each of `stacked`) for all layers, in a loop; its results stacked.
Value Generator::eachLayer(const Values &stacked, const Size &count, std::vector<Slot> &slots,
                           llvm::function_ref<Value(llvm::ArrayRef<Value>)> turn) {
  bool outer = std::exchange(inGraph, true);
  Values init = slotValues(slots);
  Values results = loop(0, count, init, stacked,
                        [&](Size, llvm::ArrayRef<Value> carried, llvm::ArrayRef<Value> xs) {
                          setSlots(slots, carried);
                          Value result = turn(xs);
                          Values out = slotValues(slots);
                          if (result)
                            out.push_back(result);
                          return out;
                        });
  inGraph = outer;
  setSlots(slots, llvm::ArrayRef(results).take_front(init.size()));
  return results.size() > init.size() ? results.back() : Value();
}

/// The same for code with effects, such as `print`: a call per layer.
Value Generator::eachLayerUnrolled(const Values &stacked, const Sizes &own, const Size &count,
                                   llvm::function_ref<Value(llvm::ArrayRef<Value>)> turn,
                                   Loc where) {
  if (!count.isConstant() || count.constant > 4096)
    unsupported(where, "a closure that prints or uses text is compiled for every layer, and how "
                       "many there are is not known when compiling");
  Values rows;
  for (int64_t i = 0; i < count.constant; ++i) {
    Values here;
    for (Value x : stacked)
      here.push_back(elementAt(Val::tensor(x), i).v);
    Sizes row = own;
    row.insert(row.begin(), 1);
    if (Value result = turn(here))
      rows.push_back(reshape(result, row));
  }
  Sizes shape = own;
  shape.insert(shape.begin(), count);
  if (rows.size() < 2)
    return rows.empty() ? Value() : rows[0];
  return tensorOp("nn.concat", rows, elementOf(rows[0]), shape,
                  b.getNamedAttr("axis", b.getI64IntegerAttr(0)));
}

// ---- params, zeros, sums

Val Generator::primParams(const Prim &prim) {
  Val model = eval(*prim.args[0].value);
  return Val::tree(flatOf(model, *prim.args[0].value->type, Role::Param, frame->scope));
}

/// Grad.zero(net)
Val Generator::primTreeZero(const Prim &prim) {
  return zeroLike(eval(*prim.args[0].value), *prim.args[0].value->type);
}

/// Zeros of the gradient type of `type`.
Val Generator::zeroLike(const Val &value, const sema::Type &type) {
  if (type.isFunction())
    return {};
  if (type.is(TypeKind::Tuple) && !type.isModel()) {
    std::vector<Val> parts;
    for (size_t i = 0; i < type.elems.size(); ++i)
      parts.push_back(zeroLike(partOf(value, &type, i), *type.elems[i]));
    return Val::aggregate(std::move(parts));
  }
  if (type.is(TypeKind::Tensor)) {
    Type element = elementType(type.dtype);
    return Val::tensor(full(constantTensor(0, element), shapeOf(toTensor(value, element, {}))));
  }
  Value flat = flatOf(value, type, Role::Param, frame->scope);
  return Val::tree(flat ? full(constantTensor(0, elementOf(flat)), shapeOf(flat)) : flat);
}

/// A tuple of gradients as the gradient of a tuple of models.
Val Generator::primTreeOf(const Prim &prim) {
  Val parts = eval(*prim.args[0].value);
  const sema::Type &model = *prim.type->elems[0];
  std::vector<Leaf> layout = leavesOf(model, Role::Param, frame->scope);
  Values leaves;
  for (size_t i = 0; i < model.elems.size(); ++i)
    if (parts.parts[i].v)
      llvm::append_range(
          leaves, unpack(parts.parts[i].v, leavesOf(*model.elems[i], Role::Param, frame->scope)));
  return Val::tree(layout.empty() ? Value() : pack(leaves, layout));
}

/// The sum of all elements of all leaves.
Val Generator::primTreeSum(const Prim &prim) {
  const sema::Type &type = *prim.args[0].value->type;
  Val tree = eval(*prim.args[0].value);
  if (tree.is(Val::Kind::Tensor)) { // the gradient of a tensor is a tensor
    std::vector<int64_t> axes(shapeOf(tree.v).size());
    std::iota(axes.begin(), axes.end(), 0);
    return Val::tensor(reduce("nn.sum", tree.v, axes, false));
  }
  Type result = elementType(sema::DType::F32);
  if (!tree.v)
    return Val::tensor(constantTensor(0, result));
  std::vector<Leaf> leaves = leavesOf(*type.elems[0], Role::Param, frame->scope);
  if (isZero(tree.padding) || isTight(leaves))
    return Val::tensor(cast(reduce("nn.sum", tree.v, {0}, false), result));
  Value sum;
  for (Value leaf : unpack(tree.v, leaves)) {
    std::vector<int64_t> axes(shapeOf(leaf).size());
    std::iota(axes.begin(), axes.end(), 0);
    Value part = reduce("nn.sum", leaf, axes, false);
    sum = sum ? elementwise("nn.add", {sum, part}) : part;
  }
  return Val::tensor(cast(sum, result));
}

} // namespace nnc::irgen
