// The state of one analysis and its steps. Private to this folder; each group of members below is
// defined in the file named above it.
#pragma once
#include "compiler/diagnostics/DidYouMean.h"

#include "compiler/frontend/sema/Decls.h"
#include "compiler/frontend/sema/Facts.h"
#include "compiler/frontend/sema/Sema.h"
#include <functional>

namespace nnc::sema {

/// Owns the nodes of a Program.
class NodeArena {
public:
  template <class T, class... Args> T *make(Args &&...args) {
    auto owned = std::make_shared<T>(std::forward<Args>(args)...);
    T *node = owned.get();
    nodes_.push_back(std::move(owned));
    return node;
  }

private:
  std::deque<std::shared_ptr<void>> nodes_;
};

/// What the code being checked belongs to: a function, a closure or the top level.
struct Frame {
  Frame *parent = nullptr;
  FnInstance *fn = nullptr; // null at the top level
  FnDecl *decl = nullptr;
  const Type *selfType = nullptr; // in methods
  Var *self = nullptr;
  Expr *selfValue = nullptr;      // in defaults: what stands for self
  const Type *result = nullptr;   // declared or expected result; null: to be found
  const Type *returned = nullptr; // found so far from `return`
  bool isClosure = false;
  bool isInit = false; // `fn init`: assigns self's fields
  unsigned loops = 0;
  Loc call; // defaults of parameters: that uses them
};

/// One argument of a call before it is matched: source, or already checked (a pipe's value, a
/// receiver).
struct ArgIn {
  ast::Ident name;
  Loc loc;
  bool byRef = false;
  bool isTrailing = false; // the closure after the parentheses
  const ast::Expr *source = nullptr;
  Expr *typed = nullptr;
};

/// The stage of a pipe that is being checked, for messages.
struct PipeStage {
  const ast::PipeExpr *expr = nullptr;
  PipeStage *outer = nullptr;
};

/// A generic argument list: `[784, K: 2]` of a type, `[B, H]` of a function.
struct GenericArg {
  ast::Ident name;
  Loc loc;
  const ast::TypeExpr *value = nullptr;
};

/// One call of a function while it is being matched.
struct CallState {
  FnDecl *fn = nullptr;
  Loc loc, nameLoc;
  std::string shown; // as the user wrote the callee: `l2`
  Subst subst;
  std::set<const DimVar *> openDims;
  std::set<const PackVar *> openPacks;
  std::set<const TypeParam *> openTypes;
  std::vector<std::pair<Dim, Dim>> pending; // parameter's dim == argument's dim
  std::vector<DimFact> leftOver;            // equalities for run time
  std::vector<const ast::Expr *> sources;   // by parameter
  std::vector<Arg> args;                    // by parameter
  std::vector<std::string> dtypes;          // arguments that name a dtype
  std::vector<std::vector<int64_t>> axes;   // by parameter: an axis argument
  Subst shownSubst;                         // what a message shows of the callee's own dims
  bool overTrees = false;                   // an elementwise function of trees
  bool failed = false;                      // an error was reported; say nothing more
  const Type *expected = nullptr;
};

class Checker {
public:
  Checker(SourceManager &sources, const Options &options, Diagnostics &diags);
  std::optional<Program> run(std::shared_ptr<ast::File> file);

private:
  friend struct Saved;
  /// How deep types may nest instances of one declaration: more is a type that never ends.
  static constexpr unsigned kMaxDepth = 10;
  /// How many bodies may be checked inside of each other, to find result types that are not
  /// written.
  static constexpr unsigned kMaxNesting = 200;
  using NameList = std::vector<std::string>;

  // ---- Checker.cpp: nodes, messages
  template <class T> T *make(Loc loc, const Type *type) {
    T *node = arena_->make<T>();
    node->loc = loc;
    node->type = type;
    return node;
  }
  template <class T> T *makeStmt(Loc loc) {
    T *node = arena_->make<T>();
    node->loc = loc;
    return node;
  }
  Expr *errorExpr(Loc loc);
  Expr *intLit(Loc loc, int64_t value);
  Expr *varRef(Loc loc, Var *var);
  Prim *prim(Loc loc, std::string name, const Type *type, std::vector<Expr *> args = {});
  Expr *convert(Expr *value, const Type *type);
  Expr *field(Loc loc, Expr *base, unsigned index, const Type *type);
  const Type *sizedBy(const Expr *base, const Type *field);
  Diagnostic &report(DiagKind kind, Loc loc, std::string message);
  Loc callOfLibrary(Loc loc);
  std::string text(Loc loc) const; // source text, in backticks, or "the value"
  std::string quoted(const ast::Expr *expr, const char *otherwise = "the value") const;
  Var *newVar(const ast::Ident &name, const Type *type, bool isMutable);
  DimVar *newDim(std::string name, Loc loc, DimVar::Kind kind = DimVar::Kind::Declared);
  void checkProgram(Module &module);
  void checkDeclaration(Module &module, const ast::Stmt *stmt);
  void runWork();
  void makeMain(const ast::FnDecl *main, Module &module);

