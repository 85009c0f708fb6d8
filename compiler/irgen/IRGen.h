// Typed tree -> one module of host + nn ops.
//
// The program becomes `func @program`. Calls are expanded; loops and branches stay. Inside `grad` and in
// data-set closures only nn ops are made; elsewhere loops and branches with effects are scf, and the pass
// outline-graphs cuts the pure regions out.
#pragma once
#include "compiler/irgen/Generate.h"
#include "compiler/irgen/Value.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"
#include <functional>

namespace nnc::irgen {

using mlir::StringRef;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;
using Values = std::vector<Value>;
using Sizes = std::vector<Size>;

/// Something that cannot be compiled; becomes a diagnostic.
struct Unsupported {
  Loc loc;
  std::string message;
};

/// A leaf of a model's params or state: where it is and what it holds.
struct Leaf {
  std::string path; // `blocks.{}.w`: `{}` for an array's index
  sema::DType dtype;
  Sizes shape;
};

/// A variable from outside that a loop or branch changes.
struct Slot {
  const sema::Var *var;
  Val *value;
};

/// A print or record inside `grad`: the values it shows leave the region, then it happens.
struct Effect {
  Values values;
  std::function<void(Values)> emit;
};

class Generator {
public:
  Generator(const sema::Program &program, const SourceManager &sources, mlir::ModuleOp module,
            const Options &options);
  void run();

private:
  using ValFn = std::function<Val()>;
  using LoopBody = std::function<Values(Size, llvm::ArrayRef<Value>, llvm::ArrayRef<Value>)>;
  using Role = sema::FieldInfo::Role;
  using PrimFn = Val (Generator::*)(const sema::Prim &);

  // ---- IRGen.cpp: frames, variables, positions
  Val &lookup(const sema::Var *var);
  void define(const sema::Var *var, Val value);
  void bindFreshDims(const sema::Type *type, const Val &value);
  void bindPattern(const sema::Pattern &pattern, Val value);
  mlir::Location at(Loc loc);
  [[noreturn]] void unsupported(Loc loc, std::string message);

  // ---- Program.cpp
  void declareArgs();
  void checkFact(const sema::DimFact &fact);
  void execExpect(const sema::ExpectStmt &stmt);
  Val checkedIntOp(sema::BinaryOp op, const Size &lhs, const Size &rhs);
  bool isPure(const sema::Expr &expr);
  static bool isEffect(const std::string &prim);

  // ---- Sizes.cpp: dims, shapes, types
  Size sizeOf(const sema::Dim &dim);
  Size sizeOf(const sema::Dim &dim, const DimScope &scope);
  Sizes shapeOf(const sema::Shape &shape);
  Sizes shapeOf(const sema::Shape &shape, const DimScope &scope);
  Sizes shapeOf(Value tensor);
  DimScope scopeOf(const sema::DimBindings &binds);
  DimScope scopeOf(const sema::DimBindings &binds, const DimScope &outer);
  Value materialize(const Size &size);
  Size arith(sema::BinaryOp op, const Size &x, const Size &y);
  Type elementType(sema::DType dtype);
  mlir::RankedTensorType tensorType(Type element, const Sizes &shape);
  Values dynamicSizes(const Sizes &shape);
  void noteSizes(Value tensor, const Sizes &shape) { sizes[tensor] = shape; }
  Size product(const Sizes &shape);

  // ---- Tensors.cpp: nn ops from values
  Size sizeOfAxis(Value tensor, unsigned axis);
  Value tensorOp(StringRef name, ValueRange operands, Type element, const Sizes &shape,
                 llvm::ArrayRef<mlir::NamedAttribute> attributes = {}, bool takesSizes = false);
  Value toTensor(const Val &value, Type element, Loc loc);
  Value toCondition(const Val &value); // i1
  Value constantTensor(double value, Type element);
  Value full(Value scalar, const Sizes &shape);
  Value broadcast(Value x, const Sizes &shape);
  Value conform(Value x, const Sizes &shape);
  Value reshape(Value x, const Sizes &shape);
  Value cast(Value x, Type element);
  Value elementwise(StringRef op, ValueRange operands, Type element = {});
  Value elementwise2(StringRef op, Value x, Value y);
  Sizes jointShape(Value x, Value y);
  Value compare(StringRef predicate, Value x, Value y);
  Value slice(Value x, unsigned axis, const Size &lo, const Size &hi);
  Value sliceAt(Value x, const Sizes &starts, const Sizes &shape);
  Value einsum(Value x, Value y, const std::string &spec, const Sizes &shape);
  Value matmul(Value x, Value y);
  Value reduce(StringRef op, Value x, const std::vector<int64_t> &axes, bool keep);

  // ---- Expressions.cpp
  Val eval(const sema::Expr &expr);
  Val evalHere(const sema::Expr &expr);
  Val evalStored(const sema::Expr &expr);
  Val evalUnary(const sema::Unary &expr);
  Val evalBinary(const sema::Binary &expr);
  Val evalConvert(const sema::Convert &expr);
  Val evalField(const Val &base, const sema::Type *type, unsigned index);
  Value evalTensorLiteral(const sema::TensorLit &expr);
  Val binary(sema::BinaryOp op, const Val &lhs, const Val &rhs, const sema::Type *type, Loc where);
  bool rhsIsConstant(Value y, double value);
  Value rangeTensor(const Val &range, Type element);

