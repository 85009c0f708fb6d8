// Values as text, by their types: `Point(x: 1, y: 2.5)`, `[true, false]`, `none`, `circle(1.0)`.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

/// Elements that the runtime prints as the language does.
static bool printsItself(const sema::Type &type) {
  switch (type.kind) {
  case TypeKind::Int:
  case TypeKind::Str:
    return true;
  case TypeKind::Tensor:
    return !type.isScalar() ||
           (!type.isFloat() && type.dtype != sema::DType::Bool && type.dtype != sema::DType::U64);
  case TypeKind::List:
  case TypeKind::Map:
    return llvm::all_of(type.elems, [](const sema::Type *t) { return printsItself(*t); });
  default:
    return false;
  }
}

Value Generator::append(Value lhs, Value rhs) {
  return hostCall("nnrt_str_append", {lhs, rhs}, handleType(), true, {0});
}

/// A value as a string; `nested`: inside of another one, where text is quoted.
Value Generator::format(const Val &value, const sema::Type *type, const std::string &spec,
                        bool nested) {
  if (!type)
    return toHandle(value, spec);
  switch (type->kind) {
  case TypeKind::Str: {
    Value handle = toHandle(value, {});
    if (nested)
      return hostCall("nnrt_str_quote", {handle}, handleType());
    return spec.empty() ? handle : hostCall("nnrt_format_str", {handle, text(spec)}, handleType());
  }
  case TypeKind::Tuple:
  case TypeKind::Struct:
    return formatParts(value, *type, spec);
  case TypeKind::Optional: {
    if (isBoxedOptional(*type) && value.is(Val::Kind::Handle))
      return callFormatter(*type, value.v, spec); // what it holds may hold the like again
    auto absent = [&] { return string(constantText("none")); };
    auto there = [&] {
      return string(format(payload(value, *type), type->elems[0], spec, nested));
    };
    return branch(presence(value, *type), there, absent, {}, nullptr).v;
  }
  case TypeKind::Range: {
    Value lo = toHandle(Val::integer(value.parts[0].size), spec);
    return append(append(lo, constantText("..")),
                  toHandle(Val::integer(value.parts[1].size), spec));
  }
  case TypeKind::Enum: {
    if (value.is(Val::Kind::Variant)) {
      Val form = carriedForm(value, type, frame->scope);
      return format(form, type, spec, nested);
    }
    Value number = value.is(Val::Kind::Int) ? materialize(value.size) : Value();
    return callFormatter(*type, number ? number : value.v, spec);
  }
  case TypeKind::List:
  case TypeKind::Map: {
    Value handle = runtimeHandle(value, *type);
    if (printsItself(*type))
      return hostCall("nnrt_format_handle", {handle, text(spec)}, handleType());
    return callFormatter(*type, handle, spec);
  }
  case TypeKind::Array:
    if (value.is(Val::Kind::List))
      return toHandle(value, spec);
    return constantText(type->str());
  case TypeKind::Fn:
  case TypeKind::OneFn:
    return constantText(type->str());
  case TypeKind::Tree:
    return formatTree(value, *type, spec);
  case TypeKind::Unit:
    return constantText("()");
  default:
    return toHandle(value, spec);
  }
}

/// (1, 2) or Name(x: 1, y: 2)
Value Generator::formatParts(const Val &value, const sema::Type &type, const std::string &spec) {
  bool isStruct = type.is(TypeKind::Struct);
  if (type.isModel())
    return constantText(type.str());
  std::string before = (isStruct ? type.structInfo->name : std::string()) + "(";
  Value all;
  auto outer = scopedTo(type);
  for (size_t i = 0; i < value.parts.size(); ++i) {
    before += i ? ", " : "";
    if (isStruct)
      before += type.structInfo->fields[i].name + ": ";
    Value piece = constantText(before);
    all = all ? append(all, piece) : piece;
    before.clear();
    all = append(all, format(value.parts[i], &partType(type, i), spec, true));
  }
  frame = outer;
  Value end = constantText(before + ")");
  return all ? append(all, end) : end;
}

