#include "compiler/lowering/linalg/ToLinalg.h"

using namespace mlir;
using namespace nn;

// Moves a region's block to the end of `to`; returns what it yielded, in signless types.
static SmallVector<Value> inlineRegion(ConversionPatternRewriter &rewriter, Region &from, Block *to,
                                       ValueRange arguments) {
  Block *block = &from.front();
  Operation *yield = block->getTerminator();
  SmallVector<Value> values(yield->getOperands());
  rewriter.inlineBlockBefore(block, to, to->end(), arguments);
  rewriter.setInsertionPointToEnd(to);
  for (Value &value : values)
    if (Type type = signless(value.getType()); type != value.getType())
      value =
          UnrealizedConversionCastOp::create(rewriter, yield->getLoc(), type, value).getResult(0);
  rewriter.eraseOp(yield);
  return values;
}

namespace {
template <typename Op> struct LowerIdentity : ToLinalg<Op> {
  using ToLinalg<Op>::ToLinalg;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getOperands());
    return success();
  }
};

// Rows are read by extract_slice and stacked by insert_slice into a carried tensor, in place after
// bufferization.
struct LowerFor : ToLinalg<ForOp> {
  using ToLinalg::ToLinalg;

  // The slice of row `at` of a stacked tensor.
  struct Row {
    SmallVector<OpFoldResult> offsets, sizes, strides;
    Row(OpBuilder &builder, Location loc, Value stacked, Value at) {
      sizes = sizesOf(builder, loc, stacked);
      offsets.assign(sizes.size(), builder.getIndexAttr(0));
      strides.assign(sizes.size(), builder.getIndexAttr(1));
      sizes[0] = builder.getIndexAttr(1);
      offsets[0] = at;
    }
  };

  LogicalResult matchAndRewrite(ForOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    if (failed(rewriter.convertRegionTypes(&op.getBody(), *getTypeConverter())))
      return failure();
    SmallVector<Value> inits(adaptor.getInits());
    ResultRange stacked = op.getResults().drop_front(op.carryCount());
    for (Value result : stacked)
      inits.push_back(emptyLike(rewriter, result));
    Value one = indexConstant(rewriter, loc, 1);
    auto loop =
        scf::ForOp::create(rewriter, loc, adaptor.getLower(), adaptor.getUpper(), one, inits);
    Block *block = loop.getBody();
    if (Operation *terminator = block->empty() ? nullptr : &block->back())
      rewriter.eraseOp(terminator);
    rewriter.setInsertionPointToEnd(block);
    Value index = loop.getInductionVar();
    if (op.getReverse()) { // lower + upper - 1 - index
      Value ends = addIndex(rewriter, loc, adaptor.getLower(), adaptor.getUpper());
      index = subIndex(rewriter, loc, subIndex(rewriter, loc, ends, one), index);
    }
    Value at = subIndex(rewriter, loc, index, adaptor.getLower());
    SmallVector<Value> arguments = {index};
    llvm::append_range(arguments, loop.getRegionIterArgs().take_front(op.carryCount()));
    for (auto [x, original] : llvm::zip_equal(adaptor.getXs(), op.getXs())) {
      Row row(rewriter, loc, original, at);
      arguments.push_back(tensor::ExtractSliceOp::create(
          rewriter, loc, cast<RankedTensorType>(signless(rowType(x.getType()))), x, row.offsets,
          row.sizes, row.strides));
    }
    SmallVector<Value> yields = inlineRegion(rewriter, op.getBody(), block, arguments);
    rewriter.setInsertionPointToEnd(block);
    for (auto [k, result] : llvm::enumerate(stacked)) {
      Row row(rewriter, loc, result, at);
      Value &value = yields[op.carryCount() + k];
      Value sum = loop.getRegionIterArgs()[op.carryCount() + k];
      value = tensor::InsertSliceOp::create(rewriter, loc, value, sum, row.offsets, row.sizes,
                                            row.strides);
    }
    scf::YieldOp::create(rewriter, loc, yields);
    rewriter.replaceOp(op, loop.getResults());
    return success();
  }
};

struct LowerIf : ToLinalg<IfOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(IfOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<Type> types;
    for (Type type : op->getResultTypes())
      types.push_back(signless(type));
    Value condition =
        tensor::ExtractOp::create(rewriter, loc, adaptor.getCondition(), ValueRange());
    auto lowered = scf::IfOp::create(rewriter, loc, types, condition, /*withElse=*/true);
    for (auto [from, to] : {std::pair(&op.getThenRegion(), lowered.thenBlock()),
                            std::pair(&op.getElseRegion(), lowered.elseBlock())}) {
      if (!to->empty())
        rewriter.eraseOp(&to->back());
      SmallVector<Value> yields = inlineRegion(rewriter, *from, to, {});
      rewriter.setInsertionPointToEnd(to);
      scf::YieldOp::create(rewriter, loc, yields);
    }
    rewriter.replaceOp(op, lowered.getResults());
    return success();
  }
};

struct LowerWhile : ToLinalg<WhileOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(WhileOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<Type> types;
    for (Value init : adaptor.getInits())
      types.push_back(init.getType());
    for (Region *region : {&op.getCondition(), &op.getBody()})
      if (failed(rewriter.convertRegionTypes(region, *getTypeConverter())))
        return failure();
    auto lowered = scf::WhileOp::create(rewriter, loc, types, adaptor.getInits());
    SmallVector<Location> locs(types.size(), loc);
    Block *before = rewriter.createBlock(&lowered.getBefore(), {}, types, locs);
    SmallVector<Value> truth =
        inlineRegion(rewriter, op.getCondition(), before, before->getArguments());
    rewriter.setInsertionPointToEnd(before);
    Value condition = tensor::ExtractOp::create(rewriter, loc, truth.front(), ValueRange());
    scf::ConditionOp::create(rewriter, loc, condition, before->getArguments());
    Block *after = rewriter.createBlock(&lowered.getAfter(), {}, types, locs);
    SmallVector<Value> yields = inlineRegion(rewriter, op.getBody(), after, after->getArguments());
    rewriter.setInsertionPointToEnd(after);
    scf::YieldOp::create(rewriter, loc, yields);
    rewriter.replaceOp(op, lowered.getResults());
    return success();
  }
};

struct LowerCheckpoint : ToLinalg<CheckpointOp> {
  using ToLinalg::ToLinalg;
  LogicalResult matchAndRewrite(CheckpointOp op, Adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Block *body = &op.getBody().front();
    Operation *yield = body->getTerminator();
    SmallVector<Value> values(yield->getOperands());
    rewriter.inlineBlockBefore(body, op);
    rewriter.eraseOp(yield);
    rewriter.replaceOp(op, values);
    return success();
  }
};
} // namespace

void nn::populateControlToLinalg(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerIdentity<StopGradientOp>, LowerIdentity<BarrierOp>, LowerFor, LowerIf,
               LowerWhile, LowerCheckpoint>(types, patterns.getContext());
}
