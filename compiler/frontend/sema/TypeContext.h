// Makes and owns types. Equal types are one pointer, so comparing pointers compares types (except
// that an axis written as 1 is remembered; see Note [Axes written as 1] in Operators.cpp).
#pragma once
#include "compiler/frontend/sema/Types.h"

namespace nnc::sema {

class TypeContext {
public:
  using List = std::vector<const Type *>;
  TypeContext();

  const Type *error, *unit, *never, *integer, *str, *range, *rng, *boolean;

  const Type *tensor(DType dtype, Shape shape);
  const Type *scalar(DType dtype) { return tensor(dtype, {}); }
  const Type *tuple(List elems);
  const Type *list(const Type *elem);
  const Type *map(const Type *key, const Type *value);
  const Type *array(const Type *elem, Dim count);
  const Type *optional(const Type *elem);
  const Type *function(List params, std::vector<bool> byRef, const Type *result);
  const Type *oneFn(FnDecl *fn);
  const Type *oneFn(UntypedClosure *closure);
  const Type *dataset(List elems);
  const Type *batches(List elems);
  const Type *tree(const Type *of, bool leafScalar = false);
  const Type *param(const TypeParam *param);
  const Type *intern(Type type);

private:
  struct Less {
    bool operator()(const std::unique_ptr<Type> &a, const std::unique_ptr<Type> &b) const;
  };
  std::set<std::unique_ptr<Type>, Less> types_;
};

/// What the parameters of a generic declaration stand for; a dtype is given as its scalar type.
struct Subst {
  DimBindings dims;
  std::map<const TypeParam *, const Type *> types;
};

} // namespace nnc::sema
