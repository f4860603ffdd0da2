#ifndef MESHGW_CATALOG_H_
#define MESHGW_CATALOG_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "meshgw/config.h"
#include "meshgw/mesh_gateway_mode.h"
#include "meshgw/route_table.h"

namespace meshgw {

// Catalog is a static catalog: for each datacenter the configuration of one
// agent, in Consul's own file formats.
struct Catalog {
  std::map<std::string, Config> datacenters;  // By lower-cased name.
  std::string primary_datacenter;             // Whose config entries replicate.
};

// LoadCatalog reads `directory`: one folder for each datacenter, each holding
// the files that a Consul agent of it would be given. The datacenter's name is
// the file's `datacenter`, else the folder's name. A folder that itself holds
// .hcl or .json files is taken as one datacenter. Config entries of the
// primary's folder hold in every datacenter, as Consul's replication makes
// them.
//
// Errors: as ReadConfigFiles and ParseConfig, those of all folders in
// `diagnostics`; NotFound for a folder without datacenters and for a
// datacenter's without configuration (those whose names begin with a dot are
// skipped); InvalidArgument for files beside folders with files (one of the
// two would be skipped), a folder's name that is no datacenter's, a datacenter
// given twice, folders that name different primaries, no datacenter at all, and
// a missing cluster id (it says where to put it). `diagnostics` is nullable.
// Thread-safe.
absl::StatusOr<Catalog> LoadCatalog(const std::string& directory,
                                    const ConfigLimits& limits,
                                    ConfigDiagnostics* diagnostics);

// MakeCatalog is LoadCatalog on configurations already parsed, one a
// datacenter, each with its `datacenter` set. InvalidArgument as LoadCatalog,
// with `diagnostics` (nullable) holding each mistake. Thread-safe.
absl::StatusOr<Catalog> MakeCatalog(std::vector<Config> configs,
                                    ConfigDiagnostics* diagnostics);

// Node is an agent's node as it is registered. Source: Consul structs.Node.
struct Node {
  std::string id;
  std::string name;
  std::string address;
  std::string datacenter;
  std::string partition;
  std::map<std::string, std::string> tagged_addresses;
  std::map<std::string, std::string> meta;
  std::vector<CheckDefinition> checks;  // Those of no service.
};

// ServiceInstance is something that a gateway can dial for a service: a
// Connect proxy of it, or a Connect-native instance. Source: Consul's
// Health.ServiceNodes with Connect=true.
struct ServiceInstance {
  std::string id;
  std::string service;  // The proxy's own name, for filters.
  ServiceKind kind = ServiceKind::kConnectProxy;
  std::string address;  // The one to dial: Consul's BestAddress.
  std::uint16_t port = 0;
  std::vector<std::string> tags;
  std::map<std::string, std::string> meta;
  std::map<std::string, ServiceAddress> tagged_addresses;
  ServiceWeights weights;
  std::vector<CheckDefinition> checks;  // Its own.
  // Where it runs, with checks that count for it too; shared by all instances
  // of the node. Null: nowhere that is known.
  std::shared_ptr<const Node> node;

