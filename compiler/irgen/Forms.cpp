// The canonical form of a value: its kinds and SSA types follow from its type alone, so that both
// sides of a branch, all turns of a loop and all calls of a function agree on it.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

/// Whether every variable of the dim has a value here.
bool Generator::isBound(const sema::Dim &dim) {
  std::set<const sema::DimVar *> vars;
  sema::collectVars(dim, vars);
  return llvm::all_of(vars, [&](const sema::DimVar *var) {
    for (Frame *f = frame.get(); f; f = f->parent.get())
      if (f->scope.dims.count(var))
        return true;
    return var->kind == sema::DimVar::Kind::FromVar && find(var->var);
  });
}

/// The sizes of a type; those that only data decides are unknown index values: `unknown`.
Sizes Generator::looseShapeOf(const sema::Type &type, llvm::function_ref<Size()> unknown) {
  Sizes out;
  for (const sema::ShapeElem &elem : type.shape) {
    if (!elem.pack && !isBound(elem.dim)) {
      out.push_back(unknown());
      continue;
    }
    llvm::append_range(out, shapeOf({elem}));
  }
  return out;
}

static bool hasFreshDim(const sema::Type &type) {
  for (const sema::ShapeElem &elem : type.shape) {
    std::set<const sema::DimVar *> vars;
    sema::collectVars(elem.dim, vars);
    for (const sema::DimVar *var : vars)
      if (var->kind == sema::DimVar::Kind::Fresh)
        return true;
  }
  return false;
}

/// Whether data decides sizes of values of the type, and nothing has said them yet.
bool Generator::hasUnknownSize(const sema::Type *type) {
  if (!type)
    return false;
  for (const sema::ShapeElem &elem : type->shape)
    if (!elem.pack && !isBound(elem.dim))
      return true;
  return llvm::any_of(type->elems, [&](const sema::Type *elem) { return hasUnknownSize(elem); });
}

/// Inside a graph the sides of a branch agree on sizes. Where a type does not say that they do, it
/// must be seen.
void Generator::requireAgreement(const Val &x, const Val &y, const sema::Type *type) {
  if (!hasUnknownSize(type))
    return;
  Values a, b;
  collect(x, a);
  collect(y, b);
  bool agree = a.size() == b.size();
  for (size_t i = 0; agree && i < a.size(); ++i)
    agree = shapeOf(a[i]) == shapeOf(b[i]);
  if (!agree)
    unsupported({},
                "a size depends on the branch that is taken here, which is not possible where "
                "derivatives are computed",
                DiagKind::SizeInGraph);
}

/// Whether `to` is met when optionals, tuples and structs inside `from` are looked through, and
/// with `all` lists, maps, arrays and enums too.
static bool reaches(const sema::Type &from, const sema::Type &to, bool all,
                    std::set<const sema::Type *> &seen) {
  auto reached = [&](const sema::Type *part) {
    return part == &to || (seen.insert(part).second && reaches(*part, to, all, seen));
  };
  switch (from.kind) {
  case TypeKind::Optional:
  case TypeKind::Tuple:
  case TypeKind::Struct:
    for (size_t i = 0; i < partCount(from); ++i)
      if (reached(&partType(from, i)))
        return true;
    return false;
  case TypeKind::List:
  case TypeKind::Map:
  case TypeKind::Array:
    return all && llvm::any_of(from.elems, reached);
  case TypeKind::Enum:
    return all && llvm::any_of(from.enumInfo->variants, [&](const auto &variant) {
             return llvm::any_of(variant.fields, reached);
           });
  default:
    return false;
  }
}

/// Whether values of the type hold others of it.
bool Generator::holdsItself(const sema::Type &type) {
  std::set<const sema::Type *> seen;
  return reaches(type, type, true, seen);
}