  // ---- Modules.cpp
  Module *moduleAt(const std::string &path, const std::string &name, bool isLibrary);
  Module *findModule(const ast::ImportDecl::Source &source, const Module &from);
  bool ensureLoaded(Module &module, Loc loc);
  void declareAll(Module &module);
  void declare(Module &module, const ast::Ident &name, Symbol symbol);
  void importVariants(Module &module);
  void declareImport(Module &module, const ast::ImportDecl &decl);
  Symbol *memberOf(Module &module, const std::string &name, Loc loc, bool mustBePub);
  Symbol *resolve(Symbol *symbol, Loc loc); // follows imports, checks an imported `let`

  // ---- Names.cpp
  Symbol *find(const std::string &name);                    // null if unknown
  Symbol *findLocal(const std::string &name);               // below the top level of the file
  Symbol *lookup(const ast::Ident &name, const char *what); // reports
  Symbol *lookupPath(const std::vector<ast::Ident> &path, const char *what);
  void reportUnknown(const ast::Ident &name, const char *what);
  NameList visibleNames(const std::string &what) const;
  bool reportUnset(const ast::Ident &name);
  static std::string helpForName(const std::string &name, const NameList &near); // or ""
  std::string importOf(const std::string &name);
  void openScope();
  Symbol &define(const ast::Ident &name, Symbol symbol);
  Symbol &defineVar(Var *var);
  void warnOfShadowedDim(const ast::Ident &name, const char *what);

  // ---- TypeExprs.cpp: types and dims as written
  bool refuseKept(const Type *elem, Loc loc, const char *where);
  const Type *resolveType(const ast::TypeExpr *expr);
  const Type *resolveNamed(const ast::NamedType *type);
  const Type *resolveFnType(const ast::FnType *type);
  const Type *resolveTensor(const ast::NamedType *type, DType dtype, const TypeParam *param);
  const Type *resolveStruct(const ast::NamedType *type, StructDecl *decl);
  bool resolveShape(const std::vector<ast::TypeArg> &args, Shape &shape);
  bool resolveShapeElem(const ast::TypeExpr *expr, Shape &shape);
  std::optional<Dim> resolveDim(const ast::TypeExpr *expr);
  std::optional<Dim> packProduct(const ast::Ident &name);
  ast::Expr *pathExpr(const ast::NamedType *name);
  std::optional<Dim> resolveShapePart(const ast::NamedType *name);
  std::optional<Dim> resolveDimPath(const ast::NamedType *name);
  std::optional<Dim> resolveDimName(const ast::NamedType *name);
  std::optional<DimFact> resolveFact(const ast::Fact &fact);
  std::optional<Dim> dimOf(Expr *expr); // a typed int expression as a dim
  Dim dimOfVar(Var *var);
  bool looksLikeType(const ast::Expr *expr);
  static bool isTypeWord(const std::string &name);
  const Type *enumType(EnumDecl &decl);
  const Type *f32();

