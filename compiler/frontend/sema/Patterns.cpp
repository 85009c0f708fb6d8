// Patterns: what `let`, `for`, closures and `match` bind.
#include "compiler/frontend/sema/Checker.h"
#include <algorithm>

namespace nnc::sema {

Pattern *Checker::makePattern(Pattern::Kind kind, Loc loc, const Type *type) {
  auto *pattern = arena_->make<Pattern>();
  pattern->kind = kind;
  pattern->loc = loc;
  pattern->type = type;
  return pattern;
}

// The written type of a name against the value's: `?B` in it becomes a name for the size found
// there.
const Type *Checker::withFresh(const ast::TypeExpr *annotation, const Type *actual, Loc loc) {
  std::vector<std::string> names = freshNames(annotation), before;
  for (const std::string &name : names)
    if (scope_->names.count(name))
      before.push_back(name);
  const Type *declared = resolveType(annotation);
  if (declared->is(Type::Kind::Error) || actual->is(Type::Kind::Error))
    return declared;
  CallState match;
  std::vector<std::string> fresh;
  for (const std::string &name : names)
    if (auto it = scope_->names.find(name);
        it != scope_->names.end() && it->second.kind == Symbol::Kind::Dim &&
        std::find(before.begin(), before.end(), name) == before.end())
      if (auto *var = it->second.dim.asVar(); var && var->kind == DimVar::Kind::Fresh) {
        match.openDims.insert(var);
        fresh.push_back(name);
      }
  if (fresh.empty()) {
    // `?K` where there is a K already: a size of its own from here on, if it is another one.
    if (same(declared, actual) || names.empty())
      return declared;
    for (const std::string &name : names)
      if (auto it = scope_->names.find(name);
          it != scope_->names.end() && it->second.kind == Symbol::Kind::Dim)
        scope_->names.erase(it);
    return withFresh(annotation, actual, loc);
  }
  if (!unify(declared, actual, match) || !solvePending(match))
    return declared;
  for (const std::string &name : fresh) {
    Symbol &symbol = scope_->names[name];
    auto found = match.subst.dims.dims.find(symbol.dim.asVar());
    if (found != match.subst.dims.dims.end())
      symbol.dim = found->second;
  }
  return substType(declared, match.subst);
}

// `open` is what the pattern around declares of a `var`'s size.
// One pattern, or the parameters of one closure, give each name once. Variants, written with a
// capital letter, and `none` may stand there again.
void Checker::refuseTwice(const ast::Pattern *pattern, std::map<std::string, Loc> &names) {
  auto *name = pattern->as<ast::NamePattern>();
  if (name && name->name.text != "none" && !std::isupper((unsigned char)name->name.text[0])) {
    auto [it, isNew] = names.emplace(name->name.text, name->name.loc);
    if (!isNew)
      report(DiagKind::DuplicateName, name->name.loc,
             "`" + name->name.text + "` is bound twice here")
          .also(it->second, "the first one");
  }
  if (auto *tuple = pattern->as<ast::TuplePattern>())
    for (const ast::Pattern *part : tuple->elements)
      refuseTwice(part, names);
  if (auto *variant = pattern->as<ast::VariantPattern>())
    for (const ast::Pattern *part : variant->elements)
      refuseTwice(part, names);
}

Pattern *Checker::bindPattern(const ast::Pattern *pattern, const Type *type, bool isMutable,
                              bool byRef, const Type *open) {
  auto mismatch = [&](const Type *declared) {
    report(DiagKind::TypeMismatch, pattern->loc,
           "the value is " + type->str() + ", not " + declared->str());
    return makePattern(Pattern::Kind::Wildcard, pattern->loc, types_.error);
  };
  if (auto *name = pattern->as<ast::NamePattern>()) {
    const Type *declared = name->type ? withFresh(name->type, type, name->loc) : type;
    bool failed = !same(declared, type);
    Var *var =
        newVar(name->name, failed ? types_.error : declared, isMutable || byRef || name->byRef);
    var->isRef = byRef || name->byRef;
    Pattern *out =
        failed ? mismatch(declared) : makePattern(Pattern::Kind::Bind, name->loc, declared);
    out->var = failed ? nullptr : var;
    defineVar(var);
    nameFreshDims(var->type);
    if (isMutable && name->type)
      open = openType(name->type);
    if (isMutable && open && !failed)
      startSizes(var, open, declared);
    return out;
  }
  if (auto *wildcard = pattern->as<ast::WildcardPattern>()) {
    const Type *declared = wildcard->type ? withFresh(wildcard->type, type, pattern->loc) : type;
    if (!same(declared, type))
      return mismatch(declared);
    nameFreshDims(type);
    return makePattern(Pattern::Kind::Wildcard, pattern->loc, type);
  }
  auto *tuple = pattern->as<ast::TuplePattern>();
  if (!tuple) {
    report(DiagKind::RefutablePattern, pattern->loc,
           "this pattern may fail, so it belongs into a `match`");
    bindUnknown(pattern);
    return makePattern(Pattern::Kind::Wildcard, pattern->loc, types_.error);
  }
  std::map<std::string, Loc> names;
  refuseTwice(pattern, names);
  const Type *declared = tuple->type ? withFresh(tuple->type, type, pattern->loc) : type;
  if (!same(declared, type))
    return mismatch(declared);
  if (isMutable && tuple->type)
    open = openType(tuple->type);
  std::vector<const Type *> parts = partsOf(type, tuple->elements.size());
  if (parts.size() != tuple->elements.size() && !type->is(Type::Kind::Error)) {
    if (type->is(Type::Kind::Tuple))
      report(DiagKind::BadPattern, pattern->loc,
             "this pattern has " + std::to_string(tuple->elements.size()) + " names, and " +
                 type->str() + " has " + std::to_string(type->elems.size()) + " members");
    else
      report(DiagKind::BadPattern, pattern->loc,
             type->str() + " cannot be taken apart into " +
                 counted(tuple->elements.size(), "value"));
  }
  bool failed = parts.size() != tuple->elements.size();
  Pattern *out = makePattern(Pattern::Kind::Tuple, pattern->loc, failed ? types_.error : type);
  for (size_t i = 0; i < tuple->elements.size(); ++i)
    out->parts.push_back(
        bindPattern(tuple->elements[i], failed ? types_.error : parts[i], isMutable, byRef,
                    open && open->is(Type::Kind::Tuple) ? opened(open->elems[i]) : nullptr));
  return out;
}

// The members of a tuple or of its gradient, the elements of [T; n], a tensor along its first axis.
std::vector<const Type *> Checker::partsOf(const Type *type, size_t count) {
  if (type->is(Type::Kind::Tuple))
    return type->elems;
  if (type->is(Type::Kind::Tree) && !type->leafScalar && type->elems[0]->is(Type::Kind::Tuple)) {
    std::vector<const Type *> parts;
    for (const Type *elem : type->elems[0]->elems)
      parts.push_back(types_.tree(elem));
    return parts;
  }
  if (type->is(Type::Kind::Array) && type->count == Dim(int64_t(count)))
    return std::vector<const Type *>(count, type->elems[0]);
  if (type->is(Type::Kind::Tensor) && !type->shape.empty() && !type->shape[0].pack &&
      type->shape[0].dim == Dim(int64_t(count)))
    return std::vector<const Type *>(
        count, types_.tensor(type->dtype, Shape(type->shape.begin() + 1, type->shape.end())));
  return {};
}

// The sizes in a type that data decides.
std::vector<const DimVar *> Checker::freshDims(const Type *type) {
  std::set<const DimVar *> dims;
  freeDims(type, dims);
  std::vector<const DimVar *> fresh;
  for (const DimVar *dim : dims)
    if (dim->kind == DimVar::Kind::Fresh)
      fresh.push_back(dim);
  return fresh;
}

// A fresh dim of a bound value is known by its name from here on: B of a batch.
void Checker::nameFreshDims(const Type *type) {
  for (const DimVar *dim : freshDims(type)) {
    if (dim->name == kNameless || find(dim->name))
      continue;
    Symbol symbol;
    symbol.kind = Symbol::Kind::Dim;
    symbol.dim = Dim(dim);
    define({dim->name, dim->loc}, symbol);
  }
}

// The names of a pattern that fits nothing, so that their uses are no errors of their own.
void Checker::bindUnknown(const ast::Pattern *pattern) {
  if (auto *name = pattern->as<ast::NamePattern>())
    defineVar(newVar(name->name, types_.error, name->byRef));
  else if (auto *variant = pattern->as<ast::VariantPattern>())
    for (const ast::Pattern *element : variant->elements)
      bindUnknown(element);
  else if (auto *tuple = pattern->as<ast::TuplePattern>())
    for (const ast::Pattern *element : tuple->elements)
      bindUnknown(element);
}

Pattern *Checker::matchPattern(const ast::Pattern *pattern, const Type *type) {
  auto failed = [&](DiagKind kind, std::string message) {
    report(kind, pattern->loc, std::move(message));
    bindUnknown(pattern);
    return makePattern(Pattern::Kind::Wildcard, pattern->loc, types_.error);
  };
  if (type->is(Type::Kind::Error)) {
    bindUnknown(pattern);
    return makePattern(Pattern::Kind::Wildcard, pattern->loc, type);
  }
  auto *name = pattern->as<ast::NamePattern>();
  auto *variant = pattern->as<ast::VariantPattern>();
  if (type->is(Type::Kind::Optional)) {
    if (name && name->name.text == "none")
      return makePattern(Pattern::Kind::None, pattern->loc, type);
    if (!pattern->is<ast::WildcardPattern>()) {
      Pattern *out = makePattern(Pattern::Kind::Some, pattern->loc, type);
      out->parts.push_back(matchPattern(pattern, type->elems[0]));
      return out;
    }
  }
  if (type->is(Type::Kind::Enum) && (variant || (name && !name->type && !name->byRef))) {
    const ast::Ident &called = variant ? variant->name : name->name;
    auto &variants = type->enumInfo->variants;
    for (unsigned i = 0; i < variants.size(); ++i) {
      if (variants[i].name != called.text)
        continue;
      size_t given = variant ? variant->elements.size() : 0;
      if (given != variants[i].fields.size())
        return failed(DiagKind::BadPattern,
                      "`" + called.text + "` has " + counted(variants[i].fields.size(), "value") +
                          ", and this pattern takes " + std::to_string(given));
      Pattern *out = makePattern(Pattern::Kind::Variant, pattern->loc, type);
      out->variant = i;
      for (size_t k = 0; k < given; ++k)
        out->parts.push_back(matchPattern(variant->elements[k], refreshed(variants[i].fields[k])));
      return out;
    }
    if (variant)
      return failed(DiagKind::UnknownVariant,
                    type->str() + " has no variant `" + called.text + "`");
    NameList names;
    for (auto &entry : variants)
      names.push_back(entry.name);
    if (std::string near = didYouMean(called.text, names); !near.empty()) {
      report(DiagKind::UnknownVariant, pattern->loc,
             type->str() + " has no variant `" + called.text + "`")
          .help("did you mean `" + near + "`?");
      return makePattern(Pattern::Kind::Wildcard, pattern->loc, types_.error);
    }
  }
  if (auto *literal = pattern->as<ast::LiteralPattern>()) {
    Pattern *out = makePattern(Pattern::Kind::Int, pattern->loc, type);
    if (auto *value = literal->value->as<ast::IntExpr>()) {
      if (value->value > uint64_t(INT64_MAX)) {
        report(DiagKind::BadNumber, pattern->loc, "a pattern's number must fit in an `int`");
        return makePattern(Pattern::Kind::Wildcard, pattern->loc, types_.error);
      }
      if (type->is(Type::Kind::Int) || (type->isScalar() && type->dtype != DType::Bool)) {
        out->intValue = literal->negative ? -int64_t(value->value) : int64_t(value->value);
        out->floatValue = double(out->intValue);
        if (type->isFloat())
          out->kind = Pattern::Kind::Float;
        return out;
      }
    } else if (auto *value = literal->value->as<ast::FloatExpr>()) {
      if (type->isScalar() && type->isFloat()) {
        out->kind = Pattern::Kind::Float;
        out->floatValue = literal->negative ? -value->value : value->value;
        return out;
      }
    } else if (auto *value = literal->value->as<ast::StringExpr>()) {
      if (type->is(Type::Kind::Str)) {
        out->kind = Pattern::Kind::Str;
        out->strValue = value->plainText();
        return out;
      }
    } else if (auto *value = literal->value->as<ast::BoolExpr>()) {
      if (type == types_.boolean) {
        out->kind = Pattern::Kind::Bool;
        out->intValue = value->value;
        return out;
      }
    }
    return failed(DiagKind::TypeMismatch,
                  "this pattern does not match a value of type " + type->str());
  }
  if (auto *tuple = pattern->as<ast::TuplePattern>()) {
    std::vector<const Type *> parts = partsOf(type, tuple->elements.size());
    if (parts.size() != tuple->elements.size())
      return failed(DiagKind::BadPattern, type->str() + " cannot be taken apart into " +
                                              std::to_string(tuple->elements.size()));
    Pattern *out = makePattern(Pattern::Kind::Tuple, pattern->loc, type);
    for (size_t i = 0; i < parts.size(); ++i)
      out->parts.push_back(matchPattern(tuple->elements[i], parts[i]));
    return out;
  }
  if (variant)
    return failed(DiagKind::BadPattern, type->str() + " has no variants");
  return bindPattern(pattern, type, false, false);
}

} // namespace nnc::sema
