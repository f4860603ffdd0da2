#include "route/route_index.h"

#include "base/str_format.h"

namespace meshgw::internal {

re2::RE2::Options PatternOptions() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return options;
}

absl::Status RouteRules::CompilePatterns() {
  if (patterns.empty()) return absl::OkStatus();
  pattern_set =
      std::make_unique<re2::RE2::Set>(PatternOptions(), re2::RE2::ANCHOR_BOTH);
  for (const auto& pattern : patterns) {
    std::string error;
    if (pattern_set->Add(pattern->pattern(), &error) < 0) {
      return absl::InvalidArgumentError(
          internal::StrFormat("pattern %s: %s", pattern->pattern(), error));
    }
  }
  if (!pattern_set->Compile()) {
    return absl::ResourceExhaustedError(
        "the patterns together are too large for one automaton");
  }
  return absl::OkStatus();
}

absl::Status CheckCluster(const Cluster& cluster) {
  for (std::size_t i = 0; i < cluster.endpoints.size(); ++i) {
    const Endpoint& endpoint = cluster.endpoints[i];
    const auto bad = [&](std::string_view what) {
      return absl::InvalidArgumentError(internal::StrFormat(
          "cluster %s, endpoint %d: %s", cluster.name, i, what));
    };
    if (endpoint.address.empty()) return bad("has no address");
    // The system would end it there.
    if (endpoint.address.find('\0') != std::string::npos) {
      return bad("has a NUL in its address");
    }
    if (endpoint.port == 0 && !endpoint.address.starts_with("unix:")) {
      return bad("has port 0; expected 1..65535");
    }
    if (endpoint.weight < 1 || endpoint.weight > 128) {
      return bad("has a weight outside 1..128");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::uint32_t>> ResolveFailover(
    const Cluster& cluster, const ClusterMap& by_name) {
  std::vector<std::uint32_t> failover;
  for (const std::string& name : cluster.failover) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      return absl::NotFoundError(internal::StrFormat(
          "cluster %s fails over to %s, which is no cluster", cluster.name,
          name));
    }
    failover.push_back(found->second);
  }
  return failover;
}

}  // namespace meshgw::internal
