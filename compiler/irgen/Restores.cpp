// Loading: a value of any savable type from the entries that its field paths name (Note
// [Archives]).
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace nnc::irgen {

using Prim = sema::Prim;
using Role = sema::FieldInfo::Role;
using TypeKind = sema::Type::Kind;

static constexpr int64_t kAnySize = INT64_MIN; // NNRT_ANY_SIZE

Value Generator::restoredTree(const Restore &from, const std::string &path,
                              const std::vector<Leaf> &leaves) {
  if (leaves.empty())
    return {};
  std::vector<Value> dims;
  Value table = treeTable(leaves, dims);
  Value sizesHere = host::SizesOp::create(b, loc, dims);
  Sizes shape{flatSize(leaves)};
  Value flat =
      hostCall("nnrt_archive_get_tree", {from.file, text(path), table, sizesHere, from.names},
               tensorType(elementType(leaves[0].dtype), shape));
  noteSizes(flat, shape);
  return flat;
}

/// The entry at a path; of sizes that are kAnySize the file decides.
Value Generator::restoredEntry(const Restore &from, const std::string &path, sema::DType dtype,
                               const Sizes &shape, Type type) {
  Values dims;
  for (const Size &size : shape)
    dims.push_back(materialize(size));
  Value sizesHere = host::SizesOp::create(b, loc, dims);
  return hostCall("nnrt_archive_get",
                  {from.file, text(path), i32(dtypeNumber(dtype)),
                   i32(static_cast<int64_t>(shape.size())), sizesHere, sizesHere},
                  type);
}

/// The tensor at a path. Sizes that only the file knows are not compared.
Val Generator::restoredTensor(const Restore &from, const std::string &path,
                              const sema::Type &type) {
  Sizes shape = looseShapeOf(type, [&] { return Size(materialize(kAnySize)); });
  Val value = Val::tensor(
      restoredEntry(from, path, type.dtype, shape, tensorType(elementType(type.dtype), shape)));
  bindFreshDims(&type, value);
  return value;
}

/// A model whose params and state are yet to be filled in, configured as its declaration says.
Val Generator::unfilled(const sema::Type &type) {
  if (type.is(TypeKind::Tuple)) {
    Val tuple;
    tuple.kind = Val::Kind::Model;
    for (const sema::Type *elem : type.elems)
      tuple.parts.push_back(elem->isModel() ? unfilled(*elem) : defaultOf(elem));
    return tuple;
  }
  if (!type.is(TypeKind::Struct))
    return defaultModel(type);
  Val rng = Val::tensor(full(constantTensor(0, b.getI64Type()), {2}));
  std::vector<Val> given;
  auto outer = scopedTo(type);
  for (const sema::FieldInfo &field : type.structInfo->fields)
    given.push_back(field.role == Role::Param || field.role == Role::State ? defaultOf(field.type)
                                                                           : Val());
  frame = outer;
  return build(type, frame->scope, &given, rng, {});
}

/// A model with its params and state from the file. What it is configured with is what its
/// declaration says, or what `now` has.
Val Generator::restoredModel(const Restore &from, const std::string &path, const sema::Type &type,
                             const Val &now) {
  Val model = now.is(Val::Kind::Unit) ? unfilled(type) : now;
  model = configOnly(model, type, frame->scope);
  model.v = restoredTree(from, path, leavesOf(type, Role::Param, frame->scope));
  model.state = restoredTree(from, path, leavesOf(type, Role::State, frame->scope));
  return model;
}

/// What lies below the path at hand. A type that holds itself has a function.
Val Generator::restoredInside(const Restore &from, const sema::Type &type) {
  if (!holdsItself(type))
    return restoredParts(from, type);
  std::string &name = restorers[&type];
  if (name.empty()) {
    OpBuilder::InsertionGuard guard(b);
    HostFunction function =
        beginFunction("load", {from.file.getType(), from.names.getType()}, {handleType()});
    name = function.name;
    Restore inside{function.arguments[0], function.arguments[1]};
    Val value = carriedForm(restoredParts(inside, type), &type, frame->scope);
    endFunction(function, {runtimeHandle(value, type)});
  }
  return fromHandle(
      func::CallOp::create(b, loc, name, TypeRange{handleType()}, ValueRange{from.file, from.names})
          .getResult(0),
      type);
}

Val Generator::restoredParts(const Restore &from, const sema::Type &type) {
  if (type.is(TypeKind::Enum))
    return restoredVariant(from, type);
  Size length(hostCall("nnrt_archive_get_len", {from.file, text(type.str())}, b.getIndexType()));
  if (type.is(TypeKind::Optional)) {
    Val there = binary(sema::BinaryOp::Ne, Val::integer(length), Val::integer(0), nullptr, {});
    return branch(
        there, [&] { return restored(from, "0", *type.elems[0], {}); }, [] { return Val::none(); },
        {}, &type);
  }
  bool isMap = type.is(TypeKind::Map);
  sema::Var all;
  all.type = &type;
  Val &made = frame->vars[&all];
  made = Val::handle(
      isMap ? hostCall("nnrt_map_new",
                       {slotCode(slotOf(*type.elems[0])), slotCode(slotOf(*type.elems[1]))},
                       handleType())
            : hostCall("nnrt_list_new", {slotCode(slotOf(*type.elems[0])), materialize(0)},
                       handleType()));
  eachEntry(from.file, length, {{&all, &made}}, [&](const Size &) {
    if (isMap) {
      Val key = restored(from, "key", *type.elems[0], {});
      made.v = setEntry(made.v, type, key, restored(from, "value", *type.elems[1], {}));
      return;
    }
    const sema::Type &elem = *type.elems[0];
    Value slot = stored(restored(from, "", elem, {}), elem);
    made.v =
        hostCall("nnrt_list_push" + suffix(slotOf(elem)), {made.v, slot}, handleType(), true, {0});
  });
  Val result = made;
  frame->vars.erase(&all);
  return result;
}

Val Generator::restoredVariant(const Restore &from, const sema::Type &type) {
  const auto &variants = type.enumInfo->variants;
  std::string names;
  for (const auto &variant : variants)
    names += (names.empty() ? "" : " ") + variant.name;
  Size which(hostCall("nnrt_archive_get_variant", {from.file, text(type.str()), text(names)},
                      b.getIndexType()));
  std::function<Val(unsigned)> make = [&](unsigned i) -> Val {
    auto made = [&] {
      Val value;
      value.kind = Val::Kind::Variant;
      value.size = i;
      for (unsigned k = 0; k < variants[i].fields.size(); ++k)
        value.parts.push_back(restored(from, std::to_string(k), *variants[i].fields[k], {}));
      return carriedForm(value, &type, frame->scope);
    };
    if (i + 1 == variants.size())
      return made();
    Val same = binary(sema::BinaryOp::Eq, Val::integer(which), Val::integer(i), nullptr, {});
    return branch(same, made, [&] { return make(i + 1); }, {}, &type);
  };
  return make(0);
}

/// The value at a path; `now` is the value that it replaces, or nothing.
Val Generator::restored(const Restore &from, const std::string &path, const sema::Type &type,
                        const Val &now) {
  if (isArchivedInside(type)) {
    enterPath(from.file, path);
    Val value = restoredInside(from, type);
    leavePath(from.file);
    return value;
  }
  switch (type.kind) {
  case TypeKind::Int:
    return Val::integer(
        Size(hostCall("nnrt_archive_get_i64", {from.file, text(path)}, b.getIndexType())));
  case TypeKind::Str:
    return string(hostCall("nnrt_archive_get_str", {from.file, text(path)}, handleType()));
  case TypeKind::Rng:
    return Val::tensor(restoredEntry(from, path, sema::DType::I64, {2},
                                     RankedTensorType::get({2}, b.getI64Type())));
  case TypeKind::Tensor:
    return restoredTensor(from, path, type);
  case TypeKind::Tree:
    return Val::tree(restoredTree(from, path, leavesOf(*type.elems[0], Role::Param, frame->scope)));
  case TypeKind::List:
    if (isNumberList(type)) {
      auto all = RankedTensorType::get({ShapedType::kDynamic}, elementType(listDType(type)));
      Value tensor = restoredEntry(from, path, listDType(type), {kAnySize}, all);
      return Val::handle(hostCall("nnrt_list_from_tensor", {tensor}, handleType()));
    }
    break;
  case TypeKind::Array:
    if (type.elems[0]->isModel())
      return restoredModel(from, path, type, now);
    if (Size count = sizeOf(type.count); count.isConstant()) {
      Val array;
      array.kind = Val::Kind::List;
      for (int64_t i = 0; i < count.constant; ++i)
        array.parts.push_back(restored(from, joined(path, std::to_string(i)), *type.elems[0], {}));
      return array;
    }
    break;
  case TypeKind::Struct:
  case TypeKind::Tuple: {
    if (type.isModel())
      return restoredModel(from, path, type, now);
    std::vector<Val> parts;
    auto outer = scopedTo(type);
    for (size_t i = 0; i < partCount(type); ++i) {
      Val before = i < now.parts.size() ? now.parts[i] : Val();
      parts.push_back(restored(from, joined(path, partName(type, i)), partType(type, i), before));
    }
    frame = outer;
    return Val::aggregate(std::move(parts));
  }
  default:
    break;
  }
  unsupported({}, "a value of type `" + type.str() + "` cannot be loaded");
}

/// T.load(path, names): every field from the entry that its path names.
Val Generator::primLoad(const Prim &prim) {
  Value path = toHandle(eval(*prim.args[0].value), {});
  Restore from;
  if (prim.args.size() > 1) {
    if (!prim.args[1].value->type->is(TypeKind::Map))
      unsupported(prim.loc, "a function for `names` is checked but not compiled yet: use a map");
    from.names = runtimeHandle(eval(*prim.args[1].value), *prim.args[1].value->type);
  } else {
    from.names = host::NullOp::create(b, loc, handleType());
  }
  from.file = hostCall("nnrt_archive_open", {path}, handleType());
  return restored(from, "", *prim.type, {});
}

/// resume(path, &place): fills the place if the file is there, and says whether it was.
Val Generator::primResume(const Prim &prim) {
  Value path = toHandle(eval(*prim.args[0].value), {});
  const sema::Expr &place = *prim.args[1].value;
  bool resizes = place.kind == sema::ExprKind::VarRef && sema::as<sema::VarRef>(place).var->resizes;
  const sema::Type &type = resizes ? *sema::as<sema::VarRef>(place).var->type : *place.type;
  Val there = Val::boolean(hostCall("nnrt_file_exists", {path}, b.getI1Type(), false));
  branch(
      there,
      [&] {
        Restore from;
        from.names = host::NullOp::create(b, loc, handleType());
        from.file = hostCall("nnrt_archive_open", {path}, handleType());
        assign(place, restored(from, "", type, eval(place)));
        return Val();
      },
      [] { return Val(); }, assignedIn({&prim}), nullptr);
  return there;
}

} // namespace nnc::irgen
