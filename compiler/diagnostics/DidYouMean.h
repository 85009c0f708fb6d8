// Finds the word that a misspelt one was probably meant to be.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

// The number of letters to insert, delete, replace or swap with their neighbour between two words.
size_t editDistance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, or "" when none is near: at most a third of the word's letters
// differ. Case alone does not count. Among equals the first wins.
std::string didYouMean(std::string_view word, const std::vector<std::string> &candidates);

} // namespace nnc