/// Grad[Net](l1.w: .., l1.b: ..): the leaves with their paths.
Value Generator::formatTree(const Val &value, const sema::Type &type, const std::string &spec) {
  if (!value.v || !value.is(Val::Kind::Tree) || type.leafScalar)
    return constantText(type.str());
  std::vector<Leaf> layout = leavesOf(*type.elems[0], sema::FieldInfo::Role::Param, frame->scope);
  Values leaves = unpack(value.v, layout);
  std::string before = type.str() + "(";
  Value all;
  for (size_t i = 0; i < leaves.size(); ++i) {
    std::string path = layout[i].path;
    for (size_t at; (at = path.find("{}")) != std::string::npos;)
      path.replace(at, 2, "*"); // of all layers of an array
    Value piece = constantText(before + path + ": ");
    all = all ? append(all, piece) : piece;
    before = ", ";
    all = append(all, toHandle(Val::tensor(leaves[i]), spec));
  }
  return append(all, constantText(")"));
}

/// Lists, maps and enums print through a function of their type: they may hold themselves.
Value Generator::callFormatter(const sema::Type &type, Value argument, const std::string &spec) {
  std::string &name = formatters[{&type, spec}];
  if (name.empty()) {
    OpBuilder::InsertionGuard guard(b);
    HostFunction function = beginFunction("format", {argument.getType()}, {handleType()});
    name = function.name;
    Value argument = function.arguments[0];
    Value result = type.is(TypeKind::Enum)       ? formatEnum(argument, type, spec)
                   : type.is(TypeKind::Optional) ? formatOptional(argument, type, spec)
                                                 : formatContainer(argument, type, spec);
    endFunction(function, {result});
  }
  return func::CallOp::create(b, loc, name, TypeRange{handleType()}, ValueRange{argument})
      .getResult(0);
}

/// An optional that is kept in a box.
Value Generator::formatOptional(Value handle, const sema::Type &type, const std::string &spec) {
  Val value = Val::handle(handle);
  auto there = [&] { return string(format(payload(value, type), type.elems[0], spec, true)); };
  auto absent = [&] { return string(constantText("none")); };
  return branch(presence(value, type), there, absent, {}, nullptr).v;
}

Value Generator::formatContainer(Value handle, const sema::Type &type, const std::string &spec) {
  bool isMap = type.is(TypeKind::Map);
  Value length =
      hostCall(isMap ? "nnrt_map_len" : "nnrt_list_len", {handle}, b.getIndexType(), false);
  sema::Var line;
  frame->vars[&line] = string(constantText("["));
  std::vector<Slot> slots{{&line, &frame->vars[&line]}};
  hostLoop(0, Size(length), slots, false, [&](Size i) {
    Val first = Val::boolean(
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, materialize(i), materialize(0)));
    Value now = branch(
                    first, [&] { return *find(&line); },
                    [&] { return string(append(find(&line)->v, constantText(", "))); },
                    {{&line, find(&line)}}, nullptr)
                    .v;
    if (isMap) {
      now = append(now, format(mapKey(handle, type, materialize(i)), type.elems[0], {}, true));
      now = append(append(now, constantText(": ")),
                   format(mapEntry(handle, type, materialize(i)), type.elems[1], spec, true));
    } else {
      now = append(now, format(listElement(handle, type, i), type.elems[0], spec, true));
    }
    *find(&line) = string(now);
  });
  Value all = find(&line)->v;
  if (isMap) {
    Val empty = Val::boolean(
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, length, materialize(0)));
    Value start = all;
    all = branch(
              empty, [&] { return string(append(start, constantText(":"))); },
              [&] { return string(start); }, {}, nullptr)
              .v;
  }
  frame->vars.erase(&line);
  return append(all, constantText("]"));
}

Value Generator::formatEnum(Value handle, const sema::Type &type, const std::string &spec) {
  Val value = handle.getType().isIndex() ? Val::integer(Size(handle)) : Val::handle(handle);
  const auto &variants = type.enumInfo->variants;
  std::function<Val(unsigned)> from = [&](unsigned i) -> Val {
    auto shown = [&] {
      const auto &fields = variants[i].fields;
      if (fields.empty())
        return string(constantText(variants[i].name));
      Value all = constantText(variants[i].name + "(");
      for (unsigned k = 0; k < fields.size(); ++k) {
        if (k)
          all = append(all, constantText(", "));
        all = append(all, format(variantField(value, type, i, k), fields[k], spec, true));
      }
      return string(append(all, constantText(")")));
    };
    if (i + 1 == variants.size())
      return shown();
    Val same = binary(sema::BinaryOp::Eq, Val::integer(variantOf(value, type)), Val::integer(i),
                      nullptr, {});
    return branch(same, shown, [&] { return from(i + 1); }, {}, nullptr);
  };
  return from(0).v;
}

} // namespace nnc::irgen
