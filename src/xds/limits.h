#ifndef MESHGW_XDS_LIMITS_H_
#define MESHGW_XDS_LIMITS_H_

#include <cstddef>

namespace meshgw::internal {

// XdsLimits bound what a control plane can make a gateway hold. What is beyond
// one is refused with an error that names the limit.
struct XdsLimits {
  std::size_t max_message_bytes = std::size_t{64} << 20;  // One response.
  std::size_t max_name_bytes = 1024;                      // Of a resource.
  std::size_t max_version_bytes = 1024;                   // Of a resource.
  std::size_t max_nonce_bytes = 1024;                     // Of a response.
  std::size_t max_listeners = 256;
  std::size_t max_rules = std::size_t{1} << 18;  // Server names of a listener.
  std::size_t max_clusters = std::size_t{1} << 17;
  std::size_t max_cluster_endpoints = std::size_t{1} << 16;
  // Of all clusters: those that several share count for each.
  std::size_t max_endpoints = std::size_t{1} << 20;
  std::size_t max_nack_bytes = 4096;  // Of the reason in a NACK.
  std::size_t max_reports = 100;      // Events for one response.
  // Requests that the transport has not taken: a server that sends without
  // reading.
  std::size_t max_output_bytes = std::size_t{64} << 20;
};

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_LIMITS_H_
