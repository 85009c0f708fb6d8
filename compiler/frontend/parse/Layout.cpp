#include "compiler/frontend/parse/Layout.h"

namespace nnc::parse {

using antlr4::CommonToken;
using antlr4::Token;

Loc locOf(uint32_t file, const Token *token) {
  return {file, uint32_t(token->getStartIndex()), uint32_t(token->getStopIndex() + 1)};
}

bool isBinaryOperator(size_t type) {
  switch (type) {
  case NNLexer::PLUS:
  case NNLexer::STAR:
  case NNLexer::SLASH:
  case NNLexer::PERCENT:
  case NNLexer::CARET:
  case NNLexer::AT:
  case NNLexer::EQ:
  case NNLexer::NE:
  case NNLexer::LT:
  case NNLexer::LE:
  case NNLexer::GT:
  case NNLexer::GE:
  case NNLexer::ANDAND:
  case NNLexer::OROR:
  case NNLexer::PIPE:
  case NNLexer::DOTDOT:
  case NNLexer::DOTDOTEQ:
  case NNLexer::PLUSEQ:
  case NNLexer::MINUSEQ:
  case NNLexer::STAREQ:
  case NNLexer::SLASHEQ:
    return true;
  default:
    return false;
  }
}

namespace {

constexpr size_t kMaxBrackets = 256;

// After these a newline does not end a statement: operators, `,` and opening brackets.
bool continuesAfter(size_t type) {
  if (isBinaryOperator(type))
    return true;
  switch (type) {
  case NNLexer::MINUS:
  case NNLexer::BANG:
  case NNLexer::AMP:
  case NNLexer::ASSIGN:
  case NNLexer::FATARROW:
  case NNLexer::ARROW:
  case NNLexer::DOT:
  case NNLexer::COMMA:
  case NNLexer::COLON:
  case NNLexer::LPAREN:
  case NNLexer::LBRACKET:
  case NNLexer::LBRACE:
  case NNLexer::WHERE:
  case NNLexer::IN:
  case NNLexer::ELSE:
  case NNLexer::CATCH:
    return true;
  default:
    return false;
  }
}

// Before these neither.
bool continuesBefore(size_t type) {
  return type == NNLexer::PIPE || type == NNLexer::DOT || type == NNLexer::ARROW ||
         type == NNLexer::ELSE || type == NNLexer::WHERE || type == NNLexer::CATCH;
}

bool beginsHead(size_t type) {
  return type == NNLexer::IF || type == NNLexer::FOR || type == NNLexer::WHILE ||
         type == NNLexer::MATCH;
}

// At the start of a line these begin a statement, also where a bracket was forgotten before.
bool onlyBeginsStatement(size_t type, size_t next) {
  switch (type) {
  case NNLexer::LET:
  case NNLexer::VAR:
  case NNLexer::IMPORT:
  case NNLexer::RETURN:
  case NNLexer::STRUCT:
  case NNLexer::ENUM:
  case NNLexer::WHILE:
  case NNLexer::PUB:
  case NNLexer::EXPORT:
    return next != NNLexer::COLON && next != NNLexer::RPAREN && next != NNLexer::COMMA;
  case NNLexer::FN:
  case NNLexer::MODEL:
    return next == NNLexer::NAME;
  default:
    return false;
  }
}

const char *closerOf(size_t type) {
  return type == NNLexer::LPAREN ? ")" : type == NNLexer::LBRACKET ? "]" : "}";
}
size_t openerOf(size_t closer) {
  return closer == NNLexer::RPAREN     ? NNLexer::LPAREN
         : closer == NNLexer::RBRACKET ? NNLexer::LBRACKET
                                       : NNLexer::LBRACE;
}

class Layout {
public:
  Layout(Tokens tokens, uint32_t file, size_t end, std::string_view text, Diagnostics &diagnostics)
      : in(std::move(tokens)), file(file), end(end), text(text), diagnostics(diagnostics) {
    levels.push_back({NNLexer::LBRACE, {}, false, Inside::Statements, {}});
  }

