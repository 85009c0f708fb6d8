// What the compiler has to say about a program, before it is printed.
#pragma once
#include "compiler/diagnostics/Loc.h"
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

enum class Severity : uint8_t { Error, Warning };

// One enumerator per line of Kinds.def: DiagKind::ShapeMismatch.
enum class DiagKind : uint16_t {
#define DIAGNOSTIC(NAME, ID, SEVERITY, MEANING) NAME,
#include "compiler/diagnostics/Kinds.def"
#undef DIAGNOSTIC
};

struct KindInfo {
  const char *id; // "shape-mismatch"
  Severity severity;
  const char *meaning;
};
const KindInfo &info(DiagKind kind);
std::vector<DiagKind> allKinds();
std::optional<DiagKind> findKind(std::string_view id);

// One finding. Messages are lower case without a full stop, with backticks round code. Build one
// where it is reported:
//   diags.report(DiagKind::ShapeMismatch, callee->loc, "`l2` takes f32[.., Hid], but ..")
//       .label("takes f32[.., Hid]").also(param->loc, "`x` is f32[B, In]").note("..").help("..");
struct Diagnostic {
  struct Mark {
    Loc loc;
    std::string label; // may be empty
  };
  struct Note {
    std::string text;
    Loc loc; // when known, its place is printed after the text
  };

  DiagKind kind;
  std::string message;
  Mark primary;
  std::vector<Mark> secondary;
  std::vector<Note> notes;
  std::string helpText; // at most one

  Diagnostic &label(std::string text) { return primary.label = std::move(text), *this; }
  Diagnostic &also(Loc loc, std::string text) { return secondary.push_back({loc, text}), *this; }
  Diagnostic &note(std::string text, Loc loc = {}) { return notes.push_back({text, loc}), *this; }
  Diagnostic &help(std::string text) { return helpText = std::move(text), *this; }

  Severity severity() const { return info(kind).severity; }
};

// "no values", "one value", "2 values".
inline std::string counted(size_t count, const std::string &word) {
  std::string number = count == 0 ? "no" : count == 1 ? "one" : std::to_string(count);
  return number + " " + word + (count == 1 ? "" : "s");
}

// Collects findings. References that `report` returns stay valid.
class Diagnostics {
public:
  Diagnostic &report(DiagKind kind, Loc loc, std::string message);
  bool hasErrors() const { return errorCount() != 0 || (strict && !list.empty()); }
  void countWarnings() { strict = true; } // as errors, from now on
  size_t errorCount() const { return errors; }
  size_t count() const { return list.size(); }
  // Takes back all but the first `count` findings.
  void forget(size_t count);
  size_t warningCount() const { return list.size() - errors; }
  bool empty() const { return list.empty(); }
  Diagnostic &last() { return list.back(); }
  const std::deque<Diagnostic> &all() const { return list; }
  // In the order in which they are printed: by file and place; the same finding only once.
  std::vector<const Diagnostic *> sorted() const;

private:
  std::deque<Diagnostic> list;
  size_t errors = 0;
  bool strict = false;
};

} // namespace nnc
