// Declarations with parameters: their generics, signatures, struct instances and function instances.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

void Checker::resolveGenerics(const std::vector<ast::GenericParam> &params, std::vector<GenericEntry> &out) {
  std::map<std::string, Loc> seen;
  for (const ast::GenericParam &param : params) {
    GenericEntry entry;
    entry.node = &param;
    if (!seen.emplace(param.name.text, param.loc).second)
      report(DiagKind::DuplicateName, param.name.loc, "`" + param.name.text + "` is declared twice in these brackets");
    const std::string &bound = param.bound.text;
    if (param.isPack) {
      packs_.push_back({param.name.text, param.name.loc, nextId_++});
      entry.pack = &packs_.back();
    } else if (bound.empty() || bound == "dim") {
      entry.dim = newDim(param.name.text, param.name.loc);
    } else {
      typeParams_.emplace_back();
      entry.type = &typeParams_.back();
      entry.type->kind = bound == "dtype" ? TypeParam::Kind::DType : bound == "model" ? TypeParam::Kind::Model : TypeParam::Kind::Type;
      entry.type->name = param.name.text;
      entry.type->loc = param.name.loc;
      entry.type->id = nextId_++;
      if (bound != "dtype" && bound != "model" && bound != "type")
        report(DiagKind::BadType, param.bound.loc, "`" + bound + "` is not a kind of parameter: there are `model`, `type`, `dtype` and `dim`");
    }
    out.push_back(entry);
  }
}

void Checker::defineGenerics(const std::vector<GenericEntry> &generics) {
  for (const GenericEntry &entry : generics) {
    Symbol symbol;
    if (entry.dim) {
      symbol.kind = Symbol::Kind::Dim;
      symbol.dim = Dim(entry.dim);
    } else if (entry.pack) {
      symbol.kind = Symbol::Kind::Pack;
      symbol.pack = entry.pack;
    } else {
      symbol.kind = Symbol::Kind::Type;
      symbol.type = types_.param(entry.type);
    }
    define(entry.node->name, symbol);
  }
}

static void openScope(std::deque<Scope> &scopes, Scope *&scope) {
  scopes.emplace_back();
  scopes.back().parent = scope;
  scope = &scopes.back();
}

void Checker::resolve(StructDecl &decl) {
  if (decl.resolved)
    return;
  decl.resolved = true;
  Saved saved(*this);
  module_ = decl.module;
  scope_ = decl.module->scope;
  openScope(scopes_, scope_);
  resolveGenerics(decl.node->generics, decl.generics);
  defineGenerics(decl.generics);
  for (const ast::Fact &fact : decl.node->facts)
    if (auto resolved = resolveFact(fact))
      decl.facts.push_back(*resolved);
  std::map<std::string, Loc> seen;
  for (const ast::Decl *member : decl.node->members) {
    if (!seen.emplace(member->name.text, member->name.loc).second)
      report(DiagKind::DuplicateName, member->name.loc, "`" + decl.node->name.text + "` has two members `" + member->name.text + "`");
    if (auto *field = member->as<ast::FieldDecl>()) {
      decl.fields.push_back(field);
    } else if (auto *fn = member->as<ast::FnDecl>()) {
      fnDecls_.emplace_back();
      FnDecl &method = fnDecls_.back();
      method.node = fn;
      method.module = decl.module;
      method.owner = &decl;
      decl.methods[fn->name.text] = &method;
    }
  }
}

// `self` as the methods of a declaration see it: its dims stand for themselves.
const Type *Checker::selfTypeOf(StructDecl &decl, const std::vector<const Type *> &typeArgs) {
  DimBindings binds;
  for (const GenericEntry &entry : decl.generics)
    if (entry.dim)
      binds.dims[entry.dim] = Dim(entry.dim);
  return structType(decl, typeArgs, binds, {});
}

static bool hasParam(const Type *type) {
  if (!type)
    return false;
  if (type->is(Type::Kind::Param) || type->dtypeParam)
    return true;
  for (const Type *elem : type->elems)
    if (hasParam(elem))
      return true;
  for (const Type *arg : type->typeArgs)
    if (hasParam(arg))
      return true;
  return hasParam(type->result);
}

