// Matching the types of parameters with those of arguments: what generics stand for in a call.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

const Type *Checker::substType(const Type *type, const Subst &subst) {
  if (!type || (subst.types.empty() && subst.dims.dims.empty() && subst.dims.packs.empty()))
    return type;
  switch (type->kind) {
  case Type::Kind::Param: {
    auto found = subst.types.find(type->param);
    return found == subst.types.end() ? type : found->second;
  }
  case Type::Kind::Tensor: {
    if (type->shape.empty() && !type->dtypeParam)
      return type;
    Type copy = *type;
    copy.shape = substitute(type->shape, subst.dims);
    auto found = subst.types.find(type->dtypeParam);
    if (found != subst.types.end()) {
      copy.dtype = found->second->dtype;
      copy.dtypeParam = found->second->dtypeParam;
    }
    return types_.intern(std::move(copy));
  }
  case Type::Kind::Tree: {
    const Type *of = substType(type->elems[0], subst);
    return type->leafScalar ? types_.tree(of, true) : types_.tree(of);
  }
  case Type::Kind::Struct: {
    std::vector<const Type *> typeArgs;
    for (const Type *arg : type->typeArgs)
      typeArgs.push_back(substType(arg, subst));
    DimBindings binds;
    for (auto &[var, dim] : type->binds.dims)
      binds.dims[var] = substitute(dim, subst.dims);
    return structType(const_cast<StructDecl &>(*type->decl), std::move(typeArgs), std::move(binds),
                      {});
  }
  default:
    break;
  }
  if (type->elems.empty() && !type->result)
    return type;
  Type copy = *type;
  for (const Type *&elem : copy.elems)
    elem = substType(elem, subst);
  copy.result = substType(type->result, subst);
  copy.count = substitute(type->count, subst.dims);
  // Dataset[T] where T is a tuple: its members are the members of a sample.
  bool data = type->is(Type::Kind::Dataset) || type->is(Type::Kind::Batches);
  if (data && copy.elems.size() == 1 && copy.elems[0]->is(Type::Kind::Tuple))
    copy.elems = TypeContext::List(copy.elems[0]->elems);
  return types_.intern(std::move(copy));
}

void Checker::freeDims(const Type *type, std::set<const DimVar *> &dims) {
  if (!type)
    return;
  for (const ShapeElem &elem : type->shape)
    collectVars(elem.dim, dims);
  collectVars(type->count, dims);
  for (auto &[var, dim] : type->binds.dims)
    collectVars(dim, dims);
  for (const Type *elem : type->elems)
    freeDims(elem, dims);
  for (const Type *arg : type->typeArgs)
    freeDims(arg, dims);
  freeDims(type->result, dims);
}

// The packs that a type mentions.
void Checker::freePacks(const Type *type, std::set<const PackVar *> &packs) {
  if (!type)
    return;
  for (const ShapeElem &elem : type->shape) {
    if (elem.pack)
      packs.insert(elem.pack);
    for (auto &[monomial, coefficient] : elem.dim.terms())
      for (auto &[atom, power] : monomial)
        if (atom.kind == DimAtom::Kind::Prod)
          packs.insert(atom.pack);
  }
  for (auto &[pack, shape] : type->binds.packs)
    for (const ShapeElem &elem : shape)
      if (elem.pack)
        packs.insert(elem.pack);
  for (const Type *elem : type->elems)
    freePacks(elem, packs);
  for (const Type *arg : type->typeArgs)
    freePacks(arg, packs);
  freePacks(type->result, packs);
}

// No parameter of the call that is still unknown stands in the type.
bool Checker::isClosed(const Type *type, const CallState &call) {
  if (!type)
    return false;
  if (type->is(Type::Kind::Param) && call.openTypes.count(type->param) &&
      !call.subst.types.count(type->param))
    return false;
  if (type->dtypeParam && call.openTypes.count(type->dtypeParam) &&
      !call.subst.types.count(type->dtypeParam))
    return false;
  for (const ShapeElem &elem : type->shape)
    if (elem.pack && call.openPacks.count(elem.pack) && !call.subst.dims.packs.count(elem.pack))
      return false;
  std::set<const DimVar *> dims;
  freeDims(type, dims);
  for (const DimVar *dim : dims)
    if (call.openDims.count(dim) && !call.subst.dims.dims.count(dim))
      return false;
  for (const Type *elem : type->elems)
    if (!isClosed(elem, call))
      return false;
  for (const Type *arg : type->typeArgs)
    if (!isClosed(arg, call))
      return false;
  return !type->result || isClosed(type->result, call);
}

