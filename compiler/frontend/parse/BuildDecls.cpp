#include "compiler/frontend/parse/Builder.h"
#include <algorithm>

namespace nnc::parse {

using namespace ast;

void Builder::statement(NNParser::StatementContext *ctx) {
  depth = 0;
  saidTooDeep = false;
  Stmt *made = stmt(ctx->stmt());
  if (!file.stmts.empty())
    checkBody(file.stmts.back(), made);
  file.stmts.push_back(made);
}

// `fn f()` and its body on the next line would be two statements.
void Builder::checkBody(const Stmt *head, const Stmt *next) {
  auto *function = head->as<FnDecl>();
  auto *value = next->as<ExprStmt>();
  if (!function || function->body || !value || !value->expr->is<ClosureExpr>())
    return;
  Loc brace = next->loc;
  brace.end = brace.begin + 1;
  diagnostics
      .report(DiagKind::SyntaxError, brace,
              "the body of `" + function->name.text + "` begins on another line than its head")
      .also(function->name.loc, "its head")
      .help("put the `{` at the end of the line before");
}

Stmt *Builder::stmt(NNParser::StmtContext *ctx) {
  Deeper deeper(depth);
  if (tooDeep(ctx))
    return make<BreakStmt>(ctx);
  ctx->accept(this);
  return madeStmt;
}

Block *Builder::block(Rule *ctx, const std::vector<NNParser::StmtContext *> &stmts) {
  Deeper deeper(depth);
  auto *node = make<Block>(ctx);
  for (auto *written : stmts) {
    Stmt *made = stmt(written);
    if (!node->stmts.empty())
      checkBody(node->stmts.back(), made);
    node->stmts.push_back(made);
  }
  return node;
}

Block *Builder::bareBlock(Stmt *only) {
  auto *node = make<Block>(only->loc);
  node->stmts.push_back(only);
  node->hasBraces = false;
  return node;
}

// The `///` lines right above the declaration that begins at `offset`.
std::string Builder::docBefore(uint32_t offset) const {
  const SourceFile &source = sources.file(file.id);
  auto next =
      std::lower_bound(file.comments.begin(), file.comments.end(), offset,
                       [](const Comment &comment, uint32_t at) { return comment.loc.begin < at; });
  uint32_t line = source.lineCol(offset).line;
  std::vector<std::string> lines;
  while (next != file.comments.begin()) {
    --next;
    if (!next->isDoc || !next->ownLine || source.lineCol(next->loc.begin).line + 1 != line)
      break;
    --line;
    std::string_view shown = textOf(next->loc).substr(3);
    if (!shown.empty() && shown[0] == ' ')
      shown.remove_prefix(1);
    lines.emplace_back(shown);
  }
  std::string doc;
  for (auto at = lines.rbegin(); at != lines.rend(); ++at)
    doc += (doc.empty() ? "" : "\n") + *at;
  return doc;
}

// ---- statements

Marks Builder::marks(const std::vector<NNParser::MarkContext *> &list) {
  Marks result;
  for (auto *mark : list) {
    if (mark->PUB()) {
      result.pub = loc(mark);
    } else if (mark->EXPORT()) {
      result.exported = loc(mark);
    } else {
      Attribute attribute;
      attribute.loc = loc(mark);
      attribute.name = ident(mark->word());
      attribute.args = args(mark->args());
      result.attributes.push_back(std::move(attribute));
    }
  }
  return result;
}

antlrcpp::Any Builder::visitMarkedStmt(NNParser::MarkedStmtContext *ctx) {
  Marks written = marks(ctx->mark());
  std::string doc = docBefore(loc(ctx).begin);
  if (ctx->item()) {
    Decl *decl = item(ctx->item());
    decl->loc = loc(ctx);
    decl->doc = std::move(doc);
    decl->marks = std::move(written);
    madeStmt = decl;
    return {};
  }
  Rule *rest = ctx->loop() ? static_cast<Rule *>(ctx->loop()) : ctx->binding();
  rest->accept(this);
  madeStmt->loc = loc(ctx);
  if (auto *let = madeStmt->as<LetStmt>()) {
    let->doc = std::move(doc);
    let->marks = std::move(written);
  } else if (auto *loop = madeStmt->as<ForStmt>()) {
    loop->marks = std::move(written);
  } else {
    madeStmt->as<WhileStmt>()->marks = std::move(written);
  }
  return {};
}

antlrcpp::Any Builder::visitForLoop(NNParser::ForLoopContext *ctx) {
  auto *node = make<ForStmt>(ctx);
  node->pattern = pattern(ctx->pattern());
  node->sequence = expr(ctx->expr());
  node->body = block(ctx->body());
  madeStmt = node;
  return {};
}

antlrcpp::Any Builder::visitWhileLoop(NNParser::WhileLoopContext *ctx) {
  auto *node = make<WhileStmt>(ctx);
  node->condition = expr(ctx->expr());
  node->body = block(ctx->body());
  madeStmt = node;
  return {};
}

antlrcpp::Any Builder::visitBinding(NNParser::BindingContext *ctx) {
  auto *node = make<LetStmt>(ctx);
  node->isVar = ctx->word_->getType() == NNLexer::VAR;
  node->pattern = pattern(ctx->pattern());
  node->value = expr(ctx->expr());
  madeStmt = node;
  return {};
}

antlrcpp::Any Builder::visitReturnStmt(NNParser::ReturnStmtContext *ctx) {
  auto *node = make<ReturnStmt>(ctx);
  node->value = optional(ctx->expr());
  madeStmt = node;
  return {};
}

antlrcpp::Any Builder::visitBreakStmt(NNParser::BreakStmtContext *ctx) {
  madeStmt = make<BreakStmt>(ctx);
  return {};
}

antlrcpp::Any Builder::visitContinueStmt(NNParser::ContinueStmtContext *ctx) {
  madeStmt = make<ContinueStmt>(ctx);
  return {};
}

antlrcpp::Any Builder::visitConditionStmt(NNParser::ConditionStmtContext *ctx) {
  Expr *condition = expr(ctx->expr());
  if (ctx->word_->getType() == NNLexer::EXPECT) {
    auto *node = make<ExpectStmt>(ctx);
    node->condition = condition;
    madeStmt = node;
  } else {
    auto *node = make<AssumeStmt>(ctx);
    node->condition = condition;
    madeStmt = node;
  }
  return {};
}

static AssignStmt::Op assignOp(size_t token) {
  switch (token) {
  case NNLexer::PLUSEQ:
    return AssignStmt::Add;
  case NNLexer::MINUSEQ:
    return AssignStmt::Sub;
  case NNLexer::STAREQ:
    return AssignStmt::Mul;
  case NNLexer::SLASHEQ:
    return AssignStmt::Div;
  default:
    return AssignStmt::Set;
  }
}

antlrcpp::Any Builder::visitExprOrAssign(NNParser::ExprOrAssignContext *ctx) {
  Expr *first = expr(ctx->expr(0));
  if (!ctx->op) {
    auto *node = make<ExprStmt>(ctx);
    node->expr = first;
    madeStmt = node;
    return {};
  }
  auto *node = make<AssignStmt>(ctx);
  node->op = assignOp(ctx->op->getType());
  node->opLoc = loc(ctx->op);
  node->target = first;
  node->value = expr(ctx->expr(1));
  checkTarget(first);
  madeStmt = node;
  return {};
}

void Builder::checkTarget(const Expr *target) {
  if (target->is<NameExpr>() || target->is<FieldExpr>() || target->is<IndexExpr>() ||
      target->is<ErrorExpr>())
    return;
  if (auto *tuple = target->as<TupleExpr>()) {
    for (const Expr *element : tuple->elements)
      checkTarget(element);
    return;
  }
  diagnostics.report(DiagKind::SyntaxError, target->loc, "this cannot be assigned to")
      .label("expected a name, a field, an index or a tuple of these");
}

antlrcpp::Any Builder::visitImportStmt(NNParser::ImportStmtContext *ctx) {
  auto *node = make<ImportDecl>(ctx);
  node->doc = docBefore(node->loc.begin);
  for (auto *written : ctx->source())
    node->sources.push_back(source(written));
  madeStmt = node;
  return {};
}

ImportDecl::Source Builder::source(NNParser::SourceContext *ctx) {
  ImportDecl::Source result;
  result.loc = loc(ctx);
  if (ctx->STRING())
    result.file = plainText(ctx->STRING(), "the name of a file");
  else
    result.path = path(ctx->path());
  if (ctx->NAME())
    result.alias = ident(ctx->NAME());
  result.hasNames = ctx->LBRACE();
  for (auto *written : ctx->imported()) {
    ImportDecl::Name name;
    name.name = ident(written->name());
    if (written->NAME())
      name.alias = ident(written->NAME());
    result.names.push_back(std::move(name));
  }
  return result;
}

antlrcpp::Any Builder::visitArgStmt(NNParser::ArgStmtContext *ctx) {
  auto *node = make<ArgDecl>(ctx);
  node->doc = docBefore(node->loc.begin);
  node->name = ident(ctx->NAME());
  node->type = type(ctx->type());
  node->defaultValue = optional(ctx->expr());
  if (ctx->STRING())
    node->help = plainText(ctx->STRING(), "the help of an arg");
  madeStmt = node;
  return {};
}

antlrcpp::Any Builder::visitTestStmt(NNParser::TestStmtContext *ctx) {
  auto *node = make<TestDecl>(ctx);
  node->doc = docBefore(node->loc.begin);
  node->name = {plainText(ctx->STRING(), "the name of a test"), loc(ctx->STRING())};
  node->body = block(ctx->block());
  madeStmt = node;
  return {};
}

// ---- declarations

Decl *Builder::item(NNParser::ItemContext *ctx) {
  ctx->accept(this);
  return madeDecl;
}

std::vector<Param> Builder::params(NNParser::ParamsContext *ctx) {
  std::vector<Param> result;
  if (!ctx)
    return result;
  for (auto *written : ctx->param()) {
    Param param;
    param.loc = loc(written);
    param.byRef = written->AMP();
    param.name = ident(written->name());
    param.type = optional(written->type());
    param.defaultValue = optional(written->expr());
    result.push_back(std::move(param));
  }
  return result;
}

antlrcpp::Any Builder::visitFnItem(NNParser::FnItemContext *ctx) {
  auto *node = make<FnDecl>(ctx);
  node->name = ident(ctx->name());
  node->generics = generics(ctx->generics());
  node->params = params(ctx->params());
  node->result = optional(ctx->type());
  node->facts = facts(ctx->facts());
  if (ctx->block()) {
    node->body = block(ctx->block());
  } else if (ctx->expr()) {
    Deeper block(depth), statement(depth);
    auto *value = make<ExprStmt>(ctx->expr());
    value->expr = expr(ctx->expr());
    node->body = bareBlock(value);
  }
  madeDecl = node;
  return {};
}

antlrcpp::Any Builder::visitStructItem(NNParser::StructItemContext *ctx) {
  auto *node = make<StructDecl>(ctx);
  node->isModel = ctx->word_->getType() == NNLexer::MODEL;
  node->name = ident(ctx->NAME());
  node->generics = generics(ctx->generics());
  node->facts = facts(ctx->facts());
  for (auto *written : ctx->member())
    node->members.push_back(member(written));
  madeDecl = node;
  return {};
}

Decl *Builder::member(NNParser::MemberContext *ctx) {
  Deeper deeper(depth);
  if (tooDeep(ctx))
    return make<FieldDecl>(ctx);
  ctx->accept(this);
  return madeDecl;
}

antlrcpp::Any Builder::visitItemMember(NNParser::ItemMemberContext *ctx) {
  Marks written = marks(ctx->mark());
  Decl *decl = item(ctx->item());
  decl->loc = loc(ctx);
  decl->doc = docBefore(decl->loc.begin);
  decl->marks = std::move(written);
  return {};
}

antlrcpp::Any Builder::visitFieldMember(NNParser::FieldMemberContext *ctx) {
  auto *node = make<FieldDecl>(ctx);
  node->doc = docBefore(node->loc.begin);
  if (ctx->role)
    node->role = ctx->role->getType() == NNLexer::PARAM ? FieldDecl::Param : FieldDecl::State;
  node->name = ident(ctx->name());
  node->type = type(ctx->type());
  node->init = optional(ctx->expr());
  node->facts = facts(ctx->facts());
  madeDecl = node;
  return {};
}

antlrcpp::Any Builder::visitEnumItem(NNParser::EnumItemContext *ctx) {
  auto *node = make<EnumDecl>(ctx);
  node->name = ident(ctx->NAME());
  node->generics = generics(ctx->generics());
  for (auto *written : ctx->variant()) {
    EnumDecl::Variant variant;
    variant.doc = docBefore(loc(written).begin);
    variant.name = ident(written->NAME());
    for (auto *field : written->variantField()) {
      Param param;
      param.loc = loc(field);
      if (field->name())
        param.name = ident(field->name());
      param.type = type(field->type());
      variant.params.push_back(std::move(param));
    }
    node->variants.push_back(std::move(variant));
  }
  madeDecl = node;
  return {};
}

} // namespace nnc::parse
