#include "route/maglev.h"

#include <map>

#include "support/catch.h"

using meshgw::internal::MaglevEntry;
using meshgw::internal::MaglevTable;

namespace {

// Slots of each identity.
std::map<std::uint64_t, std::size_t> Shares(
    const std::vector<MaglevEntry>& entries) {
  std::map<std::uint64_t, std::size_t> shares;
  for (const std::uint32_t i : MaglevTable(entries)) {
    ++shares[entries[i].identity];
  }
  return shares;
}

}  // namespace

TEST_CASE("no entries make an empty table", "[route]") {
  CHECK(MaglevTable({}).empty());
}

TEST_CASE("entries get slots in proportion to their weights", "[route]") {
  const std::vector<MaglevEntry> entries = {{11, 1}, {22, 2}, {33, 5}};
  const double total = static_cast<double>(MaglevTable(entries).size());
  const auto shares = Shares(entries);
  CHECK(static_cast<double>(shares.at(11)) / total ==
        Catch::Approx(1.0 / 8).margin(0.02));
  CHECK(static_cast<double>(shares.at(22)) / total ==
        Catch::Approx(2.0 / 8).margin(0.02));
  CHECK(static_cast<double>(shares.at(33)) / total ==
        Catch::Approx(5.0 / 8).margin(0.02));
}

TEST_CASE("few slots move when an entry goes", "[route]") {
  std::vector<MaglevEntry> entries;
  for (std::uint64_t i = 1; i <= 10; ++i) entries.push_back({i * 977, 1});
  const auto before = MaglevTable(entries);
  const std::vector<MaglevEntry> all = entries;
  entries.erase(entries.begin() + 3);
  const auto after = MaglevTable(entries);
  REQUIRE(before.size() == after.size());
  std::size_t moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == 3) continue;  // These have to move.
    moved += all[before[i]].identity != entries[after[i]].identity ? 1u : 0u;
  }
  CHECK(static_cast<double>(moved) < 0.1 * static_cast<double>(before.size()));
}