bool Checker::dimsEqual(const Dim &a, const Dim &b, std::vector<DimFact> *leftOver) {
  if (a == b)
    return true;
  Proof proof = facts_.prove(a, BinaryOp::Eq, b);
  if (proof == Proof::Open && leftOver) {
    leftOver->push_back({a, b, BinaryOp::Eq, a.str() + " == " + b.str(), {}});
    return true;
  }
  return proof == Proof::Yes;
}

bool Checker::same(const Type *a, const Type *b) {
  if (a == b || a->is(Type::Kind::Error) || b->is(Type::Kind::Error))
    return true;
  CallState none;
  return unify(a, b, none) && none.leftOver.empty();
}

bool Checker::unifyDim(const Dim &param, const Dim &arg, CallState &call) {
  Dim wanted = substitute(param, call.subst.dims);
  const DimVar *var = wanted.asVar();
  if (var && call.openDims.count(var) && !call.subst.dims.dims.count(var)) {
    call.subst.dims.dims[var] = arg;
    return true;
  }
  std::set<const DimVar *> vars;
  collectVars(wanted, vars);
  for (const DimVar *dim : vars)
    if (call.openDims.count(dim) && !call.subst.dims.dims.count(dim)) {
      call.pending.push_back({param, arg});
      return true;
    }
  return dimsEqual(wanted, arg, &call.leftOver);
}

// The quotient a / b that a dim is, or null.
static const DimAtom *loneQuotient(const Dim &dim) {
  if (dim.terms().size() != 1 || dim.terms().begin()->second != 1)
    return nullptr;
  const Monomial &factors = dim.terms().begin()->first;
  bool alone = factors.size() == 1 && factors[0].second == 1 &&
               factors[0].first.kind == DimAtom::Kind::FloorDiv;
  return alone ? &factors[0].first : nullptr;
}

// Dims that stand in products or sums: once all others are known, c*v + k == d gives v.
bool Checker::solvePending(CallState &call) {
  for (unsigned round = 0; round < 4 && !call.pending.empty(); ++round) {
    auto pending = std::move(call.pending);
    call.pending.clear();
    for (auto &[param, arg] : pending) {
      Dim wanted = substitute(param, call.subst.dims);
      std::set<const DimVar *> vars, open;
      collectVars(wanted, vars);
      for (const DimVar *dim : vars)
        if (call.openDims.count(dim) && !call.subst.dims.dims.count(dim))
          open.insert(dim);
      if (open.empty()) {
        if (!dimsEqual(wanted, arg, &call.leftOver))
          return false;
        continue;
      }
      if (open.size() == 1) {
        const DimVar *var = *open.begin();
        // D / H where it is q: D is H*q, since functions that write so have D % H == 0.
        if (auto *quotient = loneQuotient(wanted)) {
          std::set<const DimVar *> below;
          collectVars(*quotient->rhs, below);
          if (!below.count(var)) {
            call.pending.push_back({*quotient->lhs, arg * *quotient->rhs});
            continue;
          }
        }
        DimBindings zero, one;
        zero.dims[var] = Dim(0);
        one.dims[var] = Dim(1);
        Dim constant = substitute(wanted, zero), factor = substitute(wanted, one) - constant;
        if (wanted == constant + factor * Dim(var))
          if (auto solution = Dim::divideExactly(arg - constant, factor)) {
            call.subst.dims.dims[var] = *solution;
            continue;
          }
      }
      call.pending.push_back({param, arg});
    }
  }
  return call.pending.empty();
}

bool Checker::unifyShape(const Shape &paramShape, const Shape &arg, CallState &call) {
  Shape param = substitute(paramShape, call.subst.dims);
  size_t pack = 0;
  while (pack < param.size() && !(param[pack].pack && call.openPacks.count(param[pack].pack)))
    ++pack;
  if (pack == param.size()) {
    if (param.size() != arg.size())
      return false;
    for (size_t i = 0; i < param.size(); ++i) {
      if (param[i].pack != arg[i].pack)
        return false;
      if (!param[i].pack && !unifyDim(param[i].dim, arg[i].dim, call))
        return false;
    }
    return true;
  }
  // An open pack takes what the sizes before and after it leave.
  size_t after = param.size() - pack - 1;
  if (arg.size() < pack + after)
    return false;
  for (size_t i = 0; i < pack; ++i)
    if (arg[i].pack != param[i].pack || (!arg[i].pack && !unifyDim(param[i].dim, arg[i].dim, call)))
      return false;
  for (size_t i = 0; i < after; ++i) {
    const ShapeElem &p = param[pack + 1 + i], &a = arg[arg.size() - after + i];
    if (a.pack != p.pack || (!a.pack && !unifyDim(p.dim, a.dim, call)))
      return false;
  }
  call.subst.dims.packs[param[pack].pack] = Shape(arg.begin() + pack, arg.end() - after);
  return true;
}

