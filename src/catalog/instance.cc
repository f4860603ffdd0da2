#include "catalog/instance.h"

#include <algorithm>
#include <utility>

#include "catalog/bexpr.h"
#include "catalog/instance_fields.h"

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
  out.node_name = config.node_name;
  out.node_address = config.node_address;
  out.tags = service.tags;
  out.meta = service.meta;
  out.tagged_addresses = service.tagged_addresses;
  out.weights = service.weights;
  out.checks = service.checks;
  for (CheckDefinition& check : out.checks) {
    if (!check.alias_service.empty()) {
      check.status = AliasedStatus(index, check);
    }
  }
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

std::vector<ServiceInstance> GatewaysOf(const Config& config, bool wan) {
  const ServiceIndex index(config);
  std::vector<ServiceInstance> out;
  for (const ServiceDefinition& service : config.services) {
    if (service.kind == ServiceKind::kMeshGateway) {
      out.push_back(MakeInstance(index, service, wan));
    }
  }
  return out;
}

absl::StatusOr<std::vector<ServiceInstance>> FilterInstances(
    const std::vector<ServiceInstance>& instances, std::string_view filter) {
  if (filter.empty()) return instances;
  const auto parsed = Filter::Parse(filter);
  if (!parsed.ok()) return parsed.status();
  std::vector<ServiceInstance> out;
  for (const ServiceInstance& instance : instances) {
    const auto matches = parsed->Matches(InstanceFields(instance));
    if (!matches.ok()) return matches.status();
    if (*matches) out.push_back(instance);
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
