// Flags whose value is known when the program is compiled.
#include "compiler/frontend/sema/Checker.h"
#include "compiler/frontend/sema/Walk.h"
#include <array>
#include <charconv>

namespace nnc::sema {
namespace {

template <class Number> bool parseWhole(const std::string &text, Number &out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// The literal of a flag's type that the text is; null where it is none.
Expr *literal(const std::string &text, const Type *type, NodeArena &nodes) {
  if (type->is(Type::Kind::Str)) {
    auto *node = nodes.make<StrLit>();
    return node->value = text, node;
  }
  if (type->isScalar() && type->dtype == DType::Bool) {
    auto *node = nodes.make<BoolLit>();
    return node->value = text == "true", text == "true" || text == "false" ? node : nullptr;
  }
  if (type->isFloat()) {
    auto *node = nodes.make<FloatLit>();
    return parseWhole(text, node->value) ? node : nullptr;
  }
  auto *node = nodes.make<IntLit>();
  return parseWhole(text, node->value) ? node : nullptr;
}

void addVars(const Type *type, std::set<const Var *> &vars) {
  if (!type || !type->is(Type::Kind::Struct) || !type->structInfo || !type->structInfo->isModel)
    return;
  std::set<const DimVar *> dims;
  for (auto &[dim, size] : type->binds.dims)
    collectVars(size, dims);
  for (const DimVar *dim : dims)
    if (dim->var)
      vars.insert(dim->var);
}

} // namespace

bool fixArg(Program &program, ArgDecl &arg, const std::string &text) {
  auto owned = std::make_shared<NodeArena>();
  NodeArena &nodes = *owned;
  program.arena = std::make_shared<std::array<std::shared_ptr<void>, 2>>(
      std::array<std::shared_ptr<void>, 2>{program.arena, owned});
  bool isOptional = arg.var->type->is(Type::Kind::Optional);
  const Type *type = isOptional ? arg.var->type->elems[0] : arg.var->type;
  Expr *value = literal(text, type, nodes);
  if (!value)
    return false;
  value->type = type;
  value->loc = arg.var->loc;
  if (isOptional) {
    auto *some = nodes.make<Convert>();
    some->value = value;
    some->type = arg.var->type;
    some->loc = value->loc;
    value = some;
  }
  arg.init = value;
  arg.fixed = text;
  return true;
}

std::set<const Var *> sizesOfModels(const Program &program) {
  std::set<const Var *> vars;
  auto look = [&](const Expr &body) {
    walkTree(body, [&](const Expr &e) { addVars(e.type, vars); });
  };
  for (auto &[var, value] : program.globals)
    look(*value);
  look(*program.body);
  return vars;
}

} // namespace nnc::sema
