// host ops -> LLVM: handles and tensors are pointers, every op is a call of the runtime.
//
// Before a call that can fail, the op's position is stored in the context, where the runtime finds
// it for its message.
#include "compiler/lowering/DTypeCode.h"
#include "compiler/lowering/host/Passes.h"
#include "compiler/lowering/host/Tables.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/DialectConversion.h"

using namespace mlir;

namespace nnc {
namespace {

using LLVM::LLVMPointerType;

/// Makes LLVM ops for one host op.
struct Emit {
  ConversionPatternRewriter &b;
  Operation *op;
  Location loc;
  LLVMPointerType ptr;
  Emit(ConversionPatternRewriter &b, Operation *op)
      : b(b), op(op), loc(op->getLoc()), ptr(LLVMPointerType::get(b.getContext())) {}

  Value context() { return op->getParentOfType<FunctionOpInterface>().getArgument(0); }
  ModuleOp module() { return op->getParentOfType<ModuleOp>(); }
  Value i32(int64_t v) { return LLVM::ConstantOp::create(b, loc, b.getI32Type(), v); }
  Value i64(int64_t v) { return LLVM::ConstantOp::create(b, loc, b.getI64Type(), v); }
  Value address(StringRef symbol) { return LLVM::AddressOfOp::create(b, loc, ptr, symbol); }

  /// Call of a runtime function; an i1 passes as i32.
  Value call(StringRef name, ArrayRef<Value> args, Type result) {
    SmallVector<Value> passed;
    for (Value arg : args)
      passed.push_back(arg.getType().isInteger(1)
                           ? Value(LLVM::ZExtOp::create(b, loc, b.getI32Type(), arg))
                           : arg);
    bool flag = result && result.isInteger(1);
    Type type = !result ? Type(LLVM::LLVMVoidType::get(b.getContext()))
                : flag  ? Type(b.getI32Type())
                        : result;
    SmallVector<Type> types;
    for (Value v : passed)
      types.push_back(v.getType());
    auto function = declare(name, LLVM::LLVMFunctionType::get(type, types));
    auto made = LLVM::CallOp::create(b, loc, function, passed);
    if (!result)
      return {};
    if (!flag)
      return made.getResult();
    return LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, made.getResult(), i32(0));
  }

  LLVM::LLVMFuncOp declare(StringRef name, LLVM::LLVMFunctionType type) {
    if (auto known = module().lookupSymbol<LLVM::LLVMFuncOp>(name))
      return known;
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module().getBody());
    return LLVM::LLVMFuncOp::create(b, module().getLoc(), name, type);
  }

  /// Stores where the program is.
  void position() {
    auto where = loc->findInstanceOf<FileLineColLoc>();
    if (!where)
      return;
    Value ctx = context();
    Value file = address(Tables(module()).string(where.getFilename()));
    LLVM::StoreOp::create(b, loc, file, ctx);
    auto field = [&](int64_t offset, int64_t value) {
      Value at = LLVM::GEPOp::create(b, loc, ptr, b.getI8Type(), ctx,
                                     ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
      LLVM::StoreOp::create(b, loc, i32(value), at);
    };
    field(8, where.getLine());
    field(12, where.getColumn());
  }
  /// An array on the stack, made once at the function's start.
  Value stack(Type element, size_t count) {
    OpBuilder::InsertionGuard guard(b);
    Block &entry = op->getParentOfType<FunctionOpInterface>().getFunctionBody().front();
    b.setInsertionPointToStart(&entry);
    Value n = LLVM::ConstantOp::create(b, loc, b.getI64Type(), std::max<size_t>(count, 1));
    return LLVM::AllocaOp::create(b, loc, ptr, element, n, 8);
  }
  Value array(Type element, ArrayRef<Value> values) {
    Value memory = stack(element, values.size());
    for (auto [i, v] : llvm::enumerate(values))
      LLVM::StoreOp::create(b, loc, v, slot(element, memory, i));
    return memory;
  }
  Value slot(Type element, Value memory, size_t i) {
    return LLVM::GEPOp::create(b, loc, ptr, element, memory,
                               ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
  }
  SmallVector<Value> loads(Value memory, size_t count) {
    SmallVector<Value> out;
    for (size_t i = 0; i < count; ++i)
      out.push_back(LLVM::LoadOp::create(b, loc, ptr, slot(ptr, memory, i)));
    return out;
  }
};

struct LowerCall : OpConversionPattern<host::CallOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::CallOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    SmallVector<Value> args;
    if (!op.getNoContext()) {
      e.position();
      args.push_back(e.context());
    }
    llvm::append_range(args, in.getArgs());
    Type result =
        op.getNumResults() ? getTypeConverter()->convertType(op.getResult(0).getType()) : Type();
    Value value = e.call(op.getCallee(), args, result);
    if (value)
      b.replaceOp(op, value);
    else
      b.eraseOp(op);
    return success();
  }
};

