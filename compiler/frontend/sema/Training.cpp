// Gradients, and the blocks `train`, `remat` and `profile`.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

static const ArgIn *closureArg(std::vector<ArgIn> &args) {
  return args.empty() || !args.back().source || !args.back().source->is<ast::ClosureExpr>()
             ? nullptr
             : &args.back();
}

// The block of `train { .. }` and the like; null where there is none.
static const ast::Block *blockArg(std::vector<ArgIn> &args) {
  const ArgIn *last = closureArg(args);
  auto *closure = last ? last->source->as<ast::ClosureExpr>() : nullptr;
  return closure && closure->params.empty() ? closure->body : nullptr;
}

// All of it has a derivative.
bool Checker::isDifferentiable(const Type *type) {
  switch (type->kind) {
  case Type::Kind::Tensor:
    return type->isFloat();
  case Type::Kind::Struct:
    return type->isModel();
  case Type::Kind::Tuple:
    if (type->isModel())
      return true;
    for (const Type *elem : type->elems)
      if (!isDifferentiable(elem))
        return false;
    return true;
  case Type::Kind::Array:
    return isDifferentiable(type->elems[0]);
  default:
    return false;
  }
}

// Some of it has: of a struct its tensors of floats and models, of a tuple all but its functions.
bool Checker::hasGradient(const Type *type) {
  auto has = [&](const Type *part) { return hasGradient(part); };
  if (type->is(Type::Kind::Struct) && !type->isModel() && type->structInfo)
    return std::any_of(type->structInfo->fields.begin(), type->structInfo->fields.end(),
                       [&](const FieldInfo &field) { return hasGradient(field.type); });
  if (type->is(Type::Kind::Tuple) && !type->isModel())
    return std::any_of(type->elems.begin(), type->elems.end(), has) &&
           std::all_of(type->elems.begin(), type->elems.end(),
                       [&](const Type *part) { return has(part) || part->isFunction(); });
  return isDifferentiable(type);
}

// The dtype of what a tree by this type holds: of a struct's first float.
const Type *Checker::leafScalar(const Type *type) {
  if (type->isFloat())
    return types_.scalar(type->dtype);
  if (type->is(Type::Kind::Struct) && !type->isModel() && type->structInfo)
    for (const FieldInfo &field : type->structInfo->fields)
      if (hasGradient(field.type))
        return leafScalar(field.type);
  if (type->is(Type::Kind::Tuple))
    for (const Type *elem : type->elems)
      if (hasGradient(elem))
        return leafScalar(elem);
  return f32();
}

// The floats of a struct lie in one buffer, so they are of one dtype and of sizes that the type
// tells.
bool Checker::canBeLeaves(const Type *type, Loc loc, const Type *scalar) {
  bool isStruct = type->is(Type::Kind::Struct) && !type->isModel() && type->structInfo;
  if (isStruct && !scalar)
    scalar = leafScalar(type);
  if (type->is(Type::Kind::Tuple)) {
    for (const Type *elem : type->elems)
      if (!canBeLeaves(elem, loc, scalar))
        return false;
    return true;
  }
  if (!isStruct)
    return true;
  for (const FieldInfo &field : type->structInfo->fields) {
    bool isOther = hasGradient(field.type) && leafScalar(field.type)->dtype != scalar->dtype;
    if (isOther || (field.type->isFloat() && !freshDims(field.type).empty())) {
      report(DiagKind::BadGrad, loc,
             "`grad` by a struct takes floats of one dtype and of known sizes, and `" + field.name +
                 "` of `" + type->structInfo->name + "` is " + field.type->str())
          .also(field.loc, "declared here")
          .help("differentiate by the other fields: `grad((s.a, s.b)) { (a, b) => .. }`");
      return false;
    }
    if (!canBeLeaves(field.type, loc, scalar))
      return false;
  }
  return true;
}

