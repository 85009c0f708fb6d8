// Types and dims. A type argument may be either, so they are one family; sema tells them apart.
#pragma once
#include "compiler/frontend/ast/Node.h"

namespace nnc::ast {

struct TypeArg {
  Ident name; // `S` in Conv[In, Out, S: 2], else empty
  TypeExpr *value = nullptr;
};

// f32, f32[B, T], Net, optim.SGD[Net], and a dim name such as B: the path has at least one name.
struct NamedType : Of<TypeExpr, Kind::NamedType> {
  std::vector<Ident> path;
  std::vector<TypeArg> args;
  bool hasArgs = false; // `f32[]` has brackets and no argument
};

struct OptionalType : Of<TypeExpr, Kind::OptionalType> {
  TypeExpr *inner = nullptr;
}; // T?
struct TupleType : Of<TypeExpr, Kind::TupleType> {
  std::vector<TypeExpr *> elements;
}; // (A, B)
struct ListType : Of<TypeExpr, Kind::ListType> {
  TypeExpr *element = nullptr;
}; // [T]
struct RefType : Of<TypeExpr, Kind::RefType> {
  TypeExpr *inner = nullptr;
}; // &Rng

struct ArrayType : Of<TypeExpr, Kind::ArrayType> { // [T; N]
  TypeExpr *element = nullptr;
  TypeExpr *size = nullptr;
};

struct MapType : Of<TypeExpr, Kind::MapType> { // [K: V]
  TypeExpr *key = nullptr;
  TypeExpr *value = nullptr;
};

// One of the names in the brackets after a declaration's name.
struct GenericParam {
  Loc loc;
  bool isPack = false; // ..S
  Ident name;
  Ident bound;                      // `model`, `type`, `dtype`; empty means a dim
  TypeExpr *defaultValue = nullptr; // K = 3
};

struct FnType : Of<TypeExpr, Kind::FnType> { // fn[..S](f32[..S], &Rng) -> bool
  std::vector<GenericParam> generics;
  std::vector<TypeExpr *> params;
  TypeExpr *result = nullptr; // null: no result
};

enum class DimOp : uint8_t { Add, Sub, Mul, Div, Rem, Pow };
enum class FactOp : uint8_t { Eq, Ne, Lt, Le, Gt, Ge };
const char *spelling(DimOp op);
const char *spelling(FactOp op);

struct IntDim : Of<TypeExpr, Kind::IntDim> {
  int64_t value = 0;
};
struct NegDim : Of<TypeExpr, Kind::NegDim> {
  TypeExpr *operand = nullptr;
};
struct BinaryDim : Of<TypeExpr, Kind::BinaryDim> {
  DimOp op = DimOp::Add;
  TypeExpr *lhs = nullptr;
  TypeExpr *rhs = nullptr;
};
struct CallDim : Of<TypeExpr, Kind::CallDim> { // min(A, B), max(A, B), prod(S)
  Ident callee;
  std::vector<TypeExpr *> args;
};
struct FreshDim : Of<TypeExpr, Kind::FreshDim> {
  Ident name;
}; // ?N
struct PackDim : Of<TypeExpr, Kind::PackDim> {
  Ident name;
}; // ..S; the name is empty for ..

// `where lhs op rhs`
struct Fact {
  Loc loc;
  FactOp op = FactOp::Eq;
  TypeExpr *lhs = nullptr;
  TypeExpr *rhs = nullptr;
};

} // namespace nnc::ast