const Type *Checker::structType(StructDecl &decl, std::vector<const Type *> typeArgs, DimBindings binds, Loc loc) {
  Type type;
  type.kind = Type::Kind::Struct;
  type.decl = &decl;
  type.typeArgs = typeArgs;
  bool closed = true;
  for (const Type *arg : typeArgs) {
    closed &= !hasParam(arg);
    std::set<const DimVar *> outer;
    freeDims(arg, outer);
    for (const DimVar *dim : outer)
      binds.dims[dim] = Dim(dim);
  }
  type.binds = std::move(binds);
  type.structInfo = closed ? structInfo(decl, typeArgs) : nullptr;
  return types_.intern(std::move(type));
}

StructInfo *Checker::structInfo(StructDecl &decl, const std::vector<const Type *> &typeArgs) {
  StructInfo *&slot = decl.instances[typeArgs];
  if (slot)
    return slot;
  StructInfo *info = slot = arena_->make<StructInfo>();
  info->name = decl.node->name.text;
  info->loc = decl.node->name.loc;
  info->isModel = decl.node->isModel;
  info->checks = decl.facts;
  Saved saved(*this);
  Frame frame;
  frame_ = &frame;
  module_ = decl.module;
  scope_ = decl.module->scope;
  openScope(scopes_, scope_);
  defineGenerics(decl.generics);
  size_t next = 0;
  for (const GenericEntry &entry : decl.generics) {
    if (entry.dim)
      info->dims.push_back(entry.dim);
    if (entry.type)
      scope_->names[entry.type->name].type = typeArgs[next++];
  }
  facts_ = Facts();
  for (const DimFact &fact : decl.facts)
    facts_.assume(fact.lhs, fact.op, fact.rhs, nextId_);
  for (const ast::FieldDecl *node : decl.fields) {
    FieldInfo field;
    field.name = node->name.text;
    field.loc = node->name.loc;
    field.type = resolveType(node->type);
    field.role = node->role == ast::FieldDecl::Param   ? FieldInfo::Role::Param
                 : node->role == ast::FieldDecl::State ? FieldInfo::Role::State
                                                       : FieldInfo::Role::Config;
    if (field.role != FieldInfo::Role::Config && !field.type->is(Type::Kind::Error) &&
        (!field.type->is(Type::Kind::Tensor) || (field.role == FieldInfo::Role::Param && !field.type->isFloat()))) {
      report(DiagKind::BadField, node->loc, std::string("a `") + (field.role == FieldInfo::Role::Param ? "param" : "state") + "` field is a tensor of floats, not " + field.type->str());
      field.type = types_.error;
    }
    const Type *elem = field.type;
    while (elem->is(Type::Kind::Array) || (elem->is(Type::Kind::Tuple) && !elem->elems.empty()))
      elem = elem->elems[0];
    if (field.role == FieldInfo::Role::Config && elem->isModel())
      field.role = FieldInfo::Role::Sub;
    for (const ast::Fact &fact : node->facts)
      if (auto resolved = resolveFact(fact))
        field.facts.push_back(*resolved);
    info->fields.push_back(std::move(field));
  }
  // Initialisers come second: they may name the struct itself.
  info->rng = newVar({"rng", decl.node->name.loc}, types_.rng, true);
  info->rng->isRef = true;
  openScope(scopes_, scope_);
  if (decl.node->isModel)
    defineVar(info->rng);
  for (size_t i = 0; i < decl.fields.size(); ++i) {
    const ast::FieldDecl *node = decl.fields[i];
    FieldInfo &field = info->fields[i];
    if (field.type->is(Type::Kind::Error))
      continue;
    if (node->init)
      field.init = coerce(check(node->init, field.type), field.type, "the initial value", node->type->loc);
    else if (field.role == FieldInfo::Role::Sub)
      field.init = defaultInit(field.type, info->rng, node->loc);
    else if (field.role != FieldInfo::Role::Config)
      report(DiagKind::MissingInit, node->loc, "`" + field.name + "` needs an initial value").help("write `= zeros`, or one of `init`");
  }
  return info;
}

