#include "compiler/diagnostics/DidYouMean.h"
#include <algorithm>

namespace nnc {

size_t editDistance(std::string_view a, std::string_view b) {
  // Three rows of the table d[i][j] between the first i letters of a and the first j of b.
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replace = above[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

static std::string lowerCase(std::string_view word) {
  std::string result(word);
  for (char &c : result)
    if (c >= 'A' && c <= 'Z')
      c = char(c - 'A' + 'a');
  return result;
}

std::string didYouMean(std::string_view word, const std::vector<std::string> &candidates) {
  constexpr size_t kLongest = 64; // longer words are not typed by hand
  if (word.empty() || word.size() > kLongest)
    return "";
  std::string wanted = lowerCase(word), best;
  size_t limit = std::max<size_t>(1, word.size() / 3);
  std::pair<size_t, size_t> nearest(limit + 1, 0); // of equally near ones, that of the same case
  for (const std::string &candidate : candidates) {
    if (candidate == word || candidate.size() > word.size() + limit ||
        candidate.size() + limit < word.size())
      continue;
    size_t distance = editDistance(wanted, lowerCase(candidate));
    // A one-letter name is near to every other one: only its other case counts.
    if (word.size() == 1 && distance)
      continue;
    std::pair<size_t, size_t> both(distance, editDistance(word, candidate));
    if (both < nearest) {
      nearest = both;
      best = candidate;
    }
  }
  return best;
}

} // namespace nnc
