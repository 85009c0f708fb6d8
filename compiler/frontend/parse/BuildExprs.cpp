#include "compiler/frontend/parse/Builder.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace nnc::parse {

using namespace ast;

bool Builder::tooDeep(Rule *ctx) {
  if (depth <= kMaxDepth)
    return false;
  if (!saidTooDeep) {
    Loc place = loc(ctx->getStart());
    diagnostics.report(DiagKind::TooDeep, place, "code is nested too deeply")
        .label("what begins here is nested in itself more than " + std::to_string(kMaxDepth) +
               " times")
        .help("split it into several statements with `let`");
  }
  saidTooDeep = true;
  return true;
}

Expr *Builder::expr(NNParser::ExprContext *ctx) {
  Deeper deeper(depth);
  if (tooDeep(ctx))
    return make<ErrorExpr>(ctx);
  ctx->accept(this);
  return madeExpr;
}

std::vector<Expr *> Builder::exprs(const std::vector<NNParser::ExprContext *> &list) {
  std::vector<Expr *> result;
  for (auto *ctx : list)
    result.push_back(expr(ctx));
  return result;
}

// ---- literals and names

static std::string withoutUnderscores(std::string_view digits) {
  std::string result;
  for (char c : digits)
    if (c != '_')
      result += c;
  return result;
}