  // ---- Text.cpp
  Val evalInterp(const sema::Interp &expr);
  Value interpolate(const Val &parts);
  Value textHandle(const Val &value);
  Value text(StringRef value); // !host.ptr
  Value toHandle(const Val &value, const std::string &format);
  Value concat(Value lhs, Value rhs);
  Value constantText(const std::string &value);
  static bool isText(const Val &value);
  static Val string(Value handle);
  Val textBinary(sema::BinaryOp op, const Val &lhs, const Val &rhs, Loc where);
  void effect(std::vector<Val> shown, std::function<void(std::vector<Val>)> emit);
  Value hostCall(StringRef callee, ValueRange args, Type result, bool context = true,
                 llvm::ArrayRef<int64_t> consumes = {});
  Type handleType();
  Value i32(int64_t value);

  // ---- Lists.cpp
  enum class Slotting { I64, Handle };
  Slotting slotOf(const sema::Type &type);
  Value stored(const Val &value, const sema::Type &type);
  Value runtimeHandle(const Val &value, const sema::Type &type);
  Val fromHandle(Value handle, const sema::Type &type);
  Type handleTypeOf(const sema::Type &type);
  Val evalList(const sema::ListLit &expr);
  Val evalMap(const sema::MapLit &expr);
  Value setEntry(Value map, const sema::Type &type, const Val &key, const Val &value);
  Val mapEntry(Value map, const sema::Type &type, Value entry);
  Value findEntry(Value map, const sema::Type &type, const Val &key, bool mustExist);
  Val intOrFlag(Value value, const sema::Type &type);
  Val listElement(Value list, const sema::Type &type, const Size &index);
  void listLoop(Value list, const sema::Type &type, std::vector<Slot> slots, const std::function<void(Val)> &body);
  Val listToTensor(const Val &list, const sema::Type &type);
  int dtypeNumber(sema::DType dtype);
  Val handleBinary(sema::BinaryOp op, const Val &lhs, const Val &rhs, Loc where);
  Val primListPush(const sema::Prim &prim);
  Val primLen(const sema::Prim &prim);
  Val primMapHas(const sema::Prim &prim);

  // ---- Index.cpp
  struct Box {
    Sizes starts, shape;
    std::vector<bool> dropped;
    std::vector<size_t> added; // axes of size 1 before these
    std::vector<std::pair<size_t, const sema::Expr *>> gathers;
  };
  Size position(const sema::Expr &expr, const Size &length);
  Box boxOf(const sema::Index &expr, const Sizes &shape);
  Val evalIndex(const sema::Index &expr);
  void assignIndex(const sema::Index &place, Val value);
  Size lengthOf(const Val &stacked, const sema::Type &type);

  // ---- Statements.cpp
  Val evalBody(const sema::Expr &body);
  Val evalScoped(const sema::Expr &expr);
  Val evalBlock(const sema::Block &block);
  Val evalRest(const sema::Block &block, size_t first);
  Val evalEscapingIf(const sema::If &expr, const sema::Block &block, size_t next);
  void exec(const sema::Stmt &stmt);
  void assign(const sema::Expr &place, Val value);
  void execFor(const sema::ForStmt &stmt);
  void pureFor(const sema::ForStmt &stmt, Val iterable, const Size &lo, const Size &hi, bool stacked,
               std::vector<Slot> &slots, const std::function<void(Val)> &body);
  void execWhile(const sema::WhileStmt &stmt);

  // ---- Control.cpp
  std::optional<bool> knownCondition(const Val &value);
  Values branchSizes(mlir::TypeRange types, llvm::ArrayRef<Value> values);
  Val evalIf(const sema::If &expr);
  Val evalIfLet(const sema::IfLet &expr);
  Val branch(const Val &condition, const ValFn &then, const ValFn &otherwise, std::vector<Slot> slots,
             const sema::Type *type);
  static Type commonType(Type x, Type y);
  Values loop(const Size &lo, const Size &hi, Values carries, const Values &stacked, const LoopBody &body);
  void hostLoop(const Size &lo, const Size &hi, std::vector<Slot> slots, const std::function<void(Size)> &body);
  void batchLoop(Value iterator, const sema::Type &type, std::vector<Slot> slots,
                 const std::function<void(std::vector<Val>)> &body);

  // ---- Carried.cpp
  Val *find(const sema::Var *var);
  std::vector<Slot> assignedIn(std::initializer_list<const sema::Expr *> exprs);
  Val carriedForm(const Val &value, const sema::Type *type, const DimScope &scope);
  void collect(const Val &value, Values &out);
  Val rebuild(const Val &like, llvm::ArrayRef<Value> &values);
  Values slotValues(std::vector<Slot> &slots);
  void setSlots(std::vector<Slot> &slots, llvm::ArrayRef<Value> values);
  Values conformTo(llvm::ArrayRef<Value> values, mlir::TypeRange types);
  Val asTensors(const Val &value);