  // ---- Generics.cpp: declarations' generics, signatures, instances
  void resolveGenerics(const std::vector<ast::GenericParam> &params,
                       std::vector<GenericEntry> &out);
  void declareFreshDims(const ast::TypeExpr *type, FnDecl &fn);
  void defineGenerics(const std::vector<GenericEntry> &generics);
  void resolve(FnDecl &fn);
  void resolve(StructDecl &decl);
  StructInfo *structInfo(StructDecl &decl, const std::vector<const Type *> &typeArgs);
  const Type *structType(StructDecl &decl, std::vector<const Type *> typeArgs, DimBindings binds,
                         Loc loc);
  const Type *selfTypeOf(StructDecl &decl, const std::vector<const Type *> &typeArgs);
  bool namesType(const ast::TypeExpr *written);
  bool bindGenericArgs(const std::vector<GenericEntry> &generics,
                       const std::vector<GenericArg> &args, Subst &subst, const std::string &shown,
                       Loc loc, bool complete, bool dtypesMayLack = false);
  const Type *fieldType(const Type *structType, unsigned index);
  int fieldIndex(const Type *structType, const std::string &name);
  FnDecl *methodOf(const Type *type, const std::string &name);
  bool hasState(const Type *type);
  bool drawsAtInit(const Type *type);
  bool isLiteral(const Expr *value, std::vector<const Type *> &key, unsigned depth = 0);
  bool isFloatLiteral(const Expr *value, std::vector<const Type *> &key);
  bool staysLiteral(const CallState &call, unsigned index, std::vector<const Type *> &key);
  FnInstance *instanceOf(CallState &call);
  void checkBody(FnInstance *fn);
  void checkBodyIn(FnInstance *fn, FnDecl &decl);
  void checkStructDecl(StructDecl &decl);
  void checkInit(FnInstance *fn, const Type *selfType);
  const Type *expectedResult(const Type *wanted);
  Expr *coerceResult(Expr *value, const Type *wanted, Loc declared);
  void finishResult(Block *block, const Type *wanted, Loc declared, Loc bodyLoc);
  void checkCallFacts(const std::vector<DimFact> &facts, const DimBindings &binds, Loc loc,
                      const std::string &shown);

  // ---- Unify.cpp
  const Type *substType(const Type *type, const Subst &subst);
  bool isClosed(const Type *type, const CallState &call);
  bool unify(const Type *param, const Type *arg, CallState &call);
  bool unifyShape(const Shape &param, const Shape &arg, CallState &call);
  bool unifyDim(const Dim &param, const Dim &arg, CallState &call);
  bool solvePending(CallState &call);
  bool dimsEqual(const Dim &a, const Dim &b, std::vector<DimFact> *leftOver);
  bool same(const Type *a, const Type *b);
  void freeDims(const Type *type, std::set<const DimVar *> &dims);
  std::vector<const DimVar *> freshDims(const Type *type);
  void freePacks(const Type *type, std::set<const PackVar *> &packs);

  // ---- Calls.cpp
  Expr *checkCall(const ast::CallExpr *call, const Type *expected);
  Expr *callWith(const ast::Expr *callee, std::vector<ArgIn> args, Loc loc, const Type *expected);
  Expr *callNamed(const ast::NameExpr *name, std::vector<ArgIn> args, Loc loc,
                  const Type *expected);
  Expr *callField(const ast::FieldExpr *callee, const std::vector<GenericArg> *generics,
                  std::vector<ArgIn> args, Loc loc, const Type *expected);
  Expr *callMember(Expr *base, const ast::FieldExpr *callee,
                   const std::vector<GenericArg> *generics, std::vector<ArgIn> args, Loc loc,
                   const Type *expected);
  Expr *callSymbol(Symbol *symbol, const ast::Ident &name, const std::vector<GenericArg> *generics,
                   std::vector<ArgIn> args, Loc loc, const Type *expected);
  Expr *callFn(FnDecl *fn, Expr *self, const ast::Expr *selfSource,
               const std::vector<GenericArg> *generics, std::vector<ArgIn> args, Loc loc,
               const ast::Ident &name, const Type *expected, const Type *ownerType = nullptr);
  Expr *callValue(Expr *callee, const ast::Expr *source, std::vector<ArgIn> args, Loc loc,
                  const Type *expected);
  Expr *callClosure(const ast::ClosureExpr *closure, Scope *scope, const std::string &shown,
                    std::vector<ArgIn> args, Loc loc);
  bool matchArgs(CallState &call, std::vector<ArgIn> &args, std::vector<ArgIn *> &byParam);
  void checkArg(CallState &call, unsigned index, ArgIn &arg);
  void fillDefault(CallState &call, unsigned index, Expr *self);
  void reportRecursiveResult(const FnDecl &fn);
  Expr *finishCall(CallState &call);
  Expr *pipe(const ast::PipeExpr *expr, const Type *expected);
  Expr *fnValue(FnDecl *fn, const ast::Ident &name, const Type *expected, Expr *self = nullptr);
  Expr *callableAs(Expr *callee, const Type *expected);
  Expr *untypedClosure(const ast::ClosureExpr *closure, Scope *around, Loc loc);
  Expr *callOneFn(Expr *callee, std::vector<ArgIn> args, Loc loc, const Type *expected);
  static ArgIn typedArg(Expr *value, const ast::Expr *source);
  std::vector<ArgIn> argsOf(const ast::CallExpr *call);
  bool namesCallee(const ast::Expr *base);
  bool isFieldAccess(const ast::FieldExpr *field);
  bool hasField(const Type *type, const std::string &name);
  const Type *typeBeforehand(const ast::Expr *expr);
  Expr *selfRef(Loc loc);
  void checkForErrors(std::vector<ArgIn> &args);
  NameList memberNames(const Type *type);
  Module *moduleOfType(const Type *type);
  Symbol *typeMember(const Type *type, const ast::Ident &name);
  Expr *callTuple(Expr *callee, const ast::Expr *source, std::vector<ArgIn> args, Loc loc,
                  const Type *expected);
  Symbol *enumNamed(const ast::Expr *expr);
  Expr *callOnType(const ast::FieldExpr *callee, std::vector<ArgIn> args, Loc loc,
                   const Type *expected);
  Expr *makeVariant(Symbol *symbol, const ast::Ident &name, std::vector<ArgIn> args, Loc loc);
  bool isBareLiteral(const ArgIn &arg);
  Expr *differentiable(Expr *value, const Type *type);
  const Type *inputOf(CallState &call, const Type *wanted);
  bool adaptsLater(CallState &call, const ParamSig &param, ArgIn &arg);
  Expr *fitArg(CallState &call, const Type *wanted, Expr *value);
  Expr *fnArg(CallState &call, const Type *wanted, ArgIn &arg);
  static Type withoutShape(const Type &tensor);
  bool checkExclusive(const std::vector<Arg> &args, const std::vector<const ast::Expr *> &sources);
  std::string shownParam(const CallState &call, unsigned index);

