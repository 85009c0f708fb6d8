// From ANTLR's tree to the syntax tree. Private to parse/.
#pragma once
#include "NNBaseVisitor.h"
#include "compiler/frontend/parse/Session.h"

namespace nnc::parse {

// Builds the nodes of one file. Reports what the grammar lets pass: bad numbers, escapes, formats,
// chained comparisons, targets that cannot be assigned, trees that are too deep. Split over
// BuildTypes.cpp, BuildExprs.cpp, BuildTexts.cpp and BuildDecls.cpp.
class Builder : grammar::NNBaseVisitor {
public:
  Builder(const SourceManager &sources, ast::File &file, Diagnostics &diagnostics)
      : sources(sources), file(file), text(sources.file(file.id).text()), diagnostics(diagnostics) {
  }

  // The statement is added to the file.
  void statement(NNParser::StatementContext *ctx);

private:
  using Any = antlrcpp::Any;
  using Rule = antlr4::ParserRuleContext;
  using Terminal = antlr4::tree::TerminalNode;

  const SourceManager &sources;
  ast::File &file;
  std::string_view text;
  Diagnostics &diagnostics;
  unsigned depth = 0;
  bool saidTooDeep = false;

  // What the last visit made: the visitor's own results would be allocated one by one.
  ast::Expr *madeExpr = nullptr;
  ast::TypeExpr *madeType = nullptr;
  ast::Pattern *madePattern = nullptr;
  ast::Stmt *madeStmt = nullptr;
  ast::Decl *madeDecl = nullptr;

  // ---- places, names, depth
  Loc loc(const antlr4::Token *token) const { return locOf(file.id, token); }
  Loc loc(Terminal *node) const { return loc(node->getSymbol()); }
  Loc loc(Rule *ctx) const { return span(loc(ctx->getStart()), loc(ctx->getStop())); }
  std::string_view textOf(Loc place) const { return sources.text(place); }
  ast::Ident ident(Loc place) const { return {std::string(textOf(place)), place}; }
  ast::Ident ident(Rule *ctx) const { return ident(loc(ctx)); }
  ast::Ident ident(Terminal *node) const { return ident(loc(node)); }
  template <class T> T *make(Rule *ctx) { return file.arena.make<T>(loc(ctx)); }
  template <class T> T *make(Loc place) { return file.arena.make<T>(place); }
  std::string docBefore(uint32_t offset) const;

  struct Deeper {
    unsigned &depth;
    explicit Deeper(unsigned &depth) : depth(depth) { ++depth; }
    ~Deeper() { --depth; }
  };
  bool tooDeep(Rule *ctx);

  // ---- types
  ast::TypeExpr *type(NNParser::TypeContext *ctx);
  ast::TypeExpr *type(NNParser::DimContext *ctx);
  ast::TypeExpr *optional(NNParser::TypeContext *ctx) { return ctx ? type(ctx) : nullptr; }
  std::vector<ast::TypeExpr *> types(const std::vector<NNParser::TypeContext *> &list);
  std::vector<ast::Ident> path(NNParser::PathContext *ctx);
  std::vector<ast::GenericParam> generics(NNParser::GenericsContext *ctx);
  std::vector<ast::Fact> facts(NNParser::FactsContext *ctx);
  ast::TypeExpr *binaryDim(Rule *ctx, ast::DimOp op, NNParser::DimContext *lhs,
                           NNParser::DimContext *rhs);
  Any visitRefT(NNParser::RefTContext *ctx) override;
  Any visitFnT(NNParser::FnTContext *ctx) override;
  Any visitDimT(NNParser::DimTContext *ctx) override;
  Any visitOptionalD(NNParser::OptionalDContext *ctx) override;
  Any visitPowerD(NNParser::PowerDContext *ctx) override;
  Any visitNegD(NNParser::NegDContext *ctx) override;
  Any visitBinaryD(NNParser::BinaryDContext *ctx) override;
  Any visitIntD(NNParser::IntDContext *ctx) override;
  Any visitFreshD(NNParser::FreshDContext *ctx) override;
  Any visitPackD(NNParser::PackDContext *ctx) override;
  Any visitTupleD(NNParser::TupleDContext *ctx) override;
  Any visitListD(NNParser::ListDContext *ctx) override;
  Any visitNamedD(NNParser::NamedDContext *ctx) override;

  // ---- patterns
  ast::Pattern *pattern(NNParser::PatternContext *ctx);
  std::vector<ast::Pattern *> patterns(const std::vector<NNParser::PatternContext *> &list);
  Any visitNameP(NNParser::NamePContext *ctx) override;
  Any visitVariantP(NNParser::VariantPContext *ctx) override;
  Any visitTupleP(NNParser::TuplePContext *ctx) override;
  Any visitLiteralP(NNParser::LiteralPContext *ctx) override;

