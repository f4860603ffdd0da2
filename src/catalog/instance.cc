#include "catalog/instance.h"

#include <algorithm>
#include <utility>

#include "base/str_format.h"
#include "catalog/instance_fields.h"
#include "config/instance_schema.h"
#include "meshgw/mesh_name.h"

namespace meshgw::internal {
namespace {

// The address that others dial.
ServiceAddress BestAddress(const Config& config,
                           const ServiceDefinition& service, bool wan) {
  const auto tagged = service.tagged_addresses.find("wan");
  if (wan && tagged != service.tagged_addresses.end() &&
      !tagged->second.address.empty()) {
    return {tagged->second.address,
            tagged->second.port != 0 ? tagged->second.port : service.port};
  }
  if (!service.address.empty()) return {service.address, service.port};
  if (wan && !config.node_wan_address.empty()) {
    return {config.node_wan_address, service.port};
  }
  return {config.node_address, service.port};
}

// An alias check is as bad as the worst check of what it stands for.
CheckStatus AliasedStatus(const ServiceIndex& index,
                          const CheckDefinition& check) {
  CheckStatus worst = check.status;
  const ServiceDefinition* target = index.Find(check.alias_service);
  if (target == nullptr) return worst;
  for (const CheckDefinition& other : target->checks) {
    if (other.alias_service.empty()) worst = std::max(worst, other.status);
  }
  return worst;
}

// The checks of a service itself, with the ids and names that an agent gives
// those without. Source: Consul agent/agent.go addServiceInternal.
std::vector<CheckDefinition> OwnChecks(const ServiceIndex& index,
                                       const ServiceDefinition& service) {
  std::vector<CheckDefinition> out = service.checks;
  for (std::size_t i = 0; i < out.size(); ++i) {
    CheckDefinition& check = out[i];
    if (!check.alias_service.empty()) {
      check.status = AliasedStatus(index, check);
    }
    check.service_id = service.id;
    if (check.id.empty()) {
      check.id = "service:" + service.id;
      if (out.size() > 1) check.id += internal::StrFormat(":%d", i + 1);
    }
    if (check.name.empty()) {
      check.name = internal::StrFormat("Service '%s' check", service.name);
    }
  }
  return out;
}

// As an agent registers its node. Source: Consul agent/config/builder.go.
void FillNode(const Config& config, ServiceInstance* out) {
  out->node_name = config.node_name;
  out->node_id = config.node_id;
  out->node_address = config.node_address;
  out->node_datacenter = LowerCase(config.datacenter.value);
  out->node_partition = config.node_partition;
  out->node_meta = config.node_meta;
  const std::string& lan = config.node_address;
  const std::string& wan =
      config.node_wan_address.empty() ? lan : config.node_wan_address;
  const auto tag = [&](const std::string& name, const std::string& address) {
    if (address.empty()) return;
    out->node_tagged_addresses[name] = address;
    const bool is_v6 = address.find(':') != address.npos;
    out->node_tagged_addresses[name + (is_v6 ? "_ipv6" : "_ipv4")] = address;
  };
  tag("lan", lan);
  tag("wan", wan);
}

template <typename Entry>
const Entry* FindEntry(const std::vector<Entry>& entries, std::string_view name,
                       std::string_view name_space,
                       std::string_view partition) {
  for (const Entry& entry : entries) {
    if (entry.name == name && entry.name_space == name_space &&
        entry.partition == partition) {
      return &entry;
    }
  }
  return nullptr;
}

}  // namespace

ServiceIndex::ServiceIndex(const Config& config) : config_(&config) {
  by_id_.reserve(config.services.size());
  for (const ServiceDefinition& service : config.services) {
    by_id_.emplace(service.id, &service);
  }
}

const ServiceDefinition* ServiceIndex::Find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::string_view ConnectServiceOf(const ServiceDefinition& service) {
  if (service.kind == ServiceKind::kConnectProxy && service.proxy.has_value()) {
    return service.proxy->destination_service_name;
  }
  if (service.kind == ServiceKind::kTypical && service.connect_native) {
    return service.name;
  }
  return {};
}

ServiceInstance MakeInstance(const ServiceIndex& index,
                             const ServiceDefinition& service, bool wan) {
  const Config& config = index.config();
  ServiceInstance out;
  out.id = service.id;
  out.service = service.name;
  out.kind = service.kind;
  ServiceAddress address = BestAddress(config, service, wan);
  out.address = std::move(address.address);
  out.port = address.port;
  out.tags = service.tags;
  out.meta = service.meta;
  out.tagged_addresses = service.tagged_addresses;
  out.weights = service.weights;
  out.service_address = service.address;
  out.service_port = service.port;
  out.socket_path = service.socket_path;
  out.enable_tag_override = service.enable_tag_override;
  out.connect_native = service.connect_native;
  out.proxy = service.proxy;
  FillNode(config, &out);
  out.checks = OwnChecks(index, service);
  out.checks.insert(out.checks.end(), config.node_checks.begin(),
                    config.node_checks.end());
  return out;
}

Endpoint MakeEndpoint(const ServiceInstance& instance, bool only_passing) {
  const auto any = [&](CheckStatus status) {
    return std::any_of(
        instance.checks.begin(), instance.checks.end(),
        [&](const CheckDefinition& check) { return check.status == status; });
  };
  const HealthAndWeight state = ComputeHealthAndWeight(
      any(CheckStatus::kCritical), any(CheckStatus::kWarning), only_passing,
      instance.weights.passing, instance.weights.warning);
  return {.address = instance.address,
          .port = instance.port,
          .weight = state.weight,
          .health = state.health,
          .priority = 0,
          .id = instance.id};
}

std::vector<ServiceInstance> ConnectInstances(const Config& config,
                                              std::string_view service,
                                              std::string_view name_space,
                                              std::string_view partition,
                                              bool wan) {
  const ServiceIndex index(config);
  std::vector<ServiceInstance> out;
  for (const ServiceDefinition& definition : config.services) {
    if (ConnectServiceOf(definition) == service &&
        definition.name_space == name_space &&
        definition.partition == partition) {
      out.push_back(MakeInstance(index, definition, wan));
    }
  }
  return out;
}

std::vector<ServiceInstance> GatewaysOf(const Config& config,
                                        std::string_view partition, bool wan) {
  const ServiceIndex index(config);
  std::vector<ServiceInstance> out;
  for (const ServiceDefinition& service : config.services) {
    if (service.kind == ServiceKind::kMeshGateway &&
        service.partition == partition) {
      out.push_back(MakeInstance(index, service, wan));
    }
  }
  return out;
}

absl::StatusOr<std::vector<const ServiceInstance*>> FilterInstances(
    const std::vector<ServiceInstance>& instances, std::string_view filter) {
  std::vector<const ServiceInstance*> out;
  if (filter.empty()) {
    for (const ServiceInstance& instance : instances) out.push_back(&instance);
    return out;
  }
  const auto parsed = Filter::Parse(filter, InstanceSchema());
  if (!parsed.ok()) return parsed.status();
  for (const ServiceInstance& instance : instances) {
    if (parsed->Matches(InstanceFields(instance))) out.push_back(&instance);
  }
  return out;
}

const ServiceResolver* FindResolver(
    const std::vector<ServiceResolver>& resolvers, std::string_view name,
    std::string_view name_space, std::string_view partition) {
  return FindEntry(resolvers, name, name_space, partition);
}

const ServiceDefaults* FindServiceDefaults(const Config& config,
                                           std::string_view name,
                                           std::string_view name_space,
                                           std::string_view partition) {
  return FindEntry(config.service_defaults, name, name_space, partition);
}

}  // namespace meshgw::internal