struct LowerLaunch : OpConversionPattern<host::LaunchOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::LaunchOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    e.position();
    Value dims = e.array(b.getI64Type(), SmallVector<Value>(in.getDims()));
    Value args = e.array(e.ptr, SmallVector<Value>(in.getArgs()));
    Value results = e.stack(e.ptr, op.getNumResults());
    e.call("nnrt_launch",
           {e.context(), e.address((op.getGraph() + ".graph").str()), dims, args, results}, {});
    b.replaceOp(op, e.loads(results, op.getNumResults()));
    return success();
  }
};

struct LowerShaped : OpConversionPattern<host::ShapedOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::ShapedOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    b.replaceOp(op, in.getValue());
    return success();
  }
};

struct LowerDim : OpConversionPattern<host::DimOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::DimOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    b.replaceOp(op,
                e.call("nnrt_tensor_dim", {in.getValue(), e.i32(op.getAxis())}, b.getI64Type()));
    return success();
  }
};

struct LowerItem : OpConversionPattern<host::ItemOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::ItemOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    Type type = getTypeConverter()->convertType(op.getType());
    StringRef name = type.isInteger(1)      ? "nnrt_tensor_item_bool"
                     : isa<FloatType>(type) ? "nnrt_tensor_item_f64"
                                            : "nnrt_tensor_item_i64";
    b.replaceOp(op, e.call(name, {e.context(), in.getValue()}, type));
    return success();
  }
};

struct LowerScalar : OpConversionPattern<host::ScalarOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::ScalarOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    Value value = in.getValue(),
          dtype = e.i32(dtypeCode(cast<RankedTensorType>(op.getType()).getElementType()));
    if (value.getType().isInteger(1))
      value = LLVM::ZExtOp::create(b, op.getLoc(), b.getI64Type(), value);
    StringRef name =
        isa<FloatType>(value.getType()) ? "nnrt_tensor_scalar_f64" : "nnrt_tensor_scalar_i64";
    b.replaceOp(op, e.call(name, {e.context(), dtype, value}, e.ptr));
    return success();
  }
};

struct LowerText : OpConversionPattern<host::TextOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::TextOp op, OpAdaptor,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    b.replaceOp(op, e.address(Tables(e.module()).string(op.getValue())));
    return success();
  }
};

struct LowerTree : OpConversionPattern<host::TreeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::TreeOp op, OpAdaptor,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    b.replaceOp(op, e.address(Tables(e.module()).tree(op.getNames(), op.getTypes())));
    return success();
  }
};

struct LowerSizes : OpConversionPattern<host::SizesOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::SizesOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    b.replaceOp(op, e.array(b.getI64Type(), SmallVector<Value>(in.getSizes())));
    return success();
  }
};

struct LowerNull : OpConversionPattern<host::NullOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::NullOp op, OpAdaptor,
                                ConversionPatternRewriter &b) const override {
    b.replaceOpWithNewOp<LLVM::ZeroOp>(op, LLVMPointerType::get(b.getContext()));
    return success();
  }
};

struct LowerIsNull : OpConversionPattern<host::IsNullOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::IsNullOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Value null = LLVM::ZeroOp::create(b, op.getLoc(), LLVMPointerType::get(b.getContext()));
    b.replaceOpWithNewOp<LLVM::ICmpOp>(op, LLVM::ICmpPredicate::eq, in.getValue(), null);
    return success();
  }
};

struct LowerParse : OpConversionPattern<host::ParseOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::ParseOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    Type type = getTypeConverter()->convertType(op.getNumber().getType());
    bool isFloat = isa<FloatType>(type);
    Value memory = e.stack(type, 1);
    Value zero = isFloat
                     ? Value(LLVM::ConstantOp::create(b, op.getLoc(), type, b.getF64FloatAttr(0)))
                     : e.i64(0);
    LLVM::StoreOp::create(b, op.getLoc(), zero, memory);
    Value ok = e.call(isFloat ? "nnrt_str_parse_f64" : "nnrt_str_parse_i64", {in.getText(), memory},
                      b.getI1Type());
    Value number = LLVM::LoadOp::create(b, op.getLoc(), type, memory);
    b.replaceOp(op, {ok, number});
    return success();
  }
};

