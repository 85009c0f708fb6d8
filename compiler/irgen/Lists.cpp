// Lists and maps. A list literal whose length is known stays a list of values when compiling (Kind::List) until
// it meets something that needs it in the runtime.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace nnc::irgen {

using Prim = sema::Prim;
using TypeKind = sema::Type::Kind;

/// How an element is stored: as i64, f64 or a handle (nnrt_elem).
Generator::Slotting Generator::slotOf(const sema::Type &type) {
  if (type.is(TypeKind::Int) || (type.isScalar() && type.dtype == sema::DType::Bool))
    return Slotting::I64;
  return Slotting::Handle;
}

static StringRef suffix(bool handle) { return handle ? "_handle" : "_i64"; }

/// A value as it is stored in a list or map: an index, or a handle.
Value Generator::stored(const Val &value, const sema::Type &type) {
  if (slotOf(type) == Slotting::I64) {
    if (value.is(Val::Kind::Int))
      return materialize(value.size);
    return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), toCondition(value));
  }
  return runtimeHandle(value, type);
}

/// A value as a handle of the runtime.
Value Generator::runtimeHandle(const Val &value, const sema::Type &type) {
  switch (value.kind) {
  case Val::Kind::Handle: return value.v;
  case Val::Kind::Text: return toHandle(value, {});
  case Val::Kind::Tensor: return value.v;
  case Val::Kind::Bool: return toTensor(value, {}, {});
  case Val::Kind::List: {
    const sema::Type &elem = *type.elems[0];
    Value list = hostCall("nnrt_list_new", {i32(slotOf(elem) == Slotting::Handle ? 2 : 0)}, handleType());
    for (const Val &part : value.parts)
      list = hostCall(("nnrt_list_push" + suffix(slotOf(elem) == Slotting::Handle)).str(), {list, stored(part, elem)}, handleType(), true, {0});
    return list;
  }
  default: unsupported({}, "this value cannot be kept in a list, map or variable");
  }
}

/// The value of type `type` that a handle stands for.
Val Generator::fromHandle(Value handle, const sema::Type &type) {
  if (type.is(TypeKind::Tensor) || type.is(TypeKind::Rng))
    return Val::tensor(handle);
  Val value = Val::handle(handle);
  if (type.is(TypeKind::Str))
    value.text = "str";
  return value;
}

/// The type of an SSA value that holds `type`, where it is a runtime handle.
Type Generator::handleTypeOf(const sema::Type &type) {
  if (!type.is(TypeKind::Tensor))
    return handleType();
  return tensorType(elementType(type.dtype), shapeOf(type.shape));
}

Val Generator::evalList(const sema::ListLit &expr) {
  Val list;
  list.kind = Val::Kind::List;
  for (const sema::Expr *elem : expr.elems)
    list.parts.push_back(eval(*elem));
  if (inGraph)
    return list;
  return Val::handle(runtimeHandle(list, *expr.type));
}

Val Generator::evalMap(const sema::MapLit &expr) {
  const sema::Type &key = *expr.type->elems[0], &value = *expr.type->elems[1];
  auto code = [&](const sema::Type &type) { return i32(slotOf(type) == Slotting::Handle ? 2 : 0); };
  Value map = hostCall("nnrt_map_new", {code(key), code(value)}, handleType());
  for (auto &[k, v] : expr.entries)
    map = setEntry(map, *expr.type, eval(*k), eval(*v));
  return Val::handle(map);
}

/// map with an entry set; the map is taken over.
Value Generator::setEntry(Value map, const sema::Type &type, const Val &key, const Val &value) {
  const sema::Type &keyType = *type.elems[0], &valueType = *type.elems[1];
  std::string name = std::string("nnrt_map_set") + (slotOf(keyType) == Slotting::Handle ? "_str" : "_i64") +
                     suffix(slotOf(valueType) == Slotting::Handle).str();
  return hostCall(name, {map, stored(key, keyType), stored(value, valueType)}, handleType(), true, {0});
}

/// map[key] or the entry's number.
Val Generator::mapEntry(Value map, const sema::Type &type, Value entry) {
  const sema::Type &valueType = *type.elems[1];
  if (slotOf(valueType) == Slotting::I64)
    return intOrFlag(hostCall("nnrt_map_value_i64", {map, entry}, b.getIndexType()), valueType);
  return fromHandle(hostCall("nnrt_map_value_handle", {map, entry}, handleTypeOf(valueType)), valueType);
}

