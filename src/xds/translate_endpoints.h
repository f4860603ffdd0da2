#ifndef MESHGW_XDS_TRANSLATE_ENDPOINTS_H_
#define MESHGW_XDS_TRANSLATE_ENDPOINTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "xds/limits.h"
#include "xds/resources.h"

namespace meshgw::internal {

// TranslateEndpoints reads a ClusterLoadAssignment. Priorities and health are
// Envoy's: unknown is healthy, draining and timed out are not, and a degraded
// endpoint comes behind all healthy ones of any priority. Without a weight an
// endpoint has 1; when one has more than 128, all are scaled down to that. A
// host name is taken in any kind of cluster. An endpoint with port 0 is left
// out and named. Localities are merged: their weights, drops and the
// overprovisioning factor are not used, as the next priority is only used when
// no endpoint of one is left.
//
// InvalidArgument with the place for an address that is none, a port or weight
// or priority out of range, a value of no meaning, or a form that a gateway
// does not know (named endpoints, named ports, UDP, LEDS); ResourceExhausted
// for more endpoints than `limits` allow. Thread-safe.
absl::StatusOr<EndpointsResource> TranslateEndpoints(
    const envoy::config::endpoint::v3::ClusterLoadAssignment& assignment,
    const XdsLimits& limits);

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_TRANSLATE_ENDPOINTS_H_
