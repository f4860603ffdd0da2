#ifndef MESHGW_CONFIG_H_
#define MESHGW_CONFIG_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "meshgw/load_balancing.h"
#include "meshgw/mesh_gateway_mode.h"

namespace meshgw {

// SourceLocation is a place in a configuration file. Lines and columns count
// from 1, columns in bytes; 0 means "the whole file" or "not from a file".
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;

  bool operator==(const SourceLocation&) const = default;
};

// Located is a value and the place where it was written.
template <typename T>
struct Located {
  T value{};
  SourceLocation where;
};

// ConfigFormat says how a file is read. Consul goes by the file's extension.
enum class ConfigFormat : std::int32_t {
  kByExtension = 0,
  kHcl = 1,
  kJson = 2
};

// ConfigFile is one file's name (for messages and the extension) and contents.
struct ConfigFile {
  std::string name;
  std::string contents;
  ConfigFormat format = ConfigFormat::kByExtension;
  // Not OK: the file could not be read, which ParseConfig reports among the
  // mistakes of the others.
  absl::Status status = absl::OkStatus();
};

// ConfigLimits bounds what the parsers accept, so that no input exhausts stack
// or memory. Exceeding one is an error with the place where it happened.
struct ConfigLimits {
  std::size_t max_file_bytes = 16u << 20;
  std::size_t max_depth = 64;         // Nested objects and lists.
  std::size_t max_values = 1u << 20;  // Values in all files together.
  // Errors in each list of ConfigDiagnostics; the rest is counted.
  std::size_t max_errors = 100;
};

// ConfigError is one mistake. Formatted: `file:line:column: what; expected x`.
struct ConfigError {
  SourceLocation where;
  std::string what;      // What is wrong, with the offending key or value.
  std::string expected;  // What was expected; may be empty.

  std::string Format() const;
};

// ConfigDiagnostics is everything that ParseConfig found out, in file order.
struct ConfigDiagnostics {
  std::vector<ConfigError> errors;
  std::vector<ConfigError> warnings;  // Valid, but without effect here.
  // Filters of subsets that cannot be read. They are mistakes, but each breaks
  // only its own subset: ParseConfig succeeds, and a gateway serves the rest.
  std::vector<ConfigError> filter_errors;
  // Beyond ConfigLimits::max_errors, which holds for each list by itself.
  std::size_t errors_not_shown = 0;
  std::size_t warnings_not_shown = 0;
  std::size_t filter_errors_not_shown = 0;

  // One line for each of `errors`, and how many more there are.
  std::string Format() const;
};

// CheckStatus is a health check's state. Consul: passing, warning, critical.
enum class CheckStatus : std::int32_t {
  kPassing = 0,
  kWarning = 1,
  kCritical = 2
};

// ServiceKind as in a definition's `kind`; unknown kinds are typical services.
enum class ServiceKind : std::int32_t {
  kTypical = 0,
  kConnectProxy = 1,
  kMeshGateway = 2,
  kTerminatingGateway = 3,
  kIngressGateway = 4,
  kApiGateway = 5,
};
// ServiceKindName returns Consul's spelling ("connect-proxy", ...; "" for
// kTypical), "unknown" for other values. Thread-safe.
std::string_view ServiceKindName(ServiceKind kind) noexcept;

// ServiceAddress is where a service is reached: an IP address or a host name,
// and a port (0: not given).
struct ServiceAddress {
  std::string address;
  std::uint16_t port = 0;
  bool operator==(const ServiceAddress&) const = default;
};

// ServiceWeights are an instance's shares of connections, by its state.
struct ServiceWeights {
  std::uint32_t passing = 1;
  std::uint32_t warning = 1;
};

// CheckDefinition is a health check of a service or a node; none is run.
struct CheckDefinition {
  std::string id;
  std::string name;
  std::string notes;
  std::string type;  // "tcp", "http", "ttl", "alias", ...: not run from files.
  std::string interval;  // As written: "10s".
  std::string timeout;
  // The state that the file gives it. Files without `status` count as passing
  // (a live agent would start it critical and run it).
  CheckStatus status = CheckStatus::kPassing;
  std::string service_id;  // The service that it is for; empty: its parent.
  // "alias": the id of the service that it stands for. Empty where that is a
  // service of another node, of which files do not say how it is.
  std::string alias_service;
  std::string alias_node;  // "alias": the node of that service; empty: its own.
  SourceLocation where;
};