bool Checker::bindGenericArgs(const std::vector<GenericEntry> &generics, const std::vector<GenericArg> &args,
                              Subst &subst, const std::string &shown, Loc loc, bool complete) {
  std::vector<const GenericArg *> byEntry(generics.size());
  size_t next = 0;
  bool ok = true;
  auto bindOne = [&](const GenericEntry &entry, const GenericArg &arg) {
    if (entry.pack) {
      ok &= resolveShapeElem(arg.value, subst.dims.packs[entry.pack]);
    } else if (entry.dim) {
      auto dim = resolveDim(arg.value);
      ok &= dim.has_value();
      subst.dims.dims[entry.dim] = dim.value_or(Dim());
    } else {
      const Type *type = resolveType(arg.value);
      ok &= !type->is(Type::Kind::Error);
      if (!type->is(Type::Kind::Error) && entry.type->kind == TypeParam::Kind::Model && !type->isModel()) {
        report(DiagKind::GenericArgs, arg.loc, "`" + entry.type->name + "` of `" + shown + "` is a model, and " + type->str() + " is not");
        ok = false;
      }
      subst.types[entry.type] = type;
    }
  };
  for (const GenericArg &arg : args) {
    if (arg.name) {
      bool found = false;
      for (size_t i = 0; i < generics.size(); ++i)
        if (generics[i].node->name.text == arg.name.text) {
          found = true;
          byEntry[i] = &arg;
          bindOne(generics[i], arg);
        }
      if (!found) {
        report(DiagKind::GenericArgs, arg.loc, "`" + shown + "` has no `" + arg.name.text + "` in its brackets");
        ok = false;
      }
      continue;
    }
    while (next < generics.size() && byEntry[next] && !generics[next].pack)
      ++next;
    if (next == generics.size()) {
      report(DiagKind::GenericArgs, arg.loc, "`" + shown + "` takes " + std::to_string(generics.size()) + " in brackets, and this is one more");
      return false;
    }
    byEntry[next] = &arg;
    bindOne(generics[next], arg);
  }
  for (size_t i = 0; ok && i < generics.size(); ++i) {
    const GenericEntry &entry = generics[i];
    if (byEntry[i])
      continue;
    if (entry.pack && !args.empty() && complete)
      subst.dims.packs[entry.pack];
    if (entry.dim && entry.node->defaultValue) {
      // A default may use the parameters before it: P = K / 2.
      Saved saved(*this);
      openScope(scopes_, scope_);
      defineGenerics(generics);
      if (auto dim = resolveDim(entry.node->defaultValue))
        subst.dims.dims[entry.dim] = substitute(*dim, subst.dims);
      continue;
    }
    if (complete && !entry.pack) {
      report(DiagKind::GenericArgs, loc, "`" + shown + "` needs `" + entry.node->name.text + "` in brackets").also(entry.node->loc, "declared here");
      return false;
    }
  }
  return ok;
}

const Type *Checker::resolveStruct(const ast::NamedType *type, StructDecl *decl) {
  resolve(*decl);
  std::vector<GenericArg> args;
  for (auto &arg : type->args)
    args.push_back({arg.name, arg.value->loc, arg.value});
  Subst subst;
  const std::string &shown = type->path.back().text;
  {
    // Defaults are written in the declaration's own file.
    if (!bindGenericArgs(decl->generics, args, subst, shown, type->loc, true))
      return types_.error;
  }
  std::vector<const Type *> typeArgs;
  for (const GenericEntry &entry : decl->generics)
    if (entry.type)
      typeArgs.push_back(subst.types[entry.type]);
  DimBindings binds;
  for (const GenericEntry &entry : decl->generics)
    if (entry.dim)
      binds.dims[entry.dim] = subst.dims.dims[entry.dim];
  checkCallFacts(decl->facts, binds, type->loc, shown);
  return structType(*decl, typeArgs, binds, type->loc);
}

// Facts that are already wrong where dims get their values.
void Checker::checkCallFacts(const std::vector<DimFact> &facts, const DimBindings &binds, Loc loc, const std::string &shown) {
  for (const DimFact &fact : facts) {
    Dim lhs = substitute(fact.lhs, binds), rhs = substitute(fact.rhs, binds);
    if (facts_.prove(lhs, fact.op, rhs) != Proof::No)
      continue;
    report(DiagKind::FactFails, loc, "`" + shown + "` needs " + fact.text + ", and that does not hold here")
        .label(lhs.str() + " against " + rhs.str())
        .also(fact.loc, "asked for here");
  }
}

int Checker::fieldIndex(const Type *type, const std::string &name) {
  if (!type->is(Type::Kind::Struct))
    return -1;
  for (size_t i = 0; i < type->decl->fields.size(); ++i)
    if (type->decl->fields[i]->name.text == name)
      return int(i);
  return -1;
}

