#include "compiler/frontend/sema/Decls.h"
#include "compiler/frontend/sema/TypeContext.h"

namespace nnc::sema {

static const char *const kDTypeNames[] = {"f16", "bf16", "f32", "f64", "i8",  "i16", "i32",
                                          "i64", "u8",   "u16", "u32", "u64", "bool"};

const char *spelling(DType dtype) { return kDTypeNames[unsigned(dtype)]; }

std::optional<DType> dtypeNamed(const std::string &name) {
  for (unsigned i = 0; i <= unsigned(DType::Bool); ++i)
    if (name == kDTypeNames[i])
      return DType(i);
  return std::nullopt;
}

bool Type::isModel() const {
  if (kind == Kind::Struct)
    return decl ? decl->node->isModel : structInfo && structInfo->isModel;
  if (kind == Kind::Tuple) {
    bool hasModel = false;
    for (const Type *elem : elems) {
      const Type *layer = elem;
      while (layer->is(Kind::Array))
        layer = layer->elems[0];
      bool isLayer = layer->isModel();
      if (!isLayer && !elem->isFunction())
        return false;
      hasModel |= isLayer;
    }
    return hasModel;
  }
  return kind == Kind::Param && param->kind == TypeParam::Kind::Model;
}

static std::string joined(const std::vector<const Type *> &types) {
  std::string text;
  for (const Type *type : types)
    text += (text.empty() ? "" : ", ") + type->str();
  return text;
}

static std::string structStr(const Type &type) {
  if (!type.decl)
    return type.structInfo ? type.structInfo->name : "struct";
  std::string args;
  auto next = type.typeArgs.begin();
  for (const GenericEntry &generic : type.decl->generics) {
    args += args.empty() ? "" : ", ";
    if (generic.type) {
      args += next == type.typeArgs.end() ? generic.type->name : (*next++)->str();
    } else if (generic.dim) {
      auto found = type.binds.dims.find(generic.dim);
      args += found == type.binds.dims.end() ? generic.dim->name : found->second.str();
    } else if (generic.pack) {
      auto found = type.binds.packs.find(generic.pack);
      args +=
          found == type.binds.packs.end() ? ".." + generic.pack->name : sema::str(found->second);
    }
  }
  return type.decl->node->name.text + (args.empty() ? "" : "[" + args + "]");
}

static std::string fnStr(const Type &type) {
  std::string text;
  for (size_t i = 0; i < type.elems.size(); ++i)
    text += std::string(i ? ", " : "") + (type.byRef[i] ? "&" : "") + type.elems[i]->str();
  text = "fn(" + text + ")";
  return type.result && !type.result->is(Type::Kind::Unit) ? text + " -> " + type.result->str()
                                                           : text;
}

std::string Type::str() const {
  switch (kind) {
  case Kind::Error:
    return "?";
  case Kind::Unit:
    return "()";
  case Kind::Never:
    return "never";
  case Kind::Int:
    return "int";
  case Kind::Str:
    return "str";
  case Kind::Range:
    return "range";
  case Kind::Rng:
    return "Rng";
  case Kind::Tensor: {
    std::string name = dtypeParam ? dtypeParam->name : spelling(dtype);
    return shape.empty() ? name : name + "[" + sema::str(shape) + "]";
  }
  case Kind::Tuple:
    return "(" + joined(elems) + (elems.size() == 1 ? ",)" : ")");
  case Kind::List:
    return "[" + elems[0]->str() + "]";
  case Kind::Map:
    return "[" + elems[0]->str() + ": " + elems[1]->str() + "]";
  case Kind::Array:
    return "[" + elems[0]->str() + "; " + count.str() + "]";
  case Kind::Optional:
    return elems[0]->is(Kind::Never) ? "none" : elems[0]->str() + "?";
  case Kind::Struct:
    return structStr(*this);
  case Kind::Enum:
    return enumInfo ? enumInfo->name : "enum";
  case Kind::Fn:
    return fnStr(*this);
  case Kind::OneFn:
    return oneFn ? oneFn->node->name.text : "closure";
  case Kind::Dataset:
    return "Dataset[" + joined(elems) + "]";
  case Kind::Batches:
    return "Batches[" + joined(elems) + "]";
  case Kind::Tree:
    return leafScalar ? "Tree[" + elems[0]->str() + ", " + spelling(dtype) + "]"
                      : "Grad[" + elems[0]->str() + "]";
  case Kind::Param:
    return param->name;
  }
  return "?";
}

// ---- interning

static int compare(const Shape &a, const Shape &b) {
  if (a.size() != b.size())
    return a.size() < b.size() ? -1 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].pack != b[i].pack)
      return std::less<>()(a[i].pack, b[i].pack) ? -1 : 1;
    if (a[i].literalOne != b[i].literalOne)
      return a[i].literalOne < b[i].literalOne ? -1 : 1;
    if (a[i].dim != b[i].dim)
      return a[i].dim < b[i].dim ? -1 : 1;
  }
  return 0;
}

template <class T> static int order(const T &a, const T &b) { return a < b ? -1 : b < a ? 1 : 0; }