  // ---- Mismatch.cpp: the messages of wrong arguments
  void reportArgMismatch(CallState &call, unsigned index, const ArgIn &arg, Expr *value);
  void explainDims(Diagnostic &diag, const Type *wanted, const Type *given);
  std::string suggestPipeOrder(Loc stage, const Type *given);

  // ---- Convert.cpp: adapting a value to the type of its place
  bool isAdaptable(const Expr *expr) const;
  Expr *adapt(Expr *expr, const Type *scalarOrTensor);
  Expr *intBehind(Expr *elem);
  Expr *asTensor(Expr *value, DType dtype);
  Expr *asList(Expr *literal);
  void warnOfFlooredDivision(Expr *expr);
  Expr *regrouped(Expr *expr, const Type *target);
  Expr *tryCoerce(Expr *expr, const Type *target); // null: does not fit
  Expr *coerce(Expr *expr, const Type *target, const char *what, Loc declared = {});
  const Type *join(Expr *&a, Expr *&b);
  Expr *cast(DType dtype, std::vector<ArgIn> &args, Loc loc);
  Expr *castInt(std::vector<ArgIn> &args, Loc loc);
  std::optional<Dim> rangeCount(Expr *range);
  void noteRuntimeFact(const DimFact &fact);

  // ---- Expressions.cpp
  Expr *check(const ast::Expr *expr, const Type *expected = nullptr);
  Expr *checkName(const ast::NameExpr *expr, const Type *expected);
  Expr *symbolValue(Symbol *symbol, const ast::Ident &name, Loc loc, const Type *expected);
  Expr *checkField(const ast::FieldExpr *expr, const Type *expected);
  Expr *fieldOf(Expr *base, const ast::FieldExpr *expr, const Type *expected);
  Expr *selfField(const ast::Ident &name);
  bool refuseFormat(const ast::Format &format, const Type *type);
  Expr *checkString(const ast::StringExpr *expr);
  Expr *checkMember(const ast::Expr *expr, const Type *expected);
  Expr *checkTuple(const ast::TupleExpr *expr, const Type *expected);
  Expr *checkList(const ast::ListExpr *expr, const Type *expected);
  Expr *checkRepeat(const ast::RepeatExpr *expr, const Type *expected);
  Expr *checkMap(const ast::MapExpr *expr, const Type *expected);
  Expr *checkRange(const ast::RangeExpr *expr);
  Expr *checkCond(const ast::Expr *expr, const char *what);
  Expr *checkExpected(const ast::Expr *expr);
  Expr *checkInt(const ast::Expr *expr, const char *what);

  // ---- Indexing.cpp
  Expr *checkIndex(const ast::IndexExpr *expr, const Type *expected);
  Expr *tuplePart(Expr *base, std::optional<int64_t> index, Loc loc);
  Expr *indexValue(Expr *base, const ast::IndexExpr *expr);
  Expr *indexTensor(Expr *base, const ast::IndexExpr *expr);
  ShapeElem maskCount(const Expr *mask, Loc loc);
  bool fitsMask(const Expr *mask, const Shape &shape, size_t axis, Loc loc);
  std::optional<Dim> sliceSize(const IndexItem &item, const Dim &size);
  bool genericArgsOf(const ast::IndexExpr *expr, std::vector<GenericArg> &out);