const Type *Checker::fieldType(const Type *type, unsigned index) {
  if (!type->structInfo || index >= type->structInfo->fields.size())
    return types_.error; // the struct is being resolved: it contains itself
  Subst subst;
  subst.dims = type->binds;
  return substType(type->structInfo->fields[index].type, subst);
}

FnDecl *Checker::methodOf(const Type *type, const std::string &name) {
  if (!type->is(Type::Kind::Struct))
    return nullptr;
  auto it = type->decl->methods.find(name);
  if (it == type->decl->methods.end())
    return nullptr;
  resolve(*it->second);
  return it->second;
}

// ---- functions

static bool mentions(const ast::TypeExpr *type, const std::string &name);

static bool mentionsAny(const std::vector<ast::TypeExpr *> &types, const std::string &name) {
  for (const ast::TypeExpr *type : types)
    if (type && mentions(type, name))
      return true;
  return false;
}

static bool mentions(const ast::TypeExpr *type, const std::string &name) {
  switch (type->kind) {
  case ast::Kind::NamedType: {
    auto *named = type->as<ast::NamedType>();
    if (named->path.size() == 1 && named->path[0].text == name)
      return true;
    for (auto &arg : named->args)
      if (mentions(arg.value, name))
        return true;
    return false;
  }
  case ast::Kind::PackDim:
    return type->as<ast::PackDim>()->name.text == name;
  case ast::Kind::OptionalType:
    return mentions(type->as<ast::OptionalType>()->inner, name);
  case ast::Kind::RefType:
    return mentions(type->as<ast::RefType>()->inner, name);
  case ast::Kind::ListType:
    return mentions(type->as<ast::ListType>()->element, name);
  case ast::Kind::TupleType:
    return mentionsAny(type->as<ast::TupleType>()->elements, name);
  case ast::Kind::ArrayType:
    return mentionsAny({type->as<ast::ArrayType>()->element, type->as<ast::ArrayType>()->size}, name);
  case ast::Kind::MapType:
    return mentionsAny({type->as<ast::MapType>()->key, type->as<ast::MapType>()->value}, name);
  case ast::Kind::BinaryDim:
    return mentionsAny({type->as<ast::BinaryDim>()->lhs, type->as<ast::BinaryDim>()->rhs}, name);
  case ast::Kind::NegDim:
    return mentions(type->as<ast::NegDim>()->operand, name);
  case ast::Kind::CallDim:
    return mentionsAny(type->as<ast::CallDim>()->args, name);
  case ast::Kind::FnType: {
    auto *fn = type->as<ast::FnType>();
    return mentionsAny(fn->params, name) || (fn->result && mentions(fn->result, name));
  }
  default:
    return false;
  }
}

static bool isWord(const ast::TypeExpr *type, const char *word) {
  auto *named = type ? type->as<ast::NamedType>() : nullptr;
  return named && !named->hasArgs && named->path.size() == 1 && named->path[0].text == word;
}

