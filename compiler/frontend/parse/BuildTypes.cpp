#include "compiler/frontend/parse/Builder.h"

namespace nnc::parse {

using namespace ast;

TypeExpr *Builder::type(NNParser::TypeContext *ctx) {
  Deeper deeper(depth);
  if (tooDeep(ctx))
    return make<TupleType>(ctx);
  ctx->accept(this);
  return madeType;
}

TypeExpr *Builder::type(NNParser::DimContext *ctx) {
  Deeper deeper(depth);
  if (tooDeep(ctx))
    return make<TupleType>(ctx);
  ctx->accept(this);
  return madeType;
}

std::vector<TypeExpr *> Builder::types(const std::vector<NNParser::TypeContext *> &list) {
  std::vector<TypeExpr *> result;
  for (auto *ctx : list)
    result.push_back(type(ctx));
  return result;
}

std::vector<Ident> Builder::path(NNParser::PathContext *ctx) {
  std::vector<Ident> result{ident(ctx->name())};
  for (auto *word : ctx->word())
    result.push_back(ident(word));
  return result;
}

std::vector<GenericParam> Builder::generics(NNParser::GenericsContext *ctx) {
  std::vector<GenericParam> result;
  if (!ctx)
    return result;
  for (auto *generic : ctx->generic()) {
    GenericParam param;
    param.loc = loc(generic);
    param.isPack = generic->DOTDOT();
    param.name = ident(generic->NAME());
    if (generic->word())
      param.bound = ident(generic->word());
    param.defaultValue = optional(generic->type());
    result.push_back(std::move(param));
  }
  return result;
}

static FactOp factOp(size_t token) {
  switch (token) {
  case NNLexer::EQ:
    return FactOp::Eq;
  case NNLexer::NE:
    return FactOp::Ne;
  case NNLexer::LT:
    return FactOp::Lt;
  case NNLexer::LE:
    return FactOp::Le;
  case NNLexer::GT:
    return FactOp::Gt;
  default:
    return FactOp::Ge;
  }
}

std::vector<Fact> Builder::facts(NNParser::FactsContext *ctx) {
  std::vector<Fact> result;
  if (!ctx)
    return result;
  for (auto *written : ctx->fact()) {
    Fact fact;
    fact.loc = loc(written);
    fact.op = factOp(written->op->getType());
    fact.lhs = type(written->dim(0));
    fact.rhs = type(written->dim(1));
    result.push_back(fact);
  }
  return result;
}

antlrcpp::Any Builder::visitRefT(NNParser::RefTContext *ctx) {
  auto *node = make<RefType>(ctx);
  node->inner = type(ctx->type());
  madeType = node;
  return {};
}

antlrcpp::Any Builder::visitFnT(NNParser::FnTContext *ctx) {
  auto *node = make<FnType>(ctx);
  node->generics = generics(ctx->generics());
  node->params = types(ctx->type());
  if (ctx->ARROW()) {
    node->result = node->params.back();
    node->params.pop_back();
  }
  madeType = node;
  return {};
}

antlrcpp::Any Builder::visitDimT(NNParser::DimTContext *ctx) {
  ctx->dim()->accept(this);
  return {};
}

antlrcpp::Any Builder::visitOptionalD(NNParser::OptionalDContext *ctx) {
  auto *node = make<OptionalType>(ctx);
  node->inner = type(ctx->dim());
  madeType = node;
  return {};
}

TypeExpr *Builder::binaryDim(Rule *ctx, DimOp op, NNParser::DimContext *lhs,
                             NNParser::DimContext *rhs) {
  auto *node = make<BinaryDim>(ctx);
  node->op = op;
  node->lhs = type(lhs);
  node->rhs = type(rhs);
  return node;
}

antlrcpp::Any Builder::visitPowerD(NNParser::PowerDContext *ctx) {
  madeType = binaryDim(ctx, DimOp::Pow, ctx->dim(0), ctx->dim(1));
  return {};
}

antlrcpp::Any Builder::visitBinaryD(NNParser::BinaryDContext *ctx) {
  size_t token = ctx->op->getType();
  DimOp op = token == NNLexer::STAR    ? DimOp::Mul
             : token == NNLexer::SLASH ? DimOp::Div
             : token == NNLexer::PLUS  ? DimOp::Add
             : token == NNLexer::MINUS ? DimOp::Sub
                                       : DimOp::Rem;
  madeType = binaryDim(ctx, op, ctx->dim(0), ctx->dim(1));
  return {};
}

antlrcpp::Any Builder::visitNegD(NNParser::NegDContext *ctx) {
  auto *node = make<NegDim>(ctx);
  node->operand = type(ctx->dim());
  madeType = node;
  return {};
}

antlrcpp::Any Builder::visitIntD(NNParser::IntDContext *ctx) {
  auto *node = make<IntDim>(ctx);
  uint64_t value = intLiteral(loc(ctx))->as<IntExpr>()->value;
  if (value > uint64_t(INT64_MAX)) {
    diagnostics.report(DiagKind::BadNumber, loc(ctx), "this size is too large")
        .note("a size is at most 9223372036854775807");
    value = 0;
  }
  node->value = int64_t(value);
  madeType = node;
  return {};
}

antlrcpp::Any Builder::visitFreshD(NNParser::FreshDContext *ctx) {
  auto *node = make<FreshDim>(ctx);
  node->name = ident(ctx->NAME());
  madeType = node;
  return {};
}

antlrcpp::Any Builder::visitPackD(NNParser::PackDContext *ctx) {
  auto *node = make<PackDim>(ctx);
  node->name = ident(ctx->NAME());
  madeType = node;
  return {};
}

// (T) is T; anything else in parentheses is a tuple.
antlrcpp::Any Builder::visitTupleD(NNParser::TupleDContext *ctx) {
  auto elements = types(ctx->type());
  if (elements.size() == 1 && ctx->COMMA().empty()) {
    madeType = elements[0];
    return {};
  }
  auto *node = make<TupleType>(ctx);
  node->elements = std::move(elements);
  madeType = node;
  return {};
}

antlrcpp::Any Builder::visitListD(NNParser::ListDContext *ctx) {
  auto inner = types(ctx->type());
  if (ctx->SEMI()) {
    auto *node = make<ArrayType>(ctx);
    node->element = inner[0];
    node->size = inner[1];
    madeType = node;
  } else if (ctx->COLON()) {
    auto *node = make<MapType>(ctx);
    node->key = inner[0];
    node->value = inner[1];
    madeType = node;
  } else {
    auto *node = make<ListType>(ctx);
    node->element = inner[0];
    madeType = node;
  }
  return {};
}

antlrcpp::Any Builder::visitNamedD(NNParser::NamedDContext *ctx) {
  std::vector<Ident> names = path(ctx->path());
  if (ctx->LPAREN()) {
    auto *node = make<CallDim>(ctx);
    node->callee = names.back();
    if (names.size() > 1)
      diagnostics.report(DiagKind::SyntaxError, loc(ctx->path()),
                         "a function of dims has a plain name, such as `min` or `max`");
    for (auto *dim : ctx->dim())
      node->args.push_back(type(dim));
    madeType = node;
    return {};
  }
  auto *node = make<NamedType>(ctx);
  node->path = std::move(names);
  node->hasArgs = ctx->LBRACKET();
  for (auto *written : ctx->typeArg()) {
    TypeArg arg;
    if (written->NAME())
      arg.name = ident(written->NAME());
    arg.value = type(written->type());
    node->args.push_back(std::move(arg));
  }
  madeType = node;
  return {};
}

// ---- patterns

Pattern *Builder::pattern(NNParser::PatternContext *ctx) {
  Deeper deeper(depth);
  if (tooDeep(ctx))
    return make<WildcardPattern>(ctx);
  ctx->accept(this);
  return madePattern;
}

std::vector<Pattern *> Builder::patterns(const std::vector<NNParser::PatternContext *> &list) {
  std::vector<Pattern *> result;
  for (auto *ctx : list)
    result.push_back(pattern(ctx));
  return result;
}

antlrcpp::Any Builder::visitNameP(NNParser::NamePContext *ctx) {
  Ident name = ident(ctx->name());
  if (name.text == "_" && !ctx->AMP()) {
    auto *node = make<WildcardPattern>(ctx);
    node->type = optional(ctx->type());
    madePattern = node;
    return {};
  }
  auto *node = make<NamePattern>(ctx);
  node->byRef = ctx->AMP();
  node->name = std::move(name);
  node->type = optional(ctx->type());
  madePattern = node;
  return {};
}

antlrcpp::Any Builder::visitVariantP(NNParser::VariantPContext *ctx) {
  auto *node = make<VariantPattern>(ctx);
  node->name = ident(ctx->NAME());
  node->elements = patterns(ctx->pattern());
  madePattern = node;
  return {};
}

antlrcpp::Any Builder::visitTupleP(NNParser::TuplePContext *ctx) {
  auto elements = patterns(ctx->pattern());
  // (x) is x, as in an expression.
  if (elements.size() == 1 && ctx->COMMA().empty() && !ctx->type()) {
    madePattern = elements[0];
    return {};
  }
  auto *node = make<TuplePattern>(ctx);
  node->elements = std::move(elements);
  node->type = optional(ctx->type());
  madePattern = node;
  return {};
}

antlrcpp::Any Builder::visitLiteralP(NNParser::LiteralPContext *ctx) {
  auto *node = make<LiteralPattern>(ctx);
  node->negative = ctx->MINUS();
  if (ctx->STRING()) {
    auto *string = stringLiteral(loc(ctx->STRING()));
    if (!string->isPlain())
      diagnostics.report(DiagKind::SyntaxError, string->loc, "a text in a pattern has no braces")
          .help("write `\\{` for a brace that is meant as text");
    node->value = string;
  } else if (ctx->INT()) {
    node->value = intLiteral(loc(ctx->INT()));
  } else if (ctx->FLOAT()) {
    node->value = floatLiteral(loc(ctx->FLOAT()));
  } else {
    node->value = boolLiteral(loc(ctx));
  }
  madePattern = node;
  return {};
}

} // namespace nnc::parse
