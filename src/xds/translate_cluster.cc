#include "xds/translate_cluster.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "envoy/extensions/load_balancing_policies/least_request/v3/least_request.pb.h"
#include "meshgw/mesh_name.h"
#include "xds/filter_chain.h"
#include "xds/read_duration.h"
#include "xds/refusal.h"
#include "xds/shown_text.h"
#include "xds/translate_endpoints.h"

namespace meshgw::internal {
namespace {

namespace cluster_v3 = envoy::config::cluster::v3;
using envoy::extensions::load_balancing_policies::least_request::v3::
    LeastRequest;

constexpr std::string_view kPolicies =
    "type.googleapis.com/envoy.extensions.load_balancing_policies.";

// What the name says, for logs and explanations.
void Describe(Cluster* cluster) {
  constexpr std::string_view kExported = "exported~";
  std::string_view name = cluster->name;
  const bool exported = name.starts_with(kExported);
  if (exported) name.remove_prefix(kExported.size());
  const auto parts = MeshName::Parse(name);
  if (!parts.ok()) return;
  cluster->service = parts->service;
  cluster->datacenter = parts->datacenter;
  switch (parts->kind) {
    case MeshNameKind::kService:
      cluster->kind =
          exported ? ClusterKind::kExported : ClusterKind::kLocalService;
      return;
    case MeshNameKind::kGateway:
    case MeshNameKind::kExported:  // Imported here, from a peer's gateways.
      cluster->kind = ClusterKind::kRemoteGateway;
      return;
    case MeshNameKind::kServer:
    case MeshNameKind::kPeeringServer:
      cluster->kind = ClusterKind::kServer;
      return;
    case MeshNameKind::kPreparedQuery:
      return;
  }
}

absl::Status ReadDiscovery(const cluster_v3::Cluster& in,
                           const XdsLimits& limits, ClusterResource* out) {
  if (in.has_cluster_type()) {
    return Refusal("cluster_type",
                   StrFormat("%s is not supported", in.cluster_type().name()));
  }
  switch (in.type()) {
    case cluster_v3::Cluster::EDS:
      out->by_eds = true;
      out->assignment = in.eds_cluster_config().service_name().empty()
                            ? in.name()
                            : in.eds_cluster_config().service_name();
      if (out->assignment.size() > limits.max_name_bytes ||
          !IsPlainText(out->assignment)) {
        return Refusal("eds_cluster_config.service_name",
                       StrFormat("expected plain text of at most %d bytes",
                                 limits.max_name_bytes));
      }
      return absl::OkStatus();
    case cluster_v3::Cluster::STATIC:
    case cluster_v3::Cluster::STRICT_DNS:
    case cluster_v3::Cluster::LOGICAL_DNS: {
      auto endpoints = TranslateEndpoints(in.load_assignment(), limits);
      if (!endpoints.ok()) {
        return absl::Status(endpoints.status().code(),
                            internal::StrFormat("load_assignment.%s",
                                                endpoints.status().message()));
      }
      out->cluster.endpoints = std::move(endpoints->endpoints);
      out->left_out = std::move(endpoints->left_out);
      return absl::OkStatus();
    }
    case cluster_v3::Cluster::ORIGINAL_DST:
      return Refusal("type", "ORIGINAL_DST is not supported");
    default:
      return Refusal("type",
                     StrFormat("%d is no type", static_cast<int>(in.type())));
  }
}

void SetChoiceCount(std::uint32_t count, Cluster* out) {
  // Envoy draws at least two.
  out->choice_count = std::max<std::uint32_t>(count, 2);
}

// The first policy of the list that is known, as Envoy chooses.
absl::Status ReadPolicyList(const cluster_v3::LoadBalancingPolicy& list,
                            Cluster* out) {
  for (const auto& policy : list.policies()) {
    const auto& config = policy.typed_extension_config().typed_config();
    std::string_view type = config.type_url();
    if (!type.starts_with(kPolicies)) continue;
    type.remove_prefix(kPolicies.size());
    if (type == "least_request.v3.LeastRequest") {
      out->load_balancing = LoadBalancing::kLeastRequest;
      LeastRequest message;
      if (!message.ParseFromString(config.value())) {
        return Refusal("load_balancing_policy", "LeastRequest is malformed");
      }
      if (message.has_choice_count()) {
        SetChoiceCount(message.choice_count().value(), out);
      }
      return absl::OkStatus();
    }
    if (type == "round_robin.v3.RoundRobin") {
      out->load_balancing = LoadBalancing::kRoundRobin;
      return absl::OkStatus();
    }
    if (type == "random.v3.Random") {
      out->load_balancing = LoadBalancing::kRandom;
      return absl::OkStatus();
    }
    if (type == "maglev.v3.Maglev" || type == "ring_hash.v3.RingHash") {
      out->load_balancing = LoadBalancing::kMaglev;
      return absl::OkStatus();
    }
  }
  return Refusal("load_balancing_policy", "none of its policies is supported");
}

absl::Status ReadBalancing(const cluster_v3::Cluster& in, Cluster* out) {
  if (in.has_load_balancing_policy()) {
    return ReadPolicyList(in.load_balancing_policy(), out);
  }
  switch (in.lb_policy()) {
    case cluster_v3::Cluster::ROUND_ROBIN:
      out->load_balancing = LoadBalancing::kRoundRobin;
      return absl::OkStatus();
    case cluster_v3::Cluster::LEAST_REQUEST:
      out->load_balancing = LoadBalancing::kLeastRequest;
      if (in.least_request_lb_config().has_choice_count()) {
        SetChoiceCount(in.least_request_lb_config().choice_count().value(),
                       out);
      }
      return absl::OkStatus();
    case cluster_v3::Cluster::RANDOM:
      out->load_balancing = LoadBalancing::kRandom;
      return absl::OkStatus();
    case cluster_v3::Cluster::RING_HASH:
    case cluster_v3::Cluster::MAGLEV:
      out->load_balancing = LoadBalancing::kMaglev;
      return absl::OkStatus();
    default:
      return Refusal("lb_policy", StrFormat("%d is not supported",
                                            static_cast<int>(in.lb_policy())));
  }
}

// Envoy counts a failed connect as an error of consecutive_5xx, or, with
// split_external_local_origin_errors, by itself.
absl::Status ReadOutlierDetection(const cluster_v3::Cluster& in,
                                  PassiveHealth* out) {
  const cluster_v3::OutlierDetection& detection = in.outlier_detection();
  constexpr std::uint32_t kDefaultFailures = 5;
  const bool split = detection.split_external_local_origin_errors();
  const bool set = split ? detection.has_consecutive_local_origin_failure()
                         : detection.has_consecutive_5xx();
  const auto& count = split ? detection.consecutive_local_origin_failure()
                            : detection.consecutive_5xx();
  const bool has_enforcing =
      split ? detection.has_enforcing_consecutive_local_origin_failure()
            : detection.has_enforcing_consecutive_5xx();
  const auto& enforcing =
      split ? detection.enforcing_consecutive_local_origin_failure()
            : detection.enforcing_consecutive_5xx();
  out->consecutive_failures = set ? count.value() : kDefaultFailures;
  if (!in.has_outlier_detection() ||
      (has_enforcing && enforcing.value() == 0)) {
    out->consecutive_failures = 0;  // Off.
  }
  if (detection.has_base_ejection_time()) {
    const auto time = ReadDuration(detection.base_ejection_time(),
                                   "outlier_detection.base_ejection_time");
    if (!time.ok()) return time.status();
    out->base_ejection = *time;
  }
  if (detection.has_max_ejection_time()) {
    const auto time = ReadDuration(detection.max_ejection_time(),
                                   "outlier_detection.max_ejection_time");
    if (!time.ok()) return time.status();
    out->max_ejection = *time;
  }
  out->max_ejection = std::max(out->max_ejection, out->base_ejection);
  return absl::OkStatus();
}

// Longer than the kernel takes is the longest that it takes.
void ReadKeepalive(const cluster_v3::Cluster& in, TcpKeepalive* out) {
  if (!in.upstream_connection_options().has_tcp_keepalive()) return;
  constexpr std::uint32_t kMaxSeconds = 32767;
  constexpr std::uint32_t kMaxProbes = 127;
  const auto& keepalive = in.upstream_connection_options().tcp_keepalive();
  out->enabled = true;
  out->time = std::chrono::seconds(
      std::min(keepalive.keepalive_time().value(), kMaxSeconds));
  out->interval = std::chrono::seconds(
      std::min(keepalive.keepalive_interval().value(), kMaxSeconds));
  out->probes = static_cast<int>(
      std::min(keepalive.keepalive_probes().value(), kMaxProbes));
}

absl::Status ReadConnections(const cluster_v3::Cluster& in, Cluster* out) {
  if (in.has_connect_timeout()) {
    const auto timeout = ReadDuration(in.connect_timeout(), "connect_timeout");
    if (!timeout.ok()) return timeout.status();
    if (timeout->count() == 0) {
      return Refusal("connect_timeout", "expected more than 0 s");
    }
    out->connect_timeout = *timeout;
  }
  for (const auto& threshold : in.circuit_breakers().thresholds()) {
    if (threshold.priority() == envoy::config::core::v3::DEFAULT &&
        threshold.has_max_connections()) {
      out->max_connections = threshold.max_connections().value();
    }
  }
  ReadKeepalive(in, &out->keepalive);
  return ReadOutlierDetection(in, &out->passive_health);
}

std::string WhyClosed(const cluster_v3::Cluster& in) {
  if (in.has_transport_socket() && !IsRawBuffer(in.transport_socket())) {
    return StrFormat(
        "transport_socket %s: a gateway that only splices does not speak TLS "
        "to endpoints",
        in.transport_socket().name());
  }
  if (in.transport_socket_matches_size() > 0) {
    return "transport_socket_matches: a gateway that only splices does not "
           "speak TLS to endpoints";
  }
  if (in.filters_size() > 0) return "filters: not supported";
  if (in.has_lb_subset_config()) return "lb_subset_config: not supported";
  return {};
}

}  // namespace

absl::StatusOr<ClusterResource> TranslateCluster(const cluster_v3::Cluster& in,
                                                 const XdsLimits& limits) {
  ClusterResource out;
  out.cluster.name = in.name();
  if (in.name() == kClosedCluster)
    return Refusal("name", "is the gateway's own");
  Describe(&out.cluster);
  absl::Status status = ReadDiscovery(in, limits, &out);
  if (status.ok()) status = ReadBalancing(in, &out.cluster);
  if (status.ok()) status = ReadConnections(in, &out.cluster);
  if (!status.ok()) return status;
  out.closed = WhyClosed(in);
  return out;
}

}  // namespace meshgw::internal
