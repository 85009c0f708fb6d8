// Primitives on tensors and random streams. Elementwise ones are named after their op and
// need no code here; each of the others is one function, found by its name in Prims.def.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <numeric>
#include <set>

using namespace mlir;

namespace nnc::irgen {

using Prim = sema::Prim;

Val Generator::evalPrim(const Prim &prim) {
  auto it = primTable().find(prim.name);
  auto op = RegisteredOperationName::lookup(prim.name, b.getContext());
  if (it == primTable().end() && op && op->hasInterface<nn::ElementwiseOpInterface>())
    return evalElementwise(prim);
  if (it == primTable().end())
    unsupported(prim.loc, "`" + prim.name + "` is checked but not compiled yet");
  return (this->*it->second)(prim);
}

/// An op of the elementwise table: operands take the result's shape, scalars the element type.
Val Generator::evalElementwise(const Prim &prim) {
  std::vector<Val> args;
  Type element;
  bool tree = false;
  for (const sema::Arg &arg : prim.args) {
    args.push_back(eval(*arg.value));
    tree |= args.back().is(Val::Kind::Tree);
    if (args.back().is(Val::Kind::Tree) && !args.back().v) // of a model without params
      return args.back();
    if (args.back().v && isa<RankedTensorType>(args.back().v.getType()) &&
        !elementOf(args.back().v).isInteger(1))
      element = elementOf(args.back().v);
  }
  if (!element)
    element = prim.type->is(sema::Type::Kind::Tensor) ? elementType(prim.type->dtype)
                                                      : Type(b.getF32Type());
  std::vector<Value> operands;
  for (const Val &arg : args)
    operands.push_back(toTensor(arg, element, prim.loc));
  Value wide = *std::max_element(operands.begin(), operands.end(), [](Value x, Value y) {
    return mlir::cast<RankedTensorType>(x.getType()).getRank() <
           mlir::cast<RankedTensorType>(y.getType()).getRank();
  });
  Sizes shape = shapeOf(wide);
  for (Value operand : operands) // an axis of size 1 of the widest expands, too
    for (size_t i = 0, n = shapeOf(operand).size(), shift = shape.size() - n; i < n; ++i)
      if (Size here = shapeOf(operand)[i];
          shape[shift + i].isConstant() && shape[shift + i].constant == 1)
        shape[shift + i] = here;
  for (Value &operand : operands)
    operand = broadcast(operand, shape);
  Type result = prim.type->is(sema::Type::Kind::Tensor) ? elementType(prim.type->dtype) : element;
  Value value = tensorOp(prim.name, operands, result, shape);
  return tree ? Val::tree(value, paddingAfter(prim.name, args)) : Val::tensor(value);
}

Value Generator::tensorArg(const Prim &prim, size_t i) {
  Type element = prim.args[i].value->type->is(sema::Type::Kind::Tensor)
                     ? elementType(prim.args[i].value->type->dtype)
                     : Type();
  return toTensor(eval(*prim.args[i].value), element, prim.loc);
}

/// Axes of a primitive: negative ones count from the back.
std::vector<int64_t> Generator::axesOf(const Prim &prim, Value x) {
  int64_t rank = mlir::cast<RankedTensorType>(x.getType()).getRank();
  std::vector<int64_t> axes;
  for (int64_t a : prim.ints)
    axes.push_back(a < 0 ? a + rank : a);
  return axes;
}

// ---- filling

Val Generator::primFill(const Prim &prim) {
  std::vector<Size> shape = shapeOf(prim.type->shape);
  Type element = elementType(prim.type->dtype);
  Value scalar = cast(toTensor(eval(*prim.args[0].value), element, prim.loc), element);
  return Val::tensor(full(scalar, shape));
}

Val Generator::primIota(const Prim &prim) {
  return Val::tensor(tensorOp(
      "nn.iota", {}, elementType(prim.type->dtype), shapeOf(prim.type->shape),
      b.getNamedAttr("axis", b.getI64IntegerAttr(prim.ints.empty() ? 0 : prim.ints[0])), true));
}

// ---- shapes

Val Generator::primReshape(const Prim &prim) {
  return Val::tensor(reshape(tensorArg(prim, 0), shapeOf(prim.type->shape)));
}

Val Generator::primTranspose(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  std::vector<Size> from = shapeOf(x), to;
  std::vector<int64_t> perm = axesOf(prim, x);
  if (prim.name == "t") { // the last two axes
    for (size_t i = 0; i < from.size(); ++i)
      perm.push_back(i);
    std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  }
  for (int64_t p : perm)
    to.push_back(from[p]);
  return Val::tensor(tensorOp("nn.transpose", x, elementOf(x), to,
                              b.getNamedAttr("perm", b.getDenseI64ArrayAttr(perm))));
}

Val Generator::primExpand(const Prim &prim) {
  return Val::tensor(broadcast(tensorArg(prim, 0), shapeOf(prim.type->shape)));
}

Val Generator::primConcat(const Prim &prim) {
  std::vector<Value> parts;
  for (size_t i = 0; i < prim.args.size(); ++i)
    parts.push_back(tensorArg(prim, i));
  int64_t axis = axesOf(prim, parts[0])[0];
  if (prim.name == "stack")
    for (Value &part : parts) {
      std::vector<Size> shape = shapeOf(part);
      shape.insert(shape.begin() + axis, 1);
      part = reshape(part, shape);
    }
  std::vector<Size> shape = shapeOf(parts[0]);
  for (size_t i = 1; i < parts.size(); ++i)
    shape[axis] = arith(sema::BinaryOp::Add, shape[axis], shapeOf(parts[i])[axis]);
  return Val::tensor(tensorOp("nn.concat", parts, elementOf(parts[0]), shape,
                              b.getNamedAttr("axis", b.getI64IntegerAttr(axis))));
}

/// Equal pieces along an axis, as a tuple.
Val Generator::primSplit(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  int64_t count = prim.ints[0], axis = prim.ints[1];
  if (axis < 0)
    axis += mlir::cast<RankedTensorType>(x.getType()).getRank();
  Size piece = arith(sema::BinaryOp::Div, shapeOf(x)[axis], count);
  std::vector<Val> parts;
  for (int64_t i = 0; i < count; ++i)
    parts.push_back(Val::tensor(slice(x, axis, arith(sema::BinaryOp::Mul, piece, i),
                                      arith(sema::BinaryOp::Mul, piece, i + 1))));
  return Val::aggregate(std::move(parts));
}

// ---- reductions

/// ints: whether to keep reduced axes as 1, then the axes; none: all.
Val Generator::primReduce(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  std::vector<int64_t> axes = axesOf(prim, x);
  axes.erase(axes.begin());
  if (prim.ints.size() == 1)
    for (int64_t i = 0; i < mlir::cast<RankedTensorType>(x.getType()).getRank(); ++i)
      axes.push_back(i);
  return Val::tensor(reduce(prim.name, x, axes, prim.ints[0]));
}

Val Generator::primArgmax(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  int64_t axis = axesOf(prim, x)[0];
  std::vector<Size> shape = shapeOf(x);
  shape.erase(shape.begin() + axis);
  return Val::tensor(tensorOp(prim.name, x, elementType(prim.type->dtype), shape,
                              b.getNamedAttr("axis", b.getI64IntegerAttr(axis))));
}

// ---- gather

Val Generator::primTakeAlong(const Prim &prim) {
  Value x = tensorArg(prim, 0), index = tensorArg(prim, 1);
  int64_t axis = axesOf(prim, x)[0];
  std::vector<Size> shape = shapeOf(x);
  shape.erase(shape.begin() + axis);
  return Val::tensor(tensorOp("nn.take_along", {x, conform(index, shape)}, elementOf(x), shape,
                              b.getNamedAttr("axis", b.getI64IntegerAttr(axis))));
}

Value Generator::take(Value x, Value index, int64_t axis) {
  std::vector<Size> shape = shapeOf(x), picked = shapeOf(index);
  shape.erase(shape.begin() + axis);
  shape.insert(shape.begin() + axis, picked.begin(), picked.end());
  return tensorOp("nn.take", {x, index}, elementOf(x), shape,
                  b.getNamedAttr("axis", b.getI64IntegerAttr(axis)));
}

Val Generator::primStop(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  return Val::tensor(tensorOp("nn.stop_gradient", x, elementOf(x), shapeOf(x)));
}

// ---- random streams: args[0] is the place of the stream

Val Generator::primRng(const Prim &prim) {
  Value seed = cast(toTensor(eval(*prim.args[0].value), b.getI64Type(), prim.loc), b.getI64Type());
  Value zero = constantTensor(0, b.getI64Type());
  return Val::tensor(tensorOp("nn.concat", {reshape(seed, {1}), reshape(zero, {1})}, b.getI64Type(),
                              {2}, b.getNamedAttr("axis", b.getI64IntegerAttr(0))));
}

Val Generator::primRngSplit(const Prim &prim) {
  Value rng = eval(*prim.args[0].value).v;
  auto split = nn::RngSplitOp::create(b, loc, rng.getType(), rng.getType(), rng);
  assign(*prim.args[0].value, Val::tensor(split.getParent()));
  return Val::tensor(split.getChild());
}

/// Random words; advances the stream.
Val Generator::primRngBits(const Prim &prim) {
  Value rng = eval(*prim.args[0].value).v;
  Sizes shape = shapeOf(prim.type->shape);
  Value bits = tensorOp("nn.rng_bits", rng, elementType(sema::DType::U32), shape, {}, true);
  Value next = nn::RngAdvanceOp::create(b, loc, rng.getType(), rng, materialize(product(shape)));
  assign(*prim.args[0].value, Val::tensor(next));
  return Val::tensor(bits);
}

Val Generator::primTrainingRng(const Prim &prim) {
  Val *stream = find(&trainingRng);
  if (!stream)
    unsupported(prim.loc, "`training_rng` has a value only inside `train`");
  return *stream;
}

Val Generator::primTraining(const Prim &) {
  return Val::boolean(arith::ConstantIntOp::create(b, loc, training, 1));
}

Val Generator::primCumsum(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  return Val::tensor(tensorOp("nn.cumsum", x, elementOf(x), shapeOf(x),
                              b.getNamedAttr("axis", b.getI64IntegerAttr(axesOf(prim, x)[0]))));
}

/// argsort(x, count): the result's type has the count.
Val Generator::primArgsort(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  if (elementOf(x).isInteger(1)) // false before true
    x = cast(x, elementType(sema::DType::U8));
  Sizes shape = shapeOf(x);
  shape.back() = asSize(eval(*prim.args[1].value));
  Value order = tensorOp("nn.argsort", x, b.getI32Type(), shape, {}, true);
  if (prim.name == "argsort_descending")
    order.getDefiningOp()->setAttr("descending", b.getUnitAttr());
  return Val::tensor(order);
}

/// The axis becomes the last one, or the last one that.
Val Generator::primMoveAxis(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  int64_t axis = axesOf(prim, x)[0];
  std::vector<int64_t> order(shapeOf(x).size());
  std::iota(order.begin(), order.end(), 0);
  if (prim.name == "axis.to_last")
    std::rotate(order.begin() + axis, order.begin() + axis + 1, order.end());
  else
    std::rotate(order.begin() + axis, order.end() - 1, order.end());
  return Val::tensor(transpose(x, order));
}

Val Generator::primReverse(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  return Val::tensor(tensorOp("nn.reverse", x, elementOf(x), shapeOf(x),
                              b.getNamedAttr("axes", b.getDenseI64ArrayAttr(axesOf(prim, x)))));
}

/// Axes that have one letter become one axis, the first of x: the diagonal.
Value Generator::diagonals(Value x, std::string &letters) {
  for (size_t first = 0; first < letters.size(); ++first) {
    size_t second = letters.find(letters[first], first + 1);
    if (second == std::string::npos)
      continue;
    Value index = steps(0, 1, shapeOf(x)[first]);
    Joined joined = joinAxes(x, {{first, index}, {second, index}}, {index, index});
    x = take(joined.x, joined.index, 0);
    char letter = letters[first];
    letters.erase(second, 1);
    letters.erase(first, 1);
    letters.insert(letters.begin(), letter);
    first = size_t(-1); // from the start: the order is another one
  }
  return x;
}

/// einsum of any number of tensors: the first two, then what comes out with the next; a single one
/// is summed over what the result lacks and transposed.
Val Generator::primEinsum(const Prim &prim) {
  StringRef spec = prim.strs[0];
  auto [inputs, output] = spec.split("->");
  llvm::SmallVector<StringRef> terms;
  inputs.split(terms, ',');
  std::string axes = terms[0].str();
  Value left = diagonals(tensorArg(prim, 0), axes);
  std::map<char, Size> lengths;
  auto note = [&](Value x, StringRef letters) {
    Sizes shape = shapeOf(x);
    for (size_t i = 0; i < letters.size(); ++i)
      lengths[letters[i]] = shape[i];
  };
  note(left, axes);
  for (size_t i = 1; i < terms.size(); ++i) {
    std::string own = terms[i].str();
    Value right = diagonals(tensorArg(prim, i), own);
    note(right, own);
    std::string kept; // what the result or a later tensor has
    for (char c : axes + own) {
      bool later = output.contains(c);
      for (size_t k = i + 1; k < terms.size(); ++k)
        later |= terms[k].contains(c);
      if (later && kept.find(c) == std::string::npos)
        kept.push_back(c);
    }
    if (i + 1 == terms.size())
      kept = output.str();
    Sizes shape;
    for (char c : kept)
      shape.push_back(lengths[c]);
    left = einsum(left, right, axes + "," + own + "->" + kept, shape);
    axes = kept;
  }
  if (terms.size() > 1)
    return Val::tensor(left);
  std::vector<int64_t> summed, order;
  std::string rest;
  for (size_t i = 0; i < axes.size(); ++i) {
    if (output.contains(axes[i]))
      rest.push_back(axes[i]);
    else
      summed.push_back(static_cast<int64_t>(i));
  }
  if (!summed.empty())
    left = reduce("nn.sum", left, summed, false);
  for (char c : output)
    order.push_back(static_cast<int64_t>(rest.find(c)));
  return Val::tensor(rest == output ? left : transpose(left, order));
}

Val Generator::primIntExtremum(const Prim &prim) {
  Size x = asSize(eval(*prim.args[0].value)), y = asSize(eval(*prim.args[1].value));
  return Val::integer(
      arith(prim.name == "int.min" ? sema::BinaryOp::Range : sema::BinaryOp::RangeIncl, x, y));
}

/// A field that `fn init` assigns later.
Val Generator::primUnset(const Prim &) { return Val::none(); }

bool Generator::isEffect(const std::string &prim) {
  static const std::set<std::string> pure = {"vmap",
                                             "mean",
                                             "t",
                                             "split",
                                             "stack",
                                             "rank",
                                             "training",
                                             "training_rng",
                                             "params",
                                             "tree.zero",
                                             "tree.of",
                                             "tree.sum",
                                             "array_init",
                                             "unset",
                                             "tree.map",
                                             "tree.fold",
                                             "shape",
                                             "path",
                                             "rng.new",
                                             "rng.bits",
                                             "rng.split",
                                             "int.min",
                                             "int.max",
                                             "optional.or",
                                             "argsort",
                                             "argsort_descending",
                                             "axis.to_last",
                                             "axis.from_last"};
  return !StringRef(prim).starts_with("nn.") && !pure.count(prim);
}

const std::map<std::string, Generator::PrimFn> &Generator::primTable() {
  using G = Generator;
  static const std::map<std::string, PrimFn> table = {
      {"vmap", &G::primVmap},
      {"nn.full", &G::primFill},
      {"nn.iota", &G::primIota},
      {"nn.sum", &G::primReduce},
      {"nn.reduce_max", &G::primReduce},
      {"nn.reduce_min", &G::primReduce},
      {"nn.argmax", &G::primArgmax},
      {"nn.argmin", &G::primArgmax},
      {"nn.cumsum", &G::primCumsum},
      {"axis.to_last", &G::primMoveAxis},
      {"axis.from_last", &G::primMoveAxis},
      {"argsort", &G::primArgsort},
      {"argsort_descending", &G::primArgsort},
      {"nonzero", &G::primNonzero},
      {"nn.reshape", &G::primReshape},
      {"nn.broadcast", &G::primExpand},
      {"nn.transpose", &G::primTranspose},
      {"t", &G::primTranspose},
      {"split", &G::primSplit},
      {"nn.concat", &G::primConcat},
      {"stack", &G::primConcat},
      {"nn.reverse", &G::primReverse},
      {"nn.einsum", &G::primEinsum},
      {"nn.take_along", &G::primTakeAlong},
      {"nn.stop_gradient", &G::primStop},
      {"training", &G::primTraining},
      {"training_rng", &G::primTrainingRng},
      {"array_init", &G::primArrayInit},
      {"unset", &G::primUnset},
      {"params", &G::primParams},
      {"tree.zero", &G::primTreeZero},
      {"tree.of", &G::primTreeOf},
      {"tree.sum", &G::primTreeSum},
      {"tree.map", &G::primEachLeaf},
      {"tree.fold", &G::primEachLeaf},
      {"rank", &G::primRank},
      {"shape", &G::primShape},
      {"path", &G::primPath},
      {"tree.flat", &G::primFlat},
      {"tree.from_flat", &G::primFromFlat},
      {"tree.place", &G::primPlace},
      {"rng.new", &G::primRng},
      {"rng.bits", &G::primRngBits},
      {"rng.split", &G::primRngSplit},
      {"int.min", &G::primIntExtremum},
      {"int.max", &G::primIntExtremum},
      {"optional.or", &G::primOr},
      {"print", &G::primPrint},
      {"record", &G::primRecord},
      {"profile.ready", &G::primProfileReady},
      {"profile.begin", &G::primProfileBegin},
      {"save", &G::primSave},
      {"load", &G::primLoad},
      {"resume", &G::primResume},
      {"fail", &G::primFail},
      {"exit_code", &G::primExitCode},
      {"len", &G::primLen},
      {"list.push", &G::primListPush},
      {"list.pop", &G::primListPop},
      {"list.reverse", &G::primListReverse},
      {"list.last", &G::primListLast},
      {"map.has", &G::primMapHas},
      {"map.get", &G::primMapGet},
      {"map.keys", &G::primMapKeys},
      {"map.values", &G::primMapKeys},
      {"map.remove", &G::primMapRemove},
      {"str.parse", &G::primStrParse},
      {"str.split", &G::primStrSplit},
      {"str.trim", &G::primStrToStr},
      {"str.upper", &G::primStrToStr},
      {"str.lower", &G::primStrToStr},
      {"str.replace", &G::primStrToStr},
      {"str.find", &G::primStrFind},
      {"str.starts_with", &G::primStrTest},
      {"str.ends_with", &G::primStrTest},
      {"str.contains", &G::primStrTest},
      {"str.bytes", &G::primBytes},
      {"file.read_bytes", &G::primBytes},
      {"file.read_text", &G::primFileRead},
      {"file.lines", &G::primFileLines},
      {"file.exists", &G::primFileExists},
      {"file.write", &G::primFileWrite},
      {"expect_close", &G::primExpectClose},
      {"data.fashion_mnist", &G::primFashionMnist},
      {"data.map", &G::primDatasetMap},
      {"data.take", &G::primDatasetTake},
      {"data.batches", &G::primBatches},
      {"data.full_batches", &G::primBatches},
      {"batches.mean", &G::primBatchesMean},
  };
  return table;
}

} // namespace nnc::irgen
