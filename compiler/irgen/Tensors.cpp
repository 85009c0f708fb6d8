// Tensor computations as nn ops: casts, explicit broadcasts, shapes that are known beside the
// types.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

/// An nn op with one result, of this shape. The sizes not known when compiling are its last
/// operands if `takesSizes`.
/// Differences, and what the host read or computed; sizes of tensors are not.
static bool mayBeNegative(Value size) {
  Operation *op = size.getDefiningOp();
  if (!op || isa<host::DimOp, nn::DimOp, arith::ConstantOp>(op))
    return false;
  if (isa<arith::ArithDialect>(op->getDialect()) && !isa<arith::SubIOp>(op))
    return llvm::any_of(op->getOperands(), mayBeNegative);
  return true;
}

/// A size that a program computed: less than 0 stops it.
Size Generator::checkedSize(const Size &size, StringRef name) {
  bool doubtful = size.isConstant() ? size.constant < 0 : mayBeNegative(size.value);
  if (!doubtful || inGraph)
    return size;
  hostCall("nnrt_check_size", {text(name), materialize(size)}, {});
  return size.isConstant() ? Size(0) : size;
}

Value Generator::tensorOp(StringRef name, ValueRange operands, Type element, const Sizes &given,
                          ArrayRef<NamedAttribute> attributes, bool takesSizes) {
  Sizes shape = given;
  if (takesSizes)
    for (Size &size : shape)
      size = checkedSize(size);
  OperationState state(loc, name);
  state.addOperands(operands);
  if (takesSizes)
    state.addOperands(dynamicSizes(shape));
  state.addTypes(tensorType(element, shape));
  state.addAttributes(attributes);
  Value result = b.create(state)->getResult(0);
  noteSizes(result, shape);
  return result;
}

static bool isFloat(Type t) { return isa<FloatType>(t); }

Size Generator::sizeOfAxis(Value tensor, unsigned axis) {
  if (inGraph)
    return Size(nn::DimOp::create(b, loc, tensor, axis).getResult());
  return Size(host::DimOp::create(b, loc, tensor, axis).getResult());
}

Value Generator::constantTensor(double value, Type element) {
  auto type = RankedTensorType::get({}, element);
  Attribute attr = isFloat(element)
                       ? Attribute(b.getFloatAttr(element, value))
                       : Attribute(b.getIntegerAttr(element, static_cast<int64_t>(value)));
  return nn::ConstantOp::create(b, loc, DenseElementsAttr::get(type, attr));
}

/// The same of a whole number, all of whose bits count; of u64 these are the bits.
Value Generator::constantInt(int64_t value, Type element) {
  if (isFloat(element))
    return constantTensor(static_cast<double>(value), element);
  auto type = RankedTensorType::get({}, element);
  APInt bits(64, static_cast<uint64_t>(value));
  Attribute attr = b.getIntegerAttr(element, bits.trunc(element.getIntOrFloatBitWidth()));
  return nn::ConstantOp::create(b, loc, DenseElementsAttr::get(type, attr));
}

/// A value as a tensor of rank >= 0; ints and flags become scalars of `element` (null: i64, bool).
Value Generator::toTensor(const Val &value, Type element, Loc where) {
  switch (value.kind) {
  case Val::Kind::Tensor:
  case Val::Kind::Tree:
    return value.v;
  case Val::Kind::Int: {
    if (!element)
      element = b.getI64Type();
    if (value.size.isConstant())
      return constantInt(value.size.constant, element);
    return tensorOp("nn.from_index", value.size.value, element, {});
  }
  case Val::Kind::Bool: {
    if (isa<RankedTensorType>(value.v.getType()))
      return value.v;
    if (std::optional<bool> known = knownCondition(value))
      return constantTensor(*known, b.getI1Type());
    if (!inGraph)
      return host::ScalarOp::create(b, loc, RankedTensorType::get({}, b.getI1Type()), value.v);
    Value number =
        arith::SelectOp::create(b, loc, value.v, arith::ConstantIndexOp::create(b, loc, 1),
                                arith::ConstantIndexOp::create(b, loc, 0));
    Value scalar = tensorOp("nn.from_index", number, b.getI64Type(), {});
    return compare("ne", scalar, constantTensor(0, b.getI64Type()));
  }
  default:
    unsupported(where, "a tensor is needed here");
  }
}

