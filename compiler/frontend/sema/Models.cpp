// Values of enums, structs and models.
#include "compiler/frontend/sema/Checker.h"
#include <algorithm>

namespace nnc::sema {

const Type *Checker::enumType(EnumDecl &decl) {
  if (decl.type)
    return decl.type;
  decl.info = arena_->make<EnumInfo>();
  decl.info->name = decl.node->name.text;
  decl.info->loc = decl.node->name.loc;
  Type type;
  type.kind = Type::Kind::Enum;
  type.enumInfo = decl.info;
  type.enumDecl = &decl;
  decl.type = types_.intern(std::move(type));
  Saved saved(*this);
  module_ = decl.module;
  scope_ = decl.module->scope;
  bool generic = !decl.node->generics.empty();
  if (generic)
    report(DiagKind::GenericArgs, decl.node->name.loc,
           "an `enum` takes no types or sizes in brackets")
        .help("write it for the type that is needed, or put it into a generic struct");
  for (auto &variant : decl.node->variants) {
    EnumInfo::Variant out;
    out.name = variant.name.text;
    for (const ast::Param &param : variant.params)
      out.fields.push_back(generic ? types_.error : resolveType(param.type));
    decl.info->variants.push_back(std::move(out));
  }
  return decl.type;
}

Expr *Checker::makeVariant(Symbol *symbol, const ast::Ident &name, std::vector<ArgIn> args,
                           Loc loc) {
  const Type *type = enumType(*symbol->enumDecl);
  auto *node = make<VariantExpr>(loc, type);
  node->variant = symbol->variant;
  auto &fields = type->enumInfo->variants[symbol->variant].fields;
  if (args.size() != fields.size()) {
    report(DiagKind::ArgCount, loc,
           "`" + name.text + "` takes " + counted(fields.size(), "value") + ", not " +
               std::to_string(args.size()))
        .also(symbol->loc, "declared here");
    return errorExpr(loc);
  }
  auto &named = symbol->enumDecl->node->variants[symbol->variant].params;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].name && args[i].name.text != named[i].name.text) {
      report(DiagKind::UnknownArg, args[i].name.loc,
             "value " + std::to_string(i + 1) + " of `" + name.text + "` is " +
                 (named[i].name ? "called `" + named[i].name.text + "`" : "without a name") +
                 ", not `" + args[i].name.text + "`")
          .also(named[i].loc, "declared here");
      return errorExpr(loc);
    }
    const Type *open = opened(fields[i]), *wanted = open ? open : fields[i];
    Expr *value = args[i].typed ? args[i].typed : check(args[i].source, wanted);
    node->args.push_back(coerce(value, wanted, "the value"));
    if (node->args.back()->type->is(Type::Kind::Error))
      return errorExpr(loc);
  }
  return node;
}

Expr *Checker::construct(StructDecl *decl, const std::vector<GenericArg> *generics,
                         std::vector<ArgIn> args, Loc loc, const ast::Ident &name,
                         const Type *expected) {
  resolve(*decl);
  const Type *type = nullptr;
  if (generics || decl->generics.empty()) {
    Subst subst;
    static const std::vector<GenericArg> none;
    if (!bindGenericArgs(decl->generics, generics ? *generics : none, subst, name.text, loc,
                         true)) {
      checkForErrors(args);
      return errorExpr(loc);
    }
    std::vector<const Type *> typeArgs;
    DimBindings binds;
    for (const GenericEntry &entry : decl->generics) {
      if (entry.type)
        typeArgs.push_back(subst.types[entry.type]);
      if (entry.dim)
        binds.dims[entry.dim] = subst.dims.dims[entry.dim];
    }
    checkCallFacts(decl->facts, binds, loc, name.text);
    type = structType(*decl, std::move(typeArgs), std::move(binds), loc);
  }
  auto init = decl->methods.find("init");
  if (init != decl->methods.end())
    return callFn(init->second, nullptr, nullptr, nullptr, std::move(args), loc, name, expected,
                  type);
  if (!type && expected && expected->is(Type::Kind::Struct) && expected->decl == decl)
    type = expected;
  if (!type)
    type = inferStruct(*decl, args, loc, name);
  if (!type || type->is(Type::Kind::Error))
    return errorExpr(loc);
  return constructFields(type, args, loc, name);
}

