#include "config/spelling.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "base/ascii.h"

namespace meshgw::internal {
namespace {

constexpr std::size_t kLongestWord = 64;

std::string Plain(std::string_view word) {
  std::string out;
  for (const char c : word) {
    if (c != '_' && c != '-') out += AsciiLower(c);
  }
  return out;
}

// Insertions, deletions, substitutions and swaps of neighbours between them.
std::size_t Distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1),
      row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view ClosestSpelling(std::string_view word,
                                 std::span<const std::string_view> known) {
  if (word.size() > kLongestWord) return {};
  const std::string plain = Plain(word);
  std::string_view best;
  // A third of the word may be wrong, but never all of it.
  std::size_t best_distance = plain.size() / 3 + 1;
  if (plain.size() < 2) return {};
  for (const std::string_view candidate : known) {
    const std::size_t distance = Distance(plain, Plain(candidate));
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace meshgw::internal