static int compare(const DimBindings &a, const DimBindings &b) {
  if (int o = order(a.dims, b.dims))
    return o;
  if (a.packs.size() != b.packs.size())
    return a.packs.size() < b.packs.size() ? -1 : 1;
  for (auto i = a.packs.begin(), j = b.packs.begin(); i != a.packs.end(); ++i, ++j) {
    if (int o = order(i->first, j->first))
      return o;
    if (int o = compare(i->second, j->second))
      return o;
  }
  return 0;
}

static int compare(const Type &a, const Type &b) {
  if (int o = order(a.kind, b.kind))
    return o;
  if (int o = order(a.dtype, b.dtype))
    return o;
  if (int o = order(a.ownPacks, b.ownPacks))
    return o;
  if (int o = order(a.ownDims, b.ownDims))
    return o;
  if (int o = order(a.dtypeParam, b.dtypeParam))
    return o;
  if (int o = order(a.elems, b.elems))
    return o;
  if (int o = compare(a.shape, b.shape))
    return o;
  if (int o = order(a.result, b.result))
    return o;
  if (int o = order(a.byRef, b.byRef))
    return o;
  if (int o = order(a.count, b.count))
    return o;
  if (int o = order(a.decl, b.decl))
    return o;
  if (int o = order(a.enumDecl, b.enumDecl))
    return o;
  if (int o = order(a.oneFn, b.oneFn))
    return o;
  if (int o = order(a.closure, b.closure))
    return o;
  if (int o = order(a.param, b.param))
    return o;
  if (int o = order(a.leafScalar, b.leafScalar))
    return o;
  if (int o = order(a.typeArgs, b.typeArgs))
    return o;
  return compare(a.binds, b.binds);
}

bool TypeContext::Less::operator()(const std::unique_ptr<Type> &a,
                                   const std::unique_ptr<Type> &b) const {
  return compare(*a, *b) < 0;
}

const Type *TypeContext::intern(Type type) {
  return types_.insert(std::make_unique<Type>(std::move(type))).first->get();
}

static Type ofKind(Type::Kind kind, TypeContext::List elems = {}) {
  Type type;
  type.kind = kind;
  type.elems = std::move(elems);
  return type;
}

TypeContext::TypeContext() {
  error = intern(ofKind(Type::Kind::Error));
  unit = intern(ofKind(Type::Kind::Unit));
  never = intern(ofKind(Type::Kind::Never));
  integer = intern(ofKind(Type::Kind::Int));
  str = intern(ofKind(Type::Kind::Str));
  range = intern(ofKind(Type::Kind::Range));
  rng = intern(ofKind(Type::Kind::Rng));
  boolean = scalar(DType::Bool);
}

const Type *TypeContext::tensor(DType dtype, Shape shape) {
  Type type = ofKind(Type::Kind::Tensor);
  type.dtype = dtype;
  type.shape = std::move(shape);
  return intern(std::move(type));
}
const Type *TypeContext::tuple(List elems) {
  return elems.empty() ? unit : intern(ofKind(Type::Kind::Tuple, std::move(elems)));
}
const Type *TypeContext::list(const Type *elem) { return intern(ofKind(Type::Kind::List, {elem})); }
const Type *TypeContext::map(const Type *key, const Type *value) {
  return intern(ofKind(Type::Kind::Map, {key, value}));
}
const Type *TypeContext::array(const Type *elem, Dim count) {
  Type type = ofKind(Type::Kind::Array, {elem});
  type.count = std::move(count);
  return intern(std::move(type));
}
const Type *TypeContext::optional(const Type *elem) {
  return elem->is(Type::Kind::Optional) ? elem : intern(ofKind(Type::Kind::Optional, {elem}));
}
const Type *TypeContext::function(List params, std::vector<bool> byRef, const Type *result) {
  Type type = ofKind(Type::Kind::Fn, std::move(params));
  type.byRef = std::move(byRef);
  type.byRef.resize(type.elems.size());
  type.result = result;
  return intern(std::move(type));
}
const Type *TypeContext::oneFn(FnDecl *fn) {
  Type type = ofKind(Type::Kind::OneFn);
  type.oneFn = fn;
  return intern(std::move(type));
}
const Type *TypeContext::oneFn(UntypedClosure *closure) {
  Type type = ofKind(Type::Kind::OneFn);
  type.closure = closure;
  return intern(std::move(type));
}
const Type *TypeContext::dataset(List elems) {
  return intern(ofKind(Type::Kind::Dataset, std::move(elems)));
}
const Type *TypeContext::batches(List elems) {
  return intern(ofKind(Type::Kind::Batches, std::move(elems)));
}

// The gradient of a tensor is a tensor, of a model a tree, of any other tuple a tuple, in which a
// function has an empty place.
const Type *TypeContext::tree(const Type *of, bool leafScalar) {
  if (!leafScalar && (of->is(Type::Kind::Tensor) || of->is(Type::Kind::Error)))
    return of;
  if (!leafScalar && of->isFunction())
    return unit;
  if (!leafScalar && of->is(Type::Kind::Tuple) && !of->isModel()) {
    List elems;
    for (const Type *elem : of->elems)
      elems.push_back(tree(elem));
    return tuple(std::move(elems));
  }
  Type type = ofKind(Type::Kind::Tree, {of});
  type.leafScalar = leafScalar;
  return intern(std::move(type));
}

const Type *TypeContext::param(const TypeParam *param) {
  Type type = ofKind(Type::Kind::Param);
  type.param = param;
  return intern(std::move(type));
}

} // namespace nnc::sema