/// `T?` inside of T: kept as a handle, else it would have no end.
bool Generator::isBoxedOptional(const sema::Type &type) {
  if (!type.is(TypeKind::Optional))
    return false;
  auto [it, isNew] = boxedOptionals.try_emplace(&type, false);
  if (isNew) {
    std::set<const sema::Type *> seen;
    it->second = reaches(type, type, false, seen);
  }
  return it->second;
}

/// An enum whose variants hold nothing is its number.
bool Generator::isPlainEnum(const sema::Type &type) {
  return type.is(TypeKind::Enum) && llvm::all_of(type.enumInfo->variants, [](const auto &variant) {
           return variant.fields.empty();
         });
}

/// Any value of the type, in canonical form. Its SSA types are those of all values of the type.
Val Generator::defaultOf(const sema::Type *type) {
  auto null = [&] { return Val::handle(host::NullOp::create(b, loc, handleType())); };
  if (!type)
    return {};
  switch (type->kind) {
  case TypeKind::Int:
    return Val::integer(Size(materialize(0)));
  case TypeKind::Str: {
    Val value = null();
    value.text = "str";
    return value;
  }
  case TypeKind::List:
    if (inGraph)
      return {};
    return null();
  case TypeKind::Map:
  case TypeKind::Dataset:
  case TypeKind::Batches:
    return null();
  case TypeKind::Range:
    return Val::aggregate({Val::integer(Size(materialize(0))), Val::integer(Size(materialize(0)))});
  case TypeKind::Rng:
    return Val::tensor(full(constantTensor(0, b.getI64Type()), {2}));
  case TypeKind::Tensor: {
    if (type->isScalar() && type->dtype == sema::DType::Bool && !inGraph)
      return Val::boolean(arith::ConstantIntOp::create(b, loc, 0, 1));
    Sizes shape = looseShapeOf(*type, [&] { return Size(materialize(0)); });
    Val value = Val::tensor(full(constantTensor(0, elementType(type->dtype)), shape));
    value.loose = !inGraph && hasFreshDim(*type);
    return value;
  }
  case TypeKind::Optional: {
    if (isBoxedOptional(*type))
      return null();
    Val value;
    value.kind = Val::Kind::Maybe;
    value.v = arith::ConstantIntOp::create(b, loc, 0, 1);
    value.parts = {defaultOf(type->elems[0])};
    return value;
  }
  case TypeKind::Enum:
    return isPlainEnum(*type) ? Val::integer(Size(materialize(0))) : null();
  case TypeKind::Tree:
    return Val::tree(defaultFlat(*type->elems[0], Role::Param));
  case TypeKind::Array: {
    if (type->elems[0]->isModel())
      return defaultModel(*type);
    return null();
  }
  case TypeKind::Struct:
  case TypeKind::Tuple: {
    if (type->isModel())
      return defaultModel(*type);
    std::vector<Val> parts;
    auto inner = scopedTo(*type);
    for (size_t i = 0; i < partCount(*type); ++i)
      parts.push_back(defaultOf(&partType(*type, i)));
    frame = inner;
    return Val::aggregate(std::move(parts));
  }
  case TypeKind::OneFn: {
    Val function;
    function.kind = Val::Kind::Fn;
    function.frame = std::make_shared<Frame>();
    return function;
  }
  default:
    return {};
  }
}

/// Makes the dims of a struct type visible; gives the frame to go back to.
std::shared_ptr<Frame> Generator::scopedTo(const sema::Type &type) {
  std::shared_ptr<Frame> outer = frame;
  if (type.is(TypeKind::Struct)) {
    DimScope scope = scopeOf(type.binds);
    frame = std::make_shared<Frame>();
    frame->scope = std::move(scope);
    frame->parent = outer;
  }
  return outer;
}

Value Generator::defaultFlat(const sema::Type &model, Role role) {
  std::vector<Leaf> leaves = leavesOf(model, role, frame->scope);
  if (leaves.empty())
    return {};
  return full(constantTensor(0, elementType(leaves[0].dtype)), {flatSize(leaves)});
}

