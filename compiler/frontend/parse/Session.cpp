#include "compiler/frontend/parse/Session.h"
#include "antlr4-runtime.h"

namespace nnc::parse {

using namespace antlr4;

namespace {

constexpr size_t kMaxRules = 1600; // what 8 MB of stack hold with room to spare

// Thrown through ANTLR's frames; nothing outside this file sees it.
struct TooDeepHere : ParseCancellationException {
  TooDeepHere() : ParseCancellationException("too deep") {}
};

struct DepthGuard : tree::ParseTreeListener {
  size_t depth = 0;
  void visitTerminal(tree::TerminalNode *) override {}
  void visitErrorNode(tree::ErrorNode *) override {}
  void enterEveryRule(ParserRuleContext *) override {
    if (++depth > kMaxRules)
      throw TooDeepHere();
  }
  void exitEveryRule(ParserRuleContext *) override { --depth; }
};

// Gives up at the first token that does not fit, and notes what would have.
struct GiveUp : DefaultErrorStrategy {
  Failure *failure;
  explicit GiveUp(Failure *failure) : failure(failure) {}

  void note(Token *token, RuleContext *context) {
    failure->token = token->getTokenIndex();
    failure->rules.clear();
    for (auto *at = context; at; at = dynamic_cast<RuleContext *>(at->parent))
      failure->rules.push_back(at->getRuleIndex());
    throw ParseCancellationException("syntax error");
  }
  void reportError(Parser *, const RecognitionException &error) override {
    auto *noAlternative = dynamic_cast<const NoViableAltException *>(&error);
    bool known = !noAlternative || noAlternative->getStartToken() == error.getOffendingToken();
    failure->expected = known ? error.getExpectedTokens() : misc::IntervalSet();
    note(error.getOffendingToken(), error.getCtx());
  }
  Token *recoverInline(Parser *parser) override {
    failure->expected = parser->getExpectedTokens();
    note(parser->getCurrentToken(), parser->getContext());
    return nullptr;
  }
  void recover(Parser *, std::exception_ptr) override {}
  void sync(Parser *) override {}
};

// From code points, which ANTLR counts, to bytes of the file.
class ByteOffsets {
public:
  ByteOffsets(std::string_view text, size_t base) : base(base) {
    bool ascii = true;
    for (char c : text)
      ascii &= (c & 0x80) == 0;
    for (size_t i = 0; !ascii && i <= text.size(); ++i)
      if (i == text.size() || (text[i] & 0xC0) != 0x80)
        offsets.push_back(uint32_t(i));
  }
  size_t operator()(size_t point) const {
    return base + (offsets.empty() ? point : offsets[point]);
  }

private:
  size_t base;
  std::vector<uint32_t> offsets; // empty for ASCII
};

ast::Token::Type classify(size_t type) {
  if (type == NNLexer::NL)
    return ast::Token::Newline;
  if (type == NNLexer::NAME)
    return ast::Token::Name;
  if (type == NNLexer::INT || type == NNLexer::FLOAT)
    return ast::Token::Number;
  if (type == NNLexer::STRING)
    return ast::Token::String;
  return type < NNLexer::LPAREN ? ast::Token::Keyword : ast::Token::Symbol;
}

bool firstOnItsLine(const ast::File &lists) {
  return lists.tokens.empty() || lists.tokens.back().type == ast::Token::Newline;
}

// Lexes text; comments go to `lists` and nowhere else.
Tokens lex(std::string_view text, size_t base, uint32_t file, ast::File *lists) {
  ANTLRInputStream input{std::string(text)};
  NNLexer lexer(&input);
  lexer.removeErrorListeners();
  ByteOffsets bytes(text, base);
  Tokens tokens;
  for (auto token = lexer.nextToken(); token->getType() != Token::EOF; token = lexer.nextToken()) {
    auto &common = static_cast<CommonToken &>(*token);
    common.setStopIndex(bytes(common.getStopIndex() + 1) - 1);
    common.setStartIndex(bytes(common.getStartIndex()));
    Loc loc = locOf(file, token.get());
    if (common.getType() == NNLexer::COMMENT) {
      std::string_view shown = text.substr(loc.begin - base, 4);
      bool doc = shown.substr(0, 3) == "///" && shown != "////";
      if (lists)
        lists->comments.push_back({loc, firstOnItsLine(*lists), doc});
      continue;
    }
    if (lists)
      lists->tokens.push_back({classify(common.getType()), loc});
    tokens.push_back(std::move(token));
  }
  return tokens;
}

} // namespace

struct Session::Machine {
  ListTokenSource source;
  CommonTokenStream stream;
  NNParser parser;
  DepthGuard guard;

  Machine(Tokens tokens, Failure *failure)
      : source(std::move(tokens)), stream(&source), parser(&stream) {
    parser.removeErrorListeners();
    parser.addParseListener(&guard);
    parser.setErrorHandler(std::make_shared<GiveUp>(failure));
    stream.fill();
  }
};

Session::Session(const SourceManager &sources, uint32_t file, size_t begin, size_t end,
                 Diagnostics &diagnostics, ast::File *lists)
    : sources(sources), file(file) {
  std::string_view text = sources.file(file).text();
  Tokens tokens = lex(text.substr(begin, end - begin), begin, file, lists);
  laidOut = layOut(std::move(tokens), file, end, text, diagnostics);
  for (auto &token : laidOut.tokens)
    stream.push_back(token.get());
  machine = std::make_unique<Machine>(std::move(laidOut.tokens), &failed);
}

Session::~Session() = default;

size_t Session::position() const { return machine->stream.index(); }

template <class Rule> auto Session::attempt(size_t at, Rule rule) -> decltype(rule()) {
  auto *interpreter = machine->parser.getInterpreter<atn::ParserATNSimulator>();
  for (auto mode : {atn::PredictionMode::SLL, atn::PredictionMode::LL}) {
    try {
      failed = Failure();
      machine->parser.reset();
      machine->stream.seek(at);
      machine->guard.depth = 0;
      interpreter->setPredictionMode(mode);
      return rule();
    } catch (const TooDeepHere &) {
      failed.token = machine->stream.index();
      failed.tooDeep = true;
      break;
    } catch (const ParseCancellationException &) {
    }
  }
  return nullptr;
}

NNParser::StatementContext *Session::statement(size_t at) {
  return attempt(at, [&] { return machine->parser.statement(); });
}

NNParser::OneMemberContext *Session::member(size_t at) {
  return attempt(at, [&] { return machine->parser.oneMember(); });
}

NNParser::HoleContext *Session::hole() {
  return attempt(0, [&] { return machine->parser.hole(); });
}

} // namespace nnc::parse
