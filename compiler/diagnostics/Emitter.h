// Prints diagnostics: for people with the source lines, for tools as JSON.
#pragma once
#include "compiler/diagnostics/Diagnostic.h"
#include "compiler/diagnostics/Source.h"
#include <iosfwd>

namespace nnc {

struct EmitOptions {
  bool color = false; // see colorFor
  bool json = false;  // one JSON object per line instead of text
  size_t limit = 100; // how many are printed; the rest is counted
};

// Colours are for a terminal, unless the environment has NO_COLOR.
bool colorFor(int fileDescriptor);

// Prints all findings, sorted, in this form:
//   error[shape-mismatch]: `l2` takes f32[.., Hid], but `x` is f32[B, In]
//     --> mlp.nn:9:51
//    9 |   fn call[B](x: f32[B, In]) -> f32[B, Out] = x |> l2 |> relu |> l1
//      |              -                                    ^^ takes f32[.., Hid]
//      |              `x` is f32[B, In]
//      = note: ..
//      = help: ..
void emit(std::ostream &out, const SourceManager &sources, const Diagnostics &diagnostics,
          EmitOptions options = {});

void emitText(std::ostream &out, const SourceManager &sources, const Diagnostic &diagnostic,
              bool color);
// {"kind":.., "severity":.., "message":.., "file":.., "line":.., "column":.., "endLine":..,
//  "endColumn":.., "label":.., "related":[{place.., "label":..}], "notes":[..], "help":..}
void emitJson(std::ostream &out, const SourceManager &sources, const Diagnostic &diagnostic);

} // namespace nnc