Val Generator::intOrFlag(Value value, const sema::Type &type) {
  if (type.is(TypeKind::Int))
    return Val::integer(Size(value));
  return Val::boolean(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, arith::ConstantIndexOp::create(b, loc, 0)));
}

Val Generator::listElement(Value list, const sema::Type &type, const Size &index) {
  const sema::Type &elem = *type.elems[0];
  if (slotOf(elem) == Slotting::I64)
    return intOrFlag(hostCall("nnrt_list_get_i64", {list, materialize(index)}, b.getIndexType()), elem);
  return fromHandle(hostCall("nnrt_list_get_handle", {list, materialize(index)}, handleTypeOf(elem)), elem);
}

/// A loop over the elements of a list.
void Generator::listLoop(Value list, const sema::Type &type, std::vector<Slot> slots, const std::function<void(Val)> &body) {
  Value length = hostCall("nnrt_list_len", {list}, b.getIndexType(), false);
  hostLoop(0, Size(length), std::move(slots), [&](Size i) { body(listElement(list, type, i)); });
}

Val Generator::listToTensor(const Val &list, const sema::Type &type) {
  Type element = elementType(type.dtype);
  Value tensor = hostCall("nnrt_tensor_from_list", {i32(dtypeNumber(type.dtype)), list.v}, tensorType(element, shapeOf(type.shape)));
  return Val::tensor(tensor);
}

int Generator::dtypeNumber(sema::DType dtype) {
  if (options.f64 && dtype == sema::DType::F32)
    dtype = sema::DType::F64;
  return static_cast<int>(dtype); // the order is that of nnrt_dtype
}

/// == and != of handles.
Val Generator::handleBinary(sema::BinaryOp op, const Val &lhs, const Val &rhs, Loc where) {
  if (op != sema::BinaryOp::Eq && op != sema::BinaryOp::Ne)
    unsupported(where, "this operator is not compiled for these values");
  Value equal = hostCall("nnrt_equal", {lhs.v, rhs.v}, b.getI1Type());
  if (op == sema::BinaryOp::Eq)
    return Val::boolean(equal);
  return Val::boolean(arith::XOrIOp::create(b, loc, equal, arith::ConstantIntOp::create(b, loc, 1, 1)));
}

// ---- primitives; args[0] of an updating one is a place

Val Generator::primListPush(const Prim &prim) {
  const sema::Type &type = *prim.args[0].value->type;
  Val list = eval(*prim.args[0].value);
  Value handle = list.is(Val::Kind::List) ? runtimeHandle(list, type) : list.v;
  Value element = stored(eval(*prim.args[1].value), *type.elems[0]);
  bool isHandle = slotOf(*type.elems[0]) == Slotting::Handle;
  assign(*prim.args[0].value, Val::handle(hostCall(("nnrt_list_push" + suffix(isHandle)).str(), {handle, element}, handleType(), true, {0})));
  return {};
}

/// .len of a list, map, string, data set or batches
Val Generator::primLen(const Prim &prim) {
  Val value = eval(*prim.args[0].value);
  const sema::Type &type = *prim.args[0].value->type;
  if (value.is(Val::Kind::List))
    return Val::integer(static_cast<int64_t>(value.parts.size()));
  if (value.is(Val::Kind::Tensor))
    return Val::integer(shapeOf(value.v)[0]);
  StringRef name = type.is(TypeKind::Str)       ? "nnrt_str_len"
                   : type.is(TypeKind::Map)     ? "nnrt_map_len"
                   : type.is(TypeKind::Dataset) ? "nnrt_dataset_len"
                   : type.is(TypeKind::Batches) ? "nnrt_iter_len"
                                                : "nnrt_list_len";
  return Val::integer(Size(hostCall(name, {runtimeHandle(value, type)}, b.getIndexType(), false)));
}

Value Generator::findEntry(Value map, const sema::Type &type, const Val &key, bool mustExist) {
  bool text = slotOf(*type.elems[0]) == Slotting::Handle;
  std::string name = std::string(mustExist ? "nnrt_map_at" : "nnrt_map_find") + (text ? "_str" : "_i64");
  return hostCall(name, {map, stored(key, *type.elems[0])}, b.getIndexType(), mustExist);
}

Val Generator::primMapHas(const Prim &prim) {
  Val map = eval(*prim.args[0].value);
  Value entry = findEntry(map.v, *prim.args[0].value->type, eval(*prim.args[1].value), false);
  return Val::boolean(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, entry, arith::ConstantIndexOp::create(b, loc, 0)));
}

} // namespace nnc::irgen
