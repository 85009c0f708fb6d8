// Files, imports and what they make visible.
#include "compiler/frontend/parse/Parse.h"
#include "compiler/frontend/sema/Checker.h"
#include <sys/stat.h>

namespace nnc::sema {

static bool fileExists(const std::string &path, bool orFolder = false) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 &&
         (S_ISREG(status.st_mode) || (orFolder && S_ISDIR(status.st_mode)));
}

static std::string folderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// `other` of "lib/other.nn"; empty where that is not a name.
static std::string stemOf(const std::string &path) {
  std::string stem = path.substr(folderOf(path).size());
  stem = stem.substr(0, stem.find('.'));
  bool isName = !stem.empty() && !std::isdigit(static_cast<unsigned char>(stem[0]));
  for (char c : stem)
    isName = isName && (std::isalnum(static_cast<unsigned char>(c)) || c == '_');
  return isName ? stem : "";
}

Module *Checker::moduleAt(const std::string &path, const std::string &name, bool isLibrary) {
  auto &slot = modules_[path];
  if (!slot) {
    slot = std::make_unique<Module>();
    slot->path = path;
    slot->name = name;
    slot->isLibrary = isLibrary;
    slot->isIndex = path.size() >= 6 && path.compare(path.size() - 6, 6, "mod.nn") == 0;
  }
  return slot.get();
}

// `import "gpt.nn"` is looked for beside the importing file, `import a.b` as a/b.nn or a/b/mod.nn
// there, in each -I folder, where nn.toml says that `a` is, in its folders, and in the standard
// library.
Module *Checker::findModule(const ast::ImportDecl::Source &source, const Module &from) {
  struct Place {
    std::string folder, said;
    bool isLibrary = false;
  };
  std::vector<Place> places{{folderOf(from.path), "beside the importing file"}};
  auto add = [&](std::string folder, const char *by) {
    std::string said = "in `" + folder + "` " + by;
    if (!folder.empty() && folder.back() != '/')
      folder += "/";
    places.push_back({folder, said});
  };
  auto listed = [&] {
    std::string text;
    for (size_t i = 0; i < places.size(); ++i)
      text += (i == 0 ? "" : i + 1 == places.size() ? " and " : ", ") + places[i].said;
    return text;
  };
  for (const std::string &folder : options_.importDirs)
    add(folder, "(-I)");
  if (source.path.empty()) {
    for (const std::string &folder : options_.includeDirs)
      add(folder, "(nn.toml)");
    for (const Place &place : places)
      if (std::string path = source.file[0] == '/' ? source.file : place.folder + source.file;
          fileExists(path, /*orFolder=*/true))
        return moduleAt(path, source.file, from.isLibrary);
    report(DiagKind::UnknownModule, source.loc, "there is no file `" + source.file + "` to import")
        .note("looked " + listed());
    return nullptr;
  }
  std::string name = source.path[0].text, rest; // `a/b` and `/b`
  for (size_t i = 1; i < source.path.size(); ++i)
    rest += "/" + source.path[i].text;
  name += rest;
  auto fileOf = [&](const std::string &path) -> std::optional<std::string> {
    for (const char *ending : {".nn", "/mod.nn"})
      if (fileExists(path + ending) && path + ending != from.path)
        return path + ending;
    return std::nullopt;
  };
  for (const Place &place : places)
    if (auto path = fileOf(place.folder + name))
      return moduleAt(*path, name, from.isLibrary);
  for (auto &[library, place] : options_.libraries) {
    if (library != source.path[0].text)
      continue;
    places.push_back({"", "in `" + place + "` (nn.toml)"});
    if (rest.empty() && fileExists(place))
      return moduleAt(place, name, from.isLibrary);
    std::string index = place + "/mod.nn";
    auto path = rest.empty() ? std::make_optional(index) : fileOf(place + rest);
    if (path && fileExists(*path))
      return moduleAt(*path, name, from.isLibrary);
  }
  size_t tried = places.size();
  for (const std::string &folder : options_.includeDirs)
    add(folder, "(nn.toml)");
  places.push_back({options_.stdlib + "/", "in the standard library", /*isLibrary=*/true});
  for (size_t i = tried; i < places.size(); ++i)
    if (auto path = fileOf(places[i].folder + name))
      return moduleAt(*path, name, places[i].isLibrary || from.isLibrary);
  report(DiagKind::UnknownModule, source.loc, "there is no module `" + name + "`")
      .note("looked for `" + name + ".nn` and `" + name + "/mod.nn` " + listed());
  return nullptr;
}

