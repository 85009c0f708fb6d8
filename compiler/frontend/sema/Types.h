// Types after name and shape analysis. Types are interned in a TypeContext: equal types are one pointer.
#pragma once
#include "compiler/frontend/sema/Dim.h"

namespace nnc::sema {

enum class DType { F16, BF16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, Bool };

struct StructInfo;
struct EnumInfo;

struct Type {
  enum class Kind {
    Error, // an error was reported; silences followers
    Unit,
    Never,    // of `return`, `break`, `fail(..)`
    Int,      // the 64-bit host integer
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
    Fn,       // elems = parameters, result
    Dataset,  // elems = members of a sample
    Batches,  // elems = members of a batch (with their fresh leading dim)
    Tree,     // one value per param leaf of elems[0]: Grad[M]; leafScalar: Tree[M, f32]
    Module,
  } kind = Kind::Error;
  DType dtype = DType::F32;
  Shape shape;
  std::vector<const Type *> elems;
  const Type *result = nullptr;
  std::vector<bool> byRef; // Fn: parameters taken with &
  Dim count;               // Array
  const StructInfo *structInfo = nullptr;
  const EnumInfo *enumInfo = nullptr;
  DimBindings binds;                     // Struct: what its declared dims stand for
  std::vector<const Type *> typeArgs;    // Struct: type arguments (StructInfo is already specialised)
  bool leafScalar = false;               // Tree
  bool is(Kind k) const { return kind == k; }
  bool isScalar() const { return kind == Kind::Tensor && shape.empty(); }
  bool isModel() const;
  std::string str() const; // as a user writes it: `f32[B, In]`, `Linear[784, 256]`
};

} // namespace nnc::sema
