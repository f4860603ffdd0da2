#ifndef MESHGW_CONSUL_CATALOG_JSON_H_
#define MESHGW_CONSUL_CATALOG_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "meshgw/config.h"

// What a live Consul says of services and config entries, in the types that
// files are read into. Fields that are not known are passed over; those that
// are read must be of their type: else InvalidArgument with the place.
namespace meshgw::internal {

// LiveInstance is an instance of a service. Its definition has the address of
// its node where it has none itself, and the checks of the node with its own.
struct LiveInstance {
  std::string node;
  ServiceDefinition service;
};

// ParseInstances reads what /v1/health/connect/<service> and
// /v1/health/service/<name> say, in their order.
absl::StatusOr<std::vector<LiveInstance>> ParseInstances(std::string_view json);

// ParseLocalService reads what /v1/agent/service/<id> says.
absl::StatusOr<ServiceDefinition> ParseLocalService(std::string_view json);

// ParseTrustDomain reads what /v1/agent/connect/ca/roots says.
absl::StatusOr<std::string> ParseTrustDomain(std::string_view json);

// ParseServiceNames reads the names of what /v1/internal/ui/services says.
absl::StatusOr<std::vector<std::string>> ParseServiceNames(
    std::string_view json);

// AddConfigEntries reads what /v1/config/<kind> says and adds it to `config`:
// of proxy-defaults, service-defaults and service-resolver, the fields that the
// way of an upstream depends on. Places are "/v1/config/<kind>/<name>". Consul
// does not check all that it stores: an entry that cannot be used is told in
// `passed_over`.
absl::Status AddConfigEntries(std::string_view json, Config* config,
                              std::vector<std::string>* passed_over);

// ChainTarget is where a discovery chain may lead.
struct ChainTarget {
  std::string id;  // "v2.api.default.default.dc2"
  std::string mode;
  std::string sni;
};

// DiscoveryChain is what a chain does with connections.
struct DiscoveryChain {
  // "resolver", or what looks into requests: "router" or "splitter".
  std::string start;
  // Of a resolver: its target, and where it fails over to, in order.
  std::vector<ChainTarget> targets;
};

// ParseDiscoveryChain reads what /v1/discovery-chain/<service> says.
absl::StatusOr<DiscoveryChain> ParseDiscoveryChain(std::string_view json);

}  // namespace meshgw::internal

#endif  // MESHGW_CONSUL_CATALOG_JSON_H_
