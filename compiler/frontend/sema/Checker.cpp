#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

Checker::Checker(SourceManager &sources, const Options &options, Diagnostics &diags)
    : sources_(sources), options_(options), diags_(diags) {}

// ---- nodes

Expr *Checker::errorExpr(Loc loc) { return make<Block>(loc, types_.error); }

Expr *Checker::intLit(Loc loc, int64_t value) {
  auto *lit = make<IntLit>(loc, types_.integer);
  lit->value = value;
  return lit;
}

Expr *Checker::varRef(Loc loc, Var *var) {
  auto *ref = make<VarRef>(loc, typeNow(var));
  ref->var = var;
  return ref;
}

Prim *Checker::prim(Loc loc, std::string name, const Type *type, std::vector<Expr *> args) {
  auto *node = make<Prim>(loc, type);
  node->name = std::move(name);
  for (Expr *arg : args)
    node->args.push_back({arg, false});
  return node;
}

Expr *Checker::convert(Expr *value, const Type *type) {
  auto *node = make<Convert>(value->loc, type);
  node->value = value;
  return node;
}

Expr *Checker::field(Loc loc, Expr *base, unsigned index, const Type *type) {
  auto *node = make<Field>(loc, sizedBy(base, type));
  node->base = base;
  node->index = index;
  return node;
}

Var *Checker::newVar(const ast::Ident &name, const Type *type, bool isMutable) {
  auto *var = arena_->make<Var>();
  var->name = name.text;
  var->loc = name.loc;
  var->type = type;
  var->isMutable = isMutable;
  return var;
}

DimVar *Checker::newDim(std::string name, Loc loc, DimVar::Kind kind) {
  auto *dim = arena_->make<DimVar>();
  dim->name = std::move(name);
  dim->loc = loc;
  dim->kind = kind;
  dim->id = nextId_++;
  return dim;
}

const Type *Checker::f32() { return types_.scalar(options_.f64 ? DType::F64 : DType::F32); }

// ---- messages

Diagnostic &Checker::report(DiagKind kind, Loc loc, std::string message) {
  Loc call = callOfLibrary(loc);
  if (call.valid())
    return diags_.report(kind, call, std::move(message)).also(loc, "in the library");
  return diags_.report(kind, loc, std::move(message));
}

// Where the program calls the function of the library in whose body `loc` is, if it is in one.
Loc Checker::callOfLibrary(Loc loc) {
  if (!module_ || !module_->isLibrary || !module_->file || module_->file->id != loc.file)
    return {};
  for (Frame *frame = frame_; frame; frame = frame->parent)
    if (frame->call.valid())
      return frame->call;
    else if (frame->fn)
      if (auto it = bodies_.find(frame->fn); it != bodies_.end())
        return it->second.call;
  return {};
}

std::string Checker::text(Loc loc) const {
  return loc.valid() ? std::string(sources_.text(loc)) : std::string();
}

std::string Checker::quoted(const ast::Expr *expr, const char *otherwise) const {
  std::string source = expr ? text(expr->loc) : "";
  bool isShort = !source.empty() && source.size() <= 40 && source.find('\n') == std::string::npos;
  return isShort ? "`" + source + "`" : otherwise;
}

// ---- the program

std::optional<Program> Checker::run(std::shared_ptr<ast::File> file) {
  auto owned = std::make_unique<Module>();
  Module &module = *owned;
  module.path = sources_.file(file->id).name();
  module.name = module.path;
  module.file = std::move(file);
  module.isProgram = true;
  modules_[module.path] = std::move(owned);
  prelude_ = moduleAt(options_.stdlib + "/prelude/mod.nn", "prelude", true);
  if (!ensureLoaded(*prelude_, {}))
    return std::nullopt;
  checkProgram(module);
  refuseLargeNumbers();
  if (diags_.hasErrors())
    return std::nullopt;
  markRecursion();
  checkEarlyReads();
  refuseKeptUpdates();
  checkModes();
  linkTests();
  warnOfIdleParams();
  warnOfOrigins();
  warnOfUnusedResults();
  if (diags_.hasErrors())
    return std::nullopt;
  return std::move(program_);
}

void Checker::checkProgram(Module &module) {
  Frame top;
  frame_ = &top;
  module_ = &module;
  module.loading = true;
  declareAll(module);
  module.loading = false;
  scope_ = module.scope;
  program_.body = make<Block>({}, types_.unit);
  const ast::FnDecl *main = nullptr;
  for (const ast::Stmt *stmt : module.file->stmts)
    if (auto *fn = stmt->as<ast::FnDecl>(); fn && fn->name.text == "main")
      main = fn;
  bool saidUnreachable = false, saidBesideMain = false;
  for (const ast::Stmt *stmt : module.file->stmts) {
    bool runs = !stmt->is<ast::FnDecl>() && !stmt->is<ast::StructDecl>() &&
                !stmt->is<ast::EnumDecl>() && !stmt->is<ast::ImportDecl>() &&
                !stmt->is<ast::ArgDecl>() && !stmt->is<ast::TestDecl>();
    if (runs && program_.body->type->is(Type::Kind::Never) && !saidUnreachable) {
      report(DiagKind::UnreachableCode, stmt->loc, "this is never reached");
      saidUnreachable = true;
    }
    if (main && runs && !stmt->is<ast::LetStmt>() && !saidBesideMain) {
      report(DiagKind::BesideMain, stmt->loc,
             "a program with `fn main` has no other statements than `let` and `var`")
          .also(main->name.loc, "the program is the call of this")
          .help("move it into `main`");
      saidBesideMain = true;
    }
    if (!stmt->is<ast::TestDecl>())
      checkStmt(stmt, *program_.body);
  }
  checkTests(module);
  if (main)
    makeMain(main, module);
  for (const ast::Stmt *stmt : module.file->stmts)
    checkDeclaration(module, stmt);
  runWork();
  for (const FnInstance *fn : program_.exports)
    checkExportResult(*fn);
}

