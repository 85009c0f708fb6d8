#include "compiler/frontend/parse/Builder.h"
#include "compiler/frontend/parse/Text.h"
#include <cctype>

namespace nnc::parse {

using namespace ast;

static void appendUtf8(char32_t point, std::string &out) {
  if (point < 0x80) {
    out += char(point);
    return;
  }
  int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  static const unsigned leads[] = {0, 0xC0, 0xE0, 0xF0};
  out += char(leads[more] | (point >> (6 * more)));
  while (more--)
    out += char(0x80 | ((point >> (6 * more)) & 0x3F));
}

StringExpr *Builder::stringLiteral(Loc place) {
  auto *node = make<StringExpr>(place);
  for (const Piece &piece : splitLiteral(text, place.begin, place.end)) {
    StringPart part;
    if (piece.isHole) {
      part.expr = hole(piece.begin, piece.end);
      if (piece.formatBegin)
        part.format = format(piece.formatBegin, piece.formatEnd);
    } else {
      part.text = unescape(piece.begin, piece.end);
    }
    node->parts.push_back(std::move(part));
  }
  return node;
}

std::string Builder::plainText(Terminal *literal, const char *what) {
  StringExpr *string = stringLiteral(loc(literal));
  if (!string->isPlain())
    diagnostics.report(DiagKind::SyntaxError, string->loc, std::string(what) + " is a plain text")
        .label("no `{` `}` here")
        .help("write `\\{` for a brace that is meant as text");
  return string->plainText();
}

std::string Builder::unescape(size_t begin, size_t end) {
  std::string out;
  for (size_t i = begin; i < end; ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
    case 'n':
      out += '\n';
      break;
    case 't':
      out += '\t';
      break;
    case 'r':
      out += '\r';
      break;
    case '0':
      out += '\0';
      break;
    case '"':
    case '\\':
    case '{':
    case '}':
      out += text[i];
      break;
    case 'u':
      i = unescapeUnicode(i, end, out);
      break;
    default: {
      Loc place{file.id, uint32_t(i - 1), uint32_t(i + 1)};
      while (place.end < end && (text[place.end] & 0xC0) == 0x80)
        ++place.end;
      diagnostics
          .report(DiagKind::BadEscape, place,
                  "`" + std::string(textOf(place)) + "` is not an escape")
          .help("there are \\n \\t \\r \\0 \\\" \\\\ \\{ \\} and \\u{1F600}");
      i = place.end - 1;
    }
    }
  }
  return out;
}

// `i` is at the u of \u{1F600}; returns the offset of its last byte.
size_t Builder::unescapeUnicode(size_t i, size_t end, std::string &out) {
  size_t close = text.substr(0, end).find('}', i);
  bool braces = i + 1 < end && text[i + 1] == '{' && close != std::string_view::npos;
  size_t last = braces ? close : i;
  std::string digits(braces ? text.substr(i + 2, close - i - 2) : "");
  bool valid = !digits.empty() && digits.size() <= 6 &&
               digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  char32_t point = valid ? char32_t(std::stoul(digits, nullptr, 16)) : 0;
  if (!valid || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
    diagnostics
        .report(DiagKind::BadEscape, {file.id, uint32_t(i - 1), uint32_t(last + 1)},
                "`\\u` names no character")
        .help("write the number of a Unicode character in braces: `\\u{1F600}`");
    return last;
  }
  appendUtf8(point, out);
  return last;
}

Expr *Builder::hole(size_t begin, size_t end) {
  Loc place{file.id, uint32_t(begin), uint32_t(end)};
  if (text.substr(begin, end - begin).find_first_not_of(" \t") == std::string_view::npos) {
    diagnostics
        .report(DiagKind::SyntaxError, {file.id, uint32_t(begin - 1), uint32_t(end + 1)},
                "expected an expression between the braces")
        .help("write `\\{` for a brace that is meant as text");
    return make<ErrorExpr>(place);
  }
  size_t errorsBefore = diagnostics.errorCount();
  Session session(sources, file.id, begin, end, diagnostics);
  if (diagnostics.errorCount() != errorsBefore)
    return make<ErrorExpr>(place);
  if (auto *ctx = session.hole())
    return expr(ctx->expr());
  reportFailure(session, diagnostics);
  return make<ErrorExpr>(place);
}

namespace {

// Reads [[fill]align][+][0][width][.precision][type] from `spec`.
class FormatReader {
public:
  FormatReader(std::string_view spec, Format &format) : spec(spec), format(format) {}

  bool read() {
    readAlign();
    format.plus = take('+');
    if (at < spec.size() && spec[at] == '0' && !format.align) {
      format.fill = '0';
      format.align = '>';
    }
    if (!readNumber(format.width) || (take('.') && !readRequired(format.precision)))
      return false;
    if (at < spec.size() && std::string_view("exXob").find(spec[at]) != std::string_view::npos)
      format.type = spec[at++];
    return at == spec.size() && !spec.empty();
  }

private:
  std::string_view spec;
  Format &format;
  size_t at = 0;

  static bool isAlign(char c) { return c == '<' || c == '^' || c == '>'; }

  void readAlign() {
    size_t fill = 0; // the bytes of the first code point
    for (fill = spec.empty() ? 0 : 1; fill < spec.size() && (spec[fill] & 0xC0) == 0x80;)
      ++fill;
    if (fill < spec.size() && isAlign(spec[fill])) {
      format.fill = decode(spec.substr(0, fill));
      format.align = spec[fill];
      at = fill + 1;
    } else if (!spec.empty() && isAlign(spec[0])) {
      format.align = spec[0];
      at = 1;
    }
  }

  static char32_t decode(std::string_view bytes) {
    unsigned char lead = (unsigned char)bytes[0];
    char32_t point = bytes.size() == 1 ? lead : lead & (0x7Fu >> bytes.size());
    for (size_t i = 1; i < bytes.size(); ++i)
      point = (point << 6) | ((unsigned char)bytes[i] & 0x3F);
    return point;
  }

  bool take(char c) {
    bool found = at < spec.size() && spec[at] == c;
    at += found;
    return found;
  }

  // False when the number is unreasonably large.
  bool readNumber(int &out) {
    if (at < spec.size() && std::isdigit((unsigned char)spec[at]))
      out = 0;
    for (; at < spec.size() && std::isdigit((unsigned char)spec[at]); ++at) {
      out = out * 10 + (spec[at] - '0');
      if (out > 1000)
        return false;
    }
    return true;
  }
  bool readRequired(int &out) { return readNumber(out) && out >= 0; }
};

} // namespace

Format Builder::format(size_t begin, size_t end) {
  Format result;
  result.loc = {file.id, uint32_t(begin), uint32_t(end)};
  std::string spec(textOf(result.loc));
  if (!FormatReader(spec, result).read())
    diagnostics
        .report(DiagKind::BadFormat, {file.id, uint32_t(begin - 1), uint32_t(end)},
                "`:" + spec + "` is not a format")
        .help("write [[fill]align][+][0][width][.precision][e, x, X, o or b], such as `:>8.3` or "
              "`:.4e`");
  return result;
}

} // namespace nnc::parse
