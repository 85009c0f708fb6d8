// Typed tree -> one module of host + nn ops.
//
// The program becomes `func @program`. Calls are expanded; loops and branches stay. Inside `grad`
// and in data-set closures only nn ops are made; elsewhere loops and branches with effects are scf,
// and the pass outline-graphs cuts the pure regions out.
#pragma once
#include "compiler/frontend/sema/Ports.h"
#include "compiler/irgen/Generate.h"
#include "compiler/irgen/Value.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"
#include <functional>
#include <set>

namespace nnc::irgen {

using mlir::StringRef;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;
inline bool compares(sema::BinaryOp op) {
  return op >= sema::BinaryOp::Eq && op <= sema::BinaryOp::Ge;
}
using Values = std::vector<Value>;
using Sizes = std::vector<Size>;

/// Something that cannot be compiled; becomes a diagnostic.
struct Unsupported {
  Loc loc;
  std::string message;
  DiagKind kind = DiagKind::NotCompiled;
};

/// The fields of a struct, or the members of a tuple.
inline size_t partCount(const sema::Type &type) {
  return type.is(sema::Type::Kind::Struct) ? type.structInfo->fields.size() : type.elems.size();
}
inline const sema::Type &partType(const sema::Type &type, size_t i) {
  return type.is(sema::Type::Kind::Struct) ? *type.structInfo->fields[i].type : *type.elems[i];
}
inline std::string partName(const sema::Type &type, size_t i) {
  return type.is(sema::Type::Kind::Struct) ? type.structInfo->fields[i].name : std::to_string(i);
}

/// A path of fields; `prefix` may be empty.
inline std::string joined(const std::string &prefix, const std::string &name) {
  return prefix.empty() ? name : prefix + "." + name;
}

/// A leaf of a model's params or state: where it is and what it holds.
struct Leaf {
  std::string path; // `blocks.{}.w`: `{}` for an array's index
  sema::DType dtype;
  Sizes shape;       // with the lengths of the arrays around its layer in front
  size_t arrays = 0; // how many these are
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

/// How control may leave a place (Note [Leaving]).
enum class Leave { No, Break, Continue, Return };

/// A function's, closure's or program's body that is being expanded.
struct Body {
  sema::Var flag, value; // hidden variables: the exit flag, and what `return` gives
  const sema::Type *result = nullptr;
  const sema::Expr *block = nullptr;
  bool used = false; // there is a way out, so the flag exists
};

/// What depends on the place where code is made.
struct Mode {
  std::shared_ptr<Frame> frame;
  bool inGraph = false; // inside grad, a pure loop or a data-set closure: nn ops only
  bool training = false;
  std::optional<sema::DType> precision;
  std::vector<Effect> *effects = nullptr; // inside grad: prints and records wait here
  Body *body = nullptr;
  Loc callOfLibrary; // in a function of the library: where the program called it
  Loc callSite;      // in a function: where it was called, last by the program itself
};

class Generator : Mode {
public:
  Generator(const sema::Program &program, const SourceManager &sources, mlir::ModuleOp module,
            const Options &options);
  void run();
  void runLibrary();

private:
  using ValFn = std::function<Val()>;
  using LoopBody = std::function<Values(Size, llvm::ArrayRef<Value>, llvm::ArrayRef<Value>)>;
  using Role = sema::FieldInfo::Role;
  using PrimFn = Val (Generator::*)(const sema::Prim &);

  // ---- IRGen.cpp: frames, variables, positions
  using Op = sema::BinaryOp;
  Val &lookup(const sema::Var *var);
  void define(const sema::Var *var, Val value);
  void bindFreshDims(const sema::Type *type, const Val &value);
  mlir::Location at(Loc loc);
  [[noreturn]] void unsupported(Loc loc, std::string message,
                                DiagKind kind = DiagKind::NotCompiled);

  // ---- Program.cpp
  void declareArgs();
  void checkFact(const sema::DimFact &fact);
  void checkSizes(const sema::DimFact &fact, const Size &lhs, const Size &rhs);
  void checkFieldSizes(const Val &value, const sema::StructInfo &info, Loc where);
  Val checkedIntOp(sema::BinaryOp op, const Size &lhs, const Size &rhs);
  bool isPure(const sema::Expr &expr);
  static bool isEffect(const std::string &prim);