void Checker::resolve(FnDecl &fn) {
  if (fn.resolved)
    return;
  fn.resolved = true;
  Saved saved(*this);
  Frame frame;
  frame_ = &frame;
  module_ = fn.module;
  scope_ = fn.module->scope;
  openScope(scopes_, scope_);
  if (fn.owner)
    defineGenerics(fn.owner->generics);
  resolveGenerics(fn.node->generics, fn.generics);
  defineGenerics(fn.generics);
  for (auto &attribute : fn.node->marks.attributes)
    if (attribute.name.text == "prim") {
      fn.isPrim = true;
      auto *name = attribute.args.size() == 1 ? attribute.args[0].value->as<ast::StringExpr>() : nullptr;
      fn.prim = name ? name->plainText() : "";
    }
  std::map<std::string, Loc> seen;
  for (const ast::Param &param : fn.node->params) {
    ParamSig sig;
    sig.name = param.name.text;
    sig.loc = param.loc;
    sig.byRef = param.byRef;
    sig.defaultValue = param.defaultValue;
    if (!seen.emplace(sig.name, param.loc).second)
      report(DiagKind::DuplicateName, param.loc, "two parameters are called `" + sig.name + "`");
    const ast::TypeExpr *type = param.type;
    if (auto *ref = type ? type->as<ast::RefType>() : nullptr) {
      sig.byRef = true;
      type = ref->inner;
    }
    if (fn.owner && sig.name == "self" && fn.params.empty()) {
      sig.special = ParamSig::Special::Self;
    } else if (isWord(type, "dim")) {
      sig.special = ParamSig::Special::Dim;
      sig.type = types_.integer;
      sig.dim = newDim(sig.name, param.name.loc, DimVar::Kind::FromVar);
      Symbol symbol;
      symbol.kind = Symbol::Kind::Dim;
      symbol.dim = Dim(sig.dim);
      define(param.name, symbol);
    } else if (isWord(type, "axis")) {
      sig.special = ParamSig::Special::Axis;
      sig.type = types_.integer;
      fn.isGenericInTypes = true;
    } else if (type) {
      sig.type = resolveType(type);
    } else {
      fn.isGenericInTypes = true;
    }
    if (type)
      for (GenericEntry &entry : fn.generics)
        entry.inParams |= mentions(type, entry.node->name.text);
    fn.params.push_back(std::move(sig));
  }
  // Every method but `init` has self; one that updates it says `&self`.
  if (fn.owner && !fn.hasSelf() && fn.node->name.text != "init") {
    ParamSig self;
    self.special = ParamSig::Special::Self;
    self.name = "self";
    self.loc = fn.node->name.loc;
    fn.params.insert(fn.params.begin(), self);
  }
  for (const GenericEntry &entry : fn.generics)
    fn.isGenericInTypes |= entry.type != nullptr;
  if (fn.owner)
    for (const GenericEntry &entry : fn.owner->generics)
      fn.isGenericInTypes |= entry.type != nullptr;
  for (const ParamSig &param : fn.params)
    if (param.type && param.type->is(Type::Kind::Fn))
      fn.isGenericInTypes |= false;
  if (fn.node->result)
    fn.result = resolveType(fn.node->result);
  else if (!fn.node->body && !fn.isPrim)
    fn.result = types_.unit;
  for (const ast::Fact &fact : fn.node->facts)
    if (auto resolved = resolveFact(fact))
      fn.facts.push_back(*resolved);
  if (!fn.node->body && !fn.isPrim)
    report(DiagKind::MissingBody, fn.node->name.loc, "`" + fn.node->name.text + "` has no body");
}

