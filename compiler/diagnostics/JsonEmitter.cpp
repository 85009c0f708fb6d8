#include "compiler/diagnostics/Emitter.h"
#include <cstdio>
#include <ostream>

namespace nnc {
namespace {

// Bytes above 0x7F pass as they are: messages are UTF-8, and so are file names nearly always.
std::string jsonString(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if ((unsigned char)c < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", unsigned(c));
      result += escape;
    } else {
      result += c;
    }
  }
  return result + "\"";
}

void printPlace(std::ostream &out, const SourceManager &sources, Loc loc) {
  if (!loc.valid())
    return;
  const SourceFile &file = sources.file(loc.file);
  LineCol begin = file.lineCol(loc.begin), end = file.lineCol(loc.end);
  out << ",\"file\":" << jsonString(file.name()) << ",\"line\":" << begin.line
      << ",\"column\":" << begin.col << ",\"endLine\":" << end.line << ",\"endColumn\":" << end.col;
}

} // namespace

void emitJson(std::ostream &out, const SourceManager &sources, const Diagnostic &diagnostic) {
  bool error = diagnostic.severity() == Severity::Error;
  out << "{\"kind\":" << jsonString(info(diagnostic.kind).id) << ",\"severity\":\""
      << (error ? "error" : "warning") << "\",\"message\":" << jsonString(diagnostic.message);
  printPlace(out, sources, diagnostic.primary.loc);
  out << ",\"label\":" << jsonString(diagnostic.primary.label) << ",\"related\":[";
  const char *comma = "";
  for (const Diagnostic::Mark &mark : diagnostic.secondary) {
    out << comma << "{\"label\":" << jsonString(mark.label);
    printPlace(out, sources, mark.loc);
    out << '}';
    comma = ",";
  }
  out << "],\"notes\":[";
  comma = "";
  for (const Diagnostic::Note &note : diagnostic.notes) {
    out << comma << "{\"text\":" << jsonString(note.text);
    printPlace(out, sources, note.loc);
    out << '}';
    comma = ",";
  }
  out << "],\"help\":" << jsonString(diagnostic.helpText) << "}\n";
}

} // namespace nnc