Val Generator::defaultModel(const sema::Type &type) {
  Val value;
  value.kind = type.is(TypeKind::Array) ? Val::Kind::Array : Val::Kind::Model;
  value.v = defaultFlat(type, Role::Param);
  value.state = defaultFlat(type, Role::State);
  if (type.is(TypeKind::Array)) {
    value.size = sizeOf(type.count);
    Val element = defaultModel(*type.elems[0]);
    element.v = element.state = nullptr;
    value.parts = {element};
    return value;
  }
  if (type.is(TypeKind::Tuple)) {
    for (const sema::Type *elem : type.elems) {
      bool holdsModel = elem->isModel() || elem->is(TypeKind::Array) || elem->is(TypeKind::Tuple);
      value.parts.push_back(holdsModel ? defaultModel(*elem) : defaultOf(elem));
      value.parts.back().v = value.parts.back().state = nullptr;
    }
    value.kind = type.isModel() ? Val::Kind::Model : Val::Kind::Aggregate;
    return value;
  }
  auto outer = scopedTo(type);
  for (const sema::FieldInfo &field : type.structInfo->fields) {
    Val part;
    if (field.role == Role::Config)
      part = defaultOf(field.type);
    else if (field.role == Role::Sub) {
      part = defaultModel(*field.type);
      part.v = part.state = nullptr;
    }
    value.parts.push_back(part);
  }
  frame = outer;
  return value;
}

/// A model without its tensors: what a flat one keeps in `parts`.
Val Generator::configOnly(const Val &model, const sema::Type &type, const DimScope &scope) {
  Val out = model;
  out.v = out.state = nullptr;
  if (type.is(TypeKind::Array)) {
    if (!out.parts.empty())
      out.parts = {configOnly(out.parts[0], *type.elems[0], scope)};
    return out;
  }
  if (type.is(TypeKind::Tuple)) {
    for (size_t i = 0; i < out.parts.size(); ++i)
      out.parts[i] = configOnly(out.parts[i], *type.elems[i], scope);
    return out;
  }
  if (!type.isModel())
    return out;
  DimScope inner = scopeOf(type.binds, scope);
  const auto &fields = type.structInfo->fields;
  for (size_t i = 0; i < fields.size() && i < out.parts.size(); ++i) {
    if (fields[i].role == Role::Sub)
      out.parts[i] = configOnly(out.parts[i], *fields[i].type, inner);
    else if (fields[i].role == Role::Config)
      out.parts[i] = carriedForm(out.parts[i], fields[i].type, inner);
    else
      out.parts[i] = Val();
  }
  return out;
}

/// The form of a value in which it can be carried by a loop, stored, passed or returned.
Val Generator::carriedForm(const Val &value, const sema::Type *type, const DimScope &scope) {
  if (type && type->is(TypeKind::Optional))
    return carriedOptional(value, *type, scope);
  if (type && type->is(TypeKind::Enum))
    return carriedEnum(value, *type);
  if (value.is(Val::Kind::Unit) && type) // not set yet
    return defaultOf(type);
  Val out = value;
  switch (value.kind) {
  case Val::Kind::Int:
    if (type && type->is(TypeKind::Tensor)) // a literal
      return Val::tensor(toTensor(value, elementType(type->dtype), {}));
    if (!inGraph)
      out.size = Size(materialize(value.size));
    return out;
  case Val::Kind::Bool:
    return inGraph ? Val::tensor(toTensor(value, {}, {})) : out;
  case Val::Kind::Text:
    return string(toHandle(value, {}));
  case Val::Kind::List:
    if (inGraph || !type || !type->is(TypeKind::List))
      return out;
    return Val::handle(runtimeHandle(value, *type));
  case Val::Kind::Model:
  case Val::Kind::Array:
    return type ? flattened(value, *type, scope) : out;
  case Val::Kind::Tree:
    return type && type->is(TypeKind::Tree) ? cleaned(value, *type->elems[0], scope) : out;
  case Val::Kind::Tensor:
    if (inGraph || !type || !type->is(TypeKind::Tensor))
      return out;
    if (type->isScalar() && type->dtype == sema::DType::Bool)
      return Val::boolean(toCondition(value));
    if (hasFreshDim(*type))
      return loosened(value, *type);
    return out;
  case Val::Kind::Aggregate: {
    bool isStruct = type && type->is(TypeKind::Struct);
    DimScope inner = isStruct ? scopeOf(type->binds, scope) : DimScope();
    for (size_t i = 0; i < out.parts.size(); ++i) {
      const sema::Type *part =
          isStruct || (type && type->is(TypeKind::Tuple)) ? &partType(*type, i) : nullptr;
      out.parts[i] = carriedForm(out.parts[i], part, isStruct ? inner : scope);
    }
    return out;
  }
  default:
    return out;
  }
}

