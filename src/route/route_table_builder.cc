#include <algorithm>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "meshgw/route_table.h"
#include "route/route_index.h"

namespace meshgw {
namespace {

using internal::HashedName;
using internal::RouteRules;
using internal::RuleRef;

absl::Status CheckName(std::string_view name) {
  if (name.empty() || name == ".") {
    return absl::InvalidArgumentError("a route's name is empty");
  }
  if (name.ends_with("..")) {
    return absl::InvalidArgumentError(
        internal::StrFormat("name %s: its last label is empty", name));
  }
  if (name.size() - (name.ends_with('.') ? 1 : 0) > HashedName::kMaxSize) {
    return absl::InvalidArgumentError(
        internal::StrFormat("a route's name is %d bytes long; at most %d fit",
                            name.size(), HashedName::kMaxSize));
  }
  return absl::OkStatus();
}

// "*.x", where x does not begin with an empty label and has no other star.
bool IsSuffixPattern(std::string_view pattern) {
  return pattern.size() >= 3 && pattern.starts_with("*.") &&
         pattern[2] != '.' && pattern.find('*', 1) == std::string_view::npos;
}

}  // namespace

// What has been added so far; names of clusters are resolved by Build.
struct RouteTableBuilder::Parts {
  struct Pattern {
    Route route;
    std::unique_ptr<re2::RE2> compiled;
  };
  std::vector<std::shared_ptr<const Cluster>> clusters;
  internal::ClusterMap cluster_by_name;
  std::deque<Route> names;  // Exact and suffix; they stay where they are.
  std::unordered_map<std::string_view, const Route*, internal::StringViewHash,
                     std::equal_to<>>
      by_match;                   // Of `names`.
  std::vector<Pattern> patterns;  // In order.
  std::vector<Route> defaults;    // None or one.
  internal::NameHashSecrets secrets = internal::RandomNameHashSecrets();

  absl::Status AddName(RouteKind kind, std::string_view match,
                       std::string_view cluster, std::string origin) {
    const HashedName lower(match, secrets);
    if (const auto taken = by_match.find(lower.view());
        taken != by_match.end()) {
      return absl::AlreadyExistsError(
          internal::StrFormat("%s is already routed to cluster %s",
                              lower.view(), taken->second->cluster));
    }
    const Route& route =
        names.emplace_back(Route{kind, std::string(lower.view()),
                                 std::string(cluster), std::move(origin)});
    try {
      by_match.emplace(route.match, &route);
    } catch (...) {
      names.pop_back();
      throw;
    }
    return absl::OkStatus();
  }

  // Moves `route` into `rules`, with its cluster found.
  absl::StatusOr<RuleRef> Place(Route route, RouteRules* rules) const {
    const auto found = cluster_by_name.find(route.cluster);
    if (found == cluster_by_name.end()) {
      return absl::NotFoundError(
          internal::StrFormat("route %s leads to %s, which is no cluster",
                              route.match, route.cluster));
    }
    rules->routes.push_back(std::move(route));
    return RuleRef{static_cast<std::uint32_t>(rules->routes.size() - 1),
                   found->second};
  }

