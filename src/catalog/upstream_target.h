#ifndef MESHGW_CATALOG_UPSTREAM_TARGET_H_
#define MESHGW_CATALOG_UPSTREAM_TARGET_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "meshgw/config.h"

namespace meshgw::internal {

// UpstreamTarget is where an upstream leads: Consul's DiscoveryTarget.
struct UpstreamTarget {
  std::string service;
  std::string subset;
  std::string name_space;
  std::string partition;
  std::string datacenter;
  std::string peer;

  // "[subset.]service.namespace.partition.datacenter", as Consul names it.
  std::string Id() const;

  bool operator==(const UpstreamTarget&) const = default;
};

// ResolveTarget follows the resolvers of `config` from `target`: redirects,
// then default subsets. FailedPrecondition, with Consul's message, for what
// Consul refuses. Source: Consul agent/consul/discoverychain/compile.go
// getResolverNode.
absl::StatusOr<UpstreamTarget> ResolveTarget(const Config& config,
                                             UpstreamTarget target);

// FailoverTargets returns what the resolver of `target`, which ResolveTarget
// has given, lists for its subset: each resolved in turn, in order, `target`
// itself left out. Errors: as ResolveTarget.
absl::StatusOr<std::vector<UpstreamTarget>> FailoverTargets(
    const Config& config, const UpstreamTarget& target);

}  // namespace meshgw::internal

#endif  // MESHGW_CATALOG_UPSTREAM_TARGET_H_
