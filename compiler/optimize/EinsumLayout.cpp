#include "compiler/optimize/EinsumLayout.h"

using namespace nnc;

static bool has(llvm::StringRef letters, char letter) { return letters.contains(letter); }

/// The letters of `letters` that are in `wanted`, in the order of `letters`.
static std::string pick(llvm::StringRef letters, llvm::function_ref<bool(char)> wanted) {
  std::string result;
  for (char letter : letters)
    if (wanted(letter))
      result += letter;
  return result;
}

static std::optional<EinsumLayout> layoutOf(llvm::StringRef a, llvm::StringRef b,
                                            llvm::StringRef result) {
  EinsumLayout layout;
  layout.batch = pick(result, [&](char c) { return has(a, c) && has(b, c); });
  layout.m = pick(result, [&](char c) { return has(a, c) && !has(b, c); });
  layout.n = pick(result, [&](char c) { return !has(a, c) && has(b, c); });
  layout.k = pick(a, [&](char c) { return has(b, c) && !has(result, c); });
  if (layout.n.empty() || result != layout.batch + layout.m + layout.n)
    return std::nullopt;
  if (a == layout.batch + layout.m + layout.k)
    layout.aKMajor = false;
  else if (a == layout.batch + layout.k + layout.m)
    layout.aKMajor = true;
  else
    return std::nullopt;
  if (b == layout.batch + layout.k + layout.n)
    layout.bKMajor = true;
  else if (b == layout.batch + layout.n + layout.k)
    layout.bKMajor = false;
  else
    return std::nullopt;
  return layout;
}

std::optional<EinsumLayout> EinsumLayout::of(nn::EinsumOp einsum) {
  llvm::StringRef a = einsum.lhsLetters(), b = einsum.rhsLetters(), c = einsum.resultLetters();
  if (auto layout = layoutOf(a, b, c))
    return layout;
  auto layout = layoutOf(b, a, c);
  if (layout)
    layout->swapped = true;
  return layout;
}