// The instance that a call needs: one per type arguments, or one in all. Functions that are generic in
// types see the shapes of this call, so that axes and packs are known in their bodies.
FnInstance *Checker::instanceOf(CallState &call) {
  FnDecl &decl = *call.fn;
  std::vector<const Type *> key;
  std::vector<GenericEntry> generics;
  if (decl.owner)
    generics = decl.owner->generics;
  generics.insert(generics.end(), decl.generics.begin(), decl.generics.end());
  for (const GenericEntry &entry : generics) {
    if (entry.type)
      key.push_back(call.subst.types.count(entry.type) ? call.subst.types[entry.type] : types_.error);
    if (entry.pack && decl.isGenericInTypes && call.subst.dims.packs.count(entry.pack))
      key.push_back(types_.tensor(DType::Bool, call.subst.dims.packs[entry.pack]));
  }
  for (size_t i = 0; i < decl.params.size(); ++i) {
    if (decl.params[i].special == ParamSig::Special::Axis)
      for (int64_t axis : call.axes[i])
        key.push_back(types_.array(types_.unit, Dim(axis)));
    else if (!decl.params[i].type && decl.params[i].special == ParamSig::Special::None)
      key.push_back(i < call.args.size() && call.args[i].value ? call.args[i].value->type : types_.error);
  }
  FnInstance *&slot = decl.instances[key];
  if (slot)
    return slot;
  FnInstance *fn = slot = arena_->make<FnInstance>();
  Pending &body = bodies_[fn];
  body.fn = fn;
  body.decl = &decl;
  fn->name = (decl.owner ? decl.owner->node->name.text + "." : "") + decl.node->name.text;
  fn->loc = decl.node->name.loc;
  fn->checks = decl.facts;
  Subst subst; // types, and packs where they are fixed; dims stay symbolic
  std::set<const DimVar *> outer;
  std::vector<const Type *> ownerArgs;
  for (const GenericEntry &entry : generics) {
    Symbol symbol;
    symbol.loc = entry.node->loc;
    if (entry.dim) {
      fn->dims.push_back(entry.dim);
      symbol.kind = Symbol::Kind::Dim;
      symbol.dim = Dim(entry.dim);
    } else if (entry.pack) {
      symbol.kind = Symbol::Kind::Pack;
      symbol.pack = entry.pack;
      auto found = call.subst.dims.packs.find(entry.pack);
      if (decl.isGenericInTypes && found != call.subst.dims.packs.end()) {
        symbol.hasShape = true;
        symbol.shape = found->second;
        subst.dims.packs[entry.pack] = found->second;
        freeDims(types_.tensor(DType::Bool, symbol.shape), outer);
      } else {
        fn->packs.push_back(const_cast<PackVar *>(entry.pack));
      }
    } else {
      symbol.kind = Symbol::Kind::Type;
      symbol.type = call.subst.types.count(entry.type) ? call.subst.types[entry.type] : types_.error;
      subst.types[entry.type] = symbol.type;
      freeDims(symbol.type, outer);
    }
    body.names[entry.node->name.text] = symbol;
  }
  if (decl.owner) {
    for (const GenericEntry &entry : decl.owner->generics)
      if (entry.type)
        ownerArgs.push_back(subst.types[entry.type]);
    body.selfType = selfTypeOf(*decl.owner, ownerArgs);
  } else {
    body.selfType = nullptr;
  }
  for (size_t i = 0; i < decl.params.size(); ++i) {
    const ParamSig &sig = decl.params[i];
    const Type *type = sig.special == ParamSig::Special::Self ? body.selfType
                       : sig.type                             ? substType(sig.type, subst)
                                                              : call.args[i].value->type;
    if (!sig.type && sig.special == ParamSig::Special::None)
      freeDims(type, outer);
    Var *var = newVar({sig.name, sig.loc}, type, sig.byRef);
    var->isRef = sig.byRef;
    if (sig.special == ParamSig::Special::Self && hasState(type))
      var->isRef = true;
    if (sig.dim) {
      var->dim = sig.dim;
      sig.dim->var = var;
    }
    fn->params.push_back(var);
  }
  for (const DimVar *dim : outer)
    fn->dims.push_back(const_cast<DimVar *>(dim));
  fn->result = decl.node->name.text == "init" && decl.owner ? body.selfType
               : decl.result                                ? substType(decl.result, subst)
                                                            : nullptr;
  for (size_t i = 0; i < decl.params.size() && i < call.axes.size(); ++i)
    if (decl.params[i].special == ParamSig::Special::Axis) {
      Symbol symbol;
      symbol.kind = Symbol::Kind::Axis;
      symbol.loc = decl.params[i].loc;
      symbol.axes = call.axes[i];
      body.names[decl.params[i].name] = symbol;
    }
  work_.push_back(fn);
  return fn;
}

void Checker::checkBody(FnInstance *fn) {
  Pending &body = bodies_[fn];
  if (body.state)
    return;
  body.state = 1;
  FnDecl &decl = *body.decl;
  Saved saved(*this);
  Frame frame;
  frame.fn = fn;
  frame.decl = &decl;
  frame.selfType = body.selfType;
  frame.isInit = decl.owner && decl.node->name.text == "init";
  frame_ = &frame;
  module_ = decl.module;
  scope_ = decl.module->scope;
  openScope(scopes_, scope_);
  scope_->names = body.names;
  facts_ = Facts();
  for (const DimFact &fact : decl.facts)
    facts_.assume(fact.lhs, fact.op, fact.rhs, nextId_);
  if (decl.owner)
    for (const DimFact &fact : decl.owner->facts)
      facts_.assume(fact.lhs, fact.op, fact.rhs, nextId_);
  openScope(scopes_, scope_);
  for (size_t i = 0; i < fn->params.size(); ++i) {
    if (decl.params[i].special == ParamSig::Special::Axis)
      continue;
    defineVar(fn->params[i]);
    if (decl.params[i].special == ParamSig::Special::Self)
      frame.self = fn->params[i];
  }
  if (frame.isInit)
    return checkInit(fn, body.selfType);
  const Type *wanted = fn->result;
  frame.result = wanted;
  bool wantValue = !wanted || !wanted->is(Type::Kind::Unit);
  Block *block = checkBlock(decl.node->body, wanted, wantValue);
  if (wanted) {
    if (wantValue)
      finishResult(block, wanted, decl.node->result ? decl.node->result->loc : fn->loc, decl.node->body->loc);
  } else {
    const Type *type = block->result ? block->result->type : frame.returned ? types_.never : types_.unit;
    if (frame.returned && type->is(Type::Kind::Never))
      type = frame.returned;
    fn->result = type;
  }
  fn->body = block;
  bodies_[fn].state = 2;
}

