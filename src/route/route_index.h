#ifndef MESHGW_ROUTE_ROUTE_INDEX_H_
#define MESHGW_ROUTE_ROUTE_INDEX_H_

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "meshgw/route_table.h"
#include "re2/re2.h"
#include "re2/set.h"
#include "route/hashed_name.h"
#include "route/name_index.h"
#include "route/string_map.h"

namespace meshgw::internal {

// RouteRules are the rules of a table and the indices to find them by. Built
// once, then immutable, so tables that differ in their clusters share them.
struct RouteRules {
  std::vector<Route> routes;
  NameHashSecrets secrets;
  NameIndex exact;
  NameIndex suffix;  // Without "*.".
  // Which sizes suffixes have: only these are looked up.
  std::bitset<HashedName::kMaxSize + 1> suffix_sizes;
  std::size_t longest_suffix = 0;
  std::vector<RuleRef> pattern_rules;  // In order.
  std::vector<std::unique_ptr<re2::RE2>> patterns;
  std::unique_ptr<re2::RE2::Set> pattern_set;  // Null without patterns.
  RuleRef default_rule;

  // Makes `pattern_set` of `patterns`, once they are all there.
  absl::Status CompilePatterns();
};

// The options of every pattern: ours, so that RE2 prints nothing.
re2::RE2::Options PatternOptions();

using ClusterMap = StringMap<std::uint32_t>;

// CheckCluster: InvalidArgument for what AddCluster refuses.
absl::Status CheckCluster(const Cluster& cluster);
// ResolveFailover: the indices of the clusters that `cluster` fails over to;
// NotFound for a name that is none.
absl::StatusOr<std::vector<std::uint32_t>> ResolveFailover(
    const Cluster& cluster, const ClusterMap& by_name);

}  // namespace meshgw::internal

namespace meshgw {

struct RouteTable::Index {
  std::shared_ptr<const internal::RouteRules> rules;
  std::vector<std::shared_ptr<const Cluster>> clusters;
  std::shared_ptr<const internal::ClusterMap> cluster_by_name;
  std::vector<std::vector<std::uint32_t>> failover;  // Of each cluster.
};

}  // namespace meshgw

#endif  // MESHGW_ROUTE_ROUTE_INDEX_H_
