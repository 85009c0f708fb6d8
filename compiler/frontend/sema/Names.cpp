// What a name means where it stands.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

Symbol *Checker::find(const std::string &name) {
  for (Scope *scope = scope_; scope; scope = scope->parent) {
    auto it = scope->names.find(name);
    if (it != scope->names.end())
      return &it->second;
  }
  auto it = prelude_->scope->names.find(name);
  return it == prelude_->scope->names.end() ? nullptr : &it->second;
}

Symbol *Checker::findLocal(const std::string &name) {
  for (Scope *scope = scope_; scope && scope->parent; scope = scope->parent) {
    auto it = scope->names.find(name);
    if (it != scope->names.end())
      return &it->second;
  }
  return nullptr;
}

Checker::NameList Checker::visibleNames() const {
  NameList names;
  for (Scope *scope = scope_; scope; scope = scope->parent)
    for (auto &[name, symbol] : scope->names)
      names.push_back(name);
  if (frame_ && frame_->selfType && frame_->selfType->decl) {
    for (const ast::FieldDecl *field : frame_->selfType->decl->fields)
      names.push_back(field->name.text);
    for (auto &[name, method] : frame_->selfType->decl->methods)
      names.push_back(name);
  }
  for (auto &[name, symbol] : prelude_->scope->names)
    names.push_back(name);
  for (const char *name : {"print", "record", "save", "resume", "grad", "train", "remat", "profile",
                           "f32", "int", "str", "Rng", "none", "inf", "training"})
    names.push_back(name);
  return names;
}

void Checker::reportUnknown(const ast::Ident &name, const char *what) {
  auto &diag = report(DiagKind::UnknownName, name.loc,
                      std::string("there is no ") + what + " `" + name.text + "` here");
  if (std::string near = didYouMean(name.text, visibleNames()); !near.empty())
    diag.help("did you mean `" + near + "`?");
}

Symbol *Checker::lookup(const ast::Ident &name, const char *what) {
  Symbol *symbol = find(name.text);
  if (!symbol) {
    reportUnknown(name, what);
    return nullptr;
  }
  symbol = resolve(symbol, name.loc);
  return symbol && symbol->kind != Symbol::Kind::Broken ? symbol : nullptr;
}

Symbol *Checker::lookupPath(const std::vector<ast::Ident> &path, const char *what) {
  Symbol *symbol = lookup(path[0], path.size() > 1 ? "module" : what);
  for (size_t i = 1; symbol && i < path.size(); ++i) {
    if (symbol->kind != Symbol::Kind::Module) {
      report(DiagKind::UnknownName, path[i].loc,
             "`" + path[i - 1].text + "` is not a module, so it has no `" + path[i].text + "`");
      return nullptr;
    }
    symbol = memberOf(*symbol->module, path[i].text, path[i].loc, true);
    if (symbol)
      symbol = resolve(symbol, path[i].loc);
  }
  return symbol && symbol->kind != Symbol::Kind::Broken ? symbol : nullptr;
}

void Checker::openScope() {
  scopes_.emplace_back();
  scopes_.back().parent = scope_;
  scope_ = &scopes_.back();
}

Symbol &Checker::define(const ast::Ident &name, Symbol symbol) {
  symbol.loc = name.loc;
  return scope_->names[name.text] = std::move(symbol);
}

// A name that hides a dim of the model or function around it is mostly meant to be that dim.
void Checker::warnOfShadowedDim(const ast::Ident &name, const char *what) {
  if (!module_ || module_->isLibrary)
    return;
  Symbol *outer = find(name.text);
  const DimVar *dim = outer && outer->kind == Symbol::Kind::Dim ? outer->dim.asVar() : nullptr;
  if (dim && dim->kind == DimVar::Kind::Declared && dim->name == name.text)
    report(DiagKind::ShadowedDim, name.loc,
           "`" + name.text + "` is " + what + " here and hides the dim `" + name.text + "`")
        .also(dim->loc, "the dim")
        .help("give one of them another name");
}

Symbol &Checker::defineVar(Var *var) {
  Symbol symbol;
  symbol.kind = Symbol::Kind::Var;
  symbol.var = var;
  if (!scope_->parent && frame_ && !frame_->fn)
    var->isTopLevel = true;
  warnOfShadowedDim({var->name, var->loc}, "a value");
  return define({var->name, var->loc}, std::move(symbol));
}

} // namespace nnc::sema
