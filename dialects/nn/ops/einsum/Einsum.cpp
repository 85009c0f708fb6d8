#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/Expr.h"

using namespace mlir;
using namespace nn;

void EinsumOp::build(OpBuilder &builder, OperationState &state, StringRef spec, Value lhs,
                     Value rhs, Type elementType) {
  auto a = cast<RankedTensorType>(lhs.getType()), b = cast<RankedTensorType>(rhs.getType());
  auto [operands, result] = spec.split("->");
  auto [left, right] = operands.split(',');
  SmallVector<int64_t> shape;
  for (char letter : result) {
    size_t place = left.find(letter);
    shape.push_back(place != StringRef::npos ? a.getDimSize(place)
                                             : b.getDimSize(right.find(letter)));
  }
  auto type = RankedTensorType::get(shape, elementType ? elementType : a.getElementType());
  build(builder, state, type, builder.getStringAttr(spec), lhs, rhs);
}

static bool hasRepeats(StringRef letters) {
  for (size_t i = 0; i < letters.size(); ++i)
    if (letters.find(letters[i], i + 1) != StringRef::npos)
      return true;
  return false;
}

LogicalResult EinsumOp::verify() {
  StringRef left = lhsLetters(), right = rhsLetters(), out = resultLetters();
  auto a = getLhs().getType(), b = getRhs().getType(), c = getType();
  auto fits = [](StringRef letters, RankedTensorType type) {
    return static_cast<int64_t>(letters.size()) == type.getRank() && !hasRepeats(letters) &&
           llvm::all_of(letters, [](char letter) { return llvm::isAlpha(letter); });
  };
  if (getSpec().count("->") != 1 || getSpec().count(",") != 1 || !fits(left, a) ||
      !fits(right, b) || !fits(out, c))
    return emitOpError() << "spec \"" << getSpec() << "\" does not name the axes of " << a << ", "
                         << b << " and " << c << " by distinct letters";
  for (auto [place, letter] : llvm::enumerate(left)) {
    size_t other = right.find(letter);
    if (other != StringRef::npos && a.getDimSize(place) != b.getDimSize(other))
      return emitOpError() << "letter " << Twine(letter) << " is " << a.getDimSize(place)
                           << " in lhs and " << b.getDimSize(other) << " in rhs";
  }
  for (auto [place, letter] : llvm::enumerate(out)) {
    size_t inLeft = left.find(letter), inRight = right.find(letter);
    if (inLeft == StringRef::npos && inRight == StringRef::npos)
      return emitOpError() << "letter " << Twine(letter) << " of the result is in no operand";
    int64_t size = inLeft != StringRef::npos ? a.getDimSize(inLeft) : b.getDimSize(inRight);
    if (size != c.getDimSize(place))
      return emitOpError() << "letter " << Twine(letter) << " is " << size
                           << " in the operands and " << c.getDimSize(place) << " in the result";
  }
  Type element = a.getElementType();
  bool isNarrow = element.isF16() || element.isBF16();
  if (b.getElementType() != element ||
      (c.getElementType() != element && !(isNarrow && c.getElementType().isF32())))
    return emitOpError() << "makes " << c.getElementType() << " of " << element << " and "
                         << b.getElementType();
  return success();
}

// A transposed matrix is the matrix with its letters swapped. Not for higher ranks: there a
// transpose may be what makes the einsum a batch of matrix products.
LogicalResult EinsumOp::canonicalize(EinsumOp op, PatternRewriter &rewriter) {
  std::string letters[] = {op.lhsLetters().str(), op.rhsLetters().str()};
  Value operands[] = {op.getLhs(), op.getRhs()};
  bool changed = false;
  for (unsigned place : {0, 1}) {
    auto transposed = operands[place].getDefiningOp<TransposeOp>();
    // Not one before the loop that the product is in: it is there to be computed once.
    if (!transposed || letters[place].size() != 2 || transposed->getBlock() != op->getBlock())
      continue;
    std::swap(letters[place][0], letters[place][1]);
    operands[place] = transposed.getX();
    changed = true;
  }
  if (!changed)
    return failure();
  std::string spec = letters[0] + "," + letters[1] + "->" + op.resultLetters().str();
  rewriter.replaceOpWithNewOp<EinsumOp>(op, spec, operands[0], operands[1],
                                        op.getType().getElementType());
  return success();
}

LogicalResult TransposeOp::canonicalize(TransposeOp op, PatternRewriter &rewriter) {
  auto einsum = op.getX().getDefiningOp<EinsumOp>();
  if (!einsum || !einsum->hasOneUse() || op.getType().getRank() != 2)
    return failure();
  std::string spec = einsum.getSpec().str();
  std::swap(spec[spec.size() - 2], spec[spec.size() - 1]);
  rewriter.replaceOpWithNewOp<EinsumOp>(op, spec, einsum.getLhs(), einsum.getRhs(),
                                        op.getType().getElementType());
  return success();
}