  // ---- Sizes.cpp: dims, shapes, types
  Size sizeOf(const sema::Dim &dim);
  Size sizeOf(const sema::Dim &dim, const DimScope &scope);
  Size outerSize(const sema::DimVar *dim);
  Sizes shapeOf(const sema::Shape &shape);
  Sizes shapeOf(const sema::Shape &shape, const DimScope &scope);
  Sizes shapeOf(Value tensor);
  Value outside(Value size, mlir::Region &region);
  Sizes shapeOutside(Value tensor, mlir::Region &region);
  DimScope scopeOf(const sema::DimBindings &binds);
  DimScope scopeOf(const sema::DimBindings &binds, const DimScope &outer);
  DimScope innerScope(const sema::Type &type, const DimScope &outer);
  Value materialize(const Size &size);
  Size arith(sema::BinaryOp op, const Size &x, const Size &y);
  Type elementType(sema::DType dtype);
  mlir::RankedTensorType tensorType(Type element, const Sizes &shape);
  Values dynamicSizes(const Sizes &shape);
  void noteSizes(Value tensor, const Sizes &shape) { sizes[tensor] = shape; }
  Size product(const Sizes &shape);

  // ---- Tensors.cpp: nn ops from values
  Size sizeOfAxis(Value tensor, unsigned axis);
  Size checkedSize(const Size &size, StringRef name = "");
  Value tensorOp(StringRef name, ValueRange operands, Type element, const Sizes &shape,
                 llvm::ArrayRef<mlir::NamedAttribute> attributes = {}, bool takesSizes = false);
  Value toTensor(const Val &value, Type element, Loc loc);
  Value toCondition(const Val &value); // i1
  Value constantTensor(double value, Type element);
  Value constantInt(int64_t value, Type element);
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
  static bool mayHold(Value x, const Sizes &block);
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
  Value stacked(const Values &parts);
  Value evalTensorLiteral(const sema::TensorLit &expr);
  Val evalArrayFill(const sema::ArrayFill &expr);
  Val handleBinary(sema::BinaryOp op, const Val &lhs, const Val &rhs, Loc where);
  Val binary(sema::BinaryOp op, const Val &lhs, const Val &rhs, const sema::Type *type, Loc where);
  Value integerPower(Value x, Value y);
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

  // ---- Format.cpp
  Value append(Value lhs, Value rhs);
  Value format(const Val &value, const sema::Type *type, const std::string &spec, bool nested);
  Value formatTree(const Val &value, const sema::Type &type, const std::string &spec);
  Value formatParts(const Val &value, const sema::Type &type, const std::string &spec);
  Value callFormatter(const sema::Type &type, Value argument, const std::string &spec);
  Value formatContainer(Value handle, const sema::Type &type, const std::string &spec);
  Value formatOptional(Value handle, const sema::Type &type, const std::string &spec);
  Value formatEnum(Value handle, const sema::Type &type, const std::string &spec);

  // ---- Forms.cpp: canonical forms
  bool isBound(const sema::Dim &dim);
  Sizes looseShapeOf(const sema::Type &type, llvm::function_ref<Size()> unknown);
  bool isBoxedOptional(const sema::Type &type);
  static bool holdsItself(const sema::Type &type);
  static bool isPlainEnum(const sema::Type &type);
  Val defaultOf(const sema::Type *type);
  std::shared_ptr<Frame> scopedTo(const sema::Type &type);
  Value defaultFlat(const sema::Type &model, Role role);
  Val defaultModel(const sema::Type &type);
  Val configOnly(const Val &model, const sema::Type &type, const DimScope &scope);
  Val carriedForm(const Val &value, const sema::Type *type, const DimScope &scope);
  Val loosened(const Val &value, const sema::Type &type);
  Val carriedOptional(const Val &value, const sema::Type &type, const DimScope &scope);
  Val carriedEnum(const Val &value, const sema::Type &type);
  void collect(const Val &value, Values &out);
  Val rebuild(const Val &like, llvm::ArrayRef<Value> &values);
  static Val withoutSizes(Val value);
  Values slotValues(std::vector<Slot> &slots);
  void setSlots(std::vector<Slot> &slots, llvm::ArrayRef<Value> values);
  Values conformTo(llvm::ArrayRef<Value> values, mlir::TypeRange types);

