// Lists and maps. A list literal whose length is known stays a list of values when compiling
// (Kind::List) until it meets something that needs it in the runtime.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace nnc::irgen {

using Prim = sema::Prim;
using TypeKind = sema::Type::Kind;

Val Generator::evalList(const sema::ListLit &expr) {
  Val list;
  list.kind = Val::Kind::List;
  for (const sema::Expr *elem : expr.elems)
    list.parts.push_back(eval(*elem));
  if (inGraph || !expr.type->is(TypeKind::List))
    return list;
  return Val::handle(runtimeHandle(list, *expr.type));
}

Val Generator::evalMap(const sema::MapLit &expr) {
  const sema::Type &key = *expr.type->elems[0], &value = *expr.type->elems[1];
  Value map =
      hostCall("nnrt_map_new", {slotCode(slotOf(key)), slotCode(slotOf(value))}, handleType());
  for (auto &[k, v] : expr.entries) {
    Val at = eval(*k);
    map = setEntry(map, *expr.type, at, eval(*v));
  }
  return Val::handle(map);
}

/// Keys are text or whole numbers.
std::string Generator::keySuffix(const sema::Type &type, Loc where) {
  if (type.is(TypeKind::Str))
    return "_str";
  if (slotOf(type) != Slotting::I64)
    unsupported(where, "a map with keys of type `" + type.str() +
                           "` is not compiled: keys are `str` or whole numbers");
  return "_i64";
}

/// map with an entry set; the map is taken over.
Value Generator::setEntry(Value map, const sema::Type &type, const Val &key, const Val &value) {
  const sema::Type &keyType = *type.elems[0], &valueType = *type.elems[1];
  std::string name = "nnrt_map_set" + keySuffix(keyType, {}) + suffix(slotOf(valueType));
  return hostCall(name, {map, stored(key, keyType), stored(value, valueType)}, handleType(), true,
                  {0});
}

/// The value of an entry; `take` moves it out (Note [Updates in place]).
Val Generator::mapEntry(Value map, const sema::Type &type, Value entry, bool take) {
  const sema::Type &valueType = *type.elems[1];
  if (take && slotOf(valueType) == Slotting::Handle)
    return fromHandle(hostCall("nnrt_map_take_handle", {map, entry}, handleTypeOf(valueType)),
                      valueType, true);
  return fromSlot(
      hostCall("nnrt_map_value" + suffix(slotOf(valueType)), {map, entry}, slotType(valueType)),
      valueType);
}

Val Generator::mapKey(Value map, const sema::Type &type, Value entry) {
  const sema::Type &keyType = *type.elems[0];
  return fromSlot(
      hostCall("nnrt_map_key" + keySuffix(keyType, {}), {map, entry}, slotType(keyType)), keyType);
}

Value Generator::findEntry(Value map, const sema::Type &type, const Val &key, bool mustExist) {
  std::string name = (mustExist ? "nnrt_map_at" : "nnrt_map_find") + keySuffix(*type.elems[0], {});
  return hostCall(name, {map, stored(key, *type.elems[0])}, b.getIndexType(), mustExist);
}

Val Generator::listElement(Value list, const sema::Type &type, const Size &index, bool take) {
  const sema::Type &elem = *type.elems[0];
  if (take && slotOf(elem) == Slotting::Handle)
    return fromHandle(
        hostCall("nnrt_list_take_handle", {list, materialize(index)}, handleTypeOf(elem)), elem,
        true);
  return fromSlot(
      hostCall("nnrt_list_get" + suffix(slotOf(elem)), {list, materialize(index)}, slotType(elem)),
      elem);
}

Val Generator::listToTensor(const Val &list, const sema::Type &type) {
  Type element = elementType(type.dtype);
  SmallVector<int64_t> dims;
  Sizes shape = looseShapeOf(type, [&] { return Size(Value(materialize(0))); });
  for (const Size &size : shape)
    dims.push_back(size.isConstant() ? size.constant : ShapedType::kDynamic);
  auto wanted = RankedTensorType::get(dims, element);
  Value tensor = hostCall("nnrt_tensor_from_list", {i32(dtypeNumber(type.dtype)), list.v}, wanted);
  // The list decides the first size; one that is known is checked.
  if (!type.shape[0].pack && isBound(type.shape[0].dim)) {
    Value length = hostCall("nnrt_list_len", {list.v}, b.getIndexType(), false);
    Value same =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, length, materialize(shape[0]));
    hostCall("nnrt_check_fact",
             {same, text("the length of the list == the size of the axis"), length,
              materialize(shape[0]), text("")},
             {});
  }
  return Val::tensor(tensor);
}

int Generator::dtypeNumber(sema::DType dtype) {
  if (options.f64 && dtype == sema::DType::F32)
    dtype = sema::DType::F64;
  return static_cast<int>(dtype); // the order is that of nnrt_dtype
}

/// The list as it is in the runtime, and its type.
Value Generator::listArg(const Prim &prim, size_t i) {
  const sema::Type &type = *prim.args[i].value->type;
  Val value = eval(*prim.args[i].value);
  if (!type.is(TypeKind::List))
    unsupported(prim.loc,
                "`" + prim.name + "` of a value of type `" + type.str() + "` is not compiled");
  return runtimeHandle(value, type);
}