// Which field each argument of a field-wise constructor is for.
bool Checker::matchFields(StructDecl &decl, std::vector<ArgIn> &args, std::vector<ArgIn *> &byField,
                          ArgIn *&rng, const std::string &shown) {
  byField.assign(decl.fields.size(), nullptr);
  rng = nullptr;
  size_t next = 0;
  for (ArgIn &arg : args) {
    if (!arg.name)
      continue;
    size_t i = 0;
    while (i < decl.fields.size() && decl.fields[i]->name.text != arg.name.text)
      ++i;
    if (i == decl.fields.size() || byField[i]) {
      NameList names;
      for (auto *field : decl.fields)
        names.push_back(field->name.text);
      auto &diag =
          report(byField.size() > i ? DiagKind::DuplicateArg : DiagKind::UnknownArg, arg.name.loc,
                 byField.size() > i ? "`" + arg.name.text + "` is given twice"
                                    : "`" + shown + "` has no field `" + arg.name.text + "`");
      if (std::string near = didYouMean(arg.name.text, names);
          i == decl.fields.size() && !near.empty())
        diag.help("did you mean `" + near + "`?");
      return false;
    }
    byField[i] = &arg;
  }
  for (ArgIn &arg : args) {
    if (arg.name)
      continue;
    if (arg.byRef && decl.node->isModel && !rng) {
      rng = &arg;
      continue;
    }
    bool skipMade = decl.node->isModel; // a model's params and parts are made, not given
    auto taken = [&](size_t i) {
      const ast::FieldDecl *field = decl.fields[i];
      return byField[i] || (skipMade && (field->role != ast::FieldDecl::Plain || field->init));
    };
    while (next < decl.fields.size() && taken(next))
      ++next;
    if (next == decl.fields.size()) {
      report(DiagKind::ArgCount, arg.loc, "`" + shown + "` does not take so many values")
          .also(decl.node->name.loc, "declared here");
      return false;
    }
    byField[next] = &arg;
  }
  return true;
}

// The type arguments and dims of a generic struct, from the values of its fields.
const Type *Checker::inferStruct(StructDecl &decl, std::vector<ArgIn> &args, Loc loc,
                                 const ast::Ident &name) {
  std::vector<ArgIn *> byField;
  ArgIn *rng;
  if (!matchFields(decl, args, byField, rng, name.text))
    return nullptr;
  CallState call;
  for (const GenericEntry &entry : decl.generics) {
    if (entry.dim)
      call.openDims.insert(entry.dim);
    if (entry.type)
      call.openTypes.insert(entry.type);
  }
  for (size_t i = 0; i < byField.size(); ++i) {
    if (!byField[i])
      continue;
    if (!byField[i]->typed)
      byField[i]->typed = check(byField[i]->source);
    if (byField[i]->typed->type->is(Type::Kind::Error))
      return nullptr;
    Saved saved(*this);
    module_ = decl.module;
    scope_ = decl.module->scope;
    openScope();
    defineGenerics(decl.generics);
    unify(resolveType(decl.fields[i]->type), byField[i]->typed->type, call);
  }
  solvePending(call);
  std::vector<const Type *> typeArgs;
  DimBindings binds;
  for (const GenericEntry &entry : decl.generics) {
    bool known = entry.dim    ? call.subst.dims.dims.count(entry.dim)
                 : entry.type ? call.subst.types.count(entry.type)
                              : true;
    if (!known) {
      report(DiagKind::CannotInfer, loc,
             "nothing here says what `" + entry.node->name.text + "` of `" + name.text + "` is")
          .also(entry.node->loc, "declared here")
          .help("write it in brackets: `" + name.text + "[..](..)`");
      return nullptr;
    }
    if (entry.type)
      typeArgs.push_back(call.subst.types[entry.type]);
    if (entry.dim)
      binds.dims[entry.dim] = call.subst.dims.dims[entry.dim];
  }
  return structType(decl, std::move(typeArgs), std::move(binds), loc);
}

bool Checker::drawsAtInit(const Type *type) {
  return type->structInfo && usedVars_.count(type->structInfo->rng);
}

// Whether a field's type has a size that only its value tells: `f32[?N]`.
static bool hasOwnSize(const Type *type) {
  for (const ShapeElem &elem : type->shape)
    if (const DimVar *var = elem.pack ? nullptr : elem.dim.asVar())
      if (var->kind == DimVar::Kind::Fresh)
        return true;
  return false;
}

