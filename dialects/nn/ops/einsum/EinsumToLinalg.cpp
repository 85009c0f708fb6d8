#include "compiler/lowering/linalg/ToLinalg.h"

using namespace mlir;
using namespace nn;

namespace {
// One loop per letter: the result's first, then the summed ones in the order of the operands.
struct LowerEinsum : ToLinalg<EinsumOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(EinsumOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    std::string letters = op.resultLetters().str();
    for (char letter : (op.lhsLetters() + op.rhsLetters()).str())
      if (letters.find(letter) == std::string::npos)
        letters += letter;
    auto mapOf = [&](StringRef axes) {
      SmallVector<int64_t> loops;
      for (char letter : axes)
        loops.push_back(letters.find(letter));
      return axesMap(getContext(), letters.size(), loops);
    };
    AffineMap maps[] = {mapOf(op.lhsLetters()), mapOf(op.rhsLetters()), mapOf(op.resultLetters())};
    Type element = signless(op.getType()).getElementType(), compute = computeType(element);
    auto wide = [&](OpBuilder &inside, Location at, Value value) -> Element {
      Element operand{&inside, at, value, false};
      return isa<FloatType>(compute) ? convert(operand, compute) : operand;
    };
    Value out = filledLike(rewriter, op, compute, 0.0);
    Value operands[] = {adaptor.getLhs(), adaptor.getRhs()};
    Value product = generic(
        rewriter, loc, operands, out, maps, letters.size(),
        [&](OpBuilder &inside, Location at, ValueRange elements) {
          Element sum{&inside, at, elements[2], false};
          return (sum + wide(inside, at, elements[0]) * wide(inside, at, elements[1])).value;
        });
    if (compute != element) {
      unsigned rank = op.getType().getRank();
      AffineMap same = rewriter.getMultiDimIdentityMap(rank);
      product = generic(rewriter, loc, product, emptyLike(rewriter, op), {same, same}, rank,
                        [&](OpBuilder &inside, Location at, ValueRange elements) {
                          return convertFloat(inside, at, elements[0], element);
                        });
    }
    rewriter.replaceOp(op, product);
    return success();
  }
};
} // namespace

void nn::populateEinsumToLinalg(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerEinsum>(types, patterns.getContext());
}
