// Statements and blocks.
#include "compiler/frontend/sema/Checker.h"
#include <algorithm>

namespace nnc::sema {

Block *Checker::checkBlock(const ast::Block *block, const Type *expected, bool wantValue) {
  Saved saved(*this);
  openScope();
  return checkBlockIn(block, expected, wantValue);
}

Block *Checker::checkBlockIn(const ast::Block *source, const Type *expected, bool wantValue) {
  auto *block = make<Block>(source->loc, types_.unit);
  auto unnamed = unnamed_; // by the statement around
  nameSizes(*block);
  bool reported = false;
  for (size_t i = 0; i < source->stmts.size(); ++i) {
    const ast::Stmt *stmt = source->stmts[i];
    if (block->type->is(Type::Kind::Never) && !reported) {
      report(DiagKind::UnreachableCode, stmt->loc, "this is never reached");
      reported = true;
    }
    auto *expr = stmt->as<ast::ExprStmt>();
    block_ = block;
    if (expr && wantValue && i + 1 == source->stmts.size()) {
      Expr *value = check(expr->expr, expected);
      if (value->type->is(Type::Kind::Unit) || value->type->is(Type::Kind::Never)) {
        auto *out = makeStmt<ExprStmt>(stmt->loc);
        out->value = value;
        block->stmts.push_back(out);
      } else {
        block->result = value;
      }
      if (!block->type->is(Type::Kind::Never))
        block->type = value->type;
      break;
    }
    bool wasNever = block->type->is(Type::Kind::Never);
    checkStmt(stmt, *block);
    if (wasNever)
      block->type = types_.never;
  }
  unnamed_.insert(unnamed.begin(), unnamed.end());
  if (expected && !expected->is(Type::Kind::Error) && block->result &&
      !block->type->is(Type::Kind::Error) && !expected->is(Type::Kind::Unit)) {
    if (Expr *fitting = tryCoerceSilently(block->result, expected)) {
      block->result = fitting;
      block->type = fitting->type;
    } else if (same(expected, block->type)) {
      block->type = expected; // by what is known of the sizes here
    }
  }
  return block;
}

// Adapts literals and optionals to the expected type where that is certain; leaves the rest as it
// is.
Expr *Checker::tryCoerceSilently(Expr *expr, const Type *target) {
  if (isAdaptable(expr) || target->is(Type::Kind::Optional))
    return tryCoerce(expr, target);
  return nullptr;
}

void Checker::checkStmt(const ast::Stmt *stmt, Block &out) {
  topFacts_.clear();
  size_t before = out.stmts.size();
  block_ = &out;
  switch (stmt->kind) {
  case ast::Kind::LetStmt:
    checkLet(stmt->as<ast::LetStmt>(), out);
    break;
  case ast::Kind::AssignStmt:
    checkAssign(stmt->as<ast::AssignStmt>(), out);
    break;
  case ast::Kind::ExprStmt: {
    const ast::Expr *source = stmt->as<ast::ExprStmt>()->expr;
    auto *node = makeStmt<ExprStmt>(stmt->loc);
    if (auto *branch = source->as<ast::IfExpr>())
      node->value = checkIf(branch, 0, nullptr, false);
    else if (auto *match = source->as<ast::MatchExpr>())
      node->value = checkMatch(match, nullptr, false);
    else
      node->value = check(source);
    // `if N != M { return .. }`: what follows has the negation.
    if (auto *branch = source->as<ast::IfExpr>(); branch && branch->branches.size() == 1 &&
                                                  !branch->otherwise &&
                                                  node->value->kind == ExprKind::If) {
      auto &taken = as<If>(*node->value);
      if (auto fact = factOf(branch->branches[0].condition, taken.cond);
          fact && taken.then->type->is(Type::Kind::Never))
        facts_.assume(fact->lhs, negated(fact->op), fact->rhs, nextId_);
    }
    if (isUnusedValue(node->value))
      report(DiagKind::UnusedValue, stmt->loc, "this value is not used");
    if (node->value->type->is(Type::Kind::Never))
      out.type = types_.never;
    if (!node->value->type->is(Type::Kind::Error))
      out.stmts.push_back(node);
    break;
  }
  case ast::Kind::ForStmt:
    checkFor(stmt->as<ast::ForStmt>(), out);
    break;
  case ast::Kind::WhileStmt: {
    auto *source = stmt->as<ast::WhileStmt>();
    auto *node = makeStmt<WhileStmt>(stmt->loc);
    ++frame_->loops;
    Facts facts = facts_;
    node->resizes = repeated(true, [&] {
      auto *before = make<Block>(source->condition->loc, types_.boolean);
      auto unnamed = unnamed_;
      nameSizes(*before);
      unnamed_.insert(unnamed.begin(), unnamed.end());
      before->result = checkCond(source->condition, "the condition of `while`");
      node->cond = before->stmts.empty() ? before->result : before;
      facts_ = facts;
      if (auto fact = factOf(source->condition, before->result))
        facts_.assume(fact->lhs, fact->op, fact->rhs, nextId_);
      node->body = checkBlock(source->body, nullptr, false);
    });
    facts_ = facts;
    --frame_->loops;
    out.stmts.push_back(node);
    break;
  }
  case ast::Kind::BreakStmt:
  case ast::Kind::ContinueStmt: {
    bool isBreak = stmt->kind == ast::Kind::BreakStmt;
    if (!frame_->loops)
      report(DiagKind::OutsideLoop, stmt->loc,
             std::string("`") + (isBreak ? "break" : "continue") + "` stands outside of a loop");
    if (flow_)
      (isBreak ? flow_->breaks : flow_->continues).push_back(now_);
    out.stmts.push_back(isBreak ? static_cast<Stmt *>(makeStmt<BreakStmt>(stmt->loc))
                                : makeStmt<ContinueStmt>(stmt->loc));
    if (frame_->loops)
      out.type = types_.never;
    break;
  }
  case ast::Kind::ReturnStmt:
    checkReturn(stmt->as<ast::ReturnStmt>(), out);
    if (frame_->fn || frame_->isClosure)
      out.type = types_.never;
    break;
  case ast::Kind::ExpectStmt: {
    auto *node = makeStmt<ExpectStmt>(stmt->loc);
    node->cond = checkExpected(stmt->as<ast::ExpectStmt>()->condition);
    out.stmts.push_back(node);
    break;
  }
  case ast::Kind::AssumeStmt: {
    const ast::Expr *source = stmt->as<ast::AssumeStmt>()->condition;
    Expr *cond = checkCond(source, "what `assume` says");
    auto fact = factOf(source, cond);
    if (!fact) {
      if (!cond->type->is(Type::Kind::Error))
        report(DiagKind::BadFact, source->loc,
               "`assume` compares two sizes: dims, literals and immutable `int`s");
      break;
    }
    if (facts_.prove(fact->lhs, fact->op, fact->rhs) == Proof::No &&
        !(fact->op == BinaryOp::Eq && !(fact->lhs - fact->rhs).constant())) {
      report(DiagKind::FactFails, source->loc,
             "this never holds: " + fact->lhs.str() + " against " + fact->rhs.str());
      break;
    }
    auto *node = makeStmt<AssumeStmt>(stmt->loc);
    node->fact = *fact;
    facts_.assume(fact->lhs, fact->op, fact->rhs, nextId_);
    out.stmts.push_back(node);
    break;
  }
  case ast::Kind::ArgDecl:
    checkArgDecl(stmt->as<ast::ArgDecl>());
    break;
  case ast::Kind::TestDecl:
  case ast::Kind::FnDecl:
  case ast::Kind::StructDecl:
  case ast::Kind::EnumDecl:
  case ast::Kind::ImportDecl:
    if (scope_->parent)
      report(DiagKind::NestedDecl, stmt->loc, "declarations stand at the top level of a file");
    break;
  default:
    break;
  }
  // What only the sizes of a run decide is checked before the statement.
  std::vector<Stmt *> checks;
  for (const DimFact &fact : topFacts_) {
    auto *node = makeStmt<AssumeStmt>(fact.loc.valid() ? fact.loc : stmt->loc);
    node->fact = fact;
    checks.push_back(node);
  }
  topFacts_.clear();
  out.stmts.insert(out.stmts.begin() + std::min(before, out.stmts.size()), checks.begin(),
                   checks.end());
  if (!out.type->is(Type::Kind::Never))
    nameSizes(out);
}

bool Checker::isUnusedValue(const Expr *expr) const {
  switch (expr->kind) {
  case ExprKind::Int:
  case ExprKind::Float:
  case ExprKind::Bool:
  case ExprKind::Str:
  case ExprKind::VarRef:
  case ExprKind::DimValue:
  case ExprKind::Field:
  case ExprKind::Unary:
  case ExprKind::Binary:
  case ExprKind::Tuple:
  case ExprKind::TensorLit:
  case ExprKind::Interp:
  case ExprKind::Index:
  case ExprKind::Closure:
    return !expr->type->is(Type::Kind::Error);
  default:
    return false;
  }
}

void Checker::checkLet(const ast::LetStmt *stmt, Block &out) {
  auto *name = stmt->pattern->as<ast::NamePattern>();
  auto *closure = stmt->value->as<ast::ClosureExpr>();
  if (name && !name->type && closure && !isFullyTyped(closure)) {
    // Checked at each use; it sees the names that are visible here.
    Symbol symbol;
    symbol.kind = Symbol::Kind::Closure;
    symbol.closure = closure;
    scopes_.push_back(*scope_);
    auto *copies = makeStmt<ExprStmt>(stmt->loc);
    auto *made = make<Block>(stmt->loc, types_.unit);
    copies->value = made;
    out.stmts.push_back(copies);
    symbol.scope = capturing(&scopes_.back(), made);
    define(name->name, symbol);
    return;
  }
  const Type *declared = nullptr;
  const ast::TypeExpr *annotation = name ? name->type : nullptr;
  if (auto *tuple = stmt->pattern->as<ast::TuplePattern>())
    annotation = tuple->type;
  Expr *value;
  if (annotation && !mentionsFresh(annotation)) {
    declared = resolveType(annotation);
    bool isBare = stmt->value->is<ast::ListExpr>() || stmt->value->is<ast::MapExpr>() || closure;
    if (declared->is(Type::Kind::Error) && isBare) {
      bindPattern(stmt->pattern, declared, stmt->isVar, false);
      return;
    }
    value = check(stmt->value, declared);
    value = coerce(value, declared, "the value", annotation->loc);
    if (value->type->is(Type::Kind::Error))
      value->type = declared;
  } else if (Expr *none = annotation ? noElements(stmt->value, openType(annotation)) : nullptr) {
    value = none;
  } else if (annotation && isEmpty(stmt->value)) {
    report(DiagKind::CannotInfer, annotation->loc,
           "nothing here says what `" + freshNames(annotation)[0] +
               "` is: it is one size for all elements")
        .help("keep tensors of different sizes in structs: `struct Row { x: f32[?N] }`, `[Row]`");
    value = errorExpr(stmt->value->loc);
    bindUnknown(stmt->pattern);
    return;
  } else {
    value = check(stmt->value, forBranches(stmt->value, openType(annotation)));
    // `let x: i32[?N] = list`
    auto *named = annotation ? annotation->as<ast::NamedType>() : nullptr;
    auto dtype = named && named->path.size() == 1 ? dtypeNamed(named->path[0].text) : std::nullopt;
    if (dtype)
      if (Expr *tensor = asTensor(value, *dtype == DType::F32 ? f32()->dtype : *dtype))
        value = tensor;
    const Type *open = openType(annotation), *now = nullptr;
    if (open && !open->is(Type::Kind::Tensor))
      if (Expr *fitting = fitOpen(value, open, now))
        value = fitting;
  }
  if (value->type->is(Type::Kind::Unit) || value->type->is(Type::Kind::Never)) {
    auto &diag = report(DiagKind::NoValue, stmt->value->loc, "this gives no value to bind");
    if (auto *branch = stmt->value->as<ast::IfExpr>(); branch && !branch->otherwise)
      diag.help("an `if` with a value needs an `else`");
    value = errorExpr(stmt->value->loc);
  }
  if (value->type->is(Type::Kind::Optional) && value->type->elems[0]->is(Type::Kind::Never)) {
    report(DiagKind::UntypedNone, stmt->value->loc,
           "nothing here says what this `none` is the absence of")
        .help("write the type: `var x: int? = none`");
    value = errorExpr(stmt->value->loc);
  }
  auto *node = makeStmt<LetStmt>(stmt->loc);
  // A tuple literal binds member by member, so literals keep what they are.
  node->value = value;
  node->pattern = bindPattern(stmt->pattern, value->type, stmt->isVar, false);
  if (!stmt->isVar)
    noteDims(node->pattern, value);
  if (!value->type->is(Type::Kind::Error) && !node->pattern->type->is(Type::Kind::Error))
    out.stmts.push_back(node);
}

// Names of ints stand for the sizes that they are given: `let (n, _) = x.shape`.
void Checker::noteDims(const Pattern *pattern, Expr *value) {
  if (pattern->kind == Pattern::Kind::Tuple && value->kind == ExprKind::Tuple &&
      pattern->parts.size() == as<TupleExpr>(*value).elems.size()) {
    for (size_t i = 0; i < pattern->parts.size(); ++i)
      noteDims(pattern->parts[i], as<TupleExpr>(*value).elems[i]);
    return;
  }
  if (Var *var = pattern->var; var && var->type->is(Type::Kind::Int))
    if (auto dim = dimOf(value))
      knownDims_[var] = *dim;
}

bool Checker::isEmpty(const ast::Expr *value) {
  auto *list = value->as<ast::ListExpr>();
  auto *map = value->as<ast::MapExpr>();
  return (list && list->elements.empty()) || (map && map->entries.empty());
}

// `[]` where a tensor with one axis of any size may stand.
Expr *Checker::noElements(const ast::Expr *value, const Type *open) {
  bool fits = open && open->is(Type::Kind::Tensor) && open->shape.size() == 1 && isOpen(open);
  if (!fits || !value->is<ast::ListExpr>() || !isEmpty(value))
    return nullptr;
  ShapeElem none;
  none.dim = Dim(0);
  Expr *zero = open->dtype == DType::Bool ? make<BoolLit>(value->loc, types_.boolean)
                                          : adapt(intLit(value->loc, 0), open);
  return prim(value->loc, "nn.full", types_.tensor(open->dtype, {none}), {zero});
}

// What branches are asked to give where a value of any size may stand.
const Type *Checker::forBranches(const ast::Expr *value, const Type *open) {
  bool branches =
      value->is<ast::IfExpr>() || value->is<ast::MatchExpr>() || value->is<ast::CatchExpr>();
  return branches ? open : nullptr;
}

bool Checker::mentionsFresh(const ast::TypeExpr *type) { return !freshNames(type).empty(); }

// The names K of all `?K` in a written type.
std::vector<std::string> Checker::freshNames(const ast::TypeExpr *type) {
  std::string source = text(type->loc);
  auto inName = [](char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  std::vector<std::string> names;
  for (size_t i = 0; i < source.size(); ++i) {
    size_t end = i + 1;
    while (source[i] == '?' && end < source.size() && inName(source[end]))
      ++end;
    if (end > i + 1)
      names.push_back(source.substr(i + 1, end - i - 1));
  }
  return names;
}

// ---- loops, results, arguments

const Type *Checker::refreshed(const Type *type) {
  Subst subst;
  for (const DimVar *dim : freshDims(type))
    subst.dims.dims[dim] = Dim(newDim(dim->name, dim->loc, DimVar::Kind::Fresh));
  return substType(type, subst);
}

const Type *Checker::elementOf(Expr *sequence, Loc loc, bool byRef) {
  const Type *type = sequence->type;
  switch (type->kind) {
  case Type::Kind::Range:
    return types_.integer;
  case Type::Kind::List:
  case Type::Kind::Array:
    return type->elems[0];
  case Type::Kind::Map:
    return types_.tuple(type->elems);
  case Type::Kind::Str:
    return types_.str;
  case Type::Kind::Dataset:
  case Type::Kind::Batches:
    return refreshed(type->elems.size() == 1 ? type->elems[0] : types_.tuple(type->elems));
  case Type::Kind::Tensor:
    if (!type->shape.empty() && !type->shape[0].pack)
      return types_.tensor(type->dtype, Shape(type->shape.begin() + 1, type->shape.end()));
    break;
  case Type::Kind::Error:
    return type;
  default:
    break;
  }
  auto &diag = report(DiagKind::NotIterable, loc, "`for` cannot walk " + type->str());
  if (type->is(Type::Kind::Int))
    diag.help("count with a range: `0.." + text(loc) + "`");
  return types_.error;
}

void Checker::checkFor(const ast::ForStmt *stmt, Block &out) {
  if (auto *zip = zipOf(stmt->sequence))
    return checkZip(stmt, zip, out);
  auto *node = makeStmt<ForStmt>(stmt->loc);
  auto *name = stmt->pattern->as<ast::NamePattern>();
  node->byRef = name && name->byRef;
  node->iterable =
      node->byRef ? checkPlace(stmt->sequence, "walked with `&`") : check(stmt->sequence);
  if (auto *literal =
          node->iterable->kind == ExprKind::TensorLit ? &as<TensorLit>(*node->iterable) : nullptr;
      literal && literal->ofInts && literal->type->shape.size() == 1)
    node->iterable = asList(node->iterable);
  const Type *elem = elementOf(node->iterable, stmt->sequence->loc, node->byRef);
  node->resizes = repeated(true, [&] { checkTurn(stmt, elem, *node); });
  out.stmts.push_back(node);
}

// The pattern and body of a `for`.
void Checker::checkTurn(const ast::ForStmt *stmt, const Type *elem, ForStmt &loop) {
  ForStmt *node = &loop;
  Saved saved(*this);
  openScope();
  node->pattern = bindPattern(stmt->pattern, elem, false, false);
  // The counter of a range lies between its ends.
  if (Var *var = node->pattern->var;
      var && node->iterable->kind == ExprKind::Binary && elem->is(Type::Kind::Int)) {
    auto &range = as<Binary>(*node->iterable);
    auto lo = dimOf(range.lhs), hi = dimOf(range.rhs);
    Dim counter = dimOfVar(var);
    if (lo)
      facts_.assume(counter, BinaryOp::Ge, *lo, nextId_);
    if (hi)
      facts_.assume(counter, range.op == BinaryOp::Range ? BinaryOp::Lt : BinaryOp::Le, *hi,
                    nextId_);
  }
  ++frame_->loops;
  node->body = checkBlock(stmt->body, nullptr, false);
  --frame_->loops;
}

void Checker::checkReturn(const ast::ReturnStmt *stmt, Block &out) {
  auto *node = makeStmt<ReturnStmt>(stmt->loc);
  if (!frame_->fn && !frame_->isClosure) {
    report(DiagKind::OutsideFunction, stmt->loc, "`return` stands outside of a function");
    return;
  }
  if (stmt->value) {
    node->value = check(stmt->value, expectedResult(frame_->result));
    if (frame_->result && !frame_->isInit)
      node->value = coerceResult(node->value, frame_->result, Loc());
    else if (frame_->returned && !node->value->type->is(Type::Kind::Error))
      node->value = coerce(node->value, frame_->returned, "the result");
    if (!frame_->returned && !node->value->type->is(Type::Kind::Error))
      frame_->returned = node->value->type;
  } else {
    if (frame_->result && !frame_->result->is(Type::Kind::Unit))
      report(DiagKind::MissingResult, stmt->loc,
             "`return` gives no value, and " + frame_->result->str() + " is needed");
    frame_->returned = frame_->returned ? frame_->returned : types_.unit;
  }
  if (node->value && node->value->type->is(Type::Kind::Error))
    return;
  out.stmts.push_back(node);
}

} // namespace nnc::sema
