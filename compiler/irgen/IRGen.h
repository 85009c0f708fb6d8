// Typed tree -> one module of host + nn ops.
//
// The program becomes `func @main`, an `export fn` a function of its name. Calls are expanded; loops and
// branches stay. Inside `grad` (and dataset closures) only nn ops are made; elsewhere loops and branches are
// scf, and the pass outline-graphs cuts the pure regions out.
#pragma once
#include "compiler/diagnostics/SourceManager.h"
#include "compiler/irgen/Value.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OwningOpRef.h"
#include <functional>

namespace nnc::irgen {

struct Options {
  bool f64 = false; // f32 means f64
};

/// A construct that irgen cannot express yet or that only shows itself with all constants known.
struct Unsupported {
  ast::Loc loc;
  std::string message;
};

mlir::OwningOpRef<mlir::ModuleOp> generate(const sema::Program &program, const SourceManager &sources,
                                           mlir::MLIRContext *context, const Options &options);

/// A leaf of a model's params or state: where it is and what it holds.
struct Leaf {
  std::string path; // `blocks.{}.w`: `{}` for an array's index
  sema::DType dtype;
  std::vector<Size> shape;
};

class Generator {
public:
  Generator(const sema::Program &program, const SourceManager &sources, mlir::ModuleOp module,
            const Options &options);
  void run();

private:
  using ValFn = std::function<Val()>;

  // -- IRGen.cpp: frames, variables, positions
  Val &lookup(const sema::Var *var);
  void define(const sema::Var *var, Val value);
  void bindFreshDims(const sema::Type *type, const Val &value);
  void bindPattern(const sema::Pattern &pattern, Val value);
  mlir::Location at(ast::Loc loc);
  [[noreturn]] void unsupported(ast::Loc loc, std::string message);

  // -- Sizes.cpp: dims, shapes, types
  Size sizeOf(const sema::Dim &dim);
  Size sizeOf(const sema::Dim &dim, const DimScope &scope);
  std::vector<Size> shapeOf(const sema::Shape &shape);
  std::vector<Size> shapeOf(const sema::Shape &shape, const DimScope &scope);
  std::vector<Size> shapeOf(mlir::Value tensor);
  Size sizeOfAxis(mlir::Value tensor, unsigned axis);
  DimScope scopeOf(const sema::DimBindings &binds);
  DimScope scopeOf(const sema::DimBindings &binds, const DimScope &outer);
  mlir::Value materialize(const Size &size);
  Size arith(sema::BinaryOp op, const Size &a, const Size &b);
  mlir::Type elementType(sema::DType dtype);
  mlir::RankedTensorType tensorType(mlir::Type element, const std::vector<Size> &shape);
  std::vector<mlir::Value> dynamicSizes(const std::vector<Size> &shape);
  void noteSizes(mlir::Value tensor, const std::vector<Size> &shape) { sizes[tensor] = shape; }
  Size product(const std::vector<Size> &shape);

  // -- Tensors.cpp: nn ops from values
  mlir::Value tensorOp(llvm::StringRef name, mlir::ValueRange operands, mlir::Type element,
                       const std::vector<Size> &shape, llvm::ArrayRef<mlir::NamedAttribute> attributes = {},
                       bool takesSizes = false);
  mlir::Value toTensor(const Val &value, mlir::Type element, ast::Loc loc);
  mlir::Value toCondition(const Val &value); // i1
  mlir::Value constantTensor(double value, mlir::Type element);
  mlir::Value full(mlir::Value scalar, const std::vector<Size> &shape);
  mlir::Value broadcast(mlir::Value x, const std::vector<Size> &shape);
  mlir::Value conform(mlir::Value x, const std::vector<Size> &shape);
  std::vector<Size> jointShape(mlir::Value x, mlir::Value y);
  mlir::Value reshape(mlir::Value x, const std::vector<Size> &shape);
  mlir::Value cast(mlir::Value x, mlir::Type element);
  mlir::Value elementwise(llvm::StringRef op, mlir::ValueRange operands, mlir::Type resultElement = {});
  mlir::Value elementwise2(llvm::StringRef op, mlir::Value a, mlir::Value b);
  mlir::Value compare(llvm::StringRef predicate, mlir::Value a, mlir::Value b);
  mlir::Value slice(mlir::Value x, unsigned axis, const Size &lo, const Size &hi);
  mlir::Value sliceAt(mlir::Value x, const std::vector<Size> &starts, const std::vector<Size> &shape);
  mlir::Value einsum(mlir::Value a, mlir::Value b, const std::string &spec, const std::vector<Size> &shape);
  mlir::Value matmul(mlir::Value a, mlir::Value b);
  mlir::Value reduce(llvm::StringRef op, mlir::Value x, const std::vector<int64_t> &axes, bool keep);