  LaidOut run() {
    for (at = 0; at < in.size() && !stopped; ++at)
      step();
    if (!stopped && levels.size() > 1)
      reportUnclosed();
    levels.resize(1);
    if (previous != NNLexer::LBRACE)
      separate();
    auto last = std::make_unique<CommonToken>(Token::EOF);
    last->setStartIndex(end);
    last->setStopIndex(end - 1);
    push(std::move(last));
    return std::move(out);
  }

private:
  struct Level {
    size_t opener; // token type
    Loc loc;       // of the opener
    bool isMatch;  // the braces of a match: `=> {` opens a body
    Inside inside;
    std::vector<bool> heads; // if, for, while, match that wait for their `{`; true: match
    bool isBrace() const { return opener == NNLexer::LBRACE; }
  };

  Tokens in;
  uint32_t file;
  size_t end;
  std::string_view text;
  Diagnostics &diagnostics;
  LaidOut out;
  Segment segment;
  std::vector<Level> levels;
  size_t at = 0;
  size_t previous = NNLexer::LBRACE; // type of the last token, as if the file stood in braces
  size_t previousEnd = 0;
  Inside nextBrace = Inside::Statements; // what the next `{` opens
  bool newline = false;                  // one that counts was passed
  bool anyNewline = false;
  bool stopped = false;
  Loc oddOpen, oddClose; // the first pair of braces that are indented differently

  size_t typeAt(size_t index) const {
    while (index < in.size() && in[index]->getType() == NNLexer::NL)
      ++index;
    return index < in.size() ? in[index]->getType() : size_t(Token::EOF);
  }

  void step() {
    size_t type = in[at]->getType();
    if (type == NNLexer::NL || (type == NNLexer::SEMI && levels.back().isBrace())) {
      newline |= levels.back().isBrace();
      anyNewline |= type == NNLexer::NL;
      return;
    }
    if (anyNewline && !levels.back().isBrace() && previous != NNLexer::DOT &&
        onlyBeginsStatement(type, typeAt(at + 1)))
      closeForgotten();
    bool closes = type == NNLexer::RBRACE && levels.back().isBrace() && levels.size() > 1;
    if (closes ? previous != NNLexer::LBRACE
               : newline && !continuesAfter(previous) && !continuesBefore(type))
      separate();
    newline = anyNewline = false;
    take(type);
  }

  void take(size_t type) {
    if (beginsHead(type) && previous != NNLexer::DOT && typeAt(at + 1) != NNLexer::COLON)
      levels.back().heads.push_back(type == NNLexer::MATCH);
    noteDeclaration(type);
    size_t shownAs = type;
    Inside around = levels.back().inside;
    if (type == NNLexer::LPAREN || type == NNLexer::LBRACKET || type == NNLexer::LBRACE)
      shownAs = open(type);
    else if (type == NNLexer::RPAREN || type == NNLexer::RBRACKET || type == NNLexer::RBRACE)
      if (!close(type))
        return;
    if (stopped)
      return;
    previous = type;
    previousEnd = in[at]->getStopIndex() + 1;
    static_cast<CommonToken &>(*in[at]).setType(shownAs);
    out.tokens.push_back(std::move(in[at]));
    out.inside.push_back(around);
  }

  void push(std::unique_ptr<Token> token) {
    out.tokens.push_back(std::move(token));
    out.inside.push_back(levels.back().inside);
  }

  void noteDeclaration(size_t type) {
    bool named = typeAt(at + 1) == NNLexer::NAME && previous != NNLexer::DOT;
    if (named && (type == NNLexer::MODEL || type == NNLexer::STRUCT))
      nextBrace = Inside::Members;
    else if (named && (type == NNLexer::ENUM || type == NNLexer::IMPORT))
      nextBrace = Inside::Other;
  }

  // Returns the type that the parser sees: BODY for the `{` of a body.
  size_t open(size_t type) {
    Level &top = levels.back();
    Loc loc = locOf(file, in[at].get());
    if (levels.size() > kMaxBrackets) {
      diagnostics.report(DiagKind::TooDeep, loc, "brackets are nested too deeply")
          .label("level " + std::to_string(levels.size()))
          .note("at most " + std::to_string(kMaxBrackets) + " levels are possible");
      segment.bad = stopped = true;
      return type;
    }
    bool isBody = false, isMatch = false;
    if (type == NNLexer::LBRACE) {
      isBody = previous == NNLexer::ELSE || (previous == NNLexer::FATARROW && top.isMatch);
      if (!isBody && !top.heads.empty()) {
        isBody = true;
        isMatch = top.heads.back();
        top.heads.pop_back();
      }
    }
    Inside inside = isMatch || type != NNLexer::LBRACE ? Inside::Other : nextBrace;
    if (type == NNLexer::LBRACE)
      nextBrace = Inside::Statements;
    levels.push_back({type, loc, isMatch, inside, {}});
    return isBody ? size_t(NNParser::BODY) : type;
  }

