#include "consul/agent_json.h"

#include <algorithm>
#include <boost/json.hpp>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "consul/json_fields.h"

namespace meshgw::internal {
namespace {

AgentService ReadService(const JsonFields& fields) {
  return {.id = fields.Text("ID"),
          .name = fields.Text("Service"),
          .kind = fields.Text("Kind")};
}

}  // namespace

absl::StatusOr<AgentSelf> ParseAgentSelf(std::string_view text) {
  const auto value = ParseJsonObject(text);
  if (!value.ok()) return value.status();
  absl::Status status;
  const JsonFields all(*value, "", &status);
  const JsonFields config = all.Object("Config");
  const JsonFields xds = all.Object("xDS");
  const JsonFields ports = xds.Object("Ports");
  AgentSelf self;
  self.datacenter = config.Text("Datacenter");
  self.node_name = config.Text("NodeName");
  self.version = config.Text("Version");
  self.grpc_port = ports.Port("Plaintext");
  self.grpc_tls_port = ports.Port("TLS");
  if (ports.object() == nullptr) {
    self.grpc_port = xds.Port("Port");
    if (self.grpc_port == 0) {
      self.grpc_port = all.Object("DebugConfig").Port("GRPCPort");
    }
  }
  if (!status.ok()) return status;
  return self;
}

absl::StatusOr<AgentService> ParseAgentService(std::string_view text) {
  const auto value = ParseJsonObject(text);
  if (!value.ok()) return value.status();
  absl::Status status;
  AgentService service = ReadService(JsonFields(*value, "", &status));
  if (!status.ok()) return status;
  return service;
}

absl::StatusOr<std::vector<AgentService>> ParseAgentServices(
    std::string_view text) {
  const auto value = ParseJsonObject(text);
  if (!value.ok()) return value.status();
  absl::Status status;
  std::vector<AgentService> services;
  for (const auto& [key, each] : value->get_object()) {
    services.push_back(ReadService(
        JsonFields(each, std::string(key.data(), key.size()), &status)));
  }
  if (!status.ok()) return status;
  std::sort(
      services.begin(), services.end(),
      [](const AgentService& a, const AgentService& b) { return a.id < b.id; });
  return services;
}

absl::StatusOr<std::string> MaintenanceReason(std::string_view checks_json,
                                              std::string_view service_id) {
  const auto value = ParseJsonObject(checks_json);
  if (!value.ok()) return value.status();
  const std::string id = StrFormat("_service_maintenance:%s", service_id);
  absl::Status status;
  std::string reason = JsonFields(*value, "", &status).Object(id).Text("Notes");
  if (!status.ok()) return status;
  return reason;
}

}  // namespace meshgw::internal
