// The flags of a program: `arg`s and parameters of `main`.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

// A flag of the program: an `arg`, or a parameter of `main`.
bool Checker::canBeFlag(const std::string &name, const Type *type, Loc loc, const char *what) {
  const Type *inner = type->is(Type::Kind::Optional) ? type->elems[0] : type;
  if (name == "help")
    report(DiagKind::DuplicateName, loc, "`--help` is a flag of every program");
  if (inner->is(Type::Kind::Int) || inner->is(Type::Kind::Str) || inner->isScalar() ||
      type->is(Type::Kind::Error))
    return true;
  report(DiagKind::BadArgType, loc,
         std::string(what) + " is an `int`, a scalar, a `bool` or a `str`, not " + type->str());
  return false;
}

void Checker::checkArgDecl(const ast::ArgDecl *decl) {
  if (scope_->parent) {
    report(DiagKind::NestedDecl, decl->loc, "declarations stand at the top level of a file");
    return;
  }
  const Type *type = resolveType(decl->type);
  if (!canBeFlag(decl->name.text, type, decl->type->loc, "an `arg`"))
    type = types_.error;
  ArgDecl arg;
  arg.var = newVar(decl->name, type, false);
  arg.help = decl->help;
  if (decl->defaultValue) {
    arg.defaultText = text(decl->defaultValue->loc);
    arg.init = coerce(check(decl->defaultValue, type), type, "the default", decl->type->loc);
  }
  auto [it, isNew] = scope_->names.emplace(decl->name.text, Symbol());
  if (!isNew) {
    report(DiagKind::DuplicateName, decl->name.loc,
           "`" + decl->name.text + "` is declared twice in this file")
        .also(it->second.loc, "first declared here");
    return;
  }
  defineVar(arg.var);
  arg.var->isTopLevel = true;
  program_.args.push_back(arg);
}

} // namespace nnc::sema
