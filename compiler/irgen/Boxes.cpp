// Values in the slots of the runtime's lists, maps and structs: numbers as they are, the rest as
// handles.
//
// Note [Boxes]
// A tuple, struct or optional in a slot is an nnrt_struct with one slot per SSA value of its
// canonical form; a variant of an enum is one with its number and then one slot per value that it
// holds.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

/// How a value of the type is stored.
Generator::Slotting Generator::slotOf(const sema::Type &type) {
  if (type.is(TypeKind::Int) || isPlainEnum(type))
    return Slotting::I64;
  if (type.isScalar())
    return type.isFloat() ? Slotting::F64 : Slotting::I64;
  return Slotting::Handle;
}

std::string Generator::suffix(Slotting slot) {
  return slot == Slotting::I64 ? "_i64" : slot == Slotting::F64 ? "_f64" : "_handle";
}
Value Generator::slotCode(Slotting slot) { return i32(static_cast<int>(slot)); }

Type Generator::slotType(const sema::Type &type) {
  switch (slotOf(type)) {
  case Slotting::I64:
    return b.getIndexType();
  case Slotting::F64:
    return b.getF64Type();
  case Slotting::Handle:
    return handleTypeOf(type);
  }
  return {};
}

/// A value as it is stored in a slot.
Value Generator::stored(const Val &value, const sema::Type &type) {
  if (slotOf(type) == Slotting::Handle)
    return runtimeHandle(value, type);
  Val form = carriedForm(value, &type, frame->scope);
  if (form.is(Val::Kind::Int))
    return materialize(form.size);
  if (form.is(Val::Kind::Bool))
    return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), toCondition(form));
  if (!form.is(Val::Kind::Tensor))
    unsupported({}, "a value of type `" + type.str() +
                        "` cannot be kept in a list, map or struct here");
  bool isFloat = slotOf(type) == Slotting::F64;
  return host::ItemOp::create(b, loc, isFloat ? Type(b.getF64Type()) : Type(b.getIndexType()),
                              form.v);
}

/// The value of the type that a slot holds.
Val Generator::fromSlot(Value slot, const sema::Type &type) {
  if (slotOf(type) == Slotting::Handle)
    return fromHandle(slot, type);
  if (type.is(TypeKind::Int) || type.is(TypeKind::Enum))
    return Val::integer(Size(slot));
  if (type.dtype == sema::DType::Bool)
    return Val::boolean(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, slot,
                                              arith::ConstantIndexOp::create(b, loc, 0)));
  return Val::tensor(
      host::ScalarOp::create(b, loc, RankedTensorType::get({}, elementType(type.dtype)), slot));
}

/// A value as one handle of the runtime.
Value Generator::runtimeHandle(const Val &value, const sema::Type &type) {
  switch (type.kind) {
  case TypeKind::Str:
    return toHandle(value, {});
  case TypeKind::List:
    if (value.is(Val::Kind::List)) {
      const sema::Type &elem = *type.elems[0];
      Value list =
          hostCall("nnrt_list_new",
                   {slotCode(slotOf(elem)), materialize(static_cast<int64_t>(value.parts.size()))},
                   handleType());
      for (const Val &part : value.parts)
        list = hostCall("nnrt_list_push" + suffix(slotOf(elem)), {list, stored(part, elem)},
                        handleType(), true, {0});
      return list;
    }
    break;
  case TypeKind::Tensor:
    return toTensor(value, elementType(type.dtype), {});
  case TypeKind::Optional:
    if (isBoxedOptional(type) && value.is(Val::Kind::Handle))
      return value.v;
    return box(value, type);
  case TypeKind::Tuple:
  case TypeKind::Struct:
  case TypeKind::Range:
    return box(value, type);
  case TypeKind::Enum:
    if (value.is(Val::Kind::Variant))
      return box(value, type);
    break;
  case TypeKind::Array:
    if (value.is(Val::Kind::Array))
      return box(value, type);
    break;
  default:
    break;
  }
  if (value.is(Val::Kind::Handle) || value.is(Val::Kind::Tensor) || value.is(Val::Kind::Tree))
    return value.v;
  unsupported({},
              "a value of type `" + type.str() + "` cannot be kept in a list, map or struct here");
}

/// The value of the type that a handle stands for.
Val Generator::fromHandle(Value handle, const sema::Type &type, bool take) {
  switch (type.kind) {
  case TypeKind::Str:
    return string(handle);
  case TypeKind::Rng:
    return Val::tensor(handle);
  case TypeKind::Tensor: {
    Val value = Val::tensor(handle);
    if (llvm::all_of(type.shape,
                     [&](const sema::ShapeElem &e) { return e.pack || isBound(e.dim); }))
      noteSizes(handle, shapeOf(type.shape));
    return value;
  }
  case TypeKind::Tree:
    return Val::tree(handle);
  case TypeKind::Optional:
    if (isBoxedOptional(type))
      return Val::handle(handle);
    return unbox(handle, type, take);
  case TypeKind::Tuple:
  case TypeKind::Struct:
  case TypeKind::Range:
    return unbox(handle, type, take);
  case TypeKind::Array:
    if (type.elems[0]->isModel())
      return unbox(handle, type, take);
    return Val::handle(handle);
  default:
    return Val::handle(handle);
  }
}

