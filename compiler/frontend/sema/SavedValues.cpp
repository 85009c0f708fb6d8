// `save`, `resume` and `T.load`.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

// The part of a value that cannot be saved, as its path and its type; null where there is none.
// Models are their params and state: what configures them is not saved.
std::pair<std::string, const Type *> Checker::unsavable(const Type *type, const std::string &path,
                                                        std::set<const Type *> &seen) {
  if (type->isModel() || !seen.insert(type).second)
    return {path, nullptr};
  auto below = [&](const std::string &name) { return path.empty() ? name : path + "." + name; };
  switch (type->kind) {
  case Type::Kind::Struct:
    for (unsigned i = 0; i < type->structInfo->fields.size(); ++i)
      if (auto part = unsavable(fieldType(type, i), below(type->structInfo->fields[i].name), seen);
          part.second)
        return part;
    return {path, nullptr};
  case Type::Kind::Enum:
    for (const auto &variant : type->enumInfo->variants)
      for (const Type *held : variant.fields)
        if (auto part = unsavable(held, below(variant.name), seen); part.second)
          return part;
    return {path, nullptr};
  case Type::Kind::Tuple:
  case Type::Kind::List:
  case Type::Kind::Array:
  case Type::Kind::Map:
  case Type::Kind::Optional:
    for (size_t i = 0; i < type->elems.size(); ++i) {
      std::string name = type->is(Type::Kind::Tuple) ? below(std::to_string(i)) : path;
      if (auto part = unsavable(type->elems[i], name, seen); part.second)
        return part;
    }
    return {path, nullptr};
  case Type::Kind::Tree:
  case Type::Kind::Tensor:
  case Type::Kind::Int:
  case Type::Kind::Str:
  case Type::Kind::Rng:
  case Type::Kind::Error:
    return {path, nullptr};
  default:
    return {path, type};
  }
}

// Reports what cannot be saved or loaded.
bool Checker::isSavable(const Type *type, Loc loc, const char *what) {
  std::set<const Type *> seen;
  auto [path, part] = unsavable(type, "", seen);
  if (!part)
    return true;
  report(DiagKind::NotSavable, loc,
         (path.empty() ? "" : "`" + path + "` is ") + part->str() +
             (path.empty() ? " cannot be " : ", which cannot be ") + what);
  return false;
}

Expr *Checker::checkSave(const std::string &name, std::vector<ArgIn> args, Loc loc) {
  bool resume = name == "resume";
  if (args.size() != 2 || args[0].name || args[1].name || args[1].byRef != resume) {
    report(DiagKind::ArgCount, loc,
           resume ? "`resume` takes a path and the variable to fill: `resume(\"run.ckpt\", &r)`"
                  : "`save` takes a path and a value: `save(\"net.safetensors\", net)`");
    checkForErrors(args);
    return errorExpr(loc);
  }
  Expr *path = args[0].typed ? args[0].typed : check(args[0].source);
  path = coerce(path, types_.str, "the path");
  Expr *value = args[1].typed ? args[1].typed
                : resume      ? checkPlace(args[1].source, "passed with `&`")
                              : check(args[1].source);
  if (path->type->is(Type::Kind::Error) || value->type->is(Type::Kind::Error))
    return errorExpr(loc);
  if (!isSavable(value->type, args[1].loc, resume ? "loaded" : "saved"))
    return errorExpr(loc);
  auto *node = prim(loc, name, resume ? types_.boolean : types_.unit, {path, value});
  node->args[1].byRef = resume;
  if (resume) // the file says the sizes
    handOver(value, nullptr, true, name);
  return node;
}

Expr *Checker::loadModel(const Type *type, std::vector<ArgIn> args, Loc loc) {
  if (!isSavable(type, loc, "loaded")) {
    checkForErrors(args);
    return errorExpr(loc);
  }
  auto *node = prim(loc, "load", type);
  for (ArgIn &arg : args) {
    bool names = arg.name.text == "names";
    Expr *value = arg.typed ? arg.typed : check(arg.source);
    if (value->type->is(Type::Kind::Error))
      return value;
    if (arg.name && !names) {
      report(DiagKind::UnknownArg, arg.name.loc, "`load` takes a path, and `names: {..}`");
      return errorExpr(loc);
    }
    if (names && !value->type->is(Type::Kind::Fn) && !value->type->is(Type::Kind::Map)) {
      report(DiagKind::TypeMismatch, value->loc,
             "`names` maps the names in the file to field paths: a map or function, not " +
                 value->type->str());
      return errorExpr(loc);
    }
    if (!names)
      value = coerce(value, types_.str, "the path");
    node->args.push_back({value, false});
  }
  if (node->args.empty()) {
    report(DiagKind::ArgCount, loc, "`load` takes a path");
    return errorExpr(loc);
  }
  return node->args[0].value->type->is(Type::Kind::Error) ? errorExpr(loc) : node;
}

} // namespace nnc::sema
