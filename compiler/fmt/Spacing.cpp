#include "compiler/fmt/Spacing.h"
#include <initializer_list>

namespace nnc::fmt {

using ast::Token;

static bool isOneOf(const Word &word, std::initializer_list<const char *> texts) {
  for (const char *text : texts)
    if (word.is(text))
      return true;
  return false;
}

// Words that are names wherever nothing begins with them: see `name` in the grammar.
static bool mayBeName(const Word &word) {
  return word.type == Token::Name || isOneOf(word, {"arg", "test", "param", "state", "as"});
}

static bool bindsTightly(const Word &word) { return isOneOf(word, {"*", "/", "%", "^"}); }

void Spacing::beginStatement() {
  role = Role::Start;
  inMarks = true;
  marksDepth = levels.size();
}

Spacing::Role Spacing::roleOf(const Word &word) const {
  bool afterValue = role == Role::Value;
  switch (word.type) {
  case Token::Name:
  case Token::Number:
  case Token::String:
    return Role::Value;
  case Token::Keyword:
    if (last.is(".") || isOneOf(word, {"true", "false"}) || (role == Role::Mark && last.is("@")))
      return Role::Value;
    return mayBeName(word) && role != Role::Start ? Role::Value : Role::Word;
  default:
    break;
  }
  if (word.closes())
    return Role::Value;
  if (word.is("@"))
    return inMarks && levels.size() == marksDepth ? Role::Mark : Role::Operator;
  if (isOneOf(word, {"-", "..", "..="}))
    return afterValue ? Role::Operator : Role::Prefix;
  if (isOneOf(word, {"&", "!"}))
    return Role::Prefix;
  if (word.is("?"))
    return afterValue ? Role::Value : Role::Prefix;
  return Role::Operator;
}

// `a*b` may stand without spaces where it was written so on both sides.
static bool isTight(const Word &word, const Word *next) {
  return bindsTightly(word) && !word.spaceBefore && next && !next->spaceBefore;
}

bool Spacing::between(const Word &word, const Word *next, Role is) const {
  if (role == Role::Prefix || last.is(".") || last.is("(") || last.is("[") ||
      (role == Role::Mark && last.is("@")))
    return false;
  if (isOneOf(word, {",", ";", ")", "]", "."}))
    return false;
  if (word.is(":"))
    return last.is(",");
  if (last.is("{"))
    return !word.is("}");
  if (isOneOf(last, {",", ";"}))
    return true;
  if (last.is(":") && inIndex())
    return colonOfName && word.spaceBefore;
  if (isOneOf(last, {"..", "..="}))
    return false;
  if (isOneOf(word, {"..", "..="}))
    return is == Role::Prefix;
  if (lastWasTight || (word.is("?") && is == Role::Value))
    return false;
  if (word.is("(") || word.is("[")) {
    if (last.is("}"))
      return word.spaceBefore;
    return !(last.is("fn") || role == Role::Value ||
             (last.type == Token::Keyword && mayBeName(last)));
  }
  return !isTight(word, next);
}

void Spacing::note(const Word &word, const Word *next, Role is) {
  bool declares = isOneOf(beforeLast, {"fn", "model", "struct", "enum"});
  bool opensMark = word.is("(") && beforeLast.is("@");
  bool insideMark = levels.size() > marksDepth;
  inMarks &= is == Role::Mark || word.is("pub") || word.is("export") || last.is("@") || opensMark ||
             insideMark;
  if (word.is("("))
    levels.push_back(Inside::Parens);
  else if (word.is("{"))
    levels.push_back(Inside::Braces);
  else if (word.is("["))
    levels.push_back(role == Role::Value && !declares ? Inside::Index : Inside::List);
  else if (word.closes() && !levels.empty())
    levels.pop_back();
  if (word.is(":"))
    colonOfName = last.type == Token::Name;
  lastWasTight = isTight(word, next);
  beforeLast = last;
  last = word;
  role = is;
  if (word.is("{") || word.is(";"))
    beginStatement();
}

bool Spacing::spaceBefore(const Word &word, const Word *next, bool firstOnLine) {
  Role is = roleOf(word);
  bool space = !firstOnLine && between(word, next, is);
  note(word, next, is);
  return space;
}

} // namespace nnc::fmt