  // ---- Operators.cpp
  Expr *checkUnary(const ast::UnaryExpr *expr, const Type *expected);
  Expr *checkBinary(const ast::BinaryExpr *expr, const Type *expected);
  Expr *binary(BinaryOp op, Expr *lhs, Expr *rhs, Loc loc, Loc opLoc, const ast::Expr *l,
               const ast::Expr *r);
  const Type *incomparable(const Type *type, std::set<const Type *> &seen);
  bool differInSizes(const Type *a, const Type *b);
  Expr *arithmetic(BinaryOp op, Expr *lhs, Expr *rhs, Loc loc, Loc opLoc, const ast::Expr *l,
                   const ast::Expr *r);
  Expr *treeArithmetic(BinaryOp op, Expr *lhs, Expr *rhs, Loc loc, Loc opLoc);
  Expr *matmul(Expr *lhs, Expr *rhs, Loc loc, const ast::Expr *l, const ast::Expr *r);
  void suggestAxis(Diagnostic &diag, const Shape &a, const Shape &b, const ast::Expr *l,
                   const ast::Expr *r);
  std::optional<Shape> broadcast(const Shape &a, const Shape &b, std::string &why);
  std::optional<DimFact> factOf(const ast::Expr *cond, Expr *typed);

  // ---- Control.cpp
  Expr *checkIf(const ast::IfExpr *expr, size_t branch, const Type *expected, bool wantValue);
  Expr *checkMatch(const ast::MatchExpr *expr, const Type *expected, bool wantValue);
  std::optional<std::string> leftOut(const Match &match); // Coverage.cpp
  Expr *checkCatch(const ast::CatchExpr *expr, const Type *expected);
  Closure *checkClosure(const ast::ClosureExpr *expr, const std::vector<const Type *> &params,
                        const std::vector<bool> &byRef, const Type *result, Scope *scope = nullptr,
                        const std::vector<Arg> &given = {});
  Expr *closureValue(const ast::ClosureExpr *expr, const Type *expected, Scope *scope = nullptr);
  Expr *storedClosure(const ast::ClosureExpr *expr, const Type *expected);
  Scope *capturing(Scope *around, Block *copies);
  Var *captured(Var *var, const std::string &name);
  bool isFullyTyped(const ast::ClosureExpr *expr);
  bool isTyped(const ast::Pattern *pattern);

  // ---- Patterns.cpp
  void refuseTwice(const ast::Pattern *pattern, std::map<std::string, Loc> &names);
  Pattern *bindPattern(const ast::Pattern *pattern, const Type *type, bool isMutable, bool byRef,
                       const Type *open = nullptr);
  std::vector<const Type *> partsOf(const Type *type, size_t count);
  void bindUnknown(const ast::Pattern *pattern);
  void nameFreshDims(const Type *type);
  Pattern *matchPattern(const ast::Pattern *pattern, const Type *type);
  const Type *declaredType(const ast::Pattern *pattern);
  const Type *withFresh(const ast::TypeExpr *annotation, const Type *actual, Loc loc);
  Pattern *makePattern(Pattern::Kind kind, Loc loc, const Type *type);

  // ---- Statements.cpp, Places.cpp, Flags.cpp
  Block *checkBlock(const ast::Block *block, const Type *expected, bool wantValue);
  Block *checkBlockIn(const ast::Block *block, const Type *expected,
                      bool wantValue); // no new scope
  void checkStmt(const ast::Stmt *stmt, Block &out);
  void noteDims(const Pattern *pattern, Expr *value);
  void checkLet(const ast::LetStmt *stmt, Block &out);
  void checkAssign(const ast::AssignStmt *stmt, Block &out);
  void checkFor(const ast::ForStmt *stmt, Block &out);
  void checkTurn(const ast::ForStmt *stmt, const Type *elem, ForStmt &loop);
  void checkReturn(const ast::ReturnStmt *stmt, Block &out);
  void refuseExport(const ast::Stmt *stmt);
  bool canExport(const FnDecl &fn);
  void checkExportResult(const FnInstance &fn);
  bool canBeFlag(const std::string &name, const Type *type, Loc loc, const char *what);
  void checkArgDecl(const ast::ArgDecl *decl);
  Expr *tryCoerceSilently(Expr *expr, const Type *target);
  bool isUnusedValue(const Expr *expr) const;
  Expr *noElements(const ast::Expr *value, const Type *open);
  static bool isEmpty(const ast::Expr *value);
  static const Type *forBranches(const ast::Expr *value, const Type *open);
  bool mentionsFresh(const ast::TypeExpr *type);
  static BinaryOp negated(BinaryOp op);
  std::vector<std::string> freshNames(const ast::TypeExpr *type);
  Expr *checkPlace(const ast::Expr *expr, const char *what); // reports when it cannot be updated
  bool isUpdatable(Expr *place, bool report, Loc loc);
  const Type *elementOf(Expr *sequence, Loc loc, bool byRef);
  const Type *refreshed(const Type *type); // with new variables for the fresh dims