  // ---- Boxes.cpp: slots of lists, maps and structs
  enum class Slotting { I64, F64, Handle }; // nnrt_elem
  static Slotting slotOf(const sema::Type &type);
  static Slotting slotOfValue(Value value);
  static std::string suffix(Slotting slot);
  Value slotCode(Slotting slot);
  Type slotType(const sema::Type &type);
  Value stored(const Val &value, const sema::Type &type);
  Val fromSlot(Value slot, const sema::Type &type);
  Value runtimeHandle(const Val &value, const sema::Type &type);
  Val fromHandle(Value handle, const sema::Type &type, bool take = false);
  Type handleTypeOf(const sema::Type &type);
  Value newStruct(llvm::ArrayRef<Value> values);
  Value box(const Val &value, const sema::Type &type);
  Val unbox(Value object, const sema::Type &type, bool take);
  Value slotValue(Value object, size_t i, Type type, bool take);
  Val presence(const Val &value);
  Val presence(const Val &value, const sema::Type &type);
  Val payload(const Val &value, const sema::Type &type);
  Size variantOf(const Val &value, const sema::Type &type);
  Val variantField(const Val &value, const sema::Type &type, unsigned variant, unsigned i);

  // ---- Lists.cpp
  Val evalList(const sema::ListLit &expr);
  Val evalMap(const sema::MapLit &expr);
  std::string keySuffix(const sema::Type &type, Loc where);
  Value setEntry(Value map, const sema::Type &type, const Val &key, const Val &value);
  Val mapEntry(Value map, const sema::Type &type, Value entry, bool take = false);
  Val mapKey(Value map, const sema::Type &type, Value entry);
  Value findEntry(Value map, const sema::Type &type, const Val &key, bool mustExist);
  Val listElement(Value list, const sema::Type &type, const Size &index, bool take = false);
  Val listToTensor(const Val &list, const sema::Type &type);
  int dtypeNumber(sema::DType dtype);
  Value listArg(const sema::Prim &prim, size_t i);
  Val primListPush(const sema::Prim &), primListPop(const sema::Prim &),
      primListReverse(const sema::Prim &), primListLast(const sema::Prim &),
      primLen(const sema::Prim &), primMapHas(const sema::Prim &), primMapGet(const sema::Prim &),
      primMapKeys(const sema::Prim &), primMapRemove(const sema::Prim &);

  // ---- Files.cpp: text and files
  Value textArg(const sema::Prim &prim, size_t i);
  Val primStrToStr(const sema::Prim &), primStrSplit(const sema::Prim &),
      primStrTest(const sema::Prim &), primStrFind(const sema::Prim &),
      primStrParse(const sema::Prim &), primBytes(const sema::Prim &),
      primFileRead(const sema::Prim &), primFileLines(const sema::Prim &),
      primFileExists(const sema::Prim &), primFileWrite(const sema::Prim &);
  void keepFilesOut(const sema::Prim &prim);

  // ---- Tests.cpp, Expect.cpp
  void makeTests();
  void makeTest(const sema::TestDecl &test);
  Value allHold(Value flags);
  void execExpect(const sema::ExpectStmt &stmt);
  Value isClose(Value x, Value y, Value tolerance);
  void expectClose(const Val &x, const Val &y, const sema::Type &type, Value tolerance,
                   const std::string &what, const std::string &path);
  Val primExpectClose(const sema::Prim &prim);

  // ---- Flat.cpp
  using FlatFn = std::function<void(Value, const std::vector<Leaf> &, bool packed)>;
  void eachFlat(const Val &value, const sema::Type &type, const std::string &path,
                const FlatFn &visit);
  Val withFlat(const Val &like, const sema::Type &type, Value flat, Size &at);
  Val primFlat(const sema::Prim &), primFromFlat(const sema::Prim &), primPlace(const sema::Prim &);

  // ---- Patterns.cpp
  Val partOf(const Val &value, const sema::Type *type, size_t i);
  void bindPattern(const sema::Pattern &pattern, Val value);
  Val bothHold(const Val &first, const ValFn &second);
  Val matches(const sema::Pattern &pattern, const Val &value);
  Val negated(const Val &flag);
  Val evalVariant(const sema::VariantExpr &expr);
  Val evalMatch(const sema::Match &expr);
  Val evalIfLet(const sema::IfLet &expr);