Expr *Builder::intLiteral(Loc place) {
  auto *node = make<IntExpr>(place);
  std::string digits = withoutUnderscores(textOf(place));
  unsigned base = 10;
  if (digits.size() > 1 && (digits[1] == 'x' || digits[1] == 'b')) {
    base = digits[1] == 'x' ? 16 : 2;
    digits.erase(0, 2);
  }
  if (digits.empty())
    diagnostics.report(DiagKind::BadNumber, place, "this number has no digits");
  for (char c : digits) {
    unsigned digit = unsigned(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    if (node->value > (UINT64_MAX - digit) / base) {
      diagnostics.report(DiagKind::BadNumber, place, "this number does not fit in 64 bits")
          .help("write a fraction, such as `1e30`, for a large number that need not be exact");
      node->value = 0;
      break;
    }
    node->value = node->value * base + digit;
  }
  return node;
}

Expr *Builder::floatLiteral(Loc place) {
  auto *node = make<FloatExpr>(place);
  node->value = std::strtod(withoutUnderscores(textOf(place)).c_str(), nullptr);
  if (std::isinf(node->value))
    diagnostics.report(DiagKind::BadNumber, place, "this number is too large for f64")
        .help("write `inf` for infinity");
  return node;
}

Expr *Builder::boolLiteral(Loc place) {
  auto *node = make<BoolExpr>(place);
  node->value = textOf(place) == "true";
  return node;
}

antlrcpp::Any Builder::visitIntE(NNParser::IntEContext *ctx) {
  madeExpr = intLiteral(loc(ctx));
  return {};
}

antlrcpp::Any Builder::visitFloatE(NNParser::FloatEContext *ctx) {
  madeExpr = floatLiteral(loc(ctx));
  return {};
}

antlrcpp::Any Builder::visitStringE(NNParser::StringEContext *ctx) {
  madeExpr = stringLiteral(loc(ctx));
  return {};
}

antlrcpp::Any Builder::visitBoolE(NNParser::BoolEContext *ctx) {
  madeExpr = boolLiteral(loc(ctx));
  return {};
}

antlrcpp::Any Builder::visitNameE(NNParser::NameEContext *ctx) {
  auto *node = make<NameExpr>(ctx);
  node->name = ident(ctx->name());
  madeExpr = node;
  return {};
}

// ---- postfix

antlrcpp::Any Builder::visitFieldE(NNParser::FieldEContext *ctx) {
  auto *node = make<FieldExpr>(ctx);
  node->base = expr(ctx->expr());
  node->name = ident(ctx->word());
  madeExpr = node;
  return {};
}

antlrcpp::Any Builder::visitIndexE(NNParser::IndexEContext *ctx) {
  auto *node = make<IndexExpr>(ctx);
  node->base = expr(ctx->expr());
  for (auto *written : ctx->index())
    node->indices.push_back(index(written));
  madeExpr = node;
  return {};
}

Index Builder::index(NNParser::IndexContext *ctx) {
  Index result;
  result.loc = loc(ctx);
  if (dynamic_cast<NNParser::NewIContext *>(ctx)) {
    result.form = Index::New;
  } else if (auto *rest = dynamic_cast<NNParser::RestIContext *>(ctx)) {
    result.form = Index::Rest;
    if (rest->NAME())
      result.pack = ident(rest->NAME());
  } else if (auto *value = dynamic_cast<NNParser::ValueIContext *>(ctx);
             value && value->COLON().empty()) {
    result.value = expr(value->expr(0));
  } else {
    readSlice(result, ctx);
  }
  return result;
}

// lo : hi : step, where each may be missing.
void Builder::readSlice(Index &index, Rule *ctx) {
  index.form = Index::Slice;
  Expr **slots[] = {&index.lo, &index.hi, &index.step};
  size_t slot = 0;
  for (auto *child : ctx->children) {
    if (auto *part = dynamic_cast<NNParser::ExprContext *>(child))
      *slots[slot] = expr(part);
    else
      ++slot; // a colon
  }
}

std::vector<Arg> Builder::args(NNParser::ArgsContext *ctx) {
  std::vector<Arg> result;
  if (!ctx)
    return result;
  for (auto *written : ctx->argument()) {
    Arg arg;
    arg.loc = loc(written);
    if (written->word())
      arg.name = ident(written->word());
    arg.byRef = written->AMP();
    arg.value = expr(written->expr());
    result.push_back(std::move(arg));
  }
  return result;
}

antlrcpp::Any Builder::visitCallE(NNParser::CallEContext *ctx) {
  auto *node = make<CallExpr>(ctx);
  node->callee = expr(ctx->expr());
  node->args = args(ctx->args());
  madeExpr = node;
  return {};
}

// A closure after a call belongs to that call; after anything else it makes one.
antlrcpp::Any Builder::visitTrailingE(NNParser::TrailingEContext *ctx) {
  Expr *base = expr(ctx->expr());
  auto *call = base->as<CallExpr>();
  if (!call || call->trailing || call->inParens) {
    call = make<CallExpr>(ctx);
    call->callee = base;
    call->hasParens = false;
  }
  call->loc = loc(ctx);
  call->trailing = closure(ctx->closure());
  madeExpr = call;
  return {};
}

ClosureExpr *Builder::closure(NNParser::ClosureContext *ctx) {
  auto *node = make<ClosureExpr>(ctx);
  node->params = patterns(ctx->pattern());
  node->body = block(ctx, ctx->stmt());
  return node;
}

antlrcpp::Any Builder::visitClosureE(NNParser::ClosureEContext *ctx) {
  madeExpr = closure(ctx->closure());
  return {};
}

// ---- operators

static BinaryOp binaryOp(size_t token) {
  switch (token) {
  case NNLexer::PLUS:
    return BinaryOp::Add;
  case NNLexer::MINUS:
    return BinaryOp::Sub;
  case NNLexer::STAR:
    return BinaryOp::Mul;
  case NNLexer::SLASH:
    return BinaryOp::Div;
  case NNLexer::PERCENT:
    return BinaryOp::Rem;
  case NNLexer::CARET:
    return BinaryOp::Pow;
  case NNLexer::AT:
    return BinaryOp::MatMul;
  case NNLexer::EQ:
    return BinaryOp::Eq;
  case NNLexer::NE:
    return BinaryOp::Ne;
  case NNLexer::LT:
    return BinaryOp::Lt;
  case NNLexer::LE:
    return BinaryOp::Le;
  case NNLexer::GT:
    return BinaryOp::Gt;
  case NNLexer::GE:
    return BinaryOp::Ge;
  case NNLexer::ANDAND:
    return BinaryOp::And;
  default:
    return BinaryOp::Or;
  }
}

static bool isComparison(BinaryOp op) { return op >= BinaryOp::Eq && op <= BinaryOp::Ge; }

antlrcpp::Any Builder::visitBinaryE(NNParser::BinaryEContext *ctx) {
  auto *node = make<BinaryExpr>(ctx);
  node->op = binaryOp(ctx->op->getType());
  node->opLoc = loc(ctx->op);
  node->lhs = expr(ctx->expr(0));
  node->rhs = expr(ctx->expr(1));
  if (isComparison(node->op))
    refuseChain(node);
  madeExpr = node;
  return {};
}

void Builder::refuseChain(BinaryExpr *comparison) {
  auto *left = comparison->lhs->as<BinaryExpr>();
  if (!left || left->inParens || !isComparison(left->op))
    return;
  std::string middle(textOf(left->rhs->loc));
  auto &error =
      diagnostics.report(DiagKind::SyntaxError, comparison->opLoc, "comparisons cannot be chained");
  error.also(left->opLoc, "the first one");
  if (middle.size() < 40)
    error.help("write `.. " + std::string(spelling(left->op)) + " " + middle + " && " + middle +
               " " + spelling(comparison->op) + " ..`");
}

antlrcpp::Any Builder::visitUnaryE(NNParser::UnaryEContext *ctx) {
  auto *node = make<UnaryExpr>(ctx);
  node->op = ctx->op->getType() == NNLexer::MINUS ? UnaryOp::Neg : UnaryOp::Not;
  node->operand = expr(ctx->expr());
  madeExpr = node;
  return {};
}

antlrcpp::Any Builder::visitRangeE(NNParser::RangeEContext *ctx) {
  auto *node = make<RangeExpr>(ctx);
  node->lo = expr(ctx->expr(0));
  node->hi = expr(ctx->expr(1));
  node->inclusive = ctx->op->getType() == NNLexer::DOTDOTEQ;
  madeExpr = node;
  return {};
}

antlrcpp::Any Builder::visitPipeE(NNParser::PipeEContext *ctx) {
  auto *node = make<PipeExpr>(ctx);
  node->opLoc = loc(ctx->op);
  node->value = expr(ctx->expr(0));
  node->target = expr(ctx->expr(1));
  madeExpr = node;
  return {};
}

antlrcpp::Any Builder::visitCatchE(NNParser::CatchEContext *ctx) {
  auto *node = make<CatchExpr>(ctx);
  node->value = expr(ctx->expr());
  node->handler = closure(ctx->closure());
  madeExpr = node;
  return {};
}

// ---- control flow

antlrcpp::Any Builder::visitIfE(NNParser::IfEContext *ctx) {
  auto *node = make<IfExpr>(ctx);
  for (auto *written : ctx->branch()) {
    IfExpr::Branch branch;
    branch.loc = loc(written->IF());
    branch.binding = written->pattern() ? pattern(written->pattern()) : nullptr;
    branch.condition = expr(written->expr());
    branch.body = block(written->body());
    node->branches.push_back(branch);
  }
  node->otherwise = ctx->body() ? block(ctx->body()) : nullptr;
  madeExpr = node;
  return {};
}

antlrcpp::Any Builder::visitMatchE(NNParser::MatchEContext *ctx) {
  auto *node = make<MatchExpr>(ctx);
  node->subject = expr(ctx->expr());
  for (auto *written : ctx->arm()) {
    MatchExpr::Arm arm;
    arm.pattern = pattern(written->pattern());
    arm.body = written->body() ? block(written->body()) : bareBlock(stmt(written->stmt()));
    node->arms.push_back(arm);
  }
  madeExpr = node;
  return {};
}

// ---- collections

// (e) is e; anything else in parentheses is a tuple.
antlrcpp::Any Builder::visitTupleE(NNParser::TupleEContext *ctx) {
  auto elements = exprs(ctx->expr());
  if (elements.size() == 1 && ctx->COMMA().empty()) {
    madeExpr = elements[0];
    madeExpr->inParens = true;
    madeExpr->loc = loc(ctx);
    return {};
  }
  auto *node = make<TupleExpr>(ctx);
  node->elements = std::move(elements);
  madeExpr = node;
  return {};
}

antlrcpp::Any Builder::visitListE(NNParser::ListEContext *ctx) {
  auto entries = ctx->entry();
  size_t pairs = size_t(
      std::count_if(entries.begin(), entries.end(), [](auto *entry) { return entry->COLON(); }));
  if (ctx->COLON() || (pairs && !ctx->SEMI())) {
    auto *node = make<MapExpr>(ctx);
    for (auto *entry : entries) {
      if (!entry->COLON()) {
        diagnostics.report(DiagKind::SyntaxError, loc(entry), "this entry of a map has no value")
            .label("expected `key: value`");
        continue;
      }
      Expr *key = expr(entry->expr(0));
      node->entries.push_back({key, expr(entry->expr(1))});
    }
    madeExpr = node;
    return {};
  }
  if (pairs)
    diagnostics.report(DiagKind::SyntaxError, loc(ctx), "`[value; count]` repeats a single value");
  std::vector<Expr *> elements;
  for (auto *entry : entries)
    elements.push_back(expr(entry->expr(0)));
  if (ctx->SEMI()) {
    auto *node = make<RepeatExpr>(ctx);
    node->element = elements[0];
    node->count = expr(ctx->expr());
    madeExpr = node;
  } else {
    auto *node = make<ListExpr>(ctx);
    node->elements = std::move(elements);
    madeExpr = node;
  }
  return {};
}

} // namespace nnc::parse