Value Generator::toCondition(const Val &value) {
  if (!value.v)
    unsupported({}, "a condition is needed here");
  if (!isa<RankedTensorType>(value.v.getType()))
    return value.v;
  return host::ItemOp::create(b, loc, b.getI1Type(), value.v);
}

Value Generator::full(Value scalar, const std::vector<Size> &shape) {
  if (shape.empty())
    return scalar;
  return tensorOp("nn.full", scalar, elementOf(scalar), shape, {}, true);
}

/// x with its axes aligned to the last axes of `shape`; missing axes are added, axes of size 1
/// expand.
Value Generator::broadcast(Value x, const std::vector<Size> &shape) {
  auto type = mlir::cast<RankedTensorType>(x.getType());
  unsigned rank = type.getRank(), shift = shape.size() - rank;
  if (rank == 0)
    return full(x, shape);
  bool same = shift == 0;
  for (unsigned i = 0; i < rank && same; ++i)
    same = !(type.getDimSize(i) == 1 && !(shape[i].isConstant() && shape[i].constant == 1));
  if (same)
    return conform(x, shape);
  SmallVector<int64_t> map;
  for (unsigned i = 0; i < rank; ++i)
    map.push_back(shift + i);
  return tensorOp("nn.broadcast", x, type.getElementType(), shape,
                  b.getNamedAttr("map", b.getDenseI64ArrayAttr(map)), true);
}

/// x itself, or x as a tensor whose type says what `shape` knows.
Value Generator::conform(Value x, const std::vector<Size> &shape) {
  auto wanted = tensorType(elementOf(x), shape);
  if (wanted == x.getType())
    return x;
  return tensorOp("nn.reshape", x, elementOf(x), shape, {}, true);
}

Value Generator::reshape(Value x, const std::vector<Size> &shape) {
  auto wanted = tensorType(elementOf(x), shape);
  if (wanted == x.getType() && wanted.getNumDynamicDims() <= 1)
    return x;
  return tensorOp("nn.reshape", x, elementOf(x), shape, {}, true);
}

Value Generator::cast(Value x, Type element) {
  if (elementOf(x) == element)
    return x;
  return tensorOp("nn.cast", x, element, shapeOf(x));
}

/// Operands must have one shape already.
Value Generator::elementwise(StringRef op, ValueRange operands, Type element) {
  return tensorOp(op, operands, element ? element : elementOf(operands[0]), shapeOf(operands[0]));
}

/// Broadcasts the operand of lower rank, or with axes of size 1, to the other's shape.
Value Generator::elementwise2(StringRef op, Value x, Value y) {
  std::vector<Size> shape = jointShape(x, y);
  return elementwise(op, {broadcast(x, shape), broadcast(y, shape)});
}

/// The shape that both operands expand to.
std::vector<Size> Generator::jointShape(Value x, Value y) {
  std::vector<Size> p = shapeOf(x), q = shapeOf(y);
  if (p.size() < q.size())
    std::swap(p, q);
  unsigned shift = p.size() - q.size();
  for (unsigned i = 0; i < q.size(); ++i) {
    Size &have = p[shift + i];
    bool expands = have.isConstant() && have.constant == 1;
    if (expands || (!have.isConstant() && q[i].isConstant() && q[i].constant != 1))
      have = q[i];
  }
  return p;
}

Value Generator::compare(StringRef predicate, Value x, Value y) {
  std::vector<Size> shape = jointShape(x, y);
  Value left = broadcast(x, shape), right = broadcast(y, shape);
  Value result = nn::CompareOp::create(b, loc, *nn::symbolizeCompareKind(predicate), left, right);
  noteSizes(result, shape);
  return result;
}

Value Generator::einsum(Value x, Value y, const std::string &spec, const std::vector<Size> &shape) {
  if (precision == sema::DType::BF16 && isa<Float32Type>(elementOf(x))) {
    Value low = tensorOp("nn.einsum", {cast(x, b.getBF16Type()), cast(y, b.getBF16Type())},
                         b.getF32Type(), shape, b.getNamedAttr("spec", b.getStringAttr(spec)));
    return low;
  }
  return tensorOp("nn.einsum", {x, y}, elementOf(x), shape,
                  b.getNamedAttr("spec", b.getStringAttr(spec)));
}