  // ---- Index.cpp
  struct Box {
    Sizes starts, shape;
    std::vector<bool> dropped;
    std::vector<size_t> added;                              // axes of size 1 before these
    std::vector<std::pair<size_t, Value>> gathers, stepped; // axis, indices
    Value mask; // of the axes from maskAxis on, its own rank many
    size_t maskAxis = 0;
  };
  struct Joined { // several axes as one
    Value x, index;
    std::vector<int64_t> order;
    Sizes front;
  };
  Size asSize(const Val &value);
  Size position(const Size &at, const Size &length);
  Value steps(const Size &start, int64_t step, const Size &count);
  Box boxOf(const sema::Index &expr, const Sizes &shape);
  void sliceAxis(const sema::IndexItem &item, Box &box, size_t axis, Loc where);
  void checkIndices(Value index, const Size &length);
  Values positionsOf(Value mask, Loc where);
  Val primNonzero(const sema::Prim &), primArgsort(const sema::Prim &),
      primDatasetTake(const sema::Prim &);
  Box withPositions(Box box, Loc where);
  Val writeMasked(Value x, const Box &box, Value update, Loc where);
  Values pairedIndices(const Box &box);
  Value transpose(Value x, const std::vector<int64_t> &perm);
  Value diagonals(Value x, std::string &letters);
  Joined joinAxes(Value x, const std::vector<std::pair<size_t, Value>> &gathers,
                  const Values &indices);
  Val readBox(const sema::Index &expr, Value x, const Box &box);
  Size lengthOf(const Val &stacked, const sema::Type &type);
  Val evalIndex(const sema::Index &expr);
  Val indexValue(const sema::Index &expr, const Val &base, const Val &key);
  Val withElement(const Val &array, const sema::Type &type, const Size &at, const Val &value,
                  Loc where);

  // ---- IndexWrites.cpp
  static Box withoutSteps(const Box &box, const Size &count);
  Value writeAlong(Value x, size_t axis, Value index, Value update, Loc where);
  Value fitted(Value update, const Box &box, const Sizes &shape);
  Val writeBox(Value x, const Box &box, const Val &value, Loc where);
  Value updateAt(Value x, Value update, const Sizes &starts);
  Val addToGathered(Value x, const Box &box, const Val &value, Loc where);
  Value scatterAdd(Value x, Value index, Value update, int64_t axis);

  // ---- Places.cpp
  struct Place {
    const sema::Expr *expr = nullptr;
    std::shared_ptr<Place> base;
    std::vector<Place> parts;  // of a tuple
    Val key;                   // of a list or map
    Box box;                   // of a tensor
    bool take = false;         // Note [Updates in place]
    std::shared_ptr<Val> held; // what was moved out
  };
  Place placeOf(const sema::Expr &expr);
  std::vector<Place> placesOf(const std::vector<sema::Arg> &args);
  Val load(Place &place);
  Val load(Place &place, bool take);
  void store(Place &place, Val value);
  void assign(const sema::Expr &expr, Val value);
  void execAssign(const sema::AssignStmt &stmt);

  // ---- Equality.cpp
  static bool isComparedWhole(const sema::Type &type);
  Val equalHandles(Value x, Value y);
  Val equalTensors(Value x, Value y);
  Val equalOptionals(const Val &x, const Val &y, const sema::Type &type, Loc where);
  Val equalEnums(const Val &x, const Val &y, const sema::Type &type, Loc where);
  Val equal(const Val &x, const Val &y, const sema::Type &type, Loc where);
  Val combined(const sema::Binary &expr, const Val &lhs, const Val &rhs);

  // ---- Exits.cpp: blocks and ways out of them
  static bool escapes(const sema::Stmt &stmt, bool inLoop = false);
  static bool escapes(const sema::Expr &expr, bool inLoop = false);
  static bool holdsReturn(const sema::Expr &expr);
  void checkWaysOut(const sema::Expr &expr);
  Val &exitFlag();
  std::optional<int64_t> knownExit();
  Val exitIs(int64_t code);
  void leave(Leave way);
  void arrive(Leave way);
  Val pick(const Val &condition, const Val &x, const Val &y);
  Val whereStaying(const ValFn &rest, const std::function<std::vector<Slot>()> &slots,
                   const sema::Type *type);
  Val evalBody(const sema::Expr &expr, const sema::Type *result);
  Val finishBody(Val value);
  Val evalBlock(const sema::Block &block);
  Val evalRest(const sema::Block &block, size_t first);
  Val evalGuard(const sema::If &guard, const sema::Block &block, size_t next);
  void exec(const sema::Stmt &stmt);

