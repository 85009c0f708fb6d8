// Primitives on tensors, random streams and trees. Elementwise ones are named after their op and need no code
// here; each of the others is one function, found by its name in Prims.def.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <set>

using namespace mlir;

namespace nnc::irgen {

using Prim = sema::Prim;

Val Generator::evalPrim(const Prim &prim) {
  if (StringRef(prim.name).starts_with("nn."))
    return evalElementwise(prim);
  auto it = primTable().find(prim.name);
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
    if (args.back().v && isa<RankedTensorType>(args.back().v.getType()) && !elementOf(args.back().v).isInteger(1))
      element = elementOf(args.back().v);
  }
  if (!element)
    element = prim.type->is(sema::Type::Kind::Tensor) ? elementType(prim.type->dtype) : Type(b.getF32Type());
  std::vector<Value> operands;
  for (const Val &arg : args)
    operands.push_back(toTensor(arg, element, prim.loc));
  Value wide = *std::max_element(operands.begin(), operands.end(), [](Value x, Value y) {
    return mlir::cast<RankedTensorType>(x.getType()).getRank() < mlir::cast<RankedTensorType>(y.getType()).getRank();
  });
  Sizes shape = shapeOf(wide);
  for (Value operand : operands) // an axis of size 1 of the widest expands, too
    for (size_t i = 0, n = shapeOf(operand).size(), shift = shape.size() - n; i < n; ++i)
      if (Size here = shapeOf(operand)[i]; shape[shift + i].isConstant() && shape[shift + i].constant == 1)
        shape[shift + i] = here;
  for (Value &operand : operands)
    operand = broadcast(operand, shape);
  Type result = prim.type->is(sema::Type::Kind::Tensor) ? elementType(prim.type->dtype) : element;
  Value value = tensorOp(prim.name, operands, result, shape);
  return tree ? Val::tree(value) : Val::tensor(value);
}

Value Generator::tensorArg(const Prim &prim, size_t i) {
  Type element = prim.args[i].value->type->is(sema::Type::Kind::Tensor) ? elementType(prim.args[i].value->type->dtype) : Type();
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
  Value scalar = prim.args.empty() ? constantTensor(prim.name == "ones", element) : cast(tensorArg(prim, 0), element);
  return Val::tensor(full(scalar, shape));
}

