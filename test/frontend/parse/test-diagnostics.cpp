// Prints findings as the language design shows them, and finds misspelt words.
#include "compiler/diagnostics/DidYouMean.h"
#include "compiler/diagnostics/Emitter.h"
#include <iostream>

using namespace nnc;

namespace {

struct Source {
  SourceManager sources;
  uint32_t id;
  std::string text;
  Diagnostics diagnostics;

  Source(const char *name, std::string content)
      : id(sources.add(name, content)), text(std::move(content)) {}
  Loc at(const char *word, uint32_t length) const {
    uint32_t begin = uint32_t(text.find(word));
    return {id, begin, begin + length};
  }
  void print() { emit(std::cout, sources, diagnostics); }
};

void severalLabelsOnOneLine() {
  Source s("mlp.nn", "model MLP[In, Hid, Out] {\n\n"
                     "  fn call[B](x: f32[B, In]) -> f32[B, Out] = x |> l2 |> relu |> l1\n}\n");
  s.diagnostics
      .report(DiagKind::ShapeMismatch, s.at("l2", 2),
              "`l2` takes f32[.., Hid], but `x` is f32[B, In]")
      .label("takes f32[.., Hid]")
      .also(s.at("x: f32", 1), "`x` is f32[B, In]")
      .also(s.at("MLP", 3), "in this model")
      .note("In and Hid are different dims", s.at("In", 2))
      .help("did you mean `x |> l1 |> relu |> l2`?");
  s.print();
}

void hangingLabels() {
  Source s("a.nn", "let a\t= b + c // \x01 \xff\n");
  s.diagnostics.report(DiagKind::TypeMismatch, s.at("+", 1), "cannot add")
      .label("here")
      .also(s.at("a\t", 1), "first")
      .also(s.at("b", 1), "second")
      .also(s.at("c", 1), "");
  s.print();
}

void sortedAndOnce() {
  Source s("a.nn", "a b c\n");
  for (const char *word : {"c", "a", "c"})
    s.diagnostics.report(DiagKind::UnknownName, s.at(word, 1),
                         std::string("`") + word + "` is not declared");
  s.print();
}

void withoutPlace() {
  Source s("a.nn", "");
  s.diagnostics.report(DiagKind::FileError, {}, "cannot read x");
  s.diagnostics.report(DiagKind::SyntaxError, {s.id, 0, 0}, "at the end");
  s.print();
}

void words() {
  std::vector<std::string> names = {"dropout", "cross_entropy", "Linear", "relu", "x"};
  for (const char *word : {"dropuot", "cros_entropy", "linear", "rleu", "y", "softmax"})
    std::cout << word << " -> '" << didYouMean(word, names) << "'\n";
}

} // namespace

int main() {
  severalLabelsOnOneLine();
  hangingLabels();
  sortedAndOnce();
  withoutPlace();
  words();
}