// UpstreamDefinition is an element of `proxy.upstreams`.
struct UpstreamDefinition {
  bool is_prepared_query = false;  // destination_type = "prepared_query"
  std::string destination_name;
  std::string destination_namespace;
  std::string destination_partition;
  std::string destination_peer;
  std::string datacenter;  // Empty: the own datacenter.
  std::string local_bind_address;
  std::uint16_t local_bind_port = 0;
  std::string local_bind_socket_path;
  std::string local_bind_socket_mode;
  Located<MeshGatewayMode> mesh_gateway;
  SourceLocation where;
};

// MeshGatewayProxyConfig holds the options of a gateway's `proxy.config` that
// Consul defines (agent/xds/config). Unset ones have no value, so that layers
// (instance over proxy-defaults) merge field by field with MergedOver.
struct MeshGatewayProxyConfig {
  std::optional<Located<bool>> bind_tagged_addresses;
  std::optional<Located<std::map<std::string, ServiceAddress>>> bind_addresses;
  std::optional<Located<bool>> no_default_bind;
  // 0: the default.
  std::optional<Located<std::chrono::milliseconds>> connect_timeout;
  std::optional<Located<bool>> remote_tcp_keepalive;
  std::optional<Located<std::chrono::seconds>> remote_tcp_keepalive_time;
  std::optional<Located<std::chrono::seconds>> remote_tcp_keepalive_interval;
  std::optional<Located<int>> remote_tcp_keepalive_probes;

  // MergedOver returns these options, the unset ones taken from `lower`.
  MeshGatewayProxyConfig MergedOver(const MeshGatewayProxyConfig& lower) const;
};

// ExposedPath is an element of `proxy.expose.paths`. Gateways carry bytes and
// have no use for it, but filters may ask for it.
struct ExposedPath {
  std::string path;
  std::uint16_t listener_port = 0;
  std::uint16_t local_path_port = 0;
  std::string protocol;
};

// ProxyDefinition is a service's `proxy` block.
struct ProxyDefinition {
  std::string destination_service_name;
  std::string destination_service_id;
  std::string local_service_address;
  std::uint16_t local_service_port = 0;
  std::string local_service_socket_path;
  std::string mode;                          // "", "direct" or "transparent".
  std::uint16_t outbound_listener_port = 0;  // Of transparent_proxy.
  bool dialed_directly = false;              // Of transparent_proxy.
  bool expose_checks = false;
  std::vector<ExposedPath> exposed_paths;
  std::vector<UpstreamDefinition> upstreams;
  Located<MeshGatewayMode> mesh_gateway;
  MeshGatewayProxyConfig gateway_config;  // Of `config`; mesh gateways only.
  SourceLocation where;
};

// ServiceDefinition is one service instance. A `connect { sidecar_service {} }`
// block has become an instance of its own with `sidecar_of` set.
struct ServiceDefinition {
  ServiceKind kind = ServiceKind::kTypical;
  std::string id;  // As Consul: the name when not given.
  std::string name;
  std::string name_space = "default";
  std::string partition = "default";
  std::string address;  // Empty: the node's.
  std::uint16_t port = 0;
  std::string socket_path;
  bool enable_tag_override = false;
  std::vector<std::string> tags;
  std::map<std::string, std::string> meta;
  std::map<std::string, ServiceAddress> tagged_addresses;  // "lan", "wan", ...
  ServiceWeights weights;
  std::vector<CheckDefinition> checks;
  bool connect_native = false;
  std::string sidecar_of;  // The parent's id; empty: written as a service.
  std::optional<ProxyDefinition> proxy;
  SourceLocation where;
};

// ProxyDefaults is the "proxy-defaults" entry, of which there is one.
struct ProxyDefaults {
  Located<MeshGatewayMode> mesh_gateway;
  MeshGatewayProxyConfig gateway_config;  // The gateway keys of `Config`.
  SourceLocation where;
};

// UpstreamConfigOverride is an element of service-defaults'
// UpstreamConfig.Overrides: for the upstream that it names.
struct UpstreamConfigOverride {
  std::string name;
  std::string name_space;
  std::string partition;
  std::string peer;
  Located<MeshGatewayMode> mesh_gateway;
  SourceLocation where;
};