  // False when the bracket closes nothing.
  bool close(size_t type) {
    Loc loc = locOf(file, in[at].get());
    size_t opener = openerOf(type);
    size_t match = levels.size();
    while (match > 1 && levels[match - 1].opener != opener)
      --match;
    std::string shown(text.substr(loc.begin, 1));
    if (match == 1 && !levels.back().isBrace() && type != NNLexer::RBRACE)
      match = levels.size(); // the wrong closer of a `(` or `[`
    if (match == 1) {
      if (!segment.bad) // one of a row is enough
        diagnostics.report(DiagKind::UnclosedBracket, loc, "`" + shown + "` closes nothing")
            .label("no bracket is open here");
      segment.bad = true;
      return false;
    }
    const Level &top = levels.back();
    if (top.opener != opener) {
      std::string wanted = closerOf(top.opener), opened(text.substr(top.loc.begin, 1));
      diagnostics
          .report(DiagKind::UnclosedBracket, loc,
                  "expected `" + wanted + "` to close the `" + opened +
                      "` opened here, but found `" + shown + "`")
          .label("expected `" + wanted + "`")
          .also(top.loc, "opened here");
      segment.bad = true;
    } else if (type == NNLexer::RBRACE && !oddOpen.valid()) {
      compareIndents(top.loc, loc);
    }
    levels.resize(match - 1);
    return true;
  }

  size_t indentOf(size_t offset) const {
    size_t lineBegin = text.rfind('\n', offset ? offset - 1 : 0);
    lineBegin = offset == 0 || lineBegin == std::string_view::npos ? 0 : lineBegin + 1;
    size_t first = text.find_first_not_of(" \t", lineBegin);
    return first - lineBegin;
  }

  bool firstOnLine(size_t offset) const {
    while (offset && (text[offset - 1] == ' ' || text[offset - 1] == '\t'))
      --offset;
    return offset == 0 || text[offset - 1] == '\n';
  }

  void compareIndents(Loc opener, Loc closer) {
    if (firstOnLine(closer.begin) && indentOf(opener.begin) != indentOf(closer.begin)) {
      oddOpen = opener;
      oddClose = closer;
    }
  }

  // A statement begins inside `(` or `[`: the bracket was not closed on the lines before.
  void closeForgotten() {
    reportOpen(levels.back(), {file, uint32_t(previousEnd), uint32_t(previousEnd)});
    while (!levels.back().isBrace())
      levels.pop_back();
    newline = true;
  }

  void reportOpen(const Level &level, Loc place) {
    std::string wanted = closerOf(level.opener), opened(text.substr(level.loc.begin, 1));
    diagnostics
        .report(DiagKind::UnclosedBracket, place,
                "expected `" + wanted + "` to close the `" + opened + "` opened here")
        .label("expected `" + wanted + "`")
        .also(level.loc, "opened here");
    segment.bad = true;
  }

  void reportUnclosed() {
    const Level &level = levels.back();
    std::string wanted = closerOf(level.opener), opened(text.substr(level.loc.begin, 1));
    auto &error =
        diagnostics.report(DiagKind::UnclosedBracket, level.loc,
                           "expected `" + wanted + "` to close the `" + opened + "` opened here");
    error.label("never closed");
    if (level.isBrace() && oddOpen.valid())
      error.also(oddOpen, "is it this one that should have been closed?")
          .also(oddClose, "this `}` closes it, but is indented differently");
    segment.bad = true;
  }

  // Ends a statement: an empty token right after the last one.
  void separate() {
    auto token = std::make_unique<CommonToken>(size_t(NNParser::SEP));
    token->setStartIndex(previousEnd);
    token->setStopIndex(previousEnd - 1);
    levels.back().heads.clear();
    nextBrace = Inside::Statements;
    previous = NNParser::SEP;
    if (levels.size() == 1) {
      segment.end = out.tokens.size();
      out.segments.push_back(segment);
      segment = {segment.end + 1, 0, false};
    }
    push(std::move(token));
  }
};

} // namespace

LaidOut layOut(Tokens tokens, uint32_t file, size_t end, std::string_view text,
               Diagnostics &diagnostics) {
  return Layout(std::move(tokens), file, end, text, diagnostics).run();
}

} // namespace nnc::parse
