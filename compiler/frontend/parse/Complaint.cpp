// Syntax errors in words: what stands there, what was expected, and what was probably meant.
#include "compiler/frontend/parse/Session.h"
#include <map>

namespace nnc::parse {
namespace {

using antlr4::Token;

// "a", "a or b", "a, b or c"
std::string joinOr(const std::vector<std::string> &words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return text;
}

class Complaint {
public:
  Complaint(const Session &session, Diagnostics &diagnostics)
      : session(session), failure(session.failure()), diagnostics(diagnostics),
        token(session.token(failure.token)), loc(locOf(session.fileId(), token)) {}

  void report() {
    if (failure.tooDeep) {
      diagnostics.report(DiagKind::TooDeep, loc, "code is nested too deeply")
          .help("split it into several statements with `let`");
      return;
    }
    if (loc.begin == loc.end && token->getType() != Token::EOF && loc.begin > 0)
      place = {loc.file, loc.begin, loc.end}; // the end of a statement: right after its last token
    else
      place = loc;
    if (badCharacter() || numberWithTail() || keywordAsName())
      return;
    std::string wanted = joinOr(expectations());
    std::string message = wanted.empty() ? describe() + " does not fit here"
                                         : "expected " + wanted + ", but found " + describe();
    auto &error = diagnostics.report(DiagKind::SyntaxError, place, std::move(message));
    error.label(wanted.empty() ? "" : "expected " + shortest());
    std::string hint = help();
    if (!hint.empty())
      error.help(hint);
  }

private:
  const Session &session;
  const Failure &failure;
  Diagnostics &diagnostics;
  const Token *token;
  Loc loc, place;
  std::vector<std::string> wantedWords;

  size_t typeAt(size_t index) const {
    return index < session.tokenCount() ? session.token(index)->getType() : size_t(Token::EOF);
  }
  size_t type() const { return token->getType(); }
  size_t previousType() const { return failure.token ? typeAt(failure.token - 1) : 0; }
  size_t nextType() const { return typeAt(failure.token + 1); }
  std::string textAt(size_t index) const {
    if (index >= session.tokenCount())
      return "";
    return std::string(session.sourceFiles().text(locOf(session.fileId(), session.token(index))));
  }
  std::string text() const { return textAt(failure.token); }
  std::string previousText() const { return failure.token ? textAt(failure.token - 1) : ""; }
  bool touchesPrevious() const {
    return failure.token &&
           session.token(failure.token - 1)->getStopIndex() + 1 == token->getStartIndex();
  }
  bool expects(size_t kind) const { return failure.expected.contains(kind); }
  bool inRule(size_t rule) const {
    for (size_t at : failure.rules)
      if (at == rule)
        return true;
    return false;
  }

  // What stands at the end of a statement: SEP is an empty token.
  std::string describe() const {
    if (type() == Token::EOF)
      return "the end of the file";
    if (type() == NNParser::SEP) {
      std::string_view all = session.sourceFiles().file(loc.file).text();
      size_t next = all.find_first_not_of(" \t\r", loc.begin);
      if (next == std::string_view::npos || nextType() == Token::EOF)
        return "the end of the file";
      if (all[next] == ';' || all[next] == '}')
        return std::string("`") + all[next] + "`";
      return "the end of the line";
    }
    if (type() == NNLexer::STRING)
      return "a text";
    std::string shown = text();
    if (shown.size() > 40)
      shown = shown.substr(0, 37) + "...";
    return "`" + shown + "`";
  }

