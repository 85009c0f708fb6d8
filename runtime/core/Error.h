// Runtime errors: thrown through generated code, caught by nnrt_main and nnrt_try.
#pragma once
#include "runtime/include/nnrt.h"
#include <stdexcept>
#include <string>

namespace nnrt {

/// The reason, an optional help line and the place in the .nn source where it happened.
class NNRT_API Error : public std::runtime_error {
public:
  Error(const nnrt_context *ctx, std::string reason, std::string help = "");
  ~Error() override;
  std::string help, file;
  int line = 0, col = 0;
  /// `error: reason`, `  --> file:line:col`, `  = help: ...`, each line ended.
  std::string render() const;
};

inline void appendPiece(std::string &out, const std::string &piece) { out += piece; }
inline void appendPiece(std::string &out, const char *piece) { out += piece; }
inline void appendPiece(std::string &out, char piece) { out += piece; }
template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
void appendPiece(std::string &out, T number) {
  out += std::to_string(number);
}
/// The pieces (text and numbers) one after another.
template <class... Pieces> std::string cat(const Pieces &...pieces) {
  std::string out;
  (appendPiece(out, pieces), ...);
  return out;
}

/// Raises an Error of the given pieces at the context's place.
template <class... Pieces> [[noreturn]] void fail(nnrt_context *ctx, const Pieces &...pieces) {
  throw Error(ctx, cat(pieces...));
}

/// The text of an errno value, in lower case like all messages.
std::string errnoText(int number);

} // namespace nnrt
