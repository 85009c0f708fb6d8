// `for (x, y) in zip(a, b)`: a loop over a counter that reads an element of each.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

// A value that is computed once, before the loop.
Expr *Checker::namedBefore(Expr *value, const char *name, Block &out) {
  Var *var = newVar({name, value->loc}, value->type, false);
  var->isTopLevel = !scope_->parent && frame_ && !frame_->fn;
  if (value->type->is(Type::Kind::Int))
    if (auto dim = dimOf(value))
      knownDims_[var] = *dim;
  out.stmts.push_back(letOf(var, value));
  return varRef(value->loc, var);
}

// How many elements a sequence has; null where that cannot be asked.
Expr *Checker::lengthOf(Expr *sequence) {
  const Type *type = sequence->type;
  auto *dim = make<DimValue>(sequence->loc, types_.integer);
  switch (type->kind) {
  case Type::Kind::Tensor:
    dim->dim = type->shape[0].dim;
    return dim;
  case Type::Kind::Array:
    dim->dim = type->count;
    return dim;
  case Type::Kind::List:
    return prim(sequence->loc, "len", types_.integer, {sequence});
  default:
    return nullptr;
  }
}

const ast::CallExpr *Checker::zipOf(const ast::Expr *sequence) {
  auto *call = sequence->as<ast::CallExpr>();
  auto *name = call ? call->callee->as<ast::NameExpr>() : nullptr;
  return name && name->name.text == "zip" && !find("zip") ? call : nullptr;
}

void Checker::checkZip(const ast::ForStmt *stmt, const ast::CallExpr *zip, Block &out) {
  std::vector<Expr *> sequences, lengths;
  TypeContext::List elems;
  bool failed = false;
  for (const ArgIn &arg : argsOf(zip)) {
    Expr *value = arg.name || arg.byRef ? errorExpr(arg.loc) : check(arg.source);
    if (value->type->is(Type::Kind::Range))
      value = asTensor(value, DType::I64);
    const Type *elem = elementOf(value, arg.loc, false);
    Expr *length = elem->is(Type::Kind::Error) ? nullptr : lengthOf(value);
    if (!length) {
      failed = true;
      if (!elem->is(Type::Kind::Error))
        report(DiagKind::NotIterable, arg.loc,
               "`zip` goes through tensors, lists and arrays, not " + value->type->str());
      continue;
    }
    sequences.push_back(namedBefore(value, "zipped", out));
    lengths.push_back(namedBefore(lengthOf(sequences.back()), "length", out));
    elems.push_back(elem);
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
                   text(sequences[0]->loc) + ".len == " + text(arg.loc) + ".len", arg.loc};
    out.stmts.push_back(check);
  }
  auto *name = stmt->pattern->as<ast::NamePattern>();
  if (sequences.size() + failed < 2 || (name && name->byRef)) {
    report(DiagKind::ArgCount, zip->loc,
           "`zip` takes two or more sequences to read: `for (x, y) in zip(a, b) { .. }`");
    failed = true;
  }
  auto *node = makeStmt<ForStmt>(stmt->loc);
  auto *counter = newVar({"i", stmt->loc}, types_.integer, false);
  auto *tuple = make<TupleExpr>(zip->loc, failed ? types_.error : types_.tuple(elems));
  for (size_t i = 0; i < sequences.size(); ++i) {
    auto *element = make<Index>(zip->loc, elems[i]);
    element->base = sequences[i];
    element->items.emplace_back();
    element->items[0].at = varRef(zip->loc, counter);
    tuple->elems.push_back(element);
  }
  Saved saved(*this);
  openScope();
  node->pattern = makePattern(Pattern::Kind::Bind, stmt->loc, types_.integer);
  node->pattern->var = counter;
  auto *let = makeStmt<LetStmt>(stmt->loc);
  let->value = tuple;
  let->pattern = bindPattern(stmt->pattern, tuple->type, false, false);
  ++frame_->loops;
  node->body = checkBlock(stmt->body, nullptr, false);
  --frame_->loops;
  if (failed)
    return;
  node->body->stmts.insert(node->body->stmts.begin(), let);
  auto *range = make<Binary>(zip->loc, types_.range);
  range->op = BinaryOp::Range;
  range->lhs = intLit(zip->loc, 0);
  range->rhs = lengths[0];
  node->iterable = range;
  out.stmts.push_back(node);
}

} // namespace nnc::sema