Val Generator::primIota(const Prim &prim) {
  return Val::tensor(tensorOp("nn.iota", {}, elementType(prim.type->dtype), shapeOf(prim.type->shape),
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
  if (perm.empty()) { // .t: the last two axes
    for (size_t i = 0; i < from.size(); ++i)
      perm.push_back(i);
    std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  }
  for (int64_t p : perm)
    to.push_back(from[p]);
  return Val::tensor(tensorOp("nn.transpose", x, elementOf(x), to, b.getNamedAttr("perm", b.getDenseI64ArrayAttr(perm))));
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
  return Val::tensor(tensorOp("nn.concat", parts, elementOf(parts[0]), shape, b.getNamedAttr("axis", b.getI64IntegerAttr(axis))));
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
    parts.push_back(Val::tensor(slice(x, axis, arith(sema::BinaryOp::Mul, piece, i), arith(sema::BinaryOp::Mul, piece, i + 1))));
  return Val::aggregate(std::move(parts));
}

// ---- reductions

/// ints: the axes; keep as a last flag in strs ("keep").
Val Generator::primReduce(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  std::vector<int64_t> axes = axesOf(prim, x);
  bool keep = llvm::is_contained(prim.strs, "keep");
  if (prim.name == "max" || prim.name == "min")
    return Val::tensor(reduce(prim.name == "max" ? "nn.reduce_max" : "nn.reduce_min", x, axes, keep));
  Value total = reduce("nn.sum", x, axes, keep);
  if (prim.name == "sum")
    return Val::tensor(total);
  return Val::tensor(divideByCount(total, x, axes));
}

/// total / (number of elements on these axes of x)
Value Generator::divideByCount(Value total, Value x, const std::vector<int64_t> &axes) {
  std::vector<Size> shape = shapeOf(x), counted;
  for (int64_t a : axes)
    counted.push_back(shape[a]);
  return elementwise2("nn.div", total, toTensor(Val::integer(product(counted)), elementOf(total), {}));
}

Val Generator::primVariance(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  std::vector<int64_t> axes = axesOf(prim, x);
  bool keep = llvm::is_contained(prim.strs, "keep");
  Value mean = divideByCount(reduce("nn.sum", x, axes, true), x, axes);
  Value centred = elementwise2("nn.sub", x, mean);
  Value variance = divideByCount(reduce("nn.sum", elementwise("nn.mul", {centred, centred}), axes, keep), x, axes);
  if (prim.name == "var")
    return Val::tensor(variance);
  if (!keep) {
    std::vector<Size> shape = shapeOf(variance);
    mean = reshape(mean, shape);
  }
  return Val::aggregate({Val::tensor(mean), Val::tensor(variance)});
}

Val Generator::primArgmax(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  int64_t axis = axesOf(prim, x)[0];
  std::vector<Size> shape = shapeOf(x);
  shape.erase(shape.begin() + axis);
  return Val::tensor(tensorOp(prim.name == "argmax" ? "nn.argmax" : "nn.argmin", x, elementType(prim.type->dtype), shape, b.getNamedAttr("axis", b.getI64IntegerAttr(axis))));
}

// ---- gather

Val Generator::primTakeAlong(const Prim &prim) {
  Value x = tensorArg(prim, 0), index = tensorArg(prim, 1);
  int64_t axis = axesOf(prim, x)[0];
  std::vector<Size> shape = shapeOf(x);
  shape.erase(shape.begin() + axis);
  return Val::tensor(tensorOp("nn.take_along", {x, conform(index, shape)}, elementOf(x), shape, b.getNamedAttr("axis", b.getI64IntegerAttr(axis))));
}

Val Generator::primTake(const Prim &prim) {
  Value x = tensorArg(prim, 0), index = tensorArg(prim, 1);
  int64_t axis = prim.ints.empty() ? 0 : axesOf(prim, x)[0];
  return Val::tensor(take(x, index, axis));
}

Value Generator::take(Value x, Value index, int64_t axis) {
  std::vector<Size> shape = shapeOf(x), picked = shapeOf(index);
  shape.erase(shape.begin() + axis);
  shape.insert(shape.begin() + axis, picked.begin(), picked.end());
  return tensorOp("nn.take", {x, index}, elementOf(x), shape, b.getNamedAttr("axis", b.getI64IntegerAttr(axis)));
}

Val Generator::primStop(const Prim &prim) {
  Value x = tensorArg(prim, 0);
  return Val::tensor(tensorOp("nn.stop_gradient", x, elementOf(x), shapeOf(x)));
}

// ---- random streams: args[0] is the place of the stream

Val Generator::primRng(const Prim &prim) {
  Value seed = cast(toTensor(eval(*prim.args[0].value), b.getI64Type(), prim.loc), b.getI64Type());
  Value zero = constantTensor(0, b.getI64Type());
  return Val::tensor(tensorOp("nn.concat", {reshape(seed, {1}), reshape(zero, {1})}, b.getI64Type(), {2}, b.getNamedAttr("axis", b.getI64IntegerAttr(0))));
}

Val Generator::primRngSplit(const Prim &prim) {
  Value rng = eval(*prim.args[0].value).v;
  auto split = nn::RngSplitOp::create(b, loc, rng.getType(), rng.getType(), rng);
  assign(*prim.args[0].value, Val::tensor(split.getParent()));
  return Val::tensor(split.getChild());
}

/// `words` random words per element, as u32 with a leading axis of that size if it is not 1; advances the stream.
Value Generator::randomBits(const sema::Expr &place, const std::vector<Size> &shape) {
  Value rng = eval(place).v;
  Type u32 = IntegerType::get(b.getContext(), 32, IntegerType::Unsigned);
  Value bits = tensorOp("nn.rng_bits", rng, u32, shape, {}, true);
  Value next = nn::RngAdvanceOp::create(b, loc, rng.getType(), rng, materialize(product(shape)));
  assign(place, Val::tensor(next));
  return bits;
}

/// u * 2^-24 of the upper 24 bits: [0, 1) on a grid that f32 holds exactly.
Value Generator::uniform(const sema::Expr &place, const std::vector<Size> &shape, Type element) {
  Value bits = randomBits(place, shape);
  Type u32 = elementOf(bits);
  Value high = elementwise2("nn.shr", bits, constantTensor(8, u32));
  return elementwise2("nn.mul", cast(high, element), constantTensor(0x1p-24, element));
}

Val Generator::primUniform(const Prim &prim) {
  std::vector<Size> shape = shapeOf(prim.type->shape);
  return Val::tensor(uniform(*prim.args[0].value, shape, elementType(prim.type->dtype)));
}

/// Box-Muller: the first half of the words gives radii, the second angles.
Val Generator::primNormal(const Prim &prim) {
  std::vector<Size> shape = shapeOf(prim.type->shape), twice = shape;
  twice.insert(twice.begin(), 2);
  Type element = elementType(prim.type->dtype);
  Value u = uniform(*prim.args[0].value, twice, element);
  auto half = [&](int64_t i) { return reshape(slice(u, 0, i, i + 1), shape); };
  // 1 - u lies in (0, 1], so its logarithm is finite.
  Value radius = elementwise("nn.sqrt", elementwise2("nn.mul", elementwise("nn.log", elementwise2("nn.sub", constantTensor(1, element), half(0))), constantTensor(-2, element)));
  Value angle = elementwise2("nn.mul", half(1), constantTensor(6.283185307179586, element));
  return Val::tensor(elementwise("nn.mul", {radius, elementwise("nn.cos", angle)}));
}

Val Generator::primTrainingRng(const Prim &prim) {
  Val *stream = find(&trainingRng);
  if (!stream)
    unsupported(prim.loc, "`training_rng` has a value only inside `train`");
  return *stream;
}

Val Generator::primTraining(const Prim &) { return Val::boolean(arith::ConstantIntOp::create(b, loc, training, 1)); }

// ---- trees

Val Generator::primParams(const Prim &prim) {
  Val model = eval(*prim.args[0].value);
  return Val::tree(flatOf(model, *prim.args[0].value->type, sema::FieldInfo::Role::Param, frame->scope));
}

/// Grad.zero(net)
Val Generator::primTreeZero(const Prim &prim) {
  Value flat = primParams(prim).v;
  return Val::tree(full(constantTensor(0, elementOf(flat)), shapeOf(flat)));
}

/// Sum over all leaves of a tree; padding is zero.
Val Generator::primTreeSum(const Prim &prim) {
  return Val::tensor(reduce("nn.sum", eval(*prim.args[0].value).v, {0}, false));
}

bool Generator::isEffect(const std::string &prim) {
  static const std::set<std::string> effects = {"print", "record", "save", "fail", "fashion_mnist", "dataset_map", "batches",
                                                "batches_mean", "list_push", "len", "map_has"};
  return effects.count(prim);
}

const std::map<std::string, Generator::PrimFn> &Generator::primTable() {
  using G = Generator;
  static const std::map<std::string, PrimFn> table = {
      {"zeros", &G::primFill},       {"ones", &G::primFill},         {"full", &G::primFill},
      {"iota", &G::primIota},        {"reshape", &G::primReshape},   {"transpose", &G::primTranspose},
      {"expand", &G::primExpand},    {"concat", &G::primConcat},     {"stack", &G::primConcat},
      {"split", &G::primSplit},      {"sum", &G::primReduce},        {"mean", &G::primReduce},
      {"max", &G::primReduce},       {"min", &G::primReduce},        {"var", &G::primVariance},
      {"moments", &G::primVariance}, {"argmax", &G::primArgmax},     {"argmin", &G::primArgmax},
      {"take_along", &G::primTakeAlong}, {"take", &G::primTake},     {"stop", &G::primStop},
      {"rng", &G::primRng},          {"rng_split", &G::primRngSplit}, {"rng_uniform", &G::primUniform},
      {"rng_normal", &G::primNormal}, {"training", &G::primTraining}, {"training_rng", &G::primTrainingRng},
      {"params", &G::primParams},    {"tree_zero", &G::primTreeZero}, {"tree_sum", &G::primTreeSum},
      {"print", &G::primPrint},      {"record", &G::primRecord},     {"save", &G::primSave},
      {"fashion_mnist", &G::primFashionMnist}, {"dataset_map", &G::primDatasetMap},
      {"batches", &G::primBatches},  {"batches_mean", &G::primBatchesMean}, {"fail", &G::primFail},
      {"list_push", &G::primListPush}, {"len", &G::primLen},         {"map_has", &G::primMapHas},
  };
  return table;
}

} // namespace nnc::irgen
