#include "compiler/frontend/parse/Parse.h"
#include "compiler/frontend/parse/Builder.h"
#include "compiler/frontend/parse/Text.h"
#include <algorithm>

namespace nnc {

using namespace parse;

namespace {

bool opens(size_t type) {
  return type == NNLexer::LPAREN || type == NNLexer::LBRACKET || type == NNLexer::LBRACE ||
         type == NNParser::BODY;
}
bool closes(size_t type) {
  return type == NNLexer::RPAREN || type == NNLexer::RBRACKET || type == NNLexer::RBRACE;
}

// From a token that does not fit to the next statement or member in the brackets around it, or
// around those.
size_t nextStart(const Session &session, size_t at, size_t end) {
  for (size_t depth = 0; at < end; ++at) {
    size_t type = session.token(at)->getType();
    if (opens(type))
      ++depth;
    else if (closes(type))
      depth -= depth != 0;
    else if (type == NNParser::SEP && depth == 0)
      return at + 1;
  }
  return end;
}

// Finds the other errors of a statement that has failed: the brackets in it match, so each of the
// statements and members after the failure can be tried on its own.
void findMoreErrors(Session &session, const Segment &segment, Diagnostics &diagnostics) {
  size_t at = nextStart(session, session.failure().token, segment.end);
  while (at < segment.end) {
    bool right = false;
    if (session.layout().inside[at] == Inside::Other || closes(session.token(at)->getType())) {
      at = nextStart(session, at, segment.end);
      continue;
    }
    right = session.layout().inside[at] == Inside::Members ? session.member(at) != nullptr
                                                           : session.statement(at) != nullptr;
    if (!right)
      reportFailure(session, diagnostics);
    at = right ? session.position()
               : nextStart(session, std::max(at, session.failure().token), segment.end);
  }
}

bool inBadSegment(const std::vector<Segment> &segments, size_t token) {
  auto after = std::lower_bound(segments.begin(), segments.end(), token,
                                [](const Segment &s, size_t at) { return s.end < at; });
  return after == segments.end() ? segments.back().bad : after->bad;
}

// The statements of a file, one after the other: an error costs only the statement it stands in.
void parseStatements(Session &session, ast::File &file, Builder &builder,
                     Diagnostics &diagnostics) {
  const std::vector<Segment> &segments = session.layout().segments;
  size_t at = 0;
  for (const Segment &segment : segments) {
    if (segment.end < at)
      continue; // a mark on a line of its own belonged to the statement before
    if (!segment.bad) {
      if (auto *ctx = session.statement(segment.begin)) {
        at = session.position();
        builder.statement(ctx);
        continue;
      }
      if (!inBadSegment(segments, session.failure().token)) {
        reportFailure(session, diagnostics);
        findMoreErrors(session, segment, diagnostics);
      }
    }
    at = std::max(segment.end, session.failure().token) + 1;
  }
}

} // namespace

ast::File parseFile(const SourceManager &sources, uint32_t id, Diagnostics &diagnostics) {
  ast::File file;
  file.id = id;
  size_t errorsBefore = diagnostics.errorCount();
  if (!checkText(sources, id, diagnostics))
    return file;
  std::string_view text = sources.file(id).text();
  size_t start = textStart(text);
  if (start) // a first line #!..
    file.comments.push_back({{id, 0, uint32_t(start)}, true, false});
  Session session(sources, id, start, text.size(), diagnostics, &file);
  Builder builder(sources, file, diagnostics);
  parseStatements(session, file, builder, diagnostics);
  file.ok = diagnostics.errorCount() == errorsBefore;
  return file;
}

} // namespace nnc