/// Contracts the last axis of x with the last but one of y (the only one of a vector); leading axes
/// are equal or absent on one side.
Value Generator::matmul(Value x, Value y) {
  std::vector<Size> p = shapeOf(x), q = shapeOf(y);
  std::string batch;
  size_t lead = std::max(p.size() > 2 ? p.size() - 2 : 0, q.size() > 2 ? q.size() - 2 : 0);
  for (size_t i = 0; i < lead; ++i)
    batch += static_cast<char>('a' + i);
  std::string left = (p.size() > 2 ? batch : "") + (p.size() > 1 ? "m" : "") + "k";
  std::string right = (q.size() > 2 ? batch : "") + "k" + (q.size() > 1 ? "n" : "");
  std::string out = batch + (p.size() > 1 ? "m" : "") + (q.size() > 1 ? "n" : "");
  std::vector<Size> shape;
  const std::vector<Size> &leading = p.size() > 2 ? p : q;
  shape.assign(leading.begin(), leading.begin() + lead);
  if (p.size() > 1)
    shape.push_back(p[p.size() - 2]);
  if (q.size() > 1)
    shape.push_back(q.back());
  // x: [.., M, K] @ y: [K, N] is one product of [..*M, K]: leading axes of x alone are more rows.
  if (p.size() > 2 && q.size() == 2) {
    std::vector<Size> rows(p.begin(), p.end() - 1);
    Value flat = reshape(x, {product(rows), p.back()});
    Value result = einsum(flat, y, "mk,kn->mn", {product(rows), q.back()});
    return reshape(result, shape);
  }
  return einsum(x, y, left + "," + right + "->" + out, shape);
}

Value Generator::reduce(StringRef op, Value x, const std::vector<int64_t> &axes, bool keep) {
  std::vector<Size> shape = shapeOf(x), rest, kept;
  SmallVector<int64_t> sorted;
  for (size_t i = 0; i < shape.size(); ++i) {
    bool reduced = llvm::is_contained(axes, static_cast<int64_t>(i));
    if (reduced)
      sorted.push_back(i);
    else
      rest.push_back(shape[i]);
    kept.push_back(reduced ? Size(1) : shape[i]);
  }
  if (sorted.empty())
    return x;
  Value result =
      tensorOp(op, x, elementOf(x), rest, b.getNamedAttr("axes", b.getDenseI64ArrayAttr(sorted)));
  return keep ? reshape(result, kept) : result;
}

/// x[.., lo:hi, ..] on one axis.
Value Generator::slice(Value x, unsigned axis, const Size &lo, const Size &hi) {
  std::vector<Size> shape = shapeOf(x), starts(shape.size(), 0);
  starts[axis] = lo;
  shape[axis] = arith(sema::BinaryOp::Sub, hi, lo);
  return sliceAt(x, starts, shape);
}

/// Whether a block of this shape fits into x. One that never does belongs to code that never runs,
/// such as a loop over the elements of an empty tensor.
bool Generator::mayHold(Value x, const Sizes &block) {
  auto type = mlir::cast<RankedTensorType>(x.getType());
  for (auto [axis, size] : llvm::enumerate(block))
    if (size.isConstant() && !type.isDynamicDim(axis) && size.constant > type.getDimSize(axis))
      return false;
  return true;
}

/// The box of `shape` at `starts`.
Value Generator::sliceAt(Value x, const std::vector<Size> &starts, const std::vector<Size> &shape) {
  if (!mayHold(x, shape))
    return full(constantTensor(0, elementOf(x)), shape);
  std::vector<Value> operands{x};
  for (const Size &s : starts)
    operands.push_back(materialize(s));
  OperationState state(loc, "nn.dynamic_slice");
  std::vector<Value> sizesHere = dynamicSizes(shape);
  state.addOperands(operands);
  state.addOperands(sizesHere);
  state.addTypes(tensorType(elementOf(x), shape));
  state.addAttribute("operandSegmentSizes",
                     b.getDenseI32ArrayAttr({1, static_cast<int32_t>(starts.size()),
                                             static_cast<int32_t>(sizesHere.size())}));
  Value result = b.create(state)->getResult(0);
  noteSizes(result, shape);
  return result;
}

} // namespace nnc::irgen