/// The function is called through one with the signature that nnrt_try takes: it reads the
/// arguments from `env` and writes the results behind them, eight bytes each.
struct LowerTry : OpConversionPattern<host::TryOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::TryOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    Location loc = op.getLoc();
    SmallVector<Type> arguments, results;
    for (Value v : in.getArgs())
      arguments.push_back(v.getType());
    for (Type type : llvm::drop_begin(op.getResultTypes()))
      results.push_back(getTypeConverter()->convertType(type));
    Value env = e.stack(b.getI64Type(), arguments.size() + results.size());
    for (auto [i, v] : llvm::enumerate(in.getArgs()))
      LLVM::StoreOp::create(b, loc, v, e.slot(b.getI64Type(), env, i));
    for (size_t i = 0; i < results.size(); ++i)
      LLVM::StoreOp::create(b, loc, e.i64(0), e.slot(b.getI64Type(), env, arguments.size() + i));
    std::string name = makeBody(e, op.getCallee(), arguments, results);
    SmallVector<Value> values{e.call("nnrt_try", {e.context(), e.address(name), env}, e.ptr)};
    for (auto [i, type] : llvm::enumerate(results))
      values.push_back(
          LLVM::LoadOp::create(b, loc, type, e.slot(b.getI64Type(), env, arguments.size() + i)));
    b.replaceOp(op, values);
    return success();
  }

  std::string makeBody(Emit &e, StringRef callee, ArrayRef<Type> arguments,
                       ArrayRef<Type> results) const {
    std::string name = (callee + ".body").str();
    OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToEnd(e.module().getBody());
    auto none = LLVM::LLVMVoidType::get(e.b.getContext());
    auto body = LLVM::LLVMFuncOp::create(e.b, e.loc, name,
                                         LLVM::LLVMFunctionType::get(none, {e.ptr, e.ptr}),
                                         LLVM::Linkage::Internal);
    Block *entry = body.addEntryBlock(e.b);
    e.b.setInsertionPointToEnd(entry);
    Value env = entry->getArgument(1);
    SmallVector<Value> values{entry->getArgument(0)};
    for (auto [i, type] : llvm::enumerate(arguments))
      values.push_back(LLVM::LoadOp::create(e.b, e.loc, type, e.slot(e.b.getI64Type(), env, i)));
    Type result = none;
    if (results.size() == 1)
      result = results[0];
    else if (results.size() > 1)
      result = LLVM::LLVMStructType::getLiteral(e.b.getContext(), results);
    SmallVector<Type> types;
    if (results.size())
      types.push_back(result);
    auto call = LLVM::CallOp::create(e.b, e.loc, types, callee, values);
    for (size_t i = 0; i < results.size(); ++i) {
      Value v =
          results.size() == 1
              ? call.getResult()
              : Value(LLVM::ExtractValueOp::create(e.b, e.loc, call.getResult(),
                                                   ArrayRef<int64_t>{static_cast<int64_t>(i)}));
      LLVM::StoreOp::create(e.b, e.loc, v, e.slot(e.b.getI64Type(), env, arguments.size() + i));
    }
    LLVM::ReturnOp::create(e.b, e.loc, ValueRange{});
    return name;
  }
};

template <class Op> struct LowerCount : OpConversionPattern<Op> {
  StringRef callee;
  LowerCount(TypeConverter &types, MLIRContext *context, StringRef callee)
      : OpConversionPattern<Op>(types, context), callee(callee) {}
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor in,
                                ConversionPatternRewriter &b) const override {
    Emit(b, op).call(callee, {in.getValue()}, {});
    b.eraseOp(op);
    return success();
  }
};

struct LowerIterNext : OpConversionPattern<host::IterNextOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::IterNextOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    e.position();
    size_t count = op.getMembers().size();
    Value null = LLVM::ZeroOp::create(b, op.getLoc(), e.ptr);
    Value members = e.array(e.ptr, SmallVector<Value>(count, null));
    SmallVector<Value> results{
        e.call("nnrt_iter_next", {e.context(), in.getIter(), members}, b.getI1Type())};
    llvm::append_range(results, e.loads(members, count));
    b.replaceOp(op, results);
    return success();
  }
};

struct LowerTurn : OpConversionPattern<host::TurnOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::TurnOp op, OpAdaptor,
                                ConversionPatternRewriter &b) const override {
    b.eraseOp(op);
    return success();
  }
};

