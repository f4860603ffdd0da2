#ifndef MESHGW_XDS_FILTER_CHAIN_H_
#define MESHGW_XDS_FILTER_CHAIN_H_

#include <string>

#include "absl/status/status.h"
#include "envoy/config/listener/v3/listener_components.pb.h"
#include "xds/resources.h"

namespace meshgw::internal {

// ReadFilterChain reads what the filters of `chain` do with a connection into
// `rule` (all but its match and place): a cluster, the cluster of the server
// name, or closed with the reason. InvalidArgument with the place, below
// `place`, for filters that are malformed, missing or in an impossible order.
// Thread-safe.
absl::Status ReadFilterChain(
    const envoy::config::listener::v3::FilterChain& chain,
    const std::string& place, ListenerRule* rule);

// IsRawBuffer says whether `socket` leaves bytes as they are.
bool IsRawBuffer(const envoy::config::core::v3::TransportSocket& socket);

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_FILTER_CHAIN_H_
