// Structs and models: their types, fields and instances.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

void Checker::resolve(StructDecl &decl) {
  if (decl.resolved)
    return;
  decl.resolved = true;
  Saved saved(*this);
  module_ = decl.module;
  block_ = nullptr;
  scope_ = decl.module->scope;
  openScope();
  resolveGenerics(decl.node->generics, decl.generics);
  defineGenerics(decl.generics);
  for (const ast::Fact &fact : decl.node->facts)
    if (auto resolved = resolveFact(fact))
      decl.facts.push_back(*resolved);
  std::map<std::string, Loc> seen;
  for (const ast::Decl *member : decl.node->members) {
    if (!seen.emplace(member->name.text, member->name.loc).second)
      report(DiagKind::DuplicateMember, member->name.loc,
             "`" + decl.node->name.text + "` has two members `" + member->name.text + "`");
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

const Type *Checker::structType(StructDecl &decl, std::vector<const Type *> typeArgs,
                                DimBindings binds, Loc loc) {
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

// Whether a value of the type holds one of the struct in itself, not behind a list, map or `?`.
static bool contains(const Type *type, const StructInfo *info) {
  if (type->is(Type::Kind::Tuple) || type->is(Type::Kind::Array)) {
    for (const Type *elem : type->elems)
      if (contains(elem, info))
        return true;
    return false;
  }
  if (!type->is(Type::Kind::Struct) || !type->structInfo)
    return false;
  if (type->structInfo == info)
    return true;
  for (const FieldInfo &field : type->structInfo->fields)
    if (field.type && contains(field.type, info))
      return true;
  return false;
}

// A model, or an array or tuple with one in it.
static bool holdsModel(const Type &type) {
  if (type.isModel())
    return true;
  if (!type.is(Type::Kind::Array) && !type.is(Type::Kind::Tuple))
    return false;
  for (const Type *elem : type.elems)
    if (holdsModel(*elem))
      return true;
  return false;
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
  if (structDepth_ > 2 * kMaxDepth) {
    report(DiagKind::EndlessTypes, info->loc,
           "`" + info->name + "` contains itself with ever new types");
    return info;
  }
  ++structDepth_;
  Saved saved(*this);
  Frame frame;
  frame_ = &frame;
  module_ = decl.module;
  scope_ = decl.module->scope;
  block_ = nullptr;
  openScope();
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
        (!field.type->is(Type::Kind::Tensor) ||
         (field.role == FieldInfo::Role::Param && field.type->dtype != f32()->dtype))) {
      report(DiagKind::BadField, node->loc,
             (field.role == FieldInfo::Role::Param ? "a `param` field is a tensor of f32, not "
                                                   : "a `state` field is a tensor, not ") +
                 field.type->str());
      field.type = types_.error;
    }
    if (field.role == FieldInfo::Role::Config && holdsModel(*field.type))
      field.role = FieldInfo::Role::Sub; // its params are part of this value's tree
    for (const ast::Fact &fact : node->facts)
      if (auto resolved = resolveFact(fact))
        field.facts.push_back(*resolved);
    info->fields.push_back(std::move(field));
  }
  --structDepth_;
  for (FieldInfo &field : info->fields)
    if (contains(field.type, info)) {
      report(DiagKind::EndlessTypes, field.loc,
             "`" + info->name + "` contains itself, so it would have no end")
          .help("keep it in a list or as `" + info->name + "?`");
      field.type = types_.error;
    }
  // Initialisers come second: they may name the struct itself.
  info->rng = newVar({"rng", decl.node->name.loc}, types_.rng, true);
  info->rng->isRef = true;
  openScope();
  if (decl.node->isModel)
    defineVar(info->rng);
  for (size_t i = 0; i < decl.fields.size(); ++i) {
    const ast::FieldDecl *node = decl.fields[i];
    FieldInfo &field = info->fields[i];
    if (field.type->is(Type::Kind::Error))
      continue;
    if (node->init)
      field.init =
          coerce(check(node->init, field.type), field.type, "the initial value", node->type->loc);
    else if (field.role == FieldInfo::Role::Sub && info->isModel)
      field.init = defaultInit(field.type, info->rng, node->loc);
    else if (decl.methods.count("init"))
      continue;
    else if (field.role != FieldInfo::Role::Config && field.role != FieldInfo::Role::Sub)
      report(DiagKind::MissingInit, node->loc, "`" + field.name + "` needs an initial value")
          .help("write `= zeros`, or one of `init`");
  }
  return info;
}

// Whether `i32` or a parameter `D: dtype` stands there, and not a size.
bool Checker::namesType(const ast::TypeExpr *written) {
  auto *named = written->as<ast::NamedType>();
  if (!named || named->path.size() != 1)
    return false;
  Symbol *symbol = find(named->path[0].text);
  return symbol ? symbol->kind == Symbol::Kind::Type : dtypeNamed(named->path[0].text).has_value();
}

bool Checker::bindGenericArgs(const std::vector<GenericEntry> &generics,
                              const std::vector<GenericArg> &args, Subst &subst,
                              const std::string &shown, Loc loc, bool complete,
                              bool dtypesMayLack) {
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
      if (!type->is(Type::Kind::Error) && entry.type->kind == TypeParam::Kind::Model &&
          !type->isModel()) {
        report(DiagKind::GenericArgs, arg.loc,
               "`" + entry.type->name + "` of `" + shown + "` is a model, and " + type->str() +
                   " is not");
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
        report(DiagKind::GenericArgs, arg.loc,
               "`" + shown + "` has no `" + arg.name.text + "` in its brackets");
        ok = false;
      }
      continue;
    }
    // A dtype may be left out: `zeros[2, 3]`, `zeros[i32, 2, 3]`.
    auto isSkipped = [&](size_t i) {
      bool isDType = generics[i].type && generics[i].type->kind == TypeParam::Kind::DType;
      return (byEntry[i] && !generics[i].pack) || (isDType && !namesType(arg.value));
    };
    while (next < generics.size() && isSkipped(next))
      ++next;
    if (next == generics.size()) {
      report(DiagKind::GenericArgs, arg.loc,
             "`" + shown + "` takes " + std::to_string(generics.size()) +
                 " in brackets, and this is one more");
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
      openScope();
      defineGenerics(generics);
      if (auto dim = resolveDim(entry.node->defaultValue))
        subst.dims.dims[entry.dim] = substitute(*dim, subst.dims);
      continue;
    }
    if (complete && entry.type && entry.node->defaultValue) {
      subst.types[entry.type] = resolveType(entry.node->defaultValue);
      continue;
    }
    if (dtypesMayLack && entry.type && entry.type->kind == TypeParam::Kind::DType)
      continue;
    if (complete && !entry.pack) {
      report(DiagKind::GenericArgs, loc,
             "`" + shown + "` needs `" + entry.node->name.text + "` in brackets")
          .also(entry.node->loc, "declared here");
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
void Checker::checkCallFacts(const std::vector<DimFact> &facts, const DimBindings &binds, Loc loc,
                             const std::string &shown) {
  for (const DimFact &fact : facts) {
    Dim lhs = substitute(fact.lhs, binds), rhs = substitute(fact.rhs, binds);
    if (facts_.prove(lhs, fact.op, rhs) != Proof::No)
      continue;
    report(DiagKind::FactFails, loc,
           "`" + shown + "` needs " + fact.text + ", and that does not hold here")
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
    if (field.role == FieldInfo::Role::State ||
        (field.role == FieldInfo::Role::Sub && hasState(field.type)))
      return true;
  return false;
}

} // namespace nnc::sema