struct LowerDatasetMap : OpConversionPattern<host::DatasetMapOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(host::DatasetMapOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    e.position();
    Value dims = e.array(b.getI64Type(), SmallVector<Value>(in.getDims()));
    Value captures = e.array(e.ptr, SmallVector<Value>(in.getCaptures()));
    StringRef name = op.getAugment() ? "nnrt_dataset_augment" : "nnrt_dataset_map";
    b.replaceOp(op,
                e.call(name,
                       {e.context(), in.getDataset(), e.address((op.getGraph() + ".graph").str()),
                        dims, captures, e.i32(in.getCaptures().size())},
                       e.ptr));
    return success();
  }
};

/// A constant tensor that the host uses itself.
struct LowerConstant : OpConversionPattern<nn::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::ConstantOp op, OpAdaptor,
                                ConversionPatternRewriter &b) const override {
    Emit e(b, op);
    auto type = cast<RankedTensorType>(op.getType());
    Tables tables(e.module());
    auto value = cast<DenseElementsAttr>(op.getValue());
    bool splat = value.isSplat(); // one element in the program, however large the tensor
    Value data = e.address(tables.elements(
        splat ? value.resizeSplat(RankedTensorType::get({}, type.getElementType())) : value));
    Value shape = e.address(tables.integers(type.getShape()));
    b.replaceOp(op, e.call(splat ? "nnrt_tensor_full" : "nnrt_tensor_from_data",
                           {e.context(), e.i32(dtypeCode(type.getElementType())),
                            e.i32(type.getRank()), shape, data},
                           e.ptr));
    return success();
  }
};

struct HostToLLVM : PassWrapper<HostToLLVM, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(HostToLLVM)
  StringRef getArgument() const final { return "host-to-llvm"; }
  StringRef getDescription() const final {
    return "host functions become LLVM functions that call the runtime";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect, cf::ControlFlowDialect>();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    MLIRContext *context = &getContext();
    OpPassManager flatten("func.func");
    flatten.addPass(createSCFToControlFlowPass());
    flatten.addPass(arith::createArithExpandOpsPass()); // divisions that round down
    // The context becomes every host function's first argument.
    for (auto func : module.getOps<func::FuncOp>()) {
      if (func->hasAttr("nn.graph") || func.isExternal())
        continue;
      if (failed(runPipeline(flatten, func)) ||
          failed(func.insertArgument(0, host::PtrType::get(context), {}, func.getLoc())))
        return signalPassFailure();
    }
    module.walk([](func::CallOp call) {
      call->insertOperands(0, call->getParentOfType<func::FuncOp>().getArgument(0));
    });
    LLVMTypeConverter types(context);
    auto pointer = LLVMPointerType::get(context);
    types.addConversion([=](RankedTensorType) { return Type(pointer); });
    types.addConversion([=](host::HandleType) { return Type(pointer); });
    types.addConversion([=](host::PtrType) { return Type(pointer); });
    RewritePatternSet patterns(context);
    patterns.add<LowerCall, LowerLaunch, LowerShaped, LowerDim, LowerItem, LowerScalar, LowerText,
                 LowerTree, LowerSizes, LowerNull, LowerIterNext, LowerIsNull, LowerParse, LowerTry,
                 LowerDatasetMap, LowerTurn, LowerConstant>(types, context);
    patterns.add<LowerCount<host::RetainOp>>(types, context, "nnrt_retain");
    patterns.add<LowerCount<host::ReleaseOp>>(types, context, "nnrt_release");
    arith::populateArithToLLVMConversionPatterns(types, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(types, patterns);
    populateFuncToLLVMConversionPatterns(types, patterns);
    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp, memref::GlobalOp,
                      LLVM::LLVMFuncOp>(); // globals are constants of graphs
    // Graphs are functions already; their loops are lowered later.
    llvm::DenseSet<Operation *> graphs;
    for (auto graph : module.getOps<LLVM::LLVMFuncOp>())
      graphs.insert(graph);
    target.markOpRecursivelyLegal<LLVM::LLVMFuncOp>(
        [&](LLVM::LLVMFuncOp func) { return graphs.contains(func); });
    if (failed(applyFullConversion(module, target, std::move(patterns))))
      return signalPassFailure();
    addEntry(module);
  }
};

} // namespace

std::unique_ptr<Pass> createHostToLLVMPass() { return std::make_unique<HostToLLVM>(); }

} // namespace nnc
