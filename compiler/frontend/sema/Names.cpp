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

// Whether a symbol may stand where `what` is needed. What an import of the library is shows itself
// only when its file is read; types are written with a capital letter.
static bool suits(const std::string &what, const std::string &name, const Symbol &symbol) {
  using Kind = Symbol::Kind;
  Kind kind = symbol.kind;
  bool mayBeType = kind == Kind::Import && name[0] >= 'A' && name[0] <= 'Z';
  if (what == "type")
    return kind == Kind::Struct || kind == Kind::Enum || kind == Kind::Type || mayBeType;
  if (what == "module")
    return kind == Kind::Module;
  if (what == "pack of dims")
    return kind == Kind::Pack;
  if (what == "variable")
    return kind == Kind::Var;
  if (what == "dim")
    return kind == Kind::Dim ||
           (kind == Kind::Var && symbol.var->type->is(Type::Kind::Int) && !symbol.var->isMutable);
  return kind != Kind::Enum && kind != Kind::Type && kind != Kind::Pack && kind != Kind::Axis;
}

Checker::NameList Checker::visibleNames(const std::string &what) const {
  NameList names;
  auto add = [&](const Scope *scope) {
    for (auto &[name, symbol] : scope->names)
      if (suits(what, name, symbol))
        names.push_back(name);
  };
  for (Scope *scope = scope_; scope; scope = scope->parent)
    add(scope);
  bool isValue = what == "name" || what == "function";
  if (isValue && frame_ && frame_->selfType && frame_->selfType->decl) {
    for (const ast::FieldDecl *field : frame_->selfType->decl->fields)
      names.push_back(field->name.text);
    for (auto &[name, method] : frame_->selfType->decl->methods)
      names.push_back(name);
  }
  add(prelude_->scope);
  if (isValue)
    for (const char *name :
         {"print", "record", "save", "resume", "grad", "train", "remat", "profile", "fail", "vmap",
          "einsum", "rearrange", "concat", "stack", "f32", "int", "str", "Rng"})
      names.push_back(name);
  if (what == "name")
    for (const char *name : {"none", "inf", "training", "true", "false"})
      names.push_back(name);
  if (what == "type")
    for (const char *name :
         {"f16", "bf16", "f32", "f64", "i8",    "i16", "i32",     "i64",     "u8",   "u16", "u32",
          "u64", "bool", "int", "str", "range", "Rng", "Dataset", "Batches", "Grad", "Tree"})
      names.push_back(name);
  return names;
}

// Where the top level of the file at hand defines a value of this name.
static Loc definitionIn(const ast::Pattern *pattern, const std::string &name) {
  if (auto *bound = pattern->as<ast::NamePattern>())
    return bound->name.text == name ? bound->name.loc : Loc();
  if (auto *tuple = pattern->as<ast::TuplePattern>())
    for (const ast::Pattern *part : tuple->elements)
      if (Loc loc = definitionIn(part, name); loc.valid())
        return loc;
  return {};
}

// A name that only the rest of the program defines: code that it calls is checked at the call.
bool Checker::reportUnset(const ast::Ident &name) {
  if (!module_ || !module_->isProgram || !module_->file)
    return false;
  for (const ast::Stmt *stmt : module_->file->stmts) {
    auto *let = stmt->as<ast::LetStmt>();
    Loc defined = let ? definitionIn(let->pattern, name.text) : Loc();
    if (!defined.valid())
      continue;
    auto &diag = report(DiagKind::ReadBeforeSet, name.loc,
                        "`" + name.text + "` is read here before it has a value")
                     .also(defined, "`" + name.text + "` is defined here");
    for (Frame *frame = frame_; frame; frame = frame->parent)
      if (auto it = bodies_.find(frame->fn); it != bodies_.end() && it->second.made.valid())
        diag.note("`" + frame->fn->name + "` is used above that", it->second.made);
    return true;
  }
  return false;
}

// How a name of the standard library, or one near to it, becomes visible; "" if there is none.
std::string Checker::importOf(const std::string &name) {
  std::map<std::string, std::string> imports;
  NameList names;
  for (const char *library : {"nn", "optim", "sched", "init", "data", "fit", "text"}) {
    imports.emplace(library, std::string("import ") + library);
    Module *module = moduleAt(options_.stdlib + "/" + library + "/mod.nn", library, true);
    if (!ensureLoaded(*module, {}))
      continue;
    for (auto &[member, symbol] : module->scope->names)
      if (symbol.isPub &&
          imports.emplace(member, std::string("import ") + library + " { " + member + " }").second)
        names.push_back(member);
  }
  if (auto it = imports.find(name); it != imports.end())
    return "write `" + it->second + "` at the top of the file";
  std::string near = didYouMean(name, names);
  return near.empty() ? "" : "did you mean `" + near + "`, by `" + imports[near] + "`?";
}

void Checker::reportUnknown(const ast::Ident &name, const char *what) {
  std::string wanted = what;
  if (reportUnset(name))
    return;
  auto &diag = report(DiagKind::UnknownName, name.loc,
                      "there is no " + wanted + " `" + name.text + "` here");
  std::string help = helpForName(name.text, visibleNames(what));
  std::string import = wanted == "dim" || wanted == "pack of dims" ? "" : importOf(name.text);
  if (help.empty() || (!import.empty() && import[0] == 'w'))
    help = import; // the very name, or the only one near to it
  bool isSignature = wanted == "dim" && frame_ && !frame_->fn && scope_->parent;
  if (help.empty() && wanted == "variable")
    help = "declare it: `let " + name.text + " = ..`, or `var` where it changes later";
  else if (help.empty() && isSignature)
    help = "declare it in brackets behind the function's or type's name: `[" + name.text + "]`";
  if (!help.empty())
    diag.help(help);
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
  if (var->isMutable && var->type->is(Type::Kind::Struct) && !var->type->isModel())
    now_[var] = {nullptr, nextId_++};
  warnOfShadowedDim({var->name, var->loc}, "a value");
  return define({var->name, var->loc}, std::move(symbol));
}

} // namespace nnc::sema