  // -- Expressions.cpp
  Val eval(const sema::Expr &expr);
  Val evalUnary(const sema::Unary &expr);
  Val evalBinary(const sema::Binary &expr);
  Val evalConvert(const sema::Convert &expr);
  Val evalField(const Val &base, const sema::Type *type, unsigned index);
  Val evalIndex(const sema::Index &expr);
  Val evalInterp(const sema::Interp &expr);
  Val binary(sema::BinaryOp op, const Val &a, const Val &b, const sema::Type *type, ast::Loc loc);
  Val treeBinary(sema::BinaryOp op, const Val &a, const Val &b, ast::Loc loc);

  // -- Statements.cpp, Control.cpp
  Val evalBlock(const sema::Block &block);
  void exec(const sema::Stmt &stmt);
  void assign(const sema::Expr &place, Val value);
  Val evalIf(const sema::If &expr);
  Val branch(mlir::Value condition, const ValFn &then, const ValFn &otherwise, ast::Loc loc);
  void execFor(const sema::ForStmt &stmt);
  void execWhile(const sema::WhileStmt &stmt);
  void loopOverRange(const Size &lo, const Size &hi, const std::vector<const sema::Var *> &carried,
                     const std::function<void(Size)> &body, const Val *stacked,
                     const std::function<void(Size, Val)> &bodyOfSlice, ast::Loc loc);
  void loopOverBatches(mlir::Value iterator, const sema::Type *type,
                       const std::vector<const sema::Var *> &carried,
                       const std::function<void(std::vector<Val>)> &body);

  // -- Calls.cpp
  Val call(const sema::FnInstance &fn, std::vector<Val> &args, DimScope scope, ast::Loc loc);
  Val evalCall(const sema::Call &expr);
  Val callValue(const Val &callee, std::vector<Val> &args, ast::Loc loc);
  Val evalGrad(const sema::Grad &expr);
  Val evalTrain(const sema::Train &expr);

  // -- Models.cpp
  Val construct(const sema::Construct &expr);
  Val constructDefault(const sema::Type &type, const DimScope &scope, Val &rng);
  void collectLeaves(const sema::Type &type, const DimScope &scope, sema::FieldInfo::Role role,
                     const std::string &prefix, std::vector<Size> leading, std::vector<Leaf> &out);
  std::vector<Leaf> leavesOf(const sema::Type &type, sema::FieldInfo::Role role);
  std::vector<Val> modelParts(const Val &model, const sema::Type &type);
  mlir::Value flatParams(const Val &model, const sema::Type &type, sema::FieldInfo::Role role);
  Val modelOf(mlir::Value params, mlir::Value state, const Val &like);
  void flattenInto(const Val &value, const sema::Type &type, std::vector<mlir::Value> &out);
  Val rebuild(const Val &like, const sema::Type &type, llvm::ArrayRef<mlir::Value> &values);

  // -- Prims.cpp, HostPrims.cpp: one function per primitive, found in a table by name
  Val evalPrim(const sema::Prim &expr);
  friend struct PrimTable;

  // -- state
  mlir::Value hostCall(llvm::StringRef callee, mlir::ValueRange args, mlir::Type result);
  void hostCallVoid(llvm::StringRef callee, mlir::ValueRange args);
  mlir::Value text(llvm::StringRef value);   // !host.ptr
  mlir::Value toText(const Val &value, const std::string &format, const sema::Type *type); // handle

  const sema::Program &program;
  const SourceManager &sources;
  mlir::ModuleOp module;
  mlir::OpBuilder b;
  mlir::Location loc;
  Options options;
  std::shared_ptr<Frame> frame;
  llvm::DenseMap<mlir::Value, std::vector<Size>> sizes; // dynamic sizes of tensors, where known
  bool inGraph = false;          // inside grad or a dataset closure: nn ops only
  bool training = false;
  std::optional<sema::DType> precision;
  sema::Var trainingRng;         // the hidden stream of a train block
  std::vector<std::function<void()>> *effects = nullptr; // inside grad: prints and records wait here
};

} // namespace nnc::irgen