  // ---- Resizing.cpp: Note [Sizes that change]
  struct SizesNow {
    const Type *type = nullptr; // of a variable that resizes
    unsigned number = 0;        // another one with each assignment
  };
  using Sizes = std::map<const Var *, SizesNow>;
  struct Flow { // of a loop
    std::vector<Sizes> continues, breaks;
  };
  static bool canResize(const Type *type);
  const Type *openField(const Type *whole, unsigned index);
  const Type *opened(const Type *type, const std::set<const DimVar *> *dims = nullptr);
  const Type *openType(const ast::TypeExpr *annotation);
  void startSizes(Var *var, const Type *open, const Type *now);
  const Type *typeNow(const Var *var);
  void renew(const Var *var);
  bool sameSizes(const SizesNow &a, const SizesNow &b);
  bool meet(const Sizes &before, const std::vector<Sizes> &ends);
  const Var *repeated(bool isLoop, const std::function<void()> &body);
  void nameSizes(Block &out);
  bool handOver(Expr *place, const Var *param, bool resized, const std::string &shown);
  const Type *openPlace(const Expr *place);
  Expr *fitOpen(Expr *value, const Type *open, const Type *&now);
  void assigned(const Expr *place, const Type *now);
  bool isOpen(const Type *type);
  const Type *merged(const Type *open, const Type *a, const Type *b);
  const Type *joinSizes(const std::vector<Expr **> &branches, const Type *open, bool &resizes);
  void explainSizes(const Expr *a, const Expr *b);
  void explainFixedSize(const Expr *place, const Type *given);

  // ---- Zip.cpp
  Expr *namedBefore(Expr *value, const char *name, Block &out);
  Expr *lengthOf(Expr *sequence, Loc loc);
  const ast::CallExpr *zipOf(const ast::Expr *sequence);
  struct Zipped {
    Var *counter = nullptr;
    TupleExpr *elements = nullptr; // at the counter
    Expr *length = nullptr;
  };
  Expr *zippedElement(Expr *sequence, Var *counter, const Type *type);
  std::optional<Zipped> zipped(const std::vector<ArgIn> &args, const Type *wanted, Loc loc,
                               Block &out);
  ForStmt *zipLoop(const Zipped &zipped, Loc loc);
  void checkZip(const ast::ForStmt *stmt, const ast::CallExpr *zip, Block &out);
  Expr *zipValue(const std::vector<ArgIn> &args, Loc loc, const Type *expected);

  // ---- Models.cpp, Training.cpp, Vmap.cpp, Rules.cpp
  Expr *construct(StructDecl *decl, const std::vector<GenericArg> *generics,
                  std::vector<ArgIn> args, Loc loc, const ast::Ident &name, const Type *expected);
  bool fitFields(Construct &node, const std::vector<ArgIn *> &byField);
  Expr *constructFields(const Type *type, std::vector<ArgIn> &args, Loc loc,
                        const ast::Ident &name);
  Expr *defaultInit(const Type *type, Var *rng, Loc loc);
  bool matchFields(StructDecl &decl, std::vector<ArgIn> &args, std::vector<ArgIn *> &byField,
                   ArgIn *&rng, const std::string &shown);
  const Type *inferStruct(StructDecl &decl, std::vector<ArgIn> &args, Loc loc,
                          const ast::Ident &name);
  bool isDifferentiable(const Type *type);
  bool hasGradient(const Type *type);
  bool canBeLeaves(const Type *type, Loc loc, const Type *scalar = nullptr);
  const Type *leafScalar(const Type *type);
  Expr *checkGrad(std::vector<ArgIn> args, Loc loc);
  Expr *checkTrain(std::vector<ArgIn> args, Loc loc);
  const Type *mappedElement(const Type *type, int64_t axis, std::optional<Dim> &size, Loc loc);
  const Type *mappedResult(const Type *type, const Dim &size, Loc loc);
  Closure *calling(const ast::Expr *source, const std::vector<const Type *> &types, Loc loc);
  Expr *callVmap(std::vector<ArgIn> maker, std::vector<ArgIn> args, Loc loc);
  size_t arityOf(const ast::Expr *function);
  Expr *vmapToKeep(const std::vector<ArgIn> &maker, Loc loc);
  Expr *checkVmap(std::vector<ArgIn> maker, Loc loc, const Type *expected);
  void linkRules(Module &module);
  void reportBadRule(FnDecl &fn, FnDecl &rule, const std::string &what);
  CustomRule *customRule(const Call &call, FnDecl &fn);
  Expr *checkProfile(std::vector<ArgIn> args, Loc loc);
  Expr *checkRemat(std::vector<ArgIn> args, Loc loc, const Type *expected);
  Expr *loadModel(const Type *type, std::vector<ArgIn> args, Loc loc);

