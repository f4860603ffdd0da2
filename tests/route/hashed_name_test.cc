#include "route/hashed_name.h"

#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/catch.h"

using meshgw::internal::HashedName;
using meshgw::internal::NameHashSecrets;

namespace {

constexpr NameHashSecrets kSecrets = {0x1234567890abcdefu, 0xfedcba0987654321u,
                                      0x0f1e2d3c4b5a6979u};

HashedName Hashed(std::string_view name) { return {name, kSecrets}; }

}  // namespace

TEST_CASE("a hashed name has every ASCII letter in lower case", "[route]") {
  // Every byte value at every place of two chunks and of the rest before them.
  for (const std::size_t size : {3u, 16u, 19u, 37u}) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        if (byte == '.') continue;
        std::string name(size, 'x');
        name[at] = static_cast<char>(byte);
        std::string expected = name;
        if (byte >= 'A' && byte <= 'Z') {
          expected[at] = static_cast<char>(byte + 32);
        }
        CAPTURE(size, at, byte);
        REQUIRE(Hashed(name).view() == expected);
      }
    }
  }
}

TEST_CASE("a hashed name has no trailing dot and at most 255 bytes",
          "[route]") {
  CHECK(Hashed("A.b.").view() == "a.b");
  CHECK(Hashed("a..").view() == "a.");
  CHECK(Hashed("").view().empty());
  CHECK(Hashed(".").view().empty());
  CHECK(Hashed(std::string(255, 'A')).view() == std::string(255, 'a'));
  CHECK_FALSE(Hashed(std::string(255, 'a') + ".").too_long());
  CHECK(Hashed(std::string(256, 'a')).too_long());
}

TEST_CASE("a suffix hashes and compares as the same bytes alone do",
          "[route]") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string name(1 + random() % 255, ' ');
    for (char& c : name) c = static_cast<char>(random());
    const HashedName whole = Hashed(name + "x");
    const std::string lower(whole.view());
    for (std::size_t size = 1; size <= whole.size(); ++size) {
      const HashedName alone = Hashed(lower.substr(lower.size() - size));
      CAPTURE(round, size);
      REQUIRE(whole.Hash(size) == alone.Hash(size));
      REQUIRE(whole.EndsWith(alone.chunks(), size));
      // One bit that differs, wherever it is, is seen.
      std::string other = lower.substr(lower.size() - size);
      char& changed = other[random() % size];
      changed = static_cast<char>(changed ^ 1);
      const HashedName different = Hashed(other + "");
      if (different.view() == alone.view() || different.size() != size) {
        continue;  // The other case of a letter, or a dot at the end.
      }
      REQUIRE_FALSE(whole.EndsWith(different.chunks(), size));
      REQUIRE(whole.Hash(size) != different.Hash(size));
    }
    if (whole.size() == HashedName::kMaxSize) break;
  }
}

TEST_CASE("borders are the places behind dots, the longest suffix first",
          "[route]") {
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    std::string name(random() % 60, 'a');
    for (char& c : name) c = "a.b\xae"[random() % 4];
    const HashedName key = Hashed(name);
    const std::string_view text = key.view();
    std::vector<std::size_t> expected, found;
    for (std::size_t at = 1; at + 1 < text.size(); ++at) {
      if (text[at] == '.') expected.push_back(text.size() - at - 1);
    }
    for (std::size_t below = text.size();
         (below = key.NextBorder(below)) != 0;) {
      found.push_back(below);
    }
    CAPTURE(name);
    REQUIRE(found == expected);
    // From any place on.
    const std::size_t below = random() % 70;
    std::size_t next = 0;
    for (const std::size_t size : expected) {
      if (size < below) {
        next = size;
        break;
      }
    }
    CAPTURE(below);
    REQUIRE(key.NextBorder(below) == next);
  }
}

TEST_CASE("hashes depend on the secrets and spread over all bits", "[route]") {
  NameHashSecrets other = kSecrets;
  other.start ^= 1;
  CHECK(HashedName("api", kSecrets).Hash(3) !=
        HashedName("api", other).Hash(3));
  std::set<std::uint64_t> low, high;
  std::vector<int> ones(64, 0);
  constexpr int kNames = 4096;
  for (int i = 0; i < kNames; ++i) {
    const std::string name = "service-" + std::to_string(i) + ".dc1";
    const std::uint64_t hash = Hashed(name).Hash(name.size());
    low.insert(hash & 0xffffff);
    high.insert(hash >> 40);
    for (std::size_t bit = 0; bit < 64; ++bit) {
      ones[bit] += static_cast<int>(hash >> bit & 1);
    }
  }
  // Of 4096 names in 2^24 places, half a pair is expected to meet.
  CHECK(low.size() > kNames - 8);
  CHECK(high.size() > kNames - 8);
  for (const int count : ones) {
    CHECK(count > kNames / 2 - 6 * 32);  // Six standard deviations.
    CHECK(count < kNames / 2 + 6 * 32);
  }
}
