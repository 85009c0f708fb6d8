// Declarations as sema knows them: names, generics and signatures, before specialisation.
#pragma once
#include "compiler/frontend/ast/AST.h"
#include "compiler/frontend/sema/TypeContext.h"
#include "compiler/frontend/sema/TypedTree.h"

namespace nnc::sema {

struct Module;
struct FnDecl;
struct Scope;

/// One name in the brackets of a declaration; exactly one of dim, pack and type is set.
struct GenericEntry {
  DimVar *dim = nullptr;
  PackVar *pack = nullptr;
  TypeParam *type = nullptr;
  const ast::GenericParam *node = nullptr;
  bool isFresh = false;  // `?N` in a parameter's type
  bool inParams = false; // functions: a parameter's type mentions it, so calls infer it
};

struct ParamSig {
  enum class Special { None, Self, Dim, Axis, DType } special = Special::None;
  std::string name;
  Loc loc;
  const Type *type = nullptr; // null: untyped
  bool byRef = false;
  const ast::Expr *defaultValue = nullptr;
  DimVar *dim = nullptr; // `k: dim`
};

struct FnDecl {
  const ast::FnDecl *node = nullptr;
  Module *module = nullptr;
  StructDecl *owner = nullptr;
  bool resolved = false;
  bool isPrim = false;
  std::string prim; // the entry of Prims.def that calls of it become
  std::vector<GenericEntry> generics;
  std::vector<ParamSig> params;     // self first
  const Type *result = nullptr;     // null: found from the body
  std::vector<DimFact> facts;       // `where` of the function
  std::vector<DimFact> resultFacts; // those about the result's own sizes: `-> T[?K] where K <= n`
  bool isGenericInTypes = false;    // checked at each use
  std::map<std::vector<const Type *>, FnInstance *> instances;
  FnDecl *vjp = nullptr, *jvp = nullptr; // the rules for its derivatives
  bool saidBadRule = false;
  bool hasRule() const { return vjp || jvp; }
  bool hasSelf() const { return !params.empty() && params[0].special == ParamSig::Special::Self; }
};

struct StructDecl {
  const ast::StructDecl *node = nullptr;
  Module *module = nullptr;
  bool resolved = false;
  std::vector<GenericEntry> generics;
  std::vector<DimFact> facts;
  std::vector<const ast::FieldDecl *> fields;
  std::map<std::string, FnDecl *> methods;
  std::map<std::vector<const Type *>, StructInfo *> instances; // by type arguments
};

struct EnumDecl {
  const ast::EnumDecl *node = nullptr;
  Module *module = nullptr;
  EnumInfo *info = nullptr;
  const Type *type = nullptr;
};

/// What a name stands for.
struct Symbol {
  enum class Kind {
    Var,
    Closure,
    Fn,
    Struct,
    Enum,
    Variant,
    Dim,
    Pack,
    Axis,
    Type,
    Module,
    Import,
    Let,
    Alias,
    Broken
  } kind = Kind::Broken;
  Loc loc;
  bool isPub = false;
  Var *var = nullptr;                        // Var
  const ast::ClosureExpr *closure = nullptr; // Closure: a `let` whose parameters have no types
  Scope *scope = nullptr;                    // Closure: where it was written
  FnDecl *fn = nullptr;                      // Fn
  StructDecl *structDecl = nullptr;          // Struct
  EnumDecl *enumDecl = nullptr;              // Enum, Variant
  unsigned variant = 0;                      // Variant
  sema::Dim dim;                             // Dim
  const PackVar *pack = nullptr;             // Pack: itself, or what it stands for in this instance
  bool hasShape = false;
  Shape shape;
  std::vector<int64_t> axes;         // Axis: indices from the back (negative) or the front
  Expr *alias = nullptr;             // Alias: stands for this value (parameters in defaults)
  const ast::LetStmt *let = nullptr; // Let: of an imported module, not yet checked
  const sema::Type *type = nullptr;  // Type: what a type parameter stands for
  sema::Module *module = nullptr;    // Module; Import: where the name is looked up
  std::string importName;            // Import: its name there
};

/// A closure whose parameters have no types, kept as a part of a value: where it was written.
struct UntypedClosure {
  const ast::ClosureExpr *node = nullptr;
  Scope *scope = nullptr;
  Module *module = nullptr;
  const Type *selfType = nullptr;
  Var *self = nullptr;
  Expr *selfValue = nullptr;
};

/// The variables that a stored closure uses: copies, made where the closure is.
struct Captures {
  Block *copies = nullptr; // the code that makes them
  std::map<const Var *, Var *> byVar;
};

struct Scope {
  Scope *parent = nullptr;
  std::map<std::string, Symbol> names;
  Captures *captures = nullptr; // the scope around a stored closure
};

/// A source file, or an index of files (mod.nn of a library folder).
struct Module {
  std::string name; // as in `import nn`
  std::string path;
  std::shared_ptr<ast::File> file;
  Scope *scope = nullptr;
  bool isLibrary = false; // of the standard library
  bool isProgram = false; // its statements run
  bool isIndex = false;   // re-exports only
  bool loading = false;
};

} // namespace nnc::sema
