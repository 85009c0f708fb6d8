// Types after name and shape analysis. Types are interned in a TypeContext: equal types are one
// pointer.
#pragma once
#include "compiler/frontend/sema/Dim.h"

namespace nnc::sema {

enum class DType { F16, BF16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, Bool };

struct StructInfo;
struct EnumInfo;
struct StructDecl;
struct EnumDecl;
struct FnDecl;
struct UntypedClosure;

/// A type parameter of a generic declaration: `M: model`, `T: type`, `D: dtype`.
struct TypeParam {
  enum class Kind { Type, Model, DType } kind = Kind::Type;
  std::string name;
  Loc loc;
  unsigned id = 0;
};

struct Type {
  enum class Kind {
    Error, // an error was reported; silences followers
    Unit,
    Never, // of `return`, `break`, `fail(..)`
    Int,   // the 64-bit host integer
    Str,
    Range,    // 0..n
    Rng,      // random stream: key and counter
    Tensor,   // dtype + shape; scalars are rank 0 (so `f32` and `bool` are tensors)
    Tuple,    // elems
    List,     // elems[0]
    Map,      // elems[0] -> elems[1]
    Array,    // count copies of elems[0]: [T; N]
    Optional, // elems[0]?
    Struct,   // structInfo with dimArgs / typeArgs; models are structs with isModel
    Enum,
    Fn,    // elems = parameters, result
    OneFn, // one generic function or closure without types, checked at each call: oneFn or closure
    Dataset, // elems = members of a sample
    Batches, // elems = members of a batch (with their fresh leading dim)
    Tree,    // one value per param leaf of elems[0]: Grad[M]; leafScalar: Tree[M, f32]
    Param, // a type parameter; only in signatures of generic declarations, never in a finished tree
  } kind = Kind::Error;
  DType dtype = DType::F32;
  Shape shape;
  std::vector<const Type *> elems;
  const Type *result = nullptr;
  std::vector<bool> byRef; // Fn: parameters taken with &
  Dim count;               // Array
  const StructInfo *structInfo = nullptr;
  const EnumInfo *enumInfo = nullptr;
  DimBindings binds;                  // Struct: what its declared dims stand for
  std::vector<const Type *> typeArgs; // Struct: type arguments (StructInfo is already specialised)
  bool leafScalar = false;            // Tree
  // Used by sema only: what a struct or enum was declared as, and the parameters of signatures.
  const StructDecl *decl = nullptr;
  const EnumDecl *enumDecl = nullptr;
  FnDecl *oneFn = nullptr;               // OneFn
  UntypedClosure *closure = nullptr;     // OneFn
  std::vector<const PackVar *> ownPacks; // Fn: `fn[..S](f32[..S]) -> bool`
  std::vector<const DimVar *> ownDims;   // Fn
  const TypeParam *param = nullptr;      // Param
  const TypeParam *dtypeParam = nullptr; // Tensor of a dtype that is a parameter
  bool is(Kind k) const { return kind == k; }
  bool isScalar() const { return kind == Kind::Tensor && shape.empty(); }
  bool isModel() const; // a tuple of models and functions is one
  bool isFunction() const { return is(Kind::Fn) || is(Kind::OneFn); }
  bool isFloat() const { return kind == Kind::Tensor && dtype <= DType::F64; }
  std::string str() const; // as a user writes it: `f32[B, In]`, `Linear[784, 256]`
};

const char *spelling(DType dtype);
std::optional<DType> dtypeNamed(const std::string &name);

} // namespace nnc::sema