  // ---- expressions
  ast::Expr *expr(NNParser::ExprContext *ctx);
  ast::Expr *optional(NNParser::ExprContext *ctx) { return ctx ? expr(ctx) : nullptr; }
  std::vector<ast::Expr *> exprs(const std::vector<NNParser::ExprContext *> &list);
  ast::ClosureExpr *closure(NNParser::ClosureContext *ctx);
  std::vector<ast::Arg> args(NNParser::ArgsContext *ctx);
  ast::Index index(NNParser::IndexContext *ctx);
  void readSlice(ast::Index &index, Rule *ctx);
  ast::Expr *intLiteral(Loc place);
  ast::Expr *floatLiteral(Loc place);
  ast::Expr *boolLiteral(Loc place);
  void refuseChain(ast::BinaryExpr *comparison);
  Any visitFieldE(NNParser::FieldEContext *ctx) override;
  Any visitIndexE(NNParser::IndexEContext *ctx) override;
  Any visitCallE(NNParser::CallEContext *ctx) override;
  Any visitTrailingE(NNParser::TrailingEContext *ctx) override;
  Any visitBinaryE(NNParser::BinaryEContext *ctx) override;
  Any visitUnaryE(NNParser::UnaryEContext *ctx) override;
  Any visitRangeE(NNParser::RangeEContext *ctx) override;
  Any visitPipeE(NNParser::PipeEContext *ctx) override;
  Any visitCatchE(NNParser::CatchEContext *ctx) override;
  Any visitIfE(NNParser::IfEContext *ctx) override;
  Any visitMatchE(NNParser::MatchEContext *ctx) override;
  Any visitClosureE(NNParser::ClosureEContext *ctx) override;
  Any visitTupleE(NNParser::TupleEContext *ctx) override;
  Any visitListE(NNParser::ListEContext *ctx) override;
  Any visitIntE(NNParser::IntEContext *ctx) override;
  Any visitFloatE(NNParser::FloatEContext *ctx) override;
  Any visitStringE(NNParser::StringEContext *ctx) override;
  Any visitBoolE(NNParser::BoolEContext *ctx) override;
  Any visitNameE(NNParser::NameEContext *ctx) override;

  // ---- text literals
  ast::StringExpr *stringLiteral(Loc place);
  std::string plainText(Terminal *literal, const char *what);
  std::string unescape(size_t begin, size_t end);
  size_t unescapeUnicode(size_t begin, size_t end, std::string &out);
  ast::Expr *hole(size_t begin, size_t end);
  ast::Format format(size_t begin, size_t end);

  // ---- statements and declarations
  ast::Stmt *stmt(NNParser::StmtContext *ctx);
  ast::Block *block(Rule *ctx, const std::vector<NNParser::StmtContext *> &stmts);
  ast::Block *block(NNParser::BlockContext *ctx) { return block(ctx, ctx->stmt()); }
  ast::Block *block(NNParser::BodyContext *ctx) { return block(ctx, ctx->stmt()); }
  ast::Block *bareBlock(ast::Stmt *only);
  ast::Marks marks(const std::vector<NNParser::MarkContext *> &list);
  ast::Decl *item(NNParser::ItemContext *ctx);
  ast::Decl *member(NNParser::MemberContext *ctx);
  std::vector<ast::Param> params(NNParser::ParamsContext *ctx);
  ast::ImportDecl::Source source(NNParser::SourceContext *ctx);
  void checkTarget(const ast::Expr *target);
  void checkBody(const ast::Stmt *head, const ast::Stmt *next);
  Any visitMarkedStmt(NNParser::MarkedStmtContext *ctx) override;
  Any visitImportStmt(NNParser::ImportStmtContext *ctx) override;
  Any visitArgStmt(NNParser::ArgStmtContext *ctx) override;
  Any visitTestStmt(NNParser::TestStmtContext *ctx) override;
  Any visitReturnStmt(NNParser::ReturnStmtContext *ctx) override;
  Any visitBreakStmt(NNParser::BreakStmtContext *ctx) override;
  Any visitContinueStmt(NNParser::ContinueStmtContext *ctx) override;
  Any visitConditionStmt(NNParser::ConditionStmtContext *ctx) override;
  Any visitExprOrAssign(NNParser::ExprOrAssignContext *ctx) override;
  Any visitForLoop(NNParser::ForLoopContext *ctx) override;
  Any visitWhileLoop(NNParser::WhileLoopContext *ctx) override;
  Any visitBinding(NNParser::BindingContext *ctx) override;
  Any visitFnItem(NNParser::FnItemContext *ctx) override;
  Any visitStructItem(NNParser::StructItemContext *ctx) override;
  Any visitEnumItem(NNParser::EnumItemContext *ctx) override;
  Any visitItemMember(NNParser::ItemMemberContext *ctx) override;
  Any visitFieldMember(NNParser::FieldMemberContext *ctx) override;
};

} // namespace nnc::parse