bool Checker::ensureLoaded(Module &module, Loc loc) {
  if (module.scope)
    return module.file && module.file->ok;
  scopes_.emplace_back();
  module.scope = &scopes_.back();
  std::string error;
  auto id = sources_.load(module.path, error);
  if (!id) {
    report(DiagKind::FileError, loc, "cannot read `" + module.path + "`: " + error);
    return false;
  }
  module.file = std::make_shared<ast::File>(parseFile(sources_, *id, diags_));
  module.loading = true;
  Saved saved(*this);
  Frame top;
  frame_ = &top;
  block_ = nullptr;
  module_ = &module;
  facts_ = Facts();
  declareAll(module);
  module.loading = false;
  return module.file->ok;
}

void Checker::declare(Module &module, const ast::Ident &name, Symbol symbol) {
  symbol.loc = name.loc;
  if (isTypeWord(name.text)) {
    report(DiagKind::ReservedName, name.loc, "`" + name.text + "` is a type of the language");
    bool isType = symbol.kind == Symbol::Kind::Struct || symbol.kind == Symbol::Kind::Enum;
    if (isType && name.text[0] >= 'A' && name.text[0] <= 'Z') // so that nothing follows from this
      module.scope->names.emplace(name.text, symbol);
    return;
  }
  auto [it, isNew] = module.scope->names.emplace(name.text, symbol);
  if (!isNew)
    report(DiagKind::DuplicateName, name.loc, "`" + name.text + "` is declared twice in this file")
        .also(it->second.loc, "first declared here");
}

void Checker::declareAll(Module &module) {
  if (!module.scope) {
    scopes_.emplace_back();
    module.scope = &scopes_.back();
  }
  for (const ast::Stmt *stmt : module.file->stmts) {
    Symbol symbol;
    if (auto *fn = stmt->as<ast::FnDecl>()) {
      fnDecls_.emplace_back();
      symbol.kind = Symbol::Kind::Fn;
      symbol.fn = &fnDecls_.back();
      symbol.fn->node = fn;
      symbol.fn->module = &module;
      symbol.isPub = fn->marks.isPub() || fn->marks.isExport();
      declare(module, fn->name, symbol);
    } else if (auto *decl = stmt->as<ast::StructDecl>()) {
      structDecls_.emplace_back();
      symbol.kind = Symbol::Kind::Struct;
      symbol.structDecl = &structDecls_.back();
      symbol.structDecl->node = decl;
      symbol.structDecl->module = &module;
      symbol.isPub = decl->marks.isPub();
      declare(module, decl->name, symbol);
    } else if (auto *decl = stmt->as<ast::EnumDecl>()) {
      enumDecls_.emplace_back();
      EnumDecl &entry = enumDecls_.back();
      entry.node = decl;
      entry.module = &module;
      symbol.enumDecl = &entry;
      symbol.isPub = decl->marks.isPub();
      symbol.kind = Symbol::Kind::Enum;
      declare(module, decl->name, symbol);
      symbol.kind = Symbol::Kind::Variant;
      for (auto &variant : decl->variants) {
        declare(module, variant.name, symbol);
        ++symbol.variant;
      }
    } else if (auto *import = stmt->as<ast::ImportDecl>()) {
      declareImport(module, *import);
    } else if (auto *let = stmt->as<ast::LetStmt>(); let && !module.isProgram && !let->isVar) {
      if (auto *name = let->pattern->as<ast::NamePattern>()) {
        symbol.kind = Symbol::Kind::Let;
        symbol.let = let;
        symbol.isPub = let->marks.isPub();
        declare(module, name->name, symbol);
      }
    }
  }
  importVariants(module);
  linkRules(module);
}

