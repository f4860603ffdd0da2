#ifndef MESHGW_XDS_DELTA_REQUEST_H_
#define MESHGW_XDS_DELTA_REQUEST_H_

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "xds/limits.h"
#include "xds/resource_type.h"

namespace meshgw::internal {

// XdsNode says who asks. Consul reads the service's id, and in the metadata
// where it is registered (agent/xds/delta.go, server_ce.go).
struct XdsNode {
  std::string id;          // The gateway's service id.
  std::string node_name;   // Empty: the agent's own node.
  std::string name_space;  // Empty: the default.
  std::string partition;
  std::string user_agent_version;  // Of meshgw.
};

// DeltaRequest is one DeltaDiscoveryRequest.
struct DeltaRequest {
  const XdsNode* node = nullptr;  // In the first request of a stream.
  std::string_view type_url;
  std::span<const std::string> subscribe;
  std::span<const std::string> unsubscribe;
  // In the first request of a type on a stream.
  std::map<std::string, std::string> versions = {};
  std::string_view nonce;       // Of the response that this answers.
  std::string_view error = {};  // Not empty: a NACK, with this reason.
};

// AppendRequest appends `request` to `out` as a gRPC frame. The reason of a
// NACK is an INVALID_ARGUMENT.
void AppendRequest(const DeltaRequest& request, std::string* out);

// NackReason joins what was refused, at most `most` bytes, and says how many
// more there are. It is printable ASCII.
std::string NackReason(std::span<const std::string> refused, std::size_t most);

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_DELTA_REQUEST_H_