// grad(v) { v => loss } is (what the body gives, the gradient).
Expr *Checker::checkGrad(std::vector<ArgIn> args, Loc loc) {
  const ArgIn *body = closureArg(args);
  if (args.size() != 2 || !body || args[0].name) {
    report(DiagKind::ArgCount, loc,
           "`grad` takes a value and a closure: `grad(net) { m => loss(m(x), y) }`");
    return errorExpr(loc);
  }
  auto *node = make<Grad>(loc, types_.error);
  node->byRef = args[0].byRef;
  node->place = args[0].typed ? args[0].typed
                : node->byRef ? checkPlace(args[0].source, "passed with `&`")
                              : check(args[0].source);
  node->place = differentiable(node->place, f32());
  const Type *type = node->place->type;
  if (!type->is(Type::Kind::Error) && !hasGradient(type)) {
    report(DiagKind::BadGrad, args[0].loc,
           "`grad` differentiates by models, tensors of floats, and tuples and structs of these, "
           "not by " +
               type->str());
    type = types_.error;
  } else if (!canBeLeaves(type, args[0].loc)) {
    type = types_.error;
  }
  node->fn = checkClosure(body->source->as<ast::ClosureExpr>(), {type}, {node->byRef}, nullptr);
  if (node->fn->type->is(Type::Kind::Error) || type->is(Type::Kind::Error))
    return node;
  const Type *result = node->fn->type->result;
  const Type *loss = result->is(Type::Kind::Tuple) ? result->elems[0] : result;
  if (!loss->isScalar() || !loss->isFloat()) {
    Loc at = as<Block>(*node->fn->body).result ? as<Block>(*node->fn->body).result->loc : body->loc;
    auto &diag =
        report(DiagKind::BadLoss, at, "the loss is a scalar, such as f32, not " + loss->str());
    if (loss->is(Type::Kind::Tensor) && loss->isFloat())
      diag.help("take the `mean` or `sum` of it");
    return node;
  }
  node->type = types_.tuple({result, types_.tree(type)});
  return node;
}

Expr *Checker::checkTrain(std::vector<ArgIn> args, Loc loc) {
  auto *body = blockArg(args);
  auto *node = make<Train>(loc, types_.unit);
  if (!body) {
    report(DiagKind::NeedsBlock, loc, "`train` takes a block: `train(&rng) { .. }`");
    return errorExpr(loc);
  }
  args.pop_back();
  for (ArgIn &arg : args) {
    if (arg.name.text == "precision") {
      auto *name = arg.source->as<ast::NameExpr>();
      node->precision = name ? dtypeNamed(name->name.text) : std::nullopt;
      if (!node->precision || *node->precision > DType::F64)
        report(DiagKind::BadArg, arg.loc, "`precision` is `bf16`, `f16` or `f32`");
    } else if (!arg.name && arg.byRef && !node->rng) {
      node->rng = checkPlace(arg.source, "passed with `&`");
      if (!node->rng->type->is(Type::Kind::Rng) && !node->rng->type->is(Type::Kind::Error))
        report(DiagKind::BadRng, arg.loc,
               "`train` takes an Rng, and this is " + node->rng->type->str());
    } else {
      report(DiagKind::ArgCount, arg.loc, "`train` takes `&rng` and `precision: bf16`");
    }
  }
  node->body = checkBlock(body, nullptr, false);
  return node;
}

Expr *Checker::checkRemat(std::vector<ArgIn> args, Loc loc, const Type *expected) {
  auto *body = blockArg(args);
  if (args.size() != 1 || !body) {
    report(DiagKind::NeedsBlock, loc, "`remat` takes a block: `remat { .. }`");
    return errorExpr(loc);
  }
  auto *node = make<Remat>(loc, types_.error);
  const Sizes before = now_;
  node->body = checkBlock(body, expected, true);
  meet(before, {now_});
  node->type = node->body->type;
  return node;
}

Expr *Checker::checkProfile(std::vector<ArgIn> args, Loc loc) {
  auto *body = blockArg(args);
  if (args.size() != 1 || !body) {
    report(DiagKind::NeedsBlock, loc, "`profile` takes a block: `profile { .. }`");
    return errorExpr(loc);
  }
  // A branch whose condition only running tells: nothing is computed across its borders.
  auto *branch = make<If>(loc, types_.unit);
  branch->cond = prim(loc, "profile.ready", types_.boolean, {});
  const Sizes before = now_;
  Block *block = checkBlock(body, nullptr, false);
  meet(before, {now_});
  auto *begin = makeStmt<ExprStmt>(loc);
  begin->value = prim(loc, "profile.begin", types_.unit, {});
  block->stmts.insert(block->stmts.begin(), begin);
  branch->then = block;
  auto *node = make<Profile>(loc, types_.unit);
  node->body = branch;
  return node;
}

} // namespace nnc::sema