  // ---- Calls.cpp
  Val call(const sema::FnInstance &fn, std::vector<Val> &args, DimScope scope, Loc where);
  Val closureValue(const sema::Closure &closure, bool stored);
  Val evalArgument(const sema::Expr &expr);
  Val evalCall(const sema::Call &expr);
  Val callValue(const Val &callee, std::vector<Val> &args, Loc where);
  Val evalCallValue(const sema::CallValue &expr);

  // ---- Derivatives.cpp
  Val evalGrad(const sema::Grad &expr);
  Val evalTrain(const sema::Train &expr);

  // ---- Models.cpp
  void collectLeaves(const sema::Type &type, const DimScope &scope, Role role, const std::string &prefix,
                     Sizes leading, std::vector<Leaf> &out);
  std::vector<Leaf> leavesOf(const sema::Type &type, Role role, const DimScope &scope);
  Values unpack(Value flat, const std::vector<Leaf> &leaves);
  Value pack(const Values &leaves, const std::vector<Leaf> &layout);
  Size flatSize(const std::vector<Leaf> &leaves);
  std::vector<Val> modelParts(const Val &model, const sema::Type &type);
  Val structural(const Val &like, const sema::Type &type, const Value *&param, const Value *&state);
  Value flatOf(const Val &model, const sema::Type &type, Role role, const DimScope &scope);
  Val flattened(const Val &model, const sema::Type &type, const DimScope &scope);
  Val build(const sema::Type &type, const DimScope &scope, const std::vector<Val> *given, Val &rng, Loc where);
  Val primArrayInit(const sema::Prim &prim);
  Val construct(const sema::Construct &expr);
  Val elementAt(const Val &stacked, const Size &index);
  void leafValues(const Val &value, Values &out);
  Val withLeaves(const Val &like, llvm::ArrayRef<Value> &values);

  // ---- Prims.cpp, HostPrims.cpp: one function per primitive, found in a table by name
  static const std::map<std::string, PrimFn> &primTable();
  Val evalPrim(const sema::Prim &prim);
  Val evalElementwise(const sema::Prim &prim);
  Value tensorArg(const sema::Prim &prim, size_t i);
  std::vector<int64_t> axesOf(const sema::Prim &prim, Value x);
  Value take(Value x, Value index, int64_t axis);
  Val primFill(const sema::Prim &), primIota(const sema::Prim &), primReshape(const sema::Prim &),
      primTranspose(const sema::Prim &), primExpand(const sema::Prim &), primConcat(const sema::Prim &),
      primSplit(const sema::Prim &), primReduce(const sema::Prim &), primArgmax(const sema::Prim &),
      primCumsum(const sema::Prim &), primReverse(const sema::Prim &), primEinsum(const sema::Prim &),
      primTakeAlong(const sema::Prim &), primStop(const sema::Prim &), primIntExtremum(const sema::Prim &),
      primOr(const sema::Prim &), primRng(const sema::Prim &), primRngSplit(const sema::Prim &),
      primRngBits(const sema::Prim &), primTraining(const sema::Prim &), primTrainingRng(const sema::Prim &),
      primParams(const sema::Prim &), primTreeZero(const sema::Prim &), primTreeSum(const sema::Prim &),
      primPrint(const sema::Prim &), primRecord(const sema::Prim &), primFail(const sema::Prim &),
      primSave(const sema::Prim &), primFashionMnist(const sema::Prim &), primDatasetMap(const sema::Prim &),
      primBatches(const sema::Prim &), primBatchesMean(const sema::Prim &), primUnset(const sema::Prim &);
  Value treeTable(const std::vector<Leaf> &leaves, Values &dims);
  void archive(Value file, const std::string &path, const Val &value, const sema::Type &type, const DimScope &scope);
  void archiveTree(Value file, const std::string &path, Value flat, const std::vector<Leaf> &leaves);

  const sema::Program &program;
  const SourceManager &sources;
  mlir::ModuleOp module;
  mlir::OpBuilder b;
  mlir::Location loc;
  Options options;
  std::shared_ptr<Frame> frame;
  std::map<const sema::Var *, Val> globals;
  llvm::DenseMap<Value, Sizes> sizes;                                // of tensors, where known
  llvm::DenseMap<Value, mlir::Operation *> unpacked;                 // the last unpack of a flat buffer
  std::map<const sema::FnInstance *, bool> purity;
  bool inGraph = false; // inside grad, a pure loop or a data-set closure: nn ops only
  bool training = false;
  std::optional<sema::DType> precision;
  sema::Var trainingRng;                  // the hidden stream of a train block
  std::vector<Effect> *effects = nullptr; // inside grad: prints and records wait here
  enum class Leaving { No, Return, Break, Continue } leaving = Leaving::No;
  Val returned; // the value of the `return` that is being carried out
};

} // namespace nnc::irgen
