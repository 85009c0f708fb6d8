// Declarations with parameters: their generics and signatures.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

void Checker::resolveGenerics(const std::vector<ast::GenericParam> &params,
                              std::vector<GenericEntry> &out) {
  std::map<std::string, Loc> seen;
  for (const ast::GenericParam &param : params) {
    GenericEntry entry;
    entry.node = &param;
    if (!seen.emplace(param.name.text, param.loc).second)
      report(DiagKind::DuplicateName, param.name.loc,
             "`" + param.name.text + "` is declared twice in these brackets");
    const std::string &bound = param.bound.text;
    if (param.isPack) {
      packs_.push_back({param.name.text, param.name.loc, nextId_++});
      entry.pack = &packs_.back();
    } else if (bound.empty() || bound == "dim" || bound == "int") {
      if (bound == "int")
        report(DiagKind::UnknownGenericKind, param.bound.loc,
               "`int` is not a kind of parameter: there are `model`, `type`, `dtype` and `dim`")
            .help("a size is declared by its name alone: `[" + param.name.text + "]`");
      entry.dim = newDim(param.name.text, param.name.loc);
    } else {
      typeParams_.emplace_back();
      entry.type = &typeParams_.back();
      entry.type->kind = bound == "dtype"   ? TypeParam::Kind::DType
                         : bound == "model" ? TypeParam::Kind::Model
                                            : TypeParam::Kind::Type;
      entry.type->name = param.name.text;
      entry.type->loc = param.name.loc;
      entry.type->id = nextId_++;
      if (bound != "dtype" && bound != "model" && bound != "type")
        report(DiagKind::UnknownGenericKind, param.bound.loc,
               "`" + bound +
                   "` is not a kind of parameter: there are `model`, `type`, `dtype` and `dim`");
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
    return mentionsAny({type->as<ast::ArrayType>()->element, type->as<ast::ArrayType>()->size},
                       name);
  case ast::Kind::MapType:
    return mentionsAny({type->as<ast::MapType>()->key, type->as<ast::MapType>()->value}, name);
  case ast::Kind::BinaryDim:
    return mentionsAny({type->as<ast::BinaryDim>()->lhs, type->as<ast::BinaryDim>()->rhs}, name);
  case ast::Kind::NegDim:
    return mentions(type->as<ast::NegDim>()->operand, name);
  case ast::Kind::FreshDim:
    return type->as<ast::FreshDim>()->name.text == name;
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

// `?N` in a parameter's type declares a dim of the function, as `[N]` does.
void Checker::declareFreshDims(const ast::TypeExpr *type, FnDecl &fn) {
  if (auto *fresh = type->as<ast::FreshDim>()) {
    if (scope_->names.count(fresh->name.text))
      return;
    freshGenerics_.emplace_back();
    freshGenerics_.back().loc = fresh->loc;
    freshGenerics_.back().name = fresh->name;
    GenericEntry entry;
    entry.node = &freshGenerics_.back();
    entry.isFresh = true;
    entry.dim = newDim(fresh->name.text, fresh->name.loc);
    defineGenerics({entry});
    fn.generics.push_back(entry);
  } else if (auto *named = type->as<ast::NamedType>()) {
    for (auto &arg : named->args)
      declareFreshDims(arg.value, fn);
  } else if (auto *tuple = type->as<ast::TupleType>()) {
    for (const ast::TypeExpr *element : tuple->elements)
      declareFreshDims(element, fn);
  } else if (auto *optional = type->as<ast::OptionalType>()) {
    declareFreshDims(optional->inner, fn);
  } else if (auto *function = type->as<ast::FnType>()) { // its result may have a size of its own
    for (const ast::TypeExpr *param : function->params)
      declareFreshDims(param->is<ast::RefType>() ? param->as<ast::RefType>()->inner : param, fn);
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
  block_ = nullptr;
  module_ = fn.module;
  scope_ = fn.module->scope;
  openScope();
  if (fn.owner)
    defineGenerics(fn.owner->generics);
  resolveGenerics(fn.node->generics, fn.generics);
  for (const GenericEntry &entry : fn.generics)
    warnOfShadowedDim(entry.node->name, "declared anew");
  defineGenerics(fn.generics);
  for (auto &attribute : fn.node->marks.attributes)
    if (attribute.name.text == "prim") {
      fn.isPrim = true;
      auto *name =
          attribute.args.size() == 1 ? attribute.args[0].value->as<ast::StringExpr>() : nullptr;
      fn.prim = name ? name->plainText() : "";
    } else if (const std::string &mark = attribute.name.text;
               mark != "vjp" && mark != "jvp" && mark != "static") {
      report(DiagKind::UnknownName, attribute.name.loc,
             "there is no mark `@" + attribute.name.text + "`")
          .note("functions are marked as rules for derivatives: `@vjp(of: f)` and `@jvp(of: f)`");
    }
  std::map<std::string, Loc> seen;
  for (const ast::Param &param : fn.node->params) {
    ParamSig sig;
    sig.name = param.name.text;
    sig.loc = param.name.loc;
    sig.byRef = param.byRef;
    sig.defaultValue = param.defaultValue;
    if (!seen.emplace(sig.name, param.loc).second)
      report(DiagKind::DuplicateParam, param.loc, "two parameters are called `" + sig.name + "`");
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
    } else if (isWord(type, "dtype")) {
      sig.special = ParamSig::Special::DType;
    } else if (isWord(type, "axis")) {
      sig.special = ParamSig::Special::Axis;
      sig.type = types_.integer;
      fn.isGenericInTypes = true;
    } else if (type) {
      declareFreshDims(type, fn);
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
  size_t errors = diags_.errorCount();
  if (fn.node->result)
    fn.result = resolveType(fn.node->result);
  else if (!fn.node->body && !fn.isPrim)
    fn.result = types_.unit;
  for (const DimVar *dim : fn.result ? freshDims(fn.result) : std::vector<const DimVar *>())
    const_cast<DimVar *>(dim)->ofSignature = true;
  for (const ParamSig &param : fn.params)
    for (const DimVar *dim : param.type ? freshDims(param.type) : std::vector<const DimVar *>())
      const_cast<DimVar *>(dim)->ofSignature = true;
  if (diags_.errorCount() > errors && diags_.last().kind == DiagKind::UnknownName)
    for (const ParamSig &param : fn.params) // an `int` is no size of the signature
      if (param.type && param.type->is(Type::Kind::Int) && mentions(fn.node->result, param.name))
        diags_.last().help("a parameter that stands in types is a `dim`: `" + param.name +
                           ": dim`");
  for (const ast::Fact &fact : fn.node->facts)
    if (auto resolved = resolveFact(fact)) {
      std::set<const DimVar *> dims;
      collectVars(resolved->lhs, dims);
      collectVars(resolved->rhs, dims);
      bool ofResult = false;
      for (const DimVar *dim : dims)
        ofResult |= dim->kind == DimVar::Kind::Fresh;
      (ofResult ? fn.resultFacts : fn.facts).push_back(*resolved);
    }
  if (!fn.node->body && !fn.isPrim)
    report(DiagKind::MissingBody, fn.node->name.loc, "`" + fn.node->name.text + "` has no body");
}

} // namespace nnc::sema
