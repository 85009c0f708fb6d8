#include "compiler/frontend/parse/Text.h"
#include "compiler/diagnostics/Utf8.h"

namespace nnc::parse {
namespace {

constexpr unsigned kMaxLiteralDepth = 16;

bool checkEncoding(std::string_view text, uint32_t file, Diagnostics &diagnostics) {
  for (size_t i = 0; i < text.size();) {
    size_t length = utf8Length(text, i);
    Loc loc{file, uint32_t(i), uint32_t(i + 1)};
    if (length == 0) {
      static const char digits[] = "0123456789ABCDEF";
      unsigned byte = (unsigned char)text[i];
      std::string hex = std::string("0x") + digits[byte >> 4] + digits[byte & 15];
      diagnostics.report(DiagKind::InvalidText, loc, "the file is not valid UTF-8")
          .label("the byte " + hex + " cannot stand here");
      return false;
    }
    if (text[i] == '\0') {
      diagnostics.report(DiagKind::InvalidText, loc, "the file holds a NUL byte")
          .label("here: is this a binary file?");
      return false;
    }
    i += length;
  }
  return true;
}

// Walks a text literal as the token STRING of NN.g4 does.
struct LiteralWalk {
  std::string_view text;
  size_t brace = 0;    // the outermost `{` that is open where the walk failed
  bool inHole = false; // the walk failed between braces
  bool tooDeep = false;

  static constexpr size_t kFailed = size_t(-1);

  bool atLineEnd(size_t i) const { return i >= text.size() || text[i] == '\n' || text[i] == '\r'; }

  // `i` is at the quote; returns the offset after the closing one.
  size_t literal(size_t i, unsigned depth) {
    for (++i; !atLineEnd(i);) {
      if (text[i] == '"')
        return i + 1;
      if (text[i] == '\\') {
        i += 2;
        continue;
      }
      i = text[i] == '{' ? hole(i, depth + 1) : i + 1;
      if (i == kFailed)
        return kFailed;
    }
    return kFailed;
  }

  size_t hole(size_t i, unsigned depth) {
    size_t open = i;
    if (depth > kMaxLiteralDepth) {
      tooDeep = true;
      return kFailed;
    }
    for (++i; !atLineEnd(i);) {
      if (text[i] == '}')
        return i + 1;
      if (text[i] == '"')
        i = literal(i, depth);
      else
        i = text[i] == '{' ? hole(i, depth + 1) : i + 1;
      if (i == kFailed)
        break;
    }
    inHole = true;
    brace = open;
    return kFailed;
  }
};

size_t lineEnd(std::string_view text, size_t i) {
  size_t end = text.find('\n', i);
  return end == std::string_view::npos ? text.size() : end;
}

// Reports why no literal begins at `begin`; returns where to go on.
size_t reportLiteral(const LiteralWalk &walk, size_t begin, uint32_t file,
                     Diagnostics &diagnostics) {
  Loc quote{file, uint32_t(begin), uint32_t(begin + 1)};
  if (walk.tooDeep) {
    diagnostics.report(DiagKind::TooDeep, quote, "the braces in this text are nested too deeply")
        .note("at most " + std::to_string(kMaxLiteralDepth) + " levels are possible");
  } else {
    auto &error =
        diagnostics.report(DiagKind::UnclosedString, quote, "this text does not end on its line");
    if (walk.inHole)
      error.also({file, uint32_t(walk.brace), uint32_t(walk.brace + 1)}, "this `{` is not closed")
          .help("write `\\{` for a brace that is meant as text");
    else
      error.help("close it with `\"`; write `\\n` for a new line in it");
  }
  return lineEnd(walk.text, begin);
}

} // namespace

size_t textStart(std::string_view text) { return text.substr(0, 2) == "#!" ? lineEnd(text, 0) : 0; }

bool checkText(const SourceManager &sources, uint32_t file, Diagnostics &diagnostics) {
  std::string_view text = sources.file(file).text();
  if (!checkEncoding(text, file, diagnostics))
    return false;
  bool ok = true;
  for (size_t i = textStart(text); i < text.size();) {
    if (text[i] == '"') {
      LiteralWalk walk{text};
      size_t after = walk.literal(i, 0);
      ok &= after != LiteralWalk::kFailed;
      i = after != LiteralWalk::kFailed ? after : reportLiteral(walk, i, file, diagnostics);
    } else if (text[i] == '/' && i + 1 < text.size() && text[i + 1] == '/') {
      i = lineEnd(text, i);
    } else {
      ++i;
    }
  }
  return ok;
}

// The `:` between the expression of a hole and its format: the first outside brackets and literals.
static size_t findFormat(std::string_view text, size_t begin, size_t end) {
  unsigned depth = 0;
  LiteralWalk walk{text};
  for (size_t i = begin; i < end;) {
    char c = text[i];
    if (c == '"') {
      i = walk.literal(i, 0);
      continue;
    }
    if (c == ':' && depth == 0)
      return i + 1;
    if (c == '(' || c == '[' || c == '{')
      ++depth;
    if ((c == ')' || c == ']' || c == '}') && depth)
      --depth;
    ++i;
  }
  return 0;
}

std::vector<Piece> splitLiteral(std::string_view text, size_t begin, size_t end) {
  std::vector<Piece> pieces;
  LiteralWalk walk{text};
  size_t from = begin + 1, last = end - 1;
  auto addText = [&](size_t to) {
    if (to > from)
      pieces.push_back({false, from, to, 0, 0});
  };
  for (size_t i = from; i < last;) {
    if (text[i] == '\\') {
      bool point = text.substr(i, 3) == "\\u{";
      i = point ? walk.hole(i + 2, 1) : i + 2;
    } else if (text[i] == '{') {
      addText(i);
      size_t after = walk.hole(i, 1), formatAt = findFormat(text, i + 1, after - 1);
      pieces.push_back({true, i + 1, formatAt ? formatAt - 1 : after - 1, formatAt, after - 1});
      i = from = after;
    } else {
      ++i;
    }
  }
  addText(last);
  return pieces;
}

} // namespace nnc::parse