// Note [Sizes of fields]
// `?N` in the fields of one struct is one size. A constructor compares the values given; a field of
// a value has a size of its own, shared by its fields, and another one after each assignment.
bool Checker::fitFields(Construct &node, const std::vector<ArgIn *> &byField) {
  std::map<const DimVar *, std::pair<Dim, size_t>> found; // and the field that said so
  for (size_t i = 0; i < node.fields.size(); ++i) {
    const Type *wanted = fieldType(node.type, unsigned(i));
    Expr *value = node.fields[i];
    if (!value || value->type->is(Type::Kind::Error) || !wanted->is(Type::Kind::Tensor) ||
        !hasOwnSize(wanted))
      continue;
    const FieldInfo &field = node.type->structInfo->fields[i];
    const Shape &shape = value->type->shape;
    auto refuse = [&](const std::string &why) {
      report(DiagKind::ShapeMismatch, value->loc,
             "field `" + field.name + "` of `" + node.type->structInfo->name + "` is " +
                 wanted->str() + ", but " + quoted(byField[i]->source) + " is " +
                 value->type->str() + why)
          .also(field.loc, "declared here");
      return false;
    };
    if (shape.size() != wanted->shape.size())
      return refuse("");
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const ShapeElem &want = wanted->shape[axis], &have = shape[axis];
      if (want.pack || have.pack)
        return refuse("");
      const DimVar *var = want.dim.asVar();
      bool own = var && var->kind == DimVar::Kind::Fresh;
      if (own && found.emplace(var, std::pair(have.dim, i)).second)
        continue;
      const Dim &known = own ? found[var].first : want.dim;
      std::string other = own ? node.type->structInfo->fields[found[var].second].name : "";
      if (known == have.dim)
        continue;
      std::vector<DimFact> leftOver;
      if ((known - have.dim).constant() || (!own && !dimsEqual(known, have.dim, &leftOver)))
        return refuse(own ? ": `" + var->name + "` is " + known.str() + " by `" + other + "`" : "");
      for (DimFact &fact : leftOver) // sizes that only the values tell are compared when it is made
        noteRuntimeFact(fact);
    }
  }
  return true;
}

// The type of a field of this value: Note [Sizes of fields].
const Type *Checker::sizedBy(const Expr *base, const Type *type) {
  if (!base->type->is(Type::Kind::Struct) || !canResize(type) || freshDims(type).empty())
    return type;
  std::vector<unsigned> path;
  const Expr *root = base;
  for (; root->kind == ExprKind::Field; root = as<Field>(*root).base)
    path.push_back(as<Field>(*root).index);
  const Var *holder = root->kind == ExprKind::VarRef ? as<VarRef>(*root).var : nullptr;
  auto changing = now_.find(holder);
  bool isFixed = holder && (!holder->isMutable || changing != now_.end());
  unsigned number = changing == now_.end() ? 0 : changing->second.number;
  Subst subst;
  for (const DimVar *var : freshDims(type)) {
    DimVar *fresh = nullptr;
    DimVar *&known = isFixed ? fieldSizes_[{holder, number, path, var}] : fresh;
    if (!known)
      known = newDim(var->name, var->loc, DimVar::Kind::Fresh);
    subst.dims.dims[var] = Dim(known);
  }
  return substType(type, subst);
}

