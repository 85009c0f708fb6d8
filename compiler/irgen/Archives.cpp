// Saving and loading: a value of any savable type as entries of a file, named by field paths.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using Prim = sema::Prim;
using Role = sema::FieldInfo::Role;
using TypeKind = sema::Type::Kind;

static constexpr int64_t kAnySize = INT64_MIN; // NNRT_ANY_SIZE

/// The table of a flat buffer's leaves, and its dynamic sizes as a list of indices in memory order.
Value Generator::treeTable(const std::vector<Leaf> &leaves, std::vector<Value> &dims) {
  SmallVector<StringRef> names;
  SmallVector<Attribute> types;
  for (const Leaf &leaf : leaves) {
    names.push_back(leaf.path);
    types.push_back(TypeAttr::get(tensorType(elementType(leaf.dtype), leaf.shape)));
    llvm::append_range(dims, dynamicSizes(leaf.shape));
  }
  return host::TreeOp::create(b, loc, b.getStrArrayAttr(names), b.getArrayAttr(types));
}

/// A list of numbers is one entry of rank 1.
static bool isNumberList(const sema::Type &type) {
  return type.is(TypeKind::List) && (type.elems[0]->is(TypeKind::Int) || type.elems[0]->isScalar());
}
static sema::DType listDType(const sema::Type &type) {
  return type.elems[0]->is(TypeKind::Int) ? sema::DType::I64 : type.elems[0]->dtype;
}

/// Adds a value to an archive under its field path.
void Generator::archive(Value file, const std::string &path, const Val &value,
                        const sema::Type &type, const DimScope &scope) {
  switch (value.kind) {
  case Val::Kind::Model:
  case Val::Kind::Array:
    for (Role role : {Role::Param, Role::State}) {
      std::vector<Leaf> leaves = leavesOf(type, role, scope);
      if (!leaves.empty())
        archiveTree(file, path, flatOf(value, type, role, scope), leaves);
    }
    return;
  case Val::Kind::Tree: {
    archiveTree(file, path, value.v, leavesOf(*type.elems[0], Role::Param, scope));
    return;
  }
  case Val::Kind::Aggregate: {
    bool isStruct = type.is(TypeKind::Struct);
    DimScope inner = isStruct ? scopeOf(type.binds, scope) : scope;
    for (size_t i = 0; i < value.parts.size(); ++i) {
      const sema::Type &part = isStruct ? *type.structInfo->fields[i].type : *type.elems[i];
      std::string name = isStruct ? type.structInfo->fields[i].name : std::to_string(i);
      archive(file, joined(path, name), value.parts[i], part, inner);
    }
    return;
  }
  case Val::Kind::Tensor:
    hostCall("nnrt_archive_add", {file, text(path), value.v}, {});
    return;
  case Val::Kind::Int:
    hostCall("nnrt_archive_add_i64", {file, text(path), materialize(value.size)}, {});
    return;
  case Val::Kind::Bool:
    hostCall("nnrt_archive_add", {file, text(path), toTensor(value, {}, {})}, {});
    return;
  case Val::Kind::Text:
    hostCall("nnrt_archive_add_str", {file, text(path), toHandle(value, {})}, {});
    return;
  case Val::Kind::List:
  case Val::Kind::Handle:
    if (isText(value)) {
      hostCall("nnrt_archive_add_str", {file, text(path), value.v}, {});
      return;
    }
    if (isNumberList(type)) {
      Value list = runtimeHandle(value, type);
      auto all = RankedTensorType::get({ShapedType::kDynamic}, elementType(listDType(type)));
      Value tensor =
          hostCall("nnrt_tensor_from_list", {i32(dtypeNumber(listDType(type))), list}, all);
      hostCall("nnrt_archive_add", {file, text(path), tensor}, {});
      return;
    }
    break;
  case Val::Kind::None:
  case Val::Kind::Fn:
  case Val::Kind::Unit:
    return; // nothing to keep
  default:
    break;
  }
  unsupported({}, "a value of type `" + type.str() + "` cannot be saved");
}

void Generator::archiveTree(Value file, const std::string &path, Value flat,
                            const std::vector<Leaf> &leaves) {
  std::vector<Value> dims;
  Value table = treeTable(leaves, dims);
  Value sizesHere = host::SizesOp::create(b, loc, dims);
  hostCall("nnrt_archive_add_tree", {file, text(path), table, sizesHere, flat}, {});
}

/// save(path, value)
Val Generator::primSave(const Prim &prim) {
  Value path = toHandle(eval(*prim.args[0].value), {});
  Value file = hostCall("nnrt_archive_new", {}, handleType());
  Val value = eval(*prim.args[1].value);
  archive(file, "", value, *prim.args[1].value->type, frame->scope);
  hostCall("nnrt_archive_save", {file, path}, {});
  return {};
}

// ---- loading

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

/// The value at a path; `now` is the value that it replaces, or nothing.
Val Generator::restored(const Restore &from, const std::string &path, const sema::Type &type,
                        const Val &now) {
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
    break;
  case TypeKind::Struct:
  case TypeKind::Tuple: {
    if (type.isModel())
      return restoredModel(from, path, type, now);
    bool isStruct = type.is(TypeKind::Struct);
    std::vector<Val> parts;
    auto outer = scopedTo(type);
    size_t count = isStruct ? type.structInfo->fields.size() : type.elems.size();
    for (size_t i = 0; i < count; ++i) {
      const sema::Type &part = isStruct ? *type.structInfo->fields[i].type : *type.elems[i];
      std::string name = isStruct ? type.structInfo->fields[i].name : std::to_string(i);
      Val before = i < now.parts.size() ? now.parts[i] : Val();
      if (before.is(Val::Kind::None) || before.is(Val::Kind::Fn))
        parts.push_back(before); // was not saved
      else
        parts.push_back(restored(from, joined(path, name), part, before));
    }
    frame = outer;
    return Val::aggregate(std::move(parts));
  }
  default:
    break;
  }
  if (now.is(Val::Kind::Fn) || now.is(Val::Kind::None))
    return now;
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
  Val there = Val::boolean(hostCall("nnrt_file_exists", {path}, b.getI1Type(), false));
  branch(
      there,
      [&] {
        Restore from;
        from.names = host::NullOp::create(b, loc, handleType());
        from.file = hostCall("nnrt_archive_open", {path}, handleType());
        assign(place, restored(from, "", *place.type, eval(place)));
        return Val();
      },
      [] { return Val(); }, assignedIn({&prim}), nullptr);
  return there;
}

} // namespace nnc::irgen
