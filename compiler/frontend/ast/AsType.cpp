#include "compiler/frontend/ast/AST.h"

namespace nnc::ast {
namespace {

// a.b.c as a path; false when something other than names stands in it.
bool readPath(const Expr *expr, std::vector<Ident> &path) {
  if (auto *name = expr->as<NameExpr>()) {
    path.push_back(name->name);
    return true;
  }
  auto *field = expr->as<FieldExpr>();
  if (!field || !readPath(field->base, path))
    return false;
  path.push_back(field->name);
  return true;
}

TypeExpr *namedAsType(Arena &arena, const Expr *expr) {
  auto *type = arena.make<NamedType>(expr->loc);
  return readPath(expr, type->path) ? type : nullptr;
}

TypeExpr *indexAsType(Arena &arena, const IndexExpr *expr) {
  auto *type = arena.make<NamedType>(expr->loc);
  type->hasArgs = true;
  if (!readPath(expr->base, type->path))
    return nullptr;
  for (const Index &index : expr->indices) {
    TypeArg arg;
    if (index.form == Index::Value) {
      arg.value = asType(arena, index.value);
    } else if (index.form == Index::Rest) {
      auto *pack = arena.make<PackDim>(index.loc);
      pack->name = index.pack;
      arg.value = pack;
    } else if (index.form == Index::Slice && index.lo && index.hi && !index.step) {
      auto *name = index.lo->as<NameExpr>();
      arg.value = name ? asType(arena, index.hi) : nullptr;
      arg.name = name ? name->name : Ident();
    }
    if (!arg.value)
      return nullptr;
    type->args.push_back(std::move(arg));
  }
  return type;
}

bool readDimOp(BinaryOp op, DimOp &out) {
  if (op > BinaryOp::Pow)
    return false;
  out = DimOp(op); // both begin with + - * / % ^
  return true;
}

TypeExpr *binaryAsType(Arena &arena, const BinaryExpr *expr) {
  auto *dim = arena.make<BinaryDim>(expr->loc);
  if (!readDimOp(expr->op, dim->op))
    return nullptr;
  dim->lhs = asType(arena, expr->lhs);
  dim->rhs = dim->lhs ? asType(arena, expr->rhs) : nullptr;
  return dim->rhs ? dim : nullptr;
}

TypeExpr *callAsType(Arena &arena, const CallExpr *expr) {
  auto *callee = expr->callee->as<NameExpr>();
  if (!callee || expr->trailing)
    return nullptr;
  auto *dim = arena.make<CallDim>(expr->loc);
  dim->callee = callee->name;
  for (const Arg &arg : expr->args) {
    TypeExpr *value = arg.name || arg.byRef ? nullptr : asType(arena, arg.value);
    if (!value)
      return nullptr;
    dim->args.push_back(value);
  }
  return dim;
}

TypeExpr *tupleAsType(Arena &arena, const TupleExpr *expr) {
  auto *type = arena.make<TupleType>(expr->loc);
  for (const Expr *element : expr->elements) {
    TypeExpr *converted = asType(arena, element);
    if (!converted)
      return nullptr;
    type->elements.push_back(converted);
  }
  return type;
}

TypeExpr *bracketsAsType(Arena &arena, const Expr *expr) {
  if (auto *repeat = expr->as<RepeatExpr>()) {
    auto *type = arena.make<ArrayType>(expr->loc);
    type->element = asType(arena, repeat->element);
    type->size = type->element ? asType(arena, repeat->count) : nullptr;
    return type->size ? type : nullptr;
  }
  if (auto *map = expr->as<MapExpr>()) {
    if (map->entries.size() != 1)
      return nullptr;
    auto *type = arena.make<MapType>(expr->loc);
    type->key = asType(arena, map->entries[0].first);
    type->value = type->key ? asType(arena, map->entries[0].second) : nullptr;
    return type->value ? type : nullptr;
  }
  auto *list = expr->as<ListExpr>();
  if (list->elements.size() != 1)
    return nullptr;
  auto *type = arena.make<ListType>(expr->loc);
  type->element = asType(arena, list->elements[0]);
  return type->element ? type : nullptr;
}

} // namespace

TypeExpr *asType(Arena &arena, const Expr *expr) {
  switch (expr->kind) {
  case Kind::NameExpr:
  case Kind::FieldExpr:
    return namedAsType(arena, expr);
  case Kind::IndexExpr:
    return indexAsType(arena, expr->as<IndexExpr>());
  case Kind::CallExpr:
    return callAsType(arena, expr->as<CallExpr>());
  case Kind::BinaryExpr:
    return binaryAsType(arena, expr->as<BinaryExpr>());
  case Kind::TupleExpr:
    return tupleAsType(arena, expr->as<TupleExpr>());
  case Kind::ListExpr:
  case Kind::RepeatExpr:
  case Kind::MapExpr:
    return bracketsAsType(arena, expr);
  case Kind::IntExpr: {
    uint64_t value = expr->as<IntExpr>()->value;
    if (value > uint64_t(INT64_MAX))
      return nullptr;
    auto *dim = arena.make<IntDim>(expr->loc);
    dim->value = int64_t(value);
    return dim;
  }
  case Kind::UnaryExpr: {
    auto *unary = expr->as<UnaryExpr>();
    TypeExpr *operand = unary->op == UnaryOp::Neg ? asType(arena, unary->operand) : nullptr;
    if (!operand)
      return nullptr;
    auto *dim = arena.make<NegDim>(expr->loc);
    dim->operand = operand;
    return dim;
  }
  default:
    return nullptr;
  }
}

} // namespace nnc::ast