// ---- primitives; args[0] of an updating one is a place

Val Generator::primListPush(const Prim &prim) {
  const sema::Type &type = *prim.args[0].value->type;
  const sema::Type &elem = *type.elems[0];
  Val element = evalStored(*prim.args[1].value);
  if (inGraph) {
    Val list = eval(*prim.args[0].value);
    if (!list.is(Val::Kind::List))
      unsupported(prim.loc, "a list cannot grow inside `grad`");
    list.parts.push_back(element);
    assign(*prim.args[0].value, list);
    return {};
  }
  Value slot = stored(element, elem);
  std::vector<Place> places = placesOf(prim.args);
  Value list = runtimeHandle(load(places[0]), type);
  store(places[0], Val::handle(hostCall("nnrt_list_push" + suffix(slotOf(elem)), {list, slot},
                                        handleType(), true, {0})));
  return {};
}

/// Takes the last element off.
Val Generator::primListPop(const Prim &prim) {
  const sema::Type &type = *prim.args[0].value->type;
  std::vector<Place> places = placesOf(prim.args);
  Value list = runtimeHandle(load(places[0]), type);
  Val last = listElement(list, type, Size(-1), true);
  store(places[0], Val::handle(hostCall("nnrt_list_remove", {list, materialize(Size(-1))},
                                        handleType(), true, {0})));
  return last;
}

Val Generator::primListReverse(const Prim &prim) {
  return Val::handle(hostCall("nnrt_list_reverse", {listArg(prim, 0)}, handleType(), true, {0}));
}

/// last(n): at most n elements from the end, as a tensor.
Val Generator::primListLast(const Prim &prim) {
  Value list = listArg(prim, 0);
  Size length(hostCall("nnrt_list_len", {list}, b.getIndexType(), false));
  Size count = asSize(eval(*prim.args[1].value));
  Size lo = arith(sema::BinaryOp::RangeIncl, arith(sema::BinaryOp::Sub, length, count), 0);
  Value tail =
      hostCall("nnrt_list_slice", {list, materialize(lo), materialize(length)}, handleType());
  return listToTensor(Val::handle(tail), *prim.type);
}

/// .len of a list, map, string, data set or batches
Val Generator::primLen(const Prim &prim) {
  Val value = eval(*prim.args[0].value);
  const sema::Type &type = *prim.args[0].value->type;
  if (value.is(Val::Kind::List))
    return Val::integer(static_cast<int64_t>(value.parts.size()));
  if (value.is(Val::Kind::Tensor))
    return Val::integer(shapeOf(value.v)[0]);
  if (type.is(TypeKind::Range))
    return Val::integer(arith(sema::BinaryOp::RangeIncl,
                              arith(sema::BinaryOp::Sub, value.parts[1].size, value.parts[0].size),
                              0));
  StringRef name = type.is(TypeKind::Str)       ? "nnrt_str_len"
                   : type.is(TypeKind::Map)     ? "nnrt_map_len"
                   : type.is(TypeKind::Dataset) ? "nnrt_dataset_len"
                   : type.is(TypeKind::Batches) ? "nnrt_iter_len"
                                                : "nnrt_list_len";
  return Val::integer(Size(hostCall(name, {runtimeHandle(value, type)}, b.getIndexType(), false)));
}

Val Generator::primMapHas(const Prim &prim) {
  Val map = eval(*prim.args[0].value);
  Value entry = findEntry(map.v, *prim.args[0].value->type, eval(*prim.args[1].value), false);
  return Val::boolean(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, entry,
                                            arith::ConstantIndexOp::create(b, loc, 0)));
}

Val Generator::primMapGet(const Prim &prim) {
  Val map = eval(*prim.args[0].value);
  const sema::Type &type = *prim.args[0].value->type;
  Value entry = findEntry(map.v, type, eval(*prim.args[1].value), false);
  Val there = Val::boolean(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, entry,
                                                 arith::ConstantIndexOp::create(b, loc, 0)));
  return branch(
      there, [&] { return mapEntry(map.v, type, entry); }, [&] { return Val::none(); }, {},
      prim.type);
}

Val Generator::primMapKeys(const Prim &prim) {
  Val map = eval(*prim.args[0].value);
  return Val::handle(hostCall(prim.name == "map.keys" ? "nnrt_map_keys" : "nnrt_map_values",
                              {map.v}, handleType()));
}

Val Generator::primMapRemove(const Prim &prim) {
  const sema::Type &type = *prim.args[0].value->type;
  Value key = stored(eval(*prim.args[1].value), *type.elems[0]);
  std::vector<Place> places = placesOf(prim.args);
  Value map = load(places[0]).v;
  store(places[0], Val::handle(hostCall("nnrt_map_remove" + keySuffix(*type.elems[0], prim.loc),
                                        {map, key}, handleType(), true, {0})));
  return {};
}

} // namespace nnc::irgen