  // ---- Loops.cpp
  void execFor(const sema::ForStmt &stmt);
  void eachElement(const sema::ForStmt &stmt, const sema::Type &type, const Val &iterable,
                   bool stops, const std::function<void(Val)> &turn);
  void unrolled(const sema::ForStmt &stmt, const Val &elements, size_t first,
                const std::function<void(Val)> &turn);
  void listFor(const sema::ForStmt &stmt, const Val &iterable, const sema::Type &type,
               std::vector<Slot> slots, bool stops, const std::function<void(Val)> &turn);
  Val patternValue(const sema::Pattern &pattern);
  Val elementOfStack(const Val &stacked, const sema::Type &type, const Size &index);
  void stackedHostFor(const sema::ForStmt &stmt, const Val &iterable, const sema::Type &type,
                      std::vector<Slot> slots, bool stops, const std::function<void(Val)> &turn);
  void pureFor(const sema::ForStmt &stmt, const Val &iterable, const Size &lo, const Size &hi,
               bool stacked, bool stops, std::vector<Slot> &slots,
               const std::function<void(Val)> &turn);
  void hostLoop(const Size &lo, const Size &hi, std::vector<Slot> slots, bool stops,
                const std::function<void(Size)> &turn);
  void whileLoop(std::vector<Slot> &slots, const ValFn &condition,
                 const std::function<void()> &turn);
  void execWhile(const sema::WhileStmt &stmt);
  void batchLoop(Value iterator, const sema::Type &type, std::vector<Slot> slots, bool stops,
                 const std::function<void(std::vector<Val>)> &turn);

  // ---- Control.cpp
  std::optional<bool> knownCondition(const Val &value);
  Values branchSizes(mlir::TypeRange types, llvm::ArrayRef<Sizes> shapes);
  Val evalIf(const sema::If &expr);
  bool hasUnknownSize(const sema::Type *type);
  void requireAgreement(const Val &x, const Val &y, const sema::Type *type);
  void requireSizes(const sema::Expr &expr, bool resizes, const Val &condition);
  void requireSizes(Loc where, const sema::Var *resizes);
  Val branch(const Val &condition, const ValFn &then, const ValFn &otherwise,
             std::vector<Slot> slots, const sema::Type *type);
  static Type commonType(Type x, Type y);
  Values loop(const Size &lo, const Size &hi, Values carries, const Values &stacked,
              const LoopBody &body);
  static bool sameFunctions(const Val &x, const Val &y);
  void requireTensors(mlir::TypeRange types, mlir::Location where);

  // ---- Carried.cpp
  Val *find(const sema::Var *var);
  void assignedByClosure(const Val &function, std::set<const sema::Closure *> &seen,
                         std::vector<Slot> &slots);
  const sema::Var *updatedBy(const Val &function);
  std::vector<Slot> assignedIn(const std::vector<const sema::Expr *> &exprs,
                               const std::vector<const sema::Stmt *> &stmts = {});

  // ---- Calls.cpp
  Val call(const sema::FnInstance &fn, std::vector<Val> &args, DimScope scope, Loc where);
  Val closureValue(const sema::Closure &closure, bool stored);
  void keep(Val &value, std::set<Frame *> &seen);
  void keepInside(Frame *inner, std::set<Frame *> &seen);
  Val evalArgument(const sema::Expr &expr);
  std::vector<Val> evalArguments(const std::vector<sema::Arg> &args, std::vector<Place> &places);
  void storeRefs(std::vector<Place> &places, std::vector<Val> &values);
  Val evalCall(const sema::Call &expr);
  void bindPacks(const sema::Type &type, const Val &value);
  Val callValue(const Val &callee, std::vector<Val> &args, Loc where);
  Val evalCallValue(const sema::CallValue &expr);

