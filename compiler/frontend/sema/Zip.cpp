// `zip(a, b)`: a loop over a counter that reads an element of each.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

// A value that is computed once, before the loop.
Expr *Checker::namedBefore(Expr *value, const char *name, Block &out) {
  Var *var = nameIn(out, name, value);
  var->isTopLevel = !scope_->parent && frame_ && !frame_->fn;
  if (value->type->is(Type::Kind::Int))
    if (auto dim = dimOf(value))
      knownDims_[var] = *dim;
  return varRef(value->loc, var);
}

// How many elements a sequence that `zip` goes through has; null where it does not go through it.
Expr *Checker::lengthOf(Expr *sequence, Loc loc) {
  const Type *type = sequence->type;
  auto dim = type->is(Type::Kind::Tensor)  ? std::optional<Dim>(type->shape[0].dim)
             : type->is(Type::Kind::Array) ? std::optional<Dim>(type->count)
             : type->is(Type::Kind::Range) ? rangeCount(sequence)
                                           : std::nullopt;
  if (dim) {
    auto *value = make<DimValue>(loc, types_.integer);
    value->dim = *dim;
    return value;
  }
  return type->is(Type::Kind::List) || type->is(Type::Kind::Range)
             ? prim(loc, "len", types_.integer, {sequence})
             : nullptr;
}

// The element of a sequence at `counter`.
Expr *Checker::zippedElement(Expr *sequence, Var *counter, const Type *type) {
  Loc loc = sequence->loc;
  if (sequence->type->is(Type::Kind::Range)) {
    auto *sum = make<Binary>(loc, types_.integer);
    sum->op = BinaryOp::Add;
    sum->lhs = field(loc, sequence, 0, types_.integer);
    sum->rhs = varRef(loc, counter);
    return sum;
  }
  auto *element = make<Index>(loc, type);
  element->base = sequence;
  element->items.emplace_back();
  element->items[0].at = varRef(loc, counter);
  return element;
}

const ast::CallExpr *Checker::zipOf(const ast::Expr *sequence) {
  auto *call = sequence->as<ast::CallExpr>();
  auto *name = call ? call->callee->as<ast::NameExpr>() : nullptr;
  return name && name->name.text == "zip" && !find("zip") ? call : nullptr;
}

// What `zip` goes through, named in `out`, with the checks that the lengths are the same. `wanted`:
// the list of tuples that is asked for, if one is.
std::optional<Checker::Zipped> Checker::zipped(const std::vector<ArgIn> &args, const Type *wanted,
                                               Loc loc, Block &out) {
  Zipped made;
  made.counter = newVar({"i", loc}, types_.integer, false);
  std::vector<Expr *> lengths;
  TypeContext::List elems;
  auto *tuple = make<TupleExpr>(loc, types_.error);
  bool failed = false;
  wanted = wanted && wanted->is(Type::Kind::List) ? wanted->elems[0] : nullptr;
  for (const ArgIn &arg : args) {
    if (arg.name || arg.byRef) {
      report(DiagKind::UnknownArg, arg.loc, "`zip` takes sequences to read");
      return std::nullopt;
    }
    size_t i = size_t(&arg - args.data());
    const Type *of = wanted && wanted->is(Type::Kind::Tuple) && i < wanted->elems.size()
                         ? types_.list(wanted->elems[i])
                         : nullptr;
    Expr *value = arg.typed ? arg.typed : check(arg.source, of);
    const Type *elem = elementOf(value, arg.loc, false);
    Expr *length = elem->is(Type::Kind::Error) ? nullptr : lengthOf(value, arg.loc);
    if (!length) {
      failed = true;
      if (!elem->is(Type::Kind::Error))
        report(DiagKind::NotIterable, arg.loc,
               "`zip` goes through tensors, lists, arrays and ranges, not " + value->type->str());
      continue;
    }
    Expr *sequence = namedBefore(value, "zipped", out);
    if (length->kind == ExprKind::Prim)
      length = lengthOf(sequence, arg.loc);
    lengths.push_back(namedBefore(length, "length", out));
    elems.push_back(elem);
    tuple->elems.push_back(zippedElement(sequence, made.counter, elem));
    if (lengths.size() == 1)
      continue;
    auto a = dimOf(lengths[0]), b = dimOf(lengths.back());
    if (!a || !b || *a == *b)
      continue;
    if ((*a - *b).constant()) {
      report(DiagKind::ShapeMismatch, arg.loc,
             "`zip` takes equally many elements of each: these are " + b->str() +
                 ", and the first are " + a->str());
      failed = true;
    }
    auto *check = makeStmt<AssumeStmt>(arg.loc);
    check->fact = {*a, *b, BinaryOp::Eq,
                   text(lengths[0]->loc) + ".len == " + text(arg.loc) + ".len", arg.loc};
    out.stmts.push_back(check);
  }
  if (args.size() < 2) {
    report(DiagKind::ArgCount, loc,
           "`zip` takes two or more sequences to read: `for (x, y) in zip(a, b) { .. }`");
    return std::nullopt;
  }
  if (failed)
    return std::nullopt;
  tuple->type = types_.tuple(elems);
  made.elements = tuple;
  made.length = lengths[0];
  return made;
}

