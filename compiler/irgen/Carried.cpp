// What a loop or branch carries: which variables change inside, and their values as lists of SSA values.
#include "compiler/frontend/sema/Walk.h"
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

static const sema::Var *rootOf(const sema::Expr &place) {
  switch (place.kind) {
  case sema::ExprKind::VarRef: return sema::as<sema::VarRef>(place).var;
  case sema::ExprKind::Field: return rootOf(*sema::as<sema::Field>(place).base);
  case sema::ExprKind::Index: return rootOf(*sema::as<sema::Index>(place).base);
  case sema::ExprKind::Convert: return rootOf(*sema::as<sema::Convert>(place).value);
  case sema::ExprKind::Prim: {
    auto &prim = sema::as<sema::Prim>(place);
    return prim.args.empty() ? nullptr : rootOf(*prim.args[0].value);
  }
  default: return nullptr;
  }
}

namespace {
/// Collects the variables that a piece of the typed tree assigns.
struct AssignedVars {
  Generator &generator;
  std::vector<const sema::Var *> &out;

  void add(const sema::Expr &place) {
    if (place.kind == sema::ExprKind::Tuple) {
      for (const sema::Expr *part : sema::as<sema::TupleExpr>(place).elems)
        add(*part);
      return;
    }
    if (const sema::Var *var = rootOf(place); var && !llvm::is_contained(out, var))
      out.push_back(var);
  }
  void addArgs(const std::vector<sema::Arg> &args) {
    for (const sema::Arg &arg : args)
      if (arg.byRef)
        add(*arg.value);
  }
  void visit(const sema::Expr &expr) {
    switch (expr.kind) {
    case sema::ExprKind::Call: addArgs(sema::as<sema::Call>(expr).args); break;
    case sema::ExprKind::CallValue: addArgs(sema::as<sema::CallValue>(expr).args); break;
    case sema::ExprKind::Prim: addArgs(sema::as<sema::Prim>(expr).args); break;
    case sema::ExprKind::Construct:
      if (sema::as<sema::Construct>(expr).rng)
        add(*sema::as<sema::Construct>(expr).rng);
      break;
    case sema::ExprKind::Grad:
      if (sema::as<sema::Grad>(expr).byRef)
        add(*sema::as<sema::Grad>(expr).place);
      break;
    case sema::ExprKind::Train: add(*sema::as<sema::Train>(expr).rng); break;
    default: break;
    }
    descend(expr);
  }
  void visit(const sema::Stmt &stmt) {
    if (stmt.kind == sema::StmtKind::Assign)
      add(*sema::as<sema::AssignStmt>(stmt).place);
    if (stmt.kind == sema::StmtKind::For && sema::as<sema::ForStmt>(stmt).byRef)
      add(*sema::as<sema::ForStmt>(stmt).iterable);
    sema::forEachChild(stmt, [&](const sema::Expr &e) { visit(e); }, [&](const sema::Stmt &s) { visit(s); });
  }
  void descend(const sema::Expr &expr) {
    sema::forEachChild(expr, [&](const sema::Expr &e) { visit(e); }, [&](const sema::Stmt &s) { visit(s); });
  }
};
} // namespace

/// The storage of a variable that is visible here; null if it is born inside the piece in question.
Val *Generator::find(const sema::Var *var) {
  for (Frame *f = frame.get(); f; f = f->parent.get())
    if (auto it = f->vars.find(var); it != f->vars.end())
      return &it->second;
  auto it = globals.find(var);
  return it == globals.end() ? nullptr : &it->second;
}

/// The variables defined outside that `exprs` may change, the hidden stream of a train block included.
std::vector<Slot> Generator::assignedIn(std::initializer_list<const sema::Expr *> exprs) {
  std::vector<const sema::Var *> vars;
  AssignedVars walk{*this, vars};
  for (const sema::Expr *expr : exprs)
    if (expr)
      walk.visit(*expr);
  if (training)
    vars.push_back(&trainingRng);
  std::vector<Slot> slots;
  for (const sema::Var *var : vars)
    if (Val *value = find(var))
      slots.push_back({var, value});
  return slots;
}