  // What would fit, from the most telling to the least; empty when that is not known.
  std::vector<std::string> expectations() {
    std::vector<std::string> words;
    bool expression = expects(NNLexer::FLOAT) && expects(NNLexer::IF);
    bool word = expects(NNLexer::CATCH) && expects(NNLexer::ELSE) && !expects(NNLexer::PIPE);
    bool statement = expects(NNLexer::LET) && expects(NNLexer::RETURN) && !word;
    bool pattern = expects(NNLexer::FLOAT) && !expression;
    bool aType = expects(NNLexer::QUESTION) && expects(NNLexer::INT) && !expression;
    bool member = expects(NNLexer::FN) && expects(NNLexer::PARAM) && !expression && !word && !aType;
    if (failure.expected.isEmpty())
      return byRule();
    if (statement)
      words.push_back("a statement");
    else if (expression)
      words.push_back(expects(NNLexer::NEW) ? "an index" : "an expression");
    else if (pattern)
      words.push_back("a pattern");
    else if (member)
      words.push_back("a field or a declaration");
    else if (aType)
      words.push_back(expects(NNLexer::AMP) ? "a type" : "a dim");
    else if (expects(NNLexer::NAME))
      words.push_back("a name");
    if (expects(NNLexer::EQ) && !expects(NNLexer::PIPE) && words.empty())
      words.push_back("a comparison such as `==` or `<=`");
    if (expects(NNLexer::FN) && expects(NNLexer::LET) && !statement && !word)
      words = {"a declaration", "`let`", "a loop"};
    if (statement || member || word)
      return words;
    for (size_t kind : {size_t(NNLexer::COLON), size_t(NNLexer::ASSIGN), size_t(NNLexer::IN),
                        size_t(NNLexer::FATARROW), size_t(NNLexer::COMMA)})
      addToken(kind, words, expression || pattern || aType);
    addBrackets(words, expression || pattern || aType);
    if (expects(NNParser::SEP) && !expression)
      words.push_back(innermost() == NNParser::RuleItem ? "a new line"
                                                        : "the end of the statement");
    if (words.size() > 4)
      words.clear();
    return words;
  }

  size_t innermost() const { return failure.rules.empty() ? size_t(-1) : failure.rules.front(); }

  // Where the parser had to look further than one token, only the rule tells.
  std::vector<std::string> byRule() const {
    if (previousType() == NNLexer::ELSE)
      return {"`{`", "`if`"};
    return {};
  }

  void addToken(size_t kind, std::vector<std::string> &words, bool atStart) {
    if (!expects(kind) || (atStart && kind == NNLexer::COLON))
      return;
    if (kind == NNLexer::ASSIGN && expects(NNLexer::PLUSEQ))
      return;
    words.push_back("`" + spell(kind) + "`");
  }

  void addBrackets(std::vector<std::string> &words, bool atStart) {
    bool list = innermost() == NNParser::RuleExpr && !expects(NNLexer::COMMA) && !atStart;
    for (size_t kind : {size_t(NNLexer::RPAREN), size_t(NNLexer::RBRACKET)})
      if (expects(kind) && list)
        words.insert(words.end(), {"`,`", "`" + spell(kind) + "`"});
      else if (expects(kind))
        words.push_back("`" + spell(kind) + "`");
    if (expects(NNParser::BODY))
      words.push_back("`{`");
    if (atStart)
      return;
    if (expects(NNLexer::RBRACE) && previousType() != NNLexer::COMMA)
      addContents(words);
    for (size_t kind : {size_t(NNLexer::LBRACE), size_t(NNLexer::LPAREN), size_t(NNLexer::RBRACE),
                        size_t(NNLexer::STRING)})
      if (expects(kind) && !(kind == NNLexer::LPAREN && expects(NNLexer::LBRACE)))
        words.push_back(kind == NNLexer::STRING ? "a text" : "`" + spell(kind) + "`");
  }

  // The parser leaves the list of what stands in braces at the first token that begins nothing.
  void addContents(std::vector<std::string> &words) {
    size_t rule = innermost();
    if (rule == NNParser::RuleItem && !expects(NNParser::SEP))
      words.insert(words.end(), {"a field", "a method"});
    else if (rule == NNParser::RuleBlock || rule == NNParser::RuleBody ||
             rule == NNParser::RuleClosure)
      words.push_back("a statement");
  }