// `for counter in 0..length { .. }`, still without a body.
ForStmt *Checker::zipLoop(const Zipped &zipped, Loc loc) {
  auto *node = makeStmt<ForStmt>(loc);
  node->pattern = makePattern(Pattern::Kind::Bind, loc, types_.integer);
  node->pattern->var = zipped.counter;
  auto *range = make<Binary>(loc, types_.range);
  range->op = BinaryOp::Range;
  range->lhs = intLit(loc, 0);
  range->rhs = zipped.length;
  node->iterable = range;
  return node;
}

void Checker::checkZip(const ast::ForStmt *stmt, const ast::CallExpr *zip, Block &out) {
  auto made = zipped(argsOf(zip), nullptr, zip->loc, out);
  auto *name = stmt->pattern->as<ast::NamePattern>();
  if (made && name && name->byRef) {
    report(DiagKind::NotUpdatable, name->loc, "what `zip` goes through is only read")
        .help("leave out the `&`");
    made = std::nullopt;
  }
  Block *body = nullptr;
  const Var *resizes = repeated(true, [&] {
    Saved saved(*this);
    openScope();
    auto *let = makeStmt<LetStmt>(stmt->loc);
    let->value = made ? made->elements : errorExpr(zip->loc);
    let->pattern = bindPattern(stmt->pattern, let->value->type, false, false);
    ++frame_->loops;
    body = checkBlock(stmt->body, nullptr, false);
    --frame_->loops;
    body->stmts.insert(body->stmts.begin(), let);
  });
  if (!made)
    return;
  auto *node = zipLoop(*made, stmt->loc);
  node->body = body;
  node->resizes = resizes;
  out.stmts.push_back(node);
}

// Outside of the head of a loop: a list of the tuples.
Expr *Checker::zipValue(const std::vector<ArgIn> &args, Loc loc, const Type *expected) {
  Saved saved(*this);
  openScope();
  auto *block = make<Block>(loc, types_.error);
  auto made = zipped(args, expected, loc, *block);
  if (!made)
    return errorExpr(loc);
  block->type = types_.list(made->elements->type);
  Var *list = newVar({"list", loc}, block->type, true);
  block->stmts.push_back(letOf(list, make<ListLit>(loc, block->type)));
  auto *push = makeStmt<ExprStmt>(loc);
  auto *call = prim(loc, "list.push", types_.unit, {varRef(loc, list), made->elements});
  call->args[0].byRef = true;
  push->value = call;
  auto *loop = zipLoop(*made, loc);
  loop->body = make<Block>(loc, types_.unit);
  loop->body->stmts.push_back(push);
  block->stmts.push_back(loop);
  block->result = varRef(loc, list);
  return block;
}

} // namespace nnc::sema
