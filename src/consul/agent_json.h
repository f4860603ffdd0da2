#ifndef MESHGW_CONSUL_AGENT_JSON_H_
#define MESHGW_CONSUL_AGENT_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

// What a gateway reads of a Consul agent's answers. Fields that are not known
// are passed over; those that are read must be of their type.
namespace meshgw::internal {

// AgentSelf is what /v1/agent/self says.
struct AgentSelf {
  std::string datacenter;
  std::string node_name;
  std::string version;
  // Of gRPC; 0: the agent does not offer it.
  std::uint16_t grpc_port = 0;
  std::uint16_t grpc_tls_port = 0;
};

// ParseAgentSelf reads the answer. Before Consul 1.14 there is one port
// (xDS.Port, or DebugConfig.GRPCPort), which is taken for a plain one.
// InvalidArgument names the place and what was expected.
absl::StatusOr<AgentSelf> ParseAgentSelf(std::string_view json);

// AgentService is a service of the agent.
struct AgentService {
  std::string id;
  std::string name;
  std::string kind;  // "mesh-gateway"; empty: a typical service.
};

// ParseAgentService reads what /v1/agent/service/<id> says.
absl::StatusOr<AgentService> ParseAgentService(std::string_view json);

// ParseAgentServices reads what /v1/agent/services says, sorted by id.
absl::StatusOr<std::vector<AgentService>> ParseAgentServices(
    std::string_view json);

// MaintenanceReason reads of /v1/agent/checks why the service with this id is
// in maintenance; empty when it is not.
absl::StatusOr<std::string> MaintenanceReason(std::string_view checks_json,
                                              std::string_view service_id);

}  // namespace meshgw::internal

#endif  // MESHGW_CONSUL_AGENT_JSON_H_
