// The result types of primitives that take an axis: reductions, running sums, orders.
#include "compiler/frontend/sema/Checker.h"
#include <algorithm>

namespace nnc::sema {

int64_t Checker::axisIndex(const Shape &shape, int64_t axis) const {
  return axis < 0 ? axis + int64_t(shape.size()) : axis;
}

// An axis as it is kept in a node: from the front, or from the back where a pack stands before it.
static int64_t normalAxis(const Shape &shape, size_t index) {
  for (size_t i = 0; i < index; ++i)
    if (shape[i].pack)
      return int64_t(index) - int64_t(shape.size());
  return int64_t(index);
}

bool Checker::axesOf(const ast::Expr *expr, const Type *tensor, std::vector<int64_t> &axes,
                     Loc loc) {
  const Shape &shape = tensor->shape;
  Loc place = expr->loc.file == loc.file ? expr->loc : loc; // not in a default of the library
  if (auto *tuple = expr->as<ast::TupleExpr>()) {
    for (const ast::Expr *element : tuple->elements)
      if (!axesOf(element, tensor, axes, loc))
        return false;
    return true;
  }
  auto add = [&](int64_t index, bool fromBack) {
    size_t packs = 0;
    for (const ShapeElem &elem : shape)
      packs += elem.pack != nullptr;
    int64_t at = fromBack ? index + int64_t(shape.size()) : index;
    bool inside = at >= 0 && at < int64_t(shape.size());
    for (size_t i = 0; inside && packs && i < shape.size(); ++i)
      if (shape[i].pack && (fromBack ? int64_t(i) >= at : int64_t(i) <= at))
        inside = false;
    if (!inside) {
      report(DiagKind::BadAxis, place, tensor->str() + " has no axis " + std::to_string(index));
      return false;
    }
    int64_t axis = normalAxis(shape, size_t(at));
    if (std::find(axes.begin(), axes.end(), axis) != axes.end()) {
      report(DiagKind::BadAxis, expr->loc, "this axis is named twice");
      return false;
    }
    axes.push_back(axis);
    return true;
  };
  if (auto *number = expr->as<ast::IntExpr>())
    return add(int64_t(number->value), false);
  if (auto *unary = expr->as<ast::UnaryExpr>(); unary && unary->op == ast::UnaryOp::Neg)
    if (auto *number = unary->operand->as<ast::IntExpr>())
      return add(-int64_t(number->value), true);
  auto *name = expr->as<ast::NameExpr>();
  if (!name) {
    report(DiagKind::BadAxis, expr->loc, "an axis is a dim's name, a number or a tuple of these");
    return false;
  }
  if (name->name.text == "all" && !find("all"))
    return true;
  Symbol *symbol = lookup(name->name, "dim");
  if (!symbol)
    return false;
  if (symbol->kind == Symbol::Kind::Axis) {
    for (int64_t axis : symbol->axes)
      if (!add(axis, axis < 0))
        return false;
    return true;
  }
  std::optional<Dim> dim;
  if (symbol->kind == Symbol::Kind::Dim)
    dim = symbol->dim;
  else if (symbol->kind == Symbol::Kind::Var && symbol->var->type->is(Type::Kind::Int) &&
           !symbol->var->isMutable)
    dim = dimOfVar(symbol->var);
  if (!dim) {
    report(DiagKind::BadAxis, expr->loc, "`" + name->name.text + "` is not a dim");
    return false;
  }
  int at = -1, count = 0;
  for (size_t i = 0; i < shape.size(); ++i)
    if (!shape[i].pack && facts_.equal(shape[i].dim, *dim)) {
      at = int(i);
      ++count;
    }
  if (count != 1) {
    auto &diag =
        report(DiagKind::AmbiguousAxis, expr->loc,
               count ? "`" + name->name.text + "` names more than one axis of " + tensor->str()
                     : tensor->str() + " has no axis `" + name->name.text + "`");
    if (count)
      diag.help("use the number of the axis");
    return false;
  }
  size_t packs = 0;
  for (int i = 0; i < at; ++i)
    packs += shape[i].pack != nullptr;
  return packs ? add(at - int64_t(shape.size()), true) : add(at, false);
}

// `keep: true` must be known when compiling: it decides the shape.
std::optional<bool> Checker::constantBool(Expr *value, const char *name) {
  if (!value)
    return false;
  if (value->kind == ExprKind::Bool)
    return as<BoolLit>(*value).value;
  report(DiagKind::BadArg, value->loc,
         std::string("`") + name + "` is `true` or `false`: it decides the shape of the result");
  return std::nullopt;
}

std::optional<Shape> Checker::reducedShape(const Shape &shape, const std::vector<int64_t> &axes,
                                           bool keep) {
  Shape out;
  ShapeElem one;
  one.dim = Dim(1);
  one.literalOne = true;
  for (size_t i = 0; i < shape.size(); ++i) {
    bool reduced = axes.empty();
    for (int64_t axis : axes)
      reduced |= axisIndex(shape, axis) == int64_t(i);
    if (!reduced)
      out.push_back(shape[i]);
    else if (keep && !shape[i].pack)
      out.push_back(one);
  }
  return out;
}

// Parameters of the declared reductions: x, axis, keep.
Prim *Checker::reduction(CallState &call, const std::string &name) {
  Expr *x = call.args[0].value;
  auto keep = constantBool(call.args.size() > 2 ? call.args[2].value : nullptr, "keep");
  if (!keep)
    return nullptr;
  if (x->type->dtype == DType::Bool) {
    report(DiagKind::DTypeMismatch, x->loc,
           "`" + call.shown + "` takes numbers, not " + x->type->str())
        .help("convert it: `f32(..)`");
    return nullptr;
  }
  auto shape = reducedShape(x->type->shape, call.axes[1], *keep);
  Prim *node = prim(call.loc, name, types_.tensor(x->type->dtype, *shape), {x});
  node->ints.push_back(*keep);
  node->ints.insert(node->ints.end(), call.axes[1].begin(), call.axes[1].end());
  return node;
}

Expr *Checker::ruleReduce(CallState &call, const Type *) {
  Prim *node = reduction(call, call.fn->prim);
  return node ? static_cast<Expr *>(node) : errorExpr(call.loc);
}

Expr *Checker::ruleMean(CallState &call, const Type *) {
  Prim *sum = reduction(call, "nn.sum");
  if (!sum)
    return errorExpr(call.loc);
  if (!sum->type->isFloat()) {
    report(DiagKind::DTypeMismatch, call.loc,
           "`" + call.shown + "` takes floats, not " + call.args[0].value->type->str())
        .help("convert it: `f32(..)`");
    return errorExpr(call.loc);
  }
  const Shape &shape = call.args[0].value->type->shape;
  Dim count(1);
  for (size_t i = 0; i < shape.size(); ++i) {
    bool reduced = call.axes[1].empty();
    for (int64_t axis : call.axes[1])
      reduced |= axisIndex(shape, axis) == int64_t(i);
    if (!reduced)
      continue;
    DimAtom atom;
    atom.kind = DimAtom::Kind::Prod;
    atom.pack = shape[i].pack;
    count = count * (shape[i].pack ? Dim(atom) : shape[i].dim);
  }
  auto *size = make<DimValue>(call.loc, types_.integer);
  size->dim = count;
  auto *node = make<Binary>(call.loc, sum->type);
  node->op = BinaryOp::Div;
  node->lhs = sum;
  node->rhs = convert(size, types_.scalar(sum->type->dtype));
  return node;
}

Expr *Checker::ruleArgReduce(CallState &call, const Type *) {
  Expr *x = call.args[0].value;
  if (call.axes[1].size() != 1) {
    report(DiagKind::BadAxis, call.loc, "`" + call.shown + "` takes one axis");
    return errorExpr(call.loc);
  }
  Prim *node =
      prim(call.loc, call.fn->prim,
           types_.tensor(DType::I32, *reducedShape(x->type->shape, call.axes[1], false)), {x});
  node->ints = call.axes[1];
  return node;
}

Expr *Checker::ruleScan(CallState &call, const Type *) { return ruleAxisOnly(call, nullptr); }

Expr *Checker::ruleAxisOnly(CallState &call, const Type *) {
  Expr *x = call.args[0].value;
  if (call.axes[1].size() != 1) {
    report(DiagKind::BadAxis, call.loc,
           module_->isLibrary ? "only one axis can be named here"
                              : "`" + call.shown + "` takes one axis");
    return errorExpr(call.loc);
  }
  Prim *node = prim(call.loc, call.fn->prim, x->type, {x});
  node->ints = call.axes[1];
  return node;
}

// The axis of x becomes the last one, or the last one of another tensor takes its place.
Expr *Checker::ruleMoveAxis(CallState &call, const Type *) {
  Expr *node = ruleAxisOnly(call, nullptr);
  if (node->type->is(Type::Kind::Error))
    return node;
  Expr *moved = call.args.size() > 2 ? call.args[2].value : call.args[0].value;
  Shape shape = moved->type->shape;
  int64_t axis = call.axes[1][0];
  auto at = shape.begin() + (axis < 0 ? axis + int64_t(shape.size()) : axis);
  if (at + 1 == shape.end())
    return moved;
  if (call.args.size() > 2)
    std::rotate(at, shape.end() - 1, shape.end());
  else
    std::rotate(at, at + 1, shape.end());
  static_cast<Prim *>(node)->args = {{moved, false}};
  node->type = types_.tensor(moved->type->dtype, shape);
  return node;
}

// No more elements can be taken than the axis has, which the signature cannot say.
Expr *Checker::ruleTopK(CallState &call, const Type *) {
  const Shape &shape = call.args[0].value->type->shape;
  if (call.axes[3].empty())
    fillDefault(call, 3, nullptr);
  if (call.failed || call.axes[3].size() != 1) {
    if (!call.failed)
      report(DiagKind::BadAxis, call.loc, "`" + call.shown + "` takes one axis");
    return errorExpr(call.loc);
  }
  const ParamSig &k = call.fn->params[1], &axis = call.fn->params[3];
  DimFact fact{Dim(k.dim), shape[size_t(axisIndex(shape, call.axes[3][0]))].dim, BinaryOp::Le,
               "k <= " + shape[size_t(axisIndex(shape, call.axes[3][0]))].dim.str(), k.loc};
  checkCallFacts({fact}, call.subst.dims, call.loc, call.shown);
  std::vector<ArgIn> args;
  for (size_t i = 0; i < 3; ++i)
    args.push_back(typedArg(call.args[i].value, call.sources[i]));
  ArgIn &along = args.emplace_back();
  along.source = call.sources[3] ? call.sources[3] : axis.defaultValue;
  along.loc = call.loc;
  Symbol &symbol = call.fn->module->scope->names["along"];
  return callFn(symbol.fn, nullptr, nullptr, nullptr, std::move(args), call.loc,
                {call.shown, call.nameLoc}, nullptr);
}

} // namespace nnc::sema
