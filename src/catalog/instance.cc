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

// The checks of a service itself, with the ids and names that an agent gives
// those without. Source: Consul agent/agent.go addServiceInternal.
std::vector<CheckDefinition> OwnChecks(const ServiceIndex& index,
                                       const ServiceDefinition& service) {
  std::vector<CheckDefinition> out = service.checks;
  for (std::size_t i = 0; i < out.size(); ++i) {
    CheckDefinition& check = out[i];
    check.status = index.StatusOf(check);
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
Node MakeNode(const Config& config) {
  Node out;
  out.name = config.node_name;
  out.id = config.node_id;
  out.address = config.node_address;
  out.datacenter = LowerCase(config.datacenter.value);
  out.partition = config.node_partition;
  out.meta = config.node_meta;
  const std::string& lan = config.node_address;
  const std::string& wan =
      config.node_wan_address.empty() ? lan : config.node_wan_address;
  const auto tag = [&](const std::string& name, const std::string& address) {
    if (address.empty()) return;
    out.tagged_addresses[name] = address;
    const bool is_v6 = address.find(':') != address.npos;
    out.tagged_addresses[name + (is_v6 ? "_ipv6" : "_ipv4")] = address;
  };
  tag("lan", lan);
  tag("wan", wan);
  return out;
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

ServiceIndex::ServiceIndex(const Config& config)
    : config_(&config), worst_(config.services.size(), CheckStatus::kPassing) {
  by_id_.reserve(config.services.size());
  for (std::size_t i = 0; i < config.services.size(); ++i) {
    by_id_.emplace(config.services[i].id, i);
  }
  FollowAliases();
  Node node = MakeNode(config);
  node.checks = config.node_checks;
  for (CheckDefinition& check : node.checks) check.status = StatusOf(check);
  node_ = std::make_shared<const Node>(std::move(node));
}

CheckStatus ServiceIndex::StatusOf(const CheckDefinition& check) const {
  if (check.alias_service.empty()) return check.status;
  const auto target = by_id_.find(check.alias_service);
  if (target == by_id_.end()) return CheckStatus::kCritical;
  return std::max(check.status, worst_[target->second]);
}

// States spread from services to those that are aliases of them, the worst
// first: each service is passed once for a state, also where aliases go round.
void ServiceIndex::FollowAliases() {
  const std::vector<ServiceDefinition>& services = config_->services;
  std::vector<std::vector<std::size_t>> aliases(services.size());
  for (std::size_t i = 0; i < services.size(); ++i) {
    for (const CheckDefinition& check : services[i].checks) {
      worst_[i] = std::max(worst_[i], StatusOf(check));
      if (check.alias_service.empty()) continue;
      const auto target = by_id_.find(check.alias_service);
      if (target != by_id_.end()) aliases[target->second].push_back(i);
    }
  }
  for (const CheckStatus state :
       {CheckStatus::kCritical, CheckStatus::kWarning}) {
    std::vector<std::size_t> reached;
    for (std::size_t i = 0; i < services.size(); ++i) {
      if (worst_[i] == state) reached.push_back(i);
    }
    while (!reached.empty()) {
      const std::size_t target = reached.back();
      reached.pop_back();
      for (const std::size_t alias : aliases[target]) {
        if (worst_[alias] >= state) continue;
        worst_[alias] = state;
        reached.push_back(alias);
      }
    }
  }
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
  out.node = index.node();
  out.checks = OwnChecks(index, service);
  return out;
}

Endpoint MakeEndpoint(const ServiceInstance& instance, bool only_passing) {
  const auto any_of = [](const std::vector<CheckDefinition>& checks,
                         CheckStatus status) {
    return std::any_of(
        checks.begin(), checks.end(),
        [&](const CheckDefinition& check) { return check.status == status; });
  };
  const auto any = [&](CheckStatus status) {
    return any_of(instance.checks, status) ||
           (instance.node != nullptr && any_of(instance.node->checks, status));
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

std::vector<ServiceInstance> ConnectInstances(const ServiceIndex& index,
                                              std::string_view service,
                                              std::string_view name_space,
                                              std::string_view partition,
                                              bool wan) {
  std::vector<ServiceInstance> out;
  for (const ServiceDefinition& definition : index.config().services) {
    if (ConnectServiceOf(definition) == service &&
        definition.name_space == name_space &&
        definition.partition == partition) {
      out.push_back(MakeInstance(index, definition, wan));
    }
  }
  return out;
}

std::vector<ServiceInstance> GatewaysOf(const ServiceIndex& index,
                                        std::string_view partition, bool wan) {
  std::vector<ServiceInstance> out;
  for (const ServiceDefinition& service : index.config().services) {
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

const UpstreamConfigOverride* FindUpstreamOverride(
    const ServiceDefaults& defaults, const UpstreamDefinition& upstream) {
  const auto same = [](const std::string& a, const std::string& b) {
    return (a.empty() ? "default" : a) == (b.empty() ? "default" : b);
  };
  for (const UpstreamConfigOverride& entry : defaults.upstream_overrides) {
    if (entry.name == upstream.destination_name &&
        same(entry.name_space, upstream.destination_namespace) &&
        same(entry.partition, upstream.destination_partition) &&
        entry.peer == upstream.destination_peer) {
      return &entry;
    }
  }
  return nullptr;
}

}  // namespace meshgw::internal
