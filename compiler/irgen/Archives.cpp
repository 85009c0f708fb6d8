// Saving: a value of any savable type as entries of a file, named by field paths.
//
// Note [Archives]
// A list is its length `len` and its elements `0`, `1`, ..; a list of numbers is one tensor. A map
// is a list whose elements have a `key` and a `value`, an optional a list of at most one. An enum
// is the name of its `variant` and what that holds. The runtime puts the path at hand before each
// name, so that the code of an element serves all of them.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace nnc::irgen {

using Prim = sema::Prim;
using Role = sema::FieldInfo::Role;
using TypeKind = sema::Type::Kind;

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
bool Generator::isNumberList(const sema::Type &type) {
  return type.is(TypeKind::List) && (type.elems[0]->is(TypeKind::Int) || type.elems[0]->isScalar());
}
sema::DType Generator::listDType(const sema::Type &type) {
  return type.elems[0]->is(TypeKind::Int) ? sema::DType::I64 : type.elems[0]->dtype;
}

/// Whether a value has names of its own below its path: Note [Archives].
bool Generator::isArchivedInside(const sema::Type &type) {
  return (type.is(TypeKind::List) && !isNumberList(type)) || type.is(TypeKind::Map) ||
         type.is(TypeKind::Optional) || type.is(TypeKind::Enum);
}

void Generator::enterPath(Value file, const std::string &path) {
  hostCall("nnrt_archive_enter", {file, text(path)}, {}, false);
}
void Generator::leavePath(Value file) { hostCall("nnrt_archive_leave", {file}, {}, false); }

/// The entries 0..length of what is at hand; sizes that one of them binds are its own.
void Generator::eachEntry(Value file, const Size &length, std::vector<Slot> slots,
                          llvm::function_ref<void(const Size &)> turn) {
  hostLoop(0, length, std::move(slots), false, [&](Size i) {
    auto outer = frame;
    frame = std::make_shared<Frame>();
    frame->parent = outer;
    hostCall("nnrt_archive_enter_index", {file, materialize(i)}, {}, false);
    turn(i);
    leavePath(file);
    frame = outer;
  });
}

/// Adds what lies below the path at hand. A type that holds itself has a function.
void Generator::archiveInside(Value file, const Val &value, const sema::Type &type) {
  if (!holdsItself(type))
    return archiveParts(file, value, type);
  Value handle = runtimeHandle(carriedForm(value, &type, frame->scope), type);
  std::string &name = archivers[&type];
  if (name.empty()) {
    OpBuilder::InsertionGuard guard(b);
    HostFunction function = beginFunction("save", {file.getType(), handle.getType()}, {});
    name = function.name;
    archiveParts(function.arguments[0], fromHandle(function.arguments[1], type), type);
    endFunction(function, {});
  }
  func::CallOp::create(b, loc, name, TypeRange{}, ValueRange{file, handle});
}

void Generator::archiveParts(Value file, const Val &value, const sema::Type &type) {
  const DimScope &scope = frame->scope;
  auto number = [&](const char *name, const Size &n) {
    hostCall("nnrt_archive_add_i64", {file, text(name), materialize(n)}, {});
  };
  switch (type.kind) {
  case TypeKind::Optional: {
    auto there = [&] {
      number("len", 1);
      archive(file, "0", payload(value, type), *type.elems[0], scope);
      return Val();
    };
    auto absent = [&] {
      number("len", 0);
      return Val();
    };
    branch(presence(value, type), there, absent, {}, nullptr);
    return;
  }
  case TypeKind::Enum: {
    Val form = carriedForm(value, &type, scope);
    for (unsigned i = 0; i < type.enumInfo->variants.size(); ++i) {
      const auto &variant = type.enumInfo->variants[i];
      auto taken = [&] {
        hostCall("nnrt_archive_add_str", {file, text("variant"), constantText(variant.name)}, {});
        for (unsigned k = 0; k < variant.fields.size(); ++k)
          archive(file, std::to_string(k), variantField(form, type, i, k), *variant.fields[k],
                  frame->scope);
        return Val();
      };
      Val same = binary(sema::BinaryOp::Eq, Val::integer(variantOf(form, type)), Val::integer(i),
                        nullptr, {});
      branch(same, taken, [] { return Val(); }, {}, nullptr);
    }
    return;
  }
  case TypeKind::Map: {
    Value map = runtimeHandle(value, type);
    Size length(hostCall("nnrt_map_len", {map}, b.getIndexType(), false));
    number("len", length);
    eachEntry(file, length, {}, [&](const Size &i) {
      archive(file, "key", mapKey(map, type, materialize(i)), *type.elems[0], frame->scope);
      archive(file, "value", mapEntry(map, type, materialize(i)), *type.elems[1], frame->scope);
    });
    return;
  }
  default: {
    Value list = runtimeHandle(value, type);
    Size length(hostCall("nnrt_list_len", {list}, b.getIndexType(), false));
    number("len", length);
    eachEntry(file, length, {}, [&](const Size &i) {
      archive(file, "", listElement(list, type, i), *type.elems[0], frame->scope);
    });
    return;
  }
  }
}

/// Adds a value to an archive under its field path.
void Generator::archive(Value file, const std::string &path, const Val &value,
                        const sema::Type &type, const DimScope &scope) {
  if (isArchivedInside(type)) {
    enterPath(file, path);
    archiveInside(file, value, type);
    return leavePath(file);
  }
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
    DimScope inner = innerScope(type, scope);
    for (size_t i = 0; i < value.parts.size(); ++i)
      archive(file, joined(path, partName(type, i)), value.parts[i], partType(type, i), inner);
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
    if (type.is(TypeKind::Array)) {
      for (size_t i = 0; i < value.parts.size(); ++i)
        archive(file, joined(path, std::to_string(i)), value.parts[i], *type.elems[0], scope);
      return;
    }
    [[fallthrough]];
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

} // namespace nnc::irgen
