#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "catalog/instance.h"
#include "meshgw/catalog.h"
#include "meshgw/mesh_name.h"

namespace meshgw {
namespace {

using internal::ConnectServiceOf;

// The Connect instances of one partition, by the service that they are of, in
// the order in which the files first name it.
std::vector<LocalService> LocalServices(const internal::ServiceIndex& index,
                                        std::string_view partition) {
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>,
           std::size_t>
      places;
  std::vector<LocalService> out;
  for (const ServiceDefinition& definition : index.config().services) {
    const std::string_view name = ConnectServiceOf(definition);
    if (name.empty() || definition.partition != partition) continue;
    const auto [place, is_new] = places.try_emplace(
        {name, definition.name_space, definition.partition}, out.size());
    if (is_new) {
      LocalService& service = out.emplace_back();
      service.name = name;
      service.name_space = definition.name_space;
      service.partition = definition.partition;
    }
    out[place->second].instances.push_back(
        internal::MakeInstance(index, definition, false));
  }
  return out;
}

// Each partition of a datacenter that has anything in it, but for that of
// `out` itself, by its gateways. Source: Consul agent/proxycfg GatewayKey.
void AddRemotes(const internal::ServiceIndex& index,
                const std::string& datacenter, Snapshot* out) {
  std::map<std::string_view, RemoteGateways> partitions;
  for (const ServiceDefinition& service : index.config().services) {
    RemoteGateways& remote = partitions[service.partition];
    if (service.kind != ServiceKind::kMeshGateway) continue;
    remote.gateways.push_back(internal::MakeInstance(index, service, true));
  }
  if (partitions.empty()) partitions["default"];
  for (auto& [partition, remote] : partitions) {
    if (datacenter == out->datacenter && partition == out->partition) continue;
    remote.datacenter = datacenter;
    remote.partition = partition;
    out->remote_gateways.push_back(std::move(remote));
  }
}

}  // namespace

absl::StatusOr<Snapshot> MakeSnapshot(const Catalog& catalog,
                                      std::string_view datacenter,
                                      const ServiceDefinition* gateway) {
  const std::string name = LowerCase(datacenter);
  const auto found = catalog.datacenters.find(name);
  if (found == catalog.datacenters.end()) {
    std::string known;
    for (const auto& [other, config] : catalog.datacenters) {
      known += (known.empty() ? "" : ", ") + other;
    }
    return absl::NotFoundError(internal::StrFormat(
        "no datacenter \"%s\" in the catalog; there are: %s", datacenter,
        known));
  }
  const Config& config = found->second;
  Snapshot out;
  out.datacenter = name;
  const auto primary = catalog.datacenters.find(catalog.primary_datacenter);
  if (primary != catalog.datacenters.end()) {
    out.trust_domain = TrustDomain(primary->second.cluster_id.value);
  }
  out.server_domain = LowerCase(config.domain);
  if (out.server_domain.ends_with('.')) out.server_domain.pop_back();
  if (gateway != nullptr) out.partition = gateway->partition;
  out.resolvers = config.service_resolvers;
  for (const auto& [other, its_config] : catalog.datacenters) {
    const internal::ServiceIndex index(its_config);
    AddRemotes(index, other, &out);
    if (other == name) out.services = LocalServices(index, out.partition);
  }
  const MeshGatewayProxyConfig defaults =
      config.proxy_defaults.has_value() ? config.proxy_defaults->gateway_config
                                        : MeshGatewayProxyConfig();
  if (gateway == nullptr) {
    out.options = defaults;
    return out;
  }
  out.options = gateway->proxy.has_value()
                    ? gateway->proxy->gateway_config.MergedOver(defaults)
                    : defaults;
  const auto wan_federation = gateway->meta.find("consul-wan-federation");
  out.wan_federation =
      wan_federation != gateway->meta.end() && wan_federation->second == "1";
  if (const ServiceDefaults* entry = internal::FindServiceDefaults(
          config, gateway->name, gateway->name_space, gateway->partition)) {
    out.limits = entry->upstream_defaults_limits;
  }
  return out;
}

}  // namespace meshgw