Value EinsumOp::resultDim(OpBuilder &builder, unsigned, int64_t axis) {
  char letter = resultLetters()[axis];
  size_t place = lhsLetters().find(letter);
  if (place != StringRef::npos)
    return dimOf(builder, getLoc(), getLhs(), place);
  return dimOf(builder, getLoc(), getRhs(), rhsLetters().find(letter));
}

Ex nn::einsumAdjoint(Ex d, EinsumOp op, unsigned place) {
  ImplicitLocOpBuilder &b = *d.builder;
  StringRef mine = place == 0 ? op.lhsLetters() : op.rhsLetters();
  StringRef others = place == 0 ? op.rhsLetters() : op.lhsLetters();
  StringRef result = op.resultLetters();
  Ex x(b, op->getOperand(place)), other(b, op->getOperand(1 - place));
  d = castLike(d, x); // an f32 result has narrow operands
  // Adjoints of narrow operands are left in the f32 they are summed in.
  Type element = x.elementType();
  bool isNarrow = element.isF16() || element.isBF16();
  Type sumType = isNarrow ? b.getF32Type() : element;
  // A letter that only this operand has was summed alone: its adjoint repeats along it.
  std::string letters;
  SmallVector<int64_t> lone;
  for (auto [axis, letter] : llvm::enumerate(mine)) {
    if (result.contains(letter) || others.contains(letter))
      letters += letter;
    else
      lone.push_back(axis);
  }
  // Operands keep their sides, so that products of matrices stay products of matrices.
  std::string spec = place == 0 ? (result + "," + others + "->" + letters).str()
                                : (others + "," + result + "->" + letters).str();
  Ex inner(b, place == 0 ? EinsumOp::create(b, spec, d.value, other.value, sumType)
                         : EinsumOp::create(b, spec, other.value, d.value, sumType));
  return lone.empty() ? inner : spread(inner, x, lone);
}

// An operand with the axes of the result that it lacks.
static Ex spreadBy(Ex x, StringRef letters, StringRef result, ArrayRef<int64_t> shape,
                   ValueRange dims) {
  ImplicitLocOpBuilder &b = *x.builder;
  SmallVector<int64_t> perm, map;
  for (auto [axis, letter] : llvm::enumerate(result)) {
    size_t place = letters.find(letter);
    if (place == StringRef::npos)
      continue;
    perm.push_back(int64_t(place));
    map.push_back(int64_t(axis));
  }
  return Ex(b, BroadcastOp::create(b, x.type().clone(shape), transpose(x, perm).value, dims, map));
}

// A batch is one more letter, in front. Products without a sum, such as the gradient of a matrix
// for each row, are those of elements: they need no kernel of their own.
LogicalResult EinsumOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  std::string letters[] = {lhsLetters().str(), rhsLetters().str()}, result = resultLetters().str();
  char letter = 'a';
  while (getSpec().contains(letter))
    letter = letter == 'z' ? 'A' : char(letter + 1);
  Value operands[2];
  for (unsigned place : {0, 1}) {
    Value operand = getOperand(place);
    operands[place] = batch.isBatched(operand) ? batch.of(operand) : batch.plain(operand);
    if (batch.isBatched(operand))
      letters[place].insert(letters[place].begin(), letter);
  }
  result.insert(result.begin(), letter);
  std::string spec = letters[0] + "," + letters[1] + "->" + result;
  bool sums = llvm::any_of(letters[0] + letters[1],
                           [&](char used) { return result.find(used) == std::string::npos; });
  if (!sums && !batch.isDerived) {
    Ex a(b, operands[0]), c(b, operands[1]);
    RankedTensorType type = batch.typeOf(getType());
    SmallVector<Value> rowDims;
    for (int64_t axis = 0; axis < getType().getRank(); ++axis)
      if (getType().isDynamicDim(axis)) {
        bool isLeft = letters[0].find(result[axis + 1]) != std::string::npos;
        rowDims.push_back(dimOf(b, b.getLoc(), operands[isLeft ? 0 : 1],
                                letters[isLeft ? 0 : 1].find(result[axis + 1])));
      }
    SmallVector<Value> dims = batch.dims(rowDims);
    a = spreadBy(castTo(a, type.getElementType()), letters[0], result, type.getShape(), dims);
    c = spreadBy(castTo(c, type.getElementType()), letters[1], result, type.getShape(), dims);
    batch.set(getResult(), (a * c).value);
    return success();
  }
  batch.set(getResult(),
            EinsumOp::create(b, spec, operands[0], operands[1], getType().getElementType()));
  return success();
}