void Checker::declareImport(Module &module, const ast::ImportDecl &decl) {
  for (auto &source : decl.sources) {
    Module *target = findModule(source, module);
    Symbol symbol;
    symbol.isPub = module.isIndex; // an index file passes on what it imports
    if (target && target->loading) {
      report(DiagKind::ImportCycle, source.loc,
             "`" + target->name + "` imports itself, directly or through other files")
          .note("move what both need into a third file");
      target = nullptr;
    }
    // The library is read when a name of it is used; a user's file at once, so that cycles are
    // found.
    if (target && !target->isLibrary && !ensureLoaded(*target, source.loc))
      target = nullptr;
    symbol.module = target;
    for (auto &name : source.names) {
      symbol.kind = target ? Symbol::Kind::Import : Symbol::Kind::Broken;
      symbol.importName = name.name.text;
      const ast::Ident &shown = name.alias ? name.alias : name.name;
      if (target && !module.isIndex && (!target->isLibrary || target->isIndex))
        if (ensureLoaded(*target, source.loc) &&
            !memberOf(*target, name.name.text, name.name.loc, true))
          symbol.kind = Symbol::Kind::Broken;
      declare(module, shown, symbol);
    }
    if (!source.hasNames || source.alias) {
      symbol.kind = target ? Symbol::Kind::Module : Symbol::Kind::Broken;
      ast::Ident shown = source.alias          ? source.alias
                         : source.path.empty() ? ast::Ident{stemOf(source.file), source.loc}
                                               : source.path.back();
      if (shown)
        declare(module, shown, symbol);
    }
  }
}

// An imported enum comes with its variants, which are written bare, where their names are not
// taken.
void Checker::importVariants(Module &module) {
  std::map<std::string, Symbol> variants;
  for (auto &[name, symbol] : module.scope->names) {
    bool mayBeEnum = symbol.kind == Symbol::Kind::Import && !symbol.module->isLibrary;
    if (!mayBeEnum || !symbol.module->scope)
      continue;
    auto &members = symbol.module->scope->names;
    auto found = members.find(symbol.importName);
    if (found == members.end() || found->second.kind != Symbol::Kind::Enum)
      continue;
    for (auto &variant : found->second.enumDecl->node->variants)
      if (auto it = members.find(variant.name.text);
          it != members.end() && it->second.kind == Symbol::Kind::Variant)
        variants.emplace(variant.name.text, it->second);
  }
  module.scope->names.insert(variants.begin(), variants.end());
}

Symbol *Checker::memberOf(Module &module, const std::string &name, Loc loc, bool mustBePub) {
  if (!ensureLoaded(module, loc))
    return nullptr;
  auto it = module.scope->names.find(name);
  if (it == module.scope->names.end()) {
    NameList names;
    for (auto &[other, symbol] : module.scope->names)
      if (symbol.isPub)
        names.push_back(other);
    auto &diag = report(DiagKind::UnknownName, loc, "`" + module.name + "` has no `" + name + "`");
    if (std::string near = didYouMean(name, names); !near.empty())
      diag.help("did you mean `" + near + "`?");
    return nullptr;
  }
  if (mustBePub && !it->second.isPub) {
    report(DiagKind::PrivateName, loc, "`" + name + "` is private to `" + module.name + "`")
        .also(it->second.loc, "declared here without `pub`");
    return nullptr;
  }
  return &it->second;
}

Symbol *Checker::resolve(Symbol *symbol, Loc loc) {
  for (unsigned hops = 0; symbol && symbol->kind == Symbol::Kind::Import && hops < 16; ++hops)
    symbol = memberOf(*symbol->module, symbol->importName, loc, true);
  if (!symbol || symbol->kind != Symbol::Kind::Let)
    return symbol;
  // A top-level `let` of an imported file: checked on first use, and made a global of the program.
  const ast::LetStmt *let = symbol->let;
  symbol->kind = Symbol::Kind::Broken;
  Saved saved(*this);
  Frame top;
  frame_ = &top;
  block_ = nullptr;
  for (auto &[path, module] : modules_)
    if (module->scope && module->file && let->loc.file == module->file->id)
      module_ = module.get();
  scope_ = module_->scope;
  facts_ = Facts();
  Expr *value = check(let->value);
  auto *name = let->pattern->as<ast::NamePattern>();
  if (name->type)
    value = coerce(value, resolveType(name->type), "the value");
  if (value->type->is(Type::Kind::Error))
    return symbol;
  symbol->var = newVar(name->name, value->type, false);
  symbol->var->isTopLevel = true;
  symbol->kind = Symbol::Kind::Var;
  if (auto dim = value->type->is(Type::Kind::Int) ? dimOf(value) : std::nullopt)
    knownDims_[symbol->var] = *dim;
  program_.globals.push_back({symbol->var, value});
  return symbol;
}

} // namespace nnc::sema