// The value of a body must be of the declared type.
void Checker::finishResult(Block *block, const Type *wanted, Loc declared, Loc bodyLoc) {
  if (block->result) {
    block->result = coerce(block->result, wanted, "the result", declared);
    return;
  }
  if (block->type->is(Type::Kind::Never) || block->type->is(Type::Kind::Error))
    return;
  report(DiagKind::MissingResult, Loc{bodyLoc.file, bodyLoc.end ? bodyLoc.end - 1 : 0, bodyLoc.end},
         "the body ends without a value, and " + wanted->str() + " is needed")
      .also(declared, "declared here");
}

// `fn init(..)` makes self: first the fields that have initialisers, then what its body assigns.
void Checker::checkInit(FnInstance *fn, const Type *selfType) {
  auto *make = this->make<Construct>(fn->loc, selfType);
  StructInfo *info = const_cast<StructInfo *>(selfType->structInfo);
  for (size_t i = 0; i < info->fields.size(); ++i) {
    const Type *type = fieldType(selfType, unsigned(i));
    make->fields.push_back(info->fields[i].init ? nullptr : prim(fn->loc, "unset", type));
  }
  if (Symbol *rng = find("rng"); rng && rng->kind == Symbol::Kind::Var && rng->var->type->is(Type::Kind::Rng))
    make->rng = varRef(fn->loc, rng->var);
  Var *self = newVar({"self", fn->loc}, selfType, true);
  frame_->self = self;
  frame_->result = types_.unit;
  defineVar(self);
  Block *block = checkBlock(bodies_[fn].decl->node->body, types_.unit, false);
  auto *let = makeStmt<LetStmt>(fn->loc);
  let->pattern = makePattern(Pattern::Kind::Bind, fn->loc, selfType);
  let->pattern->var = self;
  let->value = make;
  block->stmts.insert(block->stmts.begin(), let);
  // Every field must be assigned where the body runs in any case.
  std::set<unsigned> assigned;
  std::vector<Expr *> places;
  for (Stmt *stmt : block->stmts)
    if (stmt->kind == StmtKind::Assign && !as<AssignStmt>(*stmt).op)
      places.push_back(as<AssignStmt>(*stmt).place);
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i]->kind == ExprKind::Tuple)
      for (Expr *part : as<TupleExpr>(*places[i]).elems)
        places.push_back(part);
    if (places[i]->kind == ExprKind::Field)
      if (auto &place = as<Field>(*places[i]); place.base->kind == ExprKind::VarRef && as<VarRef>(*place.base).var == self)
        assigned.insert(place.index);
  }
  for (size_t i = 0; i < info->fields.size(); ++i)
    if (!info->fields[i].init && !assigned.count(unsigned(i)))
      report(DiagKind::MissingInit, fn->loc, "`init` does not assign `" + info->fields[i].name + "`").also(info->fields[i].loc, "the field");
  block->result = varRef(fn->loc, self);
  block->type = selfType;
  fn->body = block;
  bodies_[fn].state = 2;
}

void Checker::checkStructDecl(StructDecl &decl) {
  resolve(decl);
  bool generic = false;
  for (const GenericEntry &entry : decl.generics)
    generic |= entry.type != nullptr;
  if (generic)
    return;
  selfTypeOf(decl, {});
  for (auto &[name, method] : decl.methods) {
    resolve(*method);
    if (method->isGenericInTypes || !method->node->body)
      continue;
    CallState call;
    call.fn = method;
    instanceOf(call);
  }
}

// Whether a value holds `state` fields, at any depth.
bool Checker::hasState(const Type *type) {
  if (type->is(Type::Kind::Array) || type->is(Type::Kind::Tuple)) {
    for (const Type *elem : type->elems)
      if (hasState(elem))
        return true;
    return false;
  }
  if (!type->is(Type::Kind::Struct) || !type->structInfo)
    return false;
  for (const FieldInfo &field : type->structInfo->fields)
    if (field.role == FieldInfo::Role::State || (field.role == FieldInfo::Role::Sub && hasState(field.type)))
      return true;
  return false;
}

} // namespace nnc::sema