  // ---- Builtins.cpp, SavedValues.cpp: functions that no declaration in the library could type
  bool isBuiltin(const std::string &name) const;
  Expr *callBuiltin(const ast::Ident &name, std::vector<ArgIn> args, Loc loc, const Type *expected);
  Expr *checkPrint(std::vector<ArgIn> args, Loc loc);
  Expr *checkRecord(std::vector<ArgIn> args, Loc loc);
  Expr *checkSave(const std::string &name, std::vector<ArgIn> args, Loc loc);
  Expr *oneArg(const std::string &name, std::vector<ArgIn> &args, Loc loc);
  Expr *minMax(const ast::Ident &name, std::vector<ArgIn> args, Loc loc, const Type *expected);
  Expr *expectClose(std::vector<ArgIn> args, Loc loc);
  bool isMeasurable(const Type *type);
  bool usesSelf(const FnDecl &fn);

  // ---- Trees.cpp
  Expr *eachLeaf(const ast::Ident &name, std::vector<ArgIn> args, Loc loc, const Type *expected);
  Closure *leafClosure(const ArgIn &arg, const std::vector<const Type *> &params,
                       const Type *result);
  bool worksOnLeaves(const FnDecl &fn, unsigned index);
  Expr *callOnLeaves(CallState &call);
  const Type *leafOf(const Type *tree, const PackVar *pack);

  // ---- TensorPatterns.cpp
  Expr *checkEinsum(std::vector<ArgIn> args, Loc loc);
  Expr *checkRearrange(std::vector<ArgIn> args, Loc loc);
  Expr *checkConcat(const std::string &name, std::vector<ArgIn> args, Loc loc);
  std::pair<std::string, const Type *> unsavable(const Type *type, const std::string &path,
                                                 std::set<const Type *> &seen);
  bool isSavable(const Type *type, Loc loc, const char *what);
  bool isPrintable(const Type *type);
  Expr *builtinMethod(Expr *base, const ast::FieldExpr *callee, std::vector<ArgIn> &args, Loc loc,
                      const Type *expected); // null: there is none
  LetStmt *letOf(Var *var, Expr *value);
  Var *nameIn(Block &out, const char *name, Expr *value);
  bool mayStop(const Expr *expr);
  Expr *after(Expr *value, Expr *result);
  Expr *fieldOfTree(Expr *base, const ast::FieldExpr *expr);
  Expr *lengthField(Expr *base, Loc loc);
  Expr *builtinField(Expr *base, const ast::FieldExpr *expr);

  // ---- PrimRules.cpp, AxisRules.cpp, ShapeRules.cpp: result types of primitives
  bool isElementwise(const FnDecl &fn);
  Expr *elementwise(CallState &call, bool floats);
  Prim *reduction(CallState &call, const std::string &name);
  std::optional<Shape> reducedShape(const Shape &shape, const std::vector<int64_t> &axes,
                                    bool keep);
  std::optional<bool> constantBool(Expr *value, const char *name);
  Expr *reshapeTo(Expr *x, Shape shape, Loc loc, const std::string &shown);
  const Type *batched(const Type *dataset, Dim size, Loc loc);
  Expr *finishPrim(CallState &call);
  bool axesOf(const ast::Expr *expr, const Type *tensor, std::vector<int64_t> &axes, Loc loc);
  int64_t axisIndex(const Shape &shape, int64_t axis) const;
#define PRIM_RULE(NAME) Expr *rule##NAME(CallState &call, const Type *result);
#include "compiler/frontend/sema/PrimRules.def"
#undef PRIM_RULE

