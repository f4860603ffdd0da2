#ifndef MESHGW_ROUTE_ROUTE_INDEX_H_
#define MESHGW_ROUTE_ROUTE_INDEX_H_

#include <bitset>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "meshgw/route_table.h"
#include "re2/re2.h"
#include "re2/set.h"
#include "route/server_name_key.h"
#include "route/string_map.h"

namespace meshgw::internal {

// RouteRules are the rules of a table and the indices to find them by. Built
// once, then immutable, so tables that differ in their clusters share them.
struct RouteRules {
  // Keys point into `routes`, which does not change once they are made.
  using NameMap = absl::flat_hash_map<std::string_view, std::uint32_t>;

  std::vector<Route> routes;
  std::vector<std::uint32_t> cluster_of;  // Of each route.
  NameMap exact;
  NameMap suffix;  // Without "*."
  // Which numbers of labels suffixes have: only these are looked up.
  std::bitset<ServerNameKey::kMaxSize + 1> suffix_labels;
  std::vector<std::uint32_t> regex_rules;  // In order.
  std::vector<std::unique_ptr<re2::RE2>> patterns;
  std::unique_ptr<re2::RE2::Set> pattern_set;
  std::uint32_t default_rule = kNoRule;

  static constexpr std::uint32_t kNoRule = ~0u;

  // Makes `pattern_set` of `patterns`, once they are all there.
  absl::Status CompilePatterns();
};

}  // namespace meshgw::internal

namespace meshgw {

struct RouteTable::Index {
  std::shared_ptr<const internal::RouteRules> rules;
  std::vector<std::shared_ptr<const Cluster>> clusters;
  std::shared_ptr<const internal::StringMap<std::uint32_t>> cluster_by_name;
  std::shared_ptr<const std::vector<std::vector<std::uint32_t>>> failover;
};

}  // namespace meshgw

#endif  // MESHGW_ROUTE_ROUTE_INDEX_H_