// A declaration of the program is checked even where nothing uses it.
void Checker::checkDeclaration(Module &module, const ast::Stmt *stmt) {
  auto check = [&](FnDecl *fn) {
    resolve(*fn);
    bool isExport = fn->node->marks.isExport() && canExport(*fn);
    if (fn->isGenericInTypes || fn->isPrim || !fn->node->body)
      return;
    CallState call;
    call.fn = fn;
    FnInstance *instance = instanceOf(call);
    if (isExport) {
      instance->isExport = true;
      program_.exports.push_back(instance);
    }
  };
  auto found = [&](const ast::Ident &name) -> Symbol * {
    auto it = module.scope->names.find(name.text);
    return it == module.scope->names.end() || it->second.loc != name.loc ? nullptr : &it->second;
  };
  if (auto *fn = stmt->as<ast::FnDecl>()) {
    if (Symbol *symbol = found(fn->name); symbol && symbol->fn)
      check(symbol->fn);
  } else if (auto *decl = stmt->as<ast::StructDecl>()) {
    if (Symbol *symbol = found(decl->name); symbol && symbol->structDecl)
      checkStructDecl(*symbol->structDecl);
  }
  refuseExport(stmt);
}

void Checker::runWork() {
  while (!work_.empty()) {
    FnInstance *fn = work_.front();
    work_.pop_front();
    checkBody(fn);
  }
}

// `fn main(..)`: its parameters are flags, and the program is the call of it.
void Checker::makeMain(const ast::FnDecl *node, Module &module) {
  Symbol *symbol = find("main");
  if (!symbol || !symbol->fn || symbol->fn->node != node)
    return;
  FnDecl &fn = *symbol->fn;
  resolve(fn);
  std::vector<ArgIn> args;
  if (!fn.generics.empty())
    report(DiagKind::BadArgType, fn.generics[0].node->loc,
           "the parameters of `main` are flags, so it has no sizes or types of its own");
  for (const ParamSig &param : fn.params) {
    ArgDecl arg;
    for (const ArgDecl &other : program_.args)
      if (other.var->name == param.name)
        report(DiagKind::DuplicateName, param.loc,
               "`" + param.name + "` is declared twice: both would be the flag `--" + param.name +
                   "`")
            .also(other.var->loc, "first declared here");
    if (param.byRef)
      report(DiagKind::BadArgType, param.loc,
             "the parameter `" + param.name + "` of `main` is a flag and cannot be updated");
    ast::Ident name{param.name, param.loc};
    arg.var = newVar(name, param.type ? param.type : types_.error, false);
    arg.var->isTopLevel = true;
    if (!param.type)
      report(DiagKind::MissingType, param.loc,
             "parameter `" + param.name + "` of `main` needs a type");
    else if (!canBeFlag(param.name, param.type, param.loc, "a parameter of `main`"))
      arg.var->type = types_.error;
    if (param.defaultValue) {
      arg.defaultText = text(param.defaultValue->loc);
      arg.init = check(param.defaultValue, param.type);
      if (param.type)
        arg.init = coerce(arg.init, param.type, "the default");
    }
    program_.args.push_back(arg);
    ArgIn in;
    in.loc = param.loc;
    in.typed = varRef(param.loc, arg.var);
    args.push_back(in);
  }
  auto *stmt = makeStmt<ExprStmt>(node->loc);
  if (diags_.hasErrors())
    return; // what stands in `main` is checked with the other declarations
  stmt->value =
      callFn(&fn, nullptr, nullptr, nullptr, std::move(args), node->loc, node->name, nullptr);
  if (node->result && fn.result->is(Type::Kind::Int))
    stmt->value = prim(node->loc, "exit_code", types_.unit, {stmt->value});
  else if (node->result && !fn.result->is(Type::Kind::Unit) && !fn.result->is(Type::Kind::Error))
    report(DiagKind::TypeMismatch, node->result->loc,
           "`main` gives the exit code, an `int`, or nothing, not " + fn.result->str());
  program_.body->stmts.push_back(stmt);
}

std::optional<Program> analyse(SourceManager &sources, std::shared_ptr<ast::File> file,
                               const Options &options, Diagnostics &diags) {
  if (!file->ok)
    return std::nullopt;
  auto checker = std::make_shared<Checker>(sources, options, diags);
  auto program = checker->run(std::move(file));
  if (program)
    program->arena = checker; // nodes, types, and the declarations that types are printed from
  return program;
}

} // namespace nnc::sema
