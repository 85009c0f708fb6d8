#include "compiler/frontend/parse/Parse.h"
#include "compiler/frontend/parse/Builder.h"
#include "compiler/frontend/parse/Text.h"
#include <algorithm>

namespace nnc {

using namespace parse;

namespace {

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
        file.stmts.push_back(builder.statement(ctx));
        continue;
      }
      reportFailure(session, diagnostics);
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