/// A tensor whose type does not say the sizes that data decides.
Val Generator::loosened(const Val &value, const sema::Type &type) {
  Sizes shape = shapeOf(value.v);
  bool changed = false;
  size_t axis = 0;
  for (const sema::ShapeElem &elem : type.shape) {
    if (elem.pack) {
      axis += shape.size() + 1 - type.shape.size();
      continue;
    }
    std::set<const sema::DimVar *> vars;
    sema::collectVars(elem.dim, vars);
    bool fresh =
        llvm::any_of(vars, [](auto *var) { return var->kind == sema::DimVar::Kind::Fresh; });
    if (fresh && shape[axis].isConstant()) {
      shape[axis] = Size(materialize(shape[axis]));
      changed = true;
    }
    ++axis;
  }
  Val out = value;
  if (changed)
    out = Val::tensor(tensorOp("nn.reshape", value.v, elementOf(value.v), shape, {}, true));
  out.loose = true;
  return out;
}

Val Generator::carriedOptional(const Val &value, const sema::Type &type, const DimScope &scope) {
  const sema::Type *inner = type.elems[0];
  if (isBoxedOptional(type)) {
    if (value.is(Val::Kind::Handle))
      return value;
    return Val::handle(box(value, type));
  }
  Val out;
  out.kind = Val::Kind::Maybe;
  if (value.is(Val::Kind::None) || value.is(Val::Kind::Unit))
    return defaultOf(&type);
  bool known = !value.is(Val::Kind::Maybe);
  out.v = known ? Value(arith::ConstantIntOp::create(b, loc, 1, 1)) : value.v;
  out.parts = {carriedForm(known ? value : value.parts[0], inner, scope)};
  return out;
}

Val Generator::carriedEnum(const Val &value, const sema::Type &type) {
  if (!value.is(Val::Kind::Variant)) {
    if (value.is(Val::Kind::Int) && !inGraph)
      return Val::integer(Size(materialize(value.size)));
    return value.is(Val::Kind::Unit) ? defaultOf(&type) : value;
  }
  if (isPlainEnum(type))
    return Val::integer(inGraph ? value.size : Size(materialize(value.size)));
  return Val::handle(box(value, type));
}

/// The SSA values in a value of carried form, in a fixed order. In a graph all of them are tensors.
void Generator::collect(const Val &value, Values &out) {
  switch (value.kind) {
  case Val::Kind::Int:
    out.push_back(inGraph ? toTensor(value, b.getI64Type(), {}) : materialize(value.size));
    return;
  case Val::Kind::Bool:
    out.push_back(inGraph ? toTensor(value, {}, {}) : value.v);
    return;
  case Val::Kind::Tensor:
  case Val::Kind::Handle:
  case Val::Kind::Tree:
    if (value.v) // a tree of a model without params has no value
      out.push_back(value.v);
    return;
  case Val::Kind::Model:
  case Val::Kind::Array:
    if (value.v)
      out.push_back(value.v);
    if (value.state)
      out.push_back(value.state);
    break;
  case Val::Kind::Maybe:
    collect(Val::boolean(value.v), out);
    break;
  default:
    break;
  }
  for (const Val &part : value.parts)
    collect(part, out);
}