  absl::Status PlaceNames(RouteRules* rules);
  absl::Status PlacePatterns(RouteRules* rules);
  absl::Status PlaceDefault(RouteRules* rules);
};

RouteTableBuilder::RouteTableBuilder() : parts_(std::make_unique<Parts>()) {}
RouteTableBuilder::~RouteTableBuilder() = default;

absl::Status RouteTableBuilder::AddCluster(Cluster cluster) {
  if (absl::Status status = internal::CheckCluster(cluster); !status.ok()) {
    return status;
  }
  if (parts_->cluster_by_name.contains(cluster.name)) {
    return absl::AlreadyExistsError(
        internal::StrFormat("there is already a cluster %s", cluster.name));
  }
  const auto index = static_cast<std::uint32_t>(parts_->clusters.size());
  const Cluster& added = *parts_->clusters.emplace_back(
      std::make_shared<const Cluster>(std::move(cluster)));
  try {
    parts_->cluster_by_name.emplace(added.name, index);
  } catch (...) {
    parts_->clusters.pop_back();
    throw;
  }
  return absl::OkStatus();
}

absl::Status RouteTableBuilder::AddExact(std::string_view name,
                                         std::string_view cluster,
                                         std::string origin) {
  if (absl::Status status = CheckName(name); !status.ok()) return status;
  if (name.starts_with("*.")) {
    return absl::InvalidArgumentError(internal::StrFormat(
        "name %s: a name with a star is a suffix, not an exact one", name));
  }
  return parts_->AddName(RouteKind::kExact, name, cluster, std::move(origin));
}

absl::Status RouteTableBuilder::AddSuffix(std::string_view pattern,
                                          std::string_view cluster,
                                          std::string origin) {
  if (absl::Status status = CheckName(pattern); !status.ok()) return status;
  if (!IsSuffixPattern(pattern)) {
    return absl::InvalidArgumentError(internal::StrFormat(
        "suffix %s: expected \"*.\" and a name after it", pattern));
  }
  return parts_->AddName(RouteKind::kSuffix, pattern, cluster,
                         std::move(origin));
}

absl::Status RouteTableBuilder::AddRegex(std::string_view pattern,
                                         std::string_view cluster,
                                         std::string origin) {
  auto compiled = std::make_unique<re2::RE2>(
      re2::StringPiece(pattern.data(), pattern.size()),
      internal::PatternOptions());
  if (!compiled->ok()) {
    return absl::InvalidArgumentError(
        internal::StrFormat("pattern %s: %s", pattern, compiled->error()));
  }
  parts_->patterns.push_back({{RouteKind::kRegex, std::string(pattern),
                               std::string(cluster), std::move(origin)},
                              std::move(compiled)});
  return absl::OkStatus();
}

absl::Status RouteTableBuilder::SetDefault(std::string_view cluster,
                                           std::string origin) {
  if (!parts_->defaults.empty()) {
    return absl::AlreadyExistsError(
        internal::StrFormat("there is already a default route, to cluster %s",
                            parts_->defaults[0].cluster));
  }
  parts_->defaults.push_back(
      {RouteKind::kDefault, "*", std::string(cluster), std::move(origin)});
  return absl::OkStatus();
}

absl::Status RouteTableBuilder::Parts::PlaceNames(RouteRules* rules) {
  std::vector<Route*> sorted;
  sorted.reserve(names.size());
  std::size_t suffixes = 0;
  for (Route& route : names) {
    sorted.push_back(&route);
    suffixes += route.kind == RouteKind::kSuffix ? 1u : 0u;
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const Route* a, const Route* b) { return a->match < b->match; });
  by_match.clear();  // Its keys are about to move.
  rules->exact.Reserve(names.size() - suffixes);
  rules->suffix.Reserve(suffixes);
  for (Route* route : sorted) {
    const auto placed = Place(std::move(*route), rules);
    if (!placed.ok()) return placed.status();
    const Route& rule = rules->routes.back();
    if (rule.kind == RouteKind::kExact) {
      rules->exact.Add(HashedName(rule.match, secrets), *placed);
      continue;
    }
    const HashedName suffix(std::string_view(rule.match).substr(2), secrets);
    rules->suffix.Add(suffix, *placed);
    rules->suffix_sizes.set(suffix.size());
    rules->longest_suffix = std::max(rules->longest_suffix, suffix.size());
  }
  return absl::OkStatus();
}

absl::Status RouteTableBuilder::Parts::PlacePatterns(RouteRules* rules) {
  for (Pattern& pattern : patterns) {
    const auto placed = Place(std::move(pattern.route), rules);
    if (!placed.ok()) return placed.status();
    rules->pattern_rules.push_back(*placed);
    rules->patterns.push_back(std::move(pattern.compiled));
  }
  return rules->CompilePatterns();
}

absl::Status RouteTableBuilder::Parts::PlaceDefault(RouteRules* rules) {
  for (Route& route : defaults) {
    const auto placed = Place(std::move(route), rules);
    if (!placed.ok()) return placed.status();
    rules->default_rule = *placed;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const RouteTable>> RouteTableBuilder::Build() {
  auto rules = std::make_shared<RouteRules>();
  rules->secrets = parts_->secrets;
  rules->routes.reserve(parts_->names.size() + parts_->patterns.size() +
                        parts_->defaults.size());
  absl::Status status = parts_->PlaceNames(rules.get());
  if (status.ok()) status = parts_->PlacePatterns(rules.get());
  if (status.ok()) status = parts_->PlaceDefault(rules.get());
  if (!status.ok()) return status;

  // The constructor is private, so that make_shared cannot be used.
  std::shared_ptr<RouteTable> table(new RouteTable());
  RouteTable::Index& index = *table->index_;
  index.rules = std::move(rules);
  for (const auto& cluster : parts_->clusters) {
    auto failover =
        internal::ResolveFailover(*cluster, parts_->cluster_by_name);
    if (!failover.ok()) return failover.status();
    index.failover.push_back(*std::move(failover));
  }
  index.clusters = std::move(parts_->clusters);
  index.cluster_by_name = std::make_shared<const internal::ClusterMap>(
      std::move(parts_->cluster_by_name));
  return std::shared_ptr<const RouteTable>(std::move(table));
}

}  // namespace meshgw
