// test-mutants [--rounds=N] [--seed=N] FILE..: parses many damaged copies of good programs. Words,
// symbols and bytes are deleted, doubled, swapped or replaced, by a fixed random sequence. Every
// copy must parse or be refused with a message that prints; places must lie inside the file.
#include "compiler/diagnostics/Emitter.h"
#include "compiler/frontend/ast/Print.h"
#include "compiler/frontend/parse/Parse.h"
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

using namespace nnc;

namespace {

// Words and symbols in their source form, with the space between them kept.
std::vector<std::string> split(const std::string &text) {
  auto isWord = [](char c) { return std::isalnum((unsigned char)c) || c == '_'; };
  std::vector<std::string> pieces;
  for (char c : text) {
    bool joins = !pieces.empty() && isWord(c) && isWord(pieces.back().back());
    joins |= !pieces.empty() && c == ' ' && pieces.back().back() == ' ';
    if (joins)
      pieces.back() += c;
    else
      pieces.emplace_back(1, c);
  }
  return pieces;
}

class Mutator {
public:
  Mutator(std::vector<std::string> pieces, uint64_t seed)
      : pieces(std::move(pieces)), random(seed) {}

  std::string next() {
    std::vector<std::string> copy = pieces;
    for (size_t edits = 1 + below(3); edits; --edits)
      edit(copy);
    std::string text;
    for (const std::string &piece : copy)
      text += piece;
    if (below(50) == 0 && !text.empty())
      text[below(text.size())] = char(below(256));
    return text;
  }

private:
  std::vector<std::string> pieces;
  std::mt19937_64 random;

  size_t below(size_t bound) { return size_t(random() % bound); }

  void edit(std::vector<std::string> &copy) {
    static const char *const spare[] = {
        "(",   ")",  "[",      "]",     "{",    "}",       "\"",   "\n",   ",",
        ":",   "=>", "->",     "..",    "=",    "-",       "+",    "@",    "&",
        "?",   "|>", "if ",    "else ", "for ", "match ",  "fn ",  "let ", "where ",
        "0.5", "\\", "{x:.3}", ";",     " ",    "import ", "pub ", "_"};
    if (copy.empty())
      return;
    size_t at = below(copy.size()), other = below(copy.size());
    switch (below(5)) {
    case 0:
      copy.erase(copy.begin() + long(at));
      break;
    case 1:
      copy.insert(copy.begin() + long(at), copy[other]);
      break;
    case 2:
      std::swap(copy[at], copy[other]);
      break;
    case 3:
      copy[at] = spare[below(sizeof(spare) / sizeof(*spare))];
      break;
    default:
      copy.insert(copy.begin() + long(at), spare[below(sizeof(spare) / sizeof(*spare))]);
    }
  }
};

struct Tally {
  size_t good = 0, bad = 0;
};

bool inside(Loc loc, size_t size) {
  return !loc.valid() || (loc.begin <= loc.end && loc.end <= size);
}

// False when the parser broke a promise.
bool parseOne(const std::string &text, Tally &tally) {
  SourceManager sources;
  Diagnostics diagnostics;
  uint32_t id = sources.add("mutant.nn", text);
  ast::File file = parseFile(sources, id, diagnostics);
  std::ostringstream out;
  ast::print(out, file);
  emit(out, sources, diagnostics);
  ++(file.ok ? tally.good : tally.bad);
  bool right = file.ok != diagnostics.hasErrors();
  for (const Diagnostic &diagnostic : diagnostics.all()) {
    right &= inside(diagnostic.primary.loc, text.size());
    for (const Diagnostic::Mark &mark : diagnostic.secondary)
      right &= inside(mark.loc, text.size());
  }
  if (!right)
    std::cout << "this text breaks a promise of the parser:\n" << text << "\n" << out.str();
  return right;
}

} // namespace

int main(int argc, char **argv) {
  size_t rounds = 1000, seed = 1;
  Tally tally;
  for (int i = 1; i < argc; ++i) {
    if (!std::strncmp(argv[i], "--rounds=", 9)) {
      rounds = std::strtoull(argv[i] + 9, nullptr, 10);
    } else if (!std::strncmp(argv[i], "--seed=", 7)) {
      seed = std::strtoull(argv[i] + 7, nullptr, 10);
    } else {
      std::ifstream in(argv[i]);
      std::stringstream text;
      text << in.rdbuf();
      Mutator mutator(split(text.str()), seed + size_t(i));
      for (size_t round = 0; round < rounds; ++round)
        if (!parseOne(mutator.next(), tally))
          return 1;
    }
  }
  std::cout << tally.good << " parsed, " << tally.bad << " refused, seed " << seed << "\n";
  return tally.bad && tally.good ? 0 : 1;
}