  // ---- Finish.cpp: after all bodies
  void markRecursion();
  void refuseLargeNumbers();

  // ---- Tests.cpp
  void checkTests(Module &module);
  void linkTests();
  void reportGradcheck();

  // ---- EarlyReads.cpp
  void checkEarlyReads();

  // ---- KeptClosures.cpp
  void refuseKeptUpdates();

  // ---- ModeChecks.cpp
  void checkModes();

  // ---- IdleParams.cpp, Origins.cpp, UnusedResults.cpp: warnings
  void warnOfIdleParams();
  void warnOfOrigins();
  void warnOfUnusedResults();
  void eachOwnBody(const std::function<void(const Expr &)> &visit); // of the program's own code

  SourceManager &sources_;
  Options options_;
  Diagnostics &diags_;
  std::shared_ptr<NodeArena> arena_ = std::make_shared<NodeArena>();
  TypeContext types_;
  Program program_;
  std::map<std::string, std::unique_ptr<Module>> modules_;
  std::deque<FnDecl> fnDecls_;
  std::deque<StructDecl> structDecls_;
  std::deque<EnumDecl> enumDecls_;
  std::deque<Scope> scopes_;
  std::deque<Captures> captures_;
  std::deque<UntypedClosure> untypedClosures_;
  /// The sizes `?N` of the fields of a value: by its variable and the number of its assignment, the
  /// fields down to it and the struct's own dim.
  std::map<std::tuple<const Var *, unsigned, std::vector<unsigned>, const DimVar *>, DimVar *>
      fieldSizes_;
  std::set<const Var *> copies_; // of captured variables
  std::deque<TypeParam> typeParams_;
  std::deque<PackVar> packs_;
  std::map<const Var *, DimVar *> maskCounts_; // how many elements a `let` mask picks
  std::map<const Var *, Dim> knownDims_;       // immutable ints whose value is a dim
  std::vector<DimFact>
      topFacts_;         // equalities to check at run time in the top-level statement at hand
  Sizes now_;            // of the variables that resize
  Flow *flow_ = nullptr; // of the loop around
  std::set<const Var *> unnamed_;    // new sizes that are still to be given their values
  std::set<const Var *> handedOver_; // that the call at hand may resize
  std::map<const Var *, const Type *> paramSizes_; // what & parameters are on entry
  std::set<const Var *> usedVars_;
  unsigned nextId_ = 1;
  unsigned structDepth_ = 0;
  unsigned bodyNesting_ = 0;
  bool hasLargeNumbers_ = false; // literals of 2^63 or more

  struct Pending {
    FnInstance *fn = nullptr;
    FnDecl *decl = nullptr;
    std::map<std::string, Symbol> names; // what generics and literals stand for in this instance
    const Type *selfType = nullptr;
    Loc call;                          // of the library, by the program's own code
    Loc made;                          // where it is called first
    std::set<const FnDecl *> creators; // whose bodies led to this instance
    unsigned depth = 0;                // how often one of them did so again
    int state = 0;                     // 0 new, 1 in work, 2 done
    std::set<FnInstance *> callees;
  };
  std::map<FnInstance *, Pending> bodies_;
  std::deque<FnInstance *> work_;

  Module *prelude_ = nullptr;
  Module *module_ = nullptr;
  Scope *scope_ = nullptr;
  Frame *frame_ = nullptr;
  Facts facts_;
  Block *block_ = nullptr; // that is being made; null in a function that is one expression
  std::deque<ast::GenericParam> freshGenerics_; // of `?N` in parameters
  ast::Arena extraNodes_;                       // types read from expressions
  const ast::Expr *assigned_ = nullptr;         // the name on the left of the assignment at hand
  PipeStage *pipeStage_ = nullptr;
  const ast::Expr *pipeRoot_ = nullptr; // the whole pipe around the stage at hand
};

/// Restores where the checker is when a nested declaration or block is done.
struct Saved {
  explicit Saved(Checker &checker)
      : checker(checker), module(checker.module_), scope(checker.scope_), frame(checker.frame_),
        facts(checker.facts_), block(checker.block_) {}
  ~Saved() {
    checker.module_ = module;
    checker.scope_ = scope;
    checker.frame_ = frame;
    checker.facts_ = std::move(facts);
    checker.block_ = block;
  }
  Checker &checker;
  Module *module;
  Scope *scope;
  Frame *frame;
  Facts facts;
  Block *block;
};

} // namespace nnc::sema