  static std::string spell(size_t kind) {
    switch (kind) {
    case NNLexer::COLON:
      return ":";
    case NNLexer::ASSIGN:
      return "=";
    case NNLexer::IN:
      return "in";
    case NNLexer::FATARROW:
      return "=>";
    case NNLexer::COMMA:
      return ",";
    case NNLexer::RPAREN:
      return ")";
    case NNLexer::RBRACKET:
      return "]";
    case NNLexer::RBRACE:
      return "}";
    case NNLexer::LBRACE:
      return "{";
    default:
      return "(";
    }
  }

  std::string shortest() { return joinOr(expectations()); }

  // ---- errors with words of their own
  bool badCharacter() {
    if (type() != NNLexer::BAD)
      return false;
    std::string shown = text();
    bool control = shown.size() == 1 && (unsigned char)shown[0] < 0x20;
    auto &error = diagnostics.report(DiagKind::SyntaxError, place,
                                     control ? "a control character cannot stand here"
                                             : "`" + shown + "` has no meaning here");
    if (shown == "'")
      error.help("text stands in double quotes: \"..\"");
    else if (shown == "#")
      error.help("comments begin with `//`");
    else if (shown == "|")
      error.help("write `|>` to pass a value on, `||` for or");
    return true;
  }

  bool numberWithTail() {
    bool number = previousType() == NNLexer::INT || previousType() == NNLexer::FLOAT;
    bool tail = type() == NNLexer::NAME || type() == NNLexer::INT;
    if (!number || !tail || !touchesPrevious())
      return false;
    Loc both = span(locOf(loc.file, session.token(failure.token - 1)), loc);
    auto &error = diagnostics.report(DiagKind::BadNumber, both,
                                     "`" + previousText() + text() + "` is not a number");
    if (type() == NNLexer::NAME && previousType() == NNLexer::INT && previousText() != "0")
      error.help("put a `*` between them to multiply");
    return true;
  }

  static bool isKeyword(size_t kind) { return kind >= NNLexer::ARG && kind < NNLexer::LPAREN; }

  bool keywordAsName() {
    bool wantsName = expects(NNLexer::NAME) || failure.expected.isEmpty();
    bool wantsMore = expects(NNLexer::LET) || (expects(NNLexer::FLOAT) && expects(NNLexer::IF));
    bool afterBinder = previousType() == NNLexer::LET || previousType() == NNLexer::VAR ||
                       previousType() == NNLexer::FN || previousType() == NNLexer::FOR;
    if (!isKeyword(type()) || !wantsName || (wantsMore && !afterBinder) ||
        type() == NNLexer::TRUE || type() == NNLexer::FALSE)
      return false;
    if (!afterBinder && nextType() != NNLexer::COLON)
      return false;
    diagnostics
        .report(DiagKind::SyntaxError, place,
                "`" + text() + "` is a word of the language and cannot be a name")
        .label("expected a name");
    return true;
  }

  // ---- what was probably meant
  std::string help() const {
    static const std::map<std::string, const char *> foreign = {
        {"elif", "write `else if`"},
        {"elsif", "write `else if`"},
        {"and", "write `&&`"},
        {"or", "write `||`"},
        {"not", "write `!`"},
        {"def", "a function begins with `fn`"},
        {"func", "a function begins with `fn`"},
        {"function", "a function begins with `fn`"},
        {"class", "write `model` for something with parameters, else `struct`"},
        {"mut", "write `var` for a name that may be assigned again"},
        {"const", "write `let`"},
        {"from", "write `import a.b { x, y }`"},
        {"lambda", "write `{ x => .. }`"},
    };
    for (const std::string &word : {text(), previousText()}) {
      auto found = foreign.find(word);
      if (found != foreign.end())
        return found->second;
    }
    std::string hint = helpForHead();
    return hint.empty() ? helpForToken() : hint;
  }

