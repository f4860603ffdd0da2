#ifndef MESHGW_ROUTE_TABLE_H_
#define MESHGW_ROUTE_TABLE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "meshgw/load_balancing.h"

namespace meshgw {

// EndpointHealth is what the source of the table says of an endpoint.
enum class EndpointHealth : std::int32_t { kHealthy = 0, kUnhealthy = 1 };
// EndpointHealthName returns "healthy" or "unhealthy".
std::string_view EndpointHealthName(EndpointHealth health) noexcept;

// Endpoint is one address to dial.
struct Endpoint {
  // An IPv4 or IPv6 literal without brackets, a host name (resolved off the
  // data path, all its addresses are used), or "unix:/path" (port unused).
  std::string address;
  std::uint16_t port = 0;
  std::uint32_t weight = 1;  // 1..128; relative to its cluster's others.
  EndpointHealth health = EndpointHealth::kHealthy;
  std::uint32_t priority = 0;  // A larger one only when no smaller has healthy.
  std::string id = {};         // The instance's id, for logs; may be empty.

  bool operator==(const Endpoint&) const = default;
};

// HealthAndWeight is an endpoint's health and weight after Consul's rules.
struct HealthAndWeight {
  EndpointHealth health = EndpointHealth::kHealthy;
  std::uint32_t weight = 1;
};

// ComputeHealthAndWeight applies Consul's rule (agent/xds/endpoints.go
// calculateEndpointHealthAndWeight): any critical check, with `only_passing`
// any check that is not passing, makes it unhealthy; the weight is
// `weight_warning` if a check warns, else `weight_passing`; below 1 is
// unhealthy with weight 1; above 128 is 128. Thread-safe.
HealthAndWeight ComputeHealthAndWeight(bool any_critical, bool any_warning,
                                       bool only_passing,
                                       std::uint32_t weight_passing,
                                       std::uint32_t weight_warning) noexcept;

// ClusterKind says what a cluster's endpoints are.
enum class ClusterKind : std::int32_t {
  kLocalService = 0,   // Service instances of the own datacenter.
  kRemoteGateway = 1,  // Gateways of another datacenter or partition.
  kServer = 2,         // Consul servers (WAN federation, peering).
  kExported = 3,       // Local instances exported to a peer.
  kOther = 4,
};
// ClusterKindName: "local_service", "remote_gateway", "server", "exported",
// "other".
std::string_view ClusterKindName(ClusterKind kind) noexcept;

// PassiveHealth ejects an endpoint after connect failures in a row; each
// ejection of the same endpoint lasts longer (base * count, up to max). The
// last endpoint that could be used is never ejected. After an ejection one more
// failure ejects again, unless a connect succeeded meanwhile; then the count of
// ejections falls by one for each base_ejection that passed without one.
// Source: Envoy's outlier detection, whose probation takes the full number of
// failures.
struct PassiveHealth {
  std::uint32_t consecutive_failures = 5;  // 0: off.
  std::chrono::milliseconds base_ejection{30000};
  std::chrono::milliseconds max_ejection{300000};
  bool operator==(const PassiveHealth&) const = default;
};

// TcpKeepalive of the connection to an endpoint; zero values: the kernel's.
struct TcpKeepalive {
  bool enabled = false;
  std::chrono::seconds time{0};
  std::chrono::seconds interval{0};
  int probes = 0;
  bool operator==(const TcpKeepalive&) const = default;
};

// Cluster is a set of endpoints that serve the same names.
struct Cluster {
  std::string name;  // Unique in a table.
  ClusterKind kind = ClusterKind::kOther;
  std::string service;  // For logs and explanations; may be empty.
  std::string datacenter;
  std::vector<Endpoint> endpoints;
  // Names of clusters to use, in order, while this one has no endpoint to use.
  std::vector<std::string> failover;
  LoadBalancing load_balancing = LoadBalancing::kLeastRequest;
  std::uint32_t choice_count = 2;                         // Of kLeastRequest.
  std::chrono::milliseconds connect_timeout{5000};        // For one endpoint.
  std::optional<std::chrono::milliseconds> idle_timeout;  // Unset: gateway's.
  std::optional<std::uint32_t> max_connections;           // Unset: no limit.
  TcpKeepalive keepalive;
  PassiveHealth passive_health;
  bool operator==(const Cluster&) const = default;
};

// RouteKind says which rule matched, in the order in which they are tried.
enum class RouteKind : std::int32_t {
  kExact = 0,    // The whole name.
  kSuffix = 1,   // "*.x": one or more labels before x; the longest x wins.
  kRegex = 2,    // The first pattern, in order, that matches the whole name.
  kDefault = 3,  // Anything else, also a hello without a name.
  kNone = 4,     // No route: close.
};
// RouteKindName: "exact", "suffix", "regex", "default", "none".
std::string_view RouteKindName(RouteKind kind) noexcept;

// Route is one rule of a table.
struct Route {
  RouteKind kind = RouteKind::kExact;
  std::string match;    // The name, "*.suffix", the pattern, or "*".
  std::string cluster;  // Name of the cluster.
  std::string origin;   // Where the rule comes from, for people; may be empty.
};

class RouteTable;

// RouteMatch is the outcome of a look-up. Pointers belong to the table.
struct RouteMatch {
  RouteKind kind = RouteKind::kNone;
  const Route* route = nullptr;      // Null with kNone.
  const Cluster* cluster = nullptr;  // Null with kNone.
  std::uint32_t cluster_index = 0;   // Its index in RouteTable::clusters().
};

// RouteCandidate is one rule that RouteTable::Explain considered.
struct RouteCandidate {
  RouteKind kind = RouteKind::kNone;
  std::string match;    // The key that was looked up or the pattern tried.
  std::string cluster;  // Empty: no such rule.
  bool matched = false;
  bool won = false;
  std::string why;
};

// RouteTable maps server names to clusters. Immutable, so safe for use by any
// number of threads at once; share it by shared_ptr.
class RouteTable {
 public:
  ~RouteTable();
  RouteTable(const RouteTable&) = delete;  // Large; share the pointer instead.
  RouteTable& operator=(const RouteTable&) = delete;

