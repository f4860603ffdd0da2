#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "catalog/instance.h"
#include "meshgw/catalog.h"
#include "meshgw/mesh_name.h"

namespace meshgw {
namespace {

using internal::ConnectServiceOf;

LocalService* FindOrAdd(std::vector<LocalService>* services,
                        std::string_view name,
                        const ServiceDefinition& definition) {
  for (LocalService& service : *services) {
    if (service.name == name && service.name_space == definition.name_space &&
        service.partition == definition.partition) {
      return &service;
    }
  }
  LocalService added;
  added.name = name;
  added.name_space = definition.name_space;
  added.partition = definition.partition;
  services->push_back(std::move(added));
  return &services->back();
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
    return absl::NotFoundError(
        absl::StrFormat("no datacenter \"%s\" in the catalog; there are: %s",
                        datacenter, known));
  }
  const Config& config = found->second;
  Snapshot out;
  out.datacenter = name;
  const auto primary = catalog.datacenters.find(catalog.primary_datacenter);
  if (primary != catalog.datacenters.end()) {
    out.trust_domain = TrustDomain(primary->second.cluster_id.value);
  }
  out.server_domain = LowerCase(config.domain);
  out.resolvers = config.service_resolvers;
  for (const ServiceDefinition& service : config.services) {
    const std::string_view connect = ConnectServiceOf(service);
    if (connect.empty()) continue;
    FindOrAdd(&out.services, connect, service)
        ->instances.push_back(internal::MakeInstance(config, service, false));
  }
  for (const auto& [other, other_config] : catalog.datacenters) {
    if (other == name) continue;
    RemoteGateways gateways;
    gateways.datacenter = other;
    gateways.gateways = internal::GatewaysOf(other_config, true);
    out.remote_gateways.push_back(std::move(gateways));
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
