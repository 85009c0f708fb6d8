// One run of lexer, newline filter and parser over a stretch of a file. Private to parse/.
#pragma once
#include "compiler/diagnostics/Source.h"
#include "compiler/frontend/parse/Layout.h"

namespace nnc::parse {

// Where and why the parser gave up.
struct Failure {
  size_t token = 0;                   // index of the token that does not fit
  antlr4::misc::IntervalSet expected; // what would have; empty when not known
  std::vector<size_t> rules;          // the rules it was in, the innermost first
  bool tooDeep = false;
};

class Session {
public:
  // Lexes and lays out the bytes [begin, end) of the file, which `checkText` found good. Comments
  // and tokens are added to `lists` when it is given.
  Session(const SourceManager &sources, uint32_t file, size_t begin, size_t end,
          Diagnostics &diagnostics, ast::File *lists = nullptr);
  ~Session();

  const LaidOut &layout() const { return laidOut; }
  uint32_t fileId() const { return file; }
  const SourceManager &sourceFiles() const { return sources; }
  const antlr4::Token *token(size_t index) const { return stream[index]; }
  size_t tokenCount() const { return stream.size(); }
  // The index of the first token after the last tree.
  size_t position() const;

  // Parse from token `at` on: first fast, then, when that fails, with all context for the failure.
  // The tree lives until the next call. Null: see `failure`.
  NNParser::StatementContext *statement(size_t at);
  NNParser::HoleContext *hole();
  NNParser::OneMemberContext *member(size_t at);
  const Failure &failure() const { return failed; }

private:
  struct Machine;
  const SourceManager &sources;
  uint32_t file;
  LaidOut laidOut;
  std::vector<const antlr4::Token *> stream;
  std::unique_ptr<Machine> machine;
  Failure failed;

  template <class Rule> auto attempt(size_t at, Rule rule) -> decltype(rule());
};

// Reports the failure of a session's parser in words for people.
void reportFailure(const Session &session, Diagnostics &diagnostics);

} // namespace nnc::parse