  std::string helpForHead() const {
    bool head = expects(NNParser::BODY);
    if (head && type() == NNLexer::COLON)
      return "a body stands in braces: `{ .. }`";
    if (head && type() == NNLexer::ASSIGN)
      return "write `==` to compare";
    if (head && type() == NNParser::SEP && innermost() != NNParser::RuleArm)
      return "put the `{` of the body on the same line";
    if (type() == NNLexer::LBRACE && previousType() == NNParser::SEP)
      return "put the `{` at the end of the line before";
    if (type() == NNLexer::FATARROW && inRule(NNParser::RuleBody))
      return "put a closure in the head of if, for, while or match in parentheses";
    return "";
  }

  std::string helpForToken() const {
    bool lineStart = previousType() == NNParser::SEP;
    if ((type() == NNLexer::STAR && previousType() == NNLexer::SLASH) ||
        (type() == NNLexer::SLASH && nextType() == NNLexer::STAR))
      return "comments begin with `//` and end with the line";
    if (lineStart && failure.token && isBinaryOperator(type()))
      return "a line that goes on ends with the operator: put `" + text() +
             "` at the end of the line before";
    if (type() == NNLexer::STAR && previousType() == NNLexer::STAR)
      return "powers are written `x ^ n`";
    if (type() == NNLexer::QUESTION ||
        (type() == NNLexer::IF && !lineStart && expects(NNParser::SEP)))
      return "write `if c { a } else { b }`";
    if (type() == NNLexer::INT && previousType() == NNLexer::DOT)
      return "a member of a tuple is `t[0]`; a pattern takes it apart: `let (a, b) = t`";
    if (type() == NNLexer::ASSIGN && previousType() == NNLexer::NAME &&
        (expects(NNLexer::RPAREN) || expects(NNLexer::COMMA)))
      return "write `" + previousText() + ": ..` for an argument by name";
    if (type() == NNLexer::STRING && previousType() == NNLexer::NAME && touchesPrevious())
      return "values stand in any text, without a letter before it: `\"{x}\"`";
    if (type() == NNLexer::COLON && previousType() == NNLexer::RPAREN)
      return "the type of a result stands behind `->`";
    if (type() == NNLexer::COMMA && expects(NNLexer::IN))
      return "names for the members stand in parentheses: `for (a, b) in ..`";
    if (type() == NNLexer::FATARROW && expects(NNLexer::RPAREN))
      return "a closure stands in braces: `{ x => .. }`";
    if (type() == NNLexer::FATARROW && previousType() == NNLexer::LBRACE)
      return "a closure without parameters is its body alone: `{ .. }`";
    if (type() == NNLexer::DOT && (previousType() == NNLexer::DOTDOT))
      return "ranges are `0..n`, without n, and `0..=n`, with it";
    if (previousType() == NNLexer::CATCH && expects(NNLexer::LBRACE))
      return "write `catch { error => .. }`";
    if (type() == NNLexer::AMP && expects(NNLexer::FLOAT) && previousType() == NNLexer::ASSIGN)
      return "`&` stands before an argument that the call updates, and nowhere else";
    if (type() == NNLexer::AMP && previousType() == NNLexer::AMP)
      return "write `&&`";
    if (type() == NNLexer::PLUS && previousType() == NNLexer::PLUS)
      return "write `x += 1` to add one";
    if (type() == NNLexer::ASSIGN && isBinaryOperator(previousType()) && touchesPrevious())
      return "write `x = x " + previousText() + " ..`";
    if (type() == NNLexer::ARROW && (expects(NNLexer::FATARROW) || inRule(NNParser::RuleClosure)))
      return "write `=>`";
    if (type() == NNLexer::FN && expects(NNLexer::FLOAT))
      return "a function without a name is a closure: `{ x => .. }`";
    if (type() == NNLexer::COMMA && inRule(NNParser::RuleBinding) && expects(NNLexer::ASSIGN))
      return "to bind several names write `let (a, b) = ..`";
    if (expects(NNLexer::ASSIGN) && inRule(NNParser::RuleBinding) && type() == NNParser::SEP)
      return "every `let` and `var` has a value from the start";
    return "";
  }
};

} // namespace

void reportFailure(const Session &session, Diagnostics &diagnostics) {
  Complaint(session, diagnostics).report();
}

} // namespace nnc::parse