  // ---- Functions.cpp: Note [Host functions]
  struct HostFunction {
    mlir::func::FuncOp op;
    std::string name;
    Values arguments;
    std::vector<Type> results;
    Mode outer;
  };
  struct Recursive {
    std::string name;
    std::vector<Type> arguments, results;
    std::vector<const sema::DimVar *> dims;
    std::vector<const sema::Var *> globals;
  };
  HostFunction beginFunction(StringRef name, llvm::ArrayRef<Type> arguments,
                             llvm::ArrayRef<Type> results);
  void endFunction(HostFunction &function, const Values &results);
  Val callRecursive(const sema::FnInstance &fn, std::vector<Val> &args, DimScope scope, Loc where);
  void makeRecursive(const sema::FnInstance &fn, Recursive &made);
  void requireClosed(mlir::func::FuncOp function, Loc where);
  static Val mergeForm(Val form, const Val &value);
  Val evalCatch(const sema::Catch &expr);
  Values closeOver(mlir::func::FuncOp function);

  // ---- Library.cpp: Note [Libraries]
  mlir::func::FuncOp makeExport(const sema::FnInstance &fn,
                                std::vector<mlir::Attribute> &described);
  void readShared(mlir::func::FuncOp function, const Values &used, const Values &values);
  Val fromC(const sema::Port &port, Value at);
  Value toC(const Val &value, const sema::Type &type);

  // ---- Derivatives.cpp
  Val evalGrad(const sema::Grad &expr);
  Val evalRemat(const sema::Remat &expr);
  Val evalProfile(const sema::Profile &expr);
  Val primProfileReady(const sema::Prim &prim);
  Val primProfileBegin(const sema::Prim &prim);
  void passOn(const std::vector<Effect> &waiting, llvm::ArrayRef<Value> &values);
  bool takeHostOut(mlir::Operation *outer);
  Val evalTrain(const sema::Train &expr);
  Val asTensors(const Val &value);
  void wrtOf(const Val &value, const sema::Type &type, Values &out);
  Val withWrt(Val value, const sema::Type &type, llvm::ArrayRef<Value> &values);
  Val gradientOf(const sema::Type &type, llvm::ArrayRef<Value> &values);

  // ---- Rules.cpp
  Val callCustom(const sema::Call &expr, std::vector<Val> &given, const DimScope &scope);
  std::set<const sema::FnInstance *> applied; // whose rules are being made

  // ---- Vmap.cpp
  Val primVmap(const sema::Prim &prim);

  // ---- Models.cpp
  void collectLeaves(const sema::Type &type, const DimScope &scope, Role role,
                     const std::string &prefix, Sizes leading, std::vector<Leaf> &out);
  void collectParts(const sema::Type &type, const DimScope &scope, const std::string &prefix,
                    std::vector<Leaf> &out);
  void gatherParts(const Val &value, const sema::Type &type, const DimScope &scope, Values &out);
  Val withParts(Val value, const sema::Type &type, const DimScope &scope, const Value *&leaf);
  std::vector<Leaf> leavesOf(const sema::Type &type, Role role, const DimScope &scope);
  Values unpack(Value flat, const std::vector<Leaf> &leaves);
  Value pack(const Values &leaves, const std::vector<Leaf> &layout);
  Val partOfTree(const Val &tree, const sema::Type &model, unsigned index);
  Size flatSize(const std::vector<Leaf> &leaves);
  Val withFields(const Val &model, const sema::Type &type);
  std::vector<Val> modelParts(const Val &model, const sema::Type &type);
  Val structural(const Val &like, const sema::Type &type, const Value *&param, const Value *&state);
  void gatherLeaves(const Val &value, const sema::Type &type, Role role, const DimScope &scope,
                    Values &out);
  Value flatOf(const Val &model, const sema::Type &type, Role role, const DimScope &scope);
  Val flattened(const Val &model, const sema::Type &type, const DimScope &scope);
  Val build(const sema::Type &type, const DimScope &scope, const std::vector<Val> *given, Val &rng,
            Loc where);
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
      primTranspose(const sema::Prim &), primExpand(const sema::Prim &),
      primConcat(const sema::Prim &), primSplit(const sema::Prim &), primReduce(const sema::Prim &),
      primArgmax(const sema::Prim &), primCumsum(const sema::Prim &),
      primMoveAxis(const sema::Prim &), primReverse(const sema::Prim &),
      primEinsum(const sema::Prim &), primTakeAlong(const sema::Prim &),
      primStop(const sema::Prim &), primIntExtremum(const sema::Prim &), primOr(const sema::Prim &),
      primRng(const sema::Prim &), primRngSplit(const sema::Prim &),
      primRngBits(const sema::Prim &), primTraining(const sema::Prim &),
      primTrainingRng(const sema::Prim &), primPrint(const sema::Prim &),
      primRecord(const sema::Prim &), primFail(const sema::Prim &),
      primExitCode(const sema::Prim &), primSave(const sema::Prim &),
      primFashionMnist(const sema::Prim &), primDatasetMap(const sema::Prim &),
      primBatches(const sema::Prim &), primBatchesMean(const sema::Prim &),
      primUnset(const sema::Prim &);