Expr *Checker::constructFields(const Type *type, std::vector<ArgIn> &args, Loc loc,
                               const ast::Ident &name) {
  StructDecl &decl = const_cast<StructDecl &>(*type->decl);
  const StructInfo *info = type->structInfo;
  auto *node = make<Construct>(loc, type);
  std::vector<ArgIn *> byField;
  ArgIn *rng;
  if (!matchFields(decl, args, byField, rng, name.text)) {
    checkForErrors(args);
    return errorExpr(loc);
  }
  if (rng) {
    node->rng = checkPlace(rng->source, "passed with `&`");
    if (!node->rng->type->is(Type::Kind::Rng) && !node->rng->type->is(Type::Kind::Error)) {
      report(DiagKind::BadRng, rng->loc,
             "`" + name.text + "` draws its parameters from an Rng, and this is " +
                 node->rng->type->str());
      return errorExpr(loc);
    }
    if (node->rng->type->is(Type::Kind::Error))
      return errorExpr(loc);
  } else if (drawsAtInit(type)) {
    report(DiagKind::MissingRng, loc,
           "`" + name.text + "` draws its parameters at random, so it needs an Rng")
        .help("pass one: `" + name.text + (text(loc).find('[') != std::string::npos ? "[..]" : "") +
              "(&rng)`, with `var rng = Rng(0)` before");
    return errorExpr(loc);
  }
  bool failed = false;
  for (size_t i = 0; i < decl.fields.size(); ++i) {
    const FieldInfo &field = info->fields[i];
    node->fields.push_back(nullptr);
    if (!byField[i]) {
      if (field.init || field.type->is(Type::Kind::Error))
        continue;
      report(DiagKind::MissingArg, loc,
             "`" + name.text + "` needs a value for its field `" + field.name + "`")
          .also(field.loc, "declared here");
      failed = true;
      continue;
    }
    const Type *wanted = fieldType(type, unsigned(i));
    ArgIn &arg = *byField[i];
    if (arg.byRef) {
      report(DiagKind::NeedlessRef, arg.loc, "a field keeps a value, so it takes no `&`");
      failed = true;
      continue;
    }
    Expr *value = arg.typed ? arg.typed : check(arg.source, wanted);
    if (wanted->is(Type::Kind::Tensor) && hasOwnSize(wanted)) {
      if (Expr *tensor = asTensor(value, wanted->dtype)) {
        node->fields[i] = tensor; // sizes are compared below
        continue;
      }
    }
    const Type *now = nullptr, *open = openField(type, unsigned(i));
    if (Expr *fitting = open ? fitOpen(value, open, now) : nullptr) {
      failed |= fitting->type->is(Type::Kind::Error);
      node->fields[i] = fitting;
      continue;
    }
    if (!value->type->is(Type::Kind::Error) && !tryCoerce(value, wanted)) {
      report(value->type->is(Type::Kind::Tensor) && wanted->is(Type::Kind::Tensor)
                 ? DiagKind::ShapeMismatch
                 : DiagKind::TypeMismatch,
             arg.loc,
             "field `" + field.name + "` of `" + name.text + "` is " + wanted->str() + ", but " +
                 quoted(arg.source) + " is " + value->type->str())
          .also(field.loc, "declared here");
      failed = true;
      continue;
    }
    value = value->type->is(Type::Kind::Error) ? value : tryCoerce(value, wanted);
    failed |= value->type->is(Type::Kind::Error);
    node->fields[i] = value;
  }
  failed = !fitFields(*node, byField) || failed;
  return failed ? errorExpr(loc) : node;
}

// The value of a part of a model that has no initialiser of its own: it is built from the model's
// Rng.
Expr *Checker::defaultInit(const Type *type, Var *rng, Loc loc) {
  if (type->is(Type::Kind::Array)) {
    Expr *elem = defaultInit(type->elems[0], rng, loc);
    return prim(loc, "array_init", elem->type->is(Type::Kind::Error) ? elem->type : type, {elem});
  }
  if (type->is(Type::Kind::Tuple)) {
    auto *tuple = make<TupleExpr>(loc, type);
    for (const Type *elem : type->elems)
      tuple->elems.push_back(defaultInit(elem, rng, loc));
    return tuple;
  }
  if (type->is(Type::Kind::OneFn))
    return make<FnRef>(loc, type);
  if (type->is(Type::Kind::Fn))
    report(DiagKind::MissingInit, loc,
           "this part needs an initial value: which function " + type->str() + " is, is not known");
  if (!type->is(Type::Kind::Struct) || !type->structInfo)
    return errorExpr(loc);
  auto *node = make<Construct>(loc, type);
  for (size_t i = 0; i < type->structInfo->fields.size(); ++i) {
    const FieldInfo &field = type->structInfo->fields[i];
    node->fields.push_back(nullptr);
    if (!field.init && !field.type->is(Type::Kind::Error)) {
      report(DiagKind::MissingInit, loc,
             "this part needs an initial value: `" + type->decl->node->name.text +
                 "` has the field `" + field.name + "` without one")
          .also(field.loc, "the field");
      return errorExpr(loc);
    }
  }
  if (drawsAtInit(type)) {
    usedVars_.insert(rng);
    node->rng = varRef(loc, rng);
  }
  return node;
}

} // namespace nnc::sema