// UpstreamLimits of service-defaults; 0 or unset: no limit. Those on requests
// are for sidecars: a gateway carries bytes.
struct UpstreamLimits {
  std::optional<std::uint32_t> max_connections;
};

// ServiceDefaults is a "service-defaults" entry.
struct ServiceDefaults {
  std::string name;
  std::string name_space = "default";
  std::string partition = "default";
  std::string external_sni;
  Located<MeshGatewayMode> mesh_gateway;
  Located<MeshGatewayMode> upstream_defaults;  // UpstreamConfig.Defaults
  UpstreamLimits upstream_defaults_limits;
  std::vector<UpstreamConfigOverride> upstream_overrides;
  SourceLocation where;
};

// ResolverSubset is an element of service-resolver's Subsets.
struct ResolverSubset {
  Located<std::string> filter;  // A bexpr expression; empty: all instances.
  bool only_passing = false;
  SourceLocation where;
};

// ResolverTarget of a redirect or a failover; empty fields mean "the same".
struct ResolverTarget {
  std::string service;
  std::string service_subset;
  std::string name_space;
  std::string partition;
  std::string datacenter;
  std::string peer;
};

// ResolverFailover is an element of service-resolver's Failover.
struct ResolverFailover {
  std::vector<ResolverTarget> targets;  // In order; datacenters expanded.
  SourceLocation where;
};

// ServiceResolver is a "service-resolver" entry.
struct ServiceResolver {
  std::string name;
  std::string name_space = "default";
  std::string partition = "default";
  std::string default_subset;
  std::map<std::string, ResolverSubset> subsets;
  std::optional<ResolverTarget> redirect;
  std::map<std::string, ResolverFailover> failover;  // By subset, or "*".
  std::chrono::milliseconds connect_timeout{0};      // 0: not set.
  std::optional<LoadBalancing> load_balancing;
  std::uint32_t choice_count = 0;  // 0: not set.
  SourceLocation where;
};

// MeshEntry is the place of a "mesh" entry: nothing in it is for a gateway that
// reads files.
struct MeshEntry {
  SourceLocation where;
};

// Config is what one agent's files say, decoded. Lists keep file order.
struct Config {
  Located<std::string> datacenter;          // Empty: not given.
  Located<std::string> primary_datacenter;  // Empty: not given.
  Located<std::string> cluster_id;          // connect.ca_config.cluster_id
  std::string node_name;
  std::string node_id;
  std::map<std::string, std::string> node_meta;
  std::string node_partition;  // Empty: not given.
  std::string domain = "consul";
  std::string node_address;      // advertise_addr, else bind_addr.
  std::string node_wan_address;  // advertise_addr_wan.
  std::vector<ServiceDefinition> services;
  std::vector<CheckDefinition> node_checks;  // They count for every service.
  std::optional<ProxyDefaults> proxy_defaults;
  std::vector<ServiceDefaults> service_defaults;
  std::vector<ServiceResolver> service_resolvers;
  std::optional<MeshEntry> mesh;
};

// ParseConfig reads `files` in order as one agent's configuration: agent files
// (services, datacenter, connect, config_entries.bootstrap, ...) and
// stand-alone config entries (with a top-level Kind), in HCL1 or JSON, both
// spellings of each key. Every mistake of every file is found: InvalidArgument
// then, with `diagnostics` (nullable) holding each with its place, and no
// Config. A file's own `status` is returned where nothing else is wrong. Pure
// function. Thread-safe. Source: Consul lib/decode, agent/config.
absl::StatusOr<Config> ParseConfig(std::span<const ConfigFile> files,
                                   const ConfigLimits& limits,
                                   ConfigDiagnostics* diagnostics);

// ReadConfigFiles reads the file at `path`, or the .hcl and .json files of the
// folder at `path` in the order of their names as Consul does (no sub-folders,
// other extensions and empty files skipped). A file of a folder that cannot be
// read has the error as its `status` and hides no other one. Errors, of `path`
// and of files, name what they are of: NotFound, PermissionDenied,
// InvalidArgument (a device, a pipe), ResourceExhausted (limits), Unavailable
// (any other error of the system, such as links in a circle). Thread-safe.
absl::StatusOr<std::vector<ConfigFile>> ReadConfigFiles(
    const std::string& path, const ConfigLimits& limits);

}  // namespace meshgw

#endif  // MESHGW_CONFIG_H_
