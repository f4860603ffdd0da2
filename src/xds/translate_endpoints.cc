#include "xds/translate_endpoints.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "base/host_name.h"
#include "base/ip_address.h"
#include "base/str_format.h"
#include "xds/refusal.h"

namespace meshgw::internal {
namespace {

namespace core = envoy::config::core::v3;
namespace endpoint_v3 = envoy::config::endpoint::v3;

constexpr std::uint32_t kMaxWeight = 128;  // Of a RouteTable.
constexpr std::uint32_t kMaxPriority = 128;
// Degraded endpoints come behind healthy ones of every priority.
constexpr std::uint32_t kDegraded = kMaxPriority + 1;

absl::Status ReadSocketAddress(const core::SocketAddress& address,
                               const std::string& place, Endpoint* endpoint) {
  if (address.protocol() != core::SocketAddress::TCP) {
    return Refusal(place + ".protocol", "expected TCP");
  }
  if (address.has_named_port()) {
    return Refusal(place + ".named_port", "expected port_value");
  }
  if (address.port_value() > 65535) {
    return Refusal(
        place + ".port_value",
        StrFormat("%d is out of range 0..65535", address.port_value()));
  }
  if (ClassifyIp(address.address()) == IpKind::kNone &&
      !IsHostName(address.address())) {
    return Refusal(place + ".address",
                   "expected an IP address or the name of a host");
  }
  endpoint->address = address.address();
  endpoint->port = static_cast<std::uint16_t>(address.port_value());
  return absl::OkStatus();
}

absl::Status ReadAddress(const core::Address& address, const std::string& place,
                         Endpoint* endpoint) {
  if (address.has_socket_address()) {
    return ReadSocketAddress(address.socket_address(),
                             place + ".socket_address", endpoint);
  }
  if (!address.has_pipe()) {
    return Refusal(place, "expected a socket_address or a pipe");
  }
  // The kernel's limit for a path, with the NUL behind it.
  constexpr std::size_t kMaxPath = 107;
  const std::string& path = address.pipe().path();
  if (!path.starts_with('/') || path.size() > kMaxPath ||
      path.find('\0') != std::string::npos) {
    return Refusal(
        place + ".pipe.path",
        StrFormat("expected an absolute path of at most %d bytes", kMaxPath));
  }
  endpoint->address = "unix:" + path;
  return absl::OkStatus();
}

// Health and, for degraded ones, priority.
absl::Status ReadHealth(core::HealthStatus status, const std::string& place,
                        Endpoint* endpoint) {
  switch (status) {
    case core::UNKNOWN:
    case core::HEALTHY:
      return absl::OkStatus();
    case core::DEGRADED:
      endpoint->priority += kDegraded;
      return absl::OkStatus();
    case core::UNHEALTHY:
    case core::DRAINING:
    case core::TIMEOUT:
      endpoint->health = EndpointHealth::kUnhealthy;
      return absl::OkStatus();
    default:
      return Refusal(place + ".health_status",
                     StrFormat("%d is no status", static_cast<int>(status)));
  }
}

absl::Status ReadEndpoint(const endpoint_v3::LbEndpoint& in,
                          const std::string& place, Endpoint* out) {
  if (!in.has_endpoint()) {
    return Refusal(place, "expected an endpoint, with its address");
  }
  absl::Status status =
      ReadAddress(in.endpoint().address(), place + ".endpoint.address", out);
  if (!status.ok()) return status;
  if (in.has_load_balancing_weight()) {
    out->weight = in.load_balancing_weight().value();
    if (out->weight == 0) {
      return Refusal(place + ".load_balancing_weight", "expected at least 1");
    }
  }
  return ReadHealth(in.health_status(), place, out);
}

// Weights as a RouteTable has them, in the same proportions where that fits.
void ScaleWeights(std::vector<Endpoint>* endpoints) {
  std::uint64_t largest = 0;
  for (const Endpoint& endpoint : *endpoints) {
    largest = std::max<std::uint64_t>(largest, endpoint.weight);
  }
  if (largest <= kMaxWeight) return;
  for (Endpoint& endpoint : *endpoints) {
    const std::uint64_t scaled =
        (endpoint.weight * std::uint64_t{kMaxWeight} + largest / 2) / largest;
    endpoint.weight =
        static_cast<std::uint32_t>(std::max<std::uint64_t>(scaled, 1));
  }
}

absl::Status ReadLocality(const endpoint_v3::LocalityLbEndpoints& in,
                          const std::string& place, const XdsLimits& limits,
                          EndpointsResource* out) {
  if (in.has_leds_cluster_locality_config()) {
    return Refusal(place + ".leds_cluster_locality_config", "is not supported");
  }
  if (in.priority() > kMaxPriority) {
    return Refusal(place + ".priority", StrFormat("%d is out of range 0..%d",
                                                  in.priority(), kMaxPriority));
  }
  const auto& list = in.has_load_balancer_endpoints()
                         ? in.load_balancer_endpoints().lb_endpoints()
                         : in.lb_endpoints();
  for (int i = 0; i < list.size(); ++i) {
    if (out->endpoints.size() >= limits.max_cluster_endpoints) {
      return absl::ResourceExhaustedError(
          StrFormat("more than %d endpoints", limits.max_cluster_endpoints));
    }
    Endpoint endpoint;
    endpoint.priority = in.priority();
    const std::string where = StrFormat("%s.lb_endpoints[%d]", place, i);
    absl::Status status = ReadEndpoint(list[i], where, &endpoint);
    if (!status.ok()) return status;
    if (endpoint.port == 0 && !endpoint.address.starts_with("unix:")) {
      out->left_out.push_back(
          StrFormat("%s, %s: it has port 0", where, endpoint.address));
      continue;
    }
    out->endpoints.push_back(std::move(endpoint));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EndpointsResource> TranslateEndpoints(
    const endpoint_v3::ClusterLoadAssignment& assignment,
    const XdsLimits& limits) {
  EndpointsResource out;
  for (int i = 0; i < assignment.endpoints_size(); ++i) {
    absl::Status status = ReadLocality(
        assignment.endpoints(i), StrFormat("endpoints[%d]", i), limits, &out);
    if (!status.ok()) return status;
  }
  ScaleWeights(&out.endpoints);
  return out;
}

}  // namespace meshgw::internal