/// The form of a value in which it can be a loop-carried value: constants become SSA values, models flat.
Val Generator::carriedForm(const Val &value, const sema::Type *type, const DimScope &scope) {
  Val out = value;
  switch (value.kind) {
  case Val::Kind::Int:
    out.size = Size(materialize(value.size));
    break;
  case Val::Kind::Text:
    out = Val::handle(toHandle(value, {}));
    break;
  case Val::Kind::Model:
  case Val::Kind::Array:
    if (type)
      out = flattened(value, *type, scope);
    break;
  case Val::Kind::Aggregate: {
    bool isStruct = type && type->is(sema::Type::Kind::Struct);
    DimScope inner = isStruct ? scopeOf(type->binds, scope) : DimScope();
    for (size_t i = 0; i < out.parts.size(); ++i) {
      const sema::Type *partType = nullptr;
      if (isStruct)
        partType = type->structInfo->fields[i].type;
      else if (type && type->is(sema::Type::Kind::Tuple))
        partType = type->elems[i];
      out.parts[i] = carriedForm(out.parts[i], partType, isStruct ? inner : scope);
    }
    break;
  }
  default:
    break;
  }
  return out;
}

/// The SSA values in a value of carried form, in a fixed order.
void Generator::collect(const Val &value, std::vector<Value> &out) {
  switch (value.kind) {
  case Val::Kind::Int: out.push_back(value.size.value); break;
  case Val::Kind::Bool:
  case Val::Kind::Tensor:
  case Val::Kind::Handle:
  case Val::Kind::Tree: out.push_back(value.v); break;
  case Val::Kind::Model:
  case Val::Kind::Array:
    if (value.v)
      out.push_back(value.v);
    if (value.state)
      out.push_back(value.state);
    break;
  case Val::Kind::Maybe:
    out.push_back(value.v);
    [[fallthrough]];
  case Val::Kind::Aggregate:
    for (const Val &part : value.parts)
      collect(part, out);
    break;
  default: break;
  }
}

/// The value like `like` made of other SSA values; the inverse of collect.
Val Generator::rebuild(const Val &like, llvm::ArrayRef<Value> &values) {
  auto next = [&](Value old) {
    Value v = values.front();
    values = values.drop_front();
    if (old && isa<RankedTensorType>(v.getType()))
      if (auto known = sizes.find(old); known != sizes.end())
        noteSizes(v, std::vector<Size>(known->second));
    return v;
  };
  Val out = like;
  switch (like.kind) {
  case Val::Kind::Int: out.size = Size(next({})); break;
  case Val::Kind::Bool:
  case Val::Kind::Tensor:
  case Val::Kind::Handle:
  case Val::Kind::Tree: out.v = next(like.v); break;
  case Val::Kind::Model:
  case Val::Kind::Array:
    if (like.v)
      out.v = next(like.v);
    if (like.state)
      out.state = next(like.state);
    break;
  case Val::Kind::Maybe:
    out.v = next({});
    [[fallthrough]];
  case Val::Kind::Aggregate:
    for (Val &part : out.parts)
      part = rebuild(part, values);
    break;
  default: break;
  }
  return out;
}

/// The slots' values in carried form (stored back) as one list.
std::vector<Value> Generator::slotValues(std::vector<Slot> &slots) {
  std::vector<Value> out;
  for (Slot &slot : slots) {
    *slot.value = carriedForm(*slot.value, slot.var->type, frame->scope);
    collect(*slot.value, out);
  }
  return out;
}

void Generator::setSlots(std::vector<Slot> &slots, llvm::ArrayRef<Value> values) {
  for (Slot &slot : slots)
    *slot.value = rebuild(*slot.value, values);
}

/// `values` with the types of `types`: a size known here may be unknown there.
std::vector<Value> Generator::conformTo(llvm::ArrayRef<Value> values, TypeRange types) {
  std::vector<Value> out;
  for (auto [value, type] : llvm::zip(values, types)) {
    if (value.getType() == type) {
      out.push_back(value);
      continue;
    }
    std::vector<Size> shape = shapeOf(value);
    auto wanted = mlir::cast<RankedTensorType>(type);
    for (size_t i = 0; i < shape.size(); ++i)
      shape[i] = wanted.isDynamicDim(i) ? Size(materialize(shape[i])) : Size(wanted.getDimSize(i));
    out.push_back(tensorOp("nn.reshape", value, wanted.getElementType(), shape, {}, true));
  }
  return out;
}

} // namespace nnc::irgen
