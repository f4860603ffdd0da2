#include "route/name_index.h"

#include <string>
#include <vector>

#include "support/catch.h"

using meshgw::internal::HashedName;
using meshgw::internal::NameHashSecrets;
using meshgw::internal::NameIndex;
using meshgw::internal::RuleRef;

namespace {

// Secrets of zero make every hash zero: all names collide.
constexpr NameHashSecrets kCollide = {};
constexpr NameHashSecrets kSpread = {1, 0x9e3779b97f4a7c15u,
                                     0xbf58476d1ce4e5b9u};

}  // namespace

TEST_CASE("an index without names finds none", "[route]") {
  const NameIndex index;
  CHECK_FALSE(index.Find(HashedName("a", kSpread), 1));
}

TEST_CASE("an index finds each name that was added and no other", "[route]") {
  const NameHashSecrets secrets = GENERATE(kCollide, kSpread);
  NameIndex index;
  std::vector<std::string> names;
  for (std::size_t size = 1; size <= HashedName::kMaxSize; ++size) {
    names.push_back(std::string(size, 'a'));
    names.push_back(std::string(size - 1, 'a') + "b");
    names.push_back("c" + std::string(size - 1, 'a'));
  }
  index.Reserve(names.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    index.Add(HashedName(names[i], secrets), {i, i + 1000});
  }
  CHECK(index.size() == names.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    const RuleRef whole =
        index.Find(HashedName(names[i], secrets), names[i].size());
    CAPTURE(names[i]);
    REQUIRE(whole.rule == i);
    REQUIRE(whole.cluster == i + 1000);
    // The same as the end of a longer name.
    if (names[i].size() > HashedName::kMaxSize - 3) continue;
    REQUIRE(index.Find(HashedName("xy." + names[i], secrets), names[i].size())
                .rule == i);
    REQUIRE_FALSE(
        index.Find(HashedName(names[i] + "z", secrets), names[i].size() + 1));
  }
}