  // What else filters may ask for, as registered.
  std::string service_address;  // Empty: the node's.
  std::uint16_t service_port = 0;
  std::string socket_path;
  bool enable_tag_override = false;
  bool connect_native = false;
  std::optional<ProxyDefinition> proxy;
};

// LocalService is a service of the gateway's own datacenter and partition.
struct LocalService {
  std::string name;
  std::string name_space = "default";
  std::string partition = "default";
  std::vector<ServiceInstance> instances;
};

// RemoteGateways are the mesh gateways of another datacenter, or of another
// partition of the own one.
struct RemoteGateways {
  std::string datacenter;
  std::string partition = "default";
  std::vector<ServiceInstance> gateways;  // With their best WAN address.
};

// Snapshot is all that a mesh gateway needs to know: a plain value, made from a
// static catalog here and from a live Consul later.
struct Snapshot {
  std::string datacenter;
  std::string partition = "default";
  std::string trust_domain;
  std::string server_domain = "consul";
  std::vector<LocalService> services;
  std::vector<ServiceResolver> resolvers;
  std::vector<RemoteGateways> remote_gateways;
  bool wan_federation = false;     // Gateway meta consul-wan-federation = "1".
  MeshGatewayProxyConfig options;  // Of this gateway, layers merged.
  UpstreamLimits limits;           // service-defaults of the gateway's service.
};

// MakeSnapshot gathers what the gateway `gateway` (null: none, defaults, in the
// default partition) of `datacenter` needs. NotFound for a datacenter that the
// catalog does not have (the message lists those it has). Thread-safe.
absl::StatusOr<Snapshot> MakeSnapshot(const Catalog& catalog,
                                      std::string_view datacenter,
                                      const ServiceDefinition* gateway);

// FindGateway returns the mesh gateway definition of `datacenter`: the one with
// id `id`, or the only one when `id` is empty. NotFound, or
// FailedPrecondition when there are several (the message lists their ids). The
// pointer belongs to `catalog`. Thread-safe.
absl::StatusOr<const ServiceDefinition*> FindGateway(
    const Catalog& catalog, std::string_view datacenter, std::string_view id);

// ListenAddress is an address that a gateway binds.
struct ListenAddress {
  std::string name;  // "default", "lan", "wan", ...
  std::string address;
  std::uint16_t port = 0;
};

// ListenAddresses returns what `gateway` binds, by name, without doubles: empty
// when its options leave nothing. A tagged address without a port has the
// gateway's, as for those who dial it; Consul's would get one of the kernel's.
// Thread-safe.
// Source: Consul agent/xds/listeners.go listenersFromSnapshotGateway.
std::vector<ListenAddress> ListenAddresses(
    const ServiceDefinition& gateway, const MeshGatewayProxyConfig& options);

// kMaxRouteEndpoints is how many endpoints the subsets of all local services
// may have together, so that no resolver exhausts memory: each subset has a
// copy of each of its instances. An endpoint counts once more for every 256
// bytes of its address and id.
inline constexpr std::size_t kMaxRouteEndpoints = std::size_t{1} << 20;

// BuildRoutes makes the route table of `snapshot`. Trouble with one part (a bad
// subset filter, two names equal but for case) breaks only that part and is one
// of the warnings of `diagnostics` (nullable; what it had is replaced), with
// its place where it has one. Source: Consul agent/xds/listeners.go
// makeMeshGatewayListener, clusters.go. Thread-safe.
absl::StatusOr<std::shared_ptr<const RouteTable>> BuildRoutes(
    const Snapshot& snapshot, ConfigDiagnostics* diagnostics);

// UpstreamQuery asks for the mode and the way of one upstream of a service.
struct UpstreamQuery {
  std::string datacenter;  // Where the source service runs.
  std::string service;     // The source service, e.g. "web".
  // The upstream's destination name. "prepared_query:<name>", as Consul writes
  // it, for a query that has the name of a service.
  std::string upstream;
  std::string upstream_datacenter;  // Empty: what the definition says.
  std::string proxy_id;             // Empty: the only proxy of the service.
  ModeRules rules = ModeRules::kLatest;
};

// UpstreamLayer is one layer with the place where its value is written.
struct UpstreamLayer {
  ModeLayerExplanation explanation;
  SourceLocation where;  // Line 0: not written anywhere.
};

// UpstreamFailover is where a sidecar turns when all instances of the target,
// and of the failovers in front of this one, are unhealthy.
struct UpstreamFailover {
  std::string datacenter;
  std::string partition;
  std::string service;
  std::string subset;  // Empty: all instances.
  std::string peer;    // Empty: not in another cluster.
  ModeDecision decision;
  std::string server_name;
  std::vector<Endpoint> dial;
};

// UpstreamExplanation answers an UpstreamQuery.
struct UpstreamExplanation {
  ModeDecision decision;
  std::vector<UpstreamLayer> layers;  // Highest precedence first.
  std::string summary;
  std::string source_datacenter;
  std::string proxy_id;         // Of the source.
  UpstreamDefinition upstream;  // As its definition has it.
  // Where it leads, after resolver redirects.
  std::string target_datacenter;
  std::string target_partition;
  std::string target_service;
  std::string target_subset;  // Empty: all instances.
  std::string target_peer;    // Empty: not in another cluster.
  std::string server_name;    // The SNI that the sidecar sends.
  // What it dials, with health. Empty for a prepared query, which finds
  // instances only when it runs.
  std::vector<Endpoint> dial;
  bool is_prepared_query = false;
  // In order, from the resolver of the target.
  std::vector<UpstreamFailover> failover;
};

// ExplainUpstream resolves the mode of one upstream from the catalog as a
// sidecar in that datacenter would: resolver redirects and default subsets
// followed, every layer with its place. NotFound for an unknown datacenter,
// service, proxy or upstream (the message lists what there is);
// FailedPrecondition when the service has several proxies and none is named,
// and with Consul's message for resolvers that it would refuse: redirects in a
// circle, a subset that is not defined, an external SNI together with a
// redirect, subsets or failover. Thread-safe.
absl::StatusOr<UpstreamExplanation> ExplainUpstream(const Catalog& catalog,
                                                    const UpstreamQuery& query);

}  // namespace meshgw

#endif  // MESHGW_CATALOG_H_
