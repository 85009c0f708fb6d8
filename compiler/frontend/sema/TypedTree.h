// The typed tree: what sema makes of an AST and irgen reads. Names are resolved, types and shapes
// known, generics over types are specialised (one FnInstance per type arguments), generics over
// dims stay symbolic: a call says in DimBindings what the callee's dims and packs stand for.
// Literals have the type they adapted to. Broadcasting is implied by the result type of an
// elementwise node. Nodes are owned by the Program's arena and live as long as it.
#pragma once
#include "compiler/frontend/sema/Types.h"
#include <deque>
#include <set>

namespace nnc::sema {

struct Expr;
struct Stmt;
struct Closure;
struct FnInstance;

struct Var {
  std::string name;
  Loc loc;
  const Type *type = nullptr;
  bool isMutable = false;
  bool isRef = false;      // an & parameter or & loop/closure variable
  bool isTopLevel = false; // a `let`/`var`/`arg` at the top level of a file
  bool resizes = false; // `var v: f32[?N]`: may take another size; the `?` dims of `type` stand for
                        // none, a VarRef's type says what it is there
  bool resized = false; // it does take another one somewhere
  const DimVar *dim = nullptr; // immutable ints that appear in shapes
};

struct Pattern {
  enum class Kind {
    Wildcard,
    Bind,
    Tuple,
    Variant,
    Int,
    Float,
    Str,
    Bool,
    None,
    Some
  } kind = Kind::Wildcard;
  Loc loc;
  const Type *type = nullptr;
  Var *var = nullptr; // Bind
  std::vector<Pattern *>
      parts; // Tuple (also takes apart [T; n] and a tensor's first axis), Variant
  unsigned variant = 0;
  int64_t intValue = 0;
  double floatValue = 0;
  std::string strValue;
};

// ---- expressions
enum class ExprKind {
  Int,
  Float,
  Bool,
  Str,
  None,
  DimValue, // a dim used as an int
  VarRef,
  Field,     // field of a struct, model or tuple
  Call,      // of a known function (self is args[0])
  CallValue, // of a value of function type
  FnRef,     // a named function used as a value
  Prim,      // a primitive of the language, see Prims.def
  Unary,
  Binary,
  Convert, // numeric cast `f32(x)`, int -> tensor, literal adaption, range/list -> tensor, T -> T?
  Tuple,
  ListLit,
  MapLit,
  ArrayFill,
  TensorLit,
  Construct, // struct or model
  Variant,   // enum variant
  Index,
  Interp, // "text {x:.3}"
  If,
  IfLet,
  Match,
  Block,
  Closure,
  Grad,
  Train,
  Remat,
  Profile,
  Catch,
};

struct Expr {
  ExprKind kind;
  Loc loc;
  const Type *type = nullptr;
  Expr(ExprKind k) : kind(k) {}
  virtual ~Expr() = default;
};

struct IntLit : Expr {
  int64_t value = 0;
  bool isLarge = false; // the bits of 2^63 or more: fits only in u64 and floats
  IntLit() : Expr(ExprKind::Int) {}
}; // type Int or an int tensor scalar
struct FloatLit : Expr {
  double value = 0;
  bool isTyped = false; // by a written conversion: adapts to nothing more
  FloatLit() : Expr(ExprKind::Float) {}
}; // type: float tensor of rank 0
struct BoolLit : Expr {
  bool value = false;
  BoolLit() : Expr(ExprKind::Bool) {}
};
struct StrLit : Expr {
  std::string value;
  StrLit() : Expr(ExprKind::Str) {}
};
struct NoneLit : Expr {
  NoneLit() : Expr(ExprKind::None) {}
};
struct DimValue : Expr {
  Dim dim;
  DimValue() : Expr(ExprKind::DimValue) {}
};
struct VarRef : Expr {
  Var *var = nullptr;
  VarRef() : Expr(ExprKind::VarRef) {}
};
struct Field : Expr {
  Expr *base = nullptr;
  unsigned index = 0;
  Field() : Expr(ExprKind::Field) {}
};

struct Arg {
  Expr *value = nullptr;
  bool byRef = false;
}; // byRef: value is a place

/// Derivatives of a call as its function's rules give them. `vjp` is (result, pullback), `jvp` is
/// (result, tangent), of these parameters.
struct CustomRule {
  std::vector<Var *> params, tangents;
  Expr *vjp = nullptr, *jvp = nullptr;
};
struct Call : Expr {
  FnInstance *fn = nullptr;
  CustomRule *rule = nullptr;
  std::vector<Arg> args; // one per parameter of fn, defaults filled in
  DimBindings binds;     // fn's own dims and packs, and those of its model
  Call() : Expr(ExprKind::Call) {}
};
struct CallValue : Expr {
  Expr *callee = nullptr;
  Closure *closure = nullptr; // of a closure without types: what it is for these arguments
  std::vector<Arg> args;
  CallValue() : Expr(ExprKind::CallValue) {}
};
struct FnRef : Expr {
  FnInstance *fn = nullptr; // null: the type says which it is (Type::Kind::OneFn)
  DimBindings binds;
  FnRef() : Expr(ExprKind::FnRef) {}
};

/// A primitive: `name` is an entry of Prims.def. Elementwise primitives are named after their op
/// ("nn.exp"). What each carries is documented beside its entry.
using AxisNames = std::vector<std::string>;
struct Prim : Expr {
  std::string name;
  std::vector<Arg> args;
  std::vector<int64_t> ints; // axes, permutation, flags
  std::vector<Dim> dims;     // sizes
  std::vector<std::string> strs;
  std::vector<AxisNames> axisNames; // by a pattern: of each argument, then the result's, or none
  Prim() : Expr(ExprKind::Prim) {}
};

enum class UnaryOp { Neg, Not };
enum class BinaryOp {
  Add,
  Sub,
  Mul,
  Div,
  Mod,
  Pow,
  MatMul,
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  And,
  Or,
  Range,
  RangeIncl
};
struct Unary : Expr {
  UnaryOp op{};
  Expr *value = nullptr;
  Unary() : Expr(ExprKind::Unary) {}
};
/// On ints, strings, tensors (broadcast to the result type; comparisons broadcast to the shape of
/// the result), trees (leaf by leaf; scalars and leaf-scalar trees expand).
struct Binary : Expr {
  BinaryOp op{};
  Expr *lhs = nullptr, *rhs = nullptr;
  Binary() : Expr(ExprKind::Binary) {}
};
struct Convert : Expr {
  Expr *value = nullptr;
  Convert() : Expr(ExprKind::Convert) {}
};
struct TupleExpr : Expr {
  std::vector<Expr *> elems;
  TupleExpr() : Expr(ExprKind::Tuple) {}
};
struct ListLit : Expr {
  std::vector<Expr *> elems;
  ListLit() : Expr(ExprKind::ListLit) {}
};
struct MapLit : Expr {
  std::vector<std::pair<Expr *, Expr *>> entries;
  MapLit() : Expr(ExprKind::MapLit) {}
};
struct ArrayFill : Expr {
  Expr *value = nullptr;
  ArrayFill() : Expr(ExprKind::ArrayFill) {}
}; // [e; n]
struct TensorLit : Expr {
  std::vector<Expr *> elems;
  bool isTyped = false; // by a written conversion
  bool ofInts = false;  // ints that have taken no dtype from around them: i64 so far
  TensorLit() : Expr(ExprKind::TensorLit) {}
}; // stacked on axis 0

/// Builds a struct or model. Fields without a value are made by their declared initialiser, in
/// order; `rng` is the place of the Rng that those draw from (null if nothing draws). With a user
/// `init`, this is a Call of that instead.
struct Construct : Expr {
  std::vector<Expr *> fields; // by field index; null = declared initialiser
  Expr *rng = nullptr;
  Construct() : Expr(ExprKind::Construct) {}
};
struct VariantExpr : Expr {
  unsigned variant = 0;
  std::vector<Expr *> args;
  VariantExpr() : Expr(ExprKind::Variant) {}
};

struct IndexItem {
  enum class Kind { At, Slice, Gather, Mask, New, Rest } kind = Kind::At;
  Expr *at = nullptr; // At: int or integer scalar; Gather: integer tensor; Mask: bool tensor
  Expr *lo = nullptr, *hi = nullptr, *step = nullptr; // Slice, each optional
};
struct Index : Expr {
  Expr *base = nullptr;
  std::vector<IndexItem> items;
  Index() : Expr(ExprKind::Index) {}
}; // tensor, list, map, str

struct InterpPart {
  std::string text;
  Expr *value = nullptr;
  std::string format;
}; // text, or a value
struct Interp : Expr {
  std::vector<InterpPart> parts;
  Interp() : Expr(ExprKind::Interp) {}
};

/// `resizes` of branches: a size after them depends on which one was taken.
struct If : Expr {
  Expr *cond = nullptr, *then = nullptr, *otherwise = nullptr;
  bool resizes = false;
  If() : Expr(ExprKind::If) {}
};
struct IfLet : Expr {
  Pattern *pattern = nullptr;
  Expr *value = nullptr, *then = nullptr, *otherwise = nullptr;
  bool resizes = false;
  IfLet() : Expr(ExprKind::IfLet) {}
};
struct MatchArm {
  Pattern *pattern = nullptr;
  Expr *body = nullptr;
};
struct Match : Expr {
  Expr *value = nullptr;
  std::vector<MatchArm> arms;
  bool resizes = false;
  Match() : Expr(ExprKind::Match) {}
};
struct Block : Expr {
  std::vector<Stmt *> stmts;
  Expr *result = nullptr;
  Block() : Expr(ExprKind::Block) {}
};
struct Closure : Expr {
  std::vector<Pattern *> params;
  std::vector<bool> byRef;
  Expr *body = nullptr;
  Closure() : Expr(ExprKind::Closure) {}
};

/// grad(place) { m => body }: value is a tuple (what body gives, gradients). The body's value is
/// the loss, or a tuple whose first member is the loss. byRef: state may move (written grad(&net)).
struct Grad : Expr {
  Expr *place = nullptr;
  bool byRef = false;
  Closure *fn = nullptr;
  Expr *tangent = nullptr; // of `place`: the result's tangent is wanted, not the gradient
  Grad() : Expr(ExprKind::Grad) {}
};
struct Train : Expr {
  Expr *rng = nullptr;
  std::optional<DType> precision;
  Block *body = nullptr;
  Train() : Expr(ExprKind::Train) {}
};
struct Remat : Expr {
  Block *body = nullptr;
  Remat() : Expr(ExprKind::Remat) {}
};
/// profile { .. }: the branch that runs it, so that what it computes stays together in time.
struct Profile : Expr {
  If *body = nullptr;
  Profile() : Expr(ExprKind::Profile) {}
};
struct Catch : Expr {
  Expr *value = nullptr;
  Closure *handler = nullptr;
  Catch() : Expr(ExprKind::Catch) {}
};

// ---- statements
enum class StmtKind { Let, Assign, Expr, For, While, Break, Continue, Return, Expect, Assume };
struct Stmt {
  StmtKind kind;
  Loc loc;
  Stmt(StmtKind k) : kind(k) {}
  virtual ~Stmt() = default;
};
struct LetStmt : Stmt {
  Pattern *pattern = nullptr;
  Expr *value = nullptr;
  LetStmt() : Stmt(StmtKind::Let) {}
};
/// place = value, or place op= value (op set). The place is a VarRef, a Field/Index chain on one,
/// `net.params` (Prim "params"), or a Tuple of places.
struct AssignStmt : Stmt {
  Expr *place = nullptr;
  std::optional<BinaryOp> op;
  Expr *value = nullptr;
  AssignStmt() : Stmt(StmtKind::Assign) {}
};
struct ExprStmt : Stmt {
  Expr *value = nullptr;
  ExprStmt() : Stmt(StmtKind::Expr) {}
};
struct ForStmt : Stmt {
  Pattern *pattern = nullptr;
  Expr *iterable = nullptr;
  bool byRef = false;
  Block *body = nullptr;
  const Var *resizes = nullptr; // a variable whose size changes from turn to turn
  ForStmt() : Stmt(StmtKind::For) {}
};
struct WhileStmt : Stmt {
  Expr *cond = nullptr;
  Block *body = nullptr;
  const Var *resizes = nullptr;
  WhileStmt() : Stmt(StmtKind::While) {}
};
struct BreakStmt : Stmt {
  BreakStmt() : Stmt(StmtKind::Break) {}
};
struct ContinueStmt : Stmt {
  ContinueStmt() : Stmt(StmtKind::Continue) {}
};
struct ReturnStmt : Stmt {
  Expr *value = nullptr;
  ReturnStmt() : Stmt(StmtKind::Return) {}
};
struct ExpectStmt : Stmt {
  Expr *cond = nullptr;
  ExpectStmt() : Stmt(StmtKind::Expect) {}
};
/// `assume fact`, and facts that could not be proved: checked once when reached, with both values
/// shown.
struct DimFact {
  Dim lhs, rhs;
  BinaryOp op{};
  std::string text;
  Loc loc;
};
struct AssumeStmt : Stmt {
  DimFact fact;
  AssumeStmt() : Stmt(StmtKind::Assume) {}
};

// ---- declarations
struct FieldInfo {
  enum class Role {
    Param,
    State,
    Sub,
    Config
  } role = Role::Config; // Sub: a model, array or tuple of models
  std::string name;
  Loc loc;
  const Type *type = nullptr; // in the struct's own dims
  Expr *init = nullptr;       // declared initialiser; draws from StructInfo::rng
  std::vector<DimFact> facts; // `where` of the field: it exists only where these hold
};
struct StructInfo {
  std::string name;
  Loc loc;
  bool isModel = false;
  std::vector<DimVar *> dims;
  std::vector<FieldInfo> fields;
  std::vector<DimFact> checks; // facts left for the instantiation
  Var *rng = nullptr;          // the constructor's Rng as the initialisers name it
};
struct EnumInfo {
  std::string name;
  Loc loc;
  struct Variant {
    std::string name;
    std::vector<const Type *> fields;
  };
  std::vector<Variant> variants;
};
struct FnInstance {
  std::string name; // as a user would say it: `Linear.call`
  Loc loc;
  std::vector<DimVar *> dims; // own and the model's
  std::vector<PackVar *> packs;
  std::vector<Var *> params; // self first; self's fields are read as Field(VarRef(self))
  const Type *result = nullptr;
  Expr *body = nullptr;        // a Block or expression; null for externals
  std::vector<DimFact> checks; // facts left for entry
  bool isExport = false;
  bool isLibrary = false;
  bool isRecursive = false; // (mutually): irgen makes a function of it instead of expanding it
};

struct ArgDecl {
  Var *var = nullptr;
  Expr *init = nullptr;
  std::string help;
  std::string defaultText;
  std::optional<std::string> fixed; // the one value that the program is compiled for: `init`
};
struct TestDecl {
  std::string name;
  Loc loc;
  Block *body = nullptr;
  std::set<const Var *> reads;      // of the top level, directly or not
  std::vector<const Stmt *> before; // the `let`s among these and what their types rest on
  bool checksGradients = false;     // there f32 means f64
};

struct Program {
  std::vector<ArgDecl> args;
  std::vector<std::pair<Var *, Expr *>>
      globals;           // pure top-level `let`s of imported modules, in order
  Block *body = nullptr; // the top-level statements, or the call of main
  std::vector<FnInstance *> exports;
  std::vector<TestDecl> tests;
  std::shared_ptr<void> arena; // owns every node
};

template <class T> const T &as(const Expr &e) { return static_cast<const T &>(e); }
template <class T> const T &as(const Stmt &s) { return static_cast<const T &>(s); }

} // namespace nnc::sema
