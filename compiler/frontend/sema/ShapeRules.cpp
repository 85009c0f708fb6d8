// The result types of primitives that give a tensor another shape.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

static Dim numberOf(const Shape &shape) {
  Dim product(1);
  for (const ShapeElem &elem : shape) {
    DimAtom atom;
    atom.kind = DimAtom::Kind::Prod;
    atom.pack = elem.pack;
    product = product * (elem.pack ? Dim(atom) : elem.dim);
  }
  return product;
}

Expr *Checker::reshapeTo(Expr *x, Shape shape, Loc loc, const std::string &shown) {
  Dim have = numberOf(x->type->shape);
  for (ShapeElem &elem : shape)
    if (elem.dim == Dim(-1)) {
      Shape rest;
      for (ShapeElem &other : shape)
        if (&other != &elem)
          rest.push_back(other);
      auto left = Dim::divideExactly(have, numberOf(rest));
      if (!left) {
        report(DiagKind::ReshapeMismatch, loc,
               "`" + shown + "` cannot find the size written as -1: " + have.str() +
                   " elements are not a multiple of " + numberOf(rest).str());
        return errorExpr(loc);
      }
      elem.dim = *left;
    }
  Dim want = numberOf(shape);
  std::vector<DimFact> leftOver;
  if (!dimsEqual(have, want, &leftOver)) {
    report(DiagKind::ReshapeMismatch, loc,
           "`" + shown + "` keeps the number of elements: " + x->type->str() + " has " +
               have.str() + ", and [" + str(shape) + "] has " + want.str());
    return errorExpr(loc);
  }
  for (DimFact &fact : leftOver) {
    fact.loc = loc;
    noteRuntimeFact(fact);
  }
  return prim(loc, "nn.reshape", types_.tensor(x->type->dtype, shape), {x});
}

Expr *Checker::ruleReshape(CallState &call, const Type *result) {
  return reshapeTo(call.args[0].value, result->shape, call.loc, call.shown);
}

Expr *Checker::ruleExpand(CallState &call, const Type *result) {
  Expr *x = call.args[0].value;
  std::string why;
  auto shape = broadcast(result->shape, x->type->shape, why);
  if (!shape || *shape != result->shape) {
    report(DiagKind::BroadcastMismatch, call.loc,
           "cannot expand " + x->type->str() + " to [" + str(result->shape) + "]" +
               (why.empty() ? "" : ": " + why));
    return errorExpr(call.loc);
  }
  return prim(call.loc, "nn.broadcast", result, {x});
}

// Parameters: x, n: dim, axis.
Expr *Checker::ruleSplit(CallState &call, const Type *) {
  Expr *x = call.args[0].value;
  auto count = dimOf(call.args[1].value);
  auto number = count ? count->constant() : std::nullopt;
  if (!number || *number < 1 || *number > 64 || call.axes[2].size() != 1) {
    report(DiagKind::BadArg, call.loc,
           "`split` takes the number of parts, a constant, and one axis");
    return errorExpr(call.loc);
  }
  Shape part = x->type->shape;
  ShapeElem &elem = part[size_t(axisIndex(part, call.axes[2][0]))];
  Dim size = Dim::floorDiv(elem.dim, *count);
  std::vector<DimFact> leftOver;
  if (!dimsEqual(size * *count, elem.dim, &leftOver)) {
    report(DiagKind::SplitMismatch, call.loc,
           "`split` makes equal parts, and an axis of " + elem.dim.str() +
               " does not divide into " + count->str());
    return errorExpr(call.loc);
  }
  for (DimFact &fact : leftOver) {
    fact.loc = call.loc;
    noteRuntimeFact(fact);
  }
  elem.dim = size;
  const Type *type = types_.tensor(x->type->dtype, part);
  Prim *node =
      prim(call.loc, "split", types_.tuple(std::vector<const Type *>(size_t(*number), type)), {x});
  node->ints = {*number, call.axes[2][0]};
  return node;
}

Expr *Checker::ruleTakeAlong(CallState &call, const Type *result) {
  Expr *node = ruleSignature(call, result);
  static_cast<Prim *>(node)->ints = {-1};
  return node;
}

} // namespace nnc::sema
