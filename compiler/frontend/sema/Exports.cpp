// What an `export fn` may take and give: what C has types for.
#include "compiler/frontend/sema/Checker.h"
#include "compiler/frontend/sema/Ports.h"

namespace nnc::sema {

static const char *const kAllowed =
    "an `export fn` takes tensors, scalars and `int`s, and gives one of these or a tuple of them";

static bool isForC(const Type *type) {
  return type->is(Type::Kind::Tensor) || type->is(Type::Kind::Int) || type->is(Type::Kind::Param) ||
         type->is(Type::Kind::Error);
}

// `export` before anything but a function of the top level.
void Checker::refuseExport(const ast::Stmt *stmt) {
  auto refuse = [&](const ast::Marks &marks, const char *what) {
    if (marks.isExport())
      report(DiagKind::BadExport, marks.exported, std::string(what) + " cannot be exported")
          .help("export a function that uses it; `pub` is for importers");
  };
  if (auto *let = stmt->as<ast::LetStmt>())
    refuse(let->marks, "a value");
  else if (stmt->is<ast::EnumDecl>())
    refuse(stmt->as<ast::EnumDecl>()->marks, "a type");
  auto *decl = stmt->as<ast::StructDecl>();
  if (!decl)
    return;
  refuse(decl->marks, "a type");
  if (auto it = module_->scope->names.find(decl->name.text); it != module_->scope->names.end())
    if (const StructDecl *known = it->second.structDecl; known && known->node == decl)
      for (auto &[name, method] : known->methods)
        refuse(method->node->marks, "a method");
}

bool Checker::canExport(const FnDecl &fn) {
  size_t before = diags_.errorCount();
  const std::string &name = fn.node->name.text;
  auto bad = [&](Loc loc, std::string message) -> Diagnostic & {
    return report(DiagKind::BadExport, loc, std::move(message));
  };
  if (name == "init" || name == "last_error")
    bad(fn.node->name.loc, "an `export fn` cannot be called `" + name +
                               "`: every library has a function of that name");
  for (const GenericEntry &entry : fn.generics) {
    const std::string &shown = entry.node->name.text;
    if (entry.type)
      bad(entry.node->loc,
          "an `export fn` is compiled once, so it cannot be generic in `" + shown + "`");
    if (entry.pack)
      bad(entry.node->loc, "an `export fn` takes tensors of a known rank, and `.." + shown +
                               "` is any number of sizes");
  }
  for (const ParamSig &param : fn.params) {
    if (param.special == ParamSig::Special::Axis || param.special == ParamSig::Special::DType)
      bad(param.loc, "`" + param.name + "` is known when compiling, so C cannot give it");
    else if (param.byRef)
      bad(param.loc, "`" + param.name + "` is updated, which C would not see")
          .help("give the new value as a result");
    else if (!param.type)
      bad(param.loc, "the parameter `" + param.name + "` of an `export fn` needs a type");
    else if (!isForC(param.type))
      bad(param.loc, "`" + param.name + "` is " + param.type->str() + ", which C has no type for")
          .note(kAllowed);
  }
  return diags_.errorCount() == before;
}

void Checker::checkExportResult(const FnInstance &fn) {
  const Type *type = fn.result;
  if (!type || type->is(Type::Kind::Unit) || type->is(Type::Kind::Never))
    return;
  const ast::FnDecl *node = bodies_[const_cast<FnInstance *>(&fn)].decl->node;
  Loc loc = node->result ? node->result->loc : fn.loc;
  std::vector<const Type *> leaves{type};
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (leaves[i]->is(Type::Kind::Tuple)) {
      leaves.insert(leaves.end(), leaves[i]->elems.begin(), leaves[i]->elems.end());
    } else if (!isForC(leaves[i])) {
      report(DiagKind::BadExport, loc,
             "`" + fn.name + "` gives " + leaves[i]->str() + ", which C has no type for")
          .note(kAllowed);
      return;
    }
  }
  std::vector<const DimVar *> known(fn.dims.begin(), fn.dims.end()), met;
  for (const Var *param : fn.params) {
    dimsOf(*param->type, known);
    if (param->dim)
      known.push_back(param->dim);
  }
  dimsOf(*type, met);
  for (const DimVar *dim : met)
    if (!isOfProgram(*dim) && std::find(known.begin(), known.end(), dim) == known.end()) {
      report(DiagKind::BadExport, loc,
             "the size `" + dim->name + "` of the result of `" + fn.name +
                 "` is decided by the data, so C cannot make room for it")
          .help(
              "give a tensor of a size that the arguments decide, and an `int` that says how much "
              "of it counts");
      return;
    }
}

} // namespace nnc::sema