  // ---- Trees.cpp
  std::optional<double> paddingAfter(StringRef op, llvm::ArrayRef<Val> args);
  bool isTight(const std::vector<Leaf> &leaves);
  Val cleaned(const Val &tree, const sema::Type &model, const DimScope &scope);
  bool isElementwiseCode(const sema::Expr &expr);
  Val leafArgument(Value x, const Leaf &leaf, bool scalar);
  Value eachLayer(const Values &stacked, const Size &count, std::vector<Slot> &slots,
                  llvm::function_ref<Value(llvm::ArrayRef<Value>)> turn);
  Value eachLayerUnrolled(const Values &stacked, const Sizes &own, const Size &count,
                          llvm::function_ref<Value(llvm::ArrayRef<Value>)> turn, Loc where);
  Val zeroLike(const Val &value, const sema::Type &type);
  Val primRank(const sema::Prim &), primShape(const sema::Prim &), primPath(const sema::Prim &),
      primEachLeaf(const sema::Prim &), primParams(const sema::Prim &),
      primTreeZero(const sema::Prim &), primTreeOf(const sema::Prim &),
      primTreeSum(const sema::Prim &);

  // ---- Archives.cpp
  Value treeTable(const std::vector<Leaf> &leaves, Values &dims);
  void archive(Value file, const std::string &path, const Val &value, const sema::Type &type,
               const DimScope &scope);
  static bool isNumberList(const sema::Type &type);
  static sema::DType listDType(const sema::Type &type);
  static bool isArchivedInside(const sema::Type &type);
  void enterPath(Value file, const std::string &path);
  void leavePath(Value file);
  void eachEntry(Value file, const Size &length, std::vector<Slot> slots,
                 llvm::function_ref<void(const Size &)> turn);
  void archiveInside(Value file, const Val &value, const sema::Type &type);
  void archiveParts(Value file, const Val &value, const sema::Type &type);
  void archiveTree(Value file, const std::string &path, Value flat,
                   const std::vector<Leaf> &leaves);

  // ---- Restores.cpp
  struct Restore {
    Value file, names;
  };
  Val unfilled(const sema::Type &type);
  Val restoredInside(const Restore &from, const sema::Type &type);
  Val restoredParts(const Restore &from, const sema::Type &type);
  Val restoredVariant(const Restore &from, const sema::Type &type);
  Value restoredTree(const Restore &from, const std::string &path, const std::vector<Leaf> &leaves);
  Value restoredEntry(const Restore &from, const std::string &path, sema::DType dtype,
                      const Sizes &shape, Type type);
  Val restoredTensor(const Restore &from, const std::string &path, const sema::Type &type);
  Val restoredModel(const Restore &from, const std::string &path, const sema::Type &type,
                    const Val &now);
  Val restored(const Restore &from, const std::string &path, const sema::Type &type,
               const Val &now);
  Val primLoad(const sema::Prim &), primResume(const sema::Prim &);

  const sema::Program &program;
  const SourceManager &sources;
  mlir::ModuleOp module;
  mlir::OpBuilder b;
  mlir::Location loc;
  Options options;
  std::set<uint32_t> libraryFiles;
  Loc evaluating; // the expression whose code is being made
  std::map<const sema::Var *, Val> globals;
  llvm::DenseMap<Value, Sizes> sizes;                // of tensors, where known
  llvm::DenseMap<Value, mlir::Operation *> unpacked; // the last unpack of a flat buffer
  std::map<const sema::FnInstance *, bool> purity;
  std::map<const sema::Type *, bool> boxedOptionals;
  std::map<std::pair<const sema::Type *, std::string>, std::string>
      formatters; // the functions by type and format
  std::map<const sema::Type *, std::string> archivers, restorers; // likewise
  std::map<std::tuple<const sema::FnInstance *, bool, int>, Recursive> recursive;
  sema::Var trainingRng; // the hidden stream of a train block
};

} // namespace nnc::irgen