/// The value like `like` made of other SSA values; the inverse of collect. A graph gives ints and
/// flags as tensors; on the host they are read.
Val Generator::rebuild(const Val &like, llvm::ArrayRef<Value> &values) {
  auto next = [&](Value old, bool loose = false) {
    Value v = values.front();
    values = values.drop_front();
    if (old && !loose && isa<RankedTensorType>(v.getType()) && isa<RankedTensorType>(old.getType()))
      if (auto known = sizes.find(old); known != sizes.end() && !sizes.count(v))
        noteSizes(v, Sizes(known->second));
    return v;
  };
  auto flag = [&](Value v) {
    return isa<RankedTensorType>(v.getType()) && !inGraph
               ? Value(host::ItemOp::create(b, loc, b.getI1Type(), v))
               : v;
  };
  Val out = like;
  switch (like.kind) {
  case Val::Kind::Int: {
    Value v = next({});
    if (isa<RankedTensorType>(v.getType()))
      v = inGraph ? Value(nn::ToIndexOp::create(b, loc, v))
                  : Value(host::ItemOp::create(b, loc, b.getIndexType(), v));
    out.size = Size(v);
    return out;
  }
  case Val::Kind::Bool: {
    Value v = flag(next({}));
    return isa<RankedTensorType>(v.getType()) ? Val::tensor(v) : Val::boolean(v);
  }
  case Val::Kind::Tensor:
  case Val::Kind::Handle:
  case Val::Kind::Tree:
    if (like.v)
      out.v = next(like.v, like.loose);
    return out;
  case Val::Kind::Model:
  case Val::Kind::Array:
    if (like.v)
      out.v = next(like.v);
    if (like.state)
      out.state = next(like.state);
    break;
  case Val::Kind::Maybe:
    out.v = flag(next({}));
    break;
  default:
    break;
  }
  for (Val &part : out.parts)
    part = rebuild(part, values);
  return out;
}

/// The slots' values in carried form (stored back) as one list.
Values Generator::slotValues(std::vector<Slot> &slots) {
  Values out;
  for (Slot &slot : slots) {
    *slot.value = carriedForm(*slot.value, slot.var->type, frame->scope);
    collect(*slot.value, out);
  }
  return out;
}

void Generator::setSlots(std::vector<Slot> &slots, llvm::ArrayRef<Value> values) {
  for (Slot &slot : slots)
    *slot.value = rebuild(*slot.value, values);
}

/// `values` with the types of `types`: a size known here may be unknown there.
Values Generator::conformTo(llvm::ArrayRef<Value> values, TypeRange types) {
  Values out;
  for (auto [value, type] : llvm::zip(values, types)) {
    if (value.getType() == type) {
      out.push_back(value);
      continue;
    }
    auto wanted = dyn_cast<RankedTensorType>(type),
         given = dyn_cast<RankedTensorType>(value.getType());
    if (!wanted || !given || wanted.getRank() != given.getRank() ||
        wanted.getElementType() != given.getElementType())
      unsupported({}, "a variable changes its kind here, which is not compiled");
    Sizes shape = shapeOf(value);
    for (size_t i = 0; i < shape.size(); ++i)
      if (!wanted.isDynamicDim(i) && shape[i].isConstant() &&
          shape[i].constant != wanted.getDimSize(i))
        unsupported({}, "a size changes here, which is not possible where derivatives are computed",
                    DiagKind::SizeInGraph);
    for (size_t i = 0; i < shape.size(); ++i)
      shape[i] = wanted.isDynamicDim(i) ? Size(materialize(shape[i])) : Size(wanted.getDimSize(i));
    out.push_back(tensorOp("nn.reshape", value, wanted.getElementType(), shape, {}, true));
  }
  return out;
}

/// The form alone: what is known about the sizes of its tensors is not.
Val Generator::withoutSizes(Val value) {
  value.loose = true;
  for (Val &part : value.parts)
    part = withoutSizes(part);
  return value;
}

} // namespace nnc::irgen