/// The SSA type of a handle of this type.
Type Generator::handleTypeOf(const sema::Type &type) {
  switch (type.kind) {
  case TypeKind::Rng:
    return RankedTensorType::get({2}, b.getI64Type());
  case TypeKind::Tensor: {
    SmallVector<int64_t> dims;
    for (const Size &size : looseShapeOf(type, [&] { return Size(Value(materialize(0))); }))
      dims.push_back(size.isConstant() ? size.constant : ShapedType::kDynamic);
    return RankedTensorType::get(dims, elementType(type.dtype));
  }
  case TypeKind::Tree: {
    Value flat = defaultFlat(*type.elems[0], Role::Param);
    return flat ? flat.getType() : handleType();
  }
  default:
    return handleType();
  }
}

Generator::Slotting Generator::slotOfValue(Value value) {
  if (value.getType().isIndex() || value.getType().isInteger(1))
    return Slotting::I64;
  return isa<FloatType>(value.getType()) ? Slotting::F64 : Slotting::Handle;
}

/// A struct of the runtime with these slots.
Value Generator::newStruct(llvm::ArrayRef<Value> values) {
  std::string codes;
  for (Value v : values)
    codes.push_back(static_cast<char>(slotOfValue(v)));
  Value object = hostCall("nnrt_struct_new",
                          {text(codes), i32(static_cast<int64_t>(values.size()))}, handleType());
  for (auto [i, v] : llvm::enumerate(values)) {
    Value slot = v;
    if (v.getType().isInteger(1))
      slot = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), v);
    object = hostCall("nnrt_struct_set" + suffix(slotOfValue(v)),
                      {object, i32(static_cast<int64_t>(i)), slot}, handleType(), true, {0});
  }
  return object;
}

/// Note [Boxes]
Value Generator::box(const Val &value, const sema::Type &type) {
  Values slots;
  if (type.is(TypeKind::Enum)) {
    const auto &fields = type.enumInfo->variants[value.size.constant].fields;
    slots.push_back(materialize(value.size));
    for (size_t i = 0; i < fields.size(); ++i)
      slots.push_back(stored(value.parts[i], *fields[i]));
    return newStruct(slots);
  }
  if (isBoxedOptional(type)) {
    bool there = !value.is(Val::Kind::None) && !value.is(Val::Kind::Unit);
    slots.push_back(arith::ConstantIntOp::create(b, loc, there, 1));
    if (there)
      collect(carriedForm(value, type.elems[0], frame->scope), slots);
    return newStruct(slots);
  }
  collect(carriedForm(value, &type, frame->scope), slots);
  return newStruct(slots);
}

/// The value in a box. `take` moves handles out, for an update in place that puts a new box there.
Val Generator::unbox(Value object, const sema::Type &type, bool take) {
  Val like = defaultOf(&type);
  Values slots, values;
  collect(like, slots);
  for (auto [i, slot] : llvm::enumerate(slots))
    values.push_back(slotValue(object, i, slot.getType(), take));
  llvm::ArrayRef<Value> rest(values);
  return rebuild(like, rest);
}

/// Slot i of a struct as an SSA value of this type.
Value Generator::slotValue(Value object, size_t i, Type type, bool take) {
  Value at = i32(static_cast<int64_t>(i));
  if (type.isIndex() || type.isInteger(1)) {
    Value number = hostCall("nnrt_struct_get_i64", {object, at}, b.getIndexType());
    if (type.isIndex())
      return number;
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, number,
                                 arith::ConstantIndexOp::create(b, loc, 0));
  }
  if (isa<FloatType>(type))
    return hostCall("nnrt_struct_get_f64", {object, at}, type);
  return hostCall(take ? "nnrt_struct_take_handle" : "nnrt_struct_get_handle", {object, at}, type);
}

/// Whether an optional is there: known now, or a flag.
Val Generator::presence(const Val &value) {
  auto known = [&](bool there) {
    return Val::boolean(arith::ConstantIntOp::create(b, loc, there, 1));
  };
  if (value.is(Val::Kind::None))
    return known(false);
  if (value.is(Val::Kind::Maybe))
    return isa<RankedTensorType>(value.v.getType()) ? Val::tensor(value.v) : Val::boolean(value.v);
  return known(true);
}
Val Generator::presence(const Val &value, const sema::Type &type) {
  if (isBoxedOptional(type) && value.is(Val::Kind::Handle))
    return Val::boolean(slotValue(value.v, 0, b.getI1Type(), false));
  return presence(value);
}

/// What an optional holds, where it is there.
Val Generator::payload(const Val &value, const sema::Type &type) {
  if (isBoxedOptional(type) && value.is(Val::Kind::Handle)) {
    Val like = defaultOf(type.elems[0]);
    Values slots, values;
    collect(like, slots);
    for (auto [i, slot] : llvm::enumerate(slots))
      values.push_back(slotValue(value.v, i + 1, slot.getType(), false));
    llvm::ArrayRef<Value> rest(values);
    return rebuild(like, rest);
  }
  return value.is(Val::Kind::Maybe) ? value.parts[0] : value;
}

/// The number of an enum's variant.
Size Generator::variantOf(const Val &value, const sema::Type &) {
  if (value.is(Val::Kind::Variant) || value.is(Val::Kind::Int))
    return value.size;
  return Size(slotValue(value.v, 0, b.getIndexType(), false));
}

/// Value i of a variant, where the enum is that one.
Val Generator::variantField(const Val &value, const sema::Type &type, unsigned variant,
                            unsigned i) {
  if (value.is(Val::Kind::Variant))
    return value.parts[i];
  const sema::Type &field = *type.enumInfo->variants[variant].fields[i];
  return fromSlot(slotValue(value.v, i + 1, slotType(field), false), field);
}

} // namespace nnc::irgen
