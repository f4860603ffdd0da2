#ifndef MESHGW_CATALOG_INSTANCE_H_
#define MESHGW_CATALOG_INSTANCE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "meshgw/catalog.h"
#include "meshgw/config.h"
#include "meshgw/route_table.h"

namespace meshgw::internal {

// ServiceIndex knows the services of one datacenter by id, and how they are.
// Borrows `config`. Takes time in the size of it, so make one for many
// questions.
class ServiceIndex {
 public:
  explicit ServiceIndex(const Config& config);
  const Config& config() const { return *config_; }
  // StatusOf returns the state of a check of `config`. That of an alias is as
  // bad as the worst check of the service that it stands for, of which some may
  // be aliases again; critical where there is no such service. Source: Consul
  // agent/checks/alias.go processChecks.
  CheckStatus StatusOf(const CheckDefinition& check) const;
  // The node of all its instances, with its checks as StatusOf says.
  const std::shared_ptr<const Node>& node() const { return node_; }

 private:
  void FollowAliases();

  const Config* config_;
  std::unordered_map<std::string_view, std::size_t> by_id_;
  std::vector<CheckStatus> worst_;  // Check of each service.
  std::shared_ptr<const Node> node_;
};

// MakeInstance takes `service` of an index as others see it. `wan` chooses the
// address for other datacenters (Consul structs.BestAddress). Its alias checks
// have the states of the services that they stand for.
ServiceInstance MakeInstance(const ServiceIndex& index,
                             const ServiceDefinition& service, bool wan);

// MakeEndpoint applies Consul's health rule to an instance.
Endpoint MakeEndpoint(const ServiceInstance& instance, bool only_passing);

// ConnectInstances returns what can be dialled for `service` by Connect.
std::vector<ServiceInstance> ConnectInstances(const ServiceIndex& index,
                                              std::string_view service,
                                              std::string_view name_space,
                                              std::string_view partition,
                                              bool wan);

// ConnectServiceOf returns the name of the service that `service` is a Connect
// instance of; empty when it is none.
std::string_view ConnectServiceOf(const ServiceDefinition& service);

// GatewaysOf returns the mesh gateways of a partition of a datacenter.
std::vector<ServiceInstance> GatewaysOf(const ServiceIndex& index,
                                        std::string_view partition, bool wan);

// FilterInstances returns those of `instances` that `filter` (a bexpr, empty:
// all) matches, in order. Borrows them. InvalidArgument for a bad filter.
absl::StatusOr<std::vector<const ServiceInstance*>> FilterInstances(
    const std::vector<ServiceInstance>& instances, std::string_view filter);

// FindResolver and FindServiceDefaults return the entry for a service, or null.
const ServiceResolver* FindResolver(
    const std::vector<ServiceResolver>& resolvers, std::string_view name,
    std::string_view name_space, std::string_view partition);
const ServiceDefaults* FindServiceDefaults(const Config& config,
                                           std::string_view name,
                                           std::string_view name_space,
                                           std::string_view partition);

// FindUpstreamOverride returns what `defaults` has for this upstream, or null.
const UpstreamConfigOverride* FindUpstreamOverride(
    const ServiceDefaults& defaults, const UpstreamDefinition& upstream);

}  // namespace meshgw::internal

#endif  // MESHGW_CATALOG_INSTANCE_H_
