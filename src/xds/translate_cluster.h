#ifndef MESHGW_XDS_TRANSLATE_CLUSTER_H_
#define MESHGW_XDS_TRANSLATE_CLUSTER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "envoy/config/cluster/v3/cluster.pb.h"
#include "xds/limits.h"
#include "xds/resources.h"

namespace meshgw::internal {

// kClosedCluster is the name of the cluster without endpoints that closed rules
// lead to. No cluster of a control plane may have it.
inline constexpr std::string_view kClosedCluster = "(closed)";

// TranslateCluster reads a Cluster: where its endpoints come from, connect
// time-out (Envoy's default of 5 s), keepalive, limit of connections (none
// where the default priority sets none: Envoy's 1,024 are not copied),
// balancing (ring hash is maglev), outlier detection as far as it counts failed
// connects (none: off, as Envoy has it). DNS clusters take any number of host
// names, resolved by the gateway's own rules. Not used: panic threshold (none
// here), ejection percentage (the last endpoint is never ejected), active
// health checks, HTTP options.
//
// What a gateway that only splices cannot do leaves the cluster closed: TLS to
// the endpoints, filters, choosing among subsets by metadata.
//
// InvalidArgument with the place for values out of range or of no meaning, and
// for kinds of clusters that are not supported (original destination,
// extensions). Thread-safe.
absl::StatusOr<ClusterResource> TranslateCluster(
    const envoy::config::cluster::v3::Cluster& cluster,
    const XdsLimits& limits);

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_TRANSLATE_CLUSTER_H_