bool Checker::unify(const Type *param, const Type *arg, CallState &call) {
  if (param == arg && call.openDims.empty() && call.openPacks.empty() && call.openTypes.empty())
    return true;
  if (param->is(Type::Kind::Error) || arg->is(Type::Kind::Error) || arg->is(Type::Kind::Never))
    return true;
  if (param->is(Type::Kind::Param)) {
    auto found = call.subst.types.find(param->param);
    if (found != call.subst.types.end())
      return same(found->second, arg);
    if (!call.openTypes.count(param->param))
      return arg == param;
    if (param->param->kind == TypeParam::Kind::Model && !arg->isModel())
      return false;
    call.subst.types[param->param] = arg;
    return true;
  }
  // Grad[T] of an unknown T: a tensor is its own gradient type.
  if (param->is(Type::Kind::Tree) && !param->leafScalar && param->elems[0]->is(Type::Kind::Param)) {
    const Type *of = substType(param->elems[0], call.subst);
    if (!of->is(Type::Kind::Param))
      return same(types_.tree(of), arg);
    if (arg->is(Type::Kind::Tree) && arg->leafScalar)
      return false;
    return unify(param->elems[0], arg->is(Type::Kind::Tree) ? arg->elems[0] : arg, call);
  }
  if (param->kind != arg->kind)
    return false;
  switch (param->kind) {
  case Type::Kind::Tensor: {
    if (param->dtypeParam && call.openTypes.count(param->dtypeParam)) {
      auto found = call.subst.types.find(param->dtypeParam);
      if (found == call.subst.types.end())
        call.subst.types[param->dtypeParam] = types_.scalar(arg->dtype);
      else if (found->second->dtype != arg->dtype)
        return false;
    } else if (param->dtype != arg->dtype || param->dtypeParam != arg->dtypeParam) {
      return false;
    }
    return unifyShape(param->shape, arg->shape, call);
  }
  case Type::Kind::Struct:
    if (param->decl != arg->decl)
      return false;
    for (size_t i = 0; i < param->typeArgs.size(); ++i)
      if (!unify(param->typeArgs[i], arg->typeArgs[i], call))
        return false;
    for (const GenericEntry &entry : param->decl->generics) {
      if (!entry.dim)
        continue;
      auto p = param->binds.dims.find(entry.dim), a = arg->binds.dims.find(entry.dim);
      if (p != param->binds.dims.end() && a != arg->binds.dims.end() &&
          !unifyDim(p->second, a->second, call))
        return false;
    }
    return true;
  case Type::Kind::Enum:
    return param->enumDecl == arg->enumDecl;
  case Type::Kind::List: // a list of `int`s is one of numbers, which a tensor holds as i64
    if (const Type *elem = param->elems[0];
        arg->elems[0]->is(Type::Kind::Int) && elem->dtypeParam && elem->shape.empty())
      return unify(elem, types_.scalar(DType::I64), call);
    break;
  case Type::Kind::OneFn:
    return param == arg;
  case Type::Kind::Array:
    return unify(param->elems[0], arg->elems[0], call) && unifyDim(param->count, arg->count, call);
  case Type::Kind::Fn:
    if (param->elems.size() != arg->elems.size() || param->byRef != arg->byRef)
      return false;
    for (size_t i = 0; i < param->elems.size(); ++i)
      if (!unify(param->elems[i], arg->elems[i], call))
        return false;
    return unify(param->result, arg->result, call);
  case Type::Kind::Tree:
    return param->leafScalar == arg->leafScalar && unify(param->elems[0], arg->elems[0], call);
  case Type::Kind::Dataset:
  case Type::Kind::Batches:
    // Dataset[T] takes any sample: T is the tuple of its members.
    if (param->elems.size() == 1 && param->elems[0]->is(Type::Kind::Param) &&
        arg->elems.size() != 1)
      return unify(param->elems[0], types_.tuple(arg->elems), call);
    break;
  default:
    break;
  }
  if (param->elems.size() != arg->elems.size())
    return false;
  for (size_t i = 0; i < param->elems.size(); ++i)
    if (!unify(param->elems[i], arg->elems[i], call))
      return false;
  return true;
}

} // namespace nnc::sema