  // Lookup finds the rule for `server_name` in any case; one trailing dot is
  // ignored. Names that are empty or longer than 255 bytes match only the
  // default. The cost of exact names and suffixes does not depend on the number
  // of rules, and names cannot be chosen to make it grow (hashes are seeded).
  // Allocates only where patterns are tried, and finds no route (kNone) without
  // memory for that. Thread-safe.
  RouteMatch Lookup(std::string_view server_name) const noexcept;

  // Explain returns, in the order in which Lookup goes, all that could match
  // `server_name`: the exact name, each of its suffixes, each pattern, the
  // default; with the reason why it won, lost or is no rule. The winner is
  // Lookup's, found by the same code; rules behind it are shown as lost.
  std::vector<RouteCandidate> Explain(std::string_view server_name) const;

  std::span<const std::shared_ptr<const Cluster>> clusters() const;
  // All rules: exact and suffix ones sorted by name, patterns in order,
  // default.
  std::span<const Route> routes() const;
  // Null when there is no cluster of that name.
  const Cluster* FindCluster(std::string_view name) const noexcept;
  // Its index in clusters(); empty when there is no cluster of that name.
  std::optional<std::uint32_t> FindClusterIndex(
      std::string_view name) const noexcept;
  // Indices into clusters() of the failover clusters, in order.
  std::span<const std::uint32_t> failover(std::uint32_t cluster_index) const;

  // WithClusters returns a table with the same rules in which each cluster that
  // `replacements` names is replaced (host names resolved, health updated).
  // The others and all rules are shared. NotFound for a name that is no
  // cluster, also in a failover; InvalidArgument for what AddCluster refuses.
  absl::StatusOr<std::shared_ptr<const RouteTable>> WithClusters(
      std::span<const Cluster> replacements) const;

 private:
  friend class RouteTableBuilder;
  struct Index;
  RouteTable();
  std::unique_ptr<Index> index_;
};

// RouteTableBuilder collects rules and makes a RouteTable. Not reusable after
// Build. Thread-compatible.
class RouteTableBuilder {
 public:
  RouteTableBuilder();
  ~RouteTableBuilder();
  RouteTableBuilder(const RouteTableBuilder&) = delete;
  RouteTableBuilder& operator=(const RouteTableBuilder&) = delete;

  // AddCluster: AlreadyExists for a name that is taken; InvalidArgument for an
  // endpoint without address, with a weight outside 1..128, or with port 0
  // unless it is a unix socket.
  absl::Status AddCluster(Cluster cluster);
  // AddExact: `name` in any case; one trailing dot is dropped. AlreadyExists
  // when another rule has it. InvalidArgument when it is empty, longer than 255
  // bytes, ends with an empty label, or begins with "*.".
  absl::Status AddExact(std::string_view name, std::string_view cluster,
                        std::string origin = {});
  // AddSuffix: `pattern` is "*.x"; it matches names that end with ".x" and have
  // something before that. InvalidArgument for other shapes.
  absl::Status AddSuffix(std::string_view pattern, std::string_view cluster,
                         std::string origin = {});
  // AddRegex: RE2 syntax, must match the whole lower-cased name.
  // InvalidArgument with RE2's message for a bad pattern.
  absl::Status AddRegex(std::string_view pattern, std::string_view cluster,
                        std::string origin = {});
  // SetDefault: AlreadyExists when there is a default route.
  absl::Status SetDefault(std::string_view cluster, std::string origin = {});

  // Build: NotFound for a rule or failover whose cluster was not added;
  // InvalidArgument or ResourceExhausted for patterns that RE2 does not take
  // together. The builder is used up, also by an error.
  absl::StatusOr<std::shared_ptr<const RouteTable>> Build();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace meshgw

#endif  // MESHGW_ROUTE_TABLE_H_
